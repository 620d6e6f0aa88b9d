import itertools

import pytest

from wl2nas import cells, graphs
from wl2nas.cells import channels, codes

SPACE = cells.nasbench101()

CHANNELS = [  # edges, vertices, channels in and out, channels of every vertex, by hand
    ([(0, 1), (1, 2)], 3, 8, 16, [8, 16, 16]),
    # Three share 16: five each and the first one more.
    ([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)], 5, 8, 16, [8, 6, 5, 5, 16]),
    # Vertex 1 needs the most that its successors 2 (of 5) and 3 (of 4) need; the edge from the
    # input to the output takes no share.
    ([(0, 1), (1, 2), (1, 3), (2, 4), (3, 4), (0, 4)], 5, 3, 9, [3, 5, 5, 4, 9]),
]


@pytest.mark.parametrize(("edges", "n", "c_in", "c_out", "expected"), CHANNELS)
def test_channels_by_hand(edges, n, c_in, c_out, expected):
    assert channels.vertex_channels(graphs.from_edges(n, edges), c_in, c_out) == expected


@pytest.mark.parametrize("n", range(3, 8))
def test_the_inner_vertices_of_a_cell_have_equally_many_channels_but_for_rounding(n):
    """The output's channels by the number of vertices that feed it, rounded down or up."""
    bits = cells.legal_matrices(n)
    for adjacency in codes.decode(bits)[0][:, :n, :n]:
        if feeding := int(adjacency[1:-1, -1].sum()):
            inner = channels.vertex_channels(adjacency, 128, 128)[1:-1]
            assert set(inner) <= {128 // feeding, -(-128 // feeding)}


def test_parameters_of_the_smallest_cell_by_hand():
    """Input -> output: a stem, nine projections and a classifier."""
    stem = 27 * 128 + 2 * 128
    widths = [128, 128, 128, 128, 256, 256, 256, 512, 512, 512]
    projections = sum(a * b + 2 * b for a, b in itertools.pairwise(widths))
    smallest = cells.Cell([[0, 1], [0, 0]], ["input", "output"])
    assert channels.trainable_parameters(smallest) == stem + projections + 512 * 10 + 10


def test_a_longer_kernel_costs_eight_times_the_weights_more():
    chain = graphs.from_edges(3, [(0, 1), (1, 2)])
    counts = {
        op: channels.trainable_parameters(cells.Cell(chain, ["input", op, "output"]))
        for op in ("maxpool", "conv1x1", "conv3x3")
    }
    squares = 3 * (128**2 + 256**2 + 512**2)
    shifts = 3 * 2 * (128 + 256 + 512)
    assert counts["conv1x1"] - counts["maxpool"] == squares + shifts
    assert counts["conv3x3"] - counts["conv1x1"] == 8 * squares
