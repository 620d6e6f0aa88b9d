"""Correlations that fall with the distance: how much one answer says about another.

Every function of ``KERNELS`` takes u = |x - y|^2 / (2 l^2), for the one length l, so that the same
u means the same length.
Source: Rasmussen and Williams 2006, equations 4.9 and 4.17.
"""

from collections.abc import Callable

import numpy as np


def rbf(u) -> np.ndarray:
    """exp(-u), smooth without end; u is |x - y|^2 / (2 l^2) for the length l."""
    return np.exp(-u)


def matern(u) -> np.ndarray:
    """Matern of order 5/2, twice differentiable: (1 + t + t^2 / 3) exp(-t), t = sqrt(10 u)."""
    t = np.sqrt(10 * u)
    found = 1 + t * (1 + t / 3)
    found *= np.exp(np.negative(t, out=t), out=t)
    return found


def matern_slope(u) -> np.ndarray:
    """How ``matern`` changes with u: -5/3 (1 + t) exp(-t)."""
    t = np.sqrt(10 * u)
    return -5 / 3 * (1 + t) * np.exp(-t)


KERNELS: dict[str, Callable[..., np.ndarray]] = {"rbf": rbf, "matern": matern}
