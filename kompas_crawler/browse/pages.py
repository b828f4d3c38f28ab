"""What the pages show: each function reads the archive for one template."""

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import Connection

from kompas_crawler.archive import stored_articles
from kompas_crawler.archive.read import gaps, lookup, report, results, similar, unmatched
from kompas_crawler.archive.read.export import NAMES, Filters
from kompas_crawler.archive.read.lookup import Neighbour
from kompas_crawler.archive.read.search.query import parse
from kompas_crawler.archive.read.search.snippets import Piece, snippet
from kompas_crawler.archive.store import captures
from kompas_crawler.browse.asked import Asked, quoted
from kompas_crawler.cli.article import changes
from kompas_crawler.items import StoredArticle
from kompas_crawler.site.keys import KEY
from kompas_crawler.spiders import arguments as read

MOST = 10_000  # articles that a list counts and pages through; a file has all
PAGE = 20
DAYS = 60  # days of the chart
NEWEST, CORRECTED, LINKED_FROM = 10, 8, 20
_LEAD = 240  # characters of a text without words to mark
_ONE = re.compile(rf"{KEY.pattern}|(https?://|([\w-]+\.)*kompas\.com/)\S+", re.IGNORECASE)


class Request(NamedTuple):
    """What a page is asked for: a list, its page, and the names in its path."""

    asked: Asked = Asked()
    page: str | None = None
    now: datetime | None = None
    name: str = ""
    kind: str = ""


class Page(NamedTuple):
    """A template and what it shows; with ``location`` a redirection instead."""

    template: str
    shown: dict[str, Any]
    location: str | None = None


class Entry(NamedTuple):
    """An article of a list, with the first lines of its text and its copies."""

    article: StoredArticle
    lines: tuple[Piece, ...]
    copies: list[Neighbour]


def landing(connection: Connection, request: Request) -> Page:
    """The newest articles, the last days, what is missing, what was corrected."""
    until = results.newest_day(connection) or date.today()  # noqa: DTZ011 - of an empty archive
    since = until - timedelta(days=DAYS - 1)
    stored = results.by_day(connection, since, until)
    found = gaps.of_days(connection, Filters(since=since, until=until), request.now)
    lacking = found.by_day("failed", "waiting")
    every = (since + timedelta(days=n) for n in range(DAYS))
    shown = {
        "is_open": True,
        "days": [(day, stored.get(day, 0), lacking.get(day, 0)) for day in every],
        "lacking": [(day, lacking[day]) for day in sorted(lacking, reverse=True) if lacking[day]],
        "gaps": found,
        "newest": _entries(connection, results.ids(connection, [], limit=NEWEST)),
        "corrected": report.latest_corrections(connection, (), CORRECTED),
    }
    return Page("landing.html", shown)


def articles(connection: Connection, request: Request, **more: Any) -> Page:
    """A list of articles; the key or the address of one article leads to it."""
    asked, words = request.asked, request.asked.text("words")
    if _ONE.fullmatch(words):
        return Page("", {}, f"/article/{quote(lookup.key_of(connection, words))}")
    page = read.number("page", request.page, default=1, least=1, most=MOST // PAGE)
    ids = asked.ids(connection, MOST + 1)
    pages = -(-min(len(ids), MOST) // PAGE)
    page = max(min(page, pages), 1)
    names = {name: read.names(*asked.values(name)) for name in NAMES}
    shown = {
        "asked": asked,
        "count": len(ids),
        "is_cut": len(ids) > MOST,
        "page": page,
        "pages": pages,
        "entries": _entries(connection, ids[(page - 1) * PAGE : page * PAGE], words),
        "facets": results.facets(connection, ids[:MOST]) if ids else {},
        "is_tag": words and not ids and results.ids(connection, [Filters(tag=(words,))], limit=1),
        "unknown": "" if ids else unmatched.unknown(connection, Filters(**names)),  # type: ignore[arg-type]
    }
    return Page("articles.html", shown | more)


def named(connection: Connection, request: Request) -> Page:
    """The articles of an author or with a tag."""
    asked = Asked(((request.kind, quoted(request.name)),))
    about = {"kind": request.kind.capitalize(), "name": request.name}
    return articles(connection, request._replace(asked=asked), **about)


def _entries(connection: Connection, ids: list[int], words: str = "") -> list[Entry]:
    found = stored_articles.by_ids(connection, ids)
    copies = lookup.copies(connection, [one.id for one in found])
    query = parse(words) if words else None
    return [Entry(one, _lines(query, one), copies.get(one.id, [])) for one in found]


def _lines(query: Any, article: StoredArticle) -> tuple[Piece, ...]:
    texts = "\n\n".join(article.body), article.summary or ""
    if query:
        return snippet(query, *texts)
    lead = article.summary or texts[0]
    return (Piece(lead if len(lead) <= _LEAD else lead[:_LEAD].rsplit(" ", 1)[0] + " …", False),)


def day(connection: Connection, request: Request) -> Page:
    """The articles of one day, copies too, and what is missing of it."""
    try:
        day = date.fromisoformat(request.name)
        beside = {"before": day - timedelta(days=1), "after": day + timedelta(days=1)}
    except (OverflowError, ValueError):
        raise lookup.NotStored(f"{request.name} is not a day; write 2024-01-31") from None
    found = gaps.find(connection, since=day, until=day, now=request.now)
    about = {"kind": "Day", "name": f"{day:%A, %d %B %Y}", **beside, "gaps": found}
    asked = Asked((("since", str(day)), ("until", str(day)), ("copies", "1")))
    return articles(connection, request._replace(asked=asked), **about)


def article(connection: Connection, request: Request) -> Page:
    """One article. Raises ``NotStored``."""
    one = lookup.stored(connection, request.name)
    key = one.id
    former = lookup.previous_versions(connection, [one])[key]
    following = [*(version.article for version in former[1:]), one]
    original = one.duplicate_of or key
    copies = lookup.copies(connection, [original]).get(original, [])
    shown = {
        "article": one,
        "related": lookup.outgoing(connection, key),
        "linked": lookup.incoming(connection, key, LINKED_FROM),
        "versions": [
            (old, new, list(changes(old.article, new)))
            for old, new in zip(former, following, strict=False)  # none: nothing follows
        ][::-1],
        "copies": [copy for copy in copies if copy.key != key],
        "similar": similar.similar(connection, key),
        "aliases": lookup.aliases(connection, key),
        "capture": captures.of_articles(connection, [key]).get(key),
    }
    return Page("article.html", shown)


def row(connection: Connection, request: Request) -> Page:
    """Lead from a row of Datasette to the page of its article."""
    for one in stored_articles.by_ids(connection, [int(request.name)]):
        return Page("", {}, f"/article/{one.id}")
    raise lookup.NotStored(f"no article has the row number {request.name}")
