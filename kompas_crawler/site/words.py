"""Lists of words in the texts, pages and addresses of Kompas.com: see ``words.toml``."""

import tomllib
from importlib import resources
from typing import Any


def read_toml(package: str, name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(package).joinpath(name).read_text("utf-8"))


WORDS: dict[str, list[Any]] = read_toml("kompas_crawler.site", "words.toml")
