"""The latent space: embed every cell, project the vectors, decode them.

The latents of a model have whatever shape it gives them: one vector for every vertex (arch2vec)
or one for the whole cell (CellVAE). The *embedding* is one vector per cell in both.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float
from sklearn.decomposition import PCA

from wl2nas import cells
from wl2nas.generation import Draws
from wl2nas.models.arch2vec import Posterior
from wl2nas.train import Model

# --- embedding ----------------------------------------------------------------------------------


def posterior(model: Model, space, *, batch: int = 2048) -> Posterior:
    """Mean and log sigma of every cell of a space, or of a list of cells."""
    space = cells.stack(space) if isinstance(space, list) else space
    model.eval()
    graphdef, state = nnx.split(model)
    rows = _in_blocks(np.arange(len(space)), batch)
    encoded = _encode_blocks(graphdef, state, space.adjacency[rows], space.ops[rows])
    return Posterior(*(_out_of_blocks(leaf, len(space)) for leaf in encoded))


def embed(model: Model, space, *, batch: int = 2048) -> Float[np.ndarray, "N D"]:
    """One vector per cell, made from the posterior means as the model's settings say."""
    space = cells.stack(space) if isinstance(space, list) else space
    mean = posterior(model, space, batch=batch).mean
    return np.asarray(model.embedding(mean, jnp.asarray(space.ops)))


def _in_blocks(array: np.ndarray, batch: int) -> np.ndarray:
    """Rows as (blocks, batch, ...); the last row is repeated to fill the last block."""
    blocks = -(-len(array) // batch)
    rows = np.minimum(np.arange(blocks * batch), len(array) - 1)
    return array[rows].reshape(blocks, batch, *array.shape[1:])


def _out_of_blocks(array: Array, n: int) -> Array:
    return array.reshape(-1, *array.shape[2:])[:n]


@functools.partial(jax.jit, static_argnums=0)
def _encode_blocks(graphdef, state, adjacency, ops):
    def encode(block):
        model = nnx.merge(graphdef, state)
        return model.encode_cells(*block)

    return jax.lax.map(encode, (adjacency, ops))


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


def relabelling_gap(model: Model, space: cells.CellSpace) -> float:
    """The largest distance between embeddings of one cell in two topological orders.

    ValueError where no cell of the space has two.
    """
    copies, first = cells.all_forms(space)
    if len(copies) == len(space):
        raise ValueError("no cell of this space has a second topological order: there is no gap")
    vectors = embed(model, copies)
    return float(np.linalg.norm(vectors - vectors[first], axis=1).max())


# --- decoding -----------------------------------------------------------------------------------


def decode(
    model: Model,
    z: Float[Array | np.ndarray, "N ..."],
    *,
    rules: cells.Rules = cells.NASBENCH101,
    seed: int | None = None,
    batch: int = 2048,
) -> Draws:
    """What the model's decoder says to these latents: greedily, or with a seed sampled.

    ``rules`` are those of the space that the model was made for; the draws are judged by them.
    """
    model.eval()
    graphdef, state = nnx.split(model)
    blocks = _in_blocks(np.asarray(z, np.float32), batch)
    keys = None if seed is None else jax.random.split(jax.random.key(seed), len(blocks))
    decoded = _decode_blocks(graphdef, state, blocks, keys)
    adjacency, ops, padding = (np.asarray(_out_of_blocks(leaf, len(z))) for leaf in decoded)
    return Draws(adjacency, ops.astype(int), padding, rules)


@functools.partial(jax.jit, static_argnums=0)
def _decode_blocks(graphdef, state, z, keys):
    def decode_one(block):
        return nnx.merge(graphdef, state).draw(*block)

    return jax.lax.map(decode_one, (z, keys))


def exact(draws: Draws, space: cells.CellSpace, *, padding: bool = False) -> np.ndarray:
    """Which draws are the cells of ``space``, entry by entry, in their stored order.

    Edges and operations of the real vertices count; what is decoded on padding only if
    ``padding`` asks that it be recognised as padding.
    """
    real = space.ops != cells.PADDING
    between = real[:, :, None] & real[:, None, :]
    edges = ((draws.adjacency == space.adjacency) | ~between).all(axis=(1, 2))
    operations = ((draws.ops == space.ops) | ~real).all(axis=1)
    known = (draws.padding == ~real).all(axis=1) if padding else True
    return edges & operations & known


def exact_reconstruction(model: Model, space, *, padding: bool = False) -> float:
    """Share of cells whose posterior mean decodes to the same cell; see ``exact``."""
    draws = decode(model, posterior(model, space).mean, rules=space.rules)
    return float(exact(draws, space, padding=padding).mean())
