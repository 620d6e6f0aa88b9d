import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from wl2nas import cells, generation, graphs, latent
from wl2nas import model as models

SPACE = cells.nasbench101()
SMALL = models.Arch2VecConfig(hidden=16, latent=4, layers=2)


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


def rounding(vectors):
    """How far two ways to the same vectors may lead in float32: one unit of rounding of the largest
    number for each of about a hundred terms, 7 + 5 + 2 * 16 in a layer of two and 16 + 7 after."""
    return 100 * np.finfo(np.float32).eps * np.abs(vectors).max()


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
    as_space = latent.embed(model, some)
    assert np.abs(latent.embed(model, list(some)) - as_space).max() < rounding(as_space)


def test_embedding_ignores_training_mode(some):
    """The statistics are not those of the batch, and do not move: one cell gets the vector that it
    gets among others, now and later. (Not bit for bit: other shapes are other programs.)"""
    model = models.Arch2Vec(SMALL, rngs=nnx.Rngs(0))  # its statistics move in the end
    model.train()
    first = latent.embed(model, some)
    model.train()
    assert np.abs(latent.embed(model, some) - first).max() < rounding(first)
    model.train()
    assert np.abs(latent.embed(model, some.take([5]))[0] - first[5]).max() < rounding(first)
    model.train()
    arrays = jnp.asarray(some.adjacency), jnp.asarray(some.ops)
    by_batch = np.asarray(model.encode_cells(*arrays).mean)
    assert np.abs(by_batch.mean(axis=1) - first).max() > 100 * rounding(first)


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


# --- rounding ---------------------------------------------------------------------------------


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
    assert generation.valid_strict(draws)[0].all()


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
    monkeypatch.setattr(latent, "posterior", lambda *_: models.Posterior(z, z))
    share = latent.exact_reconstruction(model, some)
    assert share == pytest.approx(slow_share(model, z, some))
    low, high = {0.0: (1, 1), 0.1: (0.9, 0.995), 0.2: (0.1, 0.5), 3.0: (0, 0.05)}[noise]
    assert low <= share <= high


def test_exact_reconstruction_of_a_model_uses_its_posterior_means(model, some):
    z = np.asarray(latent.posterior(model, some).mean)
    assert latent.exact_reconstruction(model, some) == slow_share(model, z, some)
