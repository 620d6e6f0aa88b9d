"""A board: a row for each rival, a column for each question, an answer with a bar in each field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

_BAR, _NEW, _INK, _GREY = "#d4d4d4", "#9ecae9", "#000000", "#767676"
_NAMES = 2.2  # how wide the column of names is, in columns of answers
_WIDE = 5.3  # there is room for so many columns of answers, also where there are fewer


@dataclass(frozen=True)
class Field:
    """What stands in a field: a text, how long its bar is (0 to 1; None: no bar), whether new."""

    text: str
    bar: float | None = None
    new: bool = False


def board(
    columns: Mapping[str, Sequence[Field]],
    rows: Sequence[str],
    *,
    rules: Sequence[int] = (),
    ax=None,
):
    """A table with bars; columns: heading to one field a row. A line is drawn above each row of
    ``rules``. New fields have a darker bar and bold letters. ValueError for a column of another
    length, and for a bar outside 0 to 1."""
    ax = ax or plt.gca()
    for place, (heading, fields) in enumerate(columns.items()):
        if len(fields) != len(rows):
            raise ValueError(f"{heading!r} has {len(fields)} fields for {len(rows)} rows")
        ax.text(place + 0.06, -0.7, heading, va="bottom", fontsize=8, weight="bold")
        for row, field in enumerate(fields):
            _field(ax, place, row, field)
    for row, name in enumerate(rows):
        ax.text(-_NAMES + 0.02, row, name, va="center", fontsize=9)
    for row in rules:
        ax.plot((-_NAMES, len(columns)), (row - 0.5, row - 0.5), color=_INK, lw=0.8)
    ax.set(xlim=(-_NAMES, max(len(columns), _WIDE)), ylim=(len(rows) - 0.4, -2))
    ax.set_axis_off()
    return ax


def _field(ax, place: int, row: int, field: Field):
    if field.bar is not None:
        if not 0 <= field.bar <= 1:
            raise ValueError(f"bar must lie between 0 and 1; it is {field.bar}")
        corner, size = (place + 0.04, row - 0.36), (0.92 * field.bar, 0.72)
        ax.add_patch(Rectangle(corner, *size, color=_NEW if field.new else _BAR, lw=0))
    ink, weight = _GREY if field.bar is None else _INK, "bold" if field.new else "normal"
    ax.text(place + 0.06, row, field.text, va="center", fontsize=9, color=ink, weight=weight)
