"""Lists of words in the texts, pages and addresses of Kompas.com: see ``words.toml``."""

import tomllib
from importlib import resources
from typing import Any

WORDS: dict[str, list[Any]] = tomllib.loads(
    resources.files("kompas_crawler.site").joinpath("words.toml").read_text("utf-8")
)
