"""A hundred and fifty queries over any articles, and a search that reads every text instead."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from kompas_crawler.archive.analyzer import stem, words
from kompas_crawler.archive.database import database_url as read_url
from kompas_crawler.archive.database import open_engine
from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.read.search import search
from kompas_crawler.archive.read.search.query import Query, Term, parse
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import articles
from tests.archive.build import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kompas_crawler.items import StoredArticle

QUERIES = 150
BY_HAND = (
    *("banjir", "BANJIR", "menjual", "penjualan", '"dijual"', "jual", "ban*", "harga OR beras"),
    *("banjir -jakarta", '"di jakarta"', '-"di jakarta" kota', "Rp", "2021", "U-23", "covid-19"),
    *("AS-Rusia", "1.250.000", "15,8", "anak-anak", "yang", "dan yang", '"yang di"', "kompas*"),
    *("men*", "presiden OR menteri OR gubernur jakarta", "tidakadakatainidisini", "café"),
    *("warga mengungsi", "pengungsi OR mengungsi -banjir", '"banjir" "jakarta"'),
)


def check(made: Sequence[StoredArticle], *urls: str) -> None:
    """Store *made* in each database and compare hits and order of all queries."""
    asked = queries(made)
    assert len(asked) == QUERIES
    wanted = [expected(made, query) for query in asked]
    assert sum(map(bool, wanted)) > QUERIES * 0.7
    with ExitStack() as opened:
        for url in urls:
            engine = open_engine(read_url(url, Path.cwd()))
            opened.callback(engine.dispose)
            for part in chunks(made, 50):
                with engine.begin() as connection:
                    articles.save(connection, part, run_id=None, now=NOW)
            with engine.connect() as connection:
                for query, keys in zip(asked, wanted, strict=True):
                    found = [hit.key for hit in search.search(connection, query)]
                    assert (query, found) == (query, keys[:20])
                    every = select(ArticleRow.key).where(search.condition(connection, query))
                    assert set(connection.scalars(every)) == set(keys)


def queries(made: Sequence[StoredArticle]) -> list[str]:
    """Those by hand, and others of the texts' own words, signs and numbers."""
    found = dict.fromkeys(BY_HAND)
    for query in _of_texts(made):
        if len(found) == QUERIES:
            break
        with suppress(ValueError):
            parse(query)
            found[query] = None
    return list(found)


def _of_texts(made: Sequence[StoredArticle]) -> Iterator[str]:
    pick = Random(1)

    def run(size: int) -> str:
        parts = " ".join(pick.choice(made).body).replace('"', "").replace("*", "").split()
        start = pick.randrange(max(1, len(parts) - size))
        return " ".join(parts[start : start + size])

    while True:
        signs = (w for _ in range(50) if not (w := run(1)).isalpha())
        yield from islice(signs, 2)
        yield run(1)
        yield f"{run(1)} {run(1)}"
        yield f'"{run(1)}"'
        yield from (f'"{run(size)}"' for size in (2, 3))
        yield f"{run(1)[:4]}*"
        yield f"{run(1)} OR {run(1)} {run(1)}"
        yield f"{run(1)} -{run(1)}"
        yield str(pick.choice(made).title)


def expected(made: Sequence[StoredArticle], text: str) -> list[str]:
    """The keys of the articles that match, in order, by reading all of them."""
    query = parse(text)
    found = []
    for one in made:
        title, read = _read(one.title or "", one.summary or "", "\n\n".join(one.body))
        if _has_all(query, read) and not any(_has(term, read) for term in query.unwanted):
            assert one.published_at is not None
            at = -one.published_at.timestamp()
            found.append((title != words(text), not _has_all(query, title), at, one.id))
    return [key for *_, key in sorted(found)]


@cache
def _read(title: str, summary: str, body: str) -> tuple[list[str], list[str]]:
    named = words(title)
    return named, [*named, "", *words(summary), "", *words(body)]


def _has_all(query: Query, read: Sequence[str]) -> bool:
    return all(any(_has(term, read) for term in group) for group in query.wanted)


def _has(term: Term, read: Sequence[str]) -> bool:
    if not term.is_exact:
        return stem(term.words[0]) in map(stem, read)
    size = len(term.words)
    if size == 1 and not term.is_open:
        return term.words[0] in read
    runs = (list(read[place : place + size]) for place in range(len(read) - size + 1))
    if term.is_open:
        *first, last = term.words
        return any(run[:-1] == first and run[-1].startswith(last) for run in runs)
    return list(term.words) in runs
