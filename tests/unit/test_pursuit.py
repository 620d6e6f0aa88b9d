"""Watchers and a fugitive: known tree-widths, and games that are played to their end."""

import itertools

import networkx as nx
import numpy as np
import pytest

from wl2nas import graphs
from wl2nas.theory import fwl, pursuit

TREE_WIDTHS = {
    "a vertex": (nx.empty_graph(1), 0),
    "two apart": (nx.empty_graph(2), 0),
    "path": (nx.path_graph(6), 1),
    "star": (nx.star_graph(5), 1),
    "binary tree": (nx.balanced_tree(2, 2), 1),
    "triangle": (nx.cycle_graph(3), 2),
    "ring of eight": (nx.cycle_graph(8), 2),
    "diamond": (nx.diamond_graph(), 2),
    "ladder": (nx.ladder_graph(5), 2),
    "complete graph of four": (nx.complete_graph(4), 3),
    "wheel": (nx.wheel_graph(7), 3),
    "prism": (nx.circular_ladder_graph(3), 3),
    "grid of three by three": (nx.grid_2d_graph(3, 3), 3),
    "three and three": (nx.complete_bipartite_graph(3, 3), 3),
    "complete graph of five": (nx.complete_graph(5), 4),
    "Petersen": (nx.petersen_graph(), 4),
}


def matrix(graph):
    return nx.to_numpy_array(graph, dtype=bool)


@pytest.mark.parametrize("name", TREE_WIDTHS)
def test_it_takes_one_watcher_more_than_the_tree_width(name):
    graph, width = TREE_WIDTHS[name]
    assert pursuit.fewest_watchers(matrix(graph)) == width + 1


@pytest.mark.parametrize("name", TREE_WIDTHS)
def test_a_game_keeps_the_rules(name):
    graph, width = TREE_WIDTHS[name]
    adjacency, watchers = matrix(graph), width + 1
    played = pursuit.play(adjacency, watchers)
    assert played[0].watched == frozenset() and not played[-1].region
    for before, after in itertools.pairwise(played):
        (landed,) = after.watched - before.watched
        lifted = before.watched - after.watched
        assert len(after.watched) <= watchers
        assert len(lifted) == (len(before.watched) == watchers)
        free = nx.from_numpy_array(adjacency)
        free.remove_nodes_from(before.watched - lifted)
        reach = nx.node_connected_component(free, min(before.region))
        assert before.region <= reach
        if after.region:
            free.remove_nodes_from([landed])
            pieces = [c for c in nx.connected_components(free) if c <= reach]
            assert set(after.region) in pieces
        else:
            assert reach == {landed}


@pytest.mark.parametrize("name", sorted(TREE_WIDTHS.keys() - {"a vertex", "two apart"}))
def test_with_one_watcher_fewer_it_escapes_for_ever(name):
    graph, width = TREE_WIDTHS[name]
    assert pursuit.play(matrix(graph), width) is None


@pytest.mark.parametrize(
    "base",
    [nx.path_graph(4), nx.cycle_graph(5), nx.diamond_graph(), nx.complete_graph(4),
     nx.circular_ladder_graph(3), nx.complete_graph(5)],
)  # fmt: skip
def test_k_fwl_separates_a_pair_if_and_only_if_k_plus_1_watchers_win(base):
    pair, fewest = graphs.cfi(matrix(base)), pursuit.fewest_watchers(matrix(base))
    for k in (1, 2, 3):
        assert (fwl.separating_round(*pair, k=k) is not None) == (fewest <= k + 1)


def test_what_is_no_small_undirected_graph_is_refused():
    with pytest.raises(ValueError, match="undirected"):
        pursuit.fewest_watchers([[0, 1], [0, 0]])
    with pytest.raises(ValueError, match="1 to 10 vertices; it has 11"):
        pursuit.fewest_watchers(graphs.cycle(11))
    with pytest.raises(ValueError, match="1 to 10 vertices; it has 0"):
        pursuit.play(np.zeros((0, 0)), 2)
    with pytest.raises(ValueError, match="watchers"):
        pursuit.play(graphs.cycle(3), 0)
