"""The interface to an accuracy table.

Rows are rows of the table's space, ``cells.nasbench101()`` unless told otherwise. A search sees the
*objective* of the rows it asks for; a cell is judged by its *reported* accuracy, which the search
does not see. Both in percent.
"""

import numpy as np
from jaxtyping import Float

from wl2nas import cells
from wl2nas._require import array, whole
from wl2nas.cells.nasbench_101 import CELLS


class AccuracyTable:
    """Accuracies of some rows of a space, and a count of what was ``asked``.

    ``rows`` (M,) are whole numbers, each once; ``objective`` and ``reported`` (M,) percentages.
    All are copied and read-only. ``space``: a CellSpace, or a function that makes it when it is
    asked for. TypeError or ValueError says what does not fit.

    >>> table = AccuracyTable("mine", [3, 7], [90.5, 91.0], [89.5, 92.0])
    >>> table.query(7), table.asked, table.regret(3)
    (91.0, 1, 2.5)
    >>> table.space[table.best].names
    ('input', 'conv3x3', 'maxpool', 'conv3x3', 'maxpool', 'maxpool', 'output')
    """

    def __init__(self, name: str, rows, objective, reported, *, space=cells.nasbench101):
        self.name, self.asked, self._space = name, 0, space
        self.rows = _rows(rows, _count(space))
        self.objective = _percentages("objective", objective, len(self.rows))
        self.reported = _percentages("reported", reported, len(self.rows))
        self._index = {int(row): k for k, row in enumerate(self.rows)}
        if len(self._index) != len(self.rows):
            raise ValueError("rows holds a row twice; give every row once")

    def __repr__(self) -> str:
        return f"AccuracyTable({self.name!r}, {len(self)} rows, asked {self.asked} times)"

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def space(self) -> cells.CellSpace:
        """The space that the rows are rows of; it is made when it is first asked for."""
        if callable(self._space):
            self._space = self._space()
        return self._space

    def _find(self, row) -> int:
        wanted = whole("row", row)
        if wanted not in self._index:
            raise ValueError(
                f"table {self.name!r} does not hold row {wanted}; it knows {len(self)} rows, see "
                ".rows"
            )
        return self._index[wanted]

    def query(self, row) -> float:
        """The objective of one row, in percent; every call counts in ``asked``."""
        place = self._find(row)
        self.asked += 1
        return float(self.objective[place])

    def answers(self, rows) -> Float[np.ndarray, " Q"]:
        """The objectives of rows, in percent; not counted, since a finished search is replayed."""
        return self.objective[[self._find(row) for row in rows]]

    def report(self, row) -> float:
        """The reported accuracy of one row, in percent; free, and not for a search to use."""
        return float(self.reported[self._find(row)])

    @property
    def best(self) -> int:
        """The row with the highest reported accuracy."""
        return int(self.rows[np.argmax(self.reported)])

    def regret(self, row) -> float:
        """Percentage points of reported accuracy between the best known row and this one."""
        return float(self.reported.max()) - self.report(row)


def _count(space) -> int:
    """How many cells a space has; the file of NAS-Bench-101 need not be read to know."""
    if space is cells.nasbench101:
        return CELLS
    found = space() if callable(space) else space
    if not isinstance(found, cells.CellSpace):
        raise TypeError(
            "space must be a CellSpace, or a function that gives one such as cells.nasbench201; it "
            f"is {space!r}"
        )
    return len(found)


def _rows(rows, count: int) -> np.ndarray:
    found = array("rows", rows, shape=(None,), kinds="iu")
    if not found.size:
        raise ValueError("rows is empty; a table needs a row at least")
    if found.min() < 0 or found.max() >= count:
        raise ValueError(f"rows must be rows of the space, 0..{count - 1}; they are "
                         f"{found.min()}..{found.max()}")  # fmt: skip
    return _read_only(found, np.int64)


def _percentages(name: str, values, rows: int) -> np.ndarray:
    found = array(name, values, shape=(rows,))
    if found.dtype.kind == "b":
        raise ValueError(f"{name} must hold percentages; it holds True and False")
    if not (np.isfinite(found) & (found >= 0) & (found <= 100)).all():
        raise ValueError(f"{name} must hold percentages; it holds NaN or leaves 0..100")
    return _read_only(found, np.float64)


def _read_only(values: np.ndarray, dtype) -> np.ndarray:
    copy = values.astype(dtype)
    copy.setflags(write=False)
    return copy
