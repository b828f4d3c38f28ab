"""The project folder, settings from the environment, optional packages."""

import os
import re
import shlex
import sys
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scrapy.utils.conf import closest_scrapy_cfg

from kompas_crawler.exitcodes import ConfigurationProblem

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def project_dir() -> Path:
    """The folder of our ``scrapy.cfg``, the base of relative paths; else the working directory."""
    found = closest_scrapy_cfg()
    is_ours = found and b"kompas_crawler" in Path(found).read_bytes()
    return Path(found).resolve().parent if is_ours else Path.cwd()


def environment_file() -> Path:
    """The file with settings of the project, lines ``NAME=VALUE``."""
    return project_dir() / "data" / "environment"


def _lines_in_file() -> list[Any]:
    """The ``dotenv.parser.Binding`` of each line; raises ``ConfigurationProblem``."""
    path = environment_file()
    if not path.exists():
        return []
    from dotenv.parser import parse_stream

    try:
        with path.open(encoding="utf-8-sig") as file:
            return list(parse_stream(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationProblem(f"{path} cannot be read: {error}") from None


def in_file() -> dict[str, str]:
    """The settings in ``environment_file``; raises ``ConfigurationProblem`` if it is unreadable."""
    return {line.key: line.value or "" for line in _lines_in_file() if line.key}


def ignored_lines() -> list[int]:
    """The numbers of the lines of ``environment_file`` that are not NAME=VALUE."""
    wrong = (line.original for line in _lines_in_file() if line.error)
    return [one.line + one.string.partition(one.string.strip())[0].count("\n") for one in wrong]


def is_of_project(name: str) -> bool:
    """Whether the file may set the variable *name*."""
    return name.startswith("KOMPAS_") or name.lower() in PROXIES


def load_environment() -> None:
    """Add the settings of the file to the environment, which overrides them; exit if unreadable."""
    try:
        found = in_file()
    except ConfigurationProblem as error:
        sys.stderr.write(f"scrapy: {error}\n")
        raise SystemExit(int(error.code)) from None
    for name, value in found.items():
        if is_of_project(name):
            os.environ.setdefault(name, value)


from_environment = os.environ.get  # a variable by its name, or a default when it is unset


def _requirements(*extras: str) -> list[str]:
    """The packages that *extras* add, with their versions."""
    lines = [line.partition(";") for line in requires("kompas-crawler") or ()]
    rules = [f'extra == "{extra}"' for extra in extras]
    return list(dict.fromkeys(name for name, _, rule in lines if rule.strip() in rules))


def missing(extra: str) -> list[str]:
    """The packages of *extra* that are not installed."""
    modules = [re.split(r"\W", package)[0].lower() for package in _requirements(extra)]
    return [module for module in modules if find_spec(module) is None]


def require(what: str, extra: str) -> None:
    """Raise ``ConfigurationProblem`` if a package of *extra*, which *what* needs, is missing."""
    if lacking := missing(extra):
        line = f"{what} needs the package {lacking[0]}; install it with: {how_to_install(extra)}"
        raise ConfigurationProblem(line)


def how_to_install(*extras: str) -> str:
    """The command that installs *extras* into this environment."""
    makefile, prefix = project_dir() / "Makefile", Path(sys.prefix).resolve()
    if makefile.exists() and prefix == (project_dir() / ".venv").resolve():
        return f"make install ARGS={','.join(extras)}"
    return shlex.join([sys.executable, "-m", "pip", "install", *_requirements(*extras)])
