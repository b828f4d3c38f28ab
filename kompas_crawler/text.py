"""Rules over texts: what is plain, what is a name, what is Kompas's own voice and no news."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Controls that are no white space, lone surrogates, and marks without a width; the joiners
# U+200C and U+200D stay, for emoji and other scripts are spelled with them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Return *text* composed (NFC), on one line, single-spaced, without invisible characters.

    >>> clean("  Harga\\u00a0naik\\n\\t5\\u200b persen\\x07 ")
    'Harga naik 5 persen'
    >>> clean("Vin\\u0303ales") == "Vi\\u00f1ales"
    True
    """
    is_printable = text.isprintable()  # which is true of no white space but the plain one
    if not is_printable:
        text = _UNWANTED.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if is_printable and "  " not in text:
        return text.strip(" ")
    return " ".join(text.split())


def single_spaced(text: str) -> str:
    """Return *text* with its words one plain space apart.

    >>> single_spaced(" Air\\tnaik\\n\\n5 meter")
    'Air naik 5 meter'
    """
    if "  " not in text and text.isprintable():  # which is true of no other white space
        return text.strip(" ")
    return " ".join(text.split())


def clean_or_none(text: str | None) -> str | None:
    """Return *text* clean, or ``None`` when nothing is left of it.

    >>> clean_or_none(" \\u00a0 ") is None
    True
    """
    return (clean(text) or None) if text else None


def count_words(text: str) -> int:
    """How many words *text* has, as white space parts them.

    >>> count_words("Banjir di Demak - 3 desa")
    6
    """
    return len(text.split())


# A comma inside a number parts nothing: "Rp 15,8 miliar".
_COMMA = re.compile(r"(?<![0-9]),|,(?![0-9])")
# What follows a comma in one person's name: S.H., M.Si, Ph.D, MBA.
_DEGREE = re.compile(
    r"(?:[SMD]\.[A-Z][A-Za-z]{0,4}|[SM]\. [A-Z]\.|Sp\.\s?[A-Z][A-Za-z]{0,4}(?:\([A-Z]+\))?"
    r"|Ph\.?D|M\.?B\.?A|LL\.?M|[BM]\.?Sc|M\.?Si|[SM]\.?H|S\.?E|M\.?M|[SM]\.?T|[SM]\.?Pd"
    r"|[SM]\.?Kom|S\.?Sos|[SM]\.?IP|[BM]\.?A|CFA|CFP|FRM)\.?"
)


def split_list(text: str | None) -> tuple[str, ...]:
    """Return what commas part in *text*, without empty parts and repeats.

    >>> split_list("wisata jepang , Rp 15,8 miliar, ,banjir, banjir")
    ('wisata jepang', 'Rp 15,8 miliar', 'banjir')
    """
    parts = (clean(part) for part in _COMMA.split(text or ""))
    return tuple(dict.fromkeys(filter(None, parts)))


def split_names(text: str | None) -> tuple[str, ...]:
    """Return the people that commas part in *text*.

    A degree stays with its name, as does the place of a contributor, for both
    are one person's.

    >>> split_names("Sari Melati,Budi Hartono, S.H., M.Si")
    ('Sari Melati', 'Budi Hartono, S.H., M.Si')
    >>> split_names("Kontributor Solo, Wahyu Nugroho, Rini")
    ('Kontributor Solo, Wahyu Nugroho', 'Rini')
    """
    names: list[str] = []
    for part in split_list(text):
        is_open = bool(names) and re.fullmatch(r"Kontributor [^,]+", names[-1])
        if names and (is_open or _DEGREE.fullmatch(part)):
            names[-1] = f"{names[-1]}, {part}"
        else:
            names.append(part)
    return tuple(names)


def strip_title(title: str) -> str:
    """Return a title of the page's head without what Kompas adds to it.

    >>> strip_title("Harga Beras Turun Halaman all - Kompas.com")
    'Harga Beras Turun'
    """
    return re.sub(r"(?:\s+Halaman (?:all|[0-9]+)|\s+[-|–] Kompas\.com)+$", "", title, flags=re.I)


class Dateline(NamedTuple):
    """The opening of an article: its ``place``, if it names one, and the ``text`` that follows."""

    place: str | None
    text: str


_NAME = r"K(?:OMPAS|ompas)\.(?:com|COM|TV)"
_DASH = r"(?:--|[-‐‑‒–—―−])"
_DATELINE = re.compile(
    rf"(?:(?P<place>[^\W\d_][^!?:;\"“”]{{0,59}}?)\s*,\s*)?{_NAME}\s*{_DASH}+\s*(?P<text>.*)",
    re.DOTALL,
)
# Without a dash only capitals tell a place from the beginning of a sentence.
_BARE_DATELINE = re.compile(
    rf"(?P<place>[A-Z][A-Z .'()/,-]{{1,59}}?)\s*,\s*{_NAME}[\s,:]*(?P<text>(?![\s,:]).*)", re.DOTALL
)


def split_dateline(paragraph: str) -> Dateline | None:
    """Part "PLACE, KOMPAS.com - " from a clean *paragraph*; ``None`` when it does not open so.

    >>> split_dateline("JENEWA, KOMPAS.com – Perundingan dimulai.")
    Dateline(place='JENEWA', text='Perundingan dimulai.')
    >>> split_dateline("KOMPAS.com - Cuaca cerah.")
    Dateline(place=None, text='Cuaca cerah.')
    >>> split_dateline("Kata dia kepada Kompas.com, Senin - hari ini.") is None
    True
    """
    if "ompas." not in paragraph[:80] and "OMPAS." not in paragraph[:80]:
        return None
    match = _DATELINE.fullmatch(paragraph)
    if match is None or not _is_place(match["place"] or ""):
        match = _BARE_DATELINE.fullmatch(paragraph)
    return Dateline(match["place"], match["text"]) if match else None


def _is_place(text: str) -> bool:
    """Whether *text* is short and written like a name."""
    words = text.split()
    return len(words) <= 6 and not any(word[0].islower() for word in words)


PROMO_OPENINGS = (
    # 2021-23
    "dapatkan update berita pilihan dan breaking news",
    "mari bergabung di grup telegram",
    "anda harus install aplikasi telegram",
    # 2023-25
    "simak breaking news dan berita pilihan kami",
    "pilih saluran andalanmu akses berita kompas.com",
    # 2025
    "dalam segala situasi, kompas.com berkomitmen",
    "berikan apresiasi sebesar-besarnya kepada mereka",
    # 2026
    "kompas.com berkomitmen memberikan fakta jernih",
    "gabung kompas.com plus sekarang",
    # what a broken page draws in from beside the text
    "baca berita tanpa iklan. gabung kompas.com",
    "login untuk memaksimalkan pengalaman mengakses kompas.com",
)
"""How Kompas's invitations open, by period, in small letters; each fills its paragraph's rest."""

# Each opening has one of these; looking for them first is quicker.
_PROMO_STEMS = ("kompas.com", "breaking news", "telegram", "apresiasi")
_SENTENCE_END = (". ", "! ", "? ", '" ', "” ", ") ")


def strip_promo(paragraph: str) -> str:
    """Return a clean *paragraph* without an invitation by Kompas to read it elsewhere.

    >>> strip_promo("Air surut. Dapatkan update berita pilihan dan breaking news setiap hari.")
    'Air surut.'
    >>> strip_promo("Simak breaking news dan berita pilihan kami langsung di ponselmu.")
    ''
    """
    small = paragraph.lower()
    for stem in _PROMO_STEMS:
        if stem in small:
            break
    else:
        return paragraph
    if len(small) != len(paragraph):  # a letter whose small form is longer: "İ"
        return paragraph
    for opening in PROMO_OPENINGS:
        start = small.find(opening)
        if start == 0 or (start > 0 and paragraph[start - 2 : start] in _SENTENCE_END):
            return paragraph[:start].rstrip()
    return paragraph
