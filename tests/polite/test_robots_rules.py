"""Which group of a robots.txt is ours, and which of its rules a path meets (RFC 9309)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.robotstxt import ProtegoRobotParser

from kompas_crawler.polite.robots_file import readable

US = "kompas-crawler"


def allows(body: str, path: str, *, raw: bool = False) -> bool:
    """Whether *body*, its lines parted by ``|``, lets us fetch *path*; *raw*: by Protego alone."""
    text = body.replace("|", "\n").encode()
    rules = ProtegoRobotParser(text if raw else readable(text), None)
    return rules.allowed(f"https://www.kompas.com{path}", US)


OURS = (
    "kompas-crawler",
    "Kompas-Crawler",
    "kompas-crawler/1.0",
    "KOMPAS-CRAWLER/2.1 (+https://example.org)",
    "kompas-crawler berita",
    "kompas-crawler*",
    "kompas-crawler  # kami",
    "\u200dkompas-crawler",
)
OTHERS = ("kompas", "kompas-", "k", "crawler", "kompas-crawlers", "kompas-crawler-foto", "*bot", "")


@pytest.mark.parametrize("name", OURS)
def test_a_group_with_our_token_is_ours(name: str) -> None:
    assert not allows(f"User-agent: {name}|Disallow: /|User-agent: *|Allow: /", "/a")
    assert allows(f"User-agent: *|Disallow: /|User-agent: {name}|Allow: /", "/a")


@pytest.mark.parametrize("name", OTHERS)
def test_a_group_of_another_token_is_not(name: str) -> None:
    assert allows(f"User-agent: {name}|Disallow: /|User-agent: *|Disallow: /b", "/a")
    assert not allows(f"User-agent: {name}|Disallow: /a|User-agent: *|Disallow: /b", "/b")


@pytest.mark.parametrize("name", ["kompas-crawler/1.0", "kompas-crawler berita"])
def test_control_protego_alone_passes_our_group_over(name: str) -> None:
    assert allows(f"User-agent: {name}|Disallow: /|User-agent: *|Allow: /", "/a", raw=True)


def test_control_protego_alone_takes_a_part_of_our_name() -> None:
    assert not allows("User-agent: kompas|Disallow: /|User-agent: *|Allow: /", "/a", raw=True)


@pytest.mark.parametrize(
    ("body", "allowed", "forbidden"),
    [
        # Lines
        ("", "/a", None),
        ("user-agent: {us}|disallow: /", None, "/a"),
        ("USER-AGENT: {us}|ALLOW: /x/|DISALLOW: /", "/x/1", "/a"),
        ("user-agent {us}|disallow /", None, "/a"),
        ("useragent: {us}|dissallow: /", None, "/a"),
        ("agent: {us}|forbid: /", "/a", None),
        ("User-agent: {us}|Disallowed: /a", "/b", "/a"),
        ("User-agents: {us}|Disallow: /|Allowed: /x", "/x", "/a"),
        ("\tUser-agent :  {us}  |  Disallow :  /a  ", "/b", "/a"),
        ("User-agent: {us}|# Disallow: /|Disallow: /a#b", "/b", "/a"),
        # Groups
        ("Disallow: /a|User-agent: {us}|Allow: /", "/a", None),
        ("User-agent: {us}|Disallow: /a|User-agent: b|Disallow: /b", "/b", "/a"),
        ("User-agent: b|User-agent: {us}||Disallow: /a", "/b", "/a"),
        ("User-agent: {us}|Disallow: /a||Disallow: /b", "/c", "/b"),
        ("User-agent: {us}|Disallow: /a|User-agent: b|Allow: /|User-agent: {us}|Disallow: /c",
         "/b", "/c"),
        ("User-agent: {us}|Sitemap: https://a.b/c|User-agent: *|Disallow: /", None, "/a"),
        ("User-agent: {us}|Noindex: /x|User-agent: *|Disallow: /", None, "/a"),
        ("User-agent: {us}|Crawl-delay: 9|User-agent: *|Disallow: /a", "/b", "/a"),
        ("User-agent: {us}|Disallow:|User-agent: *|Disallow: /", "/a", None),
        ("User-agent: *|Disallow: /|User-agent: {us}", "/a", None),
        ("User-agent: *|Disallow: /a|User-agent: b|Allow: /|User-agent: *|Disallow: /b",
         "/c", "/b"),
        ("User-agent: b|Disallow: /", "/a", None),
        # The longest rule wins, and of two as long the one that allows.
        ("User-agent: {us}|Disallow: /x/1.html|Allow: /x/", "/x/2", "/x/1.html"),
        ("User-agent: {us}|Allow: /x/1.html|Disallow: /x/", "/x/1.html", "/x/"),
        ("User-agent: {us}|Disallow: /x|Allow: /x", "/x", None),
        ("User-agent: {us}|Disallow: /x|Allow: /x/", "/x/", "/x"),
        ("User-agent: {us}|Allow: /a|Disallow: /*.html", "/a", "/a.html"),
        ("User-agent: {us}|Allow: /x/abcd.|Disallow: /*.html", "/x/abcd.html", "/x/b.html"),
        # Patterns
        ("User-agent: {us}|Disallow: /X/", "/x/", "/X/1"),
        ("User-agent: {us}|Disallow: /|Allow: /ikan", "/ikanku?id=1", "/Ikan"),
        ("User-agent: {us}|Disallow: /|Allow: /ikan*", "/ikan/a.html", "/?id=ikan"),
        ("User-agent: {us}|Disallow: /|Allow: /ikan/", "/ikan/?a", "/ikan"),
        ("User-agent: {us}|Disallow: /|Allow: /*.php", "/a.php/?b", "/a.PHP"),
        ("User-agent: {us}|Disallow: /|Allow: /*.php$", "/b/a.php", "/a.php?b"),
        ("User-agent: {us}|Disallow: /|Allow: /ikan*.php", "/ikan/a.php?b", "/Ikan.php"),
        ("User-agent: {us}|Disallow: /|Allow: /$", "/", "/a"),
        ("User-agent: {us}|Disallow: /a$", "/a/", "/a"),
        ("User-agent: {us}|Disallow: /|Allow: /b/index.html", "/b/", "/b/index.htm"),
        ("User-agent: {us}|Disallow: /|Allow: /a?b=c&d=https://e.f?g", "/a?b=c&d=https://e.f?g",
         "/a"),
        # Half a byte order mark before the first line
        ("\ufffdUser-agent: *|Disallow: /a", "/b", "/a"),
    ],
)  # fmt: skip
def test_rules(body: str, allowed: str | None, forbidden: str | None) -> None:
    body = body.replace("{us}", US)
    assert allowed is None or allows(body, allowed)
    assert forbidden is None or not allows(body, forbidden)


@pytest.mark.parametrize(
    "body",
    [
        "User-agent: kompas-crawler|Noindex: /x|User-agent: *|Disallow: /",
        "User-agent: kompas-crawler|Crawl-delay: 9|User-agent: *|Disallow: /",
        "\ufffdUser-agent: *|Disallow: /",
    ],
)
def test_control_protego_alone_ends_a_group_early(body: str) -> None:
    assert not allows(body, "/a")
    assert allows(body, "/a", raw=True)


def test_a_delay_is_of_the_agents_named_before_it() -> None:
    body = b"User-agent: lain\nCrawl-delay: 600\n\nUser-agent: *\nCrawl-delay: 2\nDisallow: /x"
    assert ProtegoRobotParser(readable(body), None).crawl_delay(US) == 2.0


PATH = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), exclude_characters="#?*$%|\x85"
    ),
    min_size=1,
    max_size=12,
).map("/x{}z".format)


@given(PATH)
@settings(deadline=None, max_examples=150)
def test_a_raw_and_an_encoded_path_are_the_same(path: str) -> None:
    lower = "".join(f"%{byte:02x}" if byte > 127 else chr(byte) for byte in path.encode())
    for rule in (path, quote(path), lower):
        assert not allows(f"User-agent: *|Disallow: {rule}", path)
        assert not allows(f"User-agent: *|Disallow: {rule}", quote(path))
