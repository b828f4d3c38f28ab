"""Draw charts as inline SVG with matplotlib, coloured by the page's style sheet.

A colour such as "ink" becomes ``var(--ink)``, so that a chart fits the light and the dark theme.
Each chart is drawn wide and narrow at the same font size, and the page shows the one that fits.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

WIDE, NARROW = 8.4, 3.7  # inches of 96 pixels

_NAMES = ("ink", "dim", "line", "paper", "good", "some", "bad", *(f"s{n}" for n in range(9)))
# Placeholder colours for matplotlib, which no chart uses otherwise.
COLOURS = {name: f"#fe{number:02x}a7" for number, name in enumerate(_NAMES)}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": COLOURS["line"],
    "axes.labelcolor": COLOURS["dim"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.6,
    "xtick.color": COLOURS["line"],
    "ytick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["dim"],
    "ytick.labelcolor": COLOURS["dim"],
    "text.color": COLOURS["ink"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.frameon": False,
}
_CHROME = (
    (re.compile(r"<metadata>.*?</metadata>\s*|<!--.*?-->\s*", re.DOTALL), ""),
    (re.compile(r"<style.*?</style>\s*", re.DOTALL), ""),
    (re.compile(r"font-family: [^;\"]+;? ?"), ""),  # the font of the page
    (re.compile(r"font: ([\d.]+)px [^;\"]+"), r"font-size: \1px"),
    (re.compile(r'<g id="[^"]*"'), "<g"),  # repeated in every picture
)


@contextmanager
def canvas(name: str, width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """A figure with one pair of axes and reproducible output."""
    with mpl.rc_context(_STYLE | {"svg.hashsalt": f"{name}{width}"}):
        figure = Figure(figsize=(width, height), dpi=96, layout="constrained")
        yield figure, figure.add_subplot()


def svg(figure: Figure, label: str) -> Markup:
    """The figure as an SVG element with *label* for screen readers."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    for pattern, instead in _CHROME:
        text = pattern.sub(instead, text)
    for colour_name, stand_in in COLOURS.items():
        text = text.replace(stand_in, f"var(--{colour_name})")
    title = Markup('<svg role="img" aria-label="{}"').format(label)
    # matplotlib has escaped what it wrote.
    return Markup(text.replace("<svg", str(title), 1))


def both(
    name: str,
    label: str,
    draw: Callable[[Figure, Axes, bool], Any],
    *,
    height: float,
    narrow_height: float,
) -> Markup:
    """The chart by *draw*, wide and narrow."""
    pictures = []
    for kind, width, tall in (("wide", WIDE, height), ("narrow", NARROW, narrow_height)):
        with canvas(name, width, tall) as (figure, axes):
            draw(figure, axes, kind == "narrow")
            picture = svg(figure, label)
        pictures.append(Markup('<div class="{}">{}</div>').format(kind, picture))
    return Markup("").join(pictures)
