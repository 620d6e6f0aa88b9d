import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy import stats

from weights import filled
from wl2nas import cells, generation, latent, wl
from wl2nas.models import cell_vae
from wl2nas.models.promise import Posterior

SPACE = cells.nasbench101()
SMALL = cell_vae.CellVAEConfig(width=16, latent=4, hidden=40, layers=2)
PAIR = [40965, 182952]  # same-skeleton cells


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="module")
def some():
    """Cells of every size, in no order."""
    rng = np.random.default_rng(0)
    rows = [rng.choice(np.flatnonzero(SPACE.n_vertices == n), 20) for n in range(3, 8)]
    return SPACE.take(rng.permutation(np.concatenate(rows)))


@pytest.fixture(scope="module")
def tiny():
    """The cells of at most four vertices, in four places."""
    small = SPACE.take(np.random.default_rng(0).permutation(np.flatnonzero(SPACE.n_vertices <= 4)))
    return cells.CellSpace(small.adjacency[:, :4, :4], small.ops[:, :4])


TINY = {"vertices": 4, "layers": 1}


def made(seed=0, **settings):
    """A model with random weights and clouds of middle size."""
    config = dataclasses.replace(SMALL, **settings)
    model = filled(lambda: cell_vae.CellVAE(config, rngs=nnx.Rngs(0)), seed)
    model.encoder.to_log_sigma.kernel[...] *= 0.1
    return model


encode = nnx.jit(lambda model, *arrays: model.encode_cells(*arrays))
objective = nnx.jit(lambda model, *arguments: model.objective(*arguments))


def arrays(space):
    return jnp.asarray(space.adjacency), jnp.asarray(space.ops)


# --- the encoder --------------------------------------------------------------------------------


def renamed(space, orders):
    """Every cell in an order of all its places, those of padding included."""
    rows = np.arange(len(space))[:, None]
    adjacency = space.adjacency[rows[..., None], orders[:, :, None], orders[:, None, :]]
    return cells.CellSpace(adjacency, space.ops[rows, orders])


def test_the_gaussian_of_a_cell_does_not_depend_on_the_names_of_its_vertices(some, rng):
    """Topological orders and any others, in which edges point backwards and padding is anywhere."""
    model = made()
    first = encode(model, *arrays(some))
    for _ in range(5):
        orders = np.array([rng.permutation(7) for _ in range(len(some))])
        copies = renamed(some, orders)
        assert np.tril(copies.adjacency).any(axis=(1, 2)).mean() > 0.9
        for a, b in zip(first, encode(model, *arrays(copies)), strict=True):
            assert np.allclose(a, b, atol=1e-5)
    gap = latent.relabelling_gap(model, some.take(some.n_vertices >= 6))
    assert gap < 1e-5
    mean = np.asarray(first.mean)
    apart = np.abs(mean[:, None] - mean).max(axis=-1)
    different = some.codes[:, None] != some.codes
    assert apart[different].min() > 100 * gap


@pytest.mark.parametrize("directed", [True, False])
def test_only_the_direction_aware_model_separates_same_skeleton_cells(directed):
    composition = (np.sort(SPACE.ops) == np.sort(SPACE.ops[PAIR[0]])).all(axis=1)
    alike = np.flatnonzero(composition & (SPACE.n_edges == SPACE.n_edges[PAIR[0]]))
    space = SPACE.take([*PAIR, *alike[:30]])
    skeletons = wl.space_codes(space, direction="undirected")[-1]
    assert skeletons[0] == skeletons[1]
    others = skeletons != skeletons[0]
    assert others.sum() > 20
    for seed in range(3):
        mean = np.asarray(encode(made(seed, directed=directed), *arrays(space)).mean)
        distance = np.abs(mean - mean[0]).max(axis=1)
        assert distance[others].min() > 1e-3
        assert distance[1] > 1e-3 if directed else distance[1] < 1e-5


def test_padding_does_not_count(some):
    """Seven places, eight, or as many as the cell has vertices: one posterior."""
    seven, eight = made(), made(vertices=8)
    nnx.update(eight.encoder, nnx.state(seven.encoder))
    adjacency = np.pad(some.adjacency, ((0, 0), (0, 1), (0, 1)))
    ops = np.pad(some.ops, ((0, 0), (0, 1)), constant_values=-1)
    padded = encode(eight, jnp.asarray(adjacency), jnp.asarray(ops))
    plain, small = encode(seven, *arrays(some)), some.n_vertices == 4
    cut = cells.CellSpace(some.adjacency[small, :4, :4], some.ops[small, :4])
    tight = encode(seven, *arrays(cut))
    for a, b, c in zip(plain, padded, tight, strict=True):
        assert np.allclose(a, b, atol=1e-5)
        assert np.allclose(a[small], c, atol=1e-5)
        assert np.asarray(a).std(axis=0).min() > 0.01


# --- the loss -----------------------------------------------------------------------------------


def kl_by_quadrature(mean, log_sigma):
    """E over q of log q - log p for every cell, with the densities of SciPy.

    The logarithms are quadratic in z, for which Gauss-Hermite quadrature is exact.
    """
    nodes, weights = np.polynomial.hermite.hermgauss(8)
    mean, sigma = (np.asarray(x, np.float64)[..., None] for x in (mean, np.exp(log_sigma)))
    z = mean + sigma * np.sqrt(2) * nodes
    difference = stats.norm.logpdf(z, mean, sigma) - stats.norm.logpdf(z)
    return (difference @ weights / np.sqrt(np.pi)).sum(axis=-1)


WEIGHTS = {"kl_weight": 0.5}


def test_without_a_key_the_means_are_decoded_and_the_kl_is_that_of_the_definition(tiny):
    model = made(**TINY, **WEIGHTS, blurred=0.0, exact=1.0)
    posterior, entries = encode(model, *arrays(tiny)), model.decoder.entries
    columns = jax.jit(entries.write)(*arrays(tiny))
    logits = jax.jit(model.decoder)(posterior.mean, columns)
    operations, edges = jax.jit(entries.log_likelihood)(logits, columns)
    kl = kl_by_quadrature(*posterior).mean()
    assert kl > 0.1
    parts = objective(model, *arrays(tiny), None)
    assert np.allclose(parts, [-operations.mean(), -edges.mean(), 0.5 * kl], rtol=1e-4)
    with_key = objective(model, *arrays(tiny), jax.random.key(0))
    assert np.allclose(with_key, parts, rtol=1e-5)


def test_a_key_draws_latents_and_all_parts_stay_positive(tiny):
    drawn, blurred = (made(**TINY, **WEIGHTS, blurred=b, exact=0.25) for b in (0.0, 0.5))
    parts = [
        objective(m, *arrays(tiny), jax.random.key(k)) for m in (drawn, blurred) for k in (0, 1)
    ]
    assert all(min(p) > 0 for p in parts)
    operations, edges, kl = np.array(parts).T
    assert np.allclose(kl, kl[0], rtol=1e-5)
    for part in (operations, edges):
        assert np.abs(np.subtract.outer(part, part))[np.triu_indices(4, 1)].min() > 1e-4


def test_shares_of_a_batch_blurred_drawn_and_exact():
    """Without spread of its own a latent that is drawn is the mean; with it only exact ones are."""
    model = made(blurred=0.3, exact=0.2, blurred_weight=0.5)
    mean, key = jnp.arange(40.0).reshape(10, 4), jax.random.key(0)
    (narrow, weight), (wide, _) = (
        jax.jit(model._latents)(Posterior(mean, jnp.full((10, 4), s)), key) for s in (-50.0, 0.0)
    )
    assert weight.tolist() == [0.5] * 3 + [1] * 7
    assert (narrow == mean).all(axis=1).tolist() == [False] * 3 + [True] * 7
    assert (wide == mean).all(axis=1).tolist() == [False] * 8 + [True] * 2


# --- blur ---------------------------------------------------------------------------------------


@pytest.fixture
def cloud(rng):
    """Latents whose axes differ in centre and spread, two of them correlated."""
    z = rng.normal(size=(20_000, 4)) * [5, 1, 0.1, 2] + [0, 3, -1, 0]
    z[:, 3] += 0.3 * z[:, 0]
    return jnp.asarray(z, jnp.float32)


def noise_for(rng, n):
    return jnp.asarray(rng.normal(size=(n, 4)), jnp.float32)


def test_blur_of_level_zero_changes_nothing(cloud, rng):
    out = cell_vae.blur(cloud, jnp.zeros((50, 1)), noise_for(rng, 50))
    assert out.shape == (50, 4)
    assert np.allclose(out, cloud[:50], atol=1e-5)


def test_blur_of_level_one_keeps_centre_and_spread_of_the_batch_only(cloud, rng):
    noise, ones = noise_for(rng, 500), jnp.ones((500, 1))
    out = cell_vae.blur(cloud, ones, noise)
    mirrored = 2 * cloud.mean(axis=0) - cloud  # other latents of equal centre and spread
    assert np.allclose(out, cell_vae.blur(mirrored[::-1], ones, noise), atol=1e-3)
    centre, spread = np.asarray(cloud).mean(axis=0), np.asarray(cloud).std(axis=0)
    assert np.allclose(out, centre + spread * noise, atol=1e-3)


@pytest.mark.parametrize("level", [0.2, 0.5, 0.8])
def test_blur_keeps_the_spread_in_between(cloud, rng, level):
    """Standard errors of a spread from 20,000 draws: half a per cent."""
    out = cell_vae.blur(cloud, jnp.full((len(cloud), 1), level), noise_for(rng, len(cloud)))
    centre, spread = np.asarray(cloud).mean(axis=0), np.asarray(cloud).std(axis=0)
    assert np.allclose(out.std(axis=0), spread, rtol=0.02)
    assert (np.abs(out.mean(axis=0) - centre) < 0.03 * spread).all()
    kept = [np.corrcoef(out[:, k], cloud[:, k])[0, 1] for k in range(4)]
    assert np.allclose(kept, np.cos(level * np.pi / 2), atol=0.03)


@functools.partial(jax.jit, static_argnums=0)
@functools.partial(jax.grad, argnums=1)
def gradient(graphdef, params, *arguments):
    parts = nnx.merge(graphdef, params).objective(*arguments)
    return parts.operations + parts.adjacency


def encoder_gradient(model, space, key):
    """Of the two reconstruction parts, with respect to the weights of the encoder."""
    found = gradient(*nnx.split(model, nnx.Param), *arrays(space), key)
    return np.concatenate([np.asarray(leaf).ravel() for leaf in jax.tree.leaves(found["encoder"])])


def test_no_gradient_reaches_the_encoder_through_blurred_cells(tiny):
    """Half of the batch is blurred: other cells there leave the gradient as it was."""
    key, batch = jax.random.key(0), tiny.take(slice(16))
    other = tiny.take(np.r_[50:58, 8:16])
    half = {**TINY, "blurred": 0.5, "exact": 0.0}
    kept = encoder_gradient(made(**half), batch, key)
    assert np.abs(kept).max() > 1e-2
    assert np.allclose(kept, encoder_gradient(made(**half), other, key), atol=1e-6)
    reverse = tiny.take(np.r_[0:8, 50:58])
    assert np.abs(kept - encoder_gradient(made(**half), reverse, key)).max() > 1e-2


# --- decoding -----------------------------------------------------------------------------------


def test_what_is_drawn_can_be_judged(monkeypatch, some):
    """The columns of real cells come out as these cells, with operation -1 where padding is."""
    model = made(latent=len(some))
    columns = jax.jit(model.decoder.entries.write)(*arrays(some))
    monkeypatch.setattr(
        cell_vae.AutoregressiveDecoder, "decode", lambda self, z, key=None: z @ columns
    )
    draws = latent.decode(model, np.eye(len(some), dtype=np.float32))
    assert isinstance(draws, generation.Draws)
    assert (draws.padding == (some.ops == cells.PADDING)).all()
    assert (draws.ops == some.ops).all()
    assert (draws.adjacency == some.adjacency).all()
    assert latent.exact(draws, some, padding=True).all()
    assert generation.valid_strict(draws)[0].all()


def test_an_untrained_decoder_says_anything_but_an_edge_backwards(rng):
    """In 300 draws with a seed; the same seed says the same."""
    model, z = made(**TINY), 2 * rng.normal(size=(300, 4)).astype(np.float32)
    draws = latent.decode(model, z, seed=0)
    assert (draws.padding == (draws.ops == -1)).all()
    assert set(draws.ops.flat) == {-1, 0, 1, 2, 3, 4}
    upper = np.triu(np.ones((4, 4), bool), 1)
    assert (draws.adjacency.any(axis=0) == upper).all()
    for a, b in zip(draws[:3], latent.decode(model, z, seed=0)[:3], strict=True):
        assert (a == b).all()


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"blurred": 0.7, "exact": 0.4}, r"blurred=0\.7 and exact=0\.4 must be shares"),
        ({"blurred": -0.1}, r"blurred must be a number from 0 to 1; it is -0\.1"),
        ({"exact": 1.5}, r"exact must be a number from 0 to 1; it is 1\.5"),
        ({"kl_weight": -1.0}, r"kl_weight must be a number from 0 to .*; it is -1\.0"),
        ({"blurred_weight": float("nan")}, "blurred_weight must be a number .*; it is nan"),
        ({"hidden": 27}, "hidden must be at least 28"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)
