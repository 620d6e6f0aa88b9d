"""What a question is, and what the questions and exercises of several notebooks need."""

import numbers
from collections.abc import Callable
from typing import NamedTuple

import networkx as nx
import numpy as np

from wl2nas import cells, wl


class Question(NamedTuple):
    """A question, how to work out its answer, what to say about it, and numbers to choose from."""

    text: str
    truth: Callable[[], object]
    why: str
    choices: tuple = ()

    @property
    def asked(self) -> str:
        """The text, with the choices where there are some."""
        if not self.choices:
            return self.text
        *others, last = map(str, self.choices)
        return f"{self.text} (answer {', '.join(others)} or {last}, whichever is nearest)"

    def judge(self, guess, truth) -> str:
        """Whether a guess is right, up to the choice that is nearest, and how it would be."""
        given, right = guess, truth
        if self.choices:
            right = nearest(self.choices, truth)
            given = nearest(self.choices, guess) if isinstance(guess, numbers.Real) else guess
        # 43 and "43" are the same answer to a reader.
        verdict = "Yes." if str(given) == str(right) else f"Not {guess!r}, but {right!r}."
        if not self.choices:
            return verdict
        exact = f"{truth:,}" if isinstance(truth, int) else f"{truth:.3g}"
        return f"{verdict} It is {exact}."


def pair_of(value) -> tuple:
    """The two halves of an answer that should be a pair; ValueError where it is none."""
    # A matrix of two rows is one graph, not two.
    if not isinstance(value, tuple | list) or len(value) != 2 or np.ndim(value[0]) == 1:
        raise ValueError(f"hand in a pair, such as (a, b), not {type(value).__name__}")
    return tuple(value)


def isomorphic(a, b) -> bool:
    """Whether two matrices, of directed or undirected graphs, are one graph; by networkx."""
    return nx.is_isomorphic(*(nx.from_numpy_array(g, create_using=nx.DiGraph) for g in (a, b)))


def classes(direction: str, rounds: int | None = None) -> int:
    """Cells of NAS-Bench-101 that colour refinement tells apart."""
    return wl.count_classes(cells.nasbench101(), direction=direction, rounds=rounds)[-1]


def nearest(choices: tuple, value) -> int | float:
    """The choice that comes nearest to the value."""
    return min(choices, key=lambda choice: abs(choice - value))
