"""Ways in which a fuzz case breaks a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree, html

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_TAG = re.compile(rb"<[^<>]{1,300}>")
_ATTRIBUTE = re.compile(rb"""\s[\w:-]+=(?:"[^"]*"|'[^']*')""")
_VALUE = re.compile(rb"""(?:=["']|\n[\w-]+: ?|>)([^"'<>\r\n]+)""")
_NAME = re.compile(rb"""(?:content="|>\s*)(?!Tim )(?=[A-Z][a-z]+ [A-Z][a-z]+,?\s*["<])""")
_CHARSETS = ("utf-16", "utf-16-be", "cp1252", "shift_jis", "utf-7", "gb18030", "utf-32", "latin-1")
CHARSET_NAMES = (
    *_CHARSETS,
    "utf8",
    "x-user-defined",
    "nonsense",
    "",
    "hz",
    "iso-2022-kr",
    "cp1252;q=1",
)
_NOISE = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e\u200d\u0301".encode(), b"<!--",
    b"-->", b"<![CDATA[", b"]]>", b"<?xml?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;",
    b"&#xD800;", b"&#x110000;", b"&#99999999999;", b"<plaintext>", b"<svg><title>", b"<template>",
    b"<textarea>", b"<table><tr>", b"</html>", b"</body>", b"<base href='//[x'>", b"<script>",
    b"</script>", b"<p>" * 300, b"<div>" * 3000, b"[" * 3000, b'{"a":' * 2000, b"9" * 5000,
    b"9999-12-31T23:59:59-12:00", b"0001-01-01T00:00:00+14:00", b"31/12/9999, 23:59 WIB",
    b" href='http://[::1'", b" href='https://www.kompas.com:99999/'", b"\r\n\r\n", b"\r", b"%",
    b"Content-Length: 99999999\r\n", b"Content-Encoding: br\r\n", b"Transfer-Encoding: chunked\r\n",
    b"User-agent: *\nDisallow: /\n", b"Oleh: ", b", ", b"S.H., ", b"\n" * 200, b'"', b"'", b">",
    b"<",
)  # fmt: skip


_VALUES = (
    b"9999-12-31T23:59:59-12:00", b"0001-01-01T00:00:00+14:00", b"2024-02-30", b"9" * 20, b"-1",
    b"http://[::1", b"//", b"https://www.kompas.com:99999/read/2024/01/02/100000001/a", b"[" * 3000,
    b"0", b"", b" ", b"nan", b"gzip, br, deflate", b"chunked", b"bytes", b"Editor", b"HTTP/9.9 999",
)  # fmt: skip


def _place(rng: Random, body: bytes) -> int:
    """Where something happens: at a tag half of the time."""
    tags = [match.start() for match in _TAG.finditer(body)]
    return rng.choice(tags) if tags and rng.random() < 0.5 else rng.randrange(len(body) + 1)


def _without_tag(rng: Random, body: bytes) -> bytes:
    tags = list(_TAG.finditer(body))
    if not tags:
        return body
    tag = rng.choice(tags)
    start = rng.choice([tag.start(), rng.randrange(tag.start(), tag.end())])
    return body[:start] + body[tag.end() :]


def _without_attributes(rng: Random, body: bytes) -> bytes:
    share = rng.choice([0.005, 0.05, 0.5])
    return _ATTRIBUTE.sub(lambda match: b"" if rng.random() < share else match[0], body)


def _with_moved_element(rng: Random, body: bytes) -> bytes:
    """An element moved or doubled, within what is still a tree."""
    try:
        tree = html.document_fromstring(body)
    except (ValueError, etree.LxmlError):
        return body
    elements = [part for part in tree.iter("*") if part.getparent() is not None]
    if len(elements) < 2:
        return body
    part, target = rng.sample(elements, 2)
    if part in target.iterancestors():
        return body
    if rng.random() < 0.5:
        part = html.fromstring(html.tostring(part, encoding="unicode"))
    target.insert(rng.randrange(len(target) + 1), part)
    return bytes(html.tostring(tree, encoding="utf-8"))


def _with_moved_bytes(rng: Random, body: bytes) -> bytes:
    start, end = sorted((_place(rng, body), _place(rng, body)))
    end = min(end, start + 5000)
    rest = body if rng.random() < 0.5 else body[:start] + body[end:]
    at = _place(rng, rest)
    return rest[:at] + body[start:end] + rest[at:]


def _flipped(rng: Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(rng.choice([1, 3, 30])):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _noisy(rng: Random, body: bytes) -> bytes:
    at = _place(rng, body)
    return body[:at] + rng.choice(_NOISE) + body[at:]


def _with_other_value(rng: Random, body: bytes) -> bytes:
    """The value of an attribute or of a header replaced."""
    values = list(_VALUE.finditer(body))
    if not values:
        return body
    value = rng.choice(values[: rng.choice([10, len(values)])])
    return body[: value.start(1)] + rng.choice(rng.choice([_NOISE, _VALUES])) + body[value.end(1) :]


def _with_place(rng: Random, body: bytes) -> bytes:
    """A contributor's place before what may be a name."""
    names = [match.end() for match in _NAME.finditer(body)]
    if not names:
        return body
    at = rng.choice(names)
    return body[:at] + rng.choice([b"Kontributor Malang, ", b"Kontributor Malang - "]) + body[at:]


def _recoded(rng: Random, body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode(rng.choice(_CHARSETS), "replace")


def _named_otherwise(rng: Random, body: bytes) -> bytes:
    name = rng.choice(CHARSET_NAMES).encode()
    return re.sub(rb"(charset|encoding)=([\"']?)[\w-]+", rb"\g<1>=\g<2>" + name, body, count=1)


def _cut(rng: Random, body: bytes) -> bytes:
    return body[: _place(rng, body)]


CHANGES: dict[str, Callable[[Random, bytes], bytes]] = {
    "tag cut": _without_tag,
    "attributes dropped": _without_attributes,
    "element moved": _with_moved_element,
    "bytes moved": _with_moved_bytes,
    "bits flipped": _flipped,
    "noise": _noisy,
    "value replaced": _with_other_value,
    "place added": _with_place,
    "recoded": _recoded,
    "charset named": _named_otherwise,
    "cut short": _cut,
}
