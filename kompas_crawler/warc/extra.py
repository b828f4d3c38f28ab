"""The package that WARC files are written with, which not every installation has."""

from __future__ import annotations

from importlib.util import find_spec

from kompas_crawler.exitcodes import ConfigurationProblem


def require(what: str) -> None:
    """Raise ``ConfigurationProblem``, naming *what* wants it, when the extra is not installed."""
    if find_spec("warcio") is None:
        raise ConfigurationProblem(
            f"{what} needs the package warcio; install it with: pip install -e '.[warc]'"
        )
