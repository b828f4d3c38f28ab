"""The documents: the reference is what the code says, and what is typed in them works."""

from __future__ import annotations

import ast
import importlib
import itertools
import json
import pkgutil
import re
import shlex
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import scrapy.commands
from scrapy.spiderloader import get_spider_loader
from scrapy.utils.project import get_project_settings

from kompas_crawler.commands.export import Command
from kompas_crawler.exporters import formats
from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests.conftest import ROOT
from tests.crawling import crawl
from tools.reference import book, commands
from tools.reference.page import Page
from tools.reference.settings import _ours
from tools.reference.source import Source

PACKAGE = ROOT / "kompas_crawler"
GUIDES = sorted(
    [ROOT / "README.md", ROOT / "README.id.md", ROOT / "CONTRIBUTING.md"]
    + [ROOT / "RELIABILITY.md", ROOT / "SECURITY.md"]
    + [path for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"]
)


# The reference


def test_all_is_described() -> None:
    """Settings, commands, options, spiders, arguments, exit codes, tables, fields, components."""
    assert book.undescribed() == [], "\n".join(["", *book.undescribed(), "then run: make docs"])


@pytest.mark.parametrize("path", book.files(), ids=lambda path: path.stem)
def test_the_reference_is_current(path: Path) -> None:
    is_current = path.exists() and path.read_text(encoding="utf-8") == book.files()[path]
    assert is_current, f"{path.relative_to(ROOT)} is not what the code says; run: make docs"


def test_the_reference_has_no_page_left_over() -> None:
    left = set((ROOT / "docs" / "reference").iterdir()) - book.files().keys()
    assert left == set(), "remove them: git rm docs/reference/..."


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("A = 1  # beside it", "beside it"),
        ("# above,\n# in two lines\nA = 1", "above, in two lines"),
        ("A = (  # at its beginning\n    1,\n)", "at its beginning"),
        ("A = (\n    1,\n)  # at its end", "at its end"),
        ('A = 1\n"""Below\nit."""', "Below it."),
        ("A: int  # of a type alone", "of a type alone"),
        ("# far above\n\nA = 1", ""),
        ("A = 1\nB = 2  # another's", ""),
    ],
)
def test_where_a_description_is_looked_for(code: str, said: str) -> None:
    assert next(Source(code).definitions()).about == said


def test_what_is_not_described_is_named_with_the_place_to_do_so() -> None:
    page = Page("settings", "Settings")
    (setting,) = Source('KOMPAS_NEW = from_environment("KOMPAS_NEW", "x")').definitions()
    assert _ours(setting, page)[:2] == ["`KOMPAS_NEW`", "`x`"]
    (line,) = page.undescribed
    assert line.startswith("setting KOMPAS_NEW: say what it is in a comment beside it")
    assert line.endswith("in kompas_crawler/settings.py")


# What programs read


@pytest.mark.slow
def test_every_key_of_the_health_file_and_every_monitor_is_described(tmp_path: Path) -> None:
    with serve(Site(10)) as server:
        crawl(
            "kompas",
            mirror=server.url,
            database_url=f"sqlite:///{(tmp_path / 'kompas.db').as_posix()}",
            folder=tmp_path,
            settings={"KOMPAS_MONITORS": "1", "COOKIES_ENABLED": True},  # the latter is unsafe
        )
    health = json.loads((tmp_path / "health.json").read_text(encoding="utf-8"))
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    for key in health:
        assert f"`{key}`" in guide, f"describe {key} in docs/operating.md"
    for name in health["monitors"]:
        assert f"| {name} |" in guide, f"describe the monitor {name} in docs/operating.md"
    assert health["unsafe"]


# What is typed in the guides


class Typed(NamedTuple):
    """A command line in a guide."""

    guide: str
    words: tuple[str, ...]


def typed(*names: str) -> list[Typed]:
    """The commands in the guides that call one of *names*, in code blocks and in a sentence."""
    found = dict[Typed, None]()
    for guide in GUIDES:
        text = guide.read_text(encoding="utf-8")
        blocks = "".join(re.findall(r"```\w*\n(.*?)```", text, re.DOTALL))
        lines = blocks.replace("\\\n", " ").splitlines()
        lines += re.findall(r"`((?:\S*/)?(?:scrapy|make) [^`]+)`", text.replace("\n", " "))
        for line in lines:
            words = _words(line.removeprefix("$ ").removeprefix("> "))
            is_output = len(words) < 2 or words[1].endswith(":")  # "scrapy crawl: done: ..."
            if not is_output and Path(words[0].replace("\\", "/")).name in names:
                found[Typed(guide.name, words)] = None
    return list(found)


def _words(line: str) -> tuple[str, ...]:
    try:
        words = shlex.split(line, comments=True, posix="\\" not in line)
    except ValueError:  # prose, or what a command said
        return ()
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words.pop(0)
    return tuple(words)


def names_spider(line: Typed) -> bool:
    """Whether a ``scrapy crawl`` has more than options."""
    return len(line.words) > 2 and not line.words[2].startswith("-")


@cache
def options() -> dict[str, set[str]]:
    """The options of each command, of Scrapy's own too."""
    own = commands.all_commands()
    scrapys = {
        name: importlib.import_module(f"scrapy.commands.{name}").Command()
        for _, name, _ in pkgutil.iter_modules(scrapy.commands.__path__)
    }
    return {
        name: {option for action in commands.options(command) for option in action.option_strings}
        for name, command in (scrapys | own).items()
    }


@pytest.mark.parametrize("line", typed("scrapy"), ids=lambda one: " ".join(one.words[:4]))
def test_a_command_in_a_guide_exists_with_its_options(line: Typed) -> None:
    _, command, *rest = line.words
    assert command in options(), f"{line.guide}: no command {command}"
    known = options()[command] | {"-s", "-L", "--logfile", "--nolog", "--help"}
    given = [word.partition("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)]
    assert set(given) - known == set(), f"{line.guide}: {' '.join(line.words)}"


@pytest.mark.parametrize(
    "line",
    [line for line in typed("scrapy") if line.words[1] == "crawl" and names_spider(line)],
    ids=lambda one: " ".join(one.words[2:6]),
)
def test_a_spider_in_a_guide_exists_with_its_arguments(line: Typed) -> None:
    loader = get_spider_loader(get_project_settings())
    spider, rest = line.words[2], line.words[3:]
    assert spider in loader.list(), f"{line.guide}: no spider {spider}"
    given = {value.partition("=")[0] for name, value in itertools.pairwise(rest) if name == "-a"}
    given = {name for name in given if not name.startswith("_")}  # Scrapyd's, ignored
    taken = getattr(loader.load(spider), "ARGUMENTS", ())
    assert given <= set(taken), f"{line.guide}: {' '.join(line.words)}"


@pytest.mark.parametrize("line", typed("make"), ids=lambda one: " ".join(one.words))
def test_a_make_target_in_a_guide_exists(line: Typed) -> None:
    targets = re.findall(r"^TARGETS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert line.words[1] in targets[0].split(), line.guide


def recipes() -> dict[str, str]:
    """The recipes of CONTRIBUTING.md by name."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Recipes\n")[2]
    parts = re.split(r"^### (.+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_there_is_a_recipe_for_each_usual_change() -> None:
    assert list(recipes()) == [
        *("Kompas changed its page", "Add a field", "Add a section", "Add a spider"),
        *("Add a pipeline", "Add a monitor", "Add a command", "Add an export format"),
        "Change the tables",
    ]


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_is_short_and_ends_in_the_command_that_proves_it(name: str) -> None:
    recipe = recipes()[name].strip()
    assert len([line for line in recipe.splitlines() if line.strip()]) <= 15
    proof = re.search(r'```\nmake (?:test|check) ARGS="([^"]+)"\n```$', recipe)
    assert proof, "the last lines are the command, in a code block"
    for path in proof[1].split():
        tests = [ROOT / path] if path.endswith(".py") else list((ROOT / path).rglob("test_*.py"))
        assert tests, path
        assert all(test.is_file() for test in tests), path


@pytest.mark.parametrize("name", recipes())
def test_what_a_recipe_names_exists(name: str) -> None:
    recipe = recipes()[name]
    for path in re.findall(r"`((?:kompas_crawler|tests)/[^`<]*?)/?`", recipe):
        assert (ROOT / path).exists(), path
    files = re.findall(r"`([A-Z_]{4,})` (?:in|of) `([^`]+)`", recipe)
    for constant, path in files:
        assert re.search(rf"^{constant}\b", (ROOT / path).read_text("utf-8"), re.MULTILINE), (
            constant
        )


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_setting_in_a_guide_exists(guide: Path) -> None:
    named = set(re.findall(r"\bKOMPAS_[A-Z_]+\b", guide.read_text(encoding="utf-8")))
    others = {"KOMPAS_REAL_PAGES", "KOMPAS_UNLOCKED"}  # of the tests and of tools/venv.sh
    assert named - others - set(get_project_settings()) == set()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_a_file_in_a_guide_exists(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:kompas_crawler|tests|deploy|docs|tools)/[^`<*\s]*)`", text):
        assert (ROOT / path).exists(), f"{guide.name}: {path}"


def test_the_map_of_contributing_names_each_folder_of_the_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Map\n")[2]
    named = re.findall(r"^  ([a-z_]+)/ ", text, re.MULTILINE)
    package = ROOT / "kompas_crawler"
    assert sorted(named) == sorted(path.parent.name for path in package.glob("*/__init__.py"))
    below = re.findall(r"^    ([a-z_]+)/ ", text, re.MULTILINE)
    folders = {path.parent.name for path in package.glob("archive/*/__init__.py")}
    assert set(below) == folders - {"migrations"}


@pytest.mark.parametrize("page", ["README.md", "README.id.md", "docs/analysis.md"])
def test_each_format_of_an_export_is_named(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [suffix for suffix in formats.ARTICLES if f"`{suffix}`" not in text] == []


def test_the_help_of_export_names_each_format() -> None:
    words = [word.strip(",") for word in (Command.__doc__ or "").split()]
    assert [suffix for suffix in formats.ARTICLES if suffix not in words] == []


# The architecture


def rows_of(heading: str) -> list[list[str]]:
    """The rows of the table below *heading* in docs/architecture.md."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [row.strip("|").split("|") for row in part.splitlines() if row.startswith("| ")][1:]


def imports() -> dict[str, set[str]]:
    """The modules of the package that each of its modules imports."""
    paths = {".".join(p.relative_to(ROOT).with_suffix("").parts): p for p in PACKAGE.rglob("*.py")}
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        pairs = [
            (str(one.module), f"{one.module}.{name.name}") for one in froms for name in one.names
        ]
        found[module] = {name if name in paths else source for source, name in pairs} & paths.keys()
    return found


@pytest.mark.slow
def test_the_layers_are_those_of_the_imports() -> None:
    rows = [(re.findall("`([^`]+)`", of), imported) for _, of, imported in rows_of("The layers")]
    upper, everyone = rows[0][0], rows[-1][0]
    allowed = {name: {other for names, _ in rows for other in names} for name in upper}
    for names, imported in rows[1:]:
        own = names if "each other" in imported else []
        for name in names:
            allowed[name] = {name, *own, *everyone, *re.findall("`([^`]+)`", imported)}
    found = {module: others for module, others in imports().items() if "__" not in module}
    assert set(map(_room, found)) == allowed.keys()
    wrong = [
        f"{module} imports {other}"
        for module, others in found.items()
        for other in others
        if _room(other) not in allowed[_room(module)]
    ]
    assert wrong == [], "an import runs upwards; see docs/architecture.md, The layers"


def test_only_the_archive_contains_sql() -> None:
    """Outside it a connection is handed on, an address is read, an error is told."""
    handed_on = {"Connection", "Engine", "URL", "DBAPIError"}
    for path in sorted((ROOT / "kompas_crawler").rglob("*.py")):
        if (ROOT / "kompas_crawler/archive") not in path.parents:
            taken = re.findall(r"^from sqlalchemy\S* import (.+)$", path.read_text(), re.MULTILINE)
            assert set(", ".join(taken).split(", ")) <= {"", *handed_on}, path


def _room(module: str) -> str:
    """The folder of *module* in the package, or its file there."""
    name, *below = module.split(".")[1:]
    return name if below else f"{name}.py"


def test_no_circle_of_imports_exists() -> None:
    left = imports()
    while free := [module for module, others in left.items() if not others & left.keys()]:
        for module in free:
            del left[module]
    assert left == {}, "these modules import each other"


@pytest.mark.parametrize(
    "row", rows_of("Read the code in an hour"), ids=lambda row: row[1].strip(" `")
)
def test_what_is_to_be_looked_for_in_a_file_is_there(row: list[str]) -> None:
    _, path, wanted = row
    code = (ROOT / path.strip(" `")).read_text(encoding="utf-8")
    for name in re.findall("`([^`]+)`", wanted):
        assert re.search(rf"^ *(?:class|(?:async )?def) {name}\b", code, re.MULTILINE), name


@pytest.mark.parametrize("guide", [*GUIDES, *book.files()], ids=lambda path: path.name)
def test_a_link_in_a_document_leads_somewhere(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"", text):
        path, _, anchor = "".join(target).partition("#")
        if "://" in path:
            continue
        there = guide if not path else guide.parent / path
        assert there.exists(), f"{guide.name}: {path}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in map(_anchor, heads), f"{guide.name}: #{anchor}"


def _anchor(heading: str) -> str:
    """The name under which GitHub shows a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
