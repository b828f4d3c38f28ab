"""Begin a test case from a page as it was received: ``page.html`` and ``expected.json``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.pages.templates import article_page
from kompas_crawler.site.urls import canonical

if TYPE_CHECKING:
    from pathlib import Path

    from kompas_crawler.warc.response import Kept

_NOT_SAID = frozenset({"content_hash", "text_hash", "extractor_version"})
"""Fields that no page says."""


def write_fixture(page: Kept, folder: Path) -> None:
    """Write the bytes of *page* into *folder*, and what is read from them now.

    Raises ``UsageProblem`` when there is a case already, or the folder cannot be made.
    """
    # A case is read under the plain address, whatever pages of the article were asked for.
    response = page.response.replace(url=canonical(page.response.url))
    item = article_page(response).to_item()
    said = {name: value for name, value in asdict(item).items() if name not in _NOT_SAID}
    text = json.dumps(said, ensure_ascii=False, indent=2, default=_iso)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (("page.html", page.response.body), ("expected.json", text.encode())):
            with (folder / name).open("xb") as file:
                file.write(data)
    except FileExistsError:
        raise UsageProblem(f"{folder} holds a test case already; name a new folder") from None
    except OSError as error:
        raise UsageProblem(f"cannot write to {folder}: {error.strerror}") from None


def _iso(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()
