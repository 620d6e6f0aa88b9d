"""What a question is, and truths that several notebooks ask for."""

from collections.abc import Callable
from typing import NamedTuple

from wl2nas import cells, wl


class Question(NamedTuple):
    """A question, how to work out its answer, and what to say about it."""

    text: str
    truth: Callable[[], object]
    why: str


def classes(direction: str, rounds: int | None = None) -> int:
    """Cells of NAS-Bench-101 that colour refinement tells apart."""
    return wl.count_classes(cells.nasbench101(), direction=direction, rounds=rounds)[-1]


def nearest(choices: tuple, value) -> int | float:
    """The choice that comes nearest to the value."""
    return min(choices, key=lambda choice: abs(choice - value))
