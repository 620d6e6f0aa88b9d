"""The map: every cell a point; the chosen one is drawn with its colours and its skeleton.

Choose a cell by clicking a point, by its row number, or with the lasso (the first cell of the
lasso is drawn, all of them are in ``selected``). ``describe`` is the whole of the arithmetic.
"""

import base64
from collections.abc import Callable
from typing import NamedTuple

import ipywidgets as widgets
import jscatter
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import display
from jaxtyping import Float, Int

from wl2nas import cells, draw, wl


class Description(NamedTuple):
    """What the panel says of one cell."""

    row: int
    colours: Int[np.ndarray, " n"]
    skeleton_colours: Int[np.ndarray, " n"]
    same_skeleton: Int[np.ndarray, " S"]


def describe(space: cells.CellSpace, skeleton_code: np.ndarray, row: int) -> Description:
    """Colours of a cell in both views, and the other rows whose skeleton has the same colours.

    On NAS-Bench-101 equal colours on A + A^T mean isomorphic skeletons. ValueError if there is no
    such row.
    """
    if not 0 <= row < len(space):
        raise ValueError(f"row must be 0..{len(space) - 1}; it is {row}")
    chosen = space[row]
    same = np.flatnonzero(skeleton_code == skeleton_code[row])
    return Description(
        row,
        wl.refine(chosen.adjacency, chosen.ops, direction="both")[-1],
        wl.refine(chosen.adjacency, chosen.ops, direction="undirected")[-1],
        same[same != row],
    )


def panel_picture(space: cells.CellSpace, description: Description) -> bytes:
    """A PNG: the cell, its direction-aware colours, its skeleton, and cells that share it."""
    chosen = space[description.row]
    figure, axes = plt.subplots(2, 2, figsize=(6.4, 4.2))
    draw.cell(chosen, ax=axes[0, 0]).set_title("the cell", fontsize=9)
    draw.cell(chosen, ax=axes[0, 1], colours=description.colours)
    axes[0, 1].set_title("its colours, direction kept", fontsize=9)
    draw.cell(chosen, ax=axes[1, 0], colours=description.skeleton_colours, directed=False)
    axes[1, 0].set_title("its skeleton and colours on A + A^T", fontsize=9)
    if len(description.same_skeleton):
        other = int(description.same_skeleton[0])
        draw.cell(space[other], ax=axes[1, 1])
        axes[1, 1].set_title(f"same skeleton: row {other}", fontsize=9)
    else:
        axes[1, 1].set_axis_off()
        axes[1, 1].set_title("no other cell has this skeleton", fontsize=9)
    return draw.png(figure)


def panel_text(space: cells.CellSpace, description: Description) -> str:
    """The same in one sentence, for screen readers and tests."""
    chosen, others = space[description.row], description.same_skeleton
    listed = ", ".join(str(row) for row in others[:6])
    shared = f"shares its skeleton with row {listed}" if len(others) else "shares it with none"
    return (
        f"Row {description.row}: {len(chosen)} vertices, {len(chosen.edges)} edges, "
        f"{' → '.join(chosen.names)}; {shared}."
    )


class Map:
    """The explorer over a space, two coordinates a cell, and named columns to colour by.

    ``selected`` holds the rows of the last selection. ``show()`` displays it.
    """

    def __init__(
        self,
        space: cells.CellSpace,
        coordinates: Float[np.ndarray, "N 2"],
        colourings: dict[str, np.ndarray],
        *,
        start: int = 0,
    ):
        for name, values in {"coordinates": coordinates, **colourings}.items():
            if len(values) != len(space):
                raise ValueError(f"{name} has {len(values)} rows for a space of {len(space)}")
        self.space, self.coordinates, self.start = space, coordinates, start
        self.colourings = colourings
        self.skeleton_code = wl.space_codes(space, direction="undirected", rounds=2)[-1]
        self.selected: list[int] = []
        self._build(start)
        self.choose(start)

    def _build(self, start: int):
        frame = pd.DataFrame(self.coordinates, columns=["x", "y"]).assign(**self.colourings)
        first = next(iter(self.colourings))
        self.scatter = jscatter.Scatter(data=frame, x="x", y="y", color_by=first, height=420)
        self.scatter.axes(grid=False)
        self.scatter.legend(True)
        # Typing a number and pressing Enter works without a mouse; so do the buttons.
        self.row = widgets.BoundedIntText(start, 0, len(self.space) - 1, description="Row")
        self.other = widgets.Button(description="Next with this skeleton")
        self.reset = widgets.Button(description="Reset")
        self.colour = widgets.Dropdown(options=list(self.colourings), description="Colour by")
        self.picture = widgets.Image(format="png", layout={"max_width": "100%"})
        self.text = widgets.HTML()
        self.row.observe(self._guarded(lambda change: self.choose(change["new"])), "value")
        self.colour.observe(self._guarded(self._recolour), "value")
        self.scatter.widget.observe(self._guarded(self._on_selection), "selection")
        self.other.on_click(self._guarded(lambda _: self._next()))
        self.reset.on_click(self._guarded(lambda _: self._reset()))
        controls = widgets.HBox([self.row, self.other, self.reset, self.colour])
        controls.layout.flex_flow = "row wrap"
        panel = widgets.VBox([self.text, self.picture])
        self.box = widgets.VBox([controls, self.scatter.show(), panel])

    def _guarded(self, callback: Callable) -> Callable:
        """Show an exception to the reader instead of losing it in the kernel's log."""

        def run(argument):
            try:
                callback(argument)
            except Exception as error:
                self.text.value = f"<b>Error: {type(error).__name__}: {error}</b>"
                raise

        return run

    def choose(self, row: int):
        """Draw this row in the panel and mark it on the map."""
        description = describe(self.space, self.skeleton_code, row)
        self.text.value = panel_text(self.space, description)
        self.picture.value = panel_picture(self.space, description)
        if self.row.value != row:
            self.row.value = row
        if row not in self.selected:
            self.selected = [row]
            self.scatter.selection([row])

    def _on_selection(self, change):
        self.selected = [int(row) for row in change["new"]]
        if self.selected:
            self.choose(self.selected[0])

    def _recolour(self, change):
        self.scatter.color(by=change["new"])

    def _next(self):
        others = describe(self.space, self.skeleton_code, self.row.value).same_skeleton
        if len(others):
            later = others[others > self.row.value]
            self.choose(int(later[0] if len(later) else others[0]))

    def _reset(self):
        self.colour.value = next(iter(self.colourings))
        self.choose(self.start)
        self.scatter.widget.reset_view() if hasattr(self.scatter.widget, "reset_view") else None

    def still(self) -> bytes:
        """A PNG of map and panel, for pages without a kernel."""
        figure, axes = plt.subplots(1, 2, figsize=(7.2, 3.4), width_ratios=[1.2, 1])
        name, values = next(iter(self.colourings.items()))
        draw.density_map(self.coordinates, values=values, label=f"{name} (mean)", ax=axes[0])
        axes[0].plot(*self.coordinates[self.start], "o", mfc="none", mec="#D55E00", ms=14, mew=2)
        draw.cell(self.space[self.start], ax=axes[1])
        axes[1].set_title(f"the circled cell: row {self.start}", fontsize=9)
        return draw.png(figure)

    def show(self, alt: str):
        """Display the explorer: a live widget with a kernel, a picture without one."""
        data = {
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2, "version_minor": 0, "model_id": self.box.model_id,
            },
            "image/png": base64.b64encode(self.still()).decode(),
            "text/plain": "<explorer>",
        }  # fmt: skip
        display(data, raw=True, metadata={"image/png": {"alt": alt}})
        print(alt)
