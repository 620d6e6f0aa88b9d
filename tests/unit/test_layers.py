"""Every layer against a loop over the vertices of one asymmetric graph, in evaluation mode."""

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from flax import nnx

from wl2nas.models import cell_vae, layers

# Two cells' worth of edges i -> j, i < j; neither is its own reversal.
GRAPHS = [
    nx.DiGraph([(0, 1), (0, 2), (0, 3), (1, 3), (2, 4), (3, 4)]),
    nx.DiGraph([(0, 1), (1, 2), (1, 3), (1, 4), (3, 4)]),
]
N, WIDE_IN, WIDTH = 5, 3, 6


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def matrices(graphs):
    return np.stack([nx.to_numpy_array(g, nodelist=range(N)) for g in graphs])


@pytest.fixture
def h(rng):
    return rng.normal(size=(len(GRAPHS), N, WIDE_IN))


def made(name, rng):
    """A layer with random weights, gains and statistics, in evaluation mode."""
    layer = layers.LAYERS[name](WIDE_IN, WIDTH, rngs=nnx.Rngs(0))
    norms = [getattr(layer, n) for n in ("inner_norm", "outer_norm") if hasattr(layer, n)]
    for norm in norms:
        for variable in (norm.gain, norm.bias, norm.mean):
            variable[...] = jnp.asarray(rng.normal(1, 0.5, WIDTH), jnp.float32)
        norm.var[...] = jnp.asarray(rng.uniform(0.5, 2, WIDTH), jnp.float32)
    if name == "gin":
        layer.eps[...] = jnp.asarray(0.3)
    layer.eval()
    return layer


def applied(layer, h, adjacency):
    inputs = [jnp.asarray(x, jnp.float32) for x in (h, adjacency)]
    if isinstance(layer, cell_vae.DirectedLayer):
        return np.asarray(layer(*inputs))
    return np.asarray(layer(*inputs, None))


def dense(layer, x):
    return x @ np.asarray(layer.kernel[...], float) + np.asarray(layer.bias[...], float)


def batch_norm(norm, x):
    gain, bias, mean, var = (
        np.asarray(v[...], float) for v in (norm.gain, norm.bias, norm.mean, norm.var)
    )
    return gain * (x - mean) / np.sqrt(var + 1e-5) + bias


def mlp(layer, x):
    x = np.maximum(batch_norm(layer.inner_norm, dense(layer.first, x)), 0)
    return np.maximum(batch_norm(layer.outer_norm, dense(layer.second, x)), 0)


def total(h, vertices):
    return sum((h[w] for w in vertices), np.zeros(h.shape[1]))


def slow_gin(layer, h, graph):
    eps = float(layer.eps[...])
    both = graph.to_undirected()
    return [mlp(layer, (1 + eps) * h[v] + total(h, both.neighbors(v))) for v in range(N)]


def slow_gcn(layer, h, graph):
    """I - L with L the normalised Laplacian of the skeleton with a loop at every vertex."""
    looped = graph.to_undirected()
    looped.add_edges_from((v, v) for v in range(N))
    laplacian = nx.normalized_laplacian_matrix(looped, nodelist=range(N)).toarray()
    gathered = (np.eye(N) - laplacian) @ h
    return np.maximum(batch_norm(layer.outer_norm, dense(layer.first, gathered)), 0)


def slow_directed(layer, h, graph):
    return [
        mlp(layer, np.concatenate(
            [h[v], total(h, graph.predecessors(v)), total(h, graph.successors(v))]
        ))
        for v in range(N)
    ]  # fmt: skip


SLOW = {"gin": slow_gin, "gcn": slow_gcn, "directed": slow_directed}


@pytest.mark.parametrize("name", layers.LAYERS)
def test_a_layer_is_its_loop_over_the_vertices(name, h, rng):
    layer = made(name, rng)
    out = applied(layer, h, matrices(GRAPHS))
    slow = np.array([SLOW[name](layer, x, g) for x, g in zip(h, GRAPHS, strict=True)])
    assert 0.2 < (slow > 0).mean() < 0.95
    assert np.allclose(out, slow, atol=1e-5)


def reversed_graphs():
    """Every edge turned round, and the vertices named backwards: i -> j with i < j again."""
    return [
        nx.relabel_nodes(g.reverse(), {v: N - 1 - v for v in range(N)}, copy=True) for g in GRAPHS
    ]


@pytest.mark.parametrize(("name", "notices"), [("gin", False), ("gcn", False), ("directed", True)])
def test_only_the_directed_layer_notices_that_all_edges_were_turned_round(name, notices, h, rng):
    layer = made(name, rng)
    there = applied(layer, h, matrices(GRAPHS))
    back = applied(layer, h[:, ::-1], matrices(reversed_graphs()))[:, ::-1]
    gap = np.abs(there - back).max(axis=(1, 2))
    assert (gap > 0.1).all() if notices else (gap < 1e-5).all()


# --- the layer of the autoencoder of whole cells ------------------------------------------------


def slow_cell_vae(layer, h, graph):
    rows = []
    for v in range(N):
        back, ahead = total(h, graph.predecessors(v)), total(h, graph.successors(v))
        seen = [h[v], back, ahead] if layer.directed else [h[v], back + ahead]
        x = dense(layer.second, np.maximum(dense(layer.first, np.concatenate(seen)), 0))
        x = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
        rows.append(np.maximum(x * layer.norm.scale[...] + layer.norm.bias[...], 0))
    return rows


@pytest.mark.parametrize("directed", [True, False])
def test_the_layer_of_the_cell_vae_is_its_loop_over_the_vertices(directed, h, rng):
    layer = cell_vae.DirectedLayer(WIDE_IN, WIDTH, directed, rngs=nnx.Rngs(0))
    for variable in (layer.first.bias, layer.second.bias, layer.norm.scale, layer.norm.bias):
        variable[...] = jnp.asarray(rng.normal(1, 0.5, WIDTH), jnp.float32)
    out = applied(layer, h, matrices(GRAPHS))
    slow = np.array([slow_cell_vae(layer, x, g) for x, g in zip(h, GRAPHS, strict=True)])
    assert 0.2 < (slow > 0).mean() < 0.95
    assert np.allclose(out, slow, atol=1e-5)
    back = applied(layer, h[:, ::-1], matrices(reversed_graphs()))[:, ::-1]
    assert (np.abs(out - back).max() > 0.1) == directed
    assert directed or np.allclose(out, back, atol=1e-5)
