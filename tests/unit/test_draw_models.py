"""The model in one picture, what it decodes, and a network with one path lit."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from course import figures
from wl2nas import cells, draw, graphs

BRIDGE = cells.Cell(
    graphs.from_edges(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]),
    ["input", "conv3x3", "maxpool", "output"],
)
ORANGE = "#d55e00"


@pytest.fixture
def ax():
    figure = Figure(figsize=(7.2, 2.5))
    yield figure.subplots()
    figure.canvas.draw()  # whatever a test drew can be rendered


def texts(ax):
    return [text.get_text() for text in ax.texts]


def patches(ax, kind):
    return [patch for patch in ax.patches if isinstance(patch, kind)]


def colour_of_number(ax, number):
    (text,) = [text for text in ax.texts if text.get_text() == str(number)][-1:]
    return to_hex(text.get_color())


def test_the_model_has_nine_numbered_arrows_all_lit(ax):
    assert draw.autoencoder(BRIDGE, ax=ax) is ax
    assert sorted(draw.ARROWS) == list(range(1, 10))
    for name in ("A", "X", "A + Aᵀ", "Z", "N(0, I)", "p(A | Z)", "p(X | Z)"):
        assert name in texts(ax)
    for number in range(2, 10):  # a 1 also marks the operations
        assert colour_of_number(ax, number) == "#ffffff"
    hatched = [p for p in patches(ax, Rectangle) if p.get_hatch()]
    assert len(hatched) == 3  # nothing was said of what comes out


def test_only_the_arrows_of_the_page_are_lit(ax):
    draw.autoencoder(BRIDGE, ax=ax, highlight=[2, 3])
    lit = {n for n in range(2, 10) if colour_of_number(ax, n) == "#ffffff"}
    assert lit == {2, 3}


def test_values_stand_where_they_come_from(ax):
    values = {"sample": np.zeros((4, 2)), "operations": np.eye(5)[BRIDGE.ops],
              "edges": np.full((4, 4), 0.5)}  # fmt: skip
    draw.autoencoder(BRIDGE, ax=ax, values=values)
    assert not [p for p in patches(ax, Rectangle) if p.get_hatch()]


@pytest.mark.parametrize("number", [0, 10])
def test_an_arrow_that_is_not_there_is_refused(number):
    with pytest.raises(ValueError, match=f"there is no arrow {number}; choose from 1 to 9"):
        draw.autoencoder(BRIDGE, ax=Figure().subplots(), highlight=[1, number])


def test_probabilities_are_framed_at_edges_and_boxed_where_wrong(ax):
    said = np.where(BRIDGE.adjacency, 0.9, 0.1)
    said[0, 3], said[2, 3] = 0.8, 0.2
    draw.edge_probabilities(BRIDGE, said, ax=ax)
    boxed = [text.get_text() for text in ax.texts if text.get_bbox_patch()]
    assert boxed == ["0.80", "0.20"]
    assert len(patches(ax, Rectangle)) == 5
    assert len(ax.texts) == 6


def test_what_came_out_wrong_is_orange(ax):
    adjacency = BRIDGE.adjacency.copy()
    adjacency[0, 3], adjacency[1, 2] = True, False
    draw.decoded_cell(BRIDGE, adjacency, np.array([0, 3, 3, 4]), ax=ax)
    wrong = [p for p in patches(ax, FancyArrowPatch) if to_hex(p.get_edgecolor()) == ORANGE]
    assert sorted(p.get_linestyle() for p in wrong) == ["-", ":"]
    assert len(patches(ax, FancyArrowPatch)) == 6
    rings = [c for c in ax.collections if to_hex(c.get_edgecolor()[0]) == ORANGE]
    assert len(rings) == 1


def test_a_cell_that_came_out_right_has_nothing_orange(ax):
    draw.decoded_cell(BRIDGE, BRIDGE.adjacency, BRIDGE.ops, ax=ax)
    assert {to_hex(p.get_edgecolor()) for p in patches(ax, FancyArrowPatch)} == {"#444444"}


def test_a_decoded_graph_need_not_be_a_cell(ax):
    adjacency = np.zeros((7, 7), bool)
    adjacency[0, 1], adjacency[0, 6] = True, True
    ops = np.array([0, 1, 2, 3, -1, -1, 4])
    draw.decoded_graph(adjacency, ops, cells.NASBENCH101, ax=ax)
    assert texts(ax) == ["in", "1", "3", "P", "·", "·", "out"]
    assert len(patches(ax, FancyArrowPatch)) == 2


def test_a_cloud_has_its_width_and_its_letter(ax):
    draw.clouds(BRIDGE, np.arange(10.0).reshape(5, 2), np.full(5, 0.5), ax=ax)
    assert texts(ax) == ["in", "3", "P", "out", "·"]
    assert sorted({c.radius for c in patches(ax, Circle)}) == [0.5, 1.0]


@pytest.mark.parametrize("target", range(4))
def test_lit_is_what_reaches_the_target(ax, target):
    entry, degree = np.arange(4), np.arange(1, 4)
    masks = [entry[:, None] < degree, degree[:, None] <= degree, degree[:, None] <= entry]
    draw.masked_network(masks, list("abcd"), degree, target=target, ax=ax)
    lit = [t.get_text() for t in ax.texts if to_hex(t.get_color()) == "#ffffff"]
    reached = set()
    for e, first, second in itertools.product(range(4), range(3), range(3)):
        if masks[0][e, first] and masks[1][first, second] and masks[2][second, target]:
            reached.add("abcd"[e])
    assert {name for name in lit if name.isalpha()} == reached | {"abcd"[target]}
    assert reached == set("abcd"[:target])


def test_a_curve_of_every_part_of_the_loss(ax):
    nats = np.ones((30, 3)) * [1.0, 2.0, 3.0]
    assert figures.loss_curves(nats, ax=ax) is ax
    assert [line.get_label() for line in ax.lines] == ["operations", "edges", "KL"]
    assert [line.get_ydata()[-1] for line in ax.lines] == pytest.approx([1, 2, 3])
    assert all(len(line.get_xdata()) == 21 for line in ax.lines)


def test_steps_of_ports_are_dark_where_they_differ_and_numbered_where_looked_at(ax):
    ports = {"eps": ([True, False, False], [1, 0]), "bias": ([False, True, True], [2])}
    assert figures.looks(ports, ax=ax) is ax
    squares = patches(ax, Rectangle)
    dark = [square.get_facecolor()[0] < 0.5 for square in squares]
    assert dark == [False, True, True, True, False, False]
    assert texts(ax) == ["1", "2", "1"]
    inks = [to_hex(text.get_color()) for text in ax.texts]
    assert inks == ["#ffffff", "#000000", "#000000"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["eps", "bias"]
