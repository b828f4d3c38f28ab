"""How it looks: the same words with and without colours, and no line too long."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from kompas_crawler.cli.article import DiffLine
from kompas_crawler.cli.word_diff import changed_paragraphs
from kompas_crawler.sample.demo.screen import Screen

PIECES = next(changed_paragraphs(["Ada 1 kali."], ["Ada 2 kali."]))


def screen(width: int = 80, **settings: bool | str) -> tuple[Screen, io.StringIO]:
    output = io.StringIO()
    console = Console(file=output, width=width, highlight=False, emoji=False, **settings)  # type: ignore[arg-type]
    return Screen(console), output


def test_a_change_is_marked_where_there_is_no_colour() -> None:
    plain, output = screen()
    plain.show(DiffLine(PIECES), 4)
    assert output.getvalue() == "    Ada [-1-] {+2+} kali.\n"


def test_a_change_is_marked_where_colour_is_not_wanted() -> None:
    plain, output = screen(force_terminal=True, color_system="standard", no_color=True)
    plain.show(DiffLine(PIECES), 4)
    assert re.sub(r"\x1b\[[0-9;]*m", "", output.getvalue()).strip() == "Ada [-1-] {+2+} kali."


def test_a_change_is_red_and_green_at_a_terminal() -> None:
    coloured, output = screen(force_terminal=True, color_system="standard")
    coloured.show(DiffLine(PIECES), 4)
    assert re.search(r"\x1b\[9;31m1\x1b\[0m \x1b\[32m2\x1b\[0m kali\.", output.getvalue())


@pytest.mark.parametrize("width", [60, 80, 160])
def test_no_line_is_too_long_or_ends_in_blanks(width: int) -> None:
    plain, output = screen(width)
    plain.heading(1, "Judul " * 30)
    plain.say("kata " * 60)
    plain.prove("kata " * 60)
    plain.command("export", "data/demo.csv")
    plain.pairs(("KOMPAS_NOW=2026-06-30T23:05:00+07:00", "arti " * 20), indent=4)
    plain.pairs(("url", "https://www.kompas.com/" + "x" * 200))
    lines = output.getvalue().splitlines()
    assert max(map(len, lines)) <= min(width, 100)
    assert not [line for line in lines if line != line.rstrip() or "\x1b" in line or "\r" in line]


def test_the_figures_of_a_table_stand_under_each_other() -> None:
    plain, output = screen()
    plain.table(("section", "articles"), ("Bola", "3"), ("Money", "12"), ("all", "15"))
    assert output.getvalue().splitlines()[:5:4] == ["  section  articles", "  all            15"]


def test_markup_in_a_text_is_text() -> None:
    plain, output = screen()
    plain.say("[bold]Harga[/] [-naik-]")
    assert output.getvalue() == "  [bold]Harga[/] [-naik-]\n"
