"""`make larger`: does what was learned of small cells hold for larger ones, in the same networks?

The predictor of `make predictors` was chosen on the measured table, cells of up to five vertices on
MNIST-1D, and was not the best on NAS-Bench-101. Two things changed at once there: the size of the
cells, and everything else. Here only the size changes: it and the rivals that were reported beside
it learn from 100 cells of the measured table, and predict cells of six and seven vertices that were
trained alike. ``NULL`` knows the number of parameters and nothing else.

The larger cells (data/measured_larger.csv) are a random sample, as `experiments.table` says:

    python -m experiments.table --vertices 6 7 --seeds 2 --dags 8 --labellings 8 \\
        --output data/measured_larger.csv

Judged is Kendall's tau-b, over ``DRAWS`` draws of the cells that are learned, with an error that
counts how few DAGs the larger cells have; beside it the tau on the small cells not learned, and the
tau between two trainings of a cell: how well one training predicts the order of another.
"""

import argparse
import time

import numpy as np

from course.results import ROOT, numbers_of, record
from experiments import predictors
from experiments.downstream import summary
from wl2nas import cells
from wl2nas.benchmarks import measured
from wl2nas.cells.codes import edge_bits

LARGER = ROOT / "data" / "measured_larger.csv"
DRAWS, SAMPLES = 20, 100
NULL = {"parameters alone": (predictors.Process(("parameters",)),)}


def of_draw(variants, groups, accuracy, small: int, draw: int) -> dict[str, dict[str, np.ndarray]]:
    """What every variant predicts of the larger cells, and its tau on the small ones not learned.

    The first ``small`` cells are small; of these some are learned.
    """
    rows = predictors.drawn(small, predictors.LABELS, draw)
    others = np.setdiff1d(np.arange(small), rows)
    found = predictors.predictions(variants, groups, accuracy, rows)
    return {
        "small": {name: predictors.tau(f[others], accuracy[others]) for name, f in found.items()},
        "larger": {name: f[small:] for name, f in found.items()},
    }


def by_dags(draws: list, accuracy, dags) -> np.ndarray:
    """The mean tau over draws of predictions (L,): of all cells, then of samples of whole DAGs.

    Cells of one DAG are alike, so DAGs are drawn, with replacement, and not cells. The samples are
    the same whatever is predicted.
    """
    rng, kinds = np.random.default_rng(predictors.SEED), np.unique(dags)
    of = {dag: np.flatnonzero(dags == dag) for dag in kinds}
    samples = [
        np.concatenate([of[dag] for dag in rng.choice(kinds, len(kinds))]) for _ in range(SAMPLES)
    ]
    return np.array([
        np.mean([predictors.tau(found[at], accuracy[at]) for found in draws])
        for at in (np.arange(len(accuracy)), *samples)
    ])  # fmt: skip


def with_error(taus: np.ndarray) -> dict[str, float]:
    """What ``by_dags`` says of all cells, and its standard error over the samples."""
    return {
        "mean": round(float(taus[0]), 4),
        "standard_error": round(float(np.std(taus[1:], ddof=1)), 4),
    }


def between_trainings(path=None) -> float:
    """Kendall's tau-b between the test accuracies of the first two seeds of a measured table."""
    seeds = measured.trainings(path).pivot(index="row", columns="seed", values="test")
    return predictors.tau(seeds[0], seeds[1])


def main(arguments=None):
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args(arguments)
    started = time.perf_counter()
    tables = measured.load(), measured.load(LARGER)
    space = cells.nasbench101().take(np.concatenate([table.rows for table in tables]))
    accuracy = np.concatenate([table.reported for table in tables])
    chosen = numbers_of("predictors")["chosen"]
    variants = predictors.told(chosen) | NULL
    groups, small = predictors.Groups(space), len(tables[0])
    draws = [of_draw(variants, groups, accuracy, small, k) for k in range(DRAWS)]
    dags = edge_bits(space.adjacency[small:], space.rules)
    small_taus = {name: summary([draw["small"][name] for draw in draws]) for name in variants}
    sampled = {
        name: by_dags([draw["larger"][name] for draw in draws], accuracy[small:], dags)
        for name in variants
    }
    larger_taus = {name: with_error(taus) for name, taus in sampled.items()}
    numbers = {
        size: {"cells": len(table), "between_trainings": between_trainings(path), "tau": taus}
        for size, table, path, taus in zip(
            ("small", "larger"), tables, (None, LARGER), (small_taus, larger_taus), strict=True
        )
    }
    numbers["larger"] |= {
        "dags": len(np.unique(dags)),
        "chosen_ahead": {
            name: with_error(sampled[chosen] - taus)
            for name, taus in sampled.items() if name != chosen
        },
    }  # fmt: skip
    for size, found in numbers.items():
        title = f"{size}: {found['cells']:,} cells, between trainings {found['between_trainings']}"
        predictors.show(title, found["tau"])
    predictors.show(f"{chosen} is ahead of", numbers["larger"]["chosen_ahead"])
    record("larger", "make larger", numbers, seed=predictors.SEED, started=started)


if __name__ == "__main__":
    main()
