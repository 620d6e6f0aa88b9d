"""Search: a table, or any function of a cell, asked as few questions as possible.

problem: what can be searched · ledger: what was asked, and what is left of the budget · history:
what came of it · at_random: the null · targets: what a model learns of the answers · distances and
kernels: of features · gp: an exact Gaussian process · acquisition: what a prediction is worth ·
pool: whom a model is asked about · bayesian: Bayesian optimisation on any features · wl_gp: on the
colours of cells · wl_motifs: what it learns of them.
"""

from wl2nas.search.acquisition import expected_improvement, upper_confidence_bound
from wl2nas.search.at_random import random_search
from wl2nas.search.bayesian import bayesian_optimisation
from wl2nas.search.history import History, reported_curve
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.problem import Function, Noisy, Problem
from wl2nas.search.wl_gp import wl_bayesian_optimisation
from wl2nas.search.wl_motifs import motifs

__all__ = [
    "Function",
    "History",
    "Ledger",
    "Noisy",
    "Problem",
    "Seconds",
    "bayesian_optimisation",
    "expected_improvement",
    "motifs",
    "random_search",
    "reported_curve",
    "upper_confidence_bound",
    "wl_bayesian_optimisation",
]
