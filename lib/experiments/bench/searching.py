"""The neighbours of all cells, and searches among them for a made-up function of seven statistics.

So nothing need be downloaded, and what a search costs does not hang on what it finds.
"""

import functools

import numpy as np
from threadpoolctl import threadpool_limits

from experiments.bench import spaces
from experiments.bench.timing import seconds
from wl2nas import benchmarks, cells, features, search
from wl2nas.cells import codes, neighbours
from wl2nas.search.bayesian import OnFeatures


def invented_table(space, seven) -> benchmarks.AccuracyTable:
    """Percentages that a fixed random linear function gives to the statistics of all cells."""
    weights = np.random.default_rng(0).standard_normal(seven.shape[1])
    height = seven @ weights
    accuracy = 100 * (height - height.min()) / np.ptp(height)
    return benchmarks.AccuracyTable(
        "invented", np.arange(len(seven)), accuracy, accuracy, space=space
    )


def next_to_all(space, few: int = 100) -> tuple[cells.Neighbours, dict]:
    """Canonical codes, and the neighbours of all cells; the baseline changes one cell at a time."""
    beside, sample = [], spaces.sample_of(space, few)

    def one_at_a_time():
        for k in range(len(sample)):
            codes.canonical_codes(neighbours.edited(sample.take([k]))[0])

    together = seconds(lambda: beside.append(cells.neighbourhoods(space)))
    loop = seconds(one_at_a_time) * len(space) / len(sample)
    return beside[0], {
        "canonical_codes_s": seconds(lambda: codes.canonical_codes(space), repeat=2),
        "neighbourhoods_s": together,
        "baseline_neighbours_one_cell_at_a_time_scaled_s": loop,
        "ratio_neighbourhoods": loop / together,
    }


def without_a_model(table, beside, runs: int, budget: int) -> dict:
    """Seconds of so many runs each."""
    methods = {
        "random": search.random_search,
        "evolution": functools.partial(search.regularised_evolution, neighbours=beside),
        "local": functools.partial(search.local_search, neighbours=beside),
    }
    return {
        f"search_{runs}_runs_s_{name}": seconds(
            lambda m=method: [m(table, budget=budget, seed=seed) for seed in range(runs)]
        )
        for name, method in methods.items()
    }


def with_a_process(table, seven, beside, budget: int, pool: int) -> dict:
    """One search from a pool; the baseline is the same search with all cells as candidates."""
    gp = functools.partial(
        search.bayesian_optimisation, table, seven, budget, seed=0, batch=5, kernel="matern"
    )
    pooled, everywhere = seconds(lambda: gp(pool=pool, neighbours=beside), repeat=2), seconds(gp)
    return {
        f"search_gp_pool_of_{pool}_s": pooled,
        "baseline_search_gp_all_cells_s": everywhere,
        "ratio_pool": everywhere / pooled,
    }


def scoring(table, seven, n: int = 200, batch: int = 5) -> dict:
    """Mean and deviation of all cells after n answers, on one thread as in every search.

    First as a round of a search, which keeps its distances to what earlier rounds asked; then from
    nothing.
    """
    asked = np.random.default_rng(0).choice(len(seven), n, replace=False)
    answers, anywhere = table.answers(asked), np.arange(len(seven))
    model, before = OnFeatures(seven, "matern"), n - batch
    with threadpool_limits(1):
        model.posterior(asked[:before], answers[:before], slice(None))
        return {
            f"gp_scores_all_cells_at_{n}_s": seconds(
                lambda: model.posterior(asked, answers, slice(None))
            ),
            f"gp_scores_all_cells_at_{n}_from_nothing_s": seconds(
                lambda: OnFeatures(seven, "matern").posterior(asked, answers, anywhere), repeat=2
            ),
        }


def with_a_network(table, seven, budget: int) -> dict:
    """arch2vec's two searches; the second run leaves the compilation out."""
    methods = {"dngo": search.dngo_search, "reinforce": search.reinforce_search}
    return {
        f"search_{name}_s": seconds(lambda m=method: m(table, seven, budget, seed=0), repeat=2)
        for name, method in methods.items()
    }


def bench(space, runs: int = 500, budget: int = 150, pool: int = 20_000) -> dict:
    """Neighbours, every search, and what a Gaussian process says of all cells."""
    seven = features.standardised(features.statistics(space))
    table, (beside, found) = invented_table(space, seven), next_to_all(space)
    return (
        found
        | without_a_model(table, beside, runs, budget)
        | with_a_process(table, seven, beside, budget, pool)
        | scoring(table, seven)
        | with_a_network(table, seven, budget)
    )
