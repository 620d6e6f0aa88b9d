"""Search: a table, or any function of a cell, asked as few questions as possible.

problem: what can be searched · history: what came of it · at_random: the null · gp: an exact
Gaussian process · bayesian: Bayesian optimisation on any features.
"""

from wl2nas.search.at_random import random_search
from wl2nas.search.bayesian import bayesian_optimisation, expected_improvement
from wl2nas.search.history import History, replayed, reported_curve
from wl2nas.search.problem import Function, Problem

__all__ = [
    "Function",
    "History",
    "Problem",
    "bayesian_optimisation",
    "expected_improvement",
    "random_search",
    "replayed",
    "reported_curve",
]
