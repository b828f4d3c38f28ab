"""Where a page lies as it was received: what a row of an article points to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

OPEN = ".open"
"""What the name of a file ends in while it is written."""
KEPT = "warc_kept"
"""The key of a request's meta under which its response's capture stands."""
FORMER = "warc_former"
"""The key for what was captured of the same article before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capture:
    """One record: its ``file``, the ``offset`` at which it begins, its payload's ``digest``.

    ``at`` is when it was fetched, to the second, by whoever fetched it. A file in
    ``KOMPAS_WARC_DIR`` is known by its name there, any other by its whole path. ``written_at``
    is of the record that holds the bytes: earlier than ``at`` when they came again.
    """

    file: str
    offset: int
    digest: str
    at: datetime
    written_at: datetime
