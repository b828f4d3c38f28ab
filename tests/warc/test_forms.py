"""Whatever a person has saved is read: every packing, and saved pages; and what is not is named."""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from backports import zstd
from warcio.archiveiterator import ArchiveIterator

from kompas_crawler.archive.models import ArticleRow, RevisionRow
from kompas_crawler.exitcodes import Exit
from kompas_crawler.warc.scan import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.warc.conftest import Keeping

LATER = "2026-07-01T22:00:00+07:00"


def members(plain: bytes, size: int) -> bytes:
    parts = [plain[at : at + size] for at in range(0, len(plain), size)]
    return b"".join(gzip.compress(part, 1) for part in parts)


def each(plain: bytes) -> list[bytes]:
    """The records of a plain file."""
    reader = ArchiveIterator(io.BytesIO(plain))
    starts = [reader.get_record_offset() for _ in reader]
    return [plain[a:b] for a, b in zip(starts, [*starts[1:], len(plain)], strict=True)]


def with_dictionary(plain: bytes, *, is_packed: bool) -> bytes:
    """A ``.warc.zst`` file as its specification has it."""
    parts = each(plain)
    dictionary = zstd.train_dict(parts, 10_000)
    frame = dictionary.dict_content
    frame = zstd.compress(frame) if is_packed else frame
    head = b"\x5d\x2a\x4d\x18" + len(frame).to_bytes(4, "little") + frame
    return head + b"".join(zstd.compress(part, zstd_dict=dictionary) for part in parts)


def wacz(plain: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("datapackage.json", "{}")
        archive.writestr("archive/data.warc.gz", b"".join(map(gzip.compress, each(plain))))
    return out.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain.warc": bytes,
    "whole.warc.gz": gzip.compress,
    "members.warc.gz": lambda plain: members(plain, 700),
    "records.warc.zst": lambda plain: b"".join(map(zstd.compress, each(plain))),
    "whole.warc.zst": zstd.compress,
    "dictionary.warc.zst": lambda plain: with_dictionary(plain, is_packed=False),
    "packed-dictionary.warc.zst": lambda plain: with_dictionary(plain, is_packed=True),
    "some.wacz": wacz,
}


@pytest.mark.parametrize("name", FORMS)
def test_every_packing_is_read(kept: Keeping, tmp_path: Path, name: str) -> None:
    plain = gzip.decompress(kept.files()[0].read_bytes())
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / name).write_bytes(FORMS[name](plain))
    url = kept.url.replace("kompas.db", "other.db")
    ended = kept.crawl("warc", files=str(tmp_path / "forms"), url=url, at=LATER)
    assert ended.code is Exit.DONE, ended.end
    assert ended.stats["warc/records"] == len(each(plain))
    assert "warc/faults" not in ended.stats
    assert kept.exported(url) == kept.exported()
