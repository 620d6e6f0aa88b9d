"""`make bench`: speed, as ratios against named baselines measured in the same run.

Run it on an idle machine; the load is recorded. Baselines over a sample are scaled to the space.
"""

import time

import networkx as nx
import numpy as np
from flax import nnx

from results import load_average, record
from wl2nas import cells, latent, model, train, wl

SAMPLE = 10_000


def seconds(call, repeat: int = 1) -> float:
    """The shortest wall time of ``repeat`` calls."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def networkx_hash(cell: cells.Cell) -> str:
    """The per-graph baseline: networkx's own Weisfeiler-Lehman hash, three rounds."""
    graph = nx.from_numpy_array(cell.adjacency | cell.adjacency.T)
    nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
    return nx.weisfeiler_lehman_graph_hash(graph, node_attr="op", iterations=3)


def bench_space(space, sample) -> dict:
    scale = len(space) / len(sample)
    ours = seconds(cells.enumerate_nasbench101, repeat=3)
    md5 = scale * seconds(lambda: [cells.module_hash(cell) for cell in sample])
    return {
        "enumerate_nasbench101_s": ours,
        "baseline_md5_module_hash_loop_scaled_s": md5,
        "ratio_enumeration": md5 / ours,
    }


def bench_wl(space, sample) -> dict:
    scale = len(space) / len(sample)
    all_four = seconds(
        lambda: [wl.count_classes(space, direction=d, rounds=6) for d in wl.DIRECTIONS]
    )
    three_rounds = seconds(lambda: wl.count_classes(space, direction="undirected", rounds=3))
    loop = scale * seconds(lambda: [networkx_hash(cell) for cell in sample])
    return {
        "wl_four_directions_six_rounds_s": all_four,
        "wl_undirected_three_rounds_s": three_rounds,
        "baseline_networkx_undirected_three_rounds_scaled_s": loop,
        "ratio_wl": loop / three_rounds,
    }


def bench_training(space) -> dict:
    """Cells per second at batch 32, after compilation, as published and one step per call."""
    rows, _ = train.split_published(len(space))

    def rate(steps: int, **settings) -> float:
        config = train.TrainConfig(**settings)
        fresh = model.Arch2Vec(rngs=nnx.Rngs(0))
        train.fit(fresh, space, rows, config, steps=config.steps_per_call, progress_bar=False)
        run = lambda: train.fit(fresh, space, rows, config, steps=steps, progress_bar=False)  # noqa: E731
        return steps * config.batch / seconds(run, repeat=2)

    scanned, looped = rate(4_000), rate(400, steps_per_call=1)
    return {
        "training_cells_per_s_scan": scanned,
        "baseline_training_cells_per_s_one_step_per_call": looped,
        "ratio_training": scanned / looped,
    }


def bench_embedding(space) -> dict:
    fresh = model.Arch2Vec(rngs=nnx.Rngs(0))
    latent.embed(fresh, space)  # compiles
    return {"embed_all_cells_s": seconds(lambda: latent.embed(fresh, space), repeat=2)}


def main():
    started, load = time.perf_counter(), load_average()
    space = cells.nasbench101()
    sample = space.take(np.random.default_rng(0).choice(len(space), SAMPLE, replace=False))
    numbers = {"load_before": load}
    numbers |= bench_space(space, sample) | bench_wl(space, sample)
    numbers |= bench_training(space) | bench_embedding(space)
    numbers = {name: float(f"{value:.3g}") for name, value in numbers.items()}
    record("bench", "make bench", numbers, seed=0, started=started)
    for name, value in numbers.items():
        print(f"{name:>52}: {value:,g}")


if __name__ == "__main__":
    main()
