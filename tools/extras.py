"""Lock the packages of extras: ``python tools/extras.py check EXTRA ...``, or ``lock``.

``check`` prints the names, ``all`` resolved, and exits with 2 at an unknown one. ``lock`` prints
the part of ``requirements-dev.lock`` that the extras need and this environment lacks: pip chooses
the packages, with the locked versions as constraints, and the hashes come from the lock.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

LOCK = Path("requirements-dev.lock")


def main(task: str, names: list[str]) -> int:
    """Run the script; return its exit code."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras: dict[str, list[str]] = project["optional-dependencies"]
    if unknown := set(names) - {*extras, "all"}:
        sys.stderr.write(
            f"there is no extra {', '.join(sorted(unknown))}; there are: all, {', '.join(extras)}\n"
        )
        return 2
    chosen = [name for name in extras if name in names or "all" in names]
    if task == "check":
        print(" ".join(chosen))
        return 0
    # A package may have several blocks, for different versions of Python.
    blocks = re.findall(r"^[a-z0-9].+?(?=^[a-z0-9]|\Z)", LOCK.read_text(), re.MULTILINE | re.DOTALL)
    needed = _missing([line for extra in chosen for line in extras[extra]], blocks)
    print("".join(block for block in blocks if block.partition("==")[0] in needed), end="")
    return 0


def _missing(wanted: list[str], blocks: list[str]) -> set[str]:
    """The packages that pip would install for *wanted*."""
    with tempfile.TemporaryDirectory() as folder:
        report, versions = Path(folder) / "report.json", Path(folder) / "versions"
        versions.write_text("\n".join(block.partition("\\")[0] for block in blocks))
        options = ["--dry-run", "--only-binary", ":all:", "--report", str(report)]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", *options]
        subprocess.run([*pip, "--constraint", str(versions), *wanted], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {re.sub(r"[-_.]+", "-", package["metadata"]["name"]).lower() for package in found}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
