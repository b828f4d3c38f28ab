"""Output of the demo: rich at a terminal, else plain lines."""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kompas_crawler.cli.article import WIDTH, facts
from kompas_crawler.project import project_dir

INDENT = 2


class Screen:
    """Shows headings, sentences, commands and tables on *console*."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, emoji=False)
        self.console.width = min(self.console.width, WIDTH)
        self.program = _program()

    def heading(self, number: int, title: str) -> None:
        self.gap()
        self.show(Text(f"{number}. {title}", style="bold cyan"), 0)

    def gap(self) -> None:
        self.console.print()

    def say(self, line: str, style: str = "") -> None:
        self.show(Text(line, style=style))

    def prove(self, line: str) -> None:
        """Print a result that was checked against the sample site."""
        sign = "ok" if "utf" not in self.console.encoding.lower() else "\u2713"
        grid = Table.grid(padding=(0, 1))
        grid.add_row(Text(sign, style="bold green"), Text(line, style="bold"))
        self.show(grid)

    def show(self, what: RenderableType, indent: int = INDENT) -> None:
        padded = Padding(what, (0, 0, 0, indent))
        if self.console.is_terminal:
            self.console.print(padded)
            return
        with self.console.capture() as captured:
            self.console.print(padded)
        for line in captured.get().splitlines():
            self.console.out(line.rstrip(), highlight=False)

    def command(self, *words: str) -> None:
        self.show(Text.assemble(("$ ", "dim"), (" ".join((self.program, *words)), "bold")))

    def pairs(self, *rows: tuple[str, str], indent: int = INDENT) -> None:
        self.show(facts(rows, width=None), indent)

    def table(self, names: Sequence[str], *rows: Sequence[str]) -> None:
        """Print rows under *names*, the last as a total; numbers are right-aligned."""
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        for name, cells in zip(names, zip(*rows, strict=True), strict=True):
            table.add_column(name, justify="right" if cells[-1].isdigit() else "left", no_wrap=True)
        for row in rows:
            table.add_row(*map(Text, row), style="bold" if row is rows[-1] else None)
        self.show(table)
        self.gap()


def _program() -> str:
    """The command ``scrapy``, or its path if the shell would find another one."""
    script = Path(sys.prefix, "Scripts" if os.name == "nt" else "bin", "scrapy")
    found = shutil.which("scrapy")
    is_found = found is not None and Path(found).resolve() == script.resolve()
    return shown(script) if script.is_relative_to(project_dir()) and not is_found else "scrapy"


def shown(path: Path) -> str:
    """*path* relative to the working directory.

    >>> shown(Path.cwd() / "data" / "demo.csv")
    'data/demo.csv'
    """
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive
        return str(path)
