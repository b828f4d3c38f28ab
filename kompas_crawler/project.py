"""The project folder, settings from the environment, optional packages."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from scrapy.utils.conf import closest_scrapy_cfg

from kompas_crawler.exitcodes import ConfigurationProblem


def project_dir() -> Path:
    """The folder of ``scrapy.cfg``, the base of relative paths; else the working directory."""
    found = closest_scrapy_cfg()
    return Path(found).resolve().parent if found else Path.cwd()


def from_environment(name: str, default: str) -> str:
    """The environment variable *name*, or *default* when it is unset."""
    return os.environ.get(name, default)


def require(what: str, package: str, extra: str) -> None:
    """Raise ``ConfigurationProblem`` if *package*, which *what* needs, is not installed."""
    if find_spec(package) is None:
        raise ConfigurationProblem(
            f"{what} needs the package {package}; install it with: pip install -e '.[{extra}]'"
        )
