"""The options of an export; its formats by file suffix, and the packages they need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import IO, Literal, NamedTuple, Self, TypeAlias

from kompas_crawler.archive.read.export import Filters
from kompas_crawler.exitcodes import UsageProblem
from kompas_crawler.exporters.record import FIELDS, About, Rows
from kompas_crawler.project import require

Write: TypeAlias = Callable[[Rows, IO[bytes], Sequence[str], About], int | None]
"""Writes rows to a file with the columns *fields*; returns the number of cells cut, if any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """The options of an export."""

    filters: Filters
    kind: Literal["article", "version", "link"] = "article"  # what a row is
    fields: Sequence[str] = FIELDS
    is_metadata: bool = False
    allow_empty: bool = False
    warc_dir: Path = field(default_factory=Path)  # the folder of captures, for ``.wacz``
    gaps_at: datetime | None = None  # the time of ``gaps.find``


class Format(NamedTuple):
    """The function of a format, and the extra it needs."""

    module: str
    function: str = "write"
    extra: str = ""


ARTICLES = {  # formats of articles by suffix
    ".csv": Format("csv_file"),
    ".json": Format("json_file", "write_list"),
    ".jsonl": Format("json_file", "write_lines"),
    ".parquet": Format("parquet_file", extra="parquet"),
    ".xlsx": Format("excel_file", extra="excel"),
    ".vert": Format("vert_file"),
    ".wacz": Format("wacz_file", extra="warc"),
}
EDGES = {".csv": Format("csv_file"), ".graphml": Format("graphml_file")}  # of the graph


class Target(NamedTuple):
    """The file of an export: its ``path``, the ``suffix`` of its format, whether it is gzipped."""

    path: Path
    suffix: str
    format: Format
    is_gzip: bool

    @property
    def write(self) -> Write:
        """The function of the format; raises ``ConfigurationProblem`` if its package is missing."""
        if self.format.extra:
            require(f"a {self.suffix} file", self.format.extra)
        module = import_module(f"kompas_crawler.exporters.{self.format.module}")
        function: Write = getattr(module, self.format.function)
        return function

    def of_month(self, month: str) -> Self:
        """The target of one month: kompas.csv.gz becomes kompas-2024-01.csv.gz."""
        name, end = self.path.name, -len(self.suffix) - len(".gz") * self.is_gzip
        return self._replace(path=self.path.with_name(f"{name[:end]}-{month}{name[end:]}"))


def target(name: str, known: Mapping[str, Format] = ARTICLES) -> Target:
    """Parse the name of an export file; raise ``UsageProblem`` for an unknown suffix.

    >>> target("kompas.csv.gz").of_month("2024-01").path.name
    'kompas-2024-01.csv.gz'
    """
    path = Path(name)
    is_gzip = path.suffix.lower() == ".gz"
    suffix = (path.with_suffix("").suffix if is_gzip else path.suffix).lower()
    if suffix not in known or (is_gzip and suffix == ".wacz"):
        are = f"known are: {' '.join(known)} (and .gz after them)"
        raise UsageProblem(f"no export format for {name!r}; {are}")
    if path.is_dir():
        raise UsageProblem(f"cannot write {name}: it is a folder")
    return Target(path, suffix, known[suffix], is_gzip)
