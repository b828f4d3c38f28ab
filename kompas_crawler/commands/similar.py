"""``scrapy similar KEY_OR_URL``: list the copies of an article and those that share a passage."""

import argparse
from typing import Any

from rich.text import Text

from kompas_crawler.archive.read import lookup, similar
from kompas_crawler.archive.read.similar import Alike
from kompas_crawler.archive.store.similarities import MOST
from kompas_crawler.cli.article import columns, console
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.log.terminal import as_json, safe


class Command(ReaderCommand):
    """List the copies of an article and the articles that share a passage with it.

    List copies with their reason, then at most 20 articles of which at least 30 % is in the
    article, or the article in them, the nearest first; both shares are given.
    Example: scrapy similar 20220122-093100670
    """

    usage = "[options] <key or address>"

    options = {"--json": "as JSON"}

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        name = self.take_article(args)
        with self.reading() as connection:
            key = lookup.stored(connection, lookup.key_of(connection, name)).id
            found = [*similar.copies(connection, key), *similar.similar(connection, key)]
        if opts.json:
            print(as_json([_as_json(one) for one in found]))
        elif found:
            table = columns("id", texts=("relation", "of it", "of the other", "title"))
            for one in found:
                shares = f"{one.share:.0%}", f"{one.other_share:.0%}"
                cells = one.key, one.reason or "similar", *shares, one.title
                table.add_row(*(Text(safe(cell)) for cell in cells))
            console().print(table)
            if sum(one.reason is None for one in found) == MOST:
                print(f"of the similar articles only the nearest {MOST} are kept")
        else:
            print(f"no stored article shares a passage with {key}")


def _as_json(one: Alike) -> dict[str, Any]:
    shown = {"id": one.key, "title": one.title, "published_at": one.published_at}
    shares = {name: round(getattr(one, name), 4) for name in ("share", "other_share")}
    return shown | {"relation": one.reason or "similar"} | shares
