"""The commands as Scrapy finds them: each imports its module only when it is chosen.

Scrapy imports every module of ``COMMANDS_MODULE`` for any command, which takes a second. Here it
finds light classes with the names of the modules in ``kompas_crawler.commands``.
"""

import gc
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from scrapy.commands import ScrapyCommand

from kompas_crawler.cli import uncaught
from kompas_crawler.exitcodes import Exit
from kompas_crawler.log.terminal import print_any_letter

__path__ = [str(Path(__file__).parents[1] / "commands")]  # where Scrapy looks for names
print_any_letter()
uncaught.install()


def _become(command: Any) -> Any:
    name = type(command).__module__.rpartition(".")[2]
    gc.disable()  # imported modules stay
    try:
        command.__class__ = import_module(f"kompas_crawler.commands.{name}").Command
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None
    gc.freeze()
    gc.enable()
    return command


_LAZY = {  # what Scrapy asks first of the command that is chosen, and of all for its help
    "requires_project": True,
    "syntax": lambda self: _become(self).syntax(),
    "short_desc": lambda self: _become(self).short_desc(),
    "run": lambda self, *arguments: _become(self).run(*arguments),
}


for _info in iter_modules(__path__):
    _module = sys.modules[f"{__name__}.{_info.name}"] = ModuleType(f"{__name__}.{_info.name}")
    _own = {"__module__": _module.__name__}
    vars(_module)["Command"] = type("Command", (ScrapyCommand,), _LAZY | _own)
