"""``make docs``: generate the reference from the code."""

from __future__ import annotations

import sys

from tools.reference.book import FOLDER, files, undescribed


def main() -> int:
    """Write the changed files; return 1 if something lacks a description."""
    for line in (missing := undescribed()):
        print(line, file=sys.stderr)
    for path, text in files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(FOLDER.parent)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
