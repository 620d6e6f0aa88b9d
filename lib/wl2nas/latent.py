"""The latent space: embed every cell, project it, sample from it, and judge what comes out.

*Valid, published*: prune the vertices on no path from input to output; then input and output are
connected, with legal operations and at most nine edges. *Valid, strict*: drop the vertices that
were decoded as padding; what remains, unpruned, is a legal cell. *Unique*: distinct cells among
the valid ones. All rates are over raw draws: nothing is rejected or repaired on the way.
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Bool, Float, Int
from scipy import sparse, spatial
from sklearn.decomposition import PCA

from wl2nas import cells, graphs, wl
from wl2nas import model as models

# --- embedding ----------------------------------------------------------------------------------


def vertex_means(model: models.Arch2Vec, space, *, batch: int = 2048) -> Float[np.ndarray, "N V D"]:
    """Posterior mean of every vertex of every cell; ``space`` is a CellSpace or a list of cells."""
    space = space if isinstance(space, cells.CellSpace) else cells.stack(space)
    model.eval()
    graphdef, state = nnx.split(model)
    blocks = -(-len(space) // batch)
    rows = np.minimum(np.arange(blocks * batch), len(space) - 1).reshape(blocks, batch)
    means = _encode_blocks(graphdef, state, space.adjacency[rows], space.ops[rows])
    return np.asarray(means).reshape(blocks * batch, *means.shape[2:])[: len(space)]


@functools.partial(jax.jit, static_argnums=0)
def _encode_blocks(graphdef, state, adjacency, ops):
    def encode(block):
        model = nnx.merge(graphdef, state)
        operations = models.one_hot(block[1], model.config.operations)
        return model.encode(block[0].astype(operations.dtype), operations).mean

    return jax.lax.map(encode, (adjacency, ops))


def embed(model: models.Arch2Vec, space, *, batch: int = 2048) -> Float[np.ndarray, "N D"]:
    """One vector per cell, as published: the mean over all V vertices, padding included."""
    return vertex_means(model, space, batch=batch).mean(axis=1)


def principal_components(
    embedding: Float[np.ndarray, "N D"], k: int = 2
) -> tuple[Float[np.ndarray, "N k"], Float[np.ndarray, " k"]]:
    """Coordinates on the first k principal components, and their shares of the variance.

    Signs are fixed: in every component the loading of largest magnitude is positive.
    """
    if not np.isfinite(embedding).all():
        raise ValueError("embedding holds NaN or infinity; look for it before projecting")
    pca = PCA(k, svd_solver="covariance_eigh").fit(np.asarray(embedding, np.float64))
    return pca.transform(embedding), pca.explained_variance_ratio_


class Groups(NamedTuple):
    """Distinct vectors up to rounding; the count holds only if ``ambiguous`` is 0."""

    distinct: int
    tolerance: float
    ambiguous: int


def relabelling_gap(model: models.Arch2Vec, space: cells.CellSpace) -> float:
    """The largest distance between embeddings of one cell in two topological orders."""
    orders = [cells.topological_orders(cell) for cell in space]
    copies = [
        cells.Cell(*graphs.relabel(cell.adjacency, cell.ops, order))
        for cell, ways in zip(space, orders, strict=True)
        for order in ways
    ]
    first = np.repeat(np.cumsum([0] + [len(ways) for ways in orders[:-1]]),
                      [len(ways) for ways in orders])  # fmt: skip
    vectors = embed(model, copies)
    return float(np.linalg.norm(vectors - vectors[first], axis=1).max())


def count_groups(vectors: Float[np.ndarray, "N D"], gap: float) -> Groups:
    """Count vectors after joining those closer than 10 gaps, with ``gap`` the rounding between
    relabellings; pairs between 10 and 100 gaps are ambiguous, and their number is returned."""
    pairs = spatial.cKDTree(vectors).query_pairs(100 * gap, output_type="ndarray")
    near, far = vectors[pairs[:, 0]], vectors[pairs[:, 1]]
    equal = np.linalg.norm(near - far, axis=1) < 10 * gap
    joined = sparse.coo_matrix(
        (np.ones(equal.sum(), bool), pairs[equal].T), shape=(len(vectors),) * 2
    )
    count = sparse.csgraph.connected_components(joined, directed=False)[0]
    return Groups(int(count), 10 * gap, int((~equal).sum()))


# --- sampling -----------------------------------------------------------------------------------


class Prior(NamedTuple):
    """A diagonal Gaussian from which latents are drawn."""

    mean: Float[np.ndarray, "V D"]
    std: Float[np.ndarray, "V D"]


def fit_prior(means: Float[np.ndarray, "N V D"], *, per_position: bool = True) -> Prior:
    """N(0, I) scaled by the spread of the training means and shifted by their centre.

    As published the scaling is per vertex position; False shares one over all positions.
    """
    axes = 0 if per_position else (0, 1)
    shape = means.shape[1:]
    centre, spread = means.mean(axis=axes), means.std(axis=axes, ddof=1)
    return Prior(np.broadcast_to(centre, shape), np.broadcast_to(spread, shape))


def sample_prior(prior: Prior, n: int, *, seed: int) -> Float[np.ndarray, "n V D"]:
    """n draws from the prior."""
    noise = np.random.default_rng(seed).standard_normal((n, *prior.mean.shape))
    return (prior.mean + prior.std * noise).astype(np.float32)


class Draws(NamedTuple):
    """Decoded graphs, unchecked: anything the decoder said, not yet cells."""

    adjacency: Bool[np.ndarray, "N V V"]
    ops: Int[np.ndarray, "N V"]
    padding: Bool[np.ndarray, "N V"]


def decode(model: models.Arch2Vec, z: Float[np.ndarray, "N V D"]) -> Draws:
    """Greedy decoding: edges above the diagonal with p > 0.5, the most probable operation.

    A vertex counts as padding if no operation reaches p = 0.5, since padded rows are trained
    towards all zeros.
    """
    decoded = model.decode(jnp.asarray(z))
    probability = np.asarray(model.operation_probabilities(decoded))
    adjacency = np.triu(np.asarray(decoded.edge_logits) > 0, 1)
    ops = np.asarray(decoded.operation_logits).argmax(-1)  # two float32 sigmoids can both be 1
    return Draws(adjacency, ops, probability.max(-1) < 0.5)


def iid_draws(n: int, edge_probability: float, *, seed: int) -> Draws:
    """The null of every generation figure: independent edges, legal operations at random."""
    rng = np.random.default_rng(seed)
    v = cells.MAX_VERTICES
    adjacency = np.triu(rng.random((n, v, v)) < edge_probability, 1)
    ops = rng.integers(cells.CONV1X1, cells.MAXPOOL + 1, (n, v))
    ops[:, 0], ops[:, -1] = cells.INPUT, cells.OUTPUT
    return Draws(adjacency, ops, np.zeros((n, v), bool))


# --- judging ------------------------------------------------------------------------------------


def on_a_path(adjacency: Bool[np.ndarray, "N V V"]) -> Bool[np.ndarray, "N V"]:
    """Vertices that the first vertex reaches and that reach the last one."""
    ahead = np.zeros(adjacency.shape[:2], bool)
    back = ahead.copy()
    ahead[:, 0] = back[:, -1] = True
    for _ in range(adjacency.shape[1] - 1):
        ahead |= (ahead[:, :, None] & adjacency).any(axis=1)
        back |= (adjacency & back[:, None, :]).any(axis=2)
    return ahead & back


def _legal(adjacency, ops, kept) -> Bool[np.ndarray, " N"]:
    """First kept vertex input, last output, inner ones real operations, at most nine edges."""
    inner = kept.copy()
    inner[:, 0] = inner[:, -1] = False
    operations = (ops >= cells.CONV1X1) & (ops <= cells.MAXPOOL)
    edges = (adjacency & kept[:, :, None] & kept[:, None, :]).sum(axis=(1, 2))
    ends = (ops[:, 0] == cells.INPUT) & (ops[:, -1] == cells.OUTPUT)
    return ends & (operations | ~inner).all(axis=1) & (edges <= cells.MAX_EDGES)


def valid_published(draws: Draws) -> Bool[np.ndarray, " N"]:
    """Valid after pruning, padding ignored, as the public code counts.

    The output must stand in the last of the V positions, so a smaller cell that was decoded
    perfectly, with padding behind its output, does not count.
    """
    kept = on_a_path(draws.adjacency)
    return kept[:, 0] & _legal(draws.adjacency, draws.ops, kept)


def valid_strict(draws: Draws) -> tuple[Bool[np.ndarray, " N"], cells.CellSpace]:
    """Which draws are legal cells as they stand without padding, and those cells."""
    real = ~draws.padding
    order = np.argsort(draws.padding, axis=1, kind="stable")  # real vertices first
    ops = np.where(real, draws.ops, cells.PADDING)
    ops = np.take_along_axis(ops, order, axis=1).astype(np.int8)
    adjacency = draws.adjacency & real[:, :, None] & real[:, None, :]
    adjacency = np.take_along_axis(adjacency, order[:, :, None], axis=1)
    adjacency = np.take_along_axis(adjacency, order[:, None, :], axis=2)
    space = cells.CellSpace(adjacency, ops)
    valid = np.zeros(len(ops), bool)
    for n in range(2, cells.MAX_VERTICES + 1):
        rows = np.flatnonzero(space.n_vertices == n)
        part = adjacency[rows, :n, :n]
        everywhere = np.ones((len(rows), n), bool)
        legal = _legal(part, ops[rows, :n].astype(int), everywhere)
        valid[rows] = legal & on_a_path(part).all(axis=1)
    return valid, space.take(valid)


def count_unique(space: cells.CellSpace) -> int:
    """Distinct cells up to isomorphism, by direction-aware colours, which are complete here."""
    return wl.count_classes(space, direction="both", rounds=3)[-1] if len(space) else 0


def exact_reconstruction(model: models.Arch2Vec, space: cells.CellSpace) -> float:
    """Share of cells whose posterior mean decodes to the same edges and operations.

    Edges and operations of the real vertices count; what is decoded on padding does not.
    """
    draws = decode(model, vertex_means(model, space))
    real = space.ops != cells.PADDING
    between = real[:, :, None] & real[:, None, :]
    edges = ((draws.adjacency == space.adjacency) | ~between).all(axis=(1, 2))
    operations = ((draws.ops == space.ops) | ~real).all(axis=1)
    return float((edges & operations).mean())
