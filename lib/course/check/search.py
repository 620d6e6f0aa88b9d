"""Questions and exercises of notebook 09."""

import functools
import math

import numpy as np
from threadpoolctl import threadpool_limits

from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import kind
from wl2nas import benchmarks, cells, search, wl
from wl2nas.search import gp

SEEDS, QUESTIONS_ASKED, START = 10, 50, 10  # of the searches that a judge runs


def _one_of_the_best(asked: int) -> float:
    cells_in_table = len(benchmarks.load("measured"))
    best = cells_in_table // 100
    return _lucky(cells_in_table, best, asked)


def _lucky(cells_in_table: int, best: int, asked: int) -> float:
    """Probability that so many different random cells hold at least one of the best."""
    return 1 - math.comb(cells_in_table - best, asked) / math.comb(cells_in_table, asked)


def _from_one_answer(above: float, similarity: float) -> float:
    """How far above the average the guess at a new place is, given one answer without noise."""
    return float(similarity * np.linalg.solve([[1.0]], [above])[0])


QUESTIONS = {
    "blind luck": Question(
        "100 of the cells of the measured table are asked at random. With which probability is "
        "one of the best per cent among them?",
        lambda: _one_of_the_best(100),
        "All hundred miss the best per cent with probability of about 0.99 to the power of 100.",
        (0.1, 0.33, 0.67),
        guesses.share,
    ),
    "half as similar": Question(
        "One answer is known, without noise: 6 points above the average. A new cell has similarity "
        "0.5 to that one. How many points above the average is the guess at it?",
        lambda: _from_one_answer(6.0, 0.5),
        "The weight of a single answer is the similarity itself.",
    ),
}


# --- searches that judge ------------------------------------------------------------------------


@functools.cache
def _ground():
    """The measured table, and the colour counts of its cells with direction."""
    table = benchmarks.load("measured")
    space = cells.nasbench101().take(table.rows)
    return table, wl.colour_counts(space, direction="both", rounds=2)


def _search(features, score, seed: int) -> float:
    """The best validation accuracy among the cells that the loop of the notebook asks."""
    table, _ = _ground()
    asked = list(np.random.default_rng(seed).permutation(len(table))[:START])
    answers = [table.objective[k] for k in asked]
    d2 = gp.squared_distances(features, features[asked])
    with threadpool_limits(1):  # matrices this small are slower on several threads
        while len(asked) < QUESTIONS_ASKED:
            y = np.maximum(answers, np.quantile(answers, 0.2))
            believed = gp.fit_predict(d2[asked], y, d2)
            scores = score(believed.mean, believed.std, float(y.max()))
            scores[asked] = -np.inf
            asked.append(gp.first_of_best(scores, 1e-9))
            answers.append(table.objective[asked[-1]])
            d2 = np.hstack([d2, gp.squared_distances(features, features[asked[-1:]])])
    return max(answers)


@functools.cache
def _by_expected_improvement() -> np.ndarray:
    """What the searches of the notebook reach, (SEEDS,)."""
    _, colours = _ground()
    return np.array([_search(colours, _expected_improvement, seed) for seed in range(SEEDS)])


def _expected_improvement(mean, std, best) -> np.ndarray:
    return search.expected_improvement(gp.Posterior(mean, std), best)


# --- exercises ----------------------------------------------------------------------------------


def _luck(answer) -> str | None:
    """A function of the number of cells, of good ones among them, and of questions."""
    ask = "hand in a function luck(M, k, q) that returns a probability"
    function = handed_in.function_of(answer, ask)
    for arguments in (
        (3, 1, 2),
        (10, 3, 4),
        (2_532, 25, 100),
        (50, 50, 1),
        (20, 0, 5),
        (20, 4, 20),
    ):
        found = handed_in.call(function, *arguments, on=f"luck{arguments}")
        value = handed_in.array_of(found, ask)
        wanted = _lucky(*arguments)
        if value.shape or not math.isclose(value, wanted, rel_tol=1e-6, abs_tol=1e-9):
            return f"luck{arguments} is {wanted:.6g}, and yours is {kind(found)} {found!r:.20}"
    return None


def _acquisition(answer) -> str | None:
    """A score for every cell from guess, width and the best answer so far."""
    ask = "hand in a function score(mean, width, best) that returns one number a cell"
    function = handed_in.function_of(answer, ask)

    def score(mean, std, best):
        found = handed_in.call(function, mean.copy(), std.copy(), best, on="means and widths")
        found = handed_in.array_of(found, ask)
        if found.shape != mean.shape or not np.isfinite(found).all():
            raise handed_in.Unfit(f"{ask}, {len(mean):,} finite ones; yours has the shape "
                                  f"{found.shape}")  # fmt: skip
        return found.astype(float)

    _, colours = _ground()
    gap = np.array([_search(colours, score, seed) for seed in range(SEEDS)])
    gap = gap - _by_expected_improvement()
    error = gap.std(ddof=1) / SEEDS**0.5
    if gap.mean() < -2 * error - 1e-9:
        return (f"over {SEEDS} seeds it ends {-gap.mean():.2f} ± {error:.2f} points below expected "
                f"improvement after {QUESTIONS_ASKED} questions")  # fmt: skip
    probe = np.array([90.0, 90.0, 95.0]), np.array([1.0, 5.0, 1.0])
    narrow, wide, high = score(*probe, 94.0)
    if not (wide > narrow and high > narrow):
        return "of two cells with one guess it must prefer the wider, and of two widths the higher"
    return None


def _null(answer) -> str | None:
    """Features from which nothing can be learned: the search is as good as blind luck.

    A matrix for every seed, since searches on one and the same ask the same cells, its extreme
    ones, and would not be independent of each other.
    """
    table, _ = _ground()
    ask = f"hand in a function nothing(seed) that returns {len(table):,} rows of numbers"
    function = handed_in.function_of(answer, ask)
    found = []
    for seed in range(SEEDS):
        values = handed_in.array_of(handed_in.call(function, seed, on=f"nothing({seed})"), ask)
        if values.ndim != 2 or len(values) != len(table) or not np.isfinite(values).all():
            raise handed_in.Unfit(f"{ask}, all finite; yours has the shape {values.shape}")
        if len(np.unique(values, axis=0)) < len(table) // 2:
            return "too many of its rows are equal; let nearly every cell have a row of its own"
        found.append(_search(values.astype(float), _expected_improvement, seed))
    gap = np.mean(found) - _luck_alone().mean()
    error = math.hypot(np.std(found, ddof=1) / SEEDS**0.5, _luck_alone().std() / 500**0.5)
    if abs(gap) > 3.5 * error:  # once in a hundred where there is nothing
        better = "better" if gap > 0 else "worse"
        return (f"over {SEEDS} seeds the search on it is {abs(gap):.2f} ± {error:.2f} points "
                f"{better} than blind luck: something can be learned from it")  # fmt: skip
    return None


@functools.cache
def _luck_alone() -> np.ndarray:
    """The best of as many random cells, 500 times."""
    table, _ = _ground()
    drawn = (np.random.default_rng(1_000 + seed).permutation(len(table)) for seed in range(500))
    return np.array([table.objective[order[:QUESTIONS_ASKED]].max() for order in drawn])


EXERCISES = {"luck": _luck, "another acquisition": _acquisition, "nothing to learn": _null}
