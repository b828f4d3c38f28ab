"""Digests by which two texts are known to be the same."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from kompas_crawler.site.text import single_spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

_JSON = json.JSONEncoder(ensure_ascii=False)


def content_hash(*compared: str | Sequence[str] | None) -> str:
    """The digest of what a revision is about: the fields marked so in ``items``, in their order.

    SHA-256 in hex over their JSON, so that no text can imitate another's borders.

    >>> content_hash("a", None, ("b",), ()) == content_hash("a", None, ("b",), ("c",))
    False
    """
    parts = _JSON.encode(compared)
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()


def text_hash(body: Sequence[str]) -> str:
    """The digest of a body alone, blind to case and to how paragraphs are parted.

    >>> text_hash(("Satu dua.", "Tiga.")) == text_hash(("SATU dua. Tiga.",))
    True
    """
    words = single_spaced(" ".join(body).casefold())
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
