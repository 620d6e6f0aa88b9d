"""What a search asked and was told, and how good it was after every question."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from wl2nas.benchmarks import AccuracyTable


class History(NamedTuple):
    """What was asked, in order, and what came back."""

    rows: Int[np.ndarray, " Q"]
    objective: Float[np.ndarray, " Q"]

    def incumbents(self) -> Int[np.ndarray, " Q"]:
        """The row that a search would hand over after 1, 2, ... queries: the best so far, of
        equally good ones the first."""
        leads = np.maximum.accumulate(self.objective)
        first = [int(np.argmax(self.objective >= lead)) for lead in leads]
        return self.rows[first]


def reported_curve(table: AccuracyTable, history: History) -> Float[np.ndarray, " Q"]:
    """Reported accuracy of the incumbent after 1, 2, ... queries, in percent."""
    return np.array([table.report(row) for row in history.incumbents()])


def replayed(table: AccuracyTable, history: History) -> History:
    """The same questions in the same order, answered by another table; nothing is asked anew.

    What a search would have handed over had it seen other numbers of the cells that it asked for,
    such as one validation accuracy in place of a mean (``benchmarks.TrainingRuns``). It might have
    asked for other cells: its rows are those of the run that was made.
    """
    return History(history.rows, table.answers(history.rows))
