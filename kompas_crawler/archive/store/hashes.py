"""Digests for the comparison of texts."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

_JSON = json.JSONEncoder(ensure_ascii=False)


def content_hash(*compared: Any) -> str:
    """Return the SHA-256 of fields, such as those that make a revision (see ``items``), in order.

    Over their JSON, so that the boundaries of fields are unambiguous.

    >>> content_hash("a", None, ("b",), ()) == content_hash("a", None, ("b",), ("c",))
    False
    """
    return hashlib.sha256(_JSON.encode(compared).encode("utf-8", "surrogatepass")).hexdigest()


def text_hash(body: Sequence[str]) -> str:
    """Return the digest of a body, ignoring case and paragraph breaks.

    >>> text_hash(("Satu dua.", "Tiga.")) == text_hash(("SATU dua. Tiga.",))
    True
    """
    words = " ".join(" ".join(body).casefold().split())
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()
