"""The classes of same-skeleton cells: step from class to class, all members side by side.

Choose how many cells a class shall have, and its number; or type the row of a cell. That cell
stands first; the others carry its vertex numbers, and every edge that they turn round is marked.
``members.describe`` is the whole of the arithmetic; the widgets only show what it says.
"""

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure

from wl2nas import _require, cells, draw
from wl2nas.explore import page
from wl2nas.explore.members import Description, classes_by_size, describe, skeleton_codes


def panel_text(space: cells.CellSpace, d: Description, values: dict) -> str:
    """The panel in words: what the picture shows, for screen readers and tests."""
    first, (row, *others) = space[d.rows[0]], d.rows
    say = [
        f"Rows {_listed(d.rows)} have one skeleton:" if others else
        f"Row {row} is alone with its skeleton:",
        f"{len(first)} vertices ({', '.join(first.names)}), {len(first.edges)} edges.",
        f"Ways to direct the edges of the skeleton: {d.ways}.",
        f"Longest path from input to output: {_listed(d.longest)} edges.",
    ]  # fmt: skip
    for name, column in values.items():
        say.append(f"{name}: {_listed([f'{column[member]:.4g}' for member in d.rows])}.")
    for other, edges in zip(others, d.turned[1:], strict=True):
        say.append(f"Row {other} turns {', '.join(f'{j}→{i}' for i, j in edges)} round.")
    if others:
        say.append(f"Vertices are numbered as in row {row}.")
    return " ".join(say)


def _listed(items: list) -> str:
    """a; a and b; a, b and c."""
    *before, last = map(str, items)
    return f"{', '.join(before)} and {last}" if before else last


def panel_picture(space: cells.CellSpace, d: Description) -> bytes:
    """The coloured skeleton and all members as a PNG. No pyplot: a figure of the notebook stays."""
    height = 1 if len(d.rows) <= 3 else 2
    width = -(-(len(d.rows) + 1) // height)
    figure = Figure(figsize=(2.8 * width, 2.2 * height), dpi=110, layout="constrained")
    axes = figure.subplots(height, width, squeeze=False).ravel()
    for ax in axes:
        ax.set_axis_off()
    draw.cell(space[d.rows[0]], ax=axes[0], colours=d.colours, directed=False)
    axes[0].set_title("skeleton, colours on A + A^T", fontsize=9)
    for ax, row, numbers, turned in zip(axes[1:], d.rows, d.numbers, d.turned, strict=False):
        _draw_member(ax, space[row], numbers, turned)
        ax.set_title(f"row {row}", fontsize=9)
    return draw.png(figure)


def _draw_member(ax, member: cells.Cell, numbers, turned):
    draw.cell(member, ax=ax, numbers=False)
    place = dict(zip(numbers.tolist(), draw.cell_layout(member.adjacency), strict=True))
    paper = {"fc": "white", "ec": "none", "pad": 0.4}  # keeps the number off the edges
    for number, position in place.items():
        ax.annotate(str(number), position, (0, -16), textcoords="offset points", ha="center",
                    va="top", fontsize=8, zorder=5, bbox=paper)  # fmt: skip
    for i, j in turned:  # thicker too, for those who see no colour
        style = {"color": page.CHOSEN, "lw": 3, "shrinkA": 11, "shrinkB": 11}
        ax.annotate("", place[j], place[i], arrowprops={"arrowstyle": "-|>", **style})


class Classes:
    """The explorer over a space; ``values`` holds named columns to read out too, as accuracies.

    ``show()`` displays it. ``rows`` is the class in the panel, the chosen cell first; ``errors``
    the exceptions of callbacks, which the panel shows to the reader.
    """

    def __init__(self, space: cells.CellSpace, *, values: dict | None = None, start: int = 0):
        self.values = {
            name: _require.array(name, column, shape=(len(space),))
            for name, column in (values or {}).items()
        }
        start = _require.whole("start", start, at_least=0, at_most=len(space) - 1)
        self.space, self.start = space, start
        code = skeleton_codes(space)
        self.tables = classes_by_size(code)
        self._place = np.empty((len(space), 2), np.int64)  # of every row: class size and number
        for size, table in self.tables.items():
            self._place[table, 0], self._place[table, 1] = size, np.arange(len(table))[:, None]
        panel = self.panel = page.Panel()
        self.text, self.picture, self.errors = panel.text, panel.picture, panel.errors
        self._build()
        self.choose(start)

    def _build(self):
        wide, guarded = {"description_width": "initial"}, self.panel.guarded
        self.size = widgets.ToggleButtons(options=list(self.tables), style={"button_width": "3em"})
        self.number = widgets.BoundedIntText(style=wide, layout={"width": "15em"})
        self.row = widgets.BoundedIntText(max=len(self.space) - 1, style=wide,
                                          layout={"width": "15em"})  # fmt: skip
        self.row.description = f"Row, 0 to {self.row.max}"
        self.previous, self.next, self.reset = (
            widgets.Button(description=name, layout={"width": "max-content"})
            for name in ("Previous", "Next", "Reset")
        )
        self.size.observe(guarded(self._on_size), "value")
        self.number.observe(guarded(self._on_number), "value")
        self.row.observe(guarded(self._on_row), "value")
        self.previous.on_click(guarded(lambda _: self._step(-1)))
        self.next.on_click(guarded(lambda _: self._step(1)))
        self.reset.on_click(guarded(lambda _: self.choose(self.start)))
        label = widgets.Label("Cells with this skeleton")
        controls = [label, self.size, self.number, self.previous, self.next, self.row, self.reset]
        wrapped = widgets.HBox(controls, layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([wrapped, self.text, self.picture])

    def _describe(self, row: int | np.integer) -> Description:
        size, number = self._place[row]
        others = self.tables[size][number].tolist()
        others.remove(row)
        return describe(self.space, [int(row), *others])

    def choose(self, row: int | np.integer):
        """Show the class of this cell, the cell itself first."""
        description = self._describe(row)
        words = panel_text(self.space, description, self.values)
        picture = panel_picture(self.space, description)
        # Set before the widgets are, whose observers then find nothing left to do.
        self.rows = description.rows
        size, number = self._place[self.rows[0]].tolist()
        self.panel.show(words, picture, "The skeleton and the cells, drawn as the text says")
        self.size.value, self.row.value = size, self.rows[0]
        last = len(self.tables[size]) - 1
        with self.number.hold_trait_notifications():
            self.number.max, self.number.value = last, number
            self.number.description = f"Class, 0 to {last}"

    def _on_size(self, change):
        if change["new"] != self._place[self.rows[0], 0]:
            self.choose(self.tables[change["new"]][0, 0])

    def _on_number(self, change):
        size, number = self._place[self.rows[0]].tolist()
        if change["new"] != number:
            self.choose(self.tables[size][change["new"], 0])

    def _on_row(self, change):
        if change["new"] != self.rows[0]:
            self.choose(change["new"])

    def _step(self, by: int):
        """The class after or before; from the last one to the first, and back."""
        size, number = self._place[self.rows[0]].tolist()
        table = self.tables[size]
        self.choose(table[(number + by) % len(table), 0])

    def still(self) -> bytes:
        """A PNG of the class at the start, for pages without a kernel."""
        return panel_picture(self.space, self._describe(self.start))

    def show(self, alt: str):
        """Display the explorer and print ``alt``, as ``page.show`` does."""
        page.show(self.box.model_id, self.still, alt)
