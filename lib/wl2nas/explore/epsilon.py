"""What epsilon a layer needs: a slider, four pairs of cells, and a count of classes.

``describe`` is the whole of the arithmetic; the widgets only show what it says. The curves are the
distances between the vectors of four pairs, each of which a network on the skeleton merges at one
number; the count is of all cells of up to six vertices.
"""

from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from wl2nas import cells, draw, graphs
from wl2nas.explore import page
from wl2nas.explore.members import skeleton_codes
from wl2nas.features import distinct, random_networks

LOW, HIGH, STEP, START = -3.0, 2.0, 0.05, 0.1
GRID = np.arange(-300, 201) / 100  # its whole numbers are exact
FLOOR = 1e-16  # distances below are drawn there
STYLES = {-2: ("#000000", ":"), -1: ("#D55E00", "--"), 0: ("#0072B2", "-"), 1: ("#009E73", "-.")}


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


class Description(NamedTuple):
    """An epsilon, the groups of equal vectors in a space, and the distances of the pairs."""

    epsilon: float
    groups: distinct.Groups
    distances: Float[np.ndarray, " P"]


def describe(space: cells.CellSpace, epsilon: float | int) -> Description:
    """What a network with random weights and this epsilon tells apart on the skeletons."""
    labels = len(space.rules.operations)
    groups = random_networks.classes(space, direction="undirected", epsilon=epsilon, labels=labels)
    return Description(float(epsilon), groups, distances(epsilon))


def panel_text(d: Description, classes: int) -> str:
    """The panel in words; ``classes`` are those of colour refinement."""
    lost = classes - d.groups.distinct
    say = [
        f"Epsilon {d.epsilon:g}: {d.groups.distinct:,} of {classes:,} classes,",
        f"{lost:,} lost." if lost else "none lost.",
    ]
    if d.groups.ambiguous:
        say.append(
            f"{d.groups.ambiguous:,} pairs of vectors are in doubt: the count does not hold."
        )
    for (number, pair), distance in zip(PAIRS.items(), d.distances, strict=True):
        far = f"{distance:.2g}" if distance > 1e-13 else "rounding"
        say.append(f"Pair lost at {number}, of {len(pair[0])} vertices: {far}.")
    return " ".join(say)


def panel_picture(epsilon: float, curves: Float[np.ndarray, "G P"]) -> bytes:
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


class Epsilon:
    """The explorer; ``show()`` displays it, ``errors`` holds the exceptions of callbacks."""

    def __init__(self, space: cells.CellSpace):
        self.space = space.take(space.n_vertices <= 6)
        self.classes = len(np.unique(skeleton_codes(self.space)))
        self.curves = np.array([distances(epsilon) for epsilon in GRID])
        panel = self.panel = page.Panel()
        self.text, self.picture, self.errors = panel.text, panel.picture, panel.errors
        self.slider = widgets.FloatSlider(START, min=LOW, max=HIGH, step=STEP, readout_format=".2f",
                                          description="epsilon", continuous_update=False,
                                          layout={"width": "28em", "max_width": "95%"})  # fmt: skip
        self.reset = widgets.Button(description="Reset", layout={"width": "max-content"})
        self.slider.observe(panel.guarded(lambda change: self.choose(change["new"])), "value")
        self.reset.on_click(panel.guarded(self._on_reset))
        controls = widgets.HBox([self.slider, self.reset], layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([controls, self.text, self.picture])
        self.choose(START)

    def choose(self, epsilon: float | int):
        """Show what this epsilon tells apart."""
        self.shown = describe(self.space, round(float(epsilon), 2))
        picture = panel_picture(self.shown.epsilon, self.curves)
        words = panel_text(self.shown, self.classes)
        self.panel.show(words, picture, "Four curves of distance against epsilon, as the text says")

    def _on_reset(self, _):
        if self.slider.value == START:
            self.choose(START)
        self.slider.value = START

    def still(self) -> bytes:
        """A PNG of the start, for pages without a kernel."""
        return panel_picture(START, self.curves)

    def show(self, alt: str):
        """Display the explorer and print ``alt``, as ``page.show`` does."""
        page.show(self.box.model_id, self.still, alt)
