import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import cell_keys, cell_of
from wl2nas import cells, files, graphs

SPACE = cells.nasbench101()
CHAIN = [[0, 1, 0], [0, 0, 1], [0, 0, 0]]


def test_enumeration_has_the_published_counts():
    space = cells.enumerate_nasbench101()
    assert np.bincount(space.n_vertices).tolist() == [0, 0, 1, 6, 84, 2_441, 62_010, 359_082]
    assert len(np.unique(space.codes)) == len(space) == 423_624
    assert [len(cells.unlabelled_dags(n)[0]) for n in range(2, 8)] == [1, 2, 10, 97, 810, 1_574]


def test_file_equals_enumeration():
    assert (np.sort(SPACE.codes) == np.sort(cells.enumerate_nasbench101().codes)).all()


def test_rows_stand_in_order_of_the_module_hash():
    rows = np.sort(np.random.default_rng(0).choice(len(SPACE), 1_000, replace=False))
    names = [cells.module_hash(SPACE[row]) for row in rows]
    assert names == sorted(names)


@pytest.mark.slow
def test_every_row_is_the_public_table_s(oracle):
    table = np.load(oracle("nasbench101_reference.npz"), allow_pickle=False)
    digit = np.where(table["ops"] < 0, 3, table["ops"]).astype(np.uint32)
    codes = table["adj_bits"].astype(np.uint32)
    for place in range(5):
        codes |= digit[:, place] << np.uint32(21 + 2 * place)
    assert (codes == SPACE.codes).all()
    for row in np.random.default_rng(1).choice(len(SPACE), 300):
        assert cells.module_hash(SPACE[row]) == bytes(table["module_hash"][row]).hex()


def test_codes_round_trip():
    again = cells.CellSpace.from_codes(cells.encode(SPACE.adjacency, SPACE.ops))
    assert (again.adjacency == SPACE.adjacency).all()
    assert (again.ops == SPACE.ops).all()


@given(cell_keys)
@settings(deadline=None, max_examples=40)
def test_canonical_form_does_not_depend_on_the_order(key):
    cell = cell_of(key)
    form = cells.canonical_form(cell)
    row = SPACE.row(cell)
    assert (form.adjacency == SPACE[row].adjacency).all()
    assert (form.ops == SPACE[row].ops).all()
    assert cells.module_hash(cell) == cells.module_hash(form)
    assert len(cells.automorphisms(cell)) == len(cells.automorphisms(form))


def igraph_form(cell):
    """A canonical form that owes nothing to this library: igraph's BLISS on a coloured graph.

    Direction is encoded by a path of two fresh vertices of different colours on every edge.
    """
    edges, colours = [], [int(op) for op in cell.ops]
    for i, j in cell.edges:
        colours += [10, 11]
        tail, head = len(colours) - 2, len(colours) - 1
        edges += [(i, tail), (tail, head), (head, j)]
    graph = igraph.Graph(n=len(colours), edges=edges)
    place = np.argsort(graph.canonical_permutation(color=colours))
    renamed = sorted(tuple(sorted((int(place[a]), int(place[b])))) for a, b in edges)
    return tuple(colours[v] for v in np.argsort(place)), tuple(renamed)


def test_five_vertex_cells_differ_for_igraph_too():
    small = cells.enumerate_nasbench101(5)
    assert len({igraph_form(cell) for cell in small}) == len(small) == 2_532


@given(cell_keys, st.integers(0, 119))
@settings(deadline=None, max_examples=40)
def test_igraph_agrees_on_what_is_the_same_cell(key, choice):
    assert igraph_form(cell_of(key)) == igraph_form(cell_of((key[0], choice)))


def test_upper_triangular_forms_of_small_cells():
    """One cell is several (matrix, operations) pairs: orders that differ by no automorphism."""
    small = cells.enumerate_nasbench101(5)
    pairs = np.array(
        [len(cells.topological_orders(c)) // len(cells.automorphisms(c)) for c in small]
    )
    sums = [int(pairs[small.n_vertices == n].sum()) for n in (2, 3, 4, 5)]
    assert sums == [1, 6, 90, 3_267]
    every_form = [len(cells.legal_matrices(n)) * 3 ** (n - 2) for n in range(2, 8)]
    assert every_form == [1, 6, 90, 3_267, 125_145, 1_164_699]
    assert sum(every_form) == 1_293_208


def test_no_cell_has_more_than_sixty_forms():
    """Forms are orders divided by symmetries; the orders of a structure bound them."""
    first, _ = cells.structures(SPACE)
    orders = [len(cells.topological_orders(SPACE[row])) for row in first]
    assert len(orders) == 2_494 and max(orders) == 60


def test_cell_takes_names_or_codes():
    cell = cells.Cell(CHAIN, ["input", "maxpool", "output"])
    assert cell.names == ("input", "maxpool", "output")
    assert cell.edges == [(0, 1), (1, 2)]
    assert SPACE.row(cell) == SPACE.row(cells.Cell(CHAIN, [0, 3, 4]))


def with_edges(n, edges):
    return graphs.from_edges(n, edges)


BAD_CELLS = {
    "cycle": (with_edges(4, [(0, 1), (1, 2), (2, 1), (2, 3)]), "icco", r"cycle \[1, 2, 1\]"),
    "not square": ([[0, 1, 0], [0, 0, 1]], "ico", "square"),
    "not binary": ([[0, 3, 0], [0, 0, 1], [0, 0, 0]], "ico", "only 0 and 1"),
    "NaN": ([[0, np.nan, 0], [0, 0, 1], [0, 0, 0]], "ico", "NaN"),
    "label length": (CHAIN, "icco", "4 labels for 3 vertices"),
    "disconnected": (with_edges(4, [(0, 1), (1, 3)]), "icco", "disconnected: vertex 2"),
    "dead end": (with_edges(4, [(0, 1), (0, 2), (1, 3)]), "icco", "disconnected: vertex 2"),
    "ten edges": (with_edges(5, [(i, j) for j in range(5) for i in range(j)]), "iccco", "9 edges"),
    "eight vertices": (with_edges(8, [(i, i + 1) for i in range(7)]), "icccccco", "2 to 7"),
    "one vertex": ([[0]], "i", "2 to 7"),
    "order": (with_edges(4, [(0, 2), (2, 1), (1, 3)]), "icco", "topological order"),
    "ends": (CHAIN, "iio", "start with 'input'"),
}


@pytest.mark.parametrize("name", BAD_CELLS)
def test_bad_cells_are_named(name):
    adjacency, letters, message = BAD_CELLS[name]
    ops = [{"i": "input", "c": "conv3x3", "o": "output"}[letter] for letter in letters]
    with pytest.raises(ValueError, match=message):
        cells.Cell(adjacency, ops)


@pytest.mark.parametrize("op", ["conv7x7", 9, -1, 1.5, None])
def test_an_operation_that_does_not_exist_is_named(op):
    with pytest.raises(ValueError, match="unknown operation"):
        cells.Cell(CHAIN, ["input", op, "output"])


def test_a_cell_that_the_space_does_not_hold():
    four = SPACE.take(np.flatnonzero(SPACE.n_vertices == 4))
    with pytest.raises(ValueError, match="does not hold"):
        four.row(cells.Cell(CHAIN, ["input", "maxpool", "output"]))


def test_a_foreign_cell_file_is_refused(tmp_path, monkeypatch):
    np.save(tmp_path / "nasbench101.npy", np.zeros(5, np.uint32))
    digests = (files.DATA / files.SUMS).read_bytes()
    (tmp_path / files.SUMS).write_bytes(digests)
    monkeypatch.setattr(files, "DATA", tmp_path)
    with pytest.raises(ValueError, match=r"nasbench101\.npy is truncated or altered.*make data"):
        cells.nasbench101.__wrapped__()
