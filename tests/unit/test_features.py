import networkx as nx
import numpy as np
from hypothesis import given, settings

from strategies import cell_keys, cell_of
from wl2nas import cells, features, graphs
from wl2nas.cells import channels

SPACE = cells.nasbench101()
SOME = SPACE.take(np.random.default_rng(0).integers(0, len(SPACE), 200))


def test_parameters_are_those_of_the_public_table(oracle):
    official = np.load(oracle("nasbench101_reference.npz"), allow_pickle=False)
    assert (features.trainable_parameters(SPACE) == official["trainable_parameters"]).all()


def test_one_cell_at_a_time_gives_the_same_parameters():
    found = [channels.trainable_parameters(cell) for cell in SOME]
    assert features.trainable_parameters(SOME).tolist() == found


def test_longest_paths_are_networkx_s():
    expected = [
        nx.dag_longest_path_length(nx.from_numpy_array(cell.adjacency, create_using=nx.DiGraph))
        for cell in SOME
    ]
    assert features.longest_paths(SOME).tolist() == expected


@given(cell_keys)
@settings(deadline=None, max_examples=50)
def test_statistics_but_the_parameters_do_not_depend_on_the_stored_order(key):
    cell = cell_of(key)
    before, after = features.statistics(cells.stack([cell, cells.canonical_form(cell)]))
    assert (before[:6] == after[:6]).all()
    if cell.adjacency[1:-1, -1].sum() in (1, 2, 4):  # the channels of the output divide
        assert before[6] == after[6]


def test_where_channels_do_not_divide_the_stored_order_decides_who_gets_more():
    """Three branches share 128 channels, 43, 43 and 42: the network is not the cell's alone."""
    three = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    adjacency = graphs.from_edges(5, three)
    orders = [("conv3x3", "maxpool", "maxpool"), ("maxpool", "maxpool", "conv3x3")]
    forms = [cells.Cell(adjacency, ["input", *inner, "output"]) for inner in orders]
    assert SPACE.row(forms[0]) == SPACE.row(forms[1])
    first, last = map(channels.trainable_parameters, forms)
    assert first > last


def test_statistics_name_what_they_hold():
    cell = cells.Cell(
        [[0, 1, 1, 1], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]],
        ["input", "conv3x3", "maxpool", "output"],
    )
    (row,) = features.statistics(cells.stack([cell]))
    named = dict(zip(features.STATISTICS, row, strict=True))
    assert named.pop("log parameters") == np.log(channels.trainable_parameters(cell))
    assert list(named.values()) == [4, 5, 0, 1, 1, 3]


def test_the_one_hot_matrix_can_be_read_back():
    vectors = features.one_hot(SOME)
    assert vectors.shape == (len(SOME), 56)
    for cell, vector in zip(SOME, vectors, strict=True):
        adjacency = np.zeros((7, 7), bool)
        adjacency[np.triu_indices(7, 1)] = vector[:21]
        marks, n = vector[21:].reshape(7, 5), len(cell)
        assert (adjacency[:n, :n] == cell.adjacency).all() and adjacency.sum() == len(cell.edges)
        assert (marks[:n].argmax(axis=1) == cell.ops).all()
        assert marks.sum(axis=1).tolist() == [1] * n + [0] * (7 - n)


def test_another_stored_form_of_a_cell_gets_another_vector():
    diamond = [[0, 1, 1, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    one = cells.Cell(diamond, ["input", "conv3x3", "maxpool", "output"])
    other = cells.Cell(diamond, ["input", "maxpool", "conv3x3", "output"])
    assert SPACE.row(one) == SPACE.row(other)
    a, b = features.one_hot(cells.stack([one, other]))
    assert (a != b).sum() == 4
