"""How the crawler names itself to the sites it visits: honestly, with a way to reach its user."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

logger = logging.getLogger(__name__)

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


class Identity:
    """Scrapy add-on: sends the User-Agent that ``KOMPAS_CONTACT`` asks for.

    A ``USER_AGENT`` that a spider or ``-s`` sets stays.
    Raises ``ValueError`` for a contact that no header can carry.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Set ``USER_AGENT``; warn once when nobody can be reached."""
        name = user_agent(settings["KOMPAS_CONTACT"])
        settings.set("USER_AGENT", name, priority="project")
        if not settings["KOMPAS_CONTACT"] and not settings["KOMPAS_MIRROR"]:
            logger.warning(
                "KOMPAS_CONTACT is not set: the site cannot reach you; "
                "set it to an e-mail address or a page of yours"
            )
