"""The reader's own accuracy table, from a file of comma-separated lines.

The first line names the columns. One says which cell a line is about: ``row`` of the space,
``module_hash`` (NAS-Bench-101's), or ``arch``, a text that the rules of the space read (arch
strings). ``objective`` is what a search sees, ``reported`` how a cell is judged, both in percent;
they may be equal. Other columns are left alone. ::

    arch,objective,reported
    |nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|,91.2,94.1
"""

from pathlib import Path

import numpy as np

from wl2nas import cells, files
from wl2nas.benchmarks import measured
from wl2nas.benchmarks.table import AccuracyTable

_REMEDY = "see wl2nas.benchmarks.own for the form of such a file"
_WHICH = ("row", "module_hash", "arch")


def from_csv(path: Path | str, *, space=cells.nasbench101) -> AccuracyTable:
    """A table of the cells of ``space``, named after the file.

    ``space``: a CellSpace, or a function that makes it such as ``cells.nasbench201``. ValueError
    names the file and what is wrong: its form, a column, an unknown cell, one that stands twice, an
    accuracy that is no percentage. A module hash takes a millisecond to find.
    """
    content = files.read_whole(path, remedy=_REMEDY)
    lines = measured.records(content, str(path), remedy=_REMEDY, texts=_WHICH[1:])
    try:
        which = _which(list(lines))
        rows = lines[which].to_numpy()
        if which != "row":
            find = _finder(which, space)
            rows = np.array([_row(find, text, k) for k, text in enumerate(rows, start=2)], np.int64)
        for name in ("objective", "reported"):
            _check_percent(name, lines[name].to_numpy())
        return AccuracyTable(Path(path).stem, rows, lines["objective"].to_numpy(),
                             lines["reported"].to_numpy(), space=space)  # fmt: skip
    except ValueError as error:
        raise ValueError(f"{path}: {error}; {_REMEDY}") from error


def _which(columns: list[str]) -> str:
    """The column that says which cell a line is about."""
    if missing := [name for name in ("objective", "reported") if name not in columns]:
        raise ValueError(f"it has no column {missing[0]!r}, only {tuple(columns[:9])}")
    found = [name for name in _WHICH if name in columns]
    if len(found) != 1:
        raise ValueError(f"one column of {_WHICH} must say which cell; it has {tuple(found)}")
    return found[0]


def _finder(which: str, space):
    """What finds the row of a text."""
    if which == "arch":
        return (space() if callable(space) else space).row
    if space is not cells.nasbench101 and space is not cells.nasbench101():
        raise ValueError("module_hash is of NAS-Bench-101 alone; name rows of this space by row")
    return cells.row_of_hash


def _row(find, text, line: int) -> int:
    try:
        return find(text if isinstance(text, str) else str(text))
    except ValueError as error:
        raise ValueError(f"line {line}: {error}") from error


def _check_percent(name: str, values: np.ndarray):
    """AccuracyTable checks the rest; that all are shares of one is seen only here."""
    if values.dtype.kind in "iuf" and values.size and values.max() <= 1:
        raise ValueError(f"{name} must hold percentages; none is above 1: multiply by 100")
