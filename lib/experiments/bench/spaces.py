"""Enumeration, hashes, colours and neighbours of the whole space, each beside what it replaces."""

import networkx as nx

from experiments.bench.timing import seconds
from wl2nas import cells, wl
from wl2nas.cells import codes, neighbours


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


def bench_neighbours(space, sample) -> dict:
    """Canonical codes, and the neighbours of all cells; the baseline changes one cell at a time."""
    few, together = 100, seconds(lambda: cells.neighbourhoods(space))

    def one_at_a_time():
        for k in range(few):
            codes.canonical_codes(neighbours.edited(sample.take([k]))[0])

    loop = len(space) / few * seconds(one_at_a_time)
    return {
        "canonical_codes_s": seconds(lambda: codes.canonical_codes(space), repeat=2),
        "neighbourhoods_s": together,
        "baseline_neighbours_one_cell_at_a_time_scaled_s": loop,
        "ratio_neighbourhoods": loop / together,
    }
