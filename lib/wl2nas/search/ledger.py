"""What a search pays: every question to a problem is asked, counted and kept here.

A method is a loop around a ledger: while it is open, choose a place and ask. A place is a position
in ``problem.rows``; features and neighbours are in the order of the places.
"""

import time
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from wl2nas import _require
from wl2nas.search.history import History
from wl2nas.search.problem import Problem


@dataclass(frozen=True)
class Seconds:
    """A budget in seconds of training, by ``problem.seconds(row)`` if the problem knows them, and
    else by the clock while a question is answered. The question that uses them up still counts."""

    limit: int | float

    def __post_init__(self):
        _require.number("Seconds", self.limit, above=0)


class Ledger:
    """The questions of one search, at most as many as its budget pays.

    budget: a number of questions, or ``Seconds``. again: whether a place may be asked once more,
    as where answers are noisy; otherwise the budget cannot be more than there are rows, and a
    search ends when all were asked. ValueError for a budget that is neither, and for a question
    that nobody pays.

    >>> from wl2nas import benchmarks
    >>> ledger = Ledger(benchmarks.load("measured"), 2)
    >>> ledger.ask(7) == ledger.problem.query(ledger.problem.rows[7]), ledger.left
    (True, 1)
    """

    def __init__(self, problem: Problem, budget: int | Seconds, *, again: bool = False):
        self.problem, self.again = problem, _require.flag("again", again)
        if isinstance(budget, Seconds):
            self._questions, self._seconds = None, budget.limit
        else:
            most = None if again else len(problem)
            self._questions = _require.whole("budget", budget, at_least=1, at_most=most)
            self._seconds = np.inf
        self.spent = 0.0  # seconds, where the budget is in seconds
        self._places: list[int] = []
        self._answers: list[float] = []
        self._new = np.ones(len(problem), bool)

    @property
    def left(self) -> int:
        """How many questions can be asked at most; with a budget of seconds all that are new."""
        if self._questions is not None:
            return self._questions - len(self._places)
        everything = np.iinfo(np.int64).max if self.again else int(self._new.sum())
        return everything if self.spent < self._seconds else 0

    @property
    def open(self) -> bool:
        """Whether a question is left."""
        return self.left > 0

    @property
    def new(self) -> Bool[np.ndarray, " M"]:
        """Which places were never asked."""
        return self._new

    @property
    def places(self) -> Int[np.ndarray, " Q"]:
        """What was asked, in order."""
        return np.array(self._places, np.int64)

    @property
    def answers(self) -> np.ndarray:
        """What came back, in order, (Q,)."""
        return np.array(self._answers, np.float64)

    def ask(self, place: int | np.integer) -> float:
        """The answer of the problem at one place; it is paid and kept."""
        if not self.open:
            raise ValueError("the budget is spent; look at ledger.open before asking")
        if not (self.again or self._new[place]):
            raise ValueError(f"place {place} was asked before; choose among ledger.new")
        row = self.problem.rows[place]
        if self._questions is None:
            since = time.perf_counter()
            answer = self.problem.query(row)
            known = getattr(self.problem, "seconds", None)
            self.spent += time.perf_counter() - since if known is None else known(row)
        else:
            answer = self.problem.query(row)
        self._new[place] = False
        self._places.append(int(place))
        self._answers.append(answer)
        return answer

    def ask_all(self, places) -> list[float]:
        """The answers at these places, one after the other, as far as the budget goes."""
        found = []
        for place in places:
            if not self.open:
                break
            found.append(self.ask(place))
        return found

    def history(self) -> History:
        """The rows and answers in the order of asking."""
        return History(np.asarray(self.problem.rows)[self.places], self.answers)
