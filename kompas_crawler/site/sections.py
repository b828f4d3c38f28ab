"""The sections of Kompas.com, their fronts, and which are paid."""

import csv
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import resources
from typing import NamedTuple

from kompas_crawler.exitcodes import UsageProblem


class Section(NamedTuple):
    """One section: ``slug`` in its URL, ``label`` on its pages; ``is_paid``: by advertisers."""

    slug: str
    label: str
    host: str
    is_paid: bool = False

    @property
    def front_url(self) -> str:
        return f"https://{self.host}/{self.slug if self.host == 'www.kompas.com' else ''}"


_TABLE = resources.files("kompas_crawler.site").joinpath("sections.csv").read_text("utf-8")
SECTIONS: dict[str, Section] = {
    row["slug"]: Section(row["slug"], row["label"], row["host"], row["is_paid"] == "1")
    for row in csv.DictReader(_TABLE.splitlines())
}


def spellings(names: Iterable[str]) -> set[str]:
    """The slugs and labels of the sections *names*, and unknown names, in lower case.

    >>> sorted(spellings(["CekFakta", "News"]))
    ['cek fakta', 'cekfakta', 'news']
    """
    asked = {name.lower() for name in names}
    known = ({section.slug, section.label.lower()} for section in SECTIONS.values())
    return asked.union(*(both for both in known if both & asked))


def known_are(name: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown *name*: the nearest of *known*, then all of them.

    >>> known_are("mony", ["bola", "money"])
    ": did you mean 'money'? Known are: bola, money"
    """
    near = get_close_matches(name, known, 1)
    guess = f": did you mean {near[0]!r}? Known" if near else "; known"
    return f"{guess} are: {', '.join(known) or 'none'}"


def named(names: str) -> list[Section]:
    """The sections in *names*: slugs or labels in any case, by commas.

    Empty means all except paid ones, ``all`` includes them. Raises ``UsageProblem`` for others.

    >>> [section.slug for section in named("Money, cek fakta")]
    ['money', 'cekfakta']
    """
    asked = [name.strip().lower() for name in names.split(",") if name.strip()]
    if "all" in asked:
        return list(SECTIONS.values())
    if not asked:
        return [section for section in SECTIONS.values() if not section.is_paid]
    by_name = SECTIONS | {section.label.lower(): section for section in SECTIONS.values()}
    if unknown := [name for name in asked if name not in by_name]:
        names = ", ".join(map(repr, unknown))
        raise UsageProblem(f"unknown section {names}{known_are(unknown[0], sorted(SECTIONS))}")
    return list(dict.fromkeys(by_name[name] for name in asked))
