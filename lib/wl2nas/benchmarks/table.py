"""The interface to an accuracy table.

Rows are rows of ``cells.nasbench101()``. A search sees the *objective* of the rows it asks for; a
cell is judged by its *reported* accuracy, which the search does not see. Both in percent.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int


@dataclass(eq=False)
class AccuracyTable:
    """Accuracies of some rows of the space, and a count of what was asked."""

    name: str
    rows: Int[np.ndarray, " M"]
    objective: Float[np.ndarray, " M"]
    reported: Float[np.ndarray, " M"]
    asked: int = field(default=0, init=False)

    def __post_init__(self):
        for name in ("objective", "reported"):
            values = getattr(self, name)
            if values.shape != self.rows.shape:
                raise ValueError(f"{name} holds {values.shape} values for {len(self.rows)} rows")
            if not (np.isfinite(values) & (values >= 0) & (values <= 100)).all():
                raise ValueError(f"{name} must hold percentages; it holds NaN or leaves 0..100")
        self._index = {int(row): k for k, row in enumerate(self.rows)}
        if len(self._index) != len(self.rows):
            raise ValueError("rows holds a row twice")

    def __len__(self) -> int:
        return len(self.rows)

    def _find(self, row: int | np.integer) -> int:
        if int(row) not in self._index:
            raise ValueError(
                f"table {self.name!r} does not hold row {row}; it knows {len(self)} rows, see .rows"
            )
        return self._index[int(row)]

    def query(self, row: int | np.integer) -> float:
        """The objective of one row, in percent; every call counts in ``asked``."""
        place = self._find(row)
        self.asked += 1
        return float(self.objective[place])

    def report(self, row: int | np.integer) -> float:
        """The reported accuracy of one row, in percent; free, and not for a search to use."""
        return float(self.reported[self._find(row)])

    @property
    def best(self) -> int:
        """The row with the highest reported accuracy."""
        return int(self.rows[np.argmax(self.reported)])

    def regret(self, row: int | np.integer) -> float:
        """Percentage points of reported accuracy between the best known row and this one."""
        return float(self.reported.max()) - self.report(row)
