"""The sections of Kompas.com, their fronts, and which are paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


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
        """The URL of the section's front."""
        if self.host == "www.kompas.com":
            return f"https://www.kompas.com/{self.slug}"
        return f"https://{self.host}/"


def _on_hosts(*pairs: tuple[str, str], is_paid: bool = False) -> list[Section]:
    return [Section(slug, label, f"{slug}.kompas.com", is_paid) for slug, label in pairs]


def _on_www(*pairs: tuple[str, str]) -> list[Section]:
    return [Section(slug, label, "www.kompas.com") for slug, label in pairs]


SECTIONS: dict[str, Section] = {
    section.slug: section
    for section in (
        *_on_hosts(
            ("nasional", "Nasional"),
            ("megapolitan", "Megapolitan"),
            ("regional", "Regional"),
            ("medan", "Medan"),
            ("bandung", "Bandung"),
            ("surabaya", "Surabaya"),
            ("denpasar", "Denpasar"),
            ("makassar", "Makassar"),
            ("yogyakarta", "Yogyakarta"),
            ("internasional", "Internasional"),
            ("money", "Money"),
            ("tekno", "Tekno"),
            ("otomotif", "Otomotif"),
            ("bola", "Bola"),
            ("travel", "Travel"),
            ("lifestyle", "Lifestyle"),
            ("health", "Health"),
            ("edukasi", "Edukasi"),
            ("entertainment", "Entertainment"),
            ("kolom", "Kolom"),
            ("umkm", "UMKM"),
            ("lestari", "Lestari"),
            ("ikn", "IKN"),
            ("pemilu", "Pemilu"),
        ),
        *_on_www(
            ("global", "Global"),
            ("tren", "Tren"),
            ("hype", "Hype"),
            ("food", "Food"),
            ("homey", "Homey"),
            ("sains", "Sains"),
            ("skola", "Skola"),
            ("stori", "Stori"),
            ("edu", "Edu"),
            ("properti", "Properti"),
            ("sports", "Sports"),
            ("motogp", "MotoGP"),
            ("badminton", "Badminton"),
            ("cekfakta", "Cek Fakta"),
            ("konsultasihukum", "Konsultasi Hukum"),
            ("parapuan", "Parapuan"),
            ("wiken", "Wiken"),
            ("jawa-barat", "Jawa Barat"),
        ),
        *_on_hosts(
            ("biz", "Biz"),
            ("kilasdaerah", "Kilas Daerah"),
            ("kilasbadan", "Kilas Badan"),
            ("kilaskementerian", "Kilas Kementerian"),
            ("kilasparlemen", "Kilas Parlemen"),
            ("kilasbumn", "Kilas BUMN"),
            ("kilaskorporasi", "Kilas Korporasi"),
            ("kilasfintech", "Kilas Fintech"),
            ("sorot", "Sorot"),
            ("sorotpolitik", "Sorot Politik"),
            is_paid=True,
        ),
    )
}


def spellings(names: Iterable[str]) -> set[str]:
    """The slugs and labels of the sections *names*, and unknown names, in lower case.

    >>> sorted(spellings(["CekFakta", "News"]))
    ['cek fakta', 'cekfakta', 'news']
    """
    asked = {name.lower() for name in names}
    known = ({section.slug, section.label.lower()} for section in SECTIONS.values())
    return asked.union(*(both for both in known if both & asked))


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
