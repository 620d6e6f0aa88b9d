"""What is searched: rows, each of which can be asked for a number.

An accuracy table is a ``Problem``, and so is any function of a cell over the cells of a space.
"""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Int

from wl2nas import _require, cells


@runtime_checkable
class Problem(Protocol):
    """Rows to choose from, and the number that is wanted as large as possible."""

    @property
    def rows(self) -> Int[np.ndarray, " M"]:
        """The rows that can be asked, each once."""

    def __len__(self) -> int: ...

    def query(self, row: int | np.integer) -> float:
        """The objective of a row; this is what a search pays for."""


class Function:
    """Any function of a cell, as something that can be searched.

    ``function`` takes a ``Cell`` and gives a finite real number, which is made as large as
    possible, or with ``minimise`` as small: then ``query`` answers with its negative, so that a
    history holds what was maximised. ``asked`` counts the calls. ValueError where the answer is no
    finite number.

    >>> few = cells.nasbench101().take(slice(0, 50))
    >>> problem = Function(few, lambda cell: len(cell.edges), minimise=True)
    >>> problem.query(3)
    -8.0
    """

    def __init__(
        self,
        space: cells.CellSpace,
        function: Callable[[cells.Cell], float],
        *,
        minimise: bool = False,
    ):
        if not callable(function):
            raise TypeError(f"function must be callable with a Cell; it is {function!r}")
        self.space, self.function = space, function
        self.sign = -1.0 if _require.flag("minimise", minimise) else 1.0
        self.rows, self.asked = np.arange(len(space)), 0

    def __len__(self) -> int:
        return len(self.space)

    def query(self, row: int | np.integer) -> float:
        """The objective of the cell at this row, negated if it is minimised."""
        cell = self.space[_require.whole("row", row, at_least=0, at_most=len(self) - 1)]
        self.asked += 1
        return self.sign * _require.number(f"the objective of row {row}", self.function(cell))


class Noisy:
    """Another problem whose every answer has Gaussian noise on it, drawn anew each time.

    sigma: its standard deviation, in the units of the objective.

    >>> from wl2nas import benchmarks
    >>> noisy = Noisy(benchmarks.load("measured"), 0.3, seed=0)
    >>> noisy.query(noisy.rows[0]) == noisy.query(noisy.rows[0])
    False
    """

    def __init__(self, problem: Problem, sigma: float, *, seed: int):
        self.problem, self.sigma = problem, _require.number("sigma", sigma, at_least=0)
        self._rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))

    @property
    def rows(self) -> Int[np.ndarray, " M"]:
        """Those of the problem."""
        return self.problem.rows

    def __len__(self) -> int:
        return len(self.problem)

    def query(self, row: int | np.integer) -> float:
        """The objective of a row and one draw of the noise."""
        return self.problem.query(row) + self.sigma * float(self._rng.standard_normal())
