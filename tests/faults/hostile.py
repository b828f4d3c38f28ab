"""Pages that a hostile or broken server might send, under the address of one article."""

from __future__ import annotations

from tests.sample.site.faults import Fault

KEY = "20260630-100000001"
URL = "https://www.kompas.com/read/2026/06/30/100000001/judul"


def addresses(*names: str) -> dict[str, str]:
    """Addresses of articles of that day, one for each of *names*."""
    return {
        name: f"https://www.kompas.com/read/2026/06/30/{100000001 + n}/judul"
        for n, name in enumerate(names)
    }


def keys(urls: dict[str, str]) -> dict[str, str]:
    """The keys of such articles, by their names."""
    return {name: f"20260630-{url.split('/')[-2]}" for name, url in urls.items()}


def page(
    *,
    title: str = "Judul",
    body: str = "<p>Satu dua tiga empat lima.</p>",
    head: str = "",
    canonical: str = URL,
    published: str = "2026-06-30 10:00:00",
) -> bytes:
    """An article's page made of these parts."""
    return (
        f'<html><head><link rel="canonical" href="{canonical}">'
        f'<meta name="content_PublishedDate" content="{published}">{head}</head>'
        f'<body><h1 class="read__title">{title}</h1>'
        f'<div class="read__content">{body}</div></body></html>'
    ).encode("utf-8", "surrogatepass")


CHALLENGE = (
    b'<html><head><script>window.awsWafCookieDomainList = []; window.gokuProps = {"key": "x"}'
    b'</script></head><body><div id="challenge-container"></div></body></html>'
)
"""What AWS's bot wall sends in place of a page."""
OUTAGE = b"<html><body><h1>Maaf, sedang ada gangguan</h1></body></html>"
FRAME = (
    b'<h1 class="read__title">Halaman tidak ditemukan</h1><div class="read__content">'
    b"<p>Maaf, halaman yang Anda cari tidak ditemukan.</p></div>"
)
"""A page that is not found, in the frame of an article."""
LOGIN = "https://account.kompas.com/login"
HOME = "https://www.kompas.com/"


def wrong_answers() -> dict[str, Fault]:
    """Answers that look right, or nearly, and hold nothing of what was asked for."""
    no_length = {"Content-Length": ""}
    return {
        "202 and an empty body": Fault(202),
        "a challenge with 200": Fault(200, body=CHALLENGE),
        "a challenge by its header": Fault(
            200, headers={"x-amzn-waf-action": "challenge"}, body=OUTAGE
        ),
        "a login page": Fault(302, headers={"Location": LOGIN}),
        "an empty page": Fault(200),
        "an outage": Fault(200, body=OUTAGE),
        "maintenance": Fault(200, body=b"<title>Pemeliharaan</title><p>Kembali pukul 5.</p>"),
        "JSON": Fault(200, body=b'{"status": 500, "message": "gangguan"}'),
        "a redirect to the home page": Fault(302, headers={"Location": HOME}),
        "half a page": Fault(headers=no_length, clip=700),
        "nearly a page": Fault(headers=no_length, clip=9),
        "a cut connection": Fault(cut_after=300),
        "gzip, cut": Fault(packed="gzip", clip=30),
        "gzip, cut, without a length": Fault(packed="gzip", clip=30, headers=no_length),
        "gzip with a wrong checksum": Fault(packed="gzip", flip=6),
        "deflate, cut": Fault(packed="deflate", clip=4),
        "br, cut": Fault(packed="br", clip=9),
        "zstd with a wrong checksum": Fault(packed="zstd", flip=1),
        "500": Fault(500),
        "503": Fault(503),
    }
