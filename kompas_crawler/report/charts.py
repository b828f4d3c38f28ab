"""The report's charts: articles by day, section, tag and author, changes, fields, gaps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from kompas_crawler.report.drawing import COLOURS, chart, place

Bar: TypeAlias = tuple[tuple[float, float], ...]  # its corners, the first one twice
ByDay: TypeAlias = Mapping[date, Mapping[str, int]]
SECTIONS = 8  # sections with their own colour; the others are combined
WEEKS_FROM, MONTHS_FROM = 92, 750  # days of a period from which bars are weeks, and months
WEEKS, NARROW_WEEKS = 52, 20  # maximum number of weeks, the newest
_LETTER = 0.08  # inches of a letter, without measuring each
_NAME_WEEKS = 4  # width of the name of a month with its year


def bin_of(day: date, days: int) -> str:
    """The name of the bar of *day* in a period of *days* days.

    >>> bin_of(date(2024, 2, 29), 30), bin_of(date(2024, 2, 29), 365)
    ('29 Feb', 'week of 26 Feb 2024')
    """
    if days <= WEEKS_FROM:
        return f"{day.day} {day:%b}"
    if days <= MONTHS_FROM:
        start = day - timedelta(days=day.weekday())
        return f"week of {start.day} {start:%b %Y}"
    return f"{day:%b %Y}"


def unit(days: int) -> str:
    """The unit of a bar in a period of *days* days."""
    return "day" if days <= WEEKS_FROM else "week" if days <= MONTHS_FROM else "month"


def _bars_axes(axes: Axes, bins: Sequence[str], *, is_narrow: bool) -> None:
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=0, pad=5)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    step = max(1, -(-len(bins) // (4 if is_narrow else 9)))
    ticks = range(0, len(bins), step)
    axes.set_xticks(list(ticks), [bins[n].removeprefix("week of ") for n in ticks])
    axes.set_xlim(-0.6, max(len(bins), 7) - 0.4)


def articles_by_day(by_day: ByDay) -> Markup:
    """Published articles by section, the largest at the bottom."""
    every = sum(map(Counter, by_day.values()), Counter[str]())
    largest = sorted(every, key=lambda name: (-every[name], name))[:SECTIONS]
    colours = {name: f"s{nth}" for nth, name in enumerate(largest)}
    return _stacked("articles", "Articles published by {} and section", by_day, colours, height=3.4)


def corrections(by_day: ByDay) -> Markup:
    """Changes by the day they were noticed, those of texts at the bottom."""
    colours = {"text": "s1", "details": "s6"}
    return _stacked("changes", "Changes noticed by {}", by_day, colours, height=2.6, is_half=True)


def _stacked(
    name: str, title: str, by_day: ByDay, colours: Mapping[str, str], **size: Any
) -> Markup:
    """Counts by name, stacked; names without a colour are combined."""
    first, last = min(by_day), max(by_day)
    span = (last - first).days + 1
    bins = list(dict.fromkeys(bin_of(first + timedelta(days=n), span) for n in range(span)))
    counts: dict[str, Counter[str]] = {one: Counter() for one in colours}
    for day, names in by_day.items():
        of_day = bin_of(day, span)
        for one, count in names.items():
            counts.setdefault(one if one in colours else "all others", Counter())[of_day] += count

    def draw(axes: Axes, is_narrow: bool) -> None:
        base = [0] * len(bins)
        for one, series in counts.items():
            label = f" {_plain(one, 18)}"  # the space keeps a leading underscore in the legend
            tops = [low + series[each] for low, each in zip(base, bins, strict=True)]
            ends = enumerate(zip(base, tops, strict=True))
            bars = [_bar(low, top, n - 0.41, n + 0.41) for n, (low, top) in ends]
            _add(axes, bars, colours.get(one, "s8"), label)
            base = tops
        axes.set_ylim(0, 1.05 * max(base))
        _bars_axes(axes, bins, is_narrow=is_narrow)
        columns = 3 if is_narrow else 5
        sizes = {"fontsize": 8, "handlelength": 0.9, "handleheight": 0.9, "columnspacing": 1.2}
        axes.figure.legend(loc="upper left", ncols=columns, borderaxespad=0, **sizes)
        left, legend = _LETTER * len(f"{max(base):,}") + 0.1, 0.19 * -(-len(counts) // columns)
        place(axes, left=left, right=0.3, top=legend + 0.12, bottom=0.25)

    return chart(name, title.format(unit(span)), draw, **size)


def _plain(name: str, most: int) -> str:
    """A name of at most *most* letters, without glyphs that the font may lack."""
    plain = "".join(letter for letter in name if letter.isascii() and letter.isprintable())
    return f"{plain[: most - 1]}…" if len(plain) > most else plain or "?"


def ranking(kind: str, counts: Sequence[tuple[str, int]]) -> Markup | None:
    """Names with their number of articles, the largest at the top."""
    rows = [(_plain(one, 34), count, f"{count:,}") for one, count in reversed(counts)]
    return _rows(kind, f"Most frequent {kind}", rows, "s4") if rows else None


def coverage(shares: Mapping[str, float]) -> Markup:
    names = sorted(shares, key=lambda name: (shares[name], name))
    rows = [(name.replace("_", " "), shares[name], f"{shares[name]:.0%}") for name in names]
    return _rows("fields", "Share of articles that have each field", rows, "s0", most=1.0)


def _rows(
    name: str, label: str, rows: Sequence[tuple[str, float, str]], colour: str, most: float = 0
) -> Markup:
    """A bar for each name, value and shown value, against *most* if it is not 0."""
    names, values, shown = zip(*rows, strict=True)
    ends = [most or value for value in values]

    def draw(axes: Axes, _is_narrow: bool) -> None:  # ticks would take four times as long
        longest, gap = max(ends), max(ends) * 0.03
        for colour_of, widths in (("line", ends), (colour, values)):
            bars = [_bar(n - 0.31, n + 0.31, 0, width) for n, width in enumerate(widths)]
            _add(axes, bars, colour_of)
        for n, (one, end, value) in enumerate(zip(names, ends, shown, strict=True)):
            axes.text(-gap, n, one, ha="right", va="center")
            axes.text(end + gap, n, value, va="center")
        axes.set_xlim(0, longest * 1.18)
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.axis("off")
        place(axes, left=_LETTER * max(map(len, names)) + 0.1)

    return chart(name, label, draw, height=0.24 * len(rows), is_half=True)


def _bar(low: float, high: float, start: float, end: float) -> Bar:
    return (start, low), (start, high), (end, high), (end, low), (start, low)


def _add(axes: Axes, bars: Sequence[Bar], colour: str, label: str = "") -> None:
    """Draw *bars* as one path: a path for each would take several times as long."""
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(bars)
    path = Path([corner for bar in bars for corner in bar], codes)
    axes.add_artist(PathPatch(path, facecolor=COLOURS[colour], label=label, linewidth=0))


class Day(StrEnum):
    """Completeness of a day."""

    WHOLE = "good"  # its index was read completely, and no article is missing
    LISTED = "listed"  # no article that was listed is missing
    MISSING = "some"  # some articles are missing
    NOTHING = "bad"  # no article is stored
    UNKNOWN = "line"  # no article of the day was listed


def gaps_calendar(days: Mapping[date, Day], last: date) -> Markup:
    """The weeks up to *last*; a day that is not in *days* is unknown."""

    def draw(axes: Axes, is_narrow: bool) -> None:
        weeks = NARROW_WEEKS if is_narrow else WEEKS
        monday = last - timedelta(days=last.weekday()) - timedelta(weeks=weeks - 1)
        months = {0: monday}  # by the week of the first day shown
        squares: dict[Day, list[Bar]] = {}
        for number in range((last - monday).days + 1):
            day, week = monday + timedelta(number), number // 7
            weekday = number % 7
            square = _bar(weekday, weekday + 0.84, week, week + 0.84)
            squares.setdefault(days.get(day, Day.UNKNOWN), []).append(square)
            if day.day == 1:
                months[week] = day
        for kind, of_kind in squares.items():
            _add(axes, of_kind, kind.value)
        if any(0 < week < _NAME_WEEKS for week in months):  # no room for both names
            del months[0]
        for week, day in months.items():
            at, side = (weeks, "right") if week > weeks - _NAME_WEEKS else (week, "left")
            name = f"{day:%b %Y}" if day.month == 1 or week == min(months) else f"{day:%b}"
            axes.text(at, -0.4, name, color=COLOURS["dim"], fontsize=8, ha=side)
        look: dict[str, Any] = {"color": COLOURS["dim"], "ha": "right", "va": "center"}
        for weekday, name in enumerate(("Mon", "", "Wed", "", "Fri", "", "Sun")):
            axes.text(-0.4, weekday + 0.45, name, fontsize=8, **look)
        axes.set_xlim(-2.2, weeks)
        axes.set_ylim(7, -1.2)
        axes.set_aspect("equal")
        axes.axis("off")
        place(axes)

    return chart("calendar", "Days by what is missing", draw, height=1.5)
