"""Lists of words in the texts and addresses of Kompas.com: see ``words.toml``."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

WORDS: dict[str, list[Any]] = tomllib.loads(
    resources.files("kompas_crawler.site").joinpath("words.toml").read_text("utf-8")
)
