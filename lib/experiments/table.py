"""`make table`: train NAS-Bench-101 cells on MNIST-1D and keep what was measured.

All labellings of one DAG, and all seeds, train at once (vmap). After every DAG the table is
written anew, whole or not at all and with a digest in every line: kill the run at any moment and
start it again.

    python -m experiments.table                             cells up to 5 vertices, as shipped
    python -m experiments.table --vertices 6 7 --seeds 2 --dags 100 --labellings 8
                                                            of larger cells a random sample
    python -m experiments.table --agreement                 rank correlation between seeds

The sample: DAGs of one size in random order, the first so many; of every one its cells in random
order, the first so many. A larger sample holds every smaller one.

Settings: 8 channels, 3,200 signals to train, 800 to validate, 1,000 to test, batch 50, 10 epochs,
Adam 1e-2 with cosine decay. The signals are mnist1d.make_dataset() (Greydanus and Kobak 2020,
arXiv 2011.14439).
"""

import argparse
import concurrent.futures
import functools
import hashlib
import itertools
import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd
from mnist1d.data import get_dataset_args, make_dataset
from tqdm.auto import tqdm

from experiments import table_network as network
from wl2nas import cells, files
from wl2nas.benchmarks import measured
from wl2nas.cells.codes import edge_bits
from wl2nas.files import write_atomically

TARGET = Path(__file__).parents[1] / "wl2nas" / "_data" / "measured.csv"
LOSS_EPOCHS = (1, 2, 4, 7, 10)
BEST = 100
COLUMNS = ["row", "seed", "validation", "test", "parameters", "seconds"]
COLUMNS += [f"loss_{epoch}" for epoch in LOSS_EPOCHS]


@dataclass(frozen=True)
class Settings:
    """One training."""

    channels: int = 8
    train: int = 3200
    batch: int = 50
    epochs: int = 10
    learning_rate: float = 1e-2


def signals() -> dict[str, np.ndarray]:
    """MNIST-1D: x (4000, 40) and x_test (1000, 40), float32; y and y_test, classes 0..9."""
    data = make_dataset(get_dataset_args())
    return {k: data[k].astype(np.float32 if k[0] == "x" else np.int32)
            for k in ("x", "y", "x_test", "y_test")}  # fmt: skip


def checksum(data: dict[str, np.ndarray]) -> str:
    """sha256 of the arrays rounded to four decimals; last bits matter only next to a half."""
    digest = hashlib.sha256()
    for name in ("x", "y", "x_test", "y_test"):
        digest.update(np.round(data[name] * 10_000).astype("<i4").tobytes())
    return digest.hexdigest()


def batch_order(seed: int, settings: Settings) -> np.ndarray:
    """Indices (steps, batch) of every epoch after the other; the same for all cells of a seed."""
    rng = np.random.default_rng(seed)
    epochs = [rng.permutation(settings.train) for _ in range(settings.epochs)]
    return np.concatenate(epochs).reshape(-1, settings.batch)


def train_all(adjacency, ops, keys, orders, data, settings: Settings):
    """Train T networks of one DAG at once: ops (T, n - 2), keys (T,), orders (T, steps, batch).

    Returns correct answers on validation and test signals, and the mean loss of every epoch.
    """
    x, y = jnp.asarray(data["x"]), jnp.asarray(data["y"])
    x_test, y_test = jnp.asarray(data["x_test"]), jnp.asarray(data["y_test"])
    schedule = optax.cosine_decay_schedule(settings.learning_rate, orders.shape[1])
    adam = optax.adam(schedule)

    def train_one(key, ops, order):
        params, stats = network.initialise(key, adjacency, ops, settings.channels)

        def step(carry, index):
            params, stats, state = carry

            def objective(params):
                logits, new = network.logits(params, stats, adjacency, ops, x[index], train=True)
                nats = optax.softmax_cross_entropy_with_integer_labels(logits.T, y[index])
                return nats.mean(), new

            (loss, stats), gradient = jax.value_and_grad(objective, has_aux=True)(params)
            updates, state = adam.update(gradient, state)
            return (optax.apply_updates(params, updates), stats, state), loss

        (params, stats, _), losses = jax.lax.scan(step, (params, stats, adam.init(params)), order)

        def correct(x, y):
            logits, _ = network.logits(params, stats, adjacency, ops, x, train=False)
            return (logits.argmax(axis=0) == y).sum()

        held_out = correct(x[settings.train :], y[settings.train :])
        return held_out, correct(x_test, y_test), losses.reshape(settings.epochs, -1).mean(axis=1)

    return jax.jit(jax.vmap(train_one))(keys, jnp.asarray(ops, jnp.int32), jnp.asarray(orders))


def train_dag(space, rows, seeds, data, settings: Settings) -> pd.DataFrame:
    """One record per cell and seed, for cells (rows of the space) that share one DAG."""
    started = time.perf_counter()
    jobs = [(int(row), seed) for seed in seeds for row in rows]
    n = space.n_vertices[rows[0]]
    adjacency = space.adjacency[rows[0], :n, :n]
    ops = np.stack([space.ops[row, 1 : n - 1] for row, _ in jobs])
    keys = jnp.stack([jax.random.fold_in(jax.random.key(seed), row) for row, seed in jobs])
    orders = np.stack([batch_order(seed, settings) for _, seed in jobs])
    valid, test, losses = map(np.asarray, train_all(adjacency, ops, keys, orders, data, settings))
    if not np.isfinite(losses).all():
        raise FloatingPointError(f"a loss is not finite among rows {rows.tolist()}")
    seconds = (time.perf_counter() - started) / len(jobs)
    table = pd.DataFrame(jobs, columns=["row", "seed"])
    table["validation"] = (valid / (len(data["x"]) - settings.train)).round(5)
    table["test"] = (test / len(data["x_test"])).round(5)
    table["parameters"] = [network.parameter_count(adjacency, o, settings.channels) for o in ops]
    table["seconds"] = round(seconds, 3)
    for epoch in (epoch for epoch in LOSS_EPOCHS if epoch <= settings.epochs):
        table[f"loss_{epoch}"] = losses[:, epoch - 1].astype(float).round(4)
    return table


def load_partial(path: Path) -> pd.DataFrame:
    """What was measured so far; an empty table where there is no file.

    ValueError names the line that was altered, and refuses a table without digests.
    """
    if not path.exists():
        return pd.DataFrame(columns=COLUMNS)
    remedy = "restore it, or delete it and train anew"
    content = files.read_whole(path, remedy=remedy)
    if not content.split(b"\n")[0].endswith(b",digest"):
        raise ValueError(f"{path} has no digests, by which an altered line is told; {remedy}")
    table = measured.records(content, str(path))
    if [name for name in COLUMNS if name in table] != list(table) or "row" not in table:
        raise ValueError(f"{path} is no table of trainings, whose columns are {COLUMNS}; {remedy}")
    return table


def save_table(path: Path, table: pd.DataFrame):
    """Write the table in the order of rows and seeds, every line with a digest."""
    table = table.sort_values(["row", "seed"], kind="stable", ignore_index=True)
    write_atomically(path, measured.with_digests(table.to_csv(index=False)))


def wanted(space, n: int, dags: int | None, labellings: int | None):
    """The rows of every DAG of n vertices that are to be trained; None stands for all."""
    dag_of = edge_bits(space.adjacency, space.rules)
    of_size = np.flatnonzero(space.n_vertices == n)
    found = np.unique(dag_of[of_size])
    if dags is not None:
        found = np.random.default_rng(n).permutation(found)[:dags]
    for dag in found:
        rows = of_size[dag_of[of_size] == dag]
        if labellings is not None:
            rows = np.sort(np.random.default_rng(int(dag)).permutation(rows)[:labellings])
        yield rows


def jobs(space, sizes, seeds_of, table: pd.DataFrame, dags=None, labellings=None):
    """The DAGs that still miss a training, as (rows, seeds), smallest first."""
    for n in sizes:
        for rows in wanted(space, n, dags, labellings):
            done = table[table["row"].isin(rows)].groupby("seed")["row"].nunique()
            missing = [seed for seed in range(seeds_of(n)) if done.get(seed, 0) < len(rows)]
            if missing:
                yield rows, missing


@functools.cache
def _inputs():
    return cells.nasbench101(), signals(), Settings()


def _work(job) -> pd.DataFrame:
    space, data, settings = _inputs()
    return train_dag(space, *job, data, settings)


def measure(path: Path, sizes, seeds_of, workers: int, dags=None, labellings=None):
    """Train what is missing, one DAG per worker process, and save after each."""
    table = load_partial(path)
    todo = list(jobs(cells.nasbench101(), sizes, seeds_of, table, dags, labellings))
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"  # one core per worker
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        finished = concurrent.futures.as_completed([pool.submit(_work, job) for job in todo])
        for future in tqdm(finished, total=len(todo), desc="DAGs"):
            new = future.result()
            table = pd.concat([table, new]) if len(table) else new
            table = table.drop_duplicates(["row", "seed"], keep="last")  # half of a DAG was there
            save_table(path, table)


def agreement(table: pd.DataFrame) -> pd.DataFrame:
    """How far every two seeds agree, on validation and on test accuracy.

    Spearman correlation; and what a training differs from another by luck, in points: the standard
    deviation of the difference over the root of 2, of all cells, and of the BEST by the mean of the
    two seeds, which is what a search has to tell apart.
    """
    found = []
    for name, (a, b) in itertools.product(
        ("validation", "test"), itertools.combinations(sorted(table["seed"].unique()), 2)
    ):
        wide = table.pivot(index="row", columns="seed", values=name)[[a, b]].dropna()
        luck = 100 * (wide[a] - wide[b]) / 2**0.5
        best = np.argsort(-wide.mean(axis=1).to_numpy(), kind="stable")[:BEST]
        found.append({
            "accuracy": name, "seeds": f"{a}, {b}", "cells": len(wide),
            "spearman": wide[a].corr(wide[b], method="spearman"),
            "luck": luck.std(), f"luck of the best {BEST}": luck.iloc[best].std(),
        })  # fmt: skip
    return pd.DataFrame(found)


def spread(table: pd.DataFrame) -> pd.Series:
    """How far cells differ, by the means of their trainings: test accuracy in percent."""
    means = 100 * table.groupby("row")["test"].mean()
    best = np.sort(means.to_numpy())[-BEST:]
    return pd.Series({
        "5 %": means.quantile(0.05), "median": means.median(), "95 %": means.quantile(0.95),
        "deviation": means.std(), f"of the best {BEST}": best.std(ddof=1),
    })  # fmt: skip


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vertices", type=int, nargs="+", default=[2, 3, 4, 5])
    parser.add_argument("--seeds", type=int, help="default: 3 up to 4 vertices, else 2")
    parser.add_argument("--dags", type=int, help="a random sample of so many DAGs of each size")
    parser.add_argument("--labellings", type=int, help="and of so many cells of each DAG")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--output", type=Path, default=TARGET)
    parser.add_argument("--agreement", action="store_true", help="print, do not train")
    options = parser.parse_args(arguments)
    if not options.agreement:
        measure(
            options.output,
            options.vertices,
            lambda n: options.seeds or (3 if n <= 4 else 2),
            options.workers,
            options.dags,
            options.labellings,
        )
    table = load_partial(options.output)
    print(agreement(table).round(3).to_string(index=False))
    print("mean test accuracy over the cells:", spread(table).round(2).to_dict())


if __name__ == "__main__":
    main()
