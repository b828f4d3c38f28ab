"""The invented words of the sample site (``words.toml``), and texts composed of them."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from kompas_crawler.sample.site.channels import Channel

TABLES: dict[str, Any] = tomllib.loads(
    resources.files("kompas_crawler.sample.site").joinpath("words.toml").read_text("utf-8")
)
WORDS: dict[str, list[str]] = TABLES["words"]
WORDS["claim"] = [quote.partition(",")[0] for quote in WORDS["quote"]]
_GAP = re.compile(r"{(.+?)}")


def person(rng: Random) -> str:
    return f"{rng.choice(WORDS['given_name'])} {rng.choice(WORDS['family_name'])}"


def spelled(at: datetime) -> str:
    """Write *at* as a sentence has it: ``Selasa (30/6/2026)``."""
    return f"{TABLES['weekdays'][at.weekday()]} ({at.day}/{at.month}/{at.year})"


def count_of(rng: Random) -> str:
    """A number as Indonesian texts write it: ``1.234``."""
    return f"{rng.randint(11, 9870):,}".replace(",", ".")


def composed(rng: Random, template: str, **known: str) -> str:
    """Fill the gaps of *template*: with *known*, a person, a number, or any word of a list."""

    def word(gap: re.Match[str]) -> str:
        name = gap[1]
        if name in known:
            return known[name]
        if name == "person":
            return person(rng)
        if name == "count":
            return count_of(rng)
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
