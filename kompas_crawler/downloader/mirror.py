"""The mirror: a server on this machine that replaces all hosts of Kompas."""

from urllib.parse import urlsplit

from kompas_crawler.exitcodes import ConfigurationProblem

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def mirror_url(setting: str | None) -> str | None:
    """Return the mirror's address without a trailing slash, or ``None`` if none is set.

    Raises ``ConfigurationProblem`` for anything but ``http://`` on this machine: a mirror
    elsewhere would learn every requested address.

    >>> mirror_url("http://127.0.0.1:8010/"), mirror_url("")
    ('http://127.0.0.1:8010', None)
    """
    if not setting or not setting.strip():
        return None
    try:
        parts = urlsplit(setting.strip())
        has_more = parts.path not in ("", "/") or parts.query or parts.fragment
        if parts.scheme != "http" or parts.username is not None or parts.password is not None:
            wrong = "must be plain http without a user"
        elif parts.hostname not in _LOOPBACK:
            wrong = f"must be on this machine, not {parts.hostname!r}"
        elif has_more or not parts.port:
            wrong = "must be a host and a port only"
        else:
            return f"http://{parts.netloc}"
    except ValueError as error:
        wrong = f"is not an address: {error}"
    raise ConfigurationProblem(f"KOMPAS_MIRROR {wrong}; expected http://127.0.0.1:PORT")


def mirrored(url: str, mirror: str) -> str:
    """Return the address of *url* on the *mirror*: its host becomes the first folder.

    >>> mirrored("https://indeks.kompas.com/?site=all&page=2", "http://127.0.0.1:8010")
    'http://127.0.0.1:8010/indeks.kompas.com/?site=all&page=2'
    >>> mirrored("https://www.kompas.com?page=2#top", "http://127.0.0.1:8010")
    'http://127.0.0.1:8010/www.kompas.com/?page=2'
    """
    rest = url.partition("#")[0].partition("://")[2]
    host, query_mark, query = rest.partition("?")
    if "/" not in host:
        rest = f"{host}/{query_mark}{query}"
    return f"{mirror}/{rest}"
