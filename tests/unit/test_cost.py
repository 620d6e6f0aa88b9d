"""`make cost`: its graphs, its stopwatch, and the numbers that notebook 02 draws."""

import itertools
import multiprocessing
import random
import signal
import statistics
import time
from collections import Counter

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.results import numbers_of
from experiments import cost
from wl2nas import graphs

RECORD = numbers_of("wl_cost")
GROWTH, SEARCH = RECORD["growth"], RECORD["search"]
HARD = ("cfi", "multipede")


def made(family: str, size: int, draw: int = 0) -> list[nx.Graph]:
    return (cost.GROWTH | cost.SEARCH)[family][1](size, random.Random(1000 * size + draw))


def same(a: nx.Graph, b: nx.Graph) -> bool:
    return igraph.Graph.from_networkx(a).isomorphic_bliss(igraph.Graph.from_networkx(b))


def found(method: str, *inputs: nx.Graph) -> dict:
    """What a method finds, in this process and not timed."""
    return cost.METHODS[method](*inputs)()


# --- the graphs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "size", "edges"),
    [("path", 100, 99), ("random tree", 100, 99), ("grid", 10, 180), ("random sparse", 100, 200)],
)
def test_sparse_graphs_are_what_they_are_called(family, size, edges):
    (graph,) = made(family, size)
    assert (len(graph), graph.number_of_edges()) == (100, edges)
    assert nx.is_tree(graph) == (family in ("path", "random tree"))
    degrees = Counter(degree for _, degree in graph.degree)
    if family == "path":
        assert degrees == {1: 2, 2: 98}
    if family == "grid":
        assert degrees == {2: 4, 3: 32, 4: 64}


def test_renamed_graphs_are_the_same_graphs():
    star = nx.star_graph(6)
    copies = [cost.renamed(random.Random(seed), star)[0] for seed in range(5)]
    assert all(list(copy) == list(range(7)) and nx.is_isomorphic(star, copy) for copy in copies)
    assert len({max(copy, key=copy.degree) for copy in copies}) > 1


def test_the_smallest_cfi_pair_is_rook_and_shrikhande():
    known = [nx.from_numpy_array(matrix) for matrix in (graphs.rook(), graphs.shrikhande())]
    assert [[same(a, b) for b in known] for a in made("cfi", 4)] in (
        [[True, False], [False, True]],
        [[False, True], [True, False]],
    )


@pytest.mark.parametrize("size", [6, 10, 20])
def test_a_cfi_pair_is_regular_and_not_isomorphic(size):
    pair = made("cfi", size)
    for graph in pair:
        assert len(graph) == 4 * size and {degree for _, degree in graph.degree} == {6}
    assert not same(*pair)
    assert found("splitting", *pair)["verdict"] == "cannot tell"


@pytest.mark.parametrize("n", [9, 30, 150])
def test_every_unknown_is_in_four_equations(n):
    triples = cost.equations(n, random.Random(n))
    assert all(len(set(triple)) == 3 for triple in triples)
    assert Counter(itertools.chain(*triples)) == dict.fromkeys(range(n), 4)


@pytest.mark.parametrize("seed", range(6))
def test_equations_make_isomorphic_graphs_exactly_if_they_can_be_solved(seed):
    """By all 2^9 assignments: the sums that occur are those that an isomorphism can produce."""
    rng = random.Random(seed)
    triples = cost.equations(9, rng)
    assignments = np.array(list(itertools.product((0, 1), repeat=9)))
    solvable = {tuple(x) for x in assignments[:, np.array(triples)].sum(axis=2) % 2}
    zero = cost.graph_of(9, triples, [0] * 12)
    assert (len(zero), zero.number_of_edges()) == (18 + 4 * 12, 3 * 4 * 12)
    assert Counter(degree for _, degree in zero.degree) == {3: 48, 8: 18}
    some = sorted(solvable)[rng.randrange(len(solvable))]
    odd = (1 - some[0], *some[1:])
    assert odd not in solvable
    assert same(zero, cost.graph_of(9, triples, some))
    assert not same(zero, cost.graph_of(9, triples, odd))


@pytest.mark.parametrize(("n", "draw"), [(30, 0), (30, 1), (45, 0), (60, 0)])
def test_a_multipede_pair_is_not_isomorphic_and_has_no_symmetry(n, draw):
    pair = made("multipede", n, draw)
    assert [igraph.Graph.from_networkx(graph).count_automorphisms() for graph in pair] == [1, 1]
    assert not same(*pair)
    assert found("splitting", *pair)["verdict"] == "cannot tell"


def test_a_random_pair_is_one_graph_twice():
    pair = made("random", 32)
    assert same(*pair) and set(pair[0].edges) != set(pair[1].edges)
    assert 0.4 < nx.density(pair[0]) < 0.6


# --- the methods --------------------------------------------------------------------------------


@st.composite
def undirected(draw, n: int):
    matrix = np.zeros((n, n), bool)
    size = n * (n - 1) // 2
    matrix[np.triu_indices(n, 1)] = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return matrix | matrix.T


@given(st.integers(2, 5).flatmap(lambda n: st.tuples(undirected(n), undirected(n))))
def test_no_method_claims_what_all_orders_of_the_vertices_deny(matrices):
    a, b = matrices
    orders = map(list, itertools.permutations(range(len(a))))
    isomorphic = any((a[np.ix_(order, order)] == b).all() for order in orders)
    truth = "isomorphic" if isomorphic else "not isomorphic"
    pair = [nx.from_numpy_array(matrix) for matrix in matrices]
    assert found("vf2", *pair)["verdict"] == found("bliss", *pair)["verdict"] == truth
    for method in ("splitting", "rounds"):
        assert found(method, *pair)["verdict"] in (truth, "cannot tell")


def test_the_three_verdicts_of_refinement():
    a, b = (nx.from_numpy_array(matrix) for matrix in graphs.hexagon_and_triangles())
    spider = nx.Graph([(0, 1), (0, 2), (2, 3), (0, 4), (4, 5), (5, 6)])  # no symmetry
    assert found("splitting", a, b)["verdict"] == "cannot tell"
    assert found("splitting", a, nx.path_graph(6))["verdict"] == "not isomorphic"
    assert found("splitting", *cost.renamed(random.Random(0), spider, spider))["verdict"] == (
        "isomorphic"
    )


# --- the stopwatch ------------------------------------------------------------------------------


@pytest.fixture
def children(monkeypatch):
    """The processes that were started."""
    started = []
    start = multiprocessing.process.BaseProcess.start

    def noting(process):
        start(process)
        started.append(process)

    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", noting)
    return started


def test_a_search_that_takes_too_long_is_stopped_and_leaves_nothing_behind(children):
    started = time.perf_counter()
    stopped = cost.within(0.1, "vf2", *made("cfi", 40))
    assert time.perf_counter() - started < 20  # most of it starts the first process
    assert stopped == {"seconds": None, "verdict": "stopped"}
    assert [child.exitcode for child in children] == [-signal.SIGKILL]
    assert not multiprocessing.active_children()


def test_a_search_that_ends_in_time_says_what_it_found():
    done = cost.within(30, "bliss", *made("cfi", 6))
    assert done["verdict"] == "not isomorphic" and 0 < done["seconds"] < 30
    assert cost.within(30, "splitting", nx.path_graph(100)).keys() == {
        "visits",
        "verdict",
        "seconds",
    }


def test_a_search_that_fails_is_not_called_stopped(children):
    with pytest.raises(EOFError):
        cost.within(30, "vf2", nx.path_graph(3))  # one graph is no pair
    assert len(children) == 1
    assert not multiprocessing.active_children()


def test_a_method_that_was_stopped_twice_is_not_tried_further(monkeypatch, capsys):
    asked = []

    def answer(limit, method, *inputs):
        asked.append((method, len(inputs[0])))
        slow = method == "vf2" and len(inputs[0]) > 16
        return {"seconds": None if slow else 0.1, "verdict": "stopped" if slow else "isomorphic"}

    monkeypatch.setattr(cost, "within", answer)
    family = {"cfi": ([4, 6, 8], cost.cfi_pair)}
    lines = list(cost.measure(family, ("splitting", "vf2"), draws=3))
    assert [n for method, n in asked if method == "vf2"] == [16, 16, 16, 24, 24]
    assert [n for method, n in asked if method == "splitting"] == [16] * 3 + [24] * 3 + [32] * 3
    assert len(lines) == 14 == len(capsys.readouterr().out.splitlines())


def test_refinement_by_rounds_says_how_many(capsys):
    (line,) = cost.measure({"path": ([100], cost.GROWTH["path"][1])}, ("rounds",), draws=1)
    assert (line["rounds"], line["visits"], line["verdict"]) == (50, 9900, "stable")
    assert 0 < line["seconds"] < cost.LIMIT


# --- the record ---------------------------------------------------------------------------------


def stored(family: str, method: str) -> list[dict]:
    """The lines of a family in growth that were not stopped, smallest graph first."""
    lines = [x for x in GROWTH if (x["family"], x["method"]) == (family, method)]
    return [x for x in lines if x["verdict"] == "stable"]


@pytest.mark.parametrize("family", [*cost.GROWTH, *cost.SEARCH])
def test_the_recorded_visits_are_those_of_today(family):
    lines = [x for x in GROWTH + SEARCH if x["family"] == family and x["edges"] <= 1000]
    lines = [x for x in lines if "visits" in x]
    assert len(lines) >= 6
    for line in lines:
        inputs = made(family, line["size"], line["draw"])
        assert (len(inputs[0]), inputs[0].number_of_edges()) == (line["vertices"], line["edges"])
        today = found(line["method"], *inputs)
        assert today == {"visits": line["visits"], "verdict": line["verdict"]}


def test_the_record_reaches_the_sizes_that_the_notebook_speaks_of():
    for family in cost.GROWTH:
        assert stored(family, "splitting")[-1]["edges"] > 99_000
    assert {x["family"] for x in GROWTH if x["verdict"] == "stopped"} == {"path"}
    assert {x["family"] for x in SEARCH} == set(cost.SEARCH)


def test_by_rounds_a_path_costs_the_square_of_its_length_and_half_as_many_rounds():
    lines = stored("path", "rounds")
    assert len(lines) >= 6
    for line in lines:
        assert line["visits"] == 2 * line["edges"] * line["rounds"]
        assert line["rounds"] == line["vertices"] / 2
    for small, large in itertools.pairwise(lines):
        assert 3.9 < large["visits"] / small["visits"] < 4.1


@pytest.mark.parametrize("family", cost.GROWTH)
def test_by_splitting_twice_the_size_costs_little_more_than_twice_the_visits(family):
    lines = stored(family, "splitting")
    assert len(lines) >= 10
    for small, large in itertools.pairwise(lines):
        assert large["visits"] / small["visits"] < 2.5
    for line in lines:
        assert line["visits"] <= 2 * line["edges"] * (np.log2(line["vertices"]) + 1)


def test_whatever_finished_gave_the_right_verdict():
    for line in SEARCH:
        truth = "not isomorphic" if line["family"] in HARD else "isomorphic"
        if line["method"] == "splitting":
            assert line["verdict"] == ("cannot tell" if line["family"] in HARD else truth)
        else:
            assert line["verdict"] in (truth, "stopped")
        assert (line["verdict"] == "stopped") == (line["seconds"] is None)
        assert (line["seconds"] or 0) <= RECORD["limit_s"]


def test_exact_search_is_stopped_on_hard_families_only():
    stops = {(x["family"], x["method"]) for x in SEARCH if x["verdict"] == "stopped"}
    assert stops == {("cfi", "vf2"), ("multipede", "vf2"), ("multipede", "bliss")}


@pytest.mark.parametrize(("family", "method"), [("cfi", "vf2"), ("multipede", "bliss")])
def test_exact_search_outgrows_the_graphs_and_refinement_does_not(family, method):
    lines = [x for x in SEARCH if x["family"] == family]
    sizes = sorted({x["vertices"] for x in lines if x["method"] == method})
    assert len(sizes) >= 6

    def median(vertices: int) -> float:
        runs = [x for x in lines if (x["method"], x["vertices"]) == (method, vertices)]
        return statistics.median(x["seconds"] or RECORD["limit_s"] for x in runs)

    assert median(sizes[-1]) / median(sizes[0]) > 2 * sizes[-1] / sizes[0]
    assert len({x["visits"] / x["edges"] for x in lines if x["method"] == "splitting"}) == 1
