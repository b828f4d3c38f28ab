"""The project folder, settings from the environment, optional packages."""

from __future__ import annotations

import logging
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from scrapy.utils.conf import closest_scrapy_cfg

from kompas_crawler.exitcodes import ConfigurationProblem


def project_dir() -> Path:
    """The folder of ``scrapy.cfg``, the base of relative paths; else the working directory."""
    found = closest_scrapy_cfg()
    return Path(found).resolve().parent if found else Path.cwd()


PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def environment_file() -> Path:
    """The file with settings of the project, lines ``NAME=VALUE``."""
    return project_dir() / "data" / "environment"


def in_file() -> dict[str, str]:
    """The settings in ``environment_file``; raises ``ConfigurationProblem`` if it is unreadable."""
    from dotenv import dotenv_values

    logging.getLogger("dotenv").setLevel(logging.ERROR)  # ``scrapy doctor`` names other lines
    path = environment_file()
    try:
        found = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationProblem(f"{path} cannot be read: {error}") from None
    return {name: value or "" for name, value in found.items()}


def is_of_project(name: str) -> bool:
    """Whether the file may set the variable *name*."""
    return name.startswith("KOMPAS_") or name.lower() in PROXIES


def load_environment() -> None:
    """Add the file's settings to the environment, whose own variables take precedence.

    If the file cannot be read, exit with one line.
    """
    try:
        found = in_file()
    except ConfigurationProblem as error:
        sys.stderr.write(f"scrapy: {error}\n")
        raise SystemExit(int(error.code)) from None
    for name, value in found.items():
        if is_of_project(name):
            os.environ.setdefault(name, value)


def from_environment(name: str, default: str) -> str:
    """The environment variable *name*, or *default* when it is unset."""
    return os.environ.get(name, default)


def require(what: str, package: str, extra: str) -> None:
    """Raise ``ConfigurationProblem`` if *package*, which *what* needs, is not installed."""
    if find_spec(package) is None:
        raise ConfigurationProblem(
            f"{what} needs the package {package}; install it with: pip install -e '.[{extra}]'"
        )
