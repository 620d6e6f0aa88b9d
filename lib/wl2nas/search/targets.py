"""What a model is asked to learn from the answers of a search: a factor of its own.

The answers of NAS benchmarks have a long tail of failed trainings, which sets the scale of whatever
is learned from them as they are. Every function takes the answers seen so far and gives one target
for each, in the same order of quality; only the raw ones keep their unit. No one of them is best on
every table.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy import stats

from wl2nas import _require

FLOOR = 0.2  # quantile


def raw(answers) -> Float[np.ndarray, " Q"]:
    """The answers as they are."""
    return _require.finite("answers", answers, shape=(None,))


def floored(answers) -> Float[np.ndarray, " Q"]:
    """Answers below the 20 % quantile raised to it, so that failures do not set the scale."""
    answers = raw(answers)
    return np.maximum(answers, np.quantile(answers, FLOOR)) if len(answers) else answers


def log_error(answers, best_possible: float = 100.0) -> Float[np.ndarray, " Q"]:
    """-log(best_possible - answer): equal steps are equal factors of the error.

    ValueError for an answer that is not below ``best_possible``.
    """
    answers = raw(answers)
    best_possible = _require.number("best_possible", best_possible)
    if len(answers) and answers.max() >= best_possible:
        raise ValueError(
            f"answers must be below best_possible, {best_possible}, for an error to have a "
            f"logarithm; one is {answers.max()}: take normal_scores"
        )
    return -np.log(best_possible - answers)


def normal_scores(answers) -> Float[np.ndarray, " Q"]:
    """The normal quantile at (rank - .5) / Q: only the order counts. Equal answers share their mean
    rank; the .5 is Hazen's (1914).

    >>> normal_scores([10.0, 93.0, 94.0, 93.0]).round(2).tolist()
    [-1.15, 0.0, 1.15, 0.0]
    """
    answers = raw(answers)
    return stats.norm.ppf((stats.rankdata(answers) - 0.5) / max(len(answers), 1))


TARGETS: dict[str, Callable[..., Float[np.ndarray, " Q"]]] = {
    "raw": raw,
    "floored": floored,
    "log_error": log_error,
    "normal_scores": normal_scores,
}
