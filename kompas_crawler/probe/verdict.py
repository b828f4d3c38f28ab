"""The verdict on a probe, and the lines that show its findings."""

from collections.abc import Iterable, Sequence
from textwrap import TextWrapper

from rich.text import Text

from kompas_crawler.exitcodes import Exit
from kompas_crawler.log.terminal import safe
from kompas_crawler.polite import notice
from kompas_crawler.probe.findings import OLDER, End, Finding

EXPECTED = ("summary", "section", "content_type", "authors", "editors", "tags", "images")
"""Fields that at least one of the new articles must have; templates of older ones lack some."""
_STYLES = {End.READ: "green", End.UNREAD: "yellow"}


def verdict(found: Sequence[Finding]) -> tuple[Exit, list[str]]:
    """The exit code and lines that explain it: ready if all was asked for, read and found."""
    pages = [finding for finding in found if "/robots.txt" not in finding.url]
    articles = [finding.article for finding in pages if finding.article is not None]
    new = [f.article for f in pages if f.article is not None and not f.what.startswith(OLDER)]
    refused = [finding for finding in found if finding.end is End.REFUSED]
    if refused and not articles:
        why = refused[-1].loss
        who = "a bot wall" if "202" in why or "challenge" in why else "the site"
        line = f"refused by {who}: no article was read; {refused[-1].what}: {why}"
        return Exit.BLOCKED, [line, *notice.ways_out(f.robots for f in found if f.robots)]
    if all(page.end is End.NOTHING for page in pages):
        line = f"unreachable: no page was received ({(pages or found)[0].loss})"
        return Exit.UNREACHABLE, [line, "check the network and the settings: scrapy doctor"]
    lost = list(dict.fromkeys(f"{f.what}: {f.loss}" for f in found if f.loss))
    if not articles:
        lost.append("no article was read")
    elif new and (absent := [x for x in EXPECTED if not any(getattr(a, x) for a in new)]):
        lost.append(f"fields that no new article has: {', '.join(absent)}")
    if lost:
        report = "report it with the pages as received: scrapy probe --save probe.warc.gz"
        return Exit.QUALITY, ["readable with losses:", *(f"  {line}" for line in lost), report]
    multipage = len({article.id for article in articles if (article.pages or 1) > 1})
    line = f"ready: {len(pages)} pages were read, {len(articles)} of them articles"
    return Exit.DONE, [f"{line}; articles of several pages: {multipage}"]


def shown(finding: Finding, known: set[str], width: int) -> Text:
    """A finding; *known* has the notices and sources shown so far, and gets those of this one."""
    style = _STYLES.get(finding.end, "bold red")
    text = Text.assemble((finding.end, style), safe(f"  {finding.what}: {finding.received}"))
    wrapper = TextWrapper(width, " " * 4, " " * 6)
    wrapper.break_long_words = wrapper.break_on_hyphens = False  # addresses stay whole
    for line in _details(finding, known):
        text.append(f"\n{wrapper.fill(safe(line))}")
    return text


def _details(finding: Finding, known: set[str]) -> Iterable[str]:
    yield finding.url
    lines: list[str] = []
    if finding.robots:
        lines = notice.shown(finding.robots)
    elif finding.article is not None:
        found = finding.article.found_in
        absent = ", ".join(sorted(finding.silent.keys() - found)) or "no field"
        lines.append(f"sources: {', '.join(f'{name} {found[name]}' for name in sorted(found))}")
        lines.append(f"without a source: {absent}")
    if (whole := "\n".join(lines)) not in known:
        yield from lines
        known.add(whole)
    yield from (f"differs: {line}" for line in finding.differs)
    if finding.loss not in finding.received:
        yield f"lost: {finding.loss}"
