"""The command ``kompas``: ``scrapy`` with the settings of this package, from any folder."""

import os
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scrapy.cmdline import execute


def main() -> None:
    """Run ``kompas COMMAND``; its advice names ``kompas``, where ``scrapy`` lacks the commands."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "kompas_crawler.settings"
    names = "|".join(path.stem for path in (Path(__file__).parent / "commands").glob("[a-z]*.py"))
    pattern = re.compile(rf"\bscrapy(?= (?:(?:{names})\b|<command>))")
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.write = partial(_write, stream.write, pattern)
    execute(["kompas", *sys.argv[1:]])


def _write(write: Callable[[str], int], pattern: re.Pattern[str], text: str) -> int:
    write(pattern.sub("kompas", text))
    return len(text)


if __name__ == "__main__":
    main()
