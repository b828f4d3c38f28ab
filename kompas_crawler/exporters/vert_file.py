"""Vertical text for Sketch Engine, NoSketch Engine and CQPweb: one word a line."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from xml.sax.saxutils import escape

from kompas_crawler.exporters.record import About, Rows, cell
from kompas_crawler.items import Kind, of_kind
from kompas_crawler.log.terminal import safe

_WORD = r"[^\W_](?:[^\W_]|[\u0300-\u036f])*"
# Inner signs as in U-23, Jum'at, 1.250.000, 09:30, KOMPAS.com
_TOKEN = re.compile(rf"{_WORD}(?:(?:[-'’]|(?<=\d)[.,:/](?=\d)|\.(?=[a-z])){_WORD})*|\S")
_TEXTS = frozenset({"body", "summary", *of_kind(Kind.PARTS)})  # fields that are not attributes


def write(rows: Rows, file: IO[bytes], fields: Sequence[str], _about: About = dict) -> None:
    """Write the bodies of *rows* as documents; the other *fields* are their attributes.

    Names of a list are separated by ``|``. ``<g/>`` joins two tokens without a space.
    """
    names = [name for name in fields if name not in _TEXTS]
    for row in rows:
        lines = [f"<doc{''.join(_attributes(row, names))}>"]
        for paragraph in row["body"].split("\n\n"):
            lines += ["<p>", *_tokens(safe(paragraph)), "</p>"]
        file.write("\n".join([*lines, "</doc>\n"]).encode("utf-8", "replace"))


def _attributes(row: dict[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = row[name]
        if text := safe("|".join(value) if isinstance(value, list) else cell(value)):
            yield f' {name}="{escape(text, {chr(34): "&quot;"})}"'


def _tokens(text: str) -> Iterator[str]:
    """Yield the words and signs of *text*, and ``<g/>`` where no space is between two.

    >>> " ".join(_tokens("Timnas U-23 (AS-Rusia) naik 1.250.000, kata KOMPAS.com."))
    'Timnas U-23 ( <g/> AS-Rusia <g/> ) naik 1.250.000 <g/> , kata KOMPAS.com <g/> .'
    """
    end = None
    for match in _TOKEN.finditer(text):
        if match.start() == end:
            yield "<g/>"
        end = match.end()
        yield escape(match[0])
