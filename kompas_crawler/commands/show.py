"""``scrapy show KEY_OR_URL``: print an article in the terminal."""

import argparse
from pathlib import Path

from kompas_crawler.archive.read import lookup
from kompas_crawler.archive.read.lookup import NotStored
from kompas_crawler.cli.article import article_page, console, revisions_page
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.project import project_dir
from kompas_crawler.warc.lookup import stored_page, write_fixture


class Command(ReaderCommand):
    """Show one article: text, people, links, revisions.

    Show an article by its key or any form of its address.
    Example: scrapy show 20220122-093100670 --revisions
    """

    usage = "[options] <key or address>"

    options = {
        "--revisions": "show the changes between revisions",
        "--fixture DIR": "create a test case from the captured page",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> None:
        name = self.take_article(args)
        with self.reading() as connection:
            key = lookup.key_of(connection, name)
            article = lookup.stored(connection, key)
            if opts.fixture is not None:
                warc_dir = project_dir() / (self.settings["KOMPAS_WARC_DIR"] or "")
                if (page := stored_page(connection, key, warc_dir)) is None:
                    raise NotStored(f"no captured page of {key} was found; a fixture needs one")
                folder = Path(opts.fixture)
                write_fixture(page, folder)
                print(f"{folder}: page.html and expected.json. The text is copyrighted: replace it")
            elif opts.revisions:
                former = lookup.previous_versions(connection, [article])[key]
                console().print(revisions_page(article, former))
            else:
                console().print(article_page(connection, article))
