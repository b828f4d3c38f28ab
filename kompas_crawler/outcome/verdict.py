"""The verdict on a crawl: an exit code and a message."""

from collections.abc import Sequence
from typing import Any

from kompas_crawler.archive.frontier.take import Owed
from kompas_crawler.crawl import progress_line
from kompas_crawler.crawl.progress_line import OUTCOMES
from kompas_crawler.exitcodes import CrawlError, Exit
from kompas_crawler.log.terminal import counted

MAX_FAILED_SHARE = 0.05  # of pages in a good run; of what is owed less than that
MAX_REFUSED_SHARE, LEAST_REFUSED = 0.5, 10
"""Share and number of pages that the validator rejects, which mean that the site has changed."""
OTHER_SHARE, LEAST_OTHER = 0.9, 20
"""Share and number of article URLs without an article, which mean that the site has changed."""

NOTHING = Owed()
_REFUSED = ("not_articles", "without_title", "without_body", "without_published_at")
_LIMITS = {
    "closespider_timeout": "its time limit",
    "closespider_timeout_no_item": "its time limit without an article",
    "closespider_pagecount": "its limit of pages",
    "closespider_pagecount_no_item": "its limit of pages without an article",
    "closespider_itemcount": "its limit of articles",
    "memusage_exceeded": "its memory limit",
}


def verdict(
    reason: str,
    stats: dict[str, Any],
    fatal: CrawlError | None,
    vanished: Sequence[str] = (),
    owed: Owed = NOTHING,
) -> tuple[Exit, str]:
    """Return the exit code and message of a crawl that closed for *reason* with *stats*.

    *vanished* lists missing fields (see ``drift``), *owed* counts the failed rows of the
    command's scope, in all runs.
    """
    if fatal is not None:
        return fatal.code, str(fatal)
    if reason == "shutdown":
        return Exit.INTERRUPTED, "interrupted; run the same command again to continue"
    if reason == "blocked":
        return Exit.BLOCKED, _refused(stats)
    if reason in _LIMITS:
        return Exit.STOPPED, f"stopped at {_LIMITS[reason]}; run the same command again to continue"
    if reason == "unreachable":
        return Exit.UNREACHABLE, _out_of_reach(stats)
    if reason not in ("finished", "dry_run"):
        return Exit.ERROR, f"ended by {reason!r}"
    if errors := stats.get("spider_exceptions/count", 0) + stats.get("pages/error", 0):
        return Exit.ERROR, f"{counted(errors, 'page')} failed with an unexpected error; see the log"
    return _finished(stats, vanished, owed)


def _finished(stats: dict[str, Any], vanished: Sequence[str], owed: Owed) -> tuple[Exit, str]:
    failed = stats.get("pages/failed", 0)
    visited = progress_line.pages(stats) - failed
    has_failed = (failed or stats.get("listings/latest_failed")) and not visited
    if has_failed and (stats.get("politeness/refused") or stats.get("robots/refused")):
        return Exit.BLOCKED, _refused(stats)
    if has_failed and not stats.get("pages/hosts_answered"):
        return Exit.UNREACHABLE, _out_of_reach(stats)
    if unlike := _unlike(stats, vanished):
        return Exit.QUALITY, unlike
    # Fronts that were read a short time ago are the sweep's too.
    if failed > MAX_FAILED_SHARE * (failed + visited + stats.get("listings/not_due", 0)):
        see = f" (see: {owed.named_by})" if owed.failed else ""
        return Exit.QUALITY, f"{failed} of {failed + visited} pages failed{see}"
    everything = max(owed.known, owed.failed + _articles(stats, OUTCOMES))
    if owed.failed and owed.failed >= MAX_FAILED_SHARE * everything:
        missing = f"{owed.failed} of {everything} articles and lists are still missing"
        return Exit.QUALITY, f"{missing} (see: {owed.named_by})"
    return Exit.DONE, f"done, {owed.failed} failed so far" if owed.failed else "done"


def _unlike(stats: dict[str, Any], vanished: Sequence[str]) -> str:
    """What shows that pages are unlike those that the crawler knows, or empty."""
    refused = _articles(stats, _REFUSED)
    fetched = refused + _articles(stats, OUTCOMES)
    others = stats.get("captures/refuted", 0)
    listings = stats.get("listings/read", 0) - stats.get("listings/empty_days", 0)
    listings += stats.get("listings/empty", 0)
    changed = "Kompas may have changed its pages"
    if holds_no_articles(stats):
        line = "90 % of the article URLs returned no article; Kompas has changed or blocked its "
        return f"{line}pages; they will be fetched again"
    if listings > 0 and not (stats.get("listings/new_links") or stats.get("listings/known_links")):
        tags = stats.get("listings/tags")
        other = f", or writes this tag in another way: {tags}" if tags else ""
        return f"no list page contained an article link; {changed}{other}"
    if refused >= LEAST_REFUSED and refused > MAX_REFUSED_SHARE * fetched:
        return f"{refused} of {fetched} pages contained no readable article; {changed}"
    if others >= LEAST_REFUSED and others > MAX_REFUSED_SHARE * (others + fetched):
        return f"{others} captures are not what the index of the archive lists"
    return f"fields are missing ({'; '.join(vanished[:3])}); {changed}" if vanished else ""


def holds_no_articles(stats: dict[str, Any]) -> bool:
    """Whether at least ``LEAST_OTHER`` and ``OTHER_SHARE`` of the URLs held no article."""
    none = _articles(stats, ("not_articles", "no_text"))
    return none >= max(LEAST_OTHER, OTHER_SHARE * (none + _articles(stats, OUTCOMES)))


def _articles(stats: dict[str, Any], outcomes: Sequence[str]) -> int:
    return sum(stats.get(f"articles/{name}", 0) for name in outcomes)


def _refused(stats: dict[str, Any]) -> str:
    if (host := stats.get("politeness/refused_by")) is not None:
        return f"{host} refuses the crawler (403, 429 or a bot challenge); try again later"
    return "the site refuses the crawler (bot challenges, 403 or 429); ask Kompas for permission"


def _out_of_reach(stats: dict[str, Any]) -> str:
    if (host := stats.get("pages/unreachable_host")) is None:
        return "no page was fetched: robots.txt forbids all or is unavailable; the URLs stay queued"
    check = "check the network, or the mirror if KOMPAS_MIRROR is set"
    demo = "'make demo' runs without a network"
    return f"neither {host} nor any other host is reachable; {check} ({demo})"
