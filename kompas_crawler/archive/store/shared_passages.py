"""Find the articles that may share passages with texts, by the hashes of their sketches."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, pairwise, permutations

from sqlalchemy import Connection, select, text

from kompas_crawler.archive.models import ArticleRow
from kompas_crawler.archive.sql import chunks
from kompas_crawler.archive.store import similarities

# The newest articles of a hash. Boilerplate is in thousands: of its hashes half are empty.
SHARING = {
    dialect: text(
        "select band, case when band % 2 = 1 and exists ("
        "  select 1 from signatures where band = own.band limit 1 offset :most - 1) then '' else"
        f"  (select {joined} from (select article_id from signatures where band = own.band"
        "    order by article_id desc limit :most) as newest) end as ids"
        f" from (select {asked}) as own"
        " where exists (select 1 from signatures where band = own.band)"
    )
    for dialect, joined, asked in (
        ("sqlite", "group_concat(article_id)", "value as band from json_each(:bands)"),
        ("postgresql", "string_agg(article_id || '', ',')", "unnest(cast(:bands as int[])) band"),
    )
}
_FEWEST, _MOST, _SHARE, _ALL = 3, 32, 300, 1000
"""Boilerplate has this many articles: one in ``_SHARE`` of the archive, within limits; for short
texts ``_ALL``. It counts for its newest article alone."""
_ENOUGH, _CLOSE, _SHORT = 4, 9, 20
"""Weights of common hashes that are enough, and that are many; for a text with at most ``_SHORT``
hashes any is enough."""
_COMPARED, _WEAK, _OF_SHORT = 24, 2, 80
"""Maximum of articles that one is compared with, and of those with few hashes in common, of which
two passages must be in both; the shorter a text, the more."""
_PASSAGES, _PASSAGE = 10, 5


def find(
    connection: Connection, asked: Mapping[int, Sequence[int]], texts: Mapping[int, Sequence[str]]
) -> dict[int, list[int]]:
    """Return, by row id, the articles that share most hashes; *asked* are those of a row id."""
    near, weak = dict[int, list[int]](), dict[int, list[int]]()
    short = {id_ for id_, hashes in asked.items() if len(hashes) <= _SHORT}
    shared = {id_: Counter(held) for id_, held in _held(connection, asked, short).items()}
    for id_, counts in shared.items():
        counts.pop(str(id_), None)
        most = (_OF_SHORT // max(len(asked[id_]), 5)) ** 2 if id_ in short else _COMPARED
        best = [(int(other), n) for other, n in counts.most_common(most)]
        close = min(_CLOSE, len(asked[id_]))
        near[id_] = [other for other, n in best[:_COMPARED] if n >= close]
        few = [other for other, n in best if n < close and (n >= _ENOUGH or id_ in short)]
        weak[id_] = few if id_ in short else few[:_WEAK]
    _add_weak(connection, near, weak, texts)
    beside = similarities.of(connection, chain.from_iterable(near.values()))
    for id_ in sorted(near):  # rows of articles noted together are not stored yet: the older first
        found = dict.fromkeys(near[id_])
        for other in near[id_]:
            is_close = shared[id_][str(other)] >= _CLOSE
            found |= dict.fromkeys(beside.get(other) or (near.get(other, []) if is_close else []))
        near[id_] = [one for one in found if one != id_][:_COMPARED]
    return {id_: others for id_, others in near.items() if others}


def _held(
    connection: Connection, asked: Mapping[int, Sequence[int]], short: Collection[int]
) -> dict[int, list[str]]:
    """Return, by row id, the articles that have its hashes, as often as each weighs: 1 to 3."""
    first, askers = dict[int, int](), dict[int, list[int]]()
    for id_, hashes in asked.items():
        for band in dict.fromkeys(hashes):
            if (asker := first.setdefault(band, id_)) != id_:
                askers.setdefault(band, [asker]).append(id_)
    most = min(max(max(asked) // _SHARE, _FEWEST), _MOST)
    holders = _holders(connection, first, most)
    common = {band for band, ids in holders.items() if not 0 < len(ids) < most}
    of_short = _holders(connection, {n for id_ in short for n in asked[id_]} & common, _ALL)
    held: dict[int, list[str]] = {id_: [] for id_ in asked}
    for band in sorted({*holders, *askers}, key=lambda band: len(holders.get(band, ()))):
        found, ids = holders.get(band, []), askers.get(band) or [first[band]]
        for id_ in ids:
            if band in common and id_ not in short:
                held[id_] += found[:1]
            else:
                known = of_short.get(band, found)  # 3 times if fewer than 10 have it, 2 if 100
                held[id_] += known * max(4 - len(str(len(known))), 1)
        if len(ids) < 4 and band not in common:
            for other, id_ in permutations(ids, 2):
                held[id_] += [str(other)] * 3
        elif not band % 2:
            for other, id_ in pairwise(sorted(ids)):
                held[id_].append(str(other))
    return held


def _holders(connection: Connection, bands: Iterable[int], most: int) -> dict[int, list[str]]:
    """Return the newest articles of each hash that has any, at most *most*."""
    asked, dialect = sorted(bands), connection.dialect.name
    values = {"bands": json.dumps(asked) if dialect == "sqlite" else asked, "most": most}
    rows = connection.execute(SHARING[dialect], values) if asked else ()
    return {band: ids.split(",") if ids else [] for band, ids in rows}


def _add_weak(
    connection: Connection,
    near: Mapping[int, list[int]],
    weak: Mapping[int, Sequence[int]],
    texts: Mapping[int, Sequence[str]],
) -> None:
    """Add to *near* the articles of *weak* of which two passages are in both texts."""
    row, bodies = ArticleRow, dict[int, str]()
    for part in chunks(set(chain.from_iterable(weak.values()))):
        rows = connection.execute(select(row.id, row.body).where(row.id.in_(part)))
        bodies |= {id_: body.lower().replace("\n\n", " ") for id_, body in rows}
    for id_ in filter(weak.__getitem__, weak):
        own = " ".join(texts[id_]).lower()
        passages = _passages(own)
        for other in filter(bodies.__contains__, weak[id_]):
            body = bodies[other]
            longer, parts = (body, passages) if len(body) >= len(own) else (own, _passages(body))
            if any(found := map(longer.__contains__, parts)) and any(found):
                near[id_].append(other)


def _passages(body: str) -> list[str]:
    words = body.split()
    places = range(0, max(len(words) - _PASSAGE, 1), max(len(words) // _PASSAGES, 1))
    return [" ".join(words[at : at + _PASSAGE]) for at in places]
