"""Graph isomorphism networks with random weights: what a layer tells apart, counted exactly.

One layer gathers the vectors of the neighbours and renames the result,

    h_v <- tanh(W ((1 + epsilon) h_v + gathered_v) + b),    gathered_v = sum, mean or max over u,

with one-hot labels as the first h; the vector of a graph is the sum over its vertices. (ReLU can
stand in for tanh; the theorem of notebook 06 is about tanh.) With ``direction="both"`` the parts
h_v, gathered over predecessors and gathered over successors are laid side by side instead, so that
W treats each in its own way and no epsilon is needed. ``aggregate="gcn"`` is the layer of Kipf and
Welling, whose matrix D^-1/2 (A + A^T + I) D^-1/2 holds the old vector already. Nothing is trained,
and everything is NumPy in float64, since distinct vectors are counted here.

Shapes: adjacency (N, V, V), labels (N, V) with -1 on the padding, vectors (N, V, F).
Source: Xu et al. 2019, arXiv 1810.00826; Kipf and Welling 2017, arXiv 1609.02907.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from wl2nas import _require, cells, graphs, wl
from wl2nas.features import distinct

AGGREGATES = ("sum", "mean", "max", "gcn")
FLOATS = ("float32", "float64")
ACTIVATIONS: dict[str, Callable] = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}


class Weights(NamedTuple):
    """One layer: what is gathered is multiplied by ``matrix``, then ``bias`` is added."""

    matrix: Float[np.ndarray, "n_in n_out"]
    bias: Float[np.ndarray, " n_out"]


# --- one layer ----------------------------------------------------------------------------------


def gather(
    matrix: Bool[np.ndarray, "N V V"], h: Float[np.ndarray, "N V F"], aggregate: str
) -> Float[np.ndarray, "N V F"]:
    """Row v: the sum, mean or maximum of ``h`` over all u with ``matrix[v, u]``; 0 if none."""
    _require.choice("aggregate", aggregate, AGGREGATES[:3])
    if aggregate == "max":
        largest = np.full_like(h, -np.inf)
        for u in range(h.shape[1]):
            seen = np.where(matrix[:, :, u, None], h[:, None, u], -np.inf)
            np.maximum(largest, seen, out=largest)
        return np.where(np.isfinite(largest), largest, 0).astype(h.dtype)
    total = matrix.astype(h.dtype) @ h
    if aggregate == "sum":
        return total
    return total / np.maximum(matrix.sum(axis=2), 1)[..., None].astype(h.dtype)


def _normalised(matrix: Bool[np.ndarray, "N V V"], h) -> Float[np.ndarray, "N V F"]:
    """D^-1/2 (M + I) D^-1/2 h, with D the row sums of M + I."""
    looped = matrix | np.eye(matrix.shape[1], dtype=bool)
    root = np.sqrt(looped.sum(axis=2)).astype(h.dtype)[..., None]
    return (looped.astype(h.dtype) @ (h / root)) / root


def check_layer(direction: str, aggregate: str, epsilon):
    """ValueError for a layer that there is none of."""
    wl.check_direction(direction)
    _require.choice("aggregate", aggregate, AGGREGATES)
    _require.number("epsilon", epsilon)
    if aggregate == "gcn" and direction != "undirected":
        raise ValueError(
            f"aggregate 'gcn' needs a symmetric matrix; direction is {direction!r}, make it "
            "'undirected'"
        )


def signature(h, adjacency, *, direction: str, aggregate: str, epsilon: float | int):
    """What a layer knows of every vertex before it renames it: own and gathered vectors."""
    check_layer(direction, aggregate, epsilon)
    backwards = np.swapaxes(adjacency, 1, 2)
    if direction == "both":
        seen = [gather(matrix, h, aggregate) for matrix in (backwards, adjacency)]
        return np.concatenate([h, *seen], axis=-1)
    matrix = {"in": backwards, "out": adjacency, "undirected": graphs.skeleton(adjacency)}
    if aggregate == "gcn":
        return _normalised(matrix[direction], h)
    return h.dtype.type(1 + epsilon) * h + gather(matrix[direction], h, aggregate)


# --- a network ----------------------------------------------------------------------------------


def random_weights(
    layers: int, width: int, *, direction: str, labels: int = 5, seed: int = 0, dtype=np.float64
) -> list[Weights]:
    """Normal weights, scaled by 1 / sqrt(inputs), and normal biases, for every layer."""
    wl.check_direction(direction)
    _require.whole("layers", layers, at_least=0)
    for name, value in {"width": width, "labels": labels}.items():
        _require.whole(name, value, at_least=1)
    if str(dtype) not in FLOATS and dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype must be one of {FLOATS}; it is {dtype}")
    rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
    n_in, parts = labels, 3 if direction == "both" else 1
    made = []
    for _ in range(layers):
        matrix = rng.standard_normal((parts * n_in, width)) / np.sqrt(parts * n_in)
        made.append(Weights(matrix.astype(dtype), rng.standard_normal(width).astype(dtype)))
        n_in = width
    return made


def random_embedding(
    space,
    *,
    direction: str = "both",
    aggregate: str = "sum",
    epsilon: float | int = 0.1,
    layers: int = 2,
    width: int = 16,
    activation: str = "tanh",
    labels: int = 5,
    seed: int = 0,
    dtype=np.float64,
    chunk: int = 4_096,
) -> Float[np.ndarray, "N F"]:
    """One vector per graph of a space from random weights: the sum over its last vertex vectors.

    ValueError for an unknown direction, aggregate or activation, for settings that no network has,
    and for labels that do not fit.
    """
    all_adjacency, all_ops = graphs.batch_of(space)
    check_layer(direction, aggregate, epsilon)
    _require.choice("activation", activation, ACTIVATIONS)
    _require.whole("chunk", chunk, at_least=1)
    weights = random_weights(
        layers, width, direction=direction, labels=labels, seed=seed, dtype=dtype
    )
    if all_ops.max(initial=-1) >= labels:
        raise ValueError(f"labels must exceed the largest label, {all_ops.max()}; it is {labels}")
    rename = ACTIVATIONS[activation]
    vectors = np.empty((len(all_ops), width if layers else labels), dtype)
    for start in range(0, len(all_ops), chunk):
        part = slice(start, start + chunk)
        adjacency, ops = all_adjacency[part], all_ops[part]
        real = (ops >= 0)[..., None]
        h = graphs.one_hot(ops, labels).astype(dtype)
        for matrix, bias in weights:
            seen = signature(
                h, adjacency, direction=direction, aggregate=aggregate, epsilon=epsilon
            )
            h = rename(seen @ matrix + bias) * real
        vectors[part] = h.sum(axis=1)
    return vectors


# --- counting distinct vectors ------------------------------------------------------------------


def shuffled(space, *, seed: int = 0) -> cells.CellSpace:
    """Every graph with its vertices in a random order, padding and all."""
    _, ops = graphs.batch_of(space)
    rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
    order = rng.random(ops.shape).argsort(axis=1, kind="stable")
    return cells.reordered(space, order)


def relabelling_gap(space, *, sample: int = 8_192, **settings) -> float:
    """The largest distance that renaming the vertices of a graph moves its vector: rounding.

    Four random orders of each of about ``sample`` graphs, in equal steps through the space;
    never less than the resolution of the numbers themselves.
    """
    sample = _require.whole("sample", sample, at_least=1)
    part = space.take(slice(None, None, max(1, len(space) // sample)))
    vectors = random_embedding(part, **settings)
    moved = (random_embedding(shuffled(part, seed=k), **settings) - vectors for k in range(4))
    gap = max(np.linalg.norm(move, axis=1).max(initial=0) for move in moved)
    size = np.linalg.norm(vectors, axis=1).max(initial=1)
    return float(max(gap, np.finfo(vectors.dtype).eps * size))


def classes(space, **settings) -> distinct.Groups:
    """The groups of equal vectors under ``random_embedding(space, **settings)``."""
    return distinct.join(random_embedding(space, **settings), relabelling_gap(space, **settings))
