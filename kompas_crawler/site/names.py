"""Recognise the names of people, their degrees and positions."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import unescape
from itertools import chain

from kompas_crawler.site.text import COMMA, LONGEST_REMEMBERED, clean, is_placeholder
from kompas_crawler.site.words import WORDS

_DEGREES = frozenset(WORDS["degrees"])
_PLAIN_TITLES = frozenset(WORDS["plain_titles"])
_OCCUPATIONS = frozenset(WORDS["occupations"])
# Doctors: SpPD, Sp.OG(K), Sp.PD-KGEH, K-GEH.
_SPECIALIST = re.compile(
    r"(?:Subs|S)p\.? ?[A-Z][A-Za-z.]{0,6}(?:\(K\))?(?:-?K?[A-Z][A-Za-z]{0,4})?(?: ?\(K\))?"
    r"|K-[A-Z]{2,5}"
)
# Several abbreviations, each with its dot: M.Krim., S.Tr.T.
_DOTTED = re.compile(r"(?:[A-Z][A-Za-z]{0,4}\.){1,6}[A-Z][A-Za-z]{0,7}\.")
# Fellowships and certificates, which differ from agencies only after a degree: FACP, CPM (Asia).
_AFTER_DEGREE = re.compile(r"[A-Z][a-z]?[A-Z][A-Za-z]{0,3}\.?(?: \([A-Z][a-z]+\))?")
_AFTER_ONE = re.compile(r" \((?:[A-Z][a-z]+\.?)\)$|[®™]$")  # BSc (Hons), CFP®
_LONGEST_DEGREE = 40
_MOST_PARTS = 10  # degrees of a name, provinces of a position


def is_degree(text: str) -> bool:
    """Whether a clean *text* consists of degrees or titles after a name.

    >>> [is_degree(text) for text in ("S.H.", "M. Si", "SpPD", "Psikolog", "S.H. M.H.", "M.Yusuf")]
    [True, True, True, True, True, False]
    """
    is_short = len(text) <= _LONGEST_DEGREE
    return is_short and (_is_one_degree(text) or all(map(_is_one_degree, text.split())))


def _is_one_degree(text: str) -> bool:
    text = _AFTER_ONE.sub("", text)
    if _SPECIALIST.fullmatch(text) or _DOTTED.fullmatch(text):
        return True
    is_written_so = "." in text or any(map(str.isupper, text[1:])) or text in _PLAIN_TITLES
    return is_written_so and re.sub(r"[. ()-]", "", text).lower() in _DEGREES


# Separators of names other than commas. "Dan" can also be a name.
_ANDS = frozenset({"dan", "and", "serta", "&", "DAN"})
_AND = re.compile(r"(?:^|\s)(?:dan|and|serta|&)\s|\sDAN\s|;")
_INSTITUTION = re.compile(rf"(?:{'|'.join(WORDS['institutions'])})\b", re.IGNORECASE)
_EDITORS = "editor|redaktur|penyunting"
_WRITERS = "penulis|reporter|wartawan|jurnalis|author|writer"
_LOCALS = "kontributor|koresponden"  # each with a place
_RANK = "(?:(?:managing|senior|junior|deputy|asisten|wakil|content) )?"
# Before a label, except the second of two: "Penulis & Editor: ".
_NEXT = (
    rf"(?:^|(?<![&/\s.;,|(–-])(?<! dan)(?<!sekaligus)[\s.;,|(–-]++){_RANK}"
    rf"(?=(?:{_WRITERS}|{_EDITORS}|sumber)\s?[:：])"
)
_PARTS = re.compile(rf"(?:{COMMA.pattern})(?![^()]{{0,80}}\))|\s[|/•]\s")
_PARTS_OR_LABELS = re.compile(rf"{_NEXT}|{_PARTS.pattern}", re.I)
_ROLE = re.compile(rf"(?:{_LOCALS})\b[^,:]*|(?:{_WRITERS})(?: senior| kompas\.com)?", re.I)
_PROVINCE = re.compile(  # after the place of a contributor
    r"(?i)(?:kab|kabupaten|kota|provinsi|kepulauan|sumatera|jawa|kalimantan|sulawesi|maluku|papua"
    r"|nusa tenggara)\b[^,:]*|aceh|riau|jambi|bengkulu|lampung|banten|bali|gorontalo|diy|nt[bt]"
    r"|bangka belitung|(?:d\.?i\.? |dki |daerah istimewa )?(?:yogyakarta|jakarta)|kepri|babel"
    r"|ja(?:bar|teng|tim)|sum(?:bar|sel|ut)|kal(?:bar|sel|teng|tim|tara)|sul(?:bar|sel|teng|tra|ut)"
)
_NOBODY = re.compile(
    rf"(?:{_EDITORS})(?: senior|(?: senior)? ?:.*)?|dkk\.?|kawan-kawan|et al\.?|sumber ?:.*", re.I
)
_LABEL = re.compile(
    rf"(?:(?P<both>(?:{_WRITERS}) ?(?:[&/]|dan|sekaligus) ?)?(?P<editor>{_EDITORS})|{_WRITERS}"
    r"|tim redaksi|(?:ditulis |written )?(?:oleh|by))(?: senior)? ?[:：] ?",
    re.I,
)
_ROLE_BESIDE = re.compile(
    rf"(?i) ?\((?:(?P<editor>{_EDITORS})|{_LOCALS}|{_WRITERS})\b[^()]*\)"
    rf"|^(?:{_LOCALS})\b[^:]{{0,40}}?(?:: ?| [–-] )"
)
# In a credit row these need no colon; "The Hollywood Reporter" is a source.
_NEXT_LABEL = re.compile(rf"(?i:{_NEXT})|(?<![&/\s])(?<! dan)\s+(?=(?:Editor|Sumber)\b)")
_ROW_LABEL = re.compile(
    rf"(?i)\W*(?:(?P<author>{_WRITERS}|(?:kontributor|oleh|by)(?=\s*[:：]))|(?P<editor>{_EDITORS})"
    r"|(?P<source>sumber))\b\s*[:：–-]?\s*"
)
ROLE_LABEL = re.compile(
    rf"(?i)\W*{_RANK}(?:(?P<author>{_WRITERS}|{_LOCALS}|(?:oleh|by)\b)|(?P<editor>{_EDITORS})|tim\b"
    r"|redaksi)(?P<names>(?: redaksi| senior)?\W*$|\s*[:：].*)?"
)
"""Labels beside names; "Tim Redaksi" is one of all names."""


def labelled(text: str) -> Iterator[tuple[str, str]]:
    """The parts of the clean *text* of a credit row: a role ("author", "editor", "source"), names.

    >>> [*labelled("Penulis : Sari Melati Editor: Budi")], [*labelled("Sari Melati")]
    ([('author', 'Sari Melati'), ('editor', 'Budi')], [('', 'Sari Melati')])
    """
    for part in filter(None, _NEXT_LABEL.split(text)):
        match = _ROW_LABEL.match(part)
        yield (match.lastgroup or "", part[match.end() :]) if match else ("", part)


def split_names(text: str | None, *, of_editors: bool = False) -> tuple[str, ...]:
    """Split the people in *text* at commas, bars and "dan" (and); labels say who edits.

    Degrees and titles stay with their name. A role is not a person; only that of a contributor
    is one if there is no other.

    >>> split_names("Sari Melati,Budi Hartono, S.H., M.Si")
    ('Sari Melati', 'Budi Hartono, S.H., M.Si')
    >>> split_names("Kontributor Solo, Wahyu Nugroho dan Rini | Editor: Budi")
    ('Wahyu Nugroho', 'Rini')
    """
    names, roles = _split(text, of_editors=of_editors)
    return tuple(names or dict.fromkeys(role for role in roles if role[:1] in "Kk"))


def positions(text: str | None) -> dict[str, str]:
    """The people in *text* that have a position before or beside their name.

    >>> positions("Kontributor Malang, Andi Hartik, Rini (Koresponden Solo) dan Budi")
    {'Andi Hartik': 'Kontributor Malang', 'Rini': 'Koresponden Solo'}
    """
    return {name: role for name, role in _split(text)[0].items() if role}


def _split(text: str | None, *, of_editors: bool = False) -> tuple[dict[str, str], list[str]]:
    """The names in *text*, each with its position or ""; and the positions on their own."""
    split = _split_once if len(text or "") <= LONGEST_REMEMBERED else _split_once.__wrapped__
    return split(text or "", of_editors=of_editors)


@lru_cache(maxsize=10_000)
def _split_once(text: str, *, of_editors: bool) -> tuple[dict[str, str], list[str]]:
    names: list[tuple[list[str], str]] = []  # each with its degrees, and its position
    roles: list[str] = []
    position = ""
    for part, role in _named(unescape(text), of_editors=of_editors):
        has_degree = bool(names) and len(names[-1][0]) > 1
        if names and (is_degree(part) or (has_degree and _AFTER_DEGREE.fullmatch(part))):
            if len(names[-1][0]) <= _MOST_PARTS:
                names[-1][0].append(part)
        elif _ROLE.fullmatch(part):
            roles.append(position := part)
        elif position and position.count(",") < _MOST_PARTS and _PROVINCE.fullmatch(part):
            roles[-1] = position = f"{position}, {part}"
        elif not (names and part.split()[0].lower() in _OCCUPATIONS):
            names.append(([part], role or position))
            position = ""
    found: dict[str, str] = {}
    for parts, role in names:
        found.setdefault(", ".join(parts), role)
    return found, roles


_MARK = "\0"  # in no clean text


def _named(text: str, *, of_editors: bool) -> Iterator[tuple[str, str]]:
    """The parts of *text*, each with its position or ""."""
    are_editors = of_editors
    for part in (_PARTS_OR_LABELS if ":" in text else _PARTS).split(text):
        name, beside = clean(part), None
        if ":" in name and (label := _LABEL.match(name)):
            are_editors, name = label["editor"] is not None, name[label.end() :]
            are_editors = of_editors if label["both"] else are_editors
        if are_editors is not of_editors:
            continue
        if ("(" in name or name[:1] in "Kk") and (beside := _ROLE_BESIDE.search(name)):
            name = _ROLE_BESIDE.sub(_MARK, name)
        is_one = _ANDS.isdisjoint(name.split()) and ";" not in name  # the usual case
        for one in [name] if is_one or _INSTITUTION.match(name) else _AND.split(name):
            name, role = one.replace(_MARK, "").strip(), beside if _MARK in one else None
            is_other = role is not None and role["editor"] and not of_editors
            if not (is_other or is_placeholder(name) or _NOBODY.fullmatch(name)):
                yield name, role[0].strip(" ():–-") if role else ""


_BYLINE = re.compile(rf"\(?(?!{_EDITORS}){_LABEL.pattern}(?P<names>[^!?:\"“”]{{2,200}})", re.I)
# What it is; in brackets others can follow. "(K)" is a part of a degree.
_BESIDE = re.compile(rf"\((?!K\))|[|—]| [–-] |(?:^|, ?)(?:{'|'.join(_OCCUPATIONS)})\b", re.I)
_ASIDE = re.compile(r" ?\((?!K\))[^()]*\)|(?<!\(K)[*) ]+$|(?<=[a-z]{4})\.$")
_PARTICLES = frozenset({"bin", "binti", "van", "von", "de", "der", "den", "al", "el", "dr", "drg"})


def split_byline(paragraph: str) -> tuple[str, ...]:
    """The people in a *paragraph* that is only a byline.

    >>> split_byline("Oleh: Dr. Sari Melati, M.Si, Dosen Universitas Contoh")
    ('Dr. Sari Melati, M.Si',)
    >>> split_byline("Oleh: warga desa jalan itu dijaga."), split_byline("Oleh karena itu")
    ((), ())
    """
    match = _BYLINE.fullmatch(paragraph)
    people = []
    parts = _ASIDE.sub("", match["names"]).split(";") if match else ()
    for name in chain.from_iterable(split_names(_BESIDE.split(part)[0]) for part in parts):
        words = [word for word in name.split() if word.strip(".").lower() not in _PARTICLES]
        is_name = all(word[0].isupper() and not word[-1].isdigit() for word in words)
        if len(name.split()) > 10 or not is_name:
            return ()
        people.append(name)
    return tuple(people)


def with_others(names: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """*names* with those of *more* that differ from them, ignoring titles.

    >>> with_others(("Universitas Contoh", "Sari Melati"), ("Dr. Sari Melati, M.Si", "Budi"))
    ('Universitas Contoh', 'Sari Melati', 'Budi')
    """
    known = {_without_titles(name) for name in names}
    return (*names, *(name for name in more if _without_titles(name) not in known))


def _without_titles(name: str) -> str:
    words = name.partition(",")[0].lower().split()
    return " ".join(word for word in words if not word.endswith("."))
