"""Store pages: all changes of a visit commit in one transaction."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from kompas_crawler.archive.changes import Outcome, PageChange, PageResult
from kompas_crawler.archive.frontier import admit, fronts, settle, sittings
from kompas_crawler.archive.frontier.looks import EMPTY_AFTER, LOOKS, failed, next_visit
from kompas_crawler.archive.store import articles, states
from kompas_crawler.archive.store.captures import Stored
from kompas_crawler.clock import Clock
from kompas_crawler.frontier import LATEST, PART, SWEEP, Candidate, State
from kompas_crawler.items import FetchedArticle
from kompas_crawler.site.keys import ArticleKey

_UNKNOWN = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class PageStore:
    """Applies groups of page changes; ``revisit`` is the schedule of stored articles."""

    clock: Clock
    _: KW_ONLY
    run_id: int | None = None
    revisit: Sequence[timedelta] = ()
    max_depth: int = 0  # to which the links of an article are followed

    def apply(self, connection: Connection, changes: Sequence[PageChange]) -> list[PageResult]:
        """Write *changes*, one visit each, and return their results in order."""
        now = self.clock.now()
        keys = {change.row.key for change in changes}
        keys |= {change.article.id for change in changes if change.article is not None}
        keys |= {change.alias_of for change in changes if change.alias_of is not None}
        visited = admit.known_rows(connection, keys)
        forgotten = {key for key, known in visited.items() if known.state == State.FORGOTTEN}
        aliases = {key: known.claim for key, known in visited.items()}
        aliases |= {change.row.key: change.alias_of for change in changes}
        changes = [_allowed(change, forgotten, aliases, now) for change in changes]
        stored = self._store(connection, changes, now)
        candidates: list[Candidate] = []
        for change in changes:
            candidates += change.candidates
            if change.article is not None:
                candidates += self._of_article(change, visited)
        new = admit.admit_with_edges(connection, candidates, now, max_depth=self.max_depth)
        self._settle(connection, changes, stored, visited, now)
        self._read_on(connection, changes, new, now)
        return _results(changes, stored, new)

    def _store(
        self, connection: Connection, changes: Sequence[PageChange], now: datetime
    ) -> dict[str, PageResult]:
        found: dict[str, FetchedArticle] = {}
        for article in (change.article for change in changes if change.article is not None):
            if fetched(found.get(article.id, article)) <= fetched(article):
                found[article.id] = article
        stored = self._save(connection, list(found.values()), now) if found else {}
        gone = [c.row.key for c in changes if c.state is State.GONE and c.row.kind == "article"]
        states.mark_gone(connection, gone, now)
        return stored

    def _save(
        self, connection: Connection, found: Sequence[FetchedArticle], now: datetime
    ) -> dict[str, PageResult]:
        return articles.save(connection, found, run_id=self.run_id, now=now)

    def _read_on(
        self, connection: Connection, changes: Sequence[PageChange], new: set[str], now: datetime
    ) -> None:
        """Admit the lists to read next: a pager's next page, an index day's pages."""
        if all(change.row.kind != "listing" for change in changes):
            return
        index_pages = [c.index_page for c in changes if c.index_page]
        wanted = sittings.note(connection, index_pages, now)
        settle.mark_indexed(connection, {key for page in index_pages for key in page.keys})
        front_pages = [c.front_page for c in changes if c.front_page and not c.is_repeated]
        still_open, reached = fronts.note(connection, front_pages, now)
        lists = list(wanted.lists)
        for change in changes:
            if change.next_page is None:
                continue
            fresh = sum(c.key in new for c in change.candidates)
            empty_pages = 0
            if not (fresh or change.row.reads_all):
                empty_pages = min(change.row.empty_pages + 1, admit.EMPTY_PAGES)
            front, most = change.front_page, admit.EMPTY_PAGES
            is_open = front is not None and front.front in still_open
            if front is not None and front.front in reached:
                most = 1
            elif change.row.key.endswith(LATEST) and change.candidates[-1].key not in new:
                continue  # it met known articles
            if empty_pages < most or is_open:
                lists.append(replace(change.next_page, empty_pages=empty_pages))
        admit.admit(connection, lists, now)
        settle.fail_lists(connection, wanted.refuted, now + LOOKS[0])
        settle.schedule(connection, wanted.times)
        repeated = {c.row.pager_of or "" for c in changes if c.is_repeated and c.row.reads_all}
        settle.fail_lists(connection, dict.fromkeys(repeated, sittings.REPEATS), now + EMPTY_AFTER)
        settle.mark_listed(connection, [c for change in changes for c in change.candidates])

    def _of_article(self, change: PageChange, visited: dict[str, admit.Known]) -> list[Candidate]:
        """Return the candidates of an article: itself, if its key differs, and its links."""
        article = change.article
        assert article is not None
        depth = change.row.depth
        if change.row.key in visited:  # it may have decreased since the row was taken
            depth = min(depth, visited[change.row.key].depth)
        found = []
        known: dict[str, Any] = {"scope": change.row.scope, "depth": depth}
        if article.id != change.row.key:
            known["discovered_from"] = change.row.key
            found.append(admit.article_candidate(article.url, **known))
        if depth < self.max_depth:
            known |= {"depth": depth + 1, "discovered_from": article.id}
            named = ((link.url, link.title) for link in article.related)
            found += [admit.article_candidate(url, title=title, **known) for url, title in named]
        return found

    def _settle(
        self,
        connection: Connection,
        changes: Sequence[PageChange],
        stored: dict[str, PageResult],
        visited: dict[str, admit.Known],
        now: datetime,
    ) -> None:
        rows: dict[str, dict[str, Any]] = {}
        failed = admit.known_rows(connection, [c.row.key for c in changes if c.is_failure])
        for change in changes:
            is_new = change.article is not None and change.article.id not in visited
            if not self._settles(change, stored, is_new):
                continue
            unchanged, next_at, before = 0, change.next_at, visited.get(change.row.key)
            if failed.get(change.row.key, change.row).url != change.row.url:
                next_at = now  # a list has named another address meanwhile
            if change.article is not None and stored[change.article.id].kept_whole:
                change = replace(change, etag=None, last_modified=None)  # of a page not stored
            if change.article is not None or change.is_not_modified:
                outcome = stored[change.article.id].outcome if change.article else None
                if outcome is None or outcome is Outcome.UNCHANGED:
                    unchanged = before.unchanged + 1 if before else 1
                is_late = outcome is Outcome.NEW and change.row.scope == SWEEP
                next_at = self._next_visit(change, now, unchanged, is_late)
                if _is_part(change, now):
                    change = replace(change, claim=PART)
                    next_at = now + LOOKS[unchanged] if unchanged < len(LOOKS) else next_at
            values = settle.settled_values(change, now=now, unchanged=unchanged, next_at=next_at)
            rows[change.row.key] = values
            if change.alias_of is not None:
                articles.note_aliases(connection, change.alias_of, [change.row.url], now)
            article = change.article
            if article is not None and article.id != change.row.key:
                rows[article.id] = {**values}
                values |= {"state": State.SKIPPED, "next_at": None}
                values["reason"] = f"another address of {article.id}"
                articles.note_aliases(connection, article.id, [change.row.url], now)
        settle.settle(connection, rows)

    def _settles(self, change: PageChange, stored: dict[str, PageResult], is_new: bool) -> bool:
        """Whether *change* settles its row; *is_new*: its article had no row."""
        return True

    def _next_visit(
        self, change: PageChange, now: datetime, unchanged: int, is_late_find: bool
    ) -> datetime | None:
        page = change.article or ArticleKey.parse(change.row.key)
        if page.published_at is None:
            return None
        return next_visit(
            self.revisit,
            published_at=page.published_at,
            now=now,
            unchanged=unchanged,
            # An earlier visit than the last was for a likely correction.
            is_likely=change.row.is_stored or getattr(page, "updated_at", None) is not None,
            is_late_find=is_late_find,
        )


def fetched(page: FetchedArticle | Stored) -> datetime:
    """Return when *page* was fetched; a page of unknown time is the oldest."""
    return page.fetched_at or _UNKNOWN


def _is_part(change: PageChange, now: datetime) -> bool:
    """Whether the site's text is incomplete or its date no sure one, as those of an error."""
    article = change.article
    if article is None or fetched(article) < now - LOOKS[0]:
        return article is None and change.row.claim == PART
    found_in = article.found_in
    is_undated = found_in.get("published_at") == "url" and "template" not in found_in
    is_misdated = article.key.published_at not in (None, article.published_at)
    return article.is_complete is False or is_undated or is_misdated


def _allowed(
    change: PageChange, forgotten: set[str], aliases: dict[str, str | None], now: datetime
) -> PageChange:
    """Drop an article that was removed on request; fail an alias of an alias of itself."""
    if change.article is not None and change.article.id in forgotten:
        state = State.FORGOTTEN if change.row.key in forgotten else State.SKIPPED
        return replace(change, article=None, state=state, reason="forgotten on request")
    if change.alias_of is not None and aliases.get(change.alias_of) == change.row.key:
        again = tuple(replace(other, requeue=True) for other in change.candidates)
        return failed(change.row, "redirected in a circle", now, candidates=again)
    return change


def _results(
    changes: Sequence[PageChange], stored: dict[str, PageResult], new: set[str]
) -> list[PageResult]:
    """Return the result of each change, in order.

    If several changes are of one article, all but the first are ``UNCHANGED``.
    """
    results = []
    seen: set[str] = set()
    for change in changes:
        links = [c.key for c in change.candidates if c.kind == "article"]
        fresh = sum(key in new for key in links)
        base = PageResult(failure=change if change.is_failure else None)
        if change.article is not None:
            base = stored[change.article.id]
            if change.article.id in seen:
                base = replace(base, outcome=Outcome.UNCHANGED, kept_whole=False)
            seen.add(change.article.id)
        results.append(replace(base, new_rows=fresh, known_rows=len(links) - fresh))
    return results
