"""The channels, invented words and HTML of the sample site, and texts of them."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from html import escape
from random import Random
from typing import Any, NamedTuple

from kompas_crawler.site.sections import SECTIONS, Section
from kompas_crawler.site.words import read_toml

TABLES = read_toml(__package__, "words.toml")
WORDS: dict[str, list[str]] = TABLES["words"]
_MARKUP = read_toml(__package__, "html.toml")
LISTS: dict[str, str] = _MARKUP["lists"]
ARTICLE: dict[str, str] = _MARKUP["article"]
BODY: dict[str, Any] = _MARKUP["body"]
PAGE: dict[str, str] = _MARKUP["page"]
_GAP = re.compile(r"{(.+?)}")
as_text = partial(escape, quote=False)  # escape a text between tags, where quotes may stand


class Channel(NamedTuple):
    """One channel: ``site_id`` ends its articles' numbers, ``is_old`` fronts use the older rows."""

    slug: str
    site_id: int
    subsections: list[str]
    subjects: list[str]
    is_old: bool = False

    @property
    def section(self) -> Section:
        return SECTIONS[self.slug]

    @property
    def rows(self) -> int:
        """How many articles a page of the front lists."""
        return 15 if self.is_old else 20

    def read_url(self, path: str) -> str:
        """The address under which the channel's article with *path* stands."""
        prefix = f"/{self.slug}" if self.section.host == "www.kompas.com" else ""
        return f"https://{self.section.host}{prefix}/read/{path}"


*CHANNELS, PAID = (Channel(**channel) for channel in TABLES["channels"])
"""The channels whose fronts a crawl visits unless told otherwise, and one of advertisers' texts,
to which nothing on the site links but its own front."""

BY_SLUG = {channel.slug: channel for channel in (*CHANNELS, PAID)}
NEWS = frozenset({"nasional", "megapolitan", "regional"})  # what the index calls ``site=news``


def person(rng: Random) -> str:
    return f"{rng.choice(WORDS['given_name'])} {rng.choice(WORDS['family_name'])}"


def spelled(at: datetime) -> str:
    """Write *at* as a sentence has it: ``Selasa (30/6/2026)``."""
    return f"{TABLES['weekdays'][at.weekday()]} ({at.day}/{at.month}/{at.year})"


def composed(rng: Random, template: str, **known: str) -> str:
    """Fill the gaps of *template*: with *known*, a person, a number, or any word of a list."""

    def word(gap: re.Match[str]) -> str:
        name = gap[1]
        if name in known:
            return known[name]
        if name == "person":
            return person(rng)
        if name == "count":  # as Indonesian texts write it: 1.234
            return f"{rng.randint(11, 9870):,}".replace(",", ".")
        if name[0].isdigit():
            return str(rng.randint(*map(int, name.split("-"))))
        return rng.choice(WORDS[name])

    return _GAP.sub(word, template)


def title_of(rng: Random, channel: Channel) -> str:
    subject, place = rng.choice(channel.subjects), rng.choice(WORDS["place"])
    text = composed(rng, rng.choice(TABLES["titles"]), subject=subject, place=place)
    small = TABLES["uncapitalized"]
    return " ".join(word if word in small else word[:1].upper() + word[1:] for word in text.split())


def sentence(rng: Random, channel: Channel, at: datetime) -> str:
    subject, template = rng.choice(channel.subjects), rng.choice(TABLES["sentences"])
    text = composed(rng, template, subject=subject, day=spelled(at))
    return text[0].upper() + text[1:]


def most_read(rows: Iterable[tuple[str, str]]) -> str:
    """The list of other articles beside a page, by address and title."""
    row = LISTS["most_row"]
    return "".join(row.format(url=escape(url), title=as_text(title)) for url, title in rows)
