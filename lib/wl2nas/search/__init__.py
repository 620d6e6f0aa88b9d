"""Search: a table, or any function of a cell, asked as few questions as possible.

problem: what can be searched · ledger: what was asked, and what is left of the budget · history:
what came of it · at_random: the null · gp: an exact Gaussian process · bayesian: Bayesian
optimisation on any features · places: starts and neighbours · evolution, local: from neighbour to
neighbour · again: measuring again under noise.
"""

from wl2nas.search.again import halving, measuring_again
from wl2nas.search.at_random import random_search
from wl2nas.search.bayesian import bayesian_optimisation, expected_improvement
from wl2nas.search.evolution import regularised_evolution
from wl2nas.search.history import History, reported_curve
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.local import local_search
from wl2nas.search.places import Neighbours, stratified
from wl2nas.search.problem import Function, Noisy, Problem

__all__ = [
    "Function",
    "History",
    "Ledger",
    "Neighbours",
    "Noisy",
    "Problem",
    "Seconds",
    "bayesian_optimisation",
    "expected_improvement",
    "halving",
    "local_search",
    "measuring_again",
    "random_search",
    "regularised_evolution",
    "reported_curve",
    "stratified",
]
