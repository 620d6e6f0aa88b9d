import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from wl2nas import cells, graphs, wl
from wl2nas.models import arch2vec, layers

SPACE = cells.nasbench101()
PUBLISHED = arch2vec.Arch2VecConfig(hidden=16, latent=4, layers=2)
SOFTMAX = dataclasses.replace(PUBLISHED, operation_activation="softmax")
MASKED = dataclasses.replace(PUBLISHED, mask_padding=True)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def arrays(space):
    """Adjacency and one-hot operations as a model reads them."""
    return jnp.asarray(space.adjacency, float), arch2vec.one_hot(jnp.asarray(space.ops), 5)


def evaluated(config, seed=0):
    """A model with random weights and statistics, in evaluation mode."""
    model = arch2vec.Arch2Vec(config, rngs=nnx.Rngs(seed))
    rng = np.random.default_rng(seed)
    for k in range(config.layers):
        layer = getattr(model.encoder, f"layer{k}")
        for norm in (layer.inner_norm, layer.outer_norm):
            norm.mean[...] = jnp.asarray(rng.normal(size=norm.mean.shape), jnp.float32)
            norm.var[...] = jnp.asarray(rng.uniform(0.5, 2, norm.var.shape), jnp.float32)
    model.eval()
    return model


# --- the encoder --------------------------------------------------------------------------------


def test_the_published_model_has_122617_parameters():
    model = nnx.eval_shape(lambda: arch2vec.Arch2Vec(rngs=nnx.Rngs(0)))
    params = nnx.state(model, nnx.Param)
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == 122_617


def test_one_hot_of_padding_is_a_row_of_zeros():
    rows = arch2vec.one_hot(jnp.array([[0, 3, -1]]), 5)
    assert rows.tolist() == [[[1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]]]


@pytest.mark.parametrize("config", [PUBLISHED, MASKED])
def test_latents_follow_the_vertices(config, rng):
    some = SPACE.take(rng.integers(0, len(SPACE), 20))
    orders = [(cell, order) for cell in some for order in cells.topological_orders(cell)]
    copies = [cells.Cell(*graphs.relabel(c.adjacency, c.ops, order)) for c, order in orders]
    assert len(orders) > 2 * len(some)
    means = evaluated(config).encode(*arrays(cells.stack(copies))).mean
    for (cell, order), mean in zip(orders, means, strict=True):
        if (order == range(len(cell))).all():
            first = mean
        assert np.allclose(mean[: len(cell)], first[order], atol=1e-5)


def test_the_encoder_reads_the_skeleton_only():
    """Rows 40965 and 182952 have isomorphic skeletons: one pooled vector, whatever the weights."""
    pair = [40965, 182952]
    composition = (np.sort(SPACE.ops) == np.sort(SPACE.ops[pair[0]])).all(axis=1)
    alike = np.flatnonzero(composition & (SPACE.n_edges == SPACE.n_edges[pair[0]]))
    some = SPACE.take([*pair, *alike[:30]])
    codes = wl.space_codes(some, direction="undirected")[-1]
    assert codes[0] == codes[1]
    others = codes != codes[0]
    assert others.sum() > 20
    for seed in range(3):
        pooled = evaluated(PUBLISHED, seed).encode(*arrays(some)).mean.mean(axis=1)
        distance = np.abs(pooled - pooled[0]).max(axis=1)
        assert distance[1] < 1e-5
        assert distance[others].min() > 1e-4


@pytest.fixture
def small_cells():
    return SPACE.take(np.flatnonzero(SPACE.n_vertices <= 4)[::4])


def in_train_mode(config, adjacency, operations):
    model = arch2vec.Arch2Vec(config, rngs=nnx.Rngs(0))
    model.train()
    return model.encode(adjacency, operations)


def test_masked_padding_changes_nothing_in_train_mode(small_cells):
    adjacency, operations = arrays(small_cells)
    empty = [jnp.pad(a, [(0, 3)] + [(0, 0)] * (a.ndim - 1)) for a in (adjacency, operations)]
    tight = in_train_mode(MASKED, adjacency[:, :4, :4], operations[:, :4])
    for padding in ((adjacency, operations), empty):  # three vertices more; three empty graphs
        loose = in_train_mode(MASKED, *padding)
        for a, b in zip(tight, loose, strict=True):
            assert np.allclose(a, b[: len(small_cells), :4], atol=1e-5)
        assert (np.asarray(loose.mean)[:, 4:] == 0).all()
        assert (np.asarray(loose.log_sigma)[:, 4:] == 0).all()


def test_published_padding_takes_part_in_train_mode(small_cells):
    adjacency, operations = arrays(small_cells)
    tight = in_train_mode(PUBLISHED, adjacency[:, :4, :4], operations[:, :4]).mean
    loose = in_train_mode(PUBLISHED, adjacency, operations).mean
    assert jnp.abs(tight - loose[:, :4]).max() > 1e-2
    assert jnp.abs(loose[:, 4:]).min() > 0


# --- batch norm ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [False, True])
def test_batch_norm_normalises_by_the_biased_and_averages_the_unbiased_variance(mask, rng):
    x = rng.normal(2, 3, (4, 7, 3)).astype(np.float32)
    real = rng.random((4, 7)) < 0.6
    rows = x[real] if mask else x.reshape(-1, 3)
    norm = layers.BatchNorm(3)
    out = norm(jnp.asarray(x), jnp.asarray(real) if mask else None)
    expected = (x - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + 1e-5)
    assert np.allclose(out[real], expected[real], atol=1e-5)
    assert np.allclose(norm.mean[...], 0.1 * rows.mean(axis=0), rtol=1e-5)
    assert np.allclose(norm.var[...], 0.9 + 0.1 * rows.var(axis=0, ddof=1), rtol=1e-5)


def test_batch_norm_in_evaluation_uses_and_keeps_the_running_statistics():
    norm = layers.BatchNorm(3)
    norm.mean[...], norm.var[...] = jnp.array([1.0, 2, 3]), jnp.array([4.0, 9, 16])
    norm.eval()
    out = norm(jnp.full((2, 2, 3), 5.0), None)
    assert np.allclose(out[0, 0], [4 / 2, 3 / 3, 2 / 4], atol=1e-4)
    assert norm.mean[...].tolist() == [1, 2, 3]
    assert norm.var[...].tolist() == [4, 9, 16]


# --- the decoder and the loss -------------------------------------------------------------------


def test_decoder_dropout_keeps_the_mean(rng):
    decoder = arch2vec.Decoder(arch2vec.Arch2VecConfig(latent=4, dropout=0.3), rngs=nnx.Rngs(0))
    z = jnp.asarray(rng.normal(size=(1, 7, 4)), jnp.float32)
    keys = jax.random.split(jax.random.key(0), 4_000)
    sure, noisy = decoder(z), jax.vmap(lambda key: decoder(z, key))(keys)
    apart = ~np.eye(7, dtype=bool)  # a square z_i . z_i grows, products of two do not
    for a, b in (
        (sure.operation_logits[0], noisy.operation_logits[:, 0]),
        (sure.edge_logits[0][apart], noisy.edge_logits[:, 0][:, apart]),
    ):
        spread = np.asarray(b).std(axis=0)
        assert spread.max() > 0.1
        assert (np.abs(b.mean(axis=0) - a) < 5 * spread / 4_000**0.5 + 1e-6).all()


def test_softmax_and_sigmoid_differ(rng):
    z = jnp.asarray(rng.normal(size=(2, 7, 4)), jnp.float32)
    sigmoid, softmax = (
        np.asarray(model.operation_probabilities(model.decode(z)))
        for model in (evaluated(PUBLISHED), evaluated(SOFTMAX))
    )
    assert np.allclose(softmax.sum(axis=-1), 1, atol=1e-5)
    odds = sigmoid / (1 - sigmoid)
    assert np.allclose(softmax, odds / odds.sum(axis=-1, keepdims=True), atol=1e-5)
    assert np.abs(sigmoid.sum(axis=-1) - 1).min() > 0.1


def test_an_unknown_activation_is_named():
    with pytest.raises(ValueError, match=r"operation_activation must be .*'relu6'"):
        arch2vec.Arch2VecConfig(operation_activation="relu6")


def cross_entropy(logit, target):
    p = 1 / (1 + math.exp(-logit))
    return -math.log(p) if target else -math.log(1 - p)


def slow_loss(config, decoded, posterior, adjacency, operations, twice):
    """The three parts entry by entry, from the definitions."""
    op_terms, edge_terms, kl_terms = [], [], []
    count, v, k = operations.shape
    for b in range(count):
        real = [i for i in range(v) if operations[b, i].any() or not config.mask_padding]
        for i in real:
            logits = [float(x) for x in decoded.operation_logits[b, i]]
            if config.operation_activation == "sigmoid":
                op_terms += [cross_entropy(logits[c], operations[b, i, c]) for c in range(k)]
            else:
                whole = sum(map(math.exp, logits))
                op_terms.append(
                    sum(-math.log(math.exp(logits[c]) / whole) for c in range(k)
                        if operations[b, i, c])
                )  # fmt: skip
            mean = np.asarray(posterior.mean[b, i], np.float64)
            log_sigma = np.asarray(posterior.log_sigma[b, i], np.float64)
            variance = np.exp(log_sigma) ** 2
            kl_terms.append(0.5 * (mean**2 + variance - 1 - np.log(variance)).sum())
            for j in real:  # on and below the diagonal probability and target are 0: no loss
                logit = float(decoded.edge_logits[b, i, j])
                edge_terms.append(cross_entropy(logit, adjacency[b, i, j]) if i < j else 0.0)
    kl = np.mean(kl_terms) / (count * v if twice else 1)
    return np.mean(op_terms), np.mean(edge_terms), kl


@pytest.mark.parametrize("twice", [True, False])
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize("mask", [False, True])
def test_loss_parts_entry_by_entry(mask, activation, twice, rng):
    config = arch2vec.Arch2VecConfig(
        mask_padding=mask, operation_activation=activation, kl_normalised_twice=twice
    )
    some = SPACE.take(np.concatenate([np.flatnonzero(SPACE.n_vertices <= 4)[:3], [0, 1]]))
    assert (some.n_vertices < 7).any() and (some.n_vertices == 7).any()
    adjacency, operations = arrays(some)

    def random(*shape):
        return jnp.asarray(rng.normal(size=(5, 7, *shape)), jnp.float32)

    decoded = arch2vec.Decoded(random(5), random(7))
    posterior = arch2vec.Posterior(random(16), random(16))
    parts = arch2vec.loss(config, decoded, posterior, adjacency, operations)
    slow = slow_loss(
        config, decoded, posterior, np.asarray(adjacency), np.asarray(operations), twice
    )
    assert np.allclose(parts, slow, rtol=1e-5)
    assert np.isclose(parts.total, sum(slow), rtol=1e-5)


def test_reparameterise_is_a_sample_of_the_posterior():
    posterior = arch2vec.Posterior(jnp.full((1, 1, 2), 3.0), jnp.full((1, 1, 2), math.log(0.5)))
    z = arch2vec.reparameterise(posterior, jnp.array([[[2.0, -1.0]]]))
    assert np.allclose(z, [[[4.0, 2.5]]])


# --- settings that the public code does not have ------------------------------------------------


def test_bilinear_edges_have_a_direction_and_inner_products_none(rng):
    """Pair by pair; with weights on z_j that the map of z_i brings along."""
    z = rng.normal(size=(2, 7, 4)).astype(np.float32)
    bilinear = evaluated(dataclasses.replace(PUBLISHED, edges="bilinear")).decoder
    bilinear.edge_bias[...] = jnp.asarray(0.5)
    w, c = (np.asarray(x[...]) for x in (bilinear.to_edges.kernel, bilinear.to_edges.bias))
    edges = np.asarray(bilinear(jnp.asarray(z)).edge_logits)
    products = np.asarray(evaluated(PUBLISHED).decoder(jnp.asarray(z)).edge_logits)
    for b in range(2):
        for i in range(7):
            for j in range(7):
                slow = z[b, i] @ w @ z[b, j] + c @ z[b, j] + 0.5
                assert edges[b, i, j] == pytest.approx(slow, abs=1e-5)
    assert np.allclose(products, products.swapaxes(1, 2), atol=1e-5)
    apart = np.abs(edges - edges.swapaxes(1, 2))[:, *np.triu_indices(7, 1)]
    assert np.median(apart) > 0.1


@pytest.mark.parametrize("mask", [False, True])
@pytest.mark.parametrize(
    ("pooling", "padding_counts"), [("mean", True), ("real", False), ("sum", False)]
)
def test_pooling_with_and_without_padding(small_cells, mask, pooling, padding_counts):
    """The same cells in four places and in seven, in evaluation mode, and what is pooled."""
    model = evaluated(dataclasses.replace(PUBLISHED, mask_padding=mask, pooling=pooling))
    pooled = []
    for n in (7, 4):
        adjacency, ops = small_cells.adjacency[:, :n, :n], small_cells.ops[:, :n]
        mean = model.encode_cells(jnp.asarray(adjacency), jnp.asarray(ops)).mean
        pooled.append(np.asarray(model.embedding(mean, jnp.asarray(ops))))
        for row, size in enumerate(small_cells.n_vertices):
            real = np.asarray(mean[row, :size])
            slow = {"mean": np.asarray(mean[row]).mean(axis=0), "real": real.mean(axis=0),
                    "sum": real.sum(axis=0)}[pooling]  # fmt: skip
            assert np.allclose(pooled[-1][row], slow, atol=1e-5)
    gap = np.abs(pooled[0] - pooled[1]).max(axis=1)
    assert (gap > 1e-3).all() if padding_counts else (gap < 1e-5).all()


def test_a_model_that_is_not_variational_ignores_noise_and_has_no_kl(small_cells, rng):
    """Same weights, same noise; the loss of the means is what is left."""
    adjacency, operations = arrays(small_cells)
    noise = jnp.asarray(rng.normal(size=(*operations.shape[:2], 4)), jnp.float32)
    plain, vae = (
        evaluated(dataclasses.replace(PUBLISHED, variational=v, kl_normalised_twice=False))
        for v in (False, True)
    )
    silent = plain.loss_parts(adjacency, operations)
    assert plain.loss_parts(adjacency, operations, noise=noise) == silent
    assert silent.kl == 0
    noisy, sure = (vae.loss_parts(adjacency, operations, noise=n) for n in (noise, None))
    assert np.allclose(sure[:2], silent[:2], rtol=1e-6)
    assert np.abs(np.subtract(noisy[:2], sure[:2])).min() > 1e-3
    assert sure.kl > 0.01


def test_the_weight_of_the_kl_scales_the_kl_alone(small_cells):
    whole, part = (
        evaluated(dataclasses.replace(PUBLISHED, kl_weight=w)).loss_parts(*arrays(small_cells))
        for w in (1.0, 0.25)
    )
    assert whole.kl > 0
    assert np.allclose(part, [whole.operations, whole.adjacency, whole.kl / 4], rtol=1e-6)


def test_the_objective_is_the_loss_with_or_without_noise_and_dropout(small_cells):
    """From cells as a space stores them, in evaluation mode."""
    cells_, key = (jnp.asarray(small_cells.adjacency), jnp.asarray(small_cells.ops)), jax.random.key
    model, still = evaluated(PUBLISHED), evaluated(dataclasses.replace(PUBLISHED, dropout=0.0))
    sure = model.loss_parts(*arrays(small_cells))
    assert np.allclose(model.objective(*cells_), sure, rtol=1e-6)
    runs = [m.objective(*cells_, key(k)) for m, k in ((model, 0), (model, 1), (still, 0))]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(runs[one].operations - runs[other].operations) > 1e-5
    assert np.allclose([r.kl for r in runs], sure.kl, rtol=1e-6)
    constant = evaluated(dataclasses.replace(PUBLISHED, dropout=0.0, variational=False))
    assert np.allclose(constant.objective(*cells_, key(0))[:2], sure[:2], rtol=1e-6)


@pytest.mark.parametrize("name", ["pooling", "layer", "edges"])
def test_an_unknown_choice_is_named(name):
    with pytest.raises(ValueError, match=f"{name} must be one of .*; it is 'max'"):
        arch2vec.Arch2VecConfig(**{name: "max"})


@pytest.mark.parametrize(
    ("layer", "directed"), [("gin", False), ("gcn", False), ("directed", True)]
)
def test_only_the_encoder_of_directed_layers_separates_same_skeleton_cells(layer, directed):
    config = dataclasses.replace(PUBLISHED, layer=layer, pooling="sum")
    model = arch2vec.Arch2Vec(config, rngs=nnx.Rngs(0))
    model.eval()
    pair = SPACE.take([40965, 182952, 0])
    mean = model.encode(*arrays(pair)).mean
    first, second, other = np.asarray(model.embedding(mean, jnp.asarray(pair.ops)))
    assert np.abs(first - other).max() > 1e-2
    gap = np.abs(first - second).max()
    assert gap > 1e-3 if directed else gap < 1e-5
