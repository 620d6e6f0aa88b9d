"""What a prediction is worth."""

import numpy as np
import pytest
from scipy import integrate, stats

from wl2nas import search
from wl2nas.search.acquisition import ACQUISITIONS
from wl2nas.search.gp import Posterior

MEAN, STD = np.array([90.0, 91, 93, 80]), np.array([1.0, 0.5, 2, 6])


def test_expected_improvement_by_integration():
    exact = search.expected_improvement(Posterior(MEAN, STD), 91.5)
    for k, (mean, std) in enumerate(zip(MEAN, STD, strict=True)):
        density = stats.norm(mean, std).pdf
        area, _ = integrate.quad(lambda f, d=density: (f - 91.5) * d(f), 91.5, mean + 20 * std)
        assert exact[k] == pytest.approx(area, abs=1e-7)


def test_the_upper_bound_is_a_quantile():
    """Of one standard deviation, that of 84 %: the share of a normal below it."""
    for beta in (0.0, 1.0, 2.5):
        bound = search.upper_confidence_bound(Posterior(MEAN, STD), beta)
        assert bound == pytest.approx(stats.norm(MEAN, STD).ppf(stats.norm.cdf(beta)))
    with pytest.raises(ValueError, match="beta must be a finite number of 0 or more"):
        search.upper_confidence_bound(Posterior(MEAN, STD), -1.0)


@pytest.mark.parametrize("name", ACQUISITIONS)
def test_more_mean_and_more_doubt_are_worth_more(name):
    few = Posterior(np.array([90.0, 90.5, 90.0]), np.array([1.0, 1.0, 1.5]))
    worth = ACQUISITIONS[name](few, 91.0)
    assert worth[0] < worth[1] and worth[0] < worth[2]
