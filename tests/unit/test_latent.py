import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from flax import nnx

from wl2nas import cells, graphs, latent
from wl2nas import model as models

SPACE = cells.nasbench101()
SMALL = models.Arch2VecConfig(hidden=16, latent=4, layers=2)
INNER = (cells.CONV1X1, cells.CONV3X3, cells.MAXPOOL)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    return models.Arch2Vec(SMALL, rngs=nnx.Rngs(0))


@pytest.fixture
def some(rng):
    """Cells of every size."""
    rows = [rng.choice(np.flatnonzero(SPACE.n_vertices == n), 30) for n in range(3, 8)]
    return SPACE.take(rng.permutation(np.concatenate(rows)))


# --- embedding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [64, 150, 2048])
def test_embedding_in_blocks_is_embedding_one_cell_at_a_time(model, some, batch):
    """150 cells fill two blocks of 64 and a part of the third."""
    together = latent.embed(model, some, batch=batch)
    assert together.shape == (150, 4)
    for k in (0, 63, 64, 127, 128, 149):
        adjacency = jnp.asarray(some.adjacency[[k]], float)
        operations = models.one_hot(jnp.asarray(some.ops[[k]]), 5)
        alone = np.asarray(model.encode(adjacency, operations).mean[0])
        assert np.allclose(together[k], sum(alone) / 7, atol=1e-5)


def test_a_list_of_cells_is_as_good_as_a_space(model, some):
    assert (latent.embed(model, list(some)) == latent.embed(model, some)).all()


def test_embedding_ignores_training_mode(model, some):
    model.train()
    first = latent.embed(model, some)
    assert (latent.embed(model, some) == first).all()
    assert (latent.embed(model, some.take([5])) == latent.embed(model, some)[5]).all()


# --- projection ---------------------------------------------------------------------------------


@pytest.fixture
def cloud(rng):
    return rng.normal(size=(200, 5)) * [5, 3, 2, 1, 0.5] @ rng.normal(size=(5, 5)) + 7


def test_components_agree_with_the_singular_value_decomposition(cloud):
    coordinates, shares = latent.principal_components(cloud, 3)
    centred = cloud - cloud.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    assert np.allclose(shares, (singular**2 / (singular**2).sum())[:3])
    for k in range(3):
        largest = np.argmax(np.abs(axes[k]))
        assert np.allclose(coordinates[:, k], centred @ axes[k] * np.sign(axes[k, largest]))


def test_signs_do_not_depend_on_the_order_of_the_rows(cloud, rng):
    coordinates, _ = latent.principal_components(cloud)
    for _ in range(10):
        order = rng.permutation(len(cloud))
        assert np.allclose(latent.principal_components(cloud[order])[0], coordinates[order])


def test_mirrored_rows_get_mirrored_coordinates(cloud):
    """The signs hang on the axes alone: a solver's choice would follow the rows."""
    coordinates, _ = latent.principal_components(cloud)
    assert np.allclose(latent.principal_components(-cloud)[0], -coordinates)


def test_nan_is_not_projected(cloud):
    cloud[3, 2] = np.nan
    with pytest.raises(ValueError, match="embedding holds NaN"):
        latent.principal_components(cloud)


# --- counting vectors ---------------------------------------------------------------------------


def test_groups_are_counted_up_to_ten_gaps(rng):
    gap = 1e-4
    centres = np.arange(20)[:, None] * [1.0, 2.0, -1.0]
    jitter = rng.uniform(-1, 1, (20, 5, 3)) * gap
    vectors = rng.permutation((centres[:, None] + jitter).reshape(-1, 3))
    assert latent.count_groups(vectors, gap) == (20, 10 * gap, 0)


def test_pairs_between_ten_and_a_hundred_gaps_are_ambiguous():
    gap = 0.01
    line = np.array([[0.0], [0.05], [0.13], [1.0], [1.5], [3.0]])
    # .00 - .05 - .13 is a chain of near pairs, whose ends are .13 apart: ambiguous; so are
    # the three pairs of 1.0 with the chain, but for the one that is 100 gaps away; and 1 - 1.5.
    near, between = 0, 0
    for i in range(6):
        for j in range(i):
            distance = abs(line[i, 0] - line[j, 0])
            near += distance < 0.1
            between += 0.1 <= distance <= 1.0
    assert (near, between) == (2, 5)
    assert latent.count_groups(line, gap) == (4, 0.1, 5)


def test_relabellings_of_a_cell_differ_by_rounding_only(model, some):
    gap = latent.relabelling_gap(model, some.take(slice(20)))
    assert 0 < gap < 1e-5


def test_the_gap_is_that_of_the_worst_relabelling(monkeypatch, model, some):
    """An embedding that sees the order: the operation of the second vertex."""
    monkeypatch.setattr(
        latent, "embed", lambda _, copies: np.array([[float(c.ops[1]), 0.0] for c in copies])
    )
    worst = 0
    for cell in some:
        seconds = [cell.ops[order[1]] for order in cells.topological_orders(cell)]
        worst = max(worst, *(abs(int(op) - int(cell.ops[1])) for op in seconds))
    assert worst > 0
    assert latent.relabelling_gap(model, some) == worst


# --- sampling -----------------------------------------------------------------------------------


@pytest.fixture
def means(rng):
    return rng.normal(size=(50, 3, 2)) * [[1, 2], [3, 4], [5, 6]] + [[0, 0], [1, 1], [2, 2]]


def test_a_prior_per_position(means):
    prior = latent.fit_prior(means)
    for v in range(3):
        for d in range(2):
            values = means[:, v, d]
            spread = (((values - values.mean()) ** 2).sum() / 49) ** 0.5
            assert np.allclose([prior.mean[v, d], prior.std[v, d]], [values.mean(), spread])


def test_a_prior_shared_by_all_positions(means):
    prior = latent.fit_prior(means, per_position=False)
    rows = means.reshape(150, 2)
    assert np.allclose(prior.mean, np.tile(rows.mean(axis=0), (3, 1)))
    assert np.allclose(prior.std, np.tile(rows.std(axis=0, ddof=1), (3, 1)))


def test_samples_follow_the_prior_and_the_seed(means):
    prior = latent.fit_prior(means)
    z = latent.sample_prior(prior, 20_000, seed=0)
    assert np.allclose(z.mean(axis=0), prior.mean, atol=0.05 * prior.std.max())
    assert np.allclose(z.std(axis=0), prior.std, rtol=0.05)
    assert (latent.sample_prior(prior, 20_000, seed=0) == z).all()
    assert (latent.sample_prior(prior, 20_000, seed=1) != z).all()


def test_iid_draws_are_valid_as_often_as_stated():
    """77 % and 0.3 % at p = .41."""
    draws = latent.iid_draws(20_000, 0.41, seed=0)
    assert abs(np.triu(draws.adjacency, 1).sum() / (20_000 * 21) - 0.41) < 0.005
    assert not np.tril(draws.adjacency).any()
    assert 0.76 < latent.valid_published(draws).mean() < 0.78
    assert 0.002 < latent.valid_strict(draws)[0].mean() < 0.004


# --- judging ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed_draws():
    """Independent edges, operations that are often illegal, vertices that are often padding."""
    rng, drawn = np.random.default_rng(1), []
    for seed, p in enumerate((0.2, 0.41, 0.6)):
        draws = latent.iid_draws(2_000, p, seed=seed)
        anything = rng.integers(0, 5, draws.ops.shape)
        ops = np.where(rng.random(draws.ops.shape) < 0.03, anything, draws.ops)
        padding = rng.random(ops.shape) < [0.02, 0.5, 0.5, 0.5, 0.5, 0.5, 0.02]
        drawn.append(latent.Draws(draws.adjacency, ops, padding))
    return latent.Draws(*map(np.concatenate, zip(*drawn, strict=True)))


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
    assert latent.valid_published(mixed_draws).tolist() == slow


def test_valid_strict_draw_by_draw(mixed_draws):
    slow = [slow_strict(*draw) for draw in zip(*mixed_draws, strict=True)]
    assert 300 < sum(slow) < 5_000
    valid, legal = latent.valid_strict(mixed_draws)
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
    draws = latent.Draws(SPACE.adjacency, SPACE.ops.astype(int), SPACE.ops == cells.PADDING)
    valid, legal = latent.valid_strict(draws)
    assert valid.all()
    assert (legal.codes == SPACE.codes).all()
    assert latent.count_unique(legal) == 423_624


def test_uniqueness_is_counted_up_to_isomorphism(some):
    copies = [
        cells.Cell(*graphs.relabel(cell.adjacency, cell.ops, order))
        for cell in some
        for order in cells.topological_orders(cell)[:3]
    ]
    assert len(copies) > 1.5 * len(some)
    assert latent.count_unique(cells.stack(copies)) == len(np.unique(some.codes))
    assert latent.count_unique(some.take(slice(0))) == 0


# --- reconstruction -----------------------------------------------------------------------------


def perfect_decoder():
    """A decoder that reads operations from five dimensions, edges from seven others."""
    config = models.Arch2VecConfig(hidden=4, latent=12, layers=1)
    model = models.Arch2Vec(config, rngs=nnx.Rngs(0))
    layer = model.decoder.to_operations
    kernel = np.zeros((12, 5), np.float32)
    kernel[7:] = 20 * np.eye(5)
    layer.kernel[...], layer.bias[...] = jnp.asarray(kernel), jnp.full(5, -1.0)
    return model


def perfect_latents(space):
    """z_i . z_j is +1 where there is an edge, else -1; operations are a faint 0.1 beside it."""
    one_hot = np.asarray(models.one_hot(jnp.asarray(space.ops), 5))
    sign = np.where(graphs.skeleton(space.adjacency), 1.0, -1.0)
    gram = sign * (1 - np.eye(7)) + 7 * np.eye(7)  # diagonally dominant: it has a square root
    return np.concatenate([np.linalg.cholesky(gram), 0.1 * one_hot], axis=2).astype(np.float32)


def test_perfect_latents_are_decoded_to_the_cells(some):
    draws = latent.decode(perfect_decoder(), perfect_latents(some))
    assert (draws.adjacency == some.adjacency).all()
    assert (draws.padding == (some.ops == cells.PADDING)).all()
    assert (np.where(draws.padding, cells.PADDING, draws.ops) == some.ops).all()
    assert latent.valid_strict(draws)[0].all()


def test_of_two_sure_operations_the_surer_is_decoded():
    """In float32 sigmoid(30) = sigmoid(40) = 1."""
    model = perfect_decoder()
    model.decoder.to_operations.bias[...] = jnp.array([-9.0, 30, 20, 40, -9])
    assert (latent.decode(model, np.zeros((1, 7, 12), np.float32)).ops == cells.MAXPOOL).all()


def slow_share(model, z, space):
    """Decode real vertices one by one, and their pairs; p > 0.5 is a logit above 0."""
    layer = model.decoder.to_operations
    kernel, bias = np.asarray(layer.kernel[...]), np.asarray(layer.bias[...])
    right = 0
    for k, cell in enumerate(space):
        n = len(cell)
        edges = {(i, j) for j in range(n) for i in range(j) if z[k, i] @ z[k, j] > 0}
        ops = [int(np.argmax(z[k, v] @ kernel + bias)) for v in range(n)]
        right += edges == set(cell.edges) and ops == cell.ops.tolist()
    return right / len(space)


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.2, 3.0])
def test_exact_reconstruction_cell_by_cell(monkeypatch, some, rng, noise):
    model, z = perfect_decoder(), perfect_latents(some)
    z[..., :7] += noise * rng.normal(size=z[..., :7].shape)
    z[..., 7:] += 0.2 * noise * rng.normal(size=z[..., 7:].shape)
    monkeypatch.setattr(latent, "vertex_means", lambda *_: z)
    share = latent.exact_reconstruction(model, some)
    assert share == pytest.approx(slow_share(model, z, some))
    low, high = {0.0: (1, 1), 0.1: (0.9, 0.995), 0.2: (0.1, 0.5), 3.0: (0, 0.05)}[noise]
    assert low <= share <= high


def test_exact_reconstruction_of_a_model_uses_its_posterior_means(model, some):
    z = latent.vertex_means(model, some)
    assert latent.exact_reconstruction(model, some) == slow_share(model, z, some)
