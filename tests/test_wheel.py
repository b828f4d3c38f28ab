"""The wheel: it has all files, and its command works in any folder, on the newest Python."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from kompas_crawler.sample.site.server import serve
from kompas_crawler.sample.site.site import Site
from tests import processes
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: building leaves files."""
    if find_spec("setuptools") is None:
        pytest.skip("no setuptools here")
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "kompas_crawler", folder / "kompas_crawler", ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "."]
    done = processes.run(command, cwd=folder, timeout=120)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("kompas_crawler-*.whl")
    return built


def newest() -> str:
    """The newest Python on PATH or of pyenv that works."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for minor in range(20, 10, -1):
        found = [shutil.which(f"python3.{minor}"), *pyenv.glob(f"3.{minor}.*/bin/python")]
        for program in filter(None, map(str, filter(None, found))):
            works = subprocess.run([program, "-c", "import ssl, sqlite3, venv"], check=False)
            if works.returncode == 0:
                return program
    return sys.executable


@pytest.fixture(scope="module")
def kompas(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that has the wheel and its locked dependencies alone.

    Its Python is the newest one here: all other tests run on this one.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([newest(), "-m", "venv", "--without-pip", str(folder)], check=True)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    program = str(scripts / "python")
    by_uv = ["uv", "pip", "install", "--python", program]  # in a tenth of pip's time
    by_pip = ["pip", "--python", program, "install", "--no-compile"]
    for what in (["--require-hashes", "-r", "requirements.lock"], ["--no-deps", str(wheel)]):
        for installer in (by_uv, by_pip):
            command = [sys.executable, "-m", *installer, "--quiet", "--only-binary", ":all:", *what]
            done = processes.run(command, cwd=ROOT, timeout=400)
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stderr
    return scripts / "kompas"


def test_the_wheel_has_every_file_of_the_package_and_no_others(wheel: Path) -> None:
    with ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
        (entries,) = [name for name in file.namelist() if name.endswith("entry_points.txt")]
        assert "kompas = kompas_crawler.__main__:main" in file.read(entries).decode()
    files = (ROOT / "kompas_crawler").rglob("*")
    assert names == {
        path.relative_to(ROOT).as_posix()
        for path in files
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_command_works_in_a_folder_of_its_own(kompas: Path, tmp_path: Path) -> None:
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = somebody.settings\n")
    folder = tmp_path / "my archive"
    folder.mkdir()
    with serve(Site(40)) as server:
        mirror = {"KOMPAS_MIRROR": server.url}
        assert run(kompas, folder, "crawl", "kompas", "-L", "WARNING", **mirror)[0] == 0
    assert (folder / "data" / "kompas.db").exists()
    for line in ("export data/a.csv", "gaps", "search -h"):
        code, said = run(kompas, folder, *line.split())
        assert code in (0, 1), said
        assert "Traceback" not in said
        assert not re.search(r"scrapy [a-z]", said), said
    code, said = run(kompas, folder, "report", "a.html")
    assert code == 4
    words = shlex.split(said.partition("install it with: ")[2])
    assert Path(words[0]).parent == kompas.parent
    assert words[1:4] == ["-m", "pip", "install"]
    assert "matplotlib>=3.9" in words


def run(kompas: Path, folder: Path, *words: str, **env: str) -> tuple[int, str]:
    environment: Mapping[str, str] = {"COLUMNS": "200", **env}
    done = processes.run([str(kompas), *words], cwd=folder, env=environment, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_its_advice_names_the_command_that_works_there(tmp_path: Path) -> None:
    module = [sys.executable, "-m", "kompas_crawler"]
    env = {"PYTHONPATH": str(ROOT)}
    done = processes.run([*module, "status"], cwd=tmp_path, env=env, timeout=60)
    assert done.returncode == 4
    assert done.stderr == (
        f"kompas status: there is no archive at {tmp_path}/data/kompas.db yet; "
        "fill one with: kompas crawl kompas\n"
    )
    done = processes.run([*module], cwd=tmp_path, env=env, timeout=60)
    assert "kompas <command> [options] [args]" in done.stdout
