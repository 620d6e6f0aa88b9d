"""What a search makes of a prediction: how much it would like to ask each candidate.

Every function of ``ACQUISITIONS`` takes a posterior and the best target so far; the candidate of
the highest score is asked.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy import special

from wl2nas import _require
from wl2nas.search.gp import Posterior


def expected_improvement(posterior: Posterior, best: float) -> Float[np.ndarray, " N"]:
    """Mean amount by which a candidate would beat ``best``. Source: Jones et al. 1998.

    >>> expected_improvement(Posterior(np.array([91.0]), np.array([1.0])), 91.0).round(3).tolist()
    [0.399]
    """
    gain = posterior.mean - best
    u = gain / posterior.std
    density = np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)
    return gain * special.ndtr(u) + posterior.std * density


def upper_confidence_bound(posterior: Posterior, beta: float = 1.0) -> Float[np.ndarray, " N"]:
    """What a candidate is worth if luck is good: the mean and ``beta`` standard deviations.

    Source: Srinivas et al. 2010, with the root of their beta.
    """
    return posterior.mean + _require.number("beta", beta, at_least=0) * posterior.std


ACQUISITIONS: dict[str, Callable[[Posterior, float], Float[np.ndarray, " N"]]] = {
    "ei": expected_improvement,
    "ucb": lambda posterior, _: upper_confidence_bound(posterior),
}
