"""Boards, graphs with names, unfolding trees, and a hunt."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from wl2nas import draw, graphs
from wl2nas.theory import pursuit

CORNERS = np.array([[0, 1], [-1, 0], [1, 0]])


def texts(ax):
    return [text.get_text() for text in ax.texts]


def filled(ax):
    """The names in vertices that are not white."""
    return [t.get_text() for t in ax.texts if to_hex(t.get_bbox_patch().get_fc()) != "#ffffff"]


def test_a_board_numbers_the_neighbours_from_above(ax):
    assert draw.chessboard(5, [1, 9, 4, 6], ax=ax) is ax
    places = {text.get_text(): text.xy for text in ax.texts}
    assert places == {"0": (1.5, 0.5), "1": (1.5, 2.5), "2": (0.5, 1.5), "3": (2.5, 1.5)}
    assert ax.get_ylim() == (4, 0)
    shades = ax.collections[0].get_array().ravel()
    assert np.argmax(shades) == 5 and (shades > 0).sum() == 5


def test_names_thick_edges_and_grey_vertices(ax):
    thick = graphs.from_edges(3, [(0, 1)], undirected=True)
    draw.named_graph(graphs.cycle(3), "uvw", CORNERS, thick=thick, grey=[1], ax=ax)
    assert texts(ax) == ["u", "v", "w"] and filled(ax) == ["v"]
    assert sorted(line.get_linewidth() for line in ax.lines) == [1.2, 1.2, 3.5]


def test_the_name_of_an_edge_stands_outside(ax):
    draw.named_graph(graphs.cycle(3), "uvw", CORNERS, edge_names={(1, 2): "z"}, ax=ax)
    (name,) = [text for text in ax.texts if text.get_text() == "z"]
    assert name.xy[1] < 0


@pytest.mark.parametrize(
    ("adjacency", "met", "again"),
    [
        (graphs.cycle(6), [0, 1, 5, 0, 2, 0, 4], ["0", "0"]),
        (graphs.cycle(3), [0, 1, 2, 0, 2, 0, 1], ["0", "2", "0", "1"]),
    ],
)
def test_an_unfolding_tree_shows_who_was_met_before(adjacency, met, again, ax):
    assert draw.unfolding(adjacency, 0, 2, ax=ax) is ax
    assert texts(ax) == [str(v) for v in met] and filled(ax) == again
    assert len(ax.lines) == len(met) - 1
    places = np.array([text.xy for text in ax.texts])
    assert len(np.unique(places, axis=0)) == len(met)
    assert places[0, 0] == places[:, 0].mean() and places[0, 1] == places[:, 1].max()


def test_an_unfolding_tree_of_depth_0_is_its_root(ax):
    draw.unfolding(graphs.cycle(3), 1, 0, ax=ax)
    assert texts(ax) == ["1"]


def test_a_hunt_shows_watchers_and_where_the_fugitive_may_be(ax):
    position = pursuit.Position(frozenset({0}), frozenset({1}))
    path = graphs.from_edges(3, [(2, 0), (0, 1)], undirected=True)
    assert draw.hunt(path, position, CORNERS, ax=ax) is ax
    assert texts(ax) == ["W", "?", ""]
    assert len(ax.patches) == 2
