"""Where a page lies as it was received: what a row of an article points to."""

from __future__ import annotations

OPEN = ".open"
"""What the name of a file ends in while it is written."""
KEPT = "warc_kept"
"""The key of a request's meta under which its response's capture stands."""
FORMER = "warc_former"
"""The key for what was captured of the same article before."""
