"""Mask the secrets of the settings in log lines and messages."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

from scrapy.settings import BaseSettings

from kompas_crawler.project import PROXIES

# Up to the last "@", because a password may contain one; digits before a slash are a port.
_USER_PART = re.compile(r"(?<=://)(?P<user>[^/?#\s:]*):(?!\d+[/?#])[^\s\"'<>]{0,1000}@")
_QUERY = re.compile(r"\?(?=\w+=)")
_SECRET_NAME = re.compile(r"pass|secret|token|key|dsn", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,]+(?=\w[\w.+-]*://)|\s+")
_LEAST = 3  # minimum length of a secret: shorter ones occur in ordinary words
_LONG = 8  # a part of an address of this length may be a token


def of_settings(settings: BaseSettings) -> Callable[[str], str]:
    """Return a function that masks the secrets of *settings*: database, ping, notifications."""
    recipients = addresses(str(settings["KOMPAS_NOTIFY"] or ""))
    others = [part for address in recipients for part in _parts(address)]
    ping = str(settings["KOMPAS_PING_URL"] or "")
    with suppress(ValueError):
        others += [ping, urlsplit(ping).path.strip("/")]
    proxies = [url for name, url in os.environ.items() if name.lower() in PROXIES]
    others += [secret for url in (ping, *proxies) for secret in _secrets(url)]
    return masker(str(settings["KOMPAS_DATABASE_URL"]), *others)


def addresses(text: str) -> list[str]:
    """Split ``KOMPAS_NOTIFY`` at spaces and commas; an address may contain commas.

    >>> addresses("json://h/x, mailto://a:b@h?to=c@d,e@f  tgram://t/1")
    ['json://h/x', 'mailto://a:b@h?to=c@d,e@f', 'tgram://t/1']
    """
    return [one for one in _BETWEEN.split(text.strip(" ,\n")) if one]


def _parts(address: str) -> set[str]:
    """Return the secret parts of an Apprise *address*: all but host names and short words.

    >>> sorted(_parts("tgram://1234:a-long-token/99887766"))
    ['1234:a-long-token/99887766', '99887766', 'a-long-token', 'tgram://1234:a-long-token/99887766']
    """
    rest = address.partition("://")[2]
    words = {word for word in re.split(r"[/:@?&=,]", rest) if len(word) >= _LONG}
    return {address, rest, *(word for word in words if "." not in word), *_secrets(address)}


def masker(database_url: str, *others: str) -> Callable[[str], str]:
    """Return a function that masks *others* and the secrets of *database_url*, in any encoding.

    >>> mask = masker("postgresql://ani:gehe%40im@db/kompas?sslpassword=kunci")
    >>> mask("no connection to ani:gehe@im, nor kunci, at postgresql://ani:gehe%40im@db/kompas")
    'no connection to ani:***, nor ***, at postgresql://ani:***@db/kompas'
    """
    secrets = {*others, *_secrets(database_url)}
    spelled = sorted({each for secret in secrets for each in _spelled(secret)}, key=len)[::-1]
    known = re.compile("|".join(map(re.escape, spelled))) if spelled else None

    def mask(text: str) -> str:
        text = known.sub("***", text) if known else text
        return _USER_PART.sub(r"\g<user>:***@", text) if "://" in text else text

    return mask


def _secrets(url: str) -> set[str]:
    rest = url.partition("://")[2] or url
    pairs = (part.partition("=") for part in rest.partition("?")[2].split("&"))
    found = [value for name, _, value in pairs if _SECRET_NAME.search(unquote(name))]
    for value in filter(None, found):
        rest = rest.replace(value, "***")
    user, _, after = rest.partition(":")
    if "/" not in user and not ("@" in user and re.match(r"\d+[/?]", after)):
        # The password may end at any "@": mask each possible password, and the parts between.
        parts = after.split("@")
        found += ["@".join(parts[:end]) for end in range(1, len(parts))]
        found += [f"{part}@" for part in parts[1:-1]]
    return set(filter(None, found))


def is_ambiguous(url: str) -> bool:
    """Whether an "@" in *url* may be part of a password that is not percent-encoded.

    >>> is_ambiguous("postgresql://ani:gehe@im@db/kompas"), is_ambiguous("postgresql://ani:im@db/k")
    (True, False)
    """
    rest = url.partition("://")[2]
    return rest.count("@") > 1 or ("@" in rest and "@" not in _QUERY.split(rest, 1)[0])


def _spelled(secret: str) -> set[str]:
    """A secret in every encoding; without those that are too short."""
    found = {secret}
    for plain in (unquote(secret), unquote_plus(secret)):
        found |= {plain, quote(plain, safe=""), quote_plus(plain), repr(plain)[1:-1]}
    return {spelling for spelling in found if len(spelling) >= _LEAST}
