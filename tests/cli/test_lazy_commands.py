"""Starting any command imports that command alone."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules

import pytest
from scrapy.cmdline import _get_commands_from_module

from kompas_crawler import commands, settings
from kompas_crawler.cli import lazy_commands
from kompas_crawler.exitcodes import Exit
from tests import processes
from tests.conftest import ROOT

NAMES = sorted(info.name for info in iter_modules(commands.__path__))


def test_scrapy_finds_every_command_by_its_name() -> None:
    found = _get_commands_from_module(settings.COMMANDS_MODULE, inproject=True)
    assert sorted(found) == NAMES
    for name, command in found.items():
        own = import_module(f"kompas_crawler.commands.{name}").Command
        assert command.short_desc() == own().short_desc()
        assert command.default_settings == own.default_settings
        assert type(command) is own


def test_an_interruption_while_a_command_is_imported_ends_with_12(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lazy_commands, "import_module", interrupted)
    with pytest.raises(SystemExit) as ended:
        lazy_commands._become(lazy_commands)
    assert ended.value.code == Exit.INTERRUPTED


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "is_heavy"), [(settings.COMMANDS_MODULE, False), ("kompas_crawler.commands", True)]
)
def test_no_other_command_is_imported(module: str, *, is_heavy: bool) -> None:
    program = (
        "import sys; from scrapy.cmdline import _get_commands_from_module as found;"
        f"import kompas_crawler.settings; found({module!r}, True);"
        "print(*(name for name in ('sqlalchemy', 'rich', 'lxml.html') if name in sys.modules))"
    )
    done = processes.run([sys.executable, "-c", program], cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    assert ("sqlalchemy" in done.stdout) is is_heavy
    assert ("rich" in done.stdout) is is_heavy
