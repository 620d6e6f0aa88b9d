"""Layers on the vertices of a batch of cells, as arch2vec's public code and its rivals use them.

Every layer is called with h (B, V, F), adjacency (B, V, V) with 1 for i -> j, and ``real`` (B, V),
False for padding, or None where padding takes part. What they differ in is what a vertex gathers.
"""

import functools

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float


class Linear(nnx.Linear):
    """A linear layer that takes the vertices of all cells as the rows of one matrix.

    The same numbers as from (B, V, F); but with two axes to sum over, the compiler first transposes
    for the gradient of the weights, which takes longer than the product itself.
    """

    def __call__(self, x: Float[Array, "*B F"], **options) -> Float[Array, "*B G"]:
        """Every row of ``x`` times the weights, plus the bias."""
        rows = super().__call__(x.reshape(-1, x.shape[-1]), **options)
        return rows.reshape(*x.shape[:-1], rows.shape[-1])


def linear(n_in: int, n_out: int, rngs: nnx.Rngs) -> Linear:
    """A linear layer with PyTorch's default initialisation: uniform within 1/sqrt(n_in)."""
    uniform = _uniform_within(n_in**-0.5)
    return Linear(n_in, n_out, kernel_init=uniform, bias_init=uniform, rngs=rngs)


@functools.cache  # a layer keeps it: with another one the same network would be compiled anew
def _uniform_within(bound: float):
    def uniform(key, shape, dtype=jnp.float32, **_):
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return uniform


class BatchNorm(nnx.Module):
    """Batch normalisation over all rows, with PyTorch's bookkeeping.

    The batch is normalised by its biased variance; the running variance averages the *unbiased*
    one. Rows where ``real`` is False do not count in the statistics.
    """

    def __init__(self, width: int):
        self.gain = nnx.Param(jnp.ones(width))
        self.bias = nnx.Param(jnp.zeros(width))
        self.mean = nnx.BatchStat(jnp.zeros(width))
        self.var = nnx.BatchStat(jnp.ones(width))
        self.momentum = 0.1
        self.use_running_average = False

    def __call__(
        self, x: Float[Array, "B V F"], real: Bool[Array, "B V"] | None
    ) -> Float[Array, "B V F"]:
        """Normalise, and in training mode update the running statistics."""
        if self.use_running_average:
            mean, var = self.mean[...], self.var[...]
        else:
            where = None if real is None else real[..., None]
            mean, var = jnp.mean(x, (0, 1), where=where), jnp.var(x, (0, 1), where=where)
            count = x.shape[0] * x.shape[1] if real is None else jnp.maximum(real.sum(), 2)
            self._average(mean, var * count / (count - 1))
        scale = self.gain[...] * jax.lax.rsqrt(var + 1e-5)
        return (x - mean) * scale + self.bias[...]

    def _average(self, mean, var):
        keep = 1 - self.momentum
        self.mean[...] = keep * self.mean[...] + self.momentum * mean
        self.var[...] = keep * self.var[...] + self.momentum * var


def skeleton(adjacency: Float[Array, "B V V"]) -> Float[Array, "B V V"]:
    """M = A + A^T, from the upper triangle as in the public code."""
    return adjacency + jnp.triu(adjacency, 1).swapaxes(1, 2)


class _Renaming(nnx.Module):
    """ReLU(BN(MLP(x))), MLP = Linear BN ReLU Linear: the learned dictionary of a GIN layer."""

    def __init__(self, n_in: int, width: int, *, rngs: nnx.Rngs):
        self.first = linear(n_in, width, rngs)
        self.inner_norm = BatchNorm(width)
        self.second = linear(width, width, rngs)
        self.outer_norm = BatchNorm(width)

    def _rename(self, gathered: Float[Array, "B V G"], real) -> Float[Array, "B V W"]:
        h = nnx.relu(self.inner_norm(self.first(gathered), real))
        return nnx.relu(self.outer_norm(self.second(h), real))


class GINLayer(_Renaming):
    """h <- ReLU(BN(MLP((1 + eps) h + M h))): a refinement round with a learned dictionary."""

    def __init__(self, n_in: int, width: int, *, rngs: nnx.Rngs):
        super().__init__(n_in, width, rngs=rngs)
        self.eps = nnx.Param(jnp.zeros(()))

    def __call__(self, h: Float[Array, "B V F"], adjacency: Float[Array, "B V V"], real):
        """One layer for every vertex of every cell of the batch."""
        gathered = (1 + self.eps[...]) * h + skeleton(adjacency) @ h
        return self._rename(gathered, real)


class DirectedGINLayer(_Renaming):
    """As ``GINLayer``, with [h, A^T h, A h] side by side instead of their sum."""

    def __init__(self, n_in: int, width: int, *, rngs: nnx.Rngs):
        super().__init__(3 * n_in, width, rngs=rngs)

    def __call__(self, h: Float[Array, "B V F"], adjacency: Float[Array, "B V V"], real):
        """One layer for every vertex of every cell of the batch."""
        gathered = jnp.concatenate([h, adjacency.swapaxes(1, 2) @ h, adjacency @ h], axis=-1)
        return self._rename(gathered, real)


class GCNLayer(nnx.Module):
    """h <- ReLU(BN(W D^-1/2 (M + I) D^-1/2 h)), with D the row sums of M + I.

    Source: Kipf and Welling 2017, arXiv 1609.02907; the batch norm is arch2vec's habit.
    """

    def __init__(self, n_in: int, width: int, *, rngs: nnx.Rngs):
        self.first = linear(n_in, width, rngs)
        self.outer_norm = BatchNorm(width)

    def __call__(self, h: Float[Array, "B V F"], adjacency: Float[Array, "B V V"], real):
        """One layer for every vertex of every cell of the batch."""
        matrix = skeleton(adjacency) + jnp.eye(adjacency.shape[1])
        scale = jax.lax.rsqrt(matrix.sum(axis=-1, keepdims=True))
        gathered = scale * (matrix @ (scale * h))
        return nnx.relu(self.outer_norm(self.first(gathered), real))


LAYERS = {"gin": GINLayer, "gcn": GCNLayer, "directed": DirectedGINLayer}
