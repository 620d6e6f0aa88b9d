"""Enumeration, hashes and colours of the whole space, each beside what it replaces.

Baselines over a sample are scaled to the space.
"""

import networkx as nx
import numpy as np

from experiments.bench.timing import seconds
from wl2nas import cells, wl


def sample_of(space, count: int):
    """So many cells at random, or all if they are fewer."""
    count = min(count, len(space))
    return space.take(np.random.default_rng(0).choice(len(space), count, replace=False))


def networkx_hash(cell: cells.Cell) -> str:
    """The per-graph baseline: networkx's own Weisfeiler-Lehman hash, three rounds."""
    graph = nx.from_numpy_array(cell.adjacency | cell.adjacency.T)
    nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
    return nx.weisfeiler_lehman_graph_hash(graph, node_attr="op", iterations=3)


def enumeration(space, count: int) -> dict:
    """All cells from the definition; the baseline is the official hash, cell by cell."""
    sample = sample_of(space, count)
    ours = seconds(cells.enumerate_nasbench101, repeat=3)
    md5 = seconds(lambda: [cells.module_hash(cell) for cell in sample]) * len(space) / len(sample)
    return {
        "enumerate_nasbench101_s": ours,
        "baseline_md5_module_hash_loop_scaled_s": md5,
        "ratio_enumeration": md5 / ours,
    }


def colours(space, count: int) -> dict:
    """Colour refinement; the baseline is networkx's hash, cell by cell."""
    sample = sample_of(space, count)
    all_four = seconds(
        lambda: [wl.count_classes(space, direction=d, rounds=6) for d in wl.DIRECTIONS]
    )
    ours = seconds(lambda: wl.count_classes(space, direction="undirected", rounds=3), repeat=3)
    loop = seconds(lambda: [networkx_hash(cell) for cell in sample]) * len(space) / len(sample)
    return {
        "wl_four_directions_six_rounds_s": all_four,
        "wl_undirected_three_rounds_s": ours,
        "baseline_networkx_undirected_three_rounds_scaled_s": loop,
        "ratio_wl": loop / ours,
    }


def bench(space, sample: int = 10_000) -> dict:
    """Both, beside so many cells one by one."""
    return enumeration(space, sample) | colours(space, sample)
