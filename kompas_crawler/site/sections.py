"""The sections of Kompas.com, their fronts, and which are paid."""

from __future__ import annotations

import csv
from importlib import resources
from typing import NamedTuple


class Section(NamedTuple):
    """One section: ``slug`` in its URL and ``label`` on its pages.

    ``is_paid`` sections contain advertisers' texts and are excluded by default.
    """

    slug: str
    label: str
    host: str
    is_paid: bool = False

    @property
    def front_url(self) -> str:
        if self.host == "www.kompas.com":
            return f"https://www.kompas.com/{self.slug}"
        return f"https://{self.host}/"


_TABLE = resources.files("kompas_crawler.site").joinpath("sections.csv").read_text("utf-8")
SECTIONS: dict[str, Section] = {
    row["slug"]: Section(row["slug"], row["label"], row["host"], row["is_paid"] == "1")
    for row in csv.DictReader(_TABLE.splitlines())
}


def named(names: str) -> list[Section]:
    """The sections in *names*: slugs or labels in any case, by commas.

    Empty means all except paid ones, ``all`` includes them. Raises ``ValueError`` for others.

    >>> [section.slug for section in named("Money, cek fakta")]
    ['money', 'cekfakta']
    """
    asked = [name.strip().lower() for name in names.split(",") if name.strip()]
    if asked == ["all"]:
        return list(SECTIONS.values())
    if not asked:
        return [section for section in SECTIONS.values() if not section.is_paid]
    by_name = SECTIONS | {section.label.lower(): section for section in SECTIONS.values()}
    unknown = [name for name in asked if name not in by_name]
    if unknown:
        raise ValueError(
            f"unknown section {', '.join(repr(name) for name in unknown)}; "
            f"known are: {', '.join(sorted(SECTIONS))}"
        )
    return list(dict.fromkeys(by_name[name] for name in asked))
