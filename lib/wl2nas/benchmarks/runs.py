"""Every training of every cell of NAS-Bench-101, and the tables of accuracies that follow.

Published results on one benchmark differ in what the search saw. From the same trainings
``TrainingRuns.table`` makes the table of each protocol, so that a search can be run under one and
the other, and a finished one judged (``search.replayed``).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from wl2nas import _require
from wl2nas.benchmarks.table import AccuracyTable

REPEATS = 3
# What is kept of a training: which of its evaluations (1 half way, 2 at the end), and which field.
KEPT = {
    "halfway_seconds": (1, 1),
    "halfway_validation": (1, 3),
    "halfway_test": (1, 4),
    "seconds": (2, 1),
    "validation": (2, 3),
    "test": (2, 4),
}


class Trainings(NamedTuple):
    """Trainings of so many epochs, one row a cell, one column a repeat; NaN where there is none.

    Seconds of training, and accuracies as shares (0..1), half way and at the end.
    """

    halfway_seconds: Float[np.ndarray, "N 3"]
    halfway_validation: Float[np.ndarray, "N 3"]
    halfway_test: Float[np.ndarray, "N 3"]
    seconds: Float[np.ndarray, "N 3"]
    validation: Float[np.ndarray, "N 3"]
    test: Float[np.ndarray, "N 3"]


class TrainingRuns:
    """All trainings, by the number of ``epochs``, and the trainable ``parameters`` of every cell.

    Rows are those of ``cells.nasbench101()``; ``parameters`` (N,) is 0 where nothing was read.
    ``official.from_tfrecord`` makes it of blocks (N, 3, 6) by epochs, whose last axis is ``KEPT``.
    """

    def __init__(self, blocks: dict[int, np.ndarray], parameters: Int[np.ndarray, " N"]):
        for values in (parameters, *blocks.values()):
            values.setflags(write=False)
        self._blocks, self.parameters = blocks, parameters
        self.epochs = tuple(sorted(blocks))

    def __repr__(self) -> str:
        return f"TrainingRuns({np.count_nonzero(self.parameters):,} cells, epochs {self.epochs})"

    def after(self, epochs: int = 108) -> Trainings:
        """The trainings of so many epochs; ValueError says which there are."""
        if (epochs := _require.whole("epochs", epochs)) not in self._blocks:
            raise ValueError(f"there are no trainings of {epochs} epochs; choose from "
                             f"{self.epochs}")  # fmt: skip
        return Trainings(*np.moveaxis(self._blocks[epochs], -1, 0))

    def table(self, *, validation="mean", seed: int | None = None, epochs=108) -> AccuracyTable:
        """What a search is told, and what is reported of it, in percent, of every cell read.

        The search sees the mean of a cell's validation accuracies or, with ``validation="one"``,
        one of them, which ``seed`` draws once for each cell. Reported is the mean test accuracy.
        """
        single = _require.choice("validation", validation, ("mean", "one")) == "one"
        if single != (seed is not None):
            raise ValueError('seed draws a training of each cell: give it with validation="one", '
                             f"and only there; it is {seed}")  # fmt: skip
        found = self.after(epochs)
        repeats = np.isfinite(found.test).sum(axis=1)
        rows = np.flatnonzero(repeats)
        if single:  # a draw for every row of the space, whichever were read
            rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
            drawn = (rng.random(len(repeats)) * repeats).astype(int)
            seen = found.validation[rows, drawn[rows]]
        else:
            seen = np.nanmean(found.validation[rows], axis=1)
        name = f"nasbench101, {validation} validation, {epochs} epochs"
        reported = np.nanmean(found.test[rows], axis=1)
        return AccuracyTable(name, rows, _percent(seen), _percent(reported))


def _percent(shares: Float[np.ndarray, " M"]) -> Float[np.ndarray, " M"]:
    """Rounded to nine digits behind the point, so that equal means are equal."""
    return (100 * shares).round(9)
