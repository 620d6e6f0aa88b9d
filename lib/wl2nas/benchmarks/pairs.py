"""Can a printed pair of validation and test accuracy be one cell's?

Papers print a pair and seldom say of what: the means of one cell over its trainings, one training
of it, an average over several searches, or the two maxima of a benchmark, which no cell need have
together. The best cells of a benchmark rule some of it out. What they do not rule out may still not
be so, and an average over searches lies between pairs and may be none itself.
"""

from typing import NamedTuple

from wl2nas._require import choice, number, whole


class Facts(NamedTuple):
    """The best cells of a benchmark, by mean accuracy over their trainings; all in percent.

    None where nothing is known that a reader could check.
    """

    best_validation: tuple[float, float]  # of all means, and the same cell's mean test
    best_test: tuple[float | None, float]  # the same cell's mean validation, and the best mean test
    second_validation: float  # at most; no mean lies between the second and the best
    second_test: float
    best_single_test: float | None  # of one training


# The two highest means of a test column are read off the downloadable tables (`load`), and a test
# compares them. NAS-Bench-101: the best mean validation is 0.95055423 wherever public code states
# it, 28471/29952, since accuracies are of 9,984 images and means of three: the next is 28470/29952,
# 95.0521. The test mean of its cell is the second of the table. 94.4912, 9434/9984, is the highest
# test accuracy in the list of single trainings in github.com/romulus0914/NASBench-PyTorch, issue 6,
# and "94.49" in print. NAS-Bench-201: validation means of the official results (hp=200,
# is_random=False), which the script in README.md writes; the paper has 91.61, 73.49 and, of an
# earlier file, 46.77 as optimal.
FACTS = {
    "nasbench101": Facts((95.0554, 94.2341), (None, 94.3176), 95.0521, 94.2341, 94.4912),
    "cifar10": Facts((91.6067, 94.3733), (91.6067, 94.3733), 91.5680, 94.3733, None),
    "cifar100": Facts((73.4933, 73.5133), (73.4933, 73.5133), 73.3067, 73.4800, None),
    "imagenet16-120": Facts((46.7333, 46.2000), (46.3778, 47.3111), 46.6833, 47.1667, None),
}
_ROUNDING = 0.5e-4 + 1e-9  # of the facts


class Verdict(NamedTuple):
    """Whether a pair can be the means of one cell, and a single training of one; and why not."""

    one_cells_means: bool
    one_training: bool
    why: str


def possible_pair(validation, test, *, benchmark: str = "nasbench101", digits=2) -> Verdict:
    """What a pair in percent, rounded to ``digits`` behind the point, can be.

    ``benchmark``: "nasbench101", or a data set of NAS-Bench-201. True says that nothing known here
    is against it, False that it cannot be.

    >>> possible_pair(95.06, 94.23).one_cells_means
    True
    >>> possible_pair(95.06, 94.27).why
    'no cell has a mean test between 94.2341 and 94.3176'
    >>> possible_pair(95.06, 94.32).why
    'the cell whose mean validation is 95.0554 has a mean test of 94.2341'
    >>> possible_pair(94.5, 94.41)[:2]  # not the means of a cell, but one training perhaps
    (False, True)
    """
    facts = FACTS[choice("benchmark", benchmark, tuple(FACTS))]
    half = 0.5 * 10.0 ** -whole("digits", digits, at_least=0, at_most=9) + _ROUNDING
    seen = _Printed(number("validation", validation, at_least=0, at_most=100), half)
    told = _Printed(number("test", test, at_least=0, at_most=100), half)
    if facts.best_single_test is not None and told.above(facts.best_single_test):
        return Verdict(False, False, f"no training reaches a test above {facts.best_single_test}")
    why = _against_means(facts, seen, told)
    return Verdict(not why, True, why)


class _Printed(NamedTuple):
    """A number as it was printed, and how far the true one may be from it."""

    value: float
    half: float

    def above(self, other: float) -> bool:
        return self.value - self.half > other

    def can_be(self, other: float) -> bool:
        return abs(self.value - other) <= self.half


def _against_means(facts: Facts, seen: _Printed, told: _Printed) -> str:
    """What says that a pair is not the means of one cell; empty if nothing does."""
    (highest, its_test), (its_validation, best) = facts.best_validation, facts.best_test
    if seen.above(highest):
        return f"no cell has a mean validation above {highest}"
    if told.above(best):
        return f"no cell has a mean test above {best}"
    if told.above(facts.second_test):
        if not told.can_be(best):
            return f"no cell has a mean test between {facts.second_test} and {best}"
        if its_validation is not None and not seen.can_be(its_validation):
            return f"the cell whose mean test is {best} has a mean validation of {its_validation}"
    if seen.above(facts.second_validation):
        if not seen.can_be(highest):
            return f"no cell has a mean validation between {facts.second_validation} and {highest}"
        if not told.can_be(its_test):
            return f"the cell whose mean validation is {highest} has a mean test of {its_test}"
    return ""
