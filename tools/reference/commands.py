"""Commands and their options, from ``--help``."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scrapy.utils.project import get_project_settings

from kompas_crawler import commands
from tools.reference.markdown import code, table
from tools.reference.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.commands import ScrapyCommand

_EVERYWHERE = "Global Options"


def page() -> Page:
    """The page of commands."""
    found = Page("commands", "Commands")
    found.add(
        "`scrapy COMMAND --help` prints the same. Omitted are the options of all commands, such as "
        "`-s NAME=VALUE`, `-L LEVEL` and `--logfile FILE`, and the commands of Scrapy itself "
        "(`scrapy list`, `scrapy shell`, ...)."
    )
    for name, command in all_commands().items():
        where = f"in kompas_crawler/commands/{name}.py"
        short = command.short_desc()
        found.need(short, f"command {name}: say what it does in short_desc, {where}")
        usage = f"scrapy {name} {command.syntax()}".rstrip()
        found.add(f"## {name}", f"```\n{usage}\n```", f"{short}.")
        if (long := command.long_desc()) and long != short:
            found.add(_text(long))
        rows = [_option(one, name, found) for one in options(command)]
        found.add(table(["option", "meaning"], rows) if rows else "")
    return found


def all_commands() -> dict[str, ScrapyCommand]:
    """The commands of this project by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(commands.__path__))
    return {
        name: importlib.import_module(f"{commands.__name__}.{name}").Command() for name in names
    }


def _text(about: str) -> str:
    prose, _, example = about.partition("Example: ")
    return f"{code(prose.strip())}\n\nExample: `{example.strip()}`" if example else code(about)


def options(command: ScrapyCommand) -> list[argparse.Action]:
    """The options of *command* without the global ones."""
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.settings = get_project_settings()
    with _signals_restored():
        command.add_options(parser)
    groups = [group for group in parser._action_groups if group.title != _EVERYWHERE]
    actions = [one for group in groups for one in group._group_actions]
    return [one for one in actions if one.option_strings and one.dest != "help"]


def _option(action: argparse.Action, command: str, found: Page) -> list[str]:
    name = ", ".join(action.option_strings)
    value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    about = (action.help or "") % {"default": action.default, "prog": "scrapy"}
    found.need(about, f"option {name} of {command}: give it a help text")
    return [f"`{name} {value}".strip() + "`", code(about)]


@contextmanager
def _signals_restored() -> Iterator[None]:
    """Restore the signal handlers that ``add_options`` of a command replaces."""
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
