"""The latent space: embed every cell, project the vectors, decode them.

The latents of a model have whatever shape it gives them: one vector for every vertex (arch2vec)
or one for the whole cell (CellVAE). The *embedding* is one vector per cell in both.

Everything is computed in evaluation mode, on a copy: the model that is passed stays in its own.
"""

import functools
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float
from sklearn.decomposition import PCA

from wl2nas import cells
from wl2nas._settings import Count, Range, checked
from wl2nas.generation import Draws
from wl2nas.models.inputs import as_space, check_rules, fitting
from wl2nas.models.promise import Model, Posterior, check_model, copy_in_mode

BLOCK = 2_048  # cells that are encoded or decoded at once; one shape is compiled once

# --- embedding ----------------------------------------------------------------------------------


def posterior(model: Model, space, *, batch: int = BLOCK) -> Posterior:
    """Mean and log sigma of every cell of a space: (N, V, D) each, or (N, D) for whole cells.

    space: a space that fits the model, one cell, or several in any iterable. batch: cells that are
    encoded at once. ValueError names what does not fit.
    """
    check_model(model)
    space = fitting(model.config, space)
    graphdef, state = nnx.split(copy_in_mode(model, training=False))
    n = len(space.ops)
    rows = _in_blocks(np.arange(n), _block(batch, n))
    encoded = _encode_blocks(
        graphdef, state, np.asarray(space.adjacency, bool)[rows], np.asarray(space.ops)[rows]
    )
    return Posterior(*(_out_of_blocks(leaf, n) for leaf in encoded))


def embed(model: Model, space, *, batch: int = BLOCK) -> Float[np.ndarray, "N D"]:
    """One vector per cell, made from the posterior means as the model's settings say.

    Takes what ``posterior`` takes; a single cell gives one row.

    >>> from wl2nas import models
    >>> model = models.Arch2Vec(models.Arch2VecConfig(hidden=8, latent=4), rngs=nnx.Rngs(0))
    >>> mine = cells.Cell([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "conv3x3", "output"])
    >>> embed(model, mine).shape
    (1, 4)
    """
    check_model(model)
    space, still = fitting(model.config, space), copy_in_mode(model, training=False)
    mean = posterior(still, space, batch=batch).mean
    return np.asarray(still.embedding(mean, jnp.asarray(space.ops)))


def _block(batch, n: int) -> int:
    """Cells in a block: no more than there are, but a small space does not compile a new shape."""
    return min(checked("batch", batch, Count), max(n, BLOCK))


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
    embedding = np.asarray(embedding)
    if embedding.ndim != 2 or embedding.dtype.kind not in "fiub":
        raise ValueError(f"embedding must be an array of numbers (N, D); it is {embedding.dtype} "
                         f"of shape {embedding.shape}")  # fmt: skip
    if not np.isfinite(embedding).all():
        raise ValueError("embedding holds NaN or infinity; look for it before projecting")
    k = checked("k", k, Annotated[int, Range(1, min(embedding.shape))])
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
    batch: int = BLOCK,
) -> Draws:
    """What the model's decoder says to these latents: greedily, or with a seed sampled.

    ``rules`` are those of the space that the model was made for; the draws are judged by them.
    z: latents of the shape that ``posterior`` gives, (N, V, D) or (N, D), finite. What is sampled
    depends on the seed and on ``batch``. ValueError names what is wrong with z.
    """
    check_model(model)
    graphdef, state = nnx.split(copy_in_mode(model, training=False))
    check_rules(model.config, rules)
    z = _latents(z, _latent_shape(graphdef, state, model.config.vertices))
    seed = checked("seed", seed, Annotated[int, Range(0, 2**32 - 1)] | None)
    blocks = _in_blocks(z, _block(batch, len(z)))
    keys = None if seed is None else jax.random.split(jax.random.key(seed), len(blocks))
    decoded = _decode_blocks(graphdef, state, blocks, keys)
    adjacency, ops, padding = (np.asarray(_out_of_blocks(leaf, len(z))) for leaf in decoded)
    return Draws(adjacency, ops.astype(int), padding, rules)


def _latent_shape(graphdef, state, vertices: int) -> tuple[int, ...]:
    """The shape of one latent: what the encoder would give for one cell, without computing it."""
    shape = jax.ShapeDtypeStruct
    cell = shape((1, vertices, vertices), np.bool_), shape((1, vertices), np.int8)
    encoded = jax.eval_shape(
        lambda state, *cell: nnx.merge(graphdef, state).encode_cells(*cell), state, *cell
    )
    return encoded.mean.shape[1:]


def _latents(z, shape: tuple[int, ...]) -> Float[np.ndarray, "N ..."]:
    """Latents as float32: NaN, or what only broadcasts, would be decoded to plausible cells."""
    z = np.asarray(z)
    if z.dtype.kind not in "fiu" or z.ndim != len(shape) + 1 or z.shape[1:] != shape:
        wanted = ", ".join(["N", *map(str, shape)])
        raise ValueError(f"z must be real latents of shape ({wanted}), as the model has them; it "
                         f"is {z.dtype} of shape {z.shape}")  # fmt: skip
    with np.errstate(over="ignore"):
        z = z.astype(np.float32)
    if not np.isfinite(z).all():
        raise ValueError("z holds NaN, infinity or numbers beyond float32; look at its rows "
                         f"{np.unique(np.argwhere(~np.isfinite(z))[:, 0])[:5]}")  # fmt: skip
    return z


@functools.partial(jax.jit, static_argnums=0)
def _decode_blocks(graphdef, state, z, keys):
    def decode_one(block):
        return nnx.merge(graphdef, state).draw(*block)

    return jax.lax.map(decode_one, (z, keys))


def exact(draws: Draws, space, *, padding: bool = False) -> np.ndarray:
    """Which draws are the cells of ``space``, entry by entry, in their stored order.

    Edges and operations of the real vertices count; what is decoded on padding only if
    ``padding`` asks that it be recognised as padding. ValueError if there are not as many draws as
    cells, of as many vertices.
    """
    space, padding = as_space(space), checked("padding", padding, bool)
    shapes = [np.shape(draws.ops), np.shape(draws.padding), np.shape(draws.adjacency)[:2]]
    if shapes != [space.ops.shape] * 3 or np.shape(draws.adjacency) != space.adjacency.shape:
        raise ValueError(f"draws must be of the cells of space, one by one: their ops are "
                         f"{shapes[0]}, those of space {space.ops.shape}")  # fmt: skip
    real = space.ops != cells.PADDING
    between = real[:, :, None] & real[:, None, :]
    edges = ((draws.adjacency == space.adjacency) | ~between).all(axis=(1, 2))
    operations = ((draws.ops == space.ops) | ~real).all(axis=1)
    known = (draws.padding == ~real).all(axis=1) if padding else True
    return edges & operations & known


def exact_reconstruction(model: Model, space, *, padding: bool = False) -> float:
    """Share of cells whose posterior mean decodes to the same cell; see ``exact``."""
    space = as_space(space)
    draws = decode(model, posterior(model, space).mean, rules=space.rules)
    return float(exact(draws, space, padding=padding).mean())
