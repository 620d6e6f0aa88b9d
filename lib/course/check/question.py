"""What a question is, and how a guess is compared with its answer."""

import math
import numbers
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from course.check import guesses
from course.check.words import written


class Question(NamedTuple):
    """A question, how to work out its answer, what to say about it, numbers to choose from, and
    the form of its answer, one of `guesses`."""

    text: str
    truth: Callable[[], object]
    why: str
    choices: tuple = ()
    form: guesses.Form = guesses.number

    @property
    def asked(self) -> str:
        """The text, with the choices where there are some."""
        if not self.choices:
            return self.text
        *others, last = map(str, self.choices)
        return f"{self.text} (answer {', '.join(others)} or {last}, whichever is nearest)"

    def judge(self, given, truth) -> str:
        """Whether a guess, read by ``form``, is right, up to the choice that is nearest."""
        if not self.choices:
            return _verdict(_same(given, truth), given, truth)
        right = nearest(self.choices, truth)
        exact = f"{truth:,}" if isinstance(truth, numbers.Integral) else f"{truth:.3g}"
        return f"{_verdict(nearest(self.choices, given) == right, given, right)} It is {exact}."


def nearest(choices: tuple, value) -> int | float:
    """The choice that comes nearest to the value, the smaller one of two that come equally near.

    Numbers are taken as they are written, so that 0.7 lies in the middle of 0.5 and 0.9.
    """
    distance = {choice: abs(Fraction(str(choice)) - Fraction(str(value))) for choice in choices}
    return min(choices, key=lambda choice: (distance[choice], choice))


def _same(given, truth) -> bool:
    """Equal, numbers up to what floating point makes of them."""
    if isinstance(truth, numbers.Real) and not isinstance(truth, bool):
        return math.isclose(given, truth, rel_tol=1e-9)
    return given == truth


def _verdict(right: bool, given, truth) -> str:
    return "Yes." if right else f"Not {written(given)}, but {written(truth)}."
