"""The classes of same-skeleton cells: step from class to class, all members side by side.

Choose how many cells a class shall have, and its number; or type the row of a cell. That cell
stands first; the others carry its vertex numbers, and every edge that they turn round is marked.
Drawing lives in ``static/classes.js``. It asks for ``{size, number}`` or ``{row}``, and is answered
by ``for_page``; a plain page without a kernel, ``static/classes.html``, by a ``sample``.
"""

from collections.abc import Mapping

import numpy as np
import traitlets
from jaxtyping import Shaped

from wl2nas import _require, cells
from wl2nas.explore import page
from wl2nas.explore.classes_still import still
from wl2nas.explore.members import ClassIndex, Description, for_drawing


def panel_text(space: cells.CellSpace, d: Description, values: Mapping) -> str:
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


def for_page(index: ClassIndex, row: int | np.integer, values: Mapping) -> dict:
    """All that the page shows of the class of a row, that cell first; values as text."""
    description, (size, number) = index.describe(row), index.place(row)
    named = {
        name: [f"{column[member]:.4g}" for member in description.rows]
        for name, column in values.items()
    }
    return {
        "size": size, "number": number, "rows": description.rows,
        "cells": [for_drawing(index.space[member]) for member in description.rows],
        "numbers": [numbers.tolist() for numbers in description.numbers],
        "turned": [[list(edge) for edge in edges] for edges in description.turned],
        "colours": description.colours.tolist(), "longest": description.longest,
        "values": named, "words": panel_text(index.space, description, values),
    }  # fmt: skip


def sample(
    space: cells.CellSpace,
    *,
    values: Mapping | None = None,
    number: int = 12,
    seed: int = 0,
    start: int = 0,
) -> dict:
    """What ``static/classes.html`` reads from ``classes.json``: so many classes of every size.

    They are drawn at random, without replacement, and the class of ``start`` is among them. Every
    row in them is described; all is numbers, lists and text, ready for ``json.dumps``.
    """
    number = _require.whole("number", number, at_least=1)
    start = _require.whole("start", start, at_least=0, at_most=len(space) - 1)
    index, columns, rng = ClassIndex(space), _columns(space, values), np.random.default_rng(seed)
    tables: dict[int, list[list[int]]] = {}
    described: dict[int, dict] = {}
    for size, table in index.tables.items():
        chosen = rng.choice(len(table), min(number, len(table)), replace=False)
        home, place = index.place(start)
        if size == home and place not in chosen:
            chosen[0] = place
        tables[size] = table[np.sort(chosen)].tolist()
        for k, rows in enumerate(tables[size]):
            described |= {row: for_page(index, row, columns) | {"number": k} for row in rows}
    shown, whole = (sum(map(len, found.values())) for found in (tables, index.tables))
    given = {
        "sizes": {size: len(table) for size, table in tables.items()},
        "last": len(space) - 1, "start": start,
        "about": f"A sample: {shown:,} of the {whole:,} classes.",
    }  # fmt: skip
    return {"given": given, "tables": tables, "described": described}


def _columns(space: cells.CellSpace, values: Mapping | None) -> dict[str, Shaped[np.ndarray, " N"]]:
    return {
        name: _require.array(name, column, shape=(len(space),))
        for name, column in (values or {}).items()
    }


class Classes(page.Answering):
    """The explorer over a space; ``values`` holds named columns to read out too, as accuracies.

    ``show()`` displays it. ``rows`` is the class that was asked for last, the chosen cell first;
    ``errors`` the exceptions of answers, which the page shows to the reader.
    """

    _esm = page.module("classes.js")
    given = traitlets.Dict().tag(sync=True)

    def __init__(self, space: cells.CellSpace, *, values: Mapping | None = None, start: int = 0):
        self.values = _columns(space, values)
        start = _require.whole("start", start, at_least=0, at_most=len(space) - 1)
        self.space, self.start, self.index = space, start, ClassIndex(space)
        self.rows = self.index.rows(start)
        sizes = {str(size): len(table) for size, table in self.index.tables.items()}
        super().__init__(given={"sizes": sizes, "last": len(space) - 1, "start": start})

    def answer(self, **question) -> dict:
        """The class of a ``row``, or class ``number`` of those of so many cells (``size``)."""
        row = question["row"] if "row" in question else self.index.first_row(**question)
        said = for_page(self.index, row, self.values)
        self.rows = said["rows"]
        return said

    def still(self) -> bytes:
        """A PNG of the class at the start, for pages without a kernel."""
        return still(self.space, self.index.describe(self.start))

    def show(self, alt: str):
        """Display the explorer with ``alt`` below, as ``page.show`` does."""
        page.show(self.model_id, self.still, alt)
