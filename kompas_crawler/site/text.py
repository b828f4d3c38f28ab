"""Normalise texts; recognise datelines and promotional texts."""

import re
import unicodedata

from kompas_crawler.site.words import WORDS

# Controls but white space, lone surrogates, marks without width; not what emoji are joined by.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# Inside a Latin word they are invisible, but split it in a full-text search.
_IN_WORD = re.compile(
    "[\u034f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]"
    "(?<=[0-9A-Za-z\u00c0-\u024f\u0300-\u034e\u0350-\u036f\u1e00-\u1eff].)"
    "[\u034f\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]*(?=[0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff])"
)
# NFC sorts the marks of one letter in quadratic time.
_MARKS = re.compile(r"[^\w\s\x00-\u02ff]{31,}")
_MOST_MARKS = 30  # on one letter, as in Unicode's stream-safe texts
_FEW_LETTERS = 1000  # too few to matter
LONGEST_REMEMBERED = 200  # characters of a text or an attribute that a cache keeps


def _first_marks(match: re.Match[str]) -> str:
    kept, run = [], 0
    for letter in match[0]:
        run = run + 1 if unicodedata.combining(letter) else 0
        if run <= _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def clean(text: str) -> str:
    """*text* in NFC, on one line, with single spaces, without invisible characters.

    >>> clean("  Harga\\u00a0naik\\n\\t5\\u200b persen\\x07 ")
    'Harga naik 5 persen'
    >>> clean("Vin\\u0303ales") == "Vi\\u00f1ales", clean("ban\\u200cjir")
    (True, 'banjir')
    """
    is_printable = text.isprintable()  # false for white space other than spaces
    if not is_printable:
        text = _UNWANTED.sub("", text)
    if not text.isascii():
        if len(text) > _FEW_LETTERS:
            text = _MARKS.sub(_first_marks, text)
        text = _IN_WORD.sub("", unicodedata.normalize("NFC", text))
    if is_printable and "  " not in text:
        return text.strip(" ")
    return " ".join(text.split())


def clean_or_none(text: str | None) -> str | None:
    """Clean *text*, or ``None`` if the result is empty.

    >>> clean_or_none(" \\u00a0 ") is None
    True
    """
    return (clean(text) or None) if text else None


LONGEST_TITLE = 1000  # characters of a title; Kompas's have at most about 150


def cut_title(text: str | None) -> str | None:
    """Clean *text* cut to the length of a title, or ``None`` if the result is empty."""
    return (clean(text)[:LONGEST_TITLE].rstrip() or None) if text else None


_PLACEHOLDERS = {"none", "null", "nil", "nan", "n/a", "n.a.", "undefined", "tidak ada", "0"}


def is_placeholder(text: str) -> bool:
    """Whether a clean *text* is a placeholder for no value.

    >>> [is_placeholder(text) for text in ("-", "None", "N/A", "", "Nonne", "5")]
    [True, True, True, True, False, False]
    """
    if text[:1].isalnum():
        return text.lower() in _PLACEHOLDERS
    return not any(map(str.isalnum, text))


def value_or_none(text: str | None) -> str | None:
    """Clean *text*, or ``None`` if it is empty or a placeholder.

    >>> value_or_none(" Laut Kita "), value_or_none("null")
    ('Laut Kita', None)
    """
    return None if is_placeholder(text := clean(text or "")) else text


COMMA = re.compile(r"(?<![0-9]),|,(?![0-9])")  # a comma, except inside a number: "Rp 15,8 miliar"


def split_list(text: str | None) -> tuple[str, ...]:
    """Split *text* at commas, without empty parts, placeholders and duplicates.

    >>> split_list("wisata jepang , Rp 15,8 miliar, ,banjir, banjir")
    ('wisata jepang', 'Rp 15,8 miliar', 'banjir')
    """
    parts = (clean(part) for part in COMMA.split(text or ""))
    return tuple(dict.fromkeys(part for part in parts if not is_placeholder(part)))


_ADDED = re.compile(r"\s+(?:(?-i:Halaman) (?:all|[0-9]{1,6})|[-|–] Kompas\.com(?: \w+)?)$", re.I)
_LONGEST_ADDED = 40


def head_title(text: str | None) -> str | None:
    """A title of the head without the suffixes added by Kompas, or ``None``.

    >>> head_title("Harga Beras Turun Halaman all - Kompas.com")
    'Harga Beras Turun'
    """
    title = clean(text or "")
    end = len(title)
    while match := _ADDED.search(title, max(0, end - _LONGEST_ADDED), end):
        end = match.start()
    return cut_title(title[:end])


_KOMPAS = r"(?:KOMPAS|[Kk]ompas)"
_DASH = "[‐-―−─﹘﹣－-]"
# Names after it, of an agency or an author, in several words only before a dash.
_BESIDE = rf"(?: ?/ ?[A-Z]\w*(?:(?: [A-Z]\w*){{1,3}}(?= ?{_DASH}))?| ?\([^()]+\)(?= ?{_DASH}))"
# Also in other spellings, of a part (KompasOtomotif), with an agency (KOMPAS.com/ANTARA).
_NAME = rf"\(?{_KOMPAS}(?:[., ]{{1,2}}(?i:com|tv)(?![a-z])|(?<=s)[A-Z][a-z]+){_BESIDE}?\)?"
_DASHES = rf"{_DASH}(?:\s*{_DASH})*"
_DATELINE = re.compile(
    rf"(?:(?P<place>['’]?[^\W\d_][^!?:;\"“”]{{0,59}}?)\s*,\s*(?:{_NAME}|{_KOMPAS}(?:\.id)?)"
    rf"|{_NAME})\s*{_DASHES}\s*(?P<text>.*)",
    re.DOTALL,
)
# Without a comma or a dash a place must be in capitals to differ from a sentence.
_BARE_DATELINE = re.compile(
    rf"(?P<place>[A-ZÀ-Þ][A-ZÀ-Þ .'()/,-]{{1,59}}?)\.?"
    rf"(?:\s*,\s*{_NAME}|(?:\s|{_DASH})+{_NAME}\s*{_DASHES})(?:[\s,:.~_|•·]|{_DASH})*(?P<text>.*)",
    re.DOTALL,
)


def split_dateline(paragraph: str) -> tuple[str | None, str] | None:
    """The place and the text after "PLACE, KOMPAS.com - "; ``None`` without a dateline.

    >>> split_dateline("JENEWA, KOMPAS.com – Perundingan dimulai.")
    ('JENEWA', 'Perundingan dimulai.')
    >>> split_dateline("KOMPAS.com - Cuaca cerah.")
    (None, 'Cuaca cerah.')
    >>> split_dateline("Kata dia kepada Kompas.com, Senin - hari ini.") is None
    True
    """
    if "ompas" not in paragraph[:80].lower():
        return None
    match = _DATELINE.fullmatch(paragraph)
    words = {*(match["place"] or "").split()} - {"dan", "de", "la", "of"} if match else set()
    if match is None or len(words) > 6 or any(word[0].islower() for word in words):
        match = _BARE_DATELINE.fullmatch(paragraph)
    return (match["place"], match["text"]) if match else None


PROMO_OPENINGS = WORDS["promo_openings"]
# Every opening contains one of these, which is a faster test.
_PROMO_STEMS = ("kompas.com", "t.me/", "breaking", "telegram", "apresiasi", "whatsapp", "jurnalis")
_PROMO = re.compile(rf"(?:\A|(?<=[.!?\"”)] ))(?:{'|'.join(map(re.escape, PROMO_OPENINGS))})", re.I)


def strip_promo(paragraph: str) -> str:
    """A clean *paragraph* without promotional text.

    >>> strip_promo("Air surut. Dapatkan update berita pilihan dan breaking news setiap hari.")
    'Air surut.'
    >>> strip_promo("Simak breaking news dan berita pilihan kami langsung di ponselmu.")
    ''
    """
    has = paragraph.lower().__contains__
    may_be = any(map(has, _PROMO_STEMS)) and any(map(has, PROMO_OPENINGS))
    return _PROMO.split(paragraph, maxsplit=1)[0].rstrip() if may_be else paragraph
