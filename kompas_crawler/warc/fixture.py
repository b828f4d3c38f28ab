"""Create a test case from a captured page: ``page.html`` and ``expected.json``."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.pages.article_2015 import article_page
from kompas_crawler.site.urls import canonical

if TYPE_CHECKING:
    from kompas_crawler.warc.response import CapturedPage

_COMPUTED = frozenset({"content_hash", "text_hash", "extractor_version"})


def write_fixture(page: CapturedPage, folder: Path) -> None:
    """Write the body of *page* and the item extracted from it to *folder*.

    Raises ``UsageProblem`` if the files exist or the folder cannot be created.
    """
    # The test parses the page under its canonical URL, without ``?page=``.
    response = page.response.replace(url=canonical(page.response.url))
    item = article_page(response).to_item()
    fields = {name: value for name, value in asdict(item).items() if name not in _COMPUTED}
    text = json.dumps(fields, ensure_ascii=False, indent=2, default=datetime.isoformat)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in (("page.html", page.response.body), ("expected.json", text.encode())):
            with (folder / name).open("xb") as file:
                file.write(data)
    except FileExistsError:
        raise UsageProblem(f"{folder} already contains a test case; name a new folder") from None
    except OSError as error:
        raise UsageProblem(f"cannot write to {folder}: {error.strerror}") from None
