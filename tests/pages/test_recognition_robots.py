"""R27: is an answer a whole robots.txt; else it gives no freedom."""

from __future__ import annotations

import pytest

from kompas_crawler.pages.recognition import Kind
from tests.pages.answering import (
    robots,
)
from tests.pages.wrong_answers import (
    CHALLENGES,
)

RULES = "User-agent: *\nDisallow: /search\n"


@pytest.mark.parametrize("body", [RULES, "# nothing\n", "Disallow: /", "\ufeff" + RULES])
def test_proper_robots(body: str) -> None:
    assert robots(body) is None


@pytest.mark.parametrize("body", [RULES, RULES[:-9], "", "# a"])
def test_half_a_robots_file_is_none(body: str) -> None:
    verdict = robots(body, is_partial=True)
    assert verdict is not None
    assert verdict.kind is Kind.ERROR


@pytest.mark.parametrize("name", CHALLENGES)
def test_a_challenge_is_no_robots_file(name: str) -> None:
    verdict = robots(CHALLENGES[name])
    assert verdict is not None
    assert verdict.kind is Kind.REFUSED


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (202, {}, Kind.REFUSED),
        (403, {}, Kind.REFUSED),
        (429, {}, Kind.REFUSED),
        (200, {"x-amzn-waf-action": "challenge"}, Kind.REFUSED),
        (404, {}, Kind.GONE),
        (410, {}, Kind.GONE),
        (500, {}, Kind.ERROR),
        (503, {}, Kind.ERROR),
        (204, {}, Kind.ERROR),
    ],
)
def test_robots_by_status_and_header(status: int, headers: dict[str, str], kind: Kind) -> None:
    verdict = robots(RULES, status=status, headers=headers)
    assert verdict is not None
    assert verdict.kind is kind


def test_control_without_the_flag_half_a_robots_file_is_believed() -> None:
    assert robots(RULES[:-9]) is None
