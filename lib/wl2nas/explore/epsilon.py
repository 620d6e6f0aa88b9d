"""What epsilon a layer needs: a slider, four pairs of cells, and a count of classes.

The curves are the distances between the vectors of four pairs, each of which a network on the
skeleton merges at one number; the count is of all cells of up to six vertices. Drawing lives in
``static/epsilon.js``. It asks for ``{epsilon}``, and ``count`` is the answer; a plain page without
a kernel (``static/epsilon.html``) has those of every stop of the slider, as ``counted`` made them.
"""

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from wl2nas import cells, draw, graphs
from wl2nas.explore import page
from wl2nas.explore.members import for_drawing, skeleton_codes
from wl2nas.features import distinct, random_networks

LOW, HIGH, STEP, START = -3.0, 2.0, 0.05, 0.1
MOST_VERTICES = 6  # of the cells that are counted
GRID = np.arange(-300, 201) / 100  # its whole numbers are exact
FLOOR = 1e-16  # distances below are drawn there
STYLES = {-2: ("#111111", ":"), -1: ("#8C510A", "--"), 0: ("#7B3294", "-"), 1: ("#C2185B", "-.")}


def _cell(edges, inner: str) -> cells.Cell:
    """A cell from its edges and one letter for every inner vertex: 1, 3 or p."""
    names = {"1": "conv1x1", "3": "conv3x3", "p": "maxpool"}
    ops = ["input", *(names[letter] for letter in inner), "output"]
    return cells.Cell(graphs.from_edges(len(ops), edges), ops)


# At the number that is their key the two cells have one vector; colour refinement separates them.
_TWICE = [(0, 1), (0, 4), (1, 2), (1, 4), (2, 3), (3, 4), (3, 5), (4, 5)]
PAIRS = {
    -2: (
        _cell([(0, 1), (0, 2), (1, 3), (1, 6), (2, 5), (3, 4), (4, 5), (5, 6)], "131p3"),
        _cell([(0, 1), (0, 5), (1, 2), (2, 3), (2, 6), (3, 4), (4, 5), (5, 6)], "11p33"),
    ),
    -1: tuple(_cell([(0, 1), (1, 2), (2, 3), (3, 4)], inner) for inner in ("331", "133")),
    0: (
        _cell([(0, 1), (0, 2), (1, 3), (2, 3)], "33"),
        _cell([(0, 1), (1, 2), (2, 3), (0, 3)], "33"),
    ),
    1: tuple(_cell(_TWICE, inner) for inner in ("1313", "3131")),
}


def distances(epsilon: float | int) -> Float[np.ndarray, " P"]:
    """How far apart the vectors of every pair are."""
    both = cells.stack([cell for pair in PAIRS.values() for cell in pair])
    vectors = random_networks.random_embedding(both, direction="undirected", epsilon=epsilon)
    return np.linalg.norm(vectors[::2] - vectors[1::2], axis=1)


def count(space: cells.CellSpace, epsilon: float | int) -> distinct.Groups:
    """What a network with random weights and this epsilon tells apart on the skeletons."""
    labels = len(space.rules.operations)
    return random_networks.classes(space, direction="undirected", epsilon=epsilon, labels=labels)


def for_page(groups: distinct.Groups) -> dict:
    """What the page shows of a count."""
    return {"distinct": groups.distinct, "ambiguous": groups.ambiguous}


def counted(space: cells.CellSpace) -> dict:
    """What ``static/epsilon.html`` reads from ``epsilon.json``: a count for every slider stop.

    Of a whole space it takes a minute or two. Ready for ``json.dumps``.
    """
    explorer = Epsilon(space)
    stops = np.round(np.arange(LOW, HIGH + STEP / 2, STEP), 2).tolist()
    counts = [for_page(count(explorer.space, epsilon)) for epsilon in stops]
    return {"given": explorer.given, "counts": counts}


def picture(epsilon: float, curves: Float[np.ndarray, "G P"]) -> bytes:
    """The distances of all pairs against epsilon, and where the slider stands, as a PNG."""
    figure = Figure(figsize=(7, 3), dpi=110, layout="constrained")
    ax = figure.subplots()
    for number, curve in zip(PAIRS, curves.T, strict=True):
        colour, line = STYLES[number]
        ax.plot(GRID, np.maximum(curve, FLOOR), line, color=colour, label=f"lost at {number}")
    ax.axvline(epsilon, color=page.CHOSEN, lw=3, alpha=0.5, zorder=0)
    ax.set(yscale="log", xlabel="epsilon", ylabel="distance of the two vectors")
    ax.legend(loc="lower right", fontsize=8, title="pair", title_fontsize=8)
    return draw.png(figure)


class Epsilon(page.Answering):
    """The explorer; ``show()`` displays it, ``errors`` holds the exceptions of answers."""

    _esm = page.module("epsilon.js")
    given = traitlets.Dict().tag(sync=True)

    def __init__(self, space: cells.CellSpace):
        self.space = space.take(space.n_vertices <= MOST_VERTICES)
        self.classes = len(np.unique(skeleton_codes(self.space)))
        self.curves = np.array([distances(epsilon) for epsilon in GRID])
        super().__init__(given=self._for_page())

    def _for_page(self) -> dict:
        pairs = [{"number": number, "cells": [for_drawing(cell) for cell in pair]}
                 for number, pair in PAIRS.items()]  # fmt: skip
        curves = [[float(f"{distance:.4g}") for distance in curve] for curve in self.curves.T]
        return {
            "slider": {"low": LOW, "high": HIGH, "step": STEP, "start": START},
            "grid": GRID.tolist(), "curves": curves, "pairs": pairs,
            "cells": len(self.space), "classes": self.classes, "vertices": MOST_VERTICES,
        }  # fmt: skip

    def answer(self, **question) -> dict:
        """How many classes this ``epsilon`` tells apart."""
        return for_page(count(self.space, round(float(question["epsilon"]), 2)))

    def still(self) -> bytes:
        """A PNG of the start, for pages without a kernel."""
        return picture(START, self.curves)

    def show(self, alt: str):
        """Display the explorer with ``alt`` below, as ``page.show`` does."""
        page.show(self.model_id, self.still, alt)
