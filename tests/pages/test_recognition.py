"""R27: what an answer is, decided before it is read: tables of answers and their verdicts."""

from __future__ import annotations

import pytest
from scrapy.http import HtmlResponse

from kompas_crawler.pages import recognition
from kompas_crawler.pages.recognition import CHALLENGE_MARKS, Kind
from kompas_crawler.site.listings import index_url
from tests.faults.hostile import page
from tests.pages.answering import (
    FRONT,
    HOME,
    SITE,
    TAG,
    TOPIC,
    answer,
    article,
    listing,
    sent,
    sitemap,
)
from tests.pages.wrong_answers import (
    AWS,
    CHALLENGES,
    EMPTY,
    LOGIN_WALLS,
    PROVES_NOTHING,
)

ASKED = {"article": article, "index": listing, "sitemap": sitemap}


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_what_proves_nothing_is_an_error_with_a_reason(what: str, name: str) -> None:
    verdict = ASKED[what](PROVES_NOTHING[name])
    assert verdict.kind is Kind.ERROR
    assert verdict.reason
    assert ("empty" in verdict.reason) == (name in EMPTY)


@pytest.mark.parametrize("asked", [FRONT, HOME, TAG, TOPIC, f"{FRONT}?page=2"])
@pytest.mark.parametrize("name", PROVES_NOTHING)
def test_nor_is_it_any_other_list(asked: str, name: str) -> None:
    assert listing(PROVES_NOTHING[name], asked).kind is Kind.ERROR


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("name", CHALLENGES | LOGIN_WALLS)
def test_a_challenge_and_a_login_wall_are_refusals(what: str, name: str) -> None:
    verdict = ASKED[what]((CHALLENGES | LOGIN_WALLS)[name])
    assert verdict.kind is Kind.REFUSED
    assert verdict.reason == ("a bot challenge" if name in CHALLENGES else "a login page")


@pytest.mark.parametrize("name", CHALLENGES)
def test_control_without_the_marks_a_challenge_is_an_error_like_any(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognition, "CHALLENGE_MARKS", ())
    monkeypatch.setattr(recognition, "WEAK_MARKS", ())
    assert article(CHALLENGES[name]).kind is Kind.ERROR


def test_every_mark_has_its_example() -> None:
    texts = "".join(map(str, CHALLENGES.values())).encode()
    assert all(mark in texts for mark in CHALLENGE_MARKS)


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (202, {}),
        (401, {}),
        (403, {}),
        (407, {}),
        (429, {}),
        (200, {"x-amzn-waf-action": "challenge"}),
        (202, {"x-amzn-waf-action": "challenge"}),
        (405, {"X-Amzn-Waf-Action": "captcha"}),
        (503, {"CF-Mitigated": "challenge"}),
        (404, {"cf-mitigated": "challenge"}),
        (200, {"X-DataDome": "protected"}),
    ],
)
def test_refusals_by_status_and_header(what: str, status: int, headers: dict[str, str]) -> None:
    for body in ("", AWS, page()):
        verdict = ASKED[what](body, status=status, headers=headers)
        assert verdict.kind is Kind.REFUSED
        assert str(status) in verdict.reason


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_what_the_status_says(what: str, status: int) -> None:
    for body in ("", "<h1>Halaman tidak ditemukan</h1>", page()):
        for is_partial in (False, True):
            verdict = ASKED[what](body, status=status, is_partial=is_partial)
            assert (verdict.kind, verdict.reason) == (Kind.GONE, f"HTTP {status}")


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", [203, 204, 206, 302, 400, 405, 418, 451, 500, 502, 503, 520])
def test_every_other_status_is_an_error_whatever_comes_with_it(what: str, status: int) -> None:
    for body in ("", page()):
        verdict = ASKED[what](body, status=status)
        assert (verdict.kind, verdict.reason) == (Kind.ERROR, f"HTTP {status}")


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize("status", [404, 405, 503])
def test_a_challenge_is_a_refusal_whatever_its_status(what: str, status: int) -> None:
    """Cloudflare sends its own with 503, AWS its captcha with 405."""
    assert ASKED[what](AWS, status=status).kind is Kind.REFUSED


# The sample site's own pages, in its three templates and both row markups.


@pytest.mark.parametrize("slug", ["money", "regional", "tren", "bola", "biz", "nasional"])
def test_the_sample_site_s_fronts(slug: str) -> None:
    from kompas_crawler.site.sections import SECTIONS

    url = SECTIONS[slug].front_url
    assert listing(sent(url), url).kind is Kind.LISTING


@pytest.mark.parametrize("index", range(12))
def test_the_sample_site_s_articles(index: int) -> None:
    body = sent(f"{SITE.url(index)}?page=all")
    assert recognition.article(answer(body), SITE.key(index)).kind is Kind.ARTICLE
    other = recognition.article(answer(body), SITE.key(index + 1))
    assert other.kind is Kind.OTHER_ARTICLE
    assert other.url == SITE.url(index)
    under_a_list = listing(body, SITE.article(index).channel.section.front_url)
    assert under_a_list.kind is Kind.ERROR


@pytest.mark.parametrize("url", [HOME, *[index_url(day) for day in SITE.days]])
def test_the_sample_site_s_lists(url: str) -> None:
    assert listing(sent(url), url).kind is Kind.LISTING
    under_an_article = article(sent(url))
    assert under_an_article.kind is Kind.ERROR


@pytest.mark.parametrize("space", [" ", "\n", "\t \n"])
def test_an_end_tag_may_have_white_space(space: str) -> None:
    """Control: without an end the list is cut short."""
    spaced = sent(HOME)
    for name in (b"body", b"html"):
        spaced = spaced.replace(b"</%b>" % name, b"</%b%b>" % (name, space.encode()))
    assert listing(spaced, HOME, is_partial=True).kind is Kind.LISTING
    cut = spaced[: spaced.rindex(b"</body")]
    assert listing(cut, HOME).reason == "the page has no end"


def test_a_tag_with_attributes_without_end_is_not_parsed() -> None:
    attributes = "".join(f" a{n}=1" for n in range(80_000)).encode()
    body = b"<html><body><p" + attributes + b"></p></body></html>"
    assert len(body) > recognition.LARGE
    response = HtmlResponse("https://www.kompas.com/read/2026/06/30/100000001/x", body=body)
    found = recognition.article(response, "20260630-100000001")
    assert (found.kind, found.reason) == (Kind.ERROR, "a tag without end, too slow to read")


def test_control_a_long_text_is_no_tag() -> None:
    body = b"<html><body><p>" + b"kata " * 200_000 + b"</p></body></html>"
    assert not recognition.has_endless_tag(body)
