"""Draw the graph of "Baca juga" links among the most linked articles."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kompas_crawler.report.drawing import COLOURS, both

NUMBERED = 12  # articles with a number, which refers to the table


def layout(count: int, edges: Sequence[tuple[int, int]], rounds: int = 120) -> NDArray[np.float64]:
    """Positions of *count* nodes, always the same (Fruchterman and Reingold, 1991)."""
    places = np.random.default_rng(1).uniform(-1, 1, (count, 2))
    ends = np.array(edges, dtype=np.intp).reshape(-1, 2)
    ideal = 1.6 / np.sqrt(max(count, 1))
    for turn in range(rounds):
        apart = places[:, None] - places[None]
        far = np.maximum(np.linalg.norm(apart, axis=2), 0.01)
        force = (apart * (ideal**2 / far**2)[..., None]).sum(axis=1)
        along = places[ends[:, 0]] - places[ends[:, 1]]
        pull = along * (np.linalg.norm(along, axis=1) / ideal)[:, None]
        np.add.at(force, ends[:, 0], -pull)
        np.add.at(force, ends[:, 1], pull)
        force -= places * 0.6  # keeps separate components in the picture
        size = np.maximum(np.linalg.norm(force, axis=1), 1e-9)[:, None]
        places = places + force / size * np.minimum(size, 0.12 * (1 - turn / rounds))
    return places


def baca_juga(
    keys: Sequence[str],
    edges: Sequence[tuple[str, str]],
    links: Mapping[str, int],
    colours: Mapping[str, str],
) -> Markup:
    """Nodes sized by links and coloured by section; the first *keys* are numbered."""
    place_of = {key: number for number, key in enumerate(keys)}
    pairs = [(place_of[source], place_of[target]) for source, target in edges]
    places = layout(len(keys), pairs)

    def draw(_figure: Figure, axes: Axes, is_narrow: bool) -> None:
        for source, target in pairs:
            axes.plot(*places[[source, target]].T, color=COLOURS["dim"], lw=0.7, alpha=0.6)
        scale = 0.55 if is_narrow else 1.0
        for number, key in enumerate(keys):
            is_hub = number < NUMBERED
            axes.plot(
                *places[number],
                "o",
                ms=(7 + 1.1 * min(links.get(key, 0), 14) + 6 * is_hub) * scale,
                mec=COLOURS["paper"],
                mew=0.8,
                color=COLOURS[colours.get(key, "s8")],
            )
        size = 7 if is_narrow else 9
        look: dict[str, Any] = {"ha": "center", "va": "center", "color": COLOURS["paper"]}
        for number, (x, y) in enumerate(places[:NUMBERED], 1):
            axes.text(x, y, str(number), fontsize=size, fontweight="bold", **look)
        axes.axis("off")

    label = "Baca juga links among the most linked articles"
    return both("graph", label, draw, height=5.6, narrow_height=3.9)
