"""The map: every cell a point; the chosen one is drawn beside it, selected ones are summed up.

Choose a cell by clicking a point, by its row number, or with "next with this skeleton"; select many
with the lasso or by a rule: all their rows are then in ``selected``, and the first one is drawn.
Two encoders stand side by side, and what is chosen in one is marked in the other.

``map_points`` holds the points, ``map_page`` the parts of the page; what is said of a cell is in
``map_cell``, of many in ``map_summary``; ``map_rules`` reads a rule.
"""

from collections.abc import Callable, Mapping

import numpy as np

from wl2nas import _require, cells
from wl2nas.explore import map_cell, map_given, map_rules, map_summary, page
from wl2nas.explore.map_colours import colouring
from wl2nas.explore.map_page import Controls, Panel, Refused, Summary, laid_out, least_width
from wl2nas.explore.map_points import Points
from wl2nas.explore.map_still import still
from wl2nas.explore.members import ClassIndex

AXES = ("first principal component", "second principal component")


class Map:
    """The explorer over a space, coordinates (N, 2), and named columns (N,) to colour by.

    coordinates: of one encoder, or a dict of several by name, which are shown side by side.
    values: more columns, NaN where a cell has none; the first is summed up as a histogram.
    start: the row that is chosen at first.
    sample: show only so many cells, drawn at random, for a small machine; ``start`` is among them.
    axes: what lies to the right, and what upwards.

    ``show()`` displays it. ``chosen`` is the row in the panel, ``selected`` all rows of the last
    selection, ``errors`` the exceptions of callbacks, which the page shows to the reader.
    """

    def __init__(
        self,
        space: cells.CellSpace,
        coordinates,
        colourings: Mapping,
        *,
        values: Mapping | None = None,
        start: int = 0,
        sample: int | None = None,
        axes: tuple[str, str] = AXES,
    ):
        n = len(space)
        self.space, self.axes = space, axes
        self.errors: list[Exception] = []
        self.start = _require.whole("start", start, at_least=0, at_most=n - 1)
        self.coordinates = map_given.by_encoder(coordinates, n)
        self.colourings = map_given.colourings(colourings, n)
        self.values = map_given.values(values or {}, n)
        self.columns = map_given.rule_columns(space, self.values | self.colourings)
        self.index = ClassIndex(space)
        self.ingredients = map_summary.Ingredients(space)
        self.rows = map_given.sample_rows(n, sample, self.start)
        self._build()
        self.reset()

    def _build(self):
        coloured = self.colourings | self.values
        self.points = Points(
            {name: xy[self.rows] for name, xy in self.coordinates.items()},
            {name: colouring(column[self.rows]) for name, column in coloured.items()},
            self.rows,
            on_select=lambda rows: self._guarded(self._on_select, rows),
            on_hover=lambda row: self._guarded(self._on_hover, row),
        )
        answers: dict[str, Callable] = {
            "choose": self.choose, "next": self.next, "colour": self.colour_by, "rule": self.follow,
            "between": self.show_between, "histogram": self.sum_up_by, "reset": self.reset,
        }  # fmt: skip
        self.controls = Controls(answers, self.errors, choices=self._choices(list(coloured)))
        self.controls.observe(lambda _: self._guarded(self._paint), "dark")
        self.controls.observe(lambda _: self._guarded(self._squeeze), "narrow")
        self.panel = Panel(scatters=[scatter.model_id for scatter in self.points.widgets])
        columns = list(self.values | self.colourings)
        self.summary = Summary(answers, self.errors, columns=columns)
        scatters = dict(zip(self.coordinates, self.points.widgets, strict=True))
        self.box = laid_out(self.controls, scatters, self.panel, self.summary, self.axes)

    def _choices(self, coloured: list[str]) -> dict:
        n, m = len(self.space), len(self.rows)
        ends = {name: [float(np.nanmin(column)), float(np.nanmax(column))]
                for name, column in self.columns.items()}  # fmt: skip
        whole = {name: bool((column[~np.isnan(column)] % 1 == 0).all())
                 for name, column in self.columns.items()}  # fmt: skip
        return {
            "last": n - 1, "colours": coloured, "ends": ends, "whole": whole,
            "least": least_width(self.points.widgets),
            "points": f"{n:,} cells" if m == n else f"a sample of {m:,} of the {n:,} cells",
        }  # fmt: skip

    # --- what the reader does -------------------------------------------------------------------

    def choose(self, row: int | np.integer, selected: list[int] | None = None):
        """Draw this row in the panel and mark it on the map, alone or as one of ``selected``."""
        self.description = map_cell.describe(self.index, row)
        self.chosen = self.description.row
        self.selected = selected or [self.chosen]
        self.panel.cell = map_cell.for_page(self.space, self.description, self.values)
        self._sum_up()
        self._tell(row=self.chosen, alone=len(self.description.same_skeleton) == 0)
        self._mark()

    def next(self):
        """Choose the next row with the chosen skeleton; the first one after the last."""
        self.choose(map_cell.next_sharing(self.description))

    def follow(self, rule: str):
        """Select all cells that obey a rule, on the map or not; Refused says what is wrong."""
        try:
            rows = np.flatnonzero(map_rules.obeying(rule, self.columns)).tolist()
        except map_rules.RuleError as error:
            raise Refused(str(error)) from error
        if not rows:
            raise Refused("no cell obeys this rule")
        self.choose(rows[0], rows)

    def show_between(self, name: str, low: float | int, high: float | int):
        """Show only the points whose value in this column lies between the two, both included."""
        column = self.columns[name]
        within = (column >= low) & (column <= high)
        shown = within[self.rows].sum()
        if shown == 0:
            raise Refused(f"no cell on the map has {name} from {low:,.6g} to {high:,.6g}")
        everything = low <= np.nanmin(column) and high >= np.nanmax(column)
        self.points.show_only(None if everything else np.flatnonzero(within))
        words = "" if everything else f"{shown:,} of {len(self.rows):,} points are shown"
        self._tell(between=[name, low, high], shown=words)
        self._mark()

    def colour_by(self, name: str):
        """Colour the points by another column."""
        self.colour = name
        self._paint()

    def sum_up_by(self, name: str):
        """Show another column of the selected cells as a histogram."""
        self.summed = name
        self._sum_up()

    def reset(self):
        """Everything as at the start: colours, all points, the view, and the chosen cell."""
        self.colour = next(iter(self.colourings))
        self.summed = next(iter(self.values | self.colourings))
        self._tell(between=None, shown="", resets=self.controls.state.get("resets", 0) + 1)
        self.points.show_only(None)
        self._paint()
        self.points.reset_view()
        self.panel.alert = ""
        self.choose(self.start)

    def _on_select(self, rows: list[int]):
        if rows != self.selected:
            rows = rows or [self.chosen]  # deselecting everything leaves the chosen cell marked
            self.choose(rows[0], rows)

    def _on_hover(self, row: int | None):
        self.panel.hovered = None if row is None else map_cell.drawing(self.space, row)

    def _guarded(self, action, *given):
        """Do what came from a scatter; an exception is shown to the reader and recorded."""
        try:
            action(*given)
        except Exception as error:
            self.errors.append(error)
            self.panel.alert = f"This did not work. {type(error).__name__}: {error}"
        self.panel.answered += 1

    # --- what the page is told ------------------------------------------------------------------

    def _tell(self, **news):
        self.controls.state = self.controls.state | news

    def _mark(self):
        self.points.mark(self.selected)
        self.panel.answered += 1

    def _paint(self):
        dark = self.controls.dark
        self.points.paint(self.colour, dark=dark)
        self._tell(colour=self.colour, legend=self.points.legend(self.colour, dark=dark))

    def _squeeze(self):
        self.points.squeeze(self.controls.narrow)

    def _sum_up(self):
        self.panel.many = len(self.selected)
        if len(self.selected) == 1:
            self.summary.summary = None
            return
        rows, column = np.array(self.selected), (self.values | self.colourings)[self.summed]
        self.summary.summary = map_summary.for_page(
            map_summary.histogram(column, rows), self.summed,
            self.ingredients.standing_out(rows), len(rows),
        )  # fmt: skip

    def still(self) -> bytes:
        """A PNG of map and panel, for pages without a kernel."""
        description = map_cell.describe(self.index, self.start)
        coloured = next(iter(self.colourings.items()))
        return still(self.space, self.coordinates, coloured, self.axes, description)

    def show(self, alt: str):
        """Display the explorer with ``alt`` below, as ``page.show`` does."""
        page.show(self.box.model_id, self.still, alt)
