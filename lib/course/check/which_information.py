"""Questions and exercises of notebook 09b."""

import functools

import numpy as np

from course import searches
from course.check import guesses, handed_in
from course.check.question import Question

PAIR = ("gp/wl_skeleton", "gp/arch2vec_published")
QUESTIONS_ASKED = 100
METHODS = 20  # equally good ones in the question about luck
DRAWS = 20_000
FAR = 0.03  # of two half widths: 1.96, 1.98 and 2 errors all make a band
SPREAD = 0.15  # five standard errors of an average over a thousand draws


def _ahead(a: str, b: str) -> str:
    """Which of two arms is ahead on ground A after 100 questions, if the band says so."""
    found = searches.arms("A")
    mean, half = searches.difference(found[a], found[b], QUESTIONS_ASKED)
    return "neither" if abs(mean) <= half else "colours" if mean > 0 else "arch2vec"


@functools.cache
def luck_of_the_best(methods: int) -> float:
    """How far the best of so many equal methods seems ahead, in standard errors of one of them."""
    rng = np.random.default_rng(0)
    return float(rng.standard_normal((DRAWS, methods)).max(axis=1).mean())


QUESTIONS = {
    "same classes": Question(
        "Colours of the skeleton and the vectors of arch2vec tell the same cells apart, under the "
        "same search with the same seeds. After 100 questions, is one of them ahead?",
        lambda: _ahead(*PAIR),
        "The band of the paired difference says so.",
        form=guesses.one_of("colours", "arch2vec", "neither"),
    ),
    "luck of the best": Question(
        f"{METHODS} methods are equally good, and the mean of each is known up to a standard error "
        "of 0.01 points. By how many hundredths of a point does the best of them seem ahead of "
        "what it is, on average?",
        lambda: luck_of_the_best(METHODS),
        "The best of many means owes its place to its luck as well.",
        (0.5, 2, 5),
    ),
}


def _band(value) -> str | None:
    """Mean and half width of the band of ``PAIR``, from the reader's own reckoning."""
    ask = "hand in a pair: mean, half width of the band"
    given = [guesses.number(half) for half in handed_in.pair_of(value, ask)]
    found = searches.arms("A")
    mean, half = searches.difference(found[PAIR[0]], found[PAIR[1]], QUESTIONS_ASKED)
    a, b = (searches.by_seed(found[name], QUESTIONS_ASKED) for name in PAIR)
    error = (a - b).std(ddof=1) / len(a) ** 0.5
    if not np.isclose(given[0], mean, rtol=0, atol=2e-4):
        if np.isclose(given[0], -mean, rtol=0, atol=2e-4):
            return "the sign is that of arch2vec minus colours; take colours minus arch2vec"
        return "the first number is not the mean of the differences seed by seed, in points"
    if abs(given[1] / error - 1) < FAR:
        return "that is one standard error; a band of 95 in 100 is about two to either side"
    return None if abs(given[1] / half - 1) < FAR else "the second is not the half width of a band"


def _lucky_gap(value) -> str | None:
    """How far the best of so many equal methods seems ahead, by the reader's function."""
    gap = handed_in.function_of(value, "hand in a function of the number of methods")
    for methods in (1, 2, 5, 30):
        said = handed_in.call(gap, methods, on=f"{methods} methods")
        given = guesses.number(said)
        truth = luck_of_the_best(methods)
        if not abs(given - truth) < SPREAD:
            return (f"for {methods} methods it gives {given:.2f} standard errors; simulated, the "
                    f"best seems {truth:.2f} ahead")  # fmt: skip
    return None


EXERCISES = {"a band by hand": _band, "how lucky is the best": _lucky_gap}
