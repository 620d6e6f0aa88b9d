"""Who has heard of whom, arrows that turn, and the tree of cases of Crapo's beta."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Arc, FancyArrowPatch, Rectangle

from wl2nas import cells, draw, graphs
from wl2nas.explore import members
from wl2nas.theory import orientations

EDGES = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
BRIDGE, TURNED = (
    cells.Cell(graphs.from_edges(4, EDGES), ["input", *inner, "output"])
    for inner in (["conv3x3", "maxpool"], ["maxpool", "conv3x3"])
)
TRIANGLE = ((0, 1), (0, 2), (1, 2))


def patches(ax, kind):
    return [patch for patch in ax.patches if isinstance(patch, kind)]


# --- who has heard of whom ----------------------------------------------------------------------


def test_a_square_says_the_round_and_later_ones_are_darker(ax):
    assert draw.heard(np.array([[0, -1, -1], [1, 0, -1], [2, 1, 0]]), ax=ax) is ax
    assert sorted(text.get_text() for text in ax.texts) == ["1", "1", "2"]
    squares = {(round(p.get_x() + 0.5), round(p.get_y() + 0.5)): p for p in ax.patches}
    assert len(squares) == 9
    never, first, second = (squares[at].get_facecolor()[0] for at in ((2, 0), (0, 1), (0, 2)))
    assert never == 1 > first > second > 0.3  # black digits can be read on it
    assert [bool(squares[k, k].get_hatch()) for k in range(3)] == [True] * 3
    assert sum(bool(square.get_hatch()) for square in squares.values()) == 3


def test_rows_run_downwards_and_carry_their_names(ax):
    draw.heard(np.array([[0, -1], [-1, 0]]), names=["in", "out"], ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["in", "out"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    assert not ax.texts


# --- arrows that turn ---------------------------------------------------------------------------


def test_only_the_arrow_that_turns_is_thick_and_orange(ax):
    partner = members.match(BRIDGE, TURNED)
    draw.turned_arrows(BRIDGE, TURNED, partner, ax=ax)
    arrows = patches(ax, FancyArrowPatch)
    marked = [arrow for arrow in arrows if to_hex(arrow.get_edgecolor()) == "#d55e00"]
    assert len(arrows) == len(EDGES) and len(marked) == 1
    assert marked[0].get_linewidth() > 2


def test_the_cell_itself_turns_nothing(ax):
    draw.turned_arrows(BRIDGE, BRIDGE, range(4), ax=ax)
    assert len(patches(ax, FancyArrowPatch)) == len(EDGES)


def test_a_graph_is_drawn_with_its_numbers_or_without(ax):
    draw.graph(BRIDGE.adjacency, ax=ax, colours=[0, 1, 2, 3], directed=True, numbers=False)
    assert [text.get_text() for text in ax.texts] == ["a", "b", "c", "d"]
    draw.graph(BRIDGE.adjacency, ax=ax)
    assert [text.get_text() for text in ax.texts if text.get_text()][4:] == list("0123")


# --- deletion and contraction -------------------------------------------------------------------


def betas_of_all_cases(edges) -> list[int]:
    """Of the cases below first, then of the whole, as the tree is drawn."""
    below = [betas_of_all_cases(smaller) for smaller in orientations.smaller_cases(edges)]
    single = len(edges) == 1 and edges[0][0] != edges[0][1]
    own = sum(case[-1] for case in below) if below else int(single)
    return [*(beta for case in below for beta in case), own]


@pytest.mark.parametrize(
    ("edges", "beta", "cases"),
    [
        (TRIANGLE, 1, 5),
        (((0, 1),), 1, 1),
        (((0, 0),), 0, 1),
        (((0, 1), (1, 2)), 0, 1),
        (((0, 1), (0, 1)), 1, 3),
        (((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)), 2, None),
    ],
)
def test_every_case_is_drawn_with_its_value(edges, beta, cases, ax):
    assert draw.deletion_contraction(edges, ax=ax) is ax
    values = [text.get_text() for text in ax.texts if "β" in text.get_text()]
    assert values[-1] == f"β = {beta}"  # the whole is drawn last
    assert cases is None or len(values) == cases
    assert values == [f"β = {beta}" for beta in betas_of_all_cases(edges)]


def test_the_tree_of_the_triangle_has_one_loop_and_thick_edges_where_it_branches(ax):
    draw.deletion_contraction(TRIANGLE, ax=ax)
    assert len(patches(ax, Arc)) == 1
    thick = [line for line in patches(ax, FancyArrowPatch) if line.get_linewidth() > 2]
    assert len(thick) == 2
    assert sum(text.get_text() == "delete" for text in ax.texts) == 2
    assert not patches(ax, Rectangle)


def test_the_smaller_cases_add_up_to_beta():
    skeleton = graphs.skeleton(BRIDGE.adjacency)
    whole = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))  # with the edge input - output
    deleted, contracted = orientations.smaller_cases(whole)
    assert deleted == whole[1:]
    assert contracted == ((0, 2), (0, 2), (0, 3), (0, 3), (2, 3))
    assert orientations.beta(skeleton, 0, 3) == 2
    assert orientations.smaller_cases(((0, 1), (1, 2))) == ()
    assert orientations.smaller_cases(((0, 0), (0, 1))) == ()
