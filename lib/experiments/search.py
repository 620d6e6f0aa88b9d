"""`make search`: search the measured table with every representation that exists so far.

The same optimiser, objective (validation), seeds and first ten cells for all; the curves are of
the test accuracy of the incumbent. Resumable: a finished seed is not run again.
"""

import argparse
import hashlib
import json
import time

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from tqdm.auto import tqdm

from course.representations import REPRESENTATIONS, checkpoint
from course.results import RESULTS, ROOT, record
from wl2nas import benchmarks, cells, files, latent, search, train
from wl2nas.features import distinct
from wl2nas.files import write_atomically

BUDGET, SEEDS = 150, 60
GOALS = (25, 10, 3, 1)  # any of the best so many cells by validation accuracy
PARTIAL = ROOT / "build" / "search_measured.partial.json"


def vectors(space) -> np.ndarray:
    """arch2vec's vectors, those of cells that it cannot tell apart made equal, (N, 16).

    In float64, which from here on the whole process has: in float32 they differ in the seventh
    digit between processors, and in thousands of choices that is enough for another one.
    """
    jax.config.update("jax_enable_x64", True)
    model = train.load_checkpoint(checkpoint("arch2vec_published"))
    wide = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), nnx.state(model, nnx.Param))
    statistics = jax.tree.map(
        lambda leaf: jnp.asarray(leaf, jnp.float64), nnx.state(model, nnx.BatchStat)
    )
    nnx.update(model, wide, statistics)
    return distinct.made_equal(latent.embed(model, space), latent.relabelling_gap(model, space))


def representations(rows) -> dict:
    """Feature matrices of these rows; None stands for random search."""
    space = cells.nasbench101().take(rows)
    colours = {
        name: REPRESENTATIONS[name].features(space) for name in ("wl_skeleton", "wl_directed")
    }
    return {"random search": None, **colours, "arch2vec_published": vectors(space)}


def run(features, seed: int) -> dict:
    """Test accuracy of the incumbent after 1..BUDGET queries, and after how many queries the first
    of the best k cells by validation was asked (BUDGET + 1 if none was), for every k of GOALS."""
    table = benchmarks.load("measured")
    if features is None:
        history = search.random_search(table, BUDGET, seed=seed)
    else:
        history = search.bayesian_optimisation(table, features, BUDGET, seed=seed)
    goals = np.sort(table.objective)[::-1][np.array(GOALS) - 1]
    hits = [np.flatnonzero(history.objective >= goal) for goal in goals]
    return {
        "test": search.reported_curve(table, history).round(4).tolist(),
        "reached": [int(hit[0]) + 1 if len(hit) else BUDGET + 1 for hit in hits],
    }


def load_partial() -> dict:
    """The finished runs, by name and seed; ValueError if they are not as `save_partial` wrote."""
    if not PARTIAL.exists():
        return {}
    remedy = "delete it and run again"
    content = files.read_json(PARTIAL, remedy=remedy)
    if not isinstance(content, dict) or content.keys() != {"sha256", "runs"}:
        raise ValueError(f"{PARTIAL} is no half-done search; {remedy}")
    if content["sha256"] != _digest(content["runs"]):
        raise ValueError(f"{PARTIAL} is not as it was written; {remedy}")
    return content["runs"]


def save_partial(runs: dict):
    """Write what is finished, with a digest: one wrong digit would be believed."""
    content = {"sha256": _digest(runs), "runs": runs}
    write_atomically(PARTIAL, json.dumps(content).encode())


def _digest(runs) -> str:
    return hashlib.sha256(json.dumps(runs).encode()).hexdigest()


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    seeds = parser.parse_args(arguments).seeds
    started, table = time.perf_counter(), benchmarks.load("measured")
    runs = load_partial()
    for name, features in representations(table.rows).items():
        done = runs.setdefault(name, {})
        for seed in tqdm([s for s in range(seeds) if str(s) not in done], desc=name):
            done[str(seed)] = run(features, seed)
            save_partial(runs)
    curves = {
        name: np.array([done[str(s)]["test"] for s in range(seeds)]) for name, done in runs.items()
    }
    numbers = {
        "cells_in_table": len(table),
        "best_test": table.report(table.best),
        "queries": [10, 25, 50, 100, 150],
        "runs": {name: values[:, [9, 24, 49, 99, 149]].tolist() for name, values in curves.items()},
        "goals": GOALS,
        "reached": {
            name: [done[str(s)]["reached"] for s in range(seeds)] for name, done in runs.items()
        },
        "mean_curve": {n: v.mean(axis=0).round(3).tolist() for n, v in curves.items()},
        "standard_error": {
            n: (v.std(axis=0, ddof=1) / seeds**0.5).round(3).tolist() for n, v in curves.items()
        },
    }
    record("search_measured", "make search", numbers, seed=list(range(seeds)), started=started)
    PARTIAL.unlink()
    print(f"written to {RESULTS / 'search_measured.json'}")


if __name__ == "__main__":
    main()
