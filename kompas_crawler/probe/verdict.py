"""The verdict on a probe, and the lines that show its findings."""

from __future__ import annotations

from functools import partial
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from rich.text import Text

from kompas_crawler.exitcodes import Exit
from kompas_crawler.log.terminal import safe
from kompas_crawler.polite import notice
from kompas_crawler.probe.findings import EXPECTED, End, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_WRAPPER = partial(
    TextWrapper,
    initial_indent="    ",
    subsequent_indent="      ",
    break_long_words=False,
    break_on_hyphens=False,
)
_STYLES = {End.READ: "green", End.UNREAD: "yellow"}


def verdict(found: Sequence[Finding]) -> tuple[Exit, list[str]]:
    """The exit code, and the lines that explain it and say what to do.

    Ready only if each page was asked for and read, and each field was found somewhere.
    """
    pages = [finding for finding in found if "/robots.txt" not in finding.url]
    articles = [finding.article for finding in pages if finding.article is not None]
    refused = [finding for finding in found if finding.end is End.REFUSED]
    if refused and not articles:
        lines = [f"refused: no article was read ({refused[-1].loss})"]
        bodies = [finding.robots for finding in found if finding.robots]
        return Exit.BLOCKED, lines + notice.ways_out(bodies)
    answered = [page for page in pages if page.end in (End.READ, End.UNREAD, End.REFUSED)]
    if not answered:
        why = pages[0].loss if pages else "robots.txt was not asked for"
        return Exit.UNREACHABLE, [
            f"unreachable: no page was received ({why})",
            "check the network and the settings: scrapy doctor",
        ]
    lost = list(dict.fromkeys(finding.loss for finding in found if finding.loss))
    lost += [f"{page.what}: not asked" for page in found if page.end is End.UNASKED]
    if articles:
        absent = [name for name in EXPECTED if not any(getattr(a, name) for a in articles)]
        lost += [f"{name}: in no article" for name in absent]
    else:
        lost.append("no article was read")
    if lost:
        return Exit.QUALITY, [
            "readable with losses:",
            *(f"  {line}" for line in lost),
            "report it with the file of --save, which has the pages as received",
        ]
    several = len({article.id for article in articles if (article.pages or 1) > 1})
    return Exit.DONE, [
        f"ready: {len(pages)} pages were read, {len(articles)} of articles; "
        f"articles of several pages: {several}"
    ]


def shown(finding: Finding, known: set[str], width: int) -> Text:
    """A finding: what was asked and came, then its notice, sources and differences.

    *known* has the notices and sources shown so far, and gets those of this finding.
    """
    text = Text.assemble(
        (finding.end, _STYLES.get(finding.end, "bold red")),
        safe(f"  {finding.what}: {finding.came}"),
    )
    for line in _details(finding, known):
        text.append(f"\n{_WRAPPER(width).fill(safe(line))}")
    return text


def _details(finding: Finding, known: set[str]) -> Iterable[str]:
    yield finding.url
    lines: list[str] = []
    if finding.robots:
        lines = notice.shown(finding.url, finding.robots)
    if finding.article is not None:
        found = finding.article.found_in
        absent = ", ".join(sorted(finding.silent.keys() - found)) or "no field"
        lines = [
            f"sources: {', '.join(f'{name} {found[name]}' for name in sorted(found))}",
            f"without a source: {absent}",
        ]
    if lines and (whole := "\n".join(lines[1:] if finding.robots else lines)) not in known:
        yield from lines
        known.add(whole)
    yield from (f"differs: {line}" for line in finding.differs)
    if finding.loss:
        yield f"lost: {finding.loss}"
