"""A layer drawn on the vertices of a cell, edges to look at, and humps of distances."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from wl2nas import cells, draw, graphs

CHAIN = cells.Cell(
    graphs.from_edges(4, [(0, 1), (1, 2), (2, 3), (0, 3)]),
    ["input", "conv3x3", "conv3x3", "output"],
)
COUNTED = ["input", "conv3x3", "output"]
ONE_HOT = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]])
ORANGE = "#d55e00"


@pytest.fixture
def ax():
    figure = Figure(figsize=(3.6, 2.4))
    yield figure.subplots()
    figure.canvas.draw()  # whatever a test drew can be rendered


def numbers(ax):
    """What stands on chips, in the order in which it was drawn."""
    return [t.get_text() for t in ax.texts if t.get_fontfamily() == ["monospace"]]


def arrows(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


def test_every_vertex_holds_its_vector(ax):
    assert draw.messages(CHAIN, 1.1 * ONE_HOT, COUNTED, ax=ax) is ax
    assert [float(text) for text in numbers(ax)] == [*(1.1 * ONE_HOT).ravel()]
    fills = {to_hex(t.get_bbox_patch().get_facecolor()) for t in ax.texts if t.get_text() == "1.1"}
    assert fills == {draw.OPERATION_STYLE[op][0].lower() for op in CHAIN.ops}
    assert len(arrows(ax)) == 4


def test_arrows_carry_the_neighbours_vectors_to_the_one_that_gathers(ax):
    draw.messages(CHAIN, ONE_HOT, COUNTED, to=1, ax=ax)
    thick = [a for a in arrows(ax) if to_hex(a.get_edgecolor()) == ORANGE]
    assert len(thick) == 2
    assert len(arrows(ax)) == 4
    assert [int(text) for text in numbers(ax)[12:]] == [1, 0, 0, 0, 1, 0]
    gathered = ONE_HOT[1] + np.array(numbers(ax)[12:], int).reshape(2, 3).sum(axis=0)
    assert gathered.tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("vectors", "to", "message"),
    [(ONE_HOT[:3], None, "a row for each of 4"), (ONE_HOT, 4, "from 0 to 3; it is 4")],
)
def test_what_does_not_fit_a_cell_is_refused(vectors, to, message):
    with pytest.raises(ValueError, match=message):
        draw.messages(CHAIN, vectors, COUNTED, to=to, ax=Figure().subplots())


def test_humps_are_named_and_what_is_equal_stands_at_the_left_edge(ax):
    rounded = {"32 bits": np.array([0, 1e-6, 0.5]), "64 bits": np.array([0, 1e-15, 0.5])}
    named = [("rounding", 1e-15), ("rounding", 1e-6), ("real differences", 0.5)]
    assert draw.nearest_distances(rounded, named, ax=ax) is ax
    words = {t.get_text(): t.xy[0] for t in ax.texts}
    assert list(words) == ["exactly 0", "rounding", "real differences"]
    assert words["exactly 0"] < 1e-16
    counts = [patch.get_data() for patch in ax.patches]
    assert [int(data.values.sum()) for data in counts] == [3, 3]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["32 bits", "64 bits"]
