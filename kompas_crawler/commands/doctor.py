"""``scrapy doctor``: check that this machine can crawl; exit 4 with advice if not."""

import argparse
import platform
from itertools import chain

from rich.table import Column, Table
from rich.text import Text

from kompas_crawler.cli import checks
from kompas_crawler.cli.article import console
from kompas_crawler.cli.checks import Finding, Level
from kompas_crawler.cli.reader_command import ReaderCommand
from kompas_crawler.exitcodes import ConfigurationProblem, Exit
from kompas_crawler.log.terminal import safe
from kompas_crawler.monitoring.extension import Notify

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.BAD: "bold red"}


class Command(ReaderCommand):
    """Check settings, database, disk, clock and extras (exit 4 if bad).

    Check that this machine can crawl, with advice for each problem. What the site answers is
    checked by scrapy probe. Example: scrapy doctor --notify
    """

    options = {
        "--full": "read the whole database, however large",
        "--notify": "only send a test message to KOMPAS_NOTIFY",
    }

    def read(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.notify:
            return _notify(self.settings["KOMPAS_NOTIFY"])
        is_bad = False
        findings = chain(
            checks.programs(),
            checks.values(self.settings),
            checks.database(self.settings, is_full=opts.full),
            checks.clock(self.settings),
            checks.extras(),
        )
        for found in findings:
            is_bad = is_bad or found.level is Level.BAD
            console().print(_row(found))  # before the next check, which may take long
        console().print(_row(Finding(Level.OK, "site", "not asked here", "ask it: scrapy probe")))
        return Exit.CONFIGURATION if is_bad else Exit.DONE


def _notify(addresses: str) -> int:
    body = f"Sent by scrapy doctor --notify on {platform.node()}."
    results = Notify(addresses).send("Test of the Kompas crawler", body)
    if not results:
        advice = "set it in data/environment to addresses such as tgram://BOT_TOKEN/CHAT_ID"
        raise ConfigurationProblem(f"KOMPAS_NOTIFY is empty; {advice}")
    for name, is_sent in results:
        print(f"{name}: {'sent' if is_sent else 'not sent; check the address and the network'}")
    return Exit.DONE if all(is_sent for _, is_sent in results) else Exit.ERROR


def _row(found: Finding) -> Table:
    names = Column(width=max(map(len, Level))), Column(width=len("file system"), style="dim")
    table = Table.grid(*names, Column(overflow="fold"), padding=(0, 2))
    line = safe(found.line + (f"; {found.advice}" if found.advice else ""))
    table.add_row(Text(found.level, _STYLES[found.level]), Text(found.subject), Text(line))
    return table
