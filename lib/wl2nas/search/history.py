"""What a search asked and was told, and how good it was after every question."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from wl2nas.benchmarks import AccuracyTable


class History(NamedTuple):
    """What was asked, in order, and what came back. A row may stand there more than once: where
    answers are noisy, it was measured again."""

    rows: Int[np.ndarray, " Q"]
    objective: Float[np.ndarray, " Q"]

    def incumbents(self) -> Int[np.ndarray, " Q"]:
        """The row that a search would hand over after 1, 2, ... questions: the one whose answers
        have the highest mean so far, of equally good ones the first."""
        if len(np.unique(self.rows)) == len(self.rows):
            leads = np.maximum.accumulate(self.objective)
            return self.rows[[int(np.argmax(self.objective >= lead)) for lead in leads]]
        answers: dict[int, list[float]] = {}
        means: dict[int, float] = {}
        found = []
        for row, answer in zip(self.rows.tolist(), self.objective.tolist(), strict=True):
            answers.setdefault(row, []).append(answer)
            means[row] = sum(answers[row]) / len(answers[row])
            found.append(max(means, key=means.__getitem__))
        return np.array(found, self.rows.dtype)


def reported_curve(table: AccuracyTable, history: History) -> Float[np.ndarray, " Q"]:
    """Reported accuracy of the incumbent after 1, 2, ... questions, in percent."""
    return np.array([table.report(row) for row in history.incumbents()])


def replayed(table: AccuracyTable, history: History) -> History:
    """The same questions in the same order, answered by another table; nothing is asked anew.

    What a search would have handed over had it seen other numbers of the cells that it asked for,
    such as one validation accuracy in place of a mean (``benchmarks.TrainingRuns``). It might have
    asked for other cells: its rows are those of the run that was made.
    """
    return History(history.rows, table.answers(history.rows))
