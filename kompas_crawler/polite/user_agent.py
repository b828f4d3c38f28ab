"""The User-Agent, with the contact of the user."""

import logging
from importlib.metadata import version

from scrapy.settings import BaseSettings

from kompas_crawler.downloader.mirror import mirror_url
from kompas_crawler.exitcodes import ConfigurationProblem

logger = logging.getLogger(__name__)

PROJECT_URL = "https://github.com/kompas-crawler/kompas-crawler"
ROBOTS_TOKEN = "kompas-crawler"  # the crawler's product token in robots.txt


def user_agent(contact: str | None) -> str:
    """Return the User-Agent header: name, version and *contact* (the project's address if none).

    Raises ``ConfigurationProblem`` for a contact that is not valid in a header.

    >>> user_agent("mailto:riset@example.org").partition(" ")[2]
    '(+mailto:riset@example.org)'
    """
    shown = (contact or "").strip() or PROJECT_URL
    if not (shown.isascii() and shown.isprintable()) or set(shown) & set("()\\"):
        raise ConfigurationProblem(
            f"KOMPAS_CONTACT must be an address or URL in plain characters, not {shown!r}"
        )
    return f"{ROBOTS_TOKEN}/{version('kompas-crawler')} (+{shown})"


class Identity:
    """Scrapy add-on: sets the User-Agent from ``KOMPAS_CONTACT``.

    A ``USER_AGENT`` set by a spider or ``-s`` has priority. Raises ``ConfigurationProblem``.
    """

    def update_settings(self, settings: BaseSettings) -> None:
        """Set ``USER_AGENT``; warn once without a contact."""
        mirror_url(settings["KOMPAS_MIRROR"])  # here, because the shell would wait endlessly
        settings.set("USER_AGENT", user_agent(settings["KOMPAS_CONTACT"]), priority="project")
        if not settings["KOMPAS_CONTACT"] and not settings["KOMPAS_MIRROR"]:
            advice = "set it to an e-mail address or a page of yours"
            logger.warning("KOMPAS_CONTACT is not set: the site cannot reach you; %s", advice)
