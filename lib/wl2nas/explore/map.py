"""The map: every cell a point; the chosen one is drawn with its colours and its skeleton.

Choose a cell by clicking a point, by its row number, with "next with this skeleton", or with the
lasso: all its cells are then in ``selected``, and the first of them is drawn. ``describe`` is the
whole of the arithmetic; the widgets only call it and show what it says.
"""

from typing import NamedTuple

import ipywidgets as widgets
import jscatter
import numpy as np
import pandas as pd
from jaxtyping import Int
from matplotlib import colormaps
from matplotlib.figure import Figure

from wl2nas import _require, cells, draw, wl
from wl2nas.explore import page
from wl2nas.explore.members import skeleton_codes


class Description(NamedTuple):
    """What the panel says of one cell."""

    row: int
    colours: Int[np.ndarray, " n"]
    skeleton_colours: Int[np.ndarray, " n"]
    same_skeleton: Int[np.ndarray, " S"]


def describe(
    space: cells.CellSpace, skeleton_code: np.ndarray, row: int | np.integer
) -> Description:
    """Colours of a cell in both views, and the other rows whose skeleton has the same colours.

    On NAS-Bench-101 equal colours on A + A^T mean isomorphic skeletons. ValueError if there is no
    such row.
    """
    if not 0 <= row < len(space):
        raise ValueError(f"row must be 0..{len(space) - 1}; it is {row}")
    chosen = space[row]
    same = np.flatnonzero(skeleton_code == skeleton_code[row])
    return Description(
        int(row),
        wl.refine(chosen.adjacency, chosen.ops, direction="both")[-1],
        wl.refine(chosen.adjacency, chosen.ops, direction="undirected")[-1],
        same[same != row],
    )


def panel_text(space: cells.CellSpace, description: Description) -> str:
    """The panel in words: what the picture shows, for screen readers and tests."""
    chosen, others = space[description.row], description.same_skeleton
    edges = ", ".join(f"{i}→{j}" for i, j in chosen.edges)
    colours = [len(np.unique(c)) for c in (description.colours, description.skeleton_colours)]
    listed = ", ".join(str(row) for row in others[:6]) + (", …" if len(others) > 6 else "")
    plural = "row" if len(others) == 1 else "rows"
    same = f"{len(others)} ({plural} {listed})" if len(others) else "none on this map"
    return (
        f"Row {description.row}: {len(chosen)} vertices ({', '.join(chosen.names)}), "
        f"{len(chosen.edges)} edges ({edges}). Colours: {colours[0]} with direction kept, "
        f"{colours[1]} on A + A^T. Same-skeleton cells: {same}."
    )


def draw_panel(figure, space: cells.CellSpace, description: Description):
    """The cell, its direction-aware colours, its skeleton, and a cell that shares it."""
    chosen, axes = space[description.row], figure.subplots(2, 2)
    draw.cell(chosen, ax=axes[0, 0])
    draw.cell(chosen, ax=axes[0, 1], colours=description.colours)
    draw.cell(chosen, ax=axes[1, 0], colours=description.skeleton_colours, directed=False)
    titles = [f"the cell, row {description.row}", "its colours, direction kept",
              "its skeleton, colours on A + A^T", "no other cell has this skeleton"]  # fmt: skip
    if len(description.same_skeleton):
        other = int(description.same_skeleton[0])
        draw.cell(space[other], ax=axes[1, 1])
        titles[3] = f"same-skeleton cell, row {other}"
    for ax, title in zip(axes.flat, titles, strict=True):
        ax.set_axis_off()
        ax.set_title(title, fontsize=10)


def panel_picture(space: cells.CellSpace, description: Description) -> bytes:
    """The panel as a PNG. No pyplot: the notebook's current figure stays what it was."""
    figure = Figure(figsize=(6.4, 4.4), dpi=110, layout="constrained")
    draw_panel(figure, space, description)
    return draw.png(figure)


def colour_column(values: np.ndarray) -> tuple[pd.Series, list]:
    """A column for the map and its colours, dark to light: few whole numbers get one each."""
    column, steps = pd.Series(values), 256
    if values.dtype.kind in "biu" and column.nunique() <= 12:
        distinct, codes = np.unique(values, return_inverse=True)
        names, steps = [str(value) for value in distinct], len(distinct)
        column = pd.Series(pd.Categorical.from_codes(codes, names, ordered=True))
    # Without the lightest part, which would not stand out from a white page.
    return column, colormaps["cividis"](np.linspace(0, 0.85, steps)).tolist()


class Map:
    """The explorer over a space, two coordinates a cell (N, 2), and named columns to colour by.

    ``show()`` displays it. ``chosen`` is the row in the panel, ``selected`` all rows of the last
    selection, ``errors`` the exceptions of callbacks, which the panel shows to the reader.
    """

    def __init__(
        self,
        space: cells.CellSpace,
        coordinates,
        colourings: dict,
        *,
        start: int = 0,
    ):
        if not isinstance(colourings, dict) or not colourings:
            raise ValueError("colourings is empty; give at least one column to colour by, by name")
        self.coordinates = _require.finite("coordinates", coordinates, shape=(len(space), 2))
        self.colourings = {name: np.asarray(values) for name, values in colourings.items()}
        for name, values in colourings.items():
            _require.finite(name, values, shape=(len(space),))
        self.space = space
        self.start = start = _require.whole("start", start, at_least=0, at_most=len(space) - 1)
        self.skeleton_code = skeleton_codes(space)
        self.chosen, self.selected = start, [start]
        panel = self.panel = page.Panel()
        self.text, self.picture, self.errors = panel.text, panel.picture, panel.errors
        self._build()
        self._recolour(self.colour.value)
        self.choose(start)

    def _build(self):
        columns = {name: colour_column(values) for name, values in self.colourings.items()}
        self._colours = {name: colours for name, (_, colours) in columns.items()}
        (x, y), margin = self.coordinates.T, 0.08 * np.ptp(self.coordinates, axis=0)
        self.scatter = jscatter.Scatter(
            data=pd.DataFrame({name: column for name, (column, _) in columns.items()}),
            x=x, x_scale=(x.min() - margin[0], x.max() + margin[0]),
            y=y, y_scale=(y.min() - margin[1], y.max() + margin[1]),
            axes_labels=["first principal component", "second principal component"],
            height=340, legend=True,
        )  # fmt: skip
        self.map = self.scatter.show(["pan_zoom", "lasso", "full_screen"])
        last, wide = len(self.space) - 1, {"description_width": "initial"}
        self.row = widgets.BoundedIntText(0, 0, last, description=f"Row, 0 to {last}", style=wide)
        self.next = widgets.Button(description="Next with this skeleton")
        self.reset = widgets.Button(description="Reset")
        # Not a Dropdown: JupyterLab takes the arrow keys away from one.
        self.colour = widgets.ToggleButtons(options=list(columns), style={"button_width": "auto"})
        guarded = self.panel.guarded
        self.row.observe(guarded(self._on_row), "value")
        self.map.observe(guarded(self._on_selection), "selection")
        self.colour.observe(guarded(lambda change: self._recolour(change["new"])), "value")
        self.next.on_click(guarded(lambda _: self.choose(self._next())))
        self.reset.on_click(guarded(lambda _: self._reset()))
        self._lay_out()

    def _lay_out(self):
        """Controls above, map and panel side by side; one below the other on a narrow page."""
        panel, wrap = widgets.VBox([self.text, self.picture]), {"flex_flow": "row wrap"}
        for part, width in ((self.row, "16em"), (self.reset, "6em")):
            part.layout.width = width
        self.next.layout.width = self.colour.layout.width = "max-content"
        for part in (self.map, panel):
            part.layout.flex, part.layout.min_width, part.layout.margin = "1 1 22em", "0", "0 8px"
        controls = [self.row, self.next, self.reset, widgets.Label("Colour by"), self.colour]
        rows = [widgets.HBox(parts, layout=wrap) for parts in (controls, [self.map, panel])]
        self.box = widgets.VBox(rows)

    def choose(self, row: int | np.integer, selected: list[int] | None = None):
        """Draw this row in the panel and mark it on the map, alone or as one of ``selected``."""
        description = describe(self.space, self.skeleton_code, row)
        words = panel_text(self.space, description)
        picture = panel_picture(self.space, description)
        # Set before the widgets are, whose observers then find nothing left to do.
        self.chosen, self.selected = description.row, selected or [description.row]
        if len(self.selected) > 1:
            words = f"{len(self.selected)} cells selected; the first of them is drawn. {words}"
        self.panel.show(words, picture, f"Row {row}, drawn as the text says")
        self.next.disabled = len(description.same_skeleton) == 0
        self.row.value = self.chosen
        self.scatter.selection(self.selected)
        size = 4 if len(self.selected) == 1 else 1
        self.map.regl_scatterplot_options = {"pointSizeSelected": size, "pointOutlineWidth": size}

    def _on_row(self, change):
        if change["new"] != self.chosen:
            self.choose(change["new"])

    def _on_selection(self, change):
        # Deselecting everything leaves the chosen cell marked.
        rows = sorted(int(row) for row in change["new"]) or [self.chosen]
        if rows != self.selected or len(change["new"]) == 0:
            self.choose(rows[0], rows)

    def _recolour(self, name: str):
        # A new norm, because jscatter would keep the range of the column before; and as many
        # colours for chosen points as there are colours, because the page ignores a single one.
        colours = self._colours[name]
        self.scatter.color(by=name, map=colours, norm=None, labeling={"variable": name})
        self.map.color_selected = [page.CHOSEN] * len(colours)
        self.map.color_hover = ["#000000"] * len(colours)

    def _next(self) -> int:
        """The next row with the chosen skeleton; the first one after the last."""
        others = describe(self.space, self.skeleton_code, self.chosen).same_skeleton
        return int(others[int(np.searchsorted(others, self.chosen)) % len(others)])

    def _reset(self):
        self.colour.index = 0
        self.choose(self.start)
        self.map.mouse_mode = "panZoom"
        self.map.reset_view()

    def still(self) -> bytes:
        """A PNG of map and panel, for pages without a kernel."""
        figure = Figure(figsize=(7.2, 7.0), dpi=110, layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=[0.8, 1])
        ax, (name, values) = above.subplots(), next(iter(self.colourings.items()))
        draw.density_map(
            self.coordinates, values=values, label=f"{name} (mean)", ax=ax, gridsize=50
        )
        ax.plot(*self.coordinates[self.start], "o", mfc="none", mec=page.CHOSEN, ms=14, mew=2)
        draw_panel(below, self.space, describe(self.space, self.skeleton_code, self.start))
        return draw.png(figure)

    def show(self, alt: str):
        """Display the explorer and print ``alt``, as ``page.show`` does."""
        page.show(self.box.model_id, self.still, alt)
