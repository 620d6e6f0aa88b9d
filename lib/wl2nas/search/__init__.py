"""Search: a table, or any function of a cell, asked as few questions as possible.

problem: what can be searched · ledger: what was asked, and what is left of the budget · history:
what came of it · at_random: the null · places: starts and neighbours · evolution, local: from
neighbour to neighbour · targets: what a model learns of the answers · distances, kernels: of
features · gp: an exact Gaussian process · grouped: one that weighs groups of features · predictor:
accuracies of all cells from a few · acquisition: what a prediction is worth · pool: whom a model is
asked about · bayesian: Bayesian optimisation on any features · wl_gp: on the colours of cells ·
wl_motifs: what it learns of them · reinforce, dngo: arch2vec's two searches · published: their
oddities · again: measuring again under noise.

The two searches that need JAX are loaded when they are asked for, as in the library's own list of
names. A module never has the name of its function, so that ``search.dngo_search`` is the function
whichever was imported first.
"""

import importlib

from wl2nas.search.acquisition import expected_improvement, upper_confidence_bound
from wl2nas.search.again import halving, measuring_again
from wl2nas.search.at_random import random_search
from wl2nas.search.bayesian import bayesian_optimisation
from wl2nas.search.evolution import regularised_evolution
from wl2nas.search.history import History, replayed, reported_curve
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.local import local_search
from wl2nas.search.places import Neighbours, stratified
from wl2nas.search.problem import Function, Noisy, Problem
from wl2nas.search.published import PUBLISHED, Oddities
from wl2nas.search.wl_gp import wl_bayesian_optimisation
from wl2nas.search.wl_motifs import motifs

_LATER = {"dngo_search": "dngo", "reinforce_search": "reinforce"}
__all__ = [
    "PUBLISHED",
    "Function",
    "History",
    "Ledger",
    "Neighbours",
    "Noisy",
    "Oddities",
    "Problem",
    "Seconds",
    "bayesian_optimisation",
    "expected_improvement",
    "halving",
    "local_search",
    "measuring_again",
    "motifs",
    "random_search",
    "regularised_evolution",
    "replayed",
    "reported_curve",
    "stratified",
    "upper_confidence_bound",
    "wl_bayesian_optimisation",
    *_LATER,
]


def __getattr__(name: str):
    if name in _LATER:
        return getattr(importlib.import_module(f"wl2nas.search.{_LATER[name]}"), name)
    raise AttributeError(f"module 'wl2nas.search' has no attribute {name!r}")
