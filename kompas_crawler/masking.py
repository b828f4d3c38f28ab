"""Secrets of the settings, kept out of whatever is said."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.settings import BaseSettings

_USER_PART = re.compile(r"(?<=://)(?P<user>[^/?#\s:@]*):[^/?#\s]*@")
_SECRET_NAME = re.compile(r"pass|secret|token|key|dsn", re.IGNORECASE)
_LEAST = 3
"""A secret shorter than this is in every other word."""


def of_settings(settings: BaseSettings) -> Callable[[str], str]:
    """What masks the secrets of *settings*: of the database, of the ping, of whoever is told."""
    others = [
        str(settings[name])
        for name in settings
        if name.startswith("SPIDERMON_") and _SECRET_NAME.search(name) and settings[name]
    ]
    ping = str(settings["KOMPAS_PING_URL"] or "")
    with suppress(ValueError):
        others += [ping, urlsplit(ping).path.strip("/")]
    return masker(str(settings["KOMPAS_DATABASE_URL"]), *others)


def masker(database_url: str, *others: str) -> Callable[[str], str]:
    """What masks the secrets of *database_url*, and *others*, in a text.

    As they are written, and percent-encoded.

    >>> mask = masker("postgresql://ani:gehe%40im@db/kompas?sslpassword=kunci")
    >>> mask("no connection to ani:gehe@im, nor kunci, at postgresql://ani:gehe%40im@db/kompas")
    'no connection to ani:***, nor ***, at postgresql://ani:***@db/kompas'
    """
    secrets = {spelling for secret in others for spelling in _spelled(secret)}
    spelled = sorted(secrets | _secrets(database_url), key=len, reverse=True)
    known = re.compile("|".join(map(re.escape, spelled))) if spelled else None

    def mask(text: str) -> str:
        text = _USER_PART.sub(r"\g<user>:***@", text) if "://" in text else text
        return known.sub("***", text) if known else text

    return mask


def _secrets(url: str) -> set[str]:
    """Each secret of *url*, in every spelling."""
    rest = url.partition("://")[2]
    before_query, _, query = rest.partition("?")
    found = []
    if "@" in before_query:  # the last one parts user and host, whatever a password holds
        user_part = before_query.rpartition("@")[0]
        found.append(user_part.partition(":")[2])
    found += [value for name, value in _pairs(query) if _SECRET_NAME.search(name)]
    found += [value for name, value in parse_qsl(query) if _SECRET_NAME.search(name)]
    return {spelling for secret in found for spelling in _spelled(secret)}


def _spelled(secret: str) -> set[str]:
    """A secret in every spelling; none where it is too short."""
    plain = unquote(secret)
    found = {secret, plain, quote(plain, safe=""), quote_plus(plain), repr(plain)[1:-1]}
    return {spelling for spelling in found if len(spelling) >= _LEAST}


def _pairs(query: str) -> list[tuple[str, str]]:
    """Names and values as they are written."""
    return [part.partition("=")[::2] for part in query.split("&")]
