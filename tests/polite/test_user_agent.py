"""The crawler says who it is, and no setting can put another header there."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from scrapy.settings import Settings

from kompas_crawler.polite.user_agent import PROJECT_URL, Identity, user_agent


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        (None, PROJECT_URL),
        ("  ", PROJECT_URL),
        ("riset@example.org", "riset@example.org"),
        (" https://example.org/riset?x=1 ", "https://example.org/riset?x=1"),
    ],
)
def test_names_program_version_and_contact(contact: str | None, shown: str) -> None:
    assert user_agent(contact) == f"kompas-crawler/{version('kompas-crawler')} (+{shown})"


@pytest.mark.parametrize(
    "contact",
    ["a@b.id\r\nX-Evil: 1", "a\nb", "a\x00b", "a\x7fb", "a) Mozilla/5.0 (b", "\u202ea@b", "é"],
)
def test_refuses_a_contact_that_no_header_can_carry(contact: str) -> None:
    with pytest.raises(ValueError, match="KOMPAS_CONTACT") as error:
        user_agent(contact)

    assert "\n" not in str(error.value)


def test_a_wrong_mirror_is_refused_before_a_crawl_begins() -> None:
    """Else ``scrapy shell`` waits for ever for the thread in which it fails."""
    with pytest.raises(ValueError, match="must be on this machine"):
        Identity().update_settings(Settings({"KOMPAS_MIRROR": "http://example.com:80"}))
