"""`make downstream`: what a representation is good for besides search, on all of NAS-Bench-101.

* **Accuracy predicted from n random cells.** The mean test accuracies of the public table
  (downloaded once, see `wl2nas.benchmarks.nasbench101`) of n cells train an exact Gaussian
  process, which predicts all other cells; Kendall's tau-b is between its means and their
  accuracies. The draws of cells are the same for every representation. So is the process: the
  RBF kernel of `wl2nas.search.gp`, with s and the noise of highest marginal likelihood (of 2,000 of
  the cells where there are more), and targets below their 20 % quantile raised to it, as in
  `search`, so that failed trainings do not set the scale.
  Control: 100 draws of 100 cells whose accuracies are permuted among them; tau over 10,000 others.
* **Edit distance against distance between representations.** Spearman over 10,000 random pairs of
  different cells, and over 2,000 pairs at the two ends of walks of 1, 2, .., 8 random edits that
  start at random cells of seven vertices (`wl2nas.cells.edits.random_edits`).

Features are the same in both, and as in `search`: as they are, with the Euclidean distance; only
the seven statistics, which are in different units, are standardised over the space.

Resumable: every row is written when it is done, and done again only if its checkpoint has changed.
Only aggregates are written.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import sparse, stats

from course import representations
from course.representations import REPRESENTATIONS
from course.results import numbers_of, record
from experiments.same_skeleton import bootstrap_se
from wl2nas import benchmarks, cells, latent, train
from wl2nas.cells import edits
from wl2nas.search import gp, targets

SEED = 0
DRAWS = {100: 10, 172: 10, 424: 10, 4_236: 3}  # training cells: how many draws of them
CONTROL, PERMUTATIONS, OTHERS = 100, 100, 10_000  # training cells, draws of them, other cells
LIKELIHOOD_CELLS = 2_000  # s and noise are chosen with at most so many of the training cells
BLOCK = 10_000_000  # distances at once
PAIRS, WALKS, STEPS = 10_000, 2_000, 8
SETTINGS = {
    "draws": {str(n): draws for n, draws in DRAWS.items()},
    "control": [CONTROL, PERMUTATIONS, OTHERS],
    "floor_quantile": targets.FLOOR,
    "likelihood_cells": LIKELIHOOD_CELLS,
    "random_pairs": PAIRS,
    "walks": WALKS,
    "steps": STEPS,
}


# --- representations ----------------------------------------------------------------------------


POOLED = {  # the published mean over all rows, padding included, against other ways to pool
    "arch2vec_published_real_mean": "real",
    "arch2vec_published_sum": "sum",
}


def checkpoint(name: str) -> Path:
    """The file of a trained row; those of POOLED share one."""
    return representations.checkpoint("arch2vec_published" if name in POOLED else name)


def source(name: str) -> str | None:
    """What a row is made from: sha256 of its checkpoint, "code" if it needs none, else None."""
    if name not in POOLED and not REPRESENTATIONS[name].trained:
        return "code"
    path = checkpoint(name)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def represent(name: str, space):
    """The features of every cell, dense or sparse in float64, (N, D)."""
    if name in REPRESENTATIONS:
        return REPRESENTATIONS[name].features(space).astype(np.float64)
    model = train.load_checkpoint(checkpoint(name))
    model.config = replace(model.config, pooling=POOLED[name])
    return latent.embed(model, space).astype(np.float64)


# --- prediction ---------------------------------------------------------------------------------


def predict(values, rows: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """The mean of the Gaussian process of `gp` at all cells, (N,), block by block."""
    known = values[rows]
    process = gp.fit(
        gp.squared_distances(known, known), targets.floored(answers), chosen_by=LIKELIHOOD_CELLS
    )
    step = max(BLOCK // len(rows), 1)
    parts = (values[start : start + step] for start in range(0, values.shape[0], step))
    return np.concatenate([process.mean(gp.squared_distances(part, known)) for part in parts])


def training_cells(total: int, n: int, draw: int) -> np.ndarray:
    """The rows of one draw, the same for every representation, (n,)."""
    return np.random.default_rng((SEED, n, draw)).choice(total, n, replace=False)


def kendall(values, accuracy: np.ndarray, rows: np.ndarray, answers: np.ndarray) -> float:
    """Kendall's tau-b over the other cells, of a prediction from answers at these rows."""
    others = np.ones(len(accuracy), bool)
    others[rows] = False
    mean = predict(values, rows, answers)
    return float(stats.kendalltau(mean[others], accuracy[others]).statistic)


def control(values, accuracy: np.ndarray, draw: int) -> float:
    """Kendall's tau-b of a prediction from permuted accuracies, over a sample of other cells."""
    rows = training_cells(len(accuracy), CONTROL + OTHERS, draw)
    mixed = np.random.default_rng((SEED, draw)).permutation(accuracy[rows[:CONTROL]])
    return kendall(values[rows], accuracy[rows], np.arange(CONTROL), mixed)


def summary(taus: list[float]) -> dict:
    """Mean and standard error over the draws."""
    error = np.std(taus, ddof=1) / len(taus) ** 0.5
    return {"mean": round(float(np.mean(taus)), 4), "standard_error": round(float(error), 4)}


def prediction(values, accuracy: np.ndarray, draws: dict[int, int]) -> dict:
    """Kendall's tau by the number of training cells, all draws in their order, and the control."""
    found = {}
    for n, count in draws.items():
        training = [training_cells(len(accuracy), n, k) for k in range(count)]
        taus = [kendall(values, accuracy, rows, accuracy[rows]) for rows in training]
        found[str(n)] = {**summary(taus), "draws": np.round(taus, 4).tolist()}
        print(f"  tau from {n:>5,}: {found[str(n)]['mean']:.3f}", flush=True)
    permuted = [control(values, accuracy, k) for k in range(PERMUTATIONS)]
    return {"kendall_tau": found, "kendall_tau_permuted": summary(permuted)}


# --- distances ----------------------------------------------------------------------------------


def random_pairs(space) -> np.ndarray:
    """PAIRS pairs of different rows, (P, 2)."""
    rng = np.random.default_rng((SEED, 1))
    first = rng.integers(len(space), size=PAIRS)
    second = (first + rng.integers(1, len(space), size=PAIRS)) % len(space)
    return np.stack([first, second], axis=1)


def walks(space) -> np.ndarray:
    """The rows at the two ends of WALKS walks, (W, 2); walk k takes 1 + k % STEPS steps.

    A walk starts at a random cell of seven vertices; a step is a legal edit, all of them equally
    likely. A walk may come back to where it began.
    """
    rng = np.random.default_rng((SEED, 2))
    start = rng.choice(np.flatnonzero(space.n_vertices == cells.MAX_VERTICES), WALKS)
    here = edits.random_walks(space.take(start), 1 + np.arange(WALKS) % STEPS, rng)
    return np.stack([start, space.rows(here)], axis=1)


def pair_distances(values, pairs: np.ndarray) -> np.ndarray:
    """Euclidean distances between the two rows of every pair, (P,)."""
    difference = values[pairs[:, 0]] - values[pairs[:, 1]]
    if sparse.issparse(difference):
        return np.sqrt(np.asarray(difference.multiply(difference).sum(axis=1)).ravel())
    return np.linalg.norm(difference, axis=1)


def spearman(a, b) -> float:
    """Spearman's rank correlation."""
    return float(stats.spearmanr(a, b).statistic)


def agreement(edits: np.ndarray, distance: np.ndarray, unit: float) -> dict:
    """Spearman, its standard error over resamples of the pairs, and quartiles of the distance.

    The quartiles are by edit distance, after the number of pairs, in units of ``unit``.
    """
    quartiles = {}
    for k in np.unique(edits):
        here = distance[edits == k] / unit
        quartiles[str(k)] = [len(here), *np.percentile(here, (25, 50, 75)).round(3).tolist()]
    rng = np.random.default_rng((SEED, 3))
    return {
        "spearman": round(spearman(edits, distance), 4),
        "standard_error": round(bootstrap_se(spearman, edits, distance, rng), 4),
        "pairs_and_quartiles_by_edit_distance": quartiles,
    }


def distances(values, space) -> dict:
    """How well distances agree with edit distances, on random pairs and along walks.

    In both, the unit of distance is the mean over the random pairs.
    """
    kinds = {"random_pairs": random_pairs(space), "walks": walks(space)}
    unit = float(pair_distances(values, kinds["random_pairs"]).mean())
    return {
        kind: agreement(
            edits.distances(space.take(pairs[:, 0]), space.take(pairs[:, 1])),
            pair_distances(values, pairs),
            unit,
        )
        for kind, pairs in kinds.items()
    }


# --- rows ---------------------------------------------------------------------------------------


def measure(name: str, space, accuracy: np.ndarray, draws: dict[int, int]) -> dict:
    """One row: everything that is measured of a representation."""
    started = time.perf_counter()
    values = represent(name, space)
    numbers = {
        "source": source(name),
        "dimensions": values.shape[1],
        "edit_distance": distances(values, space),
        **prediction(values, accuracy, draws),
    }
    return {**numbers, "seconds": round(time.perf_counter() - started, 1)}


def missing(rows: dict) -> Iterator[str]:
    """The names of the rows that are yet to be measured, and can be."""
    for name in (*REPRESENTATIONS, *POOLED):
        made_from = source(name)
        if made_from is None:
            print(f"{name}: skipped, data/checkpoints/{checkpoint(name).name} is not there")
        elif rows.get(name, {}).get("source") != made_from:
            yield name
        else:
            print(f"{name}: done before")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--only",
        nargs="*",
        choices=(*REPRESENTATIONS, *POOLED),
        help="rows, by name; without, all of them",
    )
    only = parser.parse_args(arguments).only
    started, space = time.perf_counter(), cells.nasbench101()
    accuracy = benchmarks.load("nasbench101").reported
    numbers = numbers_of("downstream")
    if numbers.get("settings") != SETTINGS:  # other settings, other numbers: start anew
        numbers = {"settings": SETTINGS, "rows": {}}
    for name in missing(numbers["rows"]):
        if only is not None and name not in only:
            continue
        print(f"{name}: begun", flush=True)
        numbers["rows"][name] = measure(name, space, accuracy, DRAWS)
        record("downstream", "make downstream", numbers, seed=SEED, started=started)
    print(json.dumps({name: flat(row) for name, row in numbers["rows"].items()}, indent=1))


def flat(row: dict) -> dict:
    """The figures of a row in a line."""
    taus = {n: tau["mean"] for n, tau in row["kendall_tau"].items()}
    return taus | {kind: found["spearman"] for kind, found in row["edit_distance"].items()}


if __name__ == "__main__":
    main()
