"""How the crawler names itself to the sites it visits: honestly, with a way to reach its user."""

from __future__ import annotations

from importlib.metadata import version

PROJECT_URL = "https://github.com/kompas-crawler/kompas-crawler"
ROBOTS_TOKEN = "kompas-crawler"
"""The name under which robots.txt may have rules for us."""


def user_agent(contact: str | None) -> str:
    """Return the User-Agent header: name, version and *contact* (the project's address if none).

    Raises ``ValueError`` for a contact that no header can carry.

    >>> user_agent("mailto:riset@example.org").partition(" ")[2]
    '(+mailto:riset@example.org)'
    """
    shown = (contact or "").strip() or PROJECT_URL
    if not (shown.isascii() and shown.isprintable()) or set(shown) & set("()\\"):
        raise ValueError(
            f"KOMPAS_CONTACT must be an address or URL in plain characters, not {shown!r}"
        )
    return f"{ROBOTS_TOKEN}/{version('kompas-crawler')} (+{shown})"
