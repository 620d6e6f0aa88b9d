import networkx as nx
import numpy as np
import pytest

from wl2nas import cells, generation, graphs
from wl2nas.cells import nasbench_201

SPACE = cells.nasbench101()


INNER = (cells.CONV1X1, cells.CONV3X3, cells.MAXPOOL)


@pytest.fixture
def some():
    """Cells of every size."""
    rng = np.random.default_rng(0)
    rows = [rng.choice(np.flatnonzero(SPACE.n_vertices == n), 30) for n in range(3, 8)]
    return SPACE.take(rng.permutation(np.concatenate(rows)))


def test_iid_draws_are_valid_as_often_as_stated():
    """77 % and 0.3 % at p = .41."""
    draws = generation.iid_draws(20_000, 0.41, seed=0)
    assert abs(np.triu(draws.adjacency, 1).sum() / (20_000 * 21) - 0.41) < 0.005
    assert not np.tril(draws.adjacency).any()
    assert 0.76 < generation.valid_published(draws).mean() < 0.78
    assert 0.002 < generation.valid_strict(draws)[0].mean() < 0.004


# --- judging ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed_draws():
    """Independent edges, operations that are often illegal, vertices that are often padding."""
    rng, drawn = np.random.default_rng(1), []
    for seed, p in enumerate((0.2, 0.41, 0.6)):
        draws = generation.iid_draws(2_000, p, seed=seed)
        anything = rng.integers(0, 5, draws.ops.shape)
        ops = np.where(rng.random(draws.ops.shape) < 0.03, anything, draws.ops)
        padding = rng.random(ops.shape) < [0.02, 0.5, 0.5, 0.5, 0.5, 0.5, 0.02]
        drawn.append(generation.Draws(draws.adjacency, ops, padding))
    parts = list(zip(*drawn, strict=True))[:3]
    return generation.Draws(*map(np.concatenate, parts))


def digraph(adjacency):
    return nx.from_numpy_array(adjacency.astype(int), create_using=nx.DiGraph)


def on_a_path(graph, start, end):
    """Vertices on a path from start to end."""
    ahead = nx.descendants(graph, start) | {start}
    return ahead & (nx.ancestors(graph, end) | {end})


def legal_ends_and_inside(ops, inside):
    ends = ops[0] == cells.INPUT and ops[-1] == cells.OUTPUT
    return ends and all(ops[v] in INNER for v in inside)


def slow_published(adjacency, ops):
    """Prune; then a path from input to output, legal operations and at most nine edges."""
    graph = digraph(adjacency)
    if not nx.has_path(graph, 0, 6):
        return False
    kept = graph.subgraph(on_a_path(graph, 0, 6))
    return legal_ends_and_inside(ops, set(kept) - {0, 6}) and kept.number_of_edges() <= 9


def slow_strict(adjacency, ops, padding):
    """Drop the padding; what remains, unpruned, is a legal cell."""
    real = np.flatnonzero(~padding)
    if len(real) < 2:
        return False
    graph, last = digraph(adjacency[np.ix_(real, real)]), len(real) - 1
    everywhere = on_a_path(graph, 0, last) == set(graph)
    labels = legal_ends_and_inside(ops[real], range(1, last))
    return everywhere and labels and graph.number_of_edges() <= 9


def test_valid_as_published_draw_by_draw(mixed_draws):
    slow = [slow_published(a, o) for a, o in zip(*mixed_draws[:2], strict=True)]
    assert 1_000 < sum(slow) < 5_000
    assert generation.valid_published(mixed_draws).tolist() == slow


def test_valid_strict_draw_by_draw(mixed_draws):
    slow = [slow_strict(*draw) for draw in zip(*mixed_draws[:3], strict=True)]
    assert 300 < sum(slow) < 5_000
    valid, legal = generation.valid_strict(mixed_draws)
    assert valid.tolist() == slow
    assert set(legal.n_vertices) >= {2, 3, 4, 5}
    expected = []
    for k in np.flatnonzero(valid):
        real = np.flatnonzero(~mixed_draws.padding[k])
        adjacency = mixed_draws.adjacency[k][np.ix_(real, real)]
        expected.append(cells.Cell(adjacency, mixed_draws.ops[k][real]))  # checks once more
    expected = cells.stack(expected)
    assert (legal.adjacency == expected.adjacency).all()
    assert (legal.ops == expected.ops).all()


def test_real_cells_are_strictly_valid_and_all_different():
    draws = generation.as_draws(SPACE)
    valid, legal = generation.valid_strict(draws)
    assert valid.all()
    assert (legal.codes == SPACE.codes).all()
    assert generation.count_unique(legal) == 423_624


def test_uniqueness_is_counted_up_to_isomorphism(some):
    copies = [
        cells.Cell(*graphs.relabel(cell.adjacency, cell.ops, order))
        for cell in some
        for order in cells.topological_orders(cell)[:3]
    ]
    assert len(copies) > 1.5 * len(some)
    assert generation.count_unique(cells.stack(copies)) == len(np.unique(some.codes))
    assert generation.count_unique(some.take(slice(0))) == 0


def test_pruned_validity_is_the_published_one_of_what_is_left_without_padding(mixed_draws):
    slow = []
    for adjacency, ops, padding in zip(*mixed_draws[:3], strict=True):
        real = np.flatnonzero(~padding)
        graph, last = digraph(adjacency[np.ix_(real, real)]), len(real) - 1
        kept = on_a_path(graph, 0, last) if last > 0 and nx.has_path(graph, 0, last) else set()
        labels = last > 0 and legal_ends_and_inside(ops[real], kept - {0, last})
        slow.append(bool(kept) and labels and graph.subgraph(kept).number_of_edges() <= 9)
    assert generation.valid_pruned(mixed_draws).tolist() == slow
    strict, _ = generation.valid_strict(mixed_draws)
    assert strict.sum() < sum(slow)
    assert not (strict & ~np.array(slow)).any()


def test_rates_of_the_whole_space_twice_and_of_a_uniform_sampler():
    def rates(rows):
        return generation.rates(generation.as_draws(SPACE.take(rows)))

    assert rates(np.tile(np.arange(1_000), 2)) == (1.0, 0.5, 0.5)
    uniform = rates(np.random.default_rng(0).integers(0, len(SPACE), len(SPACE)))
    assert abs(uniform.distinct_per_draw - (1 - np.exp(-1))) < 0.002


# --- NAS-Bench-201 ------------------------------------------------------------------------------


def test_all_of_nasbench201_is_valid_and_nothing_next_to_it():
    space = cells.nasbench201()
    draws = generation.as_draws(space)
    ops = draws.ops
    assert generation.rates(draws) == (1.0, 1.0, 1.0)
    assert generation.valid_published(draws).all() and generation.valid_pruned(draws).all()
    for v in range(8):
        wrong = ops.copy()
        wrong[:, v] = nasbench_201.OUTPUT if v < 7 else nasbench_201.NONE
        broken = draws._replace(ops=wrong)
        assert not generation.valid_strict(broken)[0].any()
        assert not generation.valid_pruned(broken).any()
        assert generation.valid_published(broken).all() == (v == 1)  # never read
    for i, j in [(0, 1), (0, 3), (6, 7), (3, 2)]:
        wrong = draws.adjacency.copy()
        wrong[:, i, j] ^= True
        broken = draws._replace(adjacency=wrong)
        assert not generation.valid_strict(broken)[0].any()
        assert not generation.valid_pruned(broken).any()
        assert generation.valid_published(broken).all()
