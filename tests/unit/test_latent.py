import inspect
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from wl2nas import cells, generation, graphs, latent, train
from wl2nas.models import arch2vec, cell_vae

SPACE = cells.nasbench101()
SMALL = arch2vec.Arch2VecConfig(hidden=16, latent=4, layers=2)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def model():
    made = arch2vec.Arch2Vec(SMALL, rngs=nnx.Rngs(0))
    made.eval()
    return made


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
    model.eval()
    assert together.shape == (150, 4)
    for k in (0, 63, 64, 127, 128, 149):
        adjacency = jnp.asarray(some.adjacency[[k]], float)
        operations = arch2vec.one_hot(jnp.asarray(some.ops[[k]]), 5)
        alone = np.asarray(model.encode(adjacency, operations).mean[0])
        assert np.allclose(together[k], sum(alone) / 7, atol=1e-5)


@pytest.mark.parametrize(
    "several",
    [list, tuple, iter, lambda some: (cell for cell in some), lambda some: some],
    ids=["list", "tuple", "iterator", "generator", "space"],
)
def test_several_cells_in_any_shape_are_as_good_as_a_space(model, some, several):
    whole = latent.embed(model, some)
    assert (latent.embed(model, several(some)) == whole).all()
    assert latent.exact_reconstruction(model, several(some)) == latent.exact_reconstruction(
        model, some
    )


def test_one_cell_gives_one_row(model, some):
    """As in the README; whether it is a cell or a space of one."""
    rows = [latent.embed(model, one) for one in (some[3], [some[3]], some.take([3]))]
    for row in rows:
        assert row.shape == (1, 4)
        assert (row == rows[0]).all()
    assert latent.posterior(model, some[3]).mean.shape == (1, 7, 4)


@pytest.mark.parametrize(
    ("these", "message"),
    [
        ([], "space must hold at least one cell; it is empty"),
        ("cell", "space must be a CellSpace, a Cell or several; it holds a str"),
        (None, "it holds a NoneType"),
        (17, "it holds a int"),
        (np.zeros((7, 7)), "it holds a ndarray"),
        ([SPACE[0], 3], "it holds a int"),
        (
            generation.Draws(np.zeros((1, 7, 7), bool), np.zeros((1, 7), int), np.zeros((1, 7))),
            r"draws are not cells yet; generation\.valid_strict",
        ),
    ],
)
def test_what_are_no_cells_is_refused_in_words(model, these, message):
    for use in (latent.posterior, latent.embed, latent.exact_reconstruction):
        with pytest.raises((ValueError, TypeError), match=message):
            inspect.unwrap(use)(model, these)


# --- a model and a space that do not fit --------------------------------------------------------


def padded(space, v):
    """A space in v places."""
    adjacency = np.zeros((len(space), v, v), bool)
    ops = np.full((len(space), v), cells.PADDING, np.int8)
    n = min(v, space.ops.shape[1])
    adjacency[:, :n, :n], ops[:, :n] = space.adjacency[:, :n, :n], space.ops[:, :n]
    return SimpleNamespace(adjacency=adjacency, ops=ops)


def with_ops(space, change, dtype=np.int8):
    ops = space.ops.astype(dtype)
    ops[0, 1] = change
    return SimpleNamespace(adjacency=space.adjacency, ops=ops)


FEW = SPACE.take(np.arange(40))
MISFITS = {
    "another benchmark": (cells.nasbench201().take([0]), r"8 vertices.* vertices=7"),
    "fewer places": (padded(FEW, 5), r"5 vertices.* vertices=7"),
    "more places": (padded(FEW, 9), r"9 vertices.* vertices=7"),
    "an unknown code": (with_ops(FEW, 5), r"operation code 5.* operations=5"),
    "a code below padding": (with_ops(FEW, -2), "operation code -2; -1 is padding"),
    "codes that are not whole": (with_ops(FEW, 1, float), "ops must be whole numbers"),
    "weights for edges": (
        SimpleNamespace(adjacency=0.5 * FEW.adjacency, ops=FEW.ops),
        "adjacency must hold nothing but 0 and 1",
    ),
    "another number of matrices": (
        SimpleNamespace(adjacency=FEW.adjacency[:3], ops=FEW.ops),
        r"adjacency \(N, V, V\) and ops \(N, V\)",
    ),
    "matrices that are not square": (
        SimpleNamespace(adjacency=FEW.adjacency[:, :5], ops=FEW.ops),
        r"adjacency \(N, V, V\) and ops \(N, V\)",
    ),
}


@pytest.mark.parametrize("misfit", MISFITS)
def test_a_space_that_a_model_does_not_fit_is_refused_alike_everywhere(model, misfit):
    space, message = MISFITS[misfit]
    said = set()
    for use in (
        latent.posterior,
        latent.embed,
        latent.exact_reconstruction,
        lambda model, space: train.fit(model, space, [0] * 32, progress_bar=False),
    ):
        with pytest.raises(ValueError, match=message) as caught:
            inspect.unwrap(use)(model, space)
        said.add(str(caught.value))
    assert len(said) == 1


@pytest.mark.parametrize(
    ("z", "message"),
    [
        (np.zeros((2, 8, 4)), r"shape \(N, 7, 4\), as .* \(2, 8, 4\)"),
        (np.zeros((2, 1, 4)), r"shape \(N, 7, 4\)"),
        (np.zeros((2, 7, 5)), r"shape \(N, 7, 4\)"),
        (np.zeros((7, 4)), r"shape \(N, 7, 4\), as .* of shape \(7, 4\)"),
        (np.zeros((2, 2, 7, 4)), r"shape \(N, 7, 4\)"),
        (np.float32(0), r"of shape \(\)"),
        (np.zeros((2, 7, 4), complex), "it is complex128"),
        (np.zeros((2, 7, 4), bool), "it is bool"),
        (np.full((2, 7, 4), "0"), "it is <U1"),
        (np.full((2, 7, 4), np.nan), "z holds NaN, infinity"),
        (np.full((2, 7, 4), -np.inf), "z holds NaN, infinity"),
        (np.full((2, 7, 4), 1e300), "numbers beyond float32"),
    ],
)
def test_latents_that_a_model_does_not_have_are_refused(model, z, message):
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(latent.decode)(model, z)


def test_one_latent_that_is_not_a_number_is_found_among_many(model):
    z = np.zeros((50, 7, 4), np.float32)
    z[[17, 40], 3, 2] = np.nan
    with pytest.raises(ValueError, match=r"look at its rows \[17 40\]"):
        latent.decode(model, z)


def test_latents_of_whole_cells_are_checked_too():
    config = cell_vae.CellVAEConfig(width=8, latent=4, hidden=28, layers=1)
    model = cell_vae.CellVAE(config, rngs=nnx.Rngs(0))
    for z in (np.zeros((2, 7, 4)), np.zeros(4), np.zeros((2, 5))):
        with pytest.raises(ValueError, match=r"shape \(N, 4\)"):
            inspect.unwrap(latent.decode)(model, z)


@pytest.mark.parametrize("batch", [0, -1, 2.0, None, "8", True])
def test_a_block_that_cannot_be_is_named(model, some, batch, no_annotations):
    z = np.zeros((2, 7, 4), np.float32)
    for use, what in ((latent.posterior, some), (latent.embed, some), (latent.decode, z)):
        with pytest.raises(ValueError, match=r"batch must be a whole number of 1 or more; it is"):
            inspect.unwrap(use)(model, what, batch=batch)


def test_a_block_is_no_larger_than_the_space_needs(model, some):
    """Ten million cells in a block would take all memory there is; and compile anew."""
    assert (latent.embed(model, some, batch=10**7) == latent.embed(model, some)).all()
    z = np.random.default_rng(0).normal(size=(20, 7, 4)).astype(np.float32)
    large, usual = (latent.decode(model, z, seed=0, **b) for b in ({"batch": 10**7}, {}))
    assert all((a == b).all() for a, b in zip(large[:3], usual[:3], strict=True))


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True, 2**32])
def test_a_seed_that_cannot_be_is_named(model, seed):
    with pytest.raises(ValueError, match="seed must be a whole number from 0"):
        inspect.unwrap(latent.decode)(model, np.zeros((1, 7, 4), np.float32), seed=seed)


# --- the caller's mode --------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_of_a_model_is_its_owner_s(model, some, training):
    mixed = nnx.clone(model)
    mixed.train() if training else mixed.eval()
    mixed.encoder.layer1.inner_norm.use_running_average = training  # one layer unlike the others

    def modes():
        layers = mixed.encoder.layer0, mixed.encoder.layer1
        return [
            norm.use_running_average
            for layer in layers
            for norm in (layer.inner_norm, layer.outer_norm)
        ]

    before, z = modes(), latent.posterior(mixed, some).mean
    assert len(set(before)) == 2
    latent.embed(mixed, some)
    latent.decode(mixed, z)
    latent.exact_reconstruction(mixed, some)
    latent.relabelling_gap(mixed, some)
    assert modes() == before
    for use, what in ((latent.embed, []), (latent.decode, z * np.nan), (latent.posterior, 3)):
        with pytest.raises((ValueError, TypeError)):
            use(mixed, what)
    assert modes() == before


def test_statistics_do_not_move_while_a_model_is_used(model, some):
    used = nnx.clone(model)
    used.train()
    latent.decode(used, latent.posterior(used, some).mean)
    for a, b in zip(*(jax.tree.leaves(nnx.state(m)) for m in (model, used)), strict=True):
        assert (a == b).all()


def test_embedding_ignores_training_mode(some):
    """The statistics are not those of the batch, and do not move: one cell gets the vector that it
    gets among others, now and later. (Not bit for bit: other shapes are other programs.)"""
    model = arch2vec.Arch2Vec(SMALL, rngs=nnx.Rngs(0))  # its statistics move in the end
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


@pytest.mark.parametrize("k", [0, 6, -1, 1.5])
def test_a_number_of_components_that_cannot_be_is_named(cloud, k):
    with pytest.raises(ValueError, match=r"k must be a whole number from 1 to 5; it is"):
        inspect.unwrap(latent.principal_components)(cloud, k)


def test_what_is_no_table_of_numbers_is_not_projected():
    for odd in (np.zeros(5), np.zeros((2, 3, 4)), np.zeros((5, 2), complex), [["a", "b"]] * 3):
        with pytest.raises(ValueError, match=r"embedding must be an array of numbers \(N, D\)"):
            inspect.unwrap(latent.principal_components)(odd)


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
    config = arch2vec.Arch2VecConfig(hidden=4, latent=12, layers=1)
    model = arch2vec.Arch2Vec(config, rngs=nnx.Rngs(0))
    layer = model.decoder.to_operations
    kernel = np.zeros((12, 5), np.float32)
    kernel[7:] = 20 * np.eye(5)
    layer.kernel[...], layer.bias[...] = jnp.asarray(kernel), jnp.full(5, -1.0)
    return model


def perfect_latents(space):
    """z_i . z_j is +1 where there is an edge, else -1; operations are a faint 0.1 beside it."""
    one_hot = np.asarray(arch2vec.one_hot(jnp.asarray(space.ops), 5))
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
    monkeypatch.setattr(latent, "posterior", lambda *_: arch2vec.Posterior(z, z))
    share = latent.exact_reconstruction(model, some)
    assert share == pytest.approx(slow_share(model, z, some))
    low, high = {0.0: (1, 1), 0.1: (0.9, 0.995), 0.2: (0.1, 0.5), 3.0: (0, 0.05)}[noise]
    assert low <= share <= high


def test_exact_reconstruction_of_a_model_uses_its_posterior_means(model, some):
    z = np.asarray(latent.posterior(model, some).mean)
    assert latent.exact_reconstruction(model, some) == slow_share(model, z, some)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ops": np.zeros((149, 7), int)}, r"their ops are \(149, 7\), those of space \(150, 7\)"),
        ({"ops": np.zeros((150, 1), int)}, r"their ops are \(150, 1\)"),
        ({"padding": np.zeros((1, 7), bool)}, "draws must be of the cells of space"),
        ({"adjacency": np.zeros((150, 7, 1), bool)}, "draws must be of the cells of space"),
        ({"adjacency": np.zeros((1, 7, 7), bool)}, "draws must be of the cells of space"),
    ],
)
def test_draws_of_other_cells_are_not_compared(some, change, message):
    """NumPy would broadcast a single one, and compare arrays of other shapes to False."""
    real = some.ops >= 0
    draws = generation.Draws(some.adjacency, some.ops.astype(int), ~real)
    assert latent.exact(draws, some, padding=True).all()
    with pytest.raises(ValueError, match=message):
        latent.exact(draws._replace(**change), some)
    with pytest.raises(ValueError, match="padding must be True or False; it is 'no'"):
        inspect.unwrap(latent.exact)(draws, some, padding="no")
