"""Draw charts as inline SVG with matplotlib, coloured by the page's style sheet.

A colour such as "ink" becomes ``var(--ink)``, so that a chart fits the light and the dark theme.
A chart of half the page's width fits every screen; a wide one is drawn narrow too, at the same font
size, and the page shows the one that fits. The first can be saved, with the light theme's colours.
"""

import io
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Draw: TypeAlias = Callable[[Axes, bool], Any]
WIDE, HALF, NARROW = 8.4, 4.0, 3.7  # inches of 96 pixels

_LIGHT = Path(__file__).with_name("template.html").read_text("utf-8").partition("@media")[0]
COLOURS: dict[str, str] = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", _LIGHT))
"""The colours of the light theme."""
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.size": 9,
    "axes.edgecolor": COLOURS["line"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": COLOURS["line"],
    "grid.linewidth": 0.6,
    "xtick.color": COLOURS["line"],
    "ytick.color": COLOURS["line"],
    "xtick.labelcolor": COLOURS["dim"],
    "ytick.labelcolor": COLOURS["dim"],
    "text.color": COLOURS["ink"],
    "figure.facecolor": COLOURS["card"],
    "axes.facecolor": "none",
    "legend.frameon": False,
}
_CHROME = (
    (re.compile(r"<(metadata|style).*?</\1>\s*|<!--.*?-->\s*", re.DOTALL), ""),
    (re.compile(r'<g id="[^"]*"'), "<g"),  # repeated in every picture
)
_FONTS = (  # those of the page
    (re.compile(r"font-family: [^;\"]+;? ?"), ""),
    (re.compile(r"font: ([\d.]+)px [^;\"]+"), r"font-size: \1px"),
)


def _draw(name: str, draw: Draw, width: float, height: float) -> str:
    """The SVG element of a figure with one pair of axes; reproducible."""
    out = io.StringIO()
    with mpl.rc_context(_STYLE | {"svg.hashsalt": f"{name}{width}"}):
        figure = Figure(figsize=(width, height), dpi=96)
        draw(figure.add_subplot(), width < WIDE)
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return _without(_CHROME, out.getvalue()[out.getvalue().index("<svg") :])


def place(axes: Axes, left: float = 0, right: float = 0, top: float = 0, bottom: float = 0) -> None:
    """Give *axes* margins, in inches; matplotlib's own layout draws every chart twice."""
    figure: Any = axes.figure
    width, height = figure.bbox.size / figure.dpi
    across, down = 1 - (left + right) / width, 1 - (top + bottom) / height
    axes.set_position((left / width, bottom / height, across, down))


def _without(patterns: Iterable[tuple[re.Pattern[str], str]], text: str) -> str:
    for pattern, instead in patterns:
        text = pattern.sub(instead, text)
    return text


def chart(name: str, label: str, draw: Draw, *, height: float, is_half: bool = False) -> Markup:
    """The chart by *draw*, with *label* for screen readers, and as a file."""
    widths = {"half": HALF} if is_half else {"wide": WIDE, "narrow": NARROW}
    drawn = {kind: _draw(name, draw, width, height) for kind, width in widths.items()}
    shown = Markup('<div class="{}">{}</div>')
    parts = [shown.format(kind, _inline(text, label)) for kind, text in drawn.items()]
    link = Markup(
        '<p class="save"><a download="kompas-{}.svg" href="data:image/svg+xml;base64,{}" '
        'aria-label="Save as SVG: {}">Save as SVG</a></p>'
    )
    file = b64encode(next(iter(drawn.values())).encode()).decode()
    return Markup("").join([*parts, link.format(name, file, label)])


def _inline(text: str, label: str) -> Markup:
    text = _without(_FONTS, text)
    for name, colour in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    title = Markup('<svg role="img" aria-label="{}"').format(label)
    # matplotlib has escaped what it wrote.
    return Markup(text.replace("<svg", str(title), 1))
