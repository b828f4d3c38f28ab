"""Names that the writer and the readers of WARC files share."""

OPEN = ".open"
"""Suffix of a file that is being written."""
CAPTURE = "warc_capture"
"""Key in ``Request.meta`` of the response's capture."""
PREVIOUS_CAPTURE = "warc_previous_capture"
"""Key in ``Request.meta`` of the article's previous capture."""
