"""Draw the gap calendar: a square per day, coloured by completeness."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from kompas_crawler.report.drawing import COLOURS, both

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WEEKS, NARROW_WEEKS = 52, 20
"""Maximum number of weeks, the newest."""
_WEEKDAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")


class Day(StrEnum):
    """Completeness of a day."""

    WHOLE = "good"  # all listed articles are stored, gone or skipped
    MISSING = "some"  # some articles are missing
    NOTHING = "bad"  # no article is stored
    UNKNOWN = "line"  # no article of the day was listed


def gaps_calendar(days: Mapping[date, Day], last: date) -> Markup:
    """The weeks up to *last*; a day that is not in *days* is unknown."""

    def draw(_figure: Figure, axes: Axes, is_narrow: bool) -> None:
        weeks = NARROW_WEEKS if is_narrow else WEEKS
        monday = last - timedelta(days=last.weekday()) - timedelta(weeks=weeks - 1)
        month = 0
        for week in range(weeks):
            for weekday in range(7):
                day = monday + timedelta(weeks=week, days=weekday)
                if day > last:
                    continue
                colour = COLOURS[days.get(day, Day.UNKNOWN).value]
                axes.add_patch(Rectangle((week, weekday), 0.84, 0.84, facecolor=colour))
            start = monday + timedelta(weeks=week)
            if start.month != month and week < weeks - 1:
                if month:
                    axes.text(week, -0.4, f"{start:%b}", fontsize=8, color=COLOURS["dim"])
                month = start.month
        for weekday, name in enumerate(_WEEKDAYS):
            axes.text(-0.4, weekday + 0.45, name, fontsize=8, ha="right", va="center",
                      color=COLOURS["dim"])  # fmt: skip
        axes.set_xlim(-2.2, weeks)
        axes.set_ylim(7, -1.2)
        axes.set_aspect("equal")
        axes.axis("off")

    return both("calendar", "Days by what is missing", draw, height=1.45, narrow_height=1.5)
