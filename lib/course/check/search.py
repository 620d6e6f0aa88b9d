"""Questions and exercises of notebook 09."""

import functools
import math

import numpy as np
from scipy import sparse, stats
from threadpoolctl import threadpool_limits

from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit
from wl2nas import benchmarks, cells, features, search, wl
from wl2nas.benchmarks import measured
from wl2nas.search import gp

SEEDS = 10  # draws over which a judge takes the mean
SEARCHES, BUDGET, START, BATCH = 10, 50, 10, 8  # of a judge's searches
ANSWERS = 100  # from which the order of all other cells is guessed
SIGMA = 2.0  # points of noise in section 13
FIVE = (217531, 39759, 27327, 3782, 7944)  # rows of section 3, from small to large
NOISE, LENGTH = 0.2, 0.3  # of the process of section 3
FOUR = ((91, 93, 90, 92), (90, 94, 89, 95))  # guesses and true accuracies of the first exercise


# --- facts that questions ask for ---------------------------------------------------------------


def _one_of_the_best(asked: int) -> float:
    cells_in_table = len(benchmarks.load("measured"))
    return _lucky(cells_in_table, cells_in_table // 100, asked)


def _lucky(cells_in_table: int, best: int, asked: int) -> float:
    """Probability that so many different random cells hold at least one of the best."""
    return 1 - math.comb(cells_in_table - best, asked) / math.comb(cells_in_table, asked)


def _from_one_answer(above: float, similarity: float) -> float:
    """How far above the average the guess at a new place is, given one answer without noise."""
    return float(similarity * np.linalg.solve([[1.0]], [above])[0])


@functools.cache
def _sizes():
    """log10 of the parameters and validation accuracy in percent, of the first training of every
    cell of five vertices, and where the five of section 3 are among them."""
    first = measured.trainings().query("seed == 0").sort_values("row", kind="stable")
    space = cells.nasbench101().take(first["row"].to_numpy())
    small = space.n_vertices == 5
    known = space.take(np.flatnonzero(small))
    size = np.log10(features.graph_statistics.trainable_parameters(known))
    rows = first["row"].to_numpy()[small]
    return size, 100 * first["validation"].to_numpy()[small], np.searchsorted(rows, FIVE)


def _similar(a, b, length: float):
    return np.exp(-((a[:, None] - b) ** 2) / (2 * length**2))


def _better_policy() -> str:
    """Which policy of section 4 finds the better cell."""
    size, accuracy, five = _sizes()
    x, y = size[five], accuracy[five]
    at = np.linspace(5.6, 7.55, 391)
    inverse = np.linalg.inv(_similar(x, x, LENGTH) + NOISE**2 * np.eye(5))
    cross = _similar(at, x, LENGTH)
    mean = y.mean() + cross @ inverse @ (y - y.mean())
    width = y.std() * np.sqrt(1 - ((cross @ inverse) * cross).sum(axis=1))
    gain = search.expected_improvement(gp.Posterior(mean, width), float(y.max()))
    found = {
        policy: accuracy[np.argmin(np.abs(size - at[score.argmax()]))]
        for policy, score in (("careful", mean), ("curious", gain))
    }
    return max(found, key=found.__getitem__)


def _overstated() -> float:
    """By how much the best of 100 noisy answers overstates its cell, on average."""
    table = benchmarks.load("measured")
    rng, gaps = np.random.default_rng(0), []
    for _ in range(500):
        true = table.objective[rng.permutation(len(table))[:100]]
        told = true + SIGMA * rng.standard_normal(100)
        gaps.append(told.max() - true[told.argmax()])
    return float(np.mean(gaps))


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
    "careful or curious": Question(
        "One asks where the guess is highest, the other where the expected improvement is. Which "
        "of them finds the better cell?",
        _better_policy,
        "It asked where little was known, and what it did not know was good news this time.",
        form=guesses.one_of("careful", "curious"),
    ),
    "lucky leader": Question(
        "Noise of 2 points lies on every answer. By how many points does the best of 100 answers "
        "overstate its cell, on average?",
        _overstated,
        "The highest of many answers has a true value and luck, and was chosen for both.",
        (0, 1, 3),
    ),
    "printed pair": Question(
        "A paper prints 95.06 % on validation and 94.27 % on test for NAS-Bench-101. Can these be "
        "the mean accuracies of one cell? (True or False)",
        lambda: benchmarks.possible_pair(95.06, 94.27).one_cells_means,
        "It may be an average over several searches, which is the accuracy of no cell.",
        form=guesses.true_or_false,
    ),
}


# --- searches and orders that judge -------------------------------------------------------------


@functools.cache
def _ground():
    """The measured table, its cells, and their colour counts with direction."""
    table = benchmarks.load("measured")
    space = cells.nasbench101().take(table.rows)
    return table, space, wl.colour_counts(space, direction="both", rounds=2)


def _height(score, seed: int) -> float:
    """The mean height in percent of a curve of the notebook's loop, after its start, with the BATCH
    best asked in every round."""
    table, _, colours = _ground()
    asked = np.random.default_rng(seed).permutation(len(table))[:START].tolist()
    answers = table.objective[asked].tolist()
    d2 = gp.squared_distances(colours, colours[asked])
    with threadpool_limits(1):  # matrices this small are slower on several threads
        while len(asked) < BUDGET:
            y = np.maximum(answers, np.quantile(answers, 0.2))
            believed = gp.fit_predict(d2[asked], y, d2)
            scores = score(believed.mean, believed.std, float(y.max()))
            scores[asked] = -np.inf
            new = np.argsort(-scores, kind="stable")[:BATCH]
            asked += new.tolist()
            answers += table.objective[new].tolist()
            d2 = np.hstack([d2, gp.squared_distances(colours, colours[new])])
    return float(np.maximum.accumulate(answers)[START:].mean())


def _expected_improvement(mean, std, best) -> np.ndarray:
    return search.expected_improvement(gp.Posterior(mean, std), best)


@functools.cache
def _by_expected_improvement() -> np.ndarray:
    """How high the curves of expected improvement are, (SEARCHES,)."""
    return np.array([_height(_expected_improvement, seed) for seed in range(SEARCHES)])


def _tau(described, seed: int) -> float:
    """Kendall's tau on the cells that were not asked; 0 where they are all guessed alike."""
    table, _, _ = _ground()
    order = np.random.default_rng(seed).permutation(len(table))
    asked, rest = order[:ANSWERS], order[ANSWERS:]
    d2 = gp.squared_distances(described, described[asked])
    with threadpool_limits(1):
        believed = gp.fit_predict(d2[asked], table.objective[asked], d2[rest])
    tau = stats.kendalltau(believed.mean, table.objective[rest]).statistic
    return float(tau) if np.isfinite(tau) else 0.0


@functools.cache
def _by_seven_statistics() -> np.ndarray:
    """Their tau on the same draws, (SEEDS,)."""
    seven = features.standardised(features.statistics(_ground()[1]))
    return np.array([_tau(seven, seed) for seed in range(SEEDS)])


def _described(found, ask: str):
    """Features as a float matrix, dense or sparse, a row for every cell of the table."""
    rows = len(_ground()[0])
    shape = getattr(found, "shape", ()) if sparse.issparse(found) else ()
    if len(shape) == 2 and shape[0] == rows and np.isfinite(found.data).all():
        return sparse.csr_matrix(found, dtype=float)
    values = handed_in.array_of(found, ask)
    if values.ndim != 2 or len(values) != rows or not np.isfinite(values).all():
        raise Unfit(f"{ask}, all finite; yours has the shape {values.shape}")
    return values.astype(float)


# --- exercises ----------------------------------------------------------------------------------


def _conditioned(answer) -> str | None:
    """Mean and variance of the last of some Gaussian numbers, given the others."""
    ask = "hand in a function conditioned(mean, covariance, y) that returns a mean and a variance"
    function = handed_in.function_of(answer, ask)
    rng = np.random.default_rng(0)
    for n in (1, 2, 4):
        mean, root = rng.normal(size=n + 1), rng.normal(size=(n + 1, n + 3))
        covariance, y = root @ root.T / n, rng.normal(size=n)
        on = f"{n} known number{'s' if n > 1 else ''}"
        found = handed_in.call(function, mean.copy(), covariance.copy(), y.copy(), on=on)
        values = handed_in.array_of(handed_in.items_of(found, ask, most=2), ask)
        if values.size != 2:
            return f"{ask}; for {on} yours returns {values.size} numbers"
        if fault := _conditioning_fault(values.ravel(), mean, covariance, y):
            return f"for {on} {fault}"
    return None


def _conditioning_fault(values, mean, covariance, y) -> str | None:
    weights = np.linalg.solve(covariance[:-1, :-1], covariance[:-1, -1])
    right = mean[-1] + weights @ (y - mean[:-1])
    variance = covariance[-1, -1] - weights @ covariance[:-1, -1]
    if np.isclose(values[0], weights @ y):
        return "the means were left out: weigh y minus its mean, and add the last mean"
    if not np.isclose(values[0], right):
        return f"the mean is {right:.4f}, and yours is {values[0]:.4f}"
    if np.isclose(values[1], variance**0.5):
        return "that is the width; the variance is its square"
    if not np.isclose(values[1], variance):
        return f"the variance is {variance:.4f}, and yours is {values[1]:.4f}"
    return None


def _pairs_in_order(answer) -> str | None:
    """Kendall's tau of four cells, by hand."""
    found, truth = guesses.number(answer), stats.kendalltau(*FOUR).statistic
    if math.isclose(found, (1 + truth) / 2, abs_tol=5e-3):
        return "that is the share of pairs that agree; subtract the share that do not"
    if math.isclose(found, -truth, abs_tol=5e-3):
        return "the sign is the wrong way round: tau is above 0 where most pairs agree"
    if not math.isclose(found, truth, abs_tol=5e-3):
        return f"not {found:.4g}; four cells make six pairs, count those that agree"
    return None


def _acquisition(answer) -> str | None:
    """A score for every cell from guess, width and the best answer so far."""
    ask = "hand in a function score(mean, width, best) that returns one number a cell"
    function = handed_in.function_of(answer, ask)

    def score(mean, std, best):
        found = handed_in.call(function, mean.copy(), std.copy(), best, on="means and widths")
        found = handed_in.array_of(found, ask)
        if found.shape != mean.shape or not np.isfinite(found).all():
            raise Unfit(f"{ask}, {len(mean):,} finite ones; yours has the shape {found.shape}")
        return found.astype(float)

    if fault := _preference_fault(score):
        return fault
    gap = np.array([_height(score, seed) for seed in range(SEARCHES)])
    gap -= _by_expected_improvement()
    error = gap.std(ddof=1) / SEARCHES**0.5
    if gap.mean() < -2 * error - 1e-9:
        return (f"over {SEARCHES} seeds its curve runs {-gap.mean():.2f} ± {error:.2f} points "
                "below that of expected improvement")  # fmt: skip
    return None


def _preference_fault(score) -> str | None:
    """Whether the wider and the higher of two guesses are preferred, many times over, so that a
    score with dice in it is judged fairly."""
    many = 400
    for guess, width, what in ((90, 5, "wider"), (95, 1, "higher")):
        mean, std = np.repeat([90.0, guess], many), np.repeat([1.0, width], many)
        if np.argmax(score(mean, std, 94.0)) < many:
            return (f"of {many} cells guessed 90 ± 1 and {many} guessed {guess} ± {width} it must "
                    f"ask one of the {what}; the best is 94")  # fmt: skip
    return None


def _null(answer) -> str | None:
    """Features from which nothing can be learned, judged by the order of the cells not asked.

    A matrix for every seed, since draws of one and the same are not independent of each other.
    """
    table, _, _ = _ground()
    ask = f"hand in a function nothing(seed) that returns {len(table):,} rows of numbers"
    function = handed_in.function_of(answer, ask)
    seeds, taus, before = 2 * SEEDS, [], None
    for seed in range(seeds):
        found = _described(handed_in.call(function, seed, on=f"nothing({seed})"), ask)
        kept = gp.squared_distances(found, found[[0]])
        if len(np.unique(kept.round(9))) < 10:
            return "nearly all rows lie equally far from the first: no order could come of them"
        if before is not None and np.array_equal(kept, before):
            same = "nothing(0) and nothing(1) are the same; let every seed have its own numbers"
            return same if abs(np.mean(taus)) < 0.1 else _learned(taus + taus)
        before = kept if seed == 0 else np.empty(0)
        taus.append(_tau(found, seed))
    error = np.std(taus, ddof=1) / seeds**0.5
    return _learned(taus) if abs(np.mean(taus)) > 4 * error + 0.003 else None


def _learned(taus) -> str:
    error = np.std(taus, ddof=1) / len(taus) ** 0.5
    return (f"on the cells not asked tau is {np.mean(taus):.2f} ± {error:.3f}: something can be "
            "learned from it")  # fmt: skip


def _log_probability(length: float) -> float:
    """log p of the five standardised answers, but for a constant."""
    size, accuracy, five = _sizes()
    x, y = size[five], accuracy[five]
    y = (y - y.mean()) / y.std()
    K = _similar(x, x, length) + NOISE**2 * np.eye(len(x))
    return float(-(y @ np.linalg.solve(K, y) + np.linalg.slogdet(K)[1]) / 2)


def _length(answer) -> str | None:
    """The length at which the five answers are most probable."""
    found = guesses.number(answer)
    if not 0.01 <= found <= 5:
        return f"a length of {found:.4g} is none of a size; try some from 0.05 to 2"
    lengths = np.linspace(0.05, 2, 391)
    best = lengths[np.argmax([_log_probability(length) for length in lengths])]
    if abs(found - best) <= 0.05:
        return None
    nearer = _log_probability(found + (0.05 if found < best else -0.05))
    return (f"at {found:.3g} log p is {_log_probability(found):.2f}, and at a somewhat "
            f"{'larger' if found < best else 'smaller'} length {nearer:.2f}")  # fmt: skip


def _better_description(answer) -> str | None:
    """Features that put the cells not asked in a better order than the seven statistics do."""
    table, space, _ = _ground()
    ask = f"hand in a function describe(space) that returns {len(table):,} rows of numbers"
    function = handed_in.function_of(answer, ask)
    rows = np.arange(len(space))
    turned = rows[::-1]
    found = handed_in.call(function, space.take(rows), on="the cells of the table")  # of a copy
    found = _described(found, ask)
    other = handed_in.call(function, space.take(turned), on="the same cells in another order")
    other = _described(other, ask)[turned]
    near, far = (gp.squared_distances(f, f[[0]])[:, 0] for f in (found, other))
    if not np.allclose(near, far, rtol=1e-6, atol=1e-9 * (1 + near.max())):
        return ("the same cells in another order get other rows: it must read the cells, not a "
                "list of answers")  # fmt: skip
    gap = np.array([_tau(found, seed) for seed in range(SEEDS)]) - _by_seven_statistics()
    error = gap.std(ddof=1) / SEEDS**0.5
    if gap.mean() <= 2 * error:
        return (f"tau is {gap.mean():+.3f} ± {error:.3f} beside that of the seven statistics over "
                f"{SEEDS} draws, which is not above by two standard errors")  # fmt: skip
    return None


EXERCISES = {
    "conditioned": _conditioned,
    "pairs in order": _pairs_in_order,
    "another acquisition": _acquisition,
    "nothing to learn": _null,
    "length": _length,
    "better description": _better_description,
}
