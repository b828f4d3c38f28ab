"""Several processes read a file in ranges: what is found is what reading it in turn finds."""

from __future__ import annotations

import asyncio
import gzip
import io
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from kompas_crawler.warc import batches, ranges
from kompas_crawler.warc.ranges import Batch
from kompas_crawler.warc.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZE = 3000
KOMPAS = "https://money.kompas.com/read/2021/02/03/{}/judul"


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "SIZE", SIZE)
    monkeypatch.setattr(batches, "ProcessPoolExecutor", lambda count, *_: ThreadPoolExecutor(count))


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The offsets at which reading in turn began."""
    found, parts = list[int](), ranges.in_turn

    def noted(source: Source, offset: int, name: str | None) -> Iterator[object]:
        found.append(offset)
        return parts(source, offset, name)

    monkeypatch.setattr(batches, "in_turn", noted)
    return found


def source_of(path: Path) -> Source:
    return Source(path.name, path, path.stat().st_size)


def read(path: Path, processes: int, reached: int = 0) -> list[Batch]:
    source = source_of(path)

    async def all_of_it() -> list[Batch]:
        found = batches.batches([source], {path.name: reached}, lambda one: one.name, processes)
        return [batch async for batch in found]

    return asyncio.run(all_of_it())


def contents(found: list[Batch]) -> tuple[object, ...]:
    """All that is found in a file, however it is cut into batches."""
    seen = [(one.offset, one.url, one.status) for batch in found for one in batch.seen]
    passed_over: Counter[str] = Counter()
    for batch in found:
        passed_over.update(batch.passed_over)
    counts = sum(batch.records for batch in found), sum(batch.pages for batch in found)
    faults = [fault for batch in found for fault in batch.faults]
    ends = [batch.is_last for batch in found]
    assert ends == [False] * (len(ends) - 1) + [True]
    return counts, seen, passed_over, faults, found[-1].offset


def member(nth: int, size: int, level: int = 6, inside: bytes = b"") -> bytes:
    """A record of Kompas that its article is gone, or every third time one of another site."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    url = KOMPAS.format(100000026 + nth) if nth % 3 else f"https://n{nth}.example.org/a"
    headers = StatusAndHeaders("404 Not Found", [("Content-Type", "text/html")], "HTTP/1.1")
    body = inside + random.Random(nth).randbytes(size)
    payload = io.BytesIO(body)
    record = writer.create_warc_record(
        url, "response", payload=payload, length=len(body), http_headers=headers
    )
    writer.write_record(record)
    return gzip.compress(out.getvalue(), level)


def file_of(seed: int) -> bytes:
    """A file with records of all sizes, and now and then what makes ranges hard to find."""
    chance = random.Random(seed)
    parts = []
    for nth in range(chance.randint(8, 60)):
        size = chance.choice([0, 50, 400, 1000, SIZE - 300, 2 * SIZE, 5 * SIZE])
        parts.append(member(nth, size))
        kind = chance.randrange(40)
        if kind == 0:  # a WARC file inside a record, not packed again
            parts.append(member(nth + 500, size, level=0, inside=b"".join(parts[-3:])))
        elif kind == 1:
            parts.append(gzip.compress(b""))
        elif kind == 2:  # several records in a member
            records = [gzip.decompress(member(nth + more, size)) for more in (300, 301, 302)]
            parts.append(gzip.compress(b"".join(records)))
        elif kind == 3 and chance.random() < 0.5:
            parts.append(chance.randbytes(chance.choice([3, 500, 2 * SIZE])))
        elif kind == 4 and chance.random() < 0.5:
            parts[-1] = parts[-1][: len(parts[-1]) // 2]
        elif kind == 5:
            parts.append(member(nth + 700, size, level=0, inside=b"\x1f\x8b\x08" * 400))
    whole = b"".join(parts)
    return whole[: -chance.randrange(1, 300)] if chance.random() < 0.1 else whole


@pytest.mark.slow
@pytest.mark.parametrize("seeds", range(4))
def test_ranges_find_what_reading_in_turn_finds(tmp_path: Path, seeds: int) -> None:
    path = tmp_path / "some.warc.gz"
    for seed in range(seeds * 5, seeds * 5 + 5):
        path.write_bytes(file_of(seed))
        in_turn = read(path, 1)
        assert contents(read(path, 3)) == contents(in_turn), seed
        if len(in_turn) > 1 and (reached := in_turn[0].offset):
            assert contents(read(path, 2, reached)) == contents(read(path, 1, reached)), seed


def test_a_sound_file_is_read_in_ranges_alone(tmp_path: Path, begun: list[int]) -> None:
    path = tmp_path / "sound.warc.gz"
    sizes = [800] * 30 + [5 * SIZE] + [800] * 30
    path.write_bytes(b"".join(member(nth, size) for nth, size in enumerate(sizes)))
    found = read(path, 2)
    assert len(found) > 15
    assert not begun
    read(path, 1)
    assert begun == [0]


def test_from_a_damaged_range_on_the_file_is_read_in_turn(tmp_path: Path, begun: list[int]) -> None:
    path = tmp_path / "damaged.warc.gz"
    members = [member(nth, 800) for nth in range(60)]
    members[30] = members[30][:400]
    path.write_bytes(b"".join(members))
    found = read(path, 2)
    (at,) = begun
    assert sum(map(len, members[:20])) < at < sum(map(len, members[:31]))
    assert contents(found) == contents(read(path, 1))
    assert contents(found)[3]


def test_a_range_that_does_not_join_is_read_in_turn(
    tmp_path: Path, begun: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sound.warc.gz"
    path.write_bytes(b"".join(member(nth, 800) for nth in range(60)))
    one = ranges.read

    def late(source: Source, begin: int, end: int, file: str | None) -> Batch | None:
        return one(source, begin + (SIZE // 2 if begin == 4 * SIZE else 0), end, file)

    monkeypatch.setattr(batches, "read", late)
    assert contents(read(path, 2)) == contents(read(path, 1))
    assert 3 * SIZE < begun[0] < 5 * SIZE


def test_many_records_in_a_member_are_read_in_turn(
    tmp_path: Path, begun: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MOST", 20)
    path = tmp_path / "joined.warc.gz"
    joined = gzip.compress(b"".join(gzip.decompress(member(nth, 100)) for nth in range(60)))
    path.write_bytes(member(1, 800) + member(2, 800) + joined)
    assert contents(read(path, 2))[0] == (62, 42)
    assert begun == [0]


def test_a_file_that_grows_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "grows.warc.gz"
    path.write_bytes(b"".join(member(nth, 800) for nth in range(30)))
    plan = ranges.ranges

    def of_former_size(source: Source, start: int) -> Iterator[tuple[int, int]]:
        return plan(source._replace(size=source.size // 2), start)

    monkeypatch.setattr(batches, "ranges", of_former_size)
    assert sum(batch.records for batch in read(path, 2)) == 30


def test_a_file_inside_a_record_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "nested.warc.gz"
    inside = b"".join(member(nth, 100) for nth in range(100, 140))
    path.write_bytes(member(1, 100) + member(2, 10, level=0, inside=inside) + member(4, 100))
    assert contents(read(path, 1))[0] == (3, 3)
    assert contents(read(path, 2))[0] == (3, 3)
    source = source_of(path)  # without asking whether they join, it is not
    found = [ranges.read(source, *one, None) for one in ranges.ranges(source, 0)]
    assert sum(one.records for one in found if one) > 3
