"""The options of an export."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kompas_crawler.archive.read import links
from kompas_crawler.archive.read.export import Filters
from kompas_crawler.exporters.record import FIELDS
from kompas_crawler.items import marked

METADATA = marked("is_metadata")
"""The fields that may be shared: facts about an article, without its text."""

EDGE_FIELDS = links.Edge._fields
"""The columns of a link in CSV."""
VERSION_FIELDS = ("replaced_at", "change", "reason")
"""The columns that ``--revisions`` adds, absent in the current version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """The options of an export.

    ``warc_dir`` is the folder of captures, for ``.wacz``; ``gaps_at`` is the time of ``gaps.find``.
    """

    filters: Filters
    fields: Sequence[str] = FIELDS
    is_metadata: bool = False
    is_edges: bool = False
    has_versions: bool = False
    allow_empty: bool = False
    warc_dir: Path = field(default_factory=Path)
    gaps_at: datetime | None = None

    @property
    def kind(self) -> str:
        return "links" if self.is_edges else "versions" if self.has_versions else "articles"
