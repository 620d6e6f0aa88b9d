"""How often colour refinement fails: published counts and benchmarks, by this library's programs.

The files of BREC, graph8c and the strongly regular graphs lie beside the repository; without them
their tests skip, in words.
"""

import collections
import functools
import itertools
import json
from pathlib import Path

import igraph
import networkx as nx
import numpy as np
import pytest

from wl2nas import cells, graphs, wl
from wl2nas.theory import fwl

ROOT = Path(__file__).parents[2]


def codes(matrices, direction):
    """The code of the stable colours of many graphs of one size, without labels."""
    rounds = matrices.shape[1] - 1
    one_label = np.zeros(matrices.shape[:2], int)
    *_, colours = wl.batch_colours(matrices, one_label, direction=direction, rounds=rounds)
    return wl.graph_codes(colours)


def pairs_together(matrices, direction) -> int:
    _, sizes = np.unique(codes(matrices, direction), return_counts=True)
    return int((sizes * (sizes - 1) // 2).sum())


def graph6(path):
    """The graphs of a file, one a line; the first line may begin with a header."""
    lines = path.read_text(encoding="utf-8").split()
    return np.array([graphs.from_graph6(line) for line in lines])


# --- connected graphs ---------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "connected", "together"), [(5, 21, 0), (6, 112, 3), (7, 853, 17)])
def test_pairs_of_small_connected_graphs(n, connected, together):
    atlas = [g for g in nx.graph_atlas_g() if len(g) == n and nx.is_connected(g)]
    matrices = np.array([nx.to_numpy_array(g, dtype=bool) for g in atlas])
    assert len(matrices) == connected
    assert pairs_together(matrices, "undirected") == together


def test_312_pairs_of_connected_graphs_on_eight_vertices(oracle):
    matrices = graph6(oracle("graph8c.g6"))
    assert matrices.shape == (11_117, 8, 8)
    assert pairs_together(matrices, "undirected") == 312
    _, sizes = np.unique(codes(matrices, "undirected"), return_counts=True)
    assert sizes[sizes > 1].sum() == 395  # graphs that share their colours with another
    # They are 11,117 different ones, by igraph's canonical order (BLISS), and all connected.
    names = set()
    for matrix in matrices:
        graph = igraph.Graph.Adjacency(matrix.astype(int), mode="undirected")
        assert graph.is_connected()
        order = np.argsort(graph.canonical_permutation())
        names.add(matrix[np.ix_(order, order)].tobytes())
    assert len(names) == 11_117


# --- strongly regular graphs --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "graphs_in_it", "n", "degree", "joined", "apart"),
    [("sr16622.g6", 2, 16, 6, 2, 2), ("sr251256.g6", 15, 25, 12, 5, 6)],
)
def test_strongly_regular_graphs_need_triples(oracle, name, graphs_in_it, n, degree, joined, apart):
    family = graph6(oracle(name))
    assert len(family) == graphs_in_it
    for graph in family.astype(int):
        expected = degree * np.eye(n) + joined * graph + apart * (1 - np.eye(n) - graph)
        assert (graph @ graph == expected).all()
    for a, b in itertools.combinations(family, 2):
        assert fwl.separating_round(a, b, k=2) is None
    assert fwl.separating_round(family[0], family[1], k=3) == 1


def test_the_file_holds_our_two_graphs(oracle):
    family = [nx.from_numpy_array(g) for g in graph6(oracle("sr16622.g6"))]
    ours = [nx.from_numpy_array(g) for g in (graphs.rook(), graphs.shrikhande())]
    found = {tuple(nx.is_isomorphic(a, b) for b in ours) for a in family}
    assert found == {(True, False), (False, True)}


# --- BREC ---------------------------------------------------------------------------------------


def committed():
    return json.loads((ROOT / "data/results/brec.json").read_text(encoding="utf-8"))["numbers"]


def test_the_committed_table_of_brec_adds_up():
    totals = collections.Counter()
    for row in committed().values():
        totals.update({key: row[key] for key in ("pairs", "wl1", "fwl2")})
    assert totals == {"pairs": 400, "wl1": 0, "fwl2": 270}


@pytest.mark.slow
def test_brec_by_our_programs_its_own_flags_and_the_committed_table(oracle, monkeypatch):
    path = oracle("brec_pairs.json")
    from experiments import brec

    counted = {name: {"pairs": 0, "wl1": 0, "fwl2": 0} for name in committed()}
    for pair in json.loads(path.read_text(encoding="utf-8")):
        wl1, fwl2 = brec.verdict(pair)
        assert (wl1, fwl2) == (pair["wl1_distinguishes"], pair["fwl2_distinguishes"])
        row = counted[pair["subset"]]
        row["pairs"] += 1
        row["wl1"] += wl1
        row["fwl2"] += fwl2
    assert counted == {
        name: {key: row[key] for key in ("pairs", "wl1", "fwl2")}
        for name, row in committed().items()
    }


# --- directed acyclic graphs --------------------------------------------------------------------


@functools.cache
def dags(n):
    """One directed acyclic graph of every shape on n vertices, without labels.

    All upper triangular matrices, named by the least number that any order of the vertices spells.
    """
    pairs = list(itertools.combinations(range(n), 2))
    chosen = np.array(list(itertools.product([0, 1], repeat=len(pairs))), int)
    name = np.full(len(chosen), np.inf)
    for order in itertools.permutations(range(n)):
        spelt = [2.0 ** (n * order[i] + order[j]) for i, j in pairs]
        name = np.minimum(name, chosen @ np.array(spelt))
    _, first = np.unique(name, return_index=True)
    matrices = np.zeros((len(first), n, n), bool)
    for (i, j), bits in zip(pairs, chosen[first].T, strict=True):
        matrices[:, i, j] = bits
    return matrices


def with_one_source_and_one_sink(matrices):
    sources = (~matrices.any(axis=1)).sum(axis=1)
    sinks = (~matrices.any(axis=2)).sum(axis=1)
    return matrices[(sources == 1) & (sinks == 1)]


def test_the_sequences_are_those_published():
    """OEIS A003087 and A345258, n = 1..6."""
    assert [len(dags(n)) for n in range(1, 7)] == [1, 2, 6, 31, 302, 5_984]
    bipolar = [len(with_one_source_and_one_sink(dags(n))) for n in range(1, 7)]
    assert bipolar == [1, 1, 2, 10, 98, 1_960]


def test_the_structures_of_the_space_are_counted_alike():
    """Cells without their operations: one source, one sink, at most nine edges."""
    space = cells.nasbench101()
    for n in range(2, 7):
        expected = with_one_source_and_one_sink(dags(n))
        bits = space.codes[space.n_vertices == n] % 2**21  # the codes less their operations
        assert len(np.unique(bits)) == (expected.sum(axis=(1, 2)) <= cells.MAX_EDGES).sum()


def test_directed_colours_miss_one_pair_in_six_thousand():
    """Up to five vertices none; on six only the hexagon and the two triangles, with arrows."""
    for n in range(2, 6):
        assert pairs_together(dags(n), "both") == 0
    six = dags(6)
    found, member, count = np.unique(codes(six, "both"), return_inverse=True, return_counts=True)
    assert len(found) == 5_983
    lost = six[count[member] == 2]
    assert wl.separating_round(*lost, direction="both") is None
    chains = [(0, 2), (2, 4), (1, 3), (3, 5)]
    straight = graphs.from_edges(6, [*chains, (0, 4), (1, 5)])
    crossed = graphs.from_edges(6, [*chains, (0, 5), (1, 4)])
    assert {(_isomorphic(g, straight), _isomorphic(g, crossed)) for g in lost} == {
        (True, False),
        (False, True),
    }
    hexagon, triangles = graphs.hexagon_and_triangles()
    assert _isomorphic(graphs.skeleton(straight), triangles)
    assert _isomorphic(graphs.skeleton(crossed), hexagon)


def _isomorphic(a, b) -> bool:
    return nx.is_isomorphic(*(nx.from_numpy_array(g, create_using=nx.DiGraph) for g in (a, b)))


def test_every_dag_with_one_source_and_one_sink_is_told_apart_up_to_six_vertices():
    """Theorem A without labels, by counting: as many colours as graphs."""
    for n in range(2, 7):
        assert pairs_together(with_one_source_and_one_sink(dags(n)), "both") == 0
