"""What a question is, and truths that several notebooks ask for."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from wl2nas import cells, wl


class Question(NamedTuple):
    """A question, how to work out its answer, and what to say about it."""

    text: str
    truth: Callable[[], object]
    why: str


def pair_of(value) -> tuple:
    """The two halves of an answer that should be a pair; ValueError where it is none."""
    # A matrix of two rows is one graph, not two.
    if not isinstance(value, tuple | list) or len(value) != 2 or np.ndim(value[0]) == 1:
        raise ValueError(f"hand in a pair, such as (a, b); this is a {type(value).__name__}")
    return tuple(value)


def classes(direction: str, rounds: int | None = None) -> int:
    """Cells of NAS-Bench-101 that colour refinement tells apart."""
    return wl.count_classes(cells.nasbench101(), direction=direction, rounds=rounds)[-1]


def nearest(choices: tuple, value) -> int | float:
    """The choice that comes nearest to the value."""
    return min(choices, key=lambda choice: abs(choice - value))
