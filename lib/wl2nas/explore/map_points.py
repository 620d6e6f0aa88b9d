"""The points of a map: one jupyter-scatter for each encoder, all of the same cells, kept alike.

Points are numbered as the rows that are shown; ``Points`` turns rows into points and back, so that
a map of a sample speaks of rows as well.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence

import jscatter
import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from matplotlib.colors import to_rgba

from wl2nas.explore import page
from wl2nas.explore.map_colours import Colouring, drawing_order, fills

HEIGHT, HEIGHT_BESIDE = 380, 280  # pixels, of one map, and of several side by side
NARROW = 0.6  # width to height, on a phone
MARGIN = 0.05  # of the width, on each side
MOST_MARKED = 20_000  # the page takes seconds to mark more
PAPERS = {False: "#ffffff", True: "#16181c"}  # light page, dark page; as --paper in parts.js
NOTHING = -1  # the point under a mouse that is elsewhere


class Points:
    """Scatters of the cells at ``rows``, one for each name in ``coordinates`` (M, 2).

    on_select is called with the rows that the reader chose, on_hover with the row under the mouse
    or None. Neither is called for what ``mark`` and ``point_at`` do.
    """

    def __init__(
        self,
        coordinates: Mapping[str, Float[np.ndarray, "M 2"]],
        colourings: Mapping[str, Colouring],
        rows: Int[np.ndarray, " M"],
        *,
        on_select: Callable[[list[int]], None],
        on_hover: Callable[[int | None], None],
    ):
        self.rows, self.colourings = rows, colourings
        self._on_select, self._on_hover, self._marking = on_select, on_hover, False
        columns = {
            name: pd.Categorical.from_codes(one.codes, one.labels, ordered=True)
            for name, one in colourings.items()
        }
        data = pd.DataFrame(columns)
        height = HEIGHT if len(coordinates) == 1 else HEIGHT_BESIDE
        self.scatters = [_scatter(xy, data, height) for xy in coordinates.values()]
        self._colour(next(iter(colourings)), dark=False)  # before they are widgets: sent once
        buttons = ["pan_zoom", "lasso", "full_screen", "reset"]
        self.widgets = [scatter.show(buttons) for scatter in self.scatters]
        for widget in self.widgets:
            widget.observe(self._selected, "selection")
            widget.observe(self._hovered, "hovering")

    def numbers(self, rows: Sequence[int] | Int[np.ndarray, " S"]) -> Int[np.ndarray, " P"]:
        """The points of these rows, as far as they are shown."""
        wanted = np.asarray(rows, np.int64)
        places = np.minimum(np.searchsorted(self.rows, wanted), len(self.rows) - 1)
        return places[self.rows[places] == wanted]

    def mark(self, rows: list[int]):
        """Mark these rows in every scatter, or the first of them if they are very many."""
        points = self.numbers(rows[:MOST_MARKED]).astype(np.uint32)
        size = 6 if len(rows) == 1 else 2
        self._set_options(pointSizeSelected=size, pointOutlineWidth=size)
        with self._quietly():
            for widget in self.widgets:
                widget.selection = points

    def show_only(self, rows: Int[np.ndarray, " S"] | None):
        """Hide all points but these; None shows all. Whoever calls marks anew what is chosen."""
        with self._quietly():
            for scatter, widget in zip(self.scatters, self.widgets, strict=True):
                scatter.filter(None if rows is None else self.numbers(rows))
                widget.selection = np.empty(0, np.uint32)  # the page forgot those that it hid

    def paint(self, name: str, *, dark: bool):
        """Colour the points by a column, for a light or a dark page."""
        if name != self.painted:  # otherwise every point is sent again
            self._colour(name, dark=dark)
        colours = [to_rgba(fill) for fill in fills(self.colourings[name], dark=dark)]
        for widget in self.widgets:
            # Not by the scatter's own background(), which shows axes and legend as well.
            widget.background_color = to_rgba(PAPERS[dark])
            widget.color = colours
            # The page ignores a single colour here: as many as there are colours.
            widget.color_selected = [page.CHOSEN] * len(colours)
            widget.color_hover = ["#ffffff" if dark else "#000000"] * len(colours)

    def _colour(self, name: str, *, dark: bool):
        self.painted, one = name, self.colourings[name]
        for scatter in self.scatters:
            scatter.order(by=drawing_order(one))  # before the points, which it would not reach
            scatter.color(by=name, map=fills(one, dark=dark), norm=None)

    def legend(self, name: str, *, dark: bool) -> list[dict]:
        """What each colour stands for, and how many points have it."""
        one = self.colourings[name]
        counts = np.bincount(one.codes, minlength=len(one.labels)).tolist()
        entries = zip(one.labels, fills(one, dark=dark), counts, strict=True)
        return [{"label": label, "fill": fill, "count": k} for label, fill, k in entries]

    def squeeze(self, narrow: bool):
        """Draw the points narrower than high, where all of them would else not be in view."""
        self._set_options(aspectRatio=NARROW if narrow else 1)

    def _set_options(self, **options):
        for widget in self.widgets:
            widget.regl_scatterplot_options = widget.regl_scatterplot_options | options

    def reset_view(self):
        """All points in view, and the mouse moves the map."""
        for widget in self.widgets:
            widget.mouse_mode = "panZoom"
            widget.reset_view()

    @contextlib.contextmanager
    def _quietly(self):
        """What changes now was not done by the reader."""
        before, self._marking = self._marking, True
        try:
            yield
        finally:
            self._marking = before

    def _selected(self, change):
        if not self._marking:
            self._on_select(np.sort(self.rows[change["new"]]).tolist())

    def _hovered(self, change):
        if self._marking:
            return
        point = NOTHING if change["new"] is None else change["new"]
        with self._quietly():
            for widget in self.widgets:
                if widget is not change["owner"]:
                    widget.hovering = point
        self._on_hover(None if point == NOTHING else int(self.rows[point]))


def _scatter(xy: Float[np.ndarray, "M 2"], data: pd.DataFrame, height: int) -> jscatter.Scatter:
    """All points in one look: as opaque and as large in the first view as in any later one."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    margin = MARGIN * np.where(high > low, high - low, 1)
    size = 4 if len(xy) < 10_000 else 3 if len(xy) < 100_000 else 2
    return jscatter.Scatter(
        data=data, x=xy[:, 0], x_scale=(low[0] - margin[0], high[0] + margin[0]),
        y=xy[:, 1], y_scale=(low[1] - margin[1], high[1] + margin[1]),
        height=height, axes=False, legend=False, reticle=False,
        size=size, size_scale_function="constant", opacity=0.8, opacity_unselected=1,
    )  # fmt: skip
