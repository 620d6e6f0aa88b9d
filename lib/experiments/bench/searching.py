"""Searches among all cells; the accuracies are a made-up function of seven statistics.

So nothing need be downloaded, and what a search costs does not hang on what it finds.
"""

import functools

import numpy as np

from experiments.bench.timing import seconds
from wl2nas import benchmarks, cells, features, search
from wl2nas.search.bayesian import OnFeatures

RUNS, QUESTIONS = 500, 150


def invented_table(seven) -> benchmarks.AccuracyTable:
    """Percentages that a fixed random linear function gives to the statistics of all cells."""
    weights = np.random.default_rng(0).standard_normal(seven.shape[1])
    height = seven @ weights
    accuracy = 100 * (height - height.min()) / np.ptp(height)
    return benchmarks.AccuracyTable("invented", np.arange(len(seven)), accuracy, accuracy)


def bench_cheap_searches(table, beside) -> dict:
    """Seconds of 500 runs of the searches that have no model; random search is the baseline."""
    methods = {
        "random": search.random_search,
        "evolution": functools.partial(search.regularised_evolution, neighbours=beside),
        "local": functools.partial(search.local_search, neighbours=beside),
    }
    return {
        f"search_500_runs_s_{name}": seconds(
            lambda m=method: [m(table, budget=QUESTIONS, seed=seed) for seed in range(RUNS)]
        )
        for name, method in methods.items()
    }


def bench_models(table, seven, beside) -> dict:
    """One run of each search with a model; the goals are 1 s from a pool and 1.5 s for a scoring.

    The baseline of the pool is the same run with all cells as candidates.
    """
    gp = functools.partial(
        search.bayesian_optimisation, table, seven, QUESTIONS, seed=0, batch=5, kernel="matern"
    )
    asked = np.random.default_rng(0).choice(len(seven), 200, replace=False)
    answers = table.answers(asked)
    found = {
        "search_gp_pool_of_20000_s": seconds(lambda: gp(pool=20_000, neighbours=beside), repeat=2),
        "baseline_search_gp_all_cells_s": seconds(gp),
        "gp_scores_all_cells_at_200_s": seconds(
            lambda: OnFeatures(seven, "matern").posterior(asked, answers, slice(None)), repeat=2
        ),
    }
    found["ratio_pool"] = (
        found["baseline_search_gp_all_cells_s"] / found["search_gp_pool_of_20000_s"]
    )
    for name, method in {"dngo": search.dngo_search, "reinforce": search.reinforce_search}.items():
        # The second run leaves the compilation out.
        found[f"search_{name}_s"] = seconds(
            lambda m=method: m(table, seven, QUESTIONS, seed=0), repeat=2
        )
    return found


def bench_search(space) -> dict:
    """All searches, on all cells."""
    seven = features.standardised(features.statistics(space))
    table, beside = invented_table(seven), cells.neighbourhoods(space)
    return bench_cheap_searches(table, beside) | bench_models(table, seven, beside)
