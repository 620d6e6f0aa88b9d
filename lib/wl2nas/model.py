"""The variational graph isomorphism autoencoder arch2vec, as its public code computes it.

Encoder: four graph isomorphism layers h <- ReLU(BN(MLP((1 + eps) h + M h))) over the skeleton
matrix M = A + A.T, then two linear maps to the mean and the log standard deviation of a Gaussian
for every vertex. Decoder: operations from each latent vector alone, edge i - j from the inner
product z_i . z_j. The habits of the public code that surprise are settings of ``Arch2VecConfig``.

Shapes: adjacency (B, V, V) upper triangular, operations one-hot (B, V, K) with zero rows for
padding, latents (B, V, D). Source: Yan et al. 2020, arXiv 2006.06936, and its public code at
commit ea01b0c, file models/model.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int


@dataclass(frozen=True)
class Arch2VecConfig:
    """Settings of the model. The defaults are the published code on NAS-Bench-101.

    mask_padding: False lets padded vertices take part in batch norm and carry latents, as
    published; True keeps them out of both and out of the loss.
    operation_activation: "sigmoid", as the code computes, or "softmax", as its configuration says.
    """

    vertices: int = 7
    operations: int = 5
    hidden: int = 128
    latent: int = 16
    layers: int = 4
    dropout: float = 0.3
    mask_padding: bool = False
    operation_activation: str = "sigmoid"

    def __post_init__(self):
        if self.operation_activation not in ("sigmoid", "softmax"):
            raise ValueError(
                "operation_activation must be 'sigmoid' or 'softmax'; "
                f"it is {self.operation_activation!r}"
            )


class Posterior(NamedTuple):
    """A Gaussian for every vertex; what the public code calls logvar is the log sigma."""

    mean: Float[Array, "B V D"]
    log_sigma: Float[Array, "B V D"]


class Decoded(NamedTuple):
    """What the decoder says, before any activation."""

    operation_logits: Float[Array, "B V K"]
    edge_logits: Float[Array, "B V V"]


def one_hot(ops: Int[Array, "B V"], operations: int) -> Float[Array, "B V K"]:
    """Operation codes as one-hot rows; padding (-1) becomes a row of zeros."""
    return jax.nn.one_hot(ops, operations)


def _linear(n_in: int, n_out: int, rngs: nnx.Rngs) -> nnx.Linear:
    """A linear layer with PyTorch's default initialisation: uniform within 1/sqrt(n_in)."""
    bound = n_in**-0.5

    def uniform(key, shape, dtype=jnp.float32, **_):
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    return nnx.Linear(n_in, n_out, kernel_init=uniform, bias_init=uniform, rngs=rngs)


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


class GINLayer(nnx.Module):
    """h <- ReLU(BN(MLP((1 + eps) h + M h))): a refinement round with a learned dictionary."""

    def __init__(self, n_in: int, width: int, *, rngs: nnx.Rngs):
        self.eps = nnx.Param(jnp.zeros(()))
        self.first = _linear(n_in, width, rngs)
        self.inner_norm = BatchNorm(width)
        self.second = _linear(width, width, rngs)
        self.outer_norm = BatchNorm(width)

    def __call__(self, h: Float[Array, "B V F"], matrix: Float[Array, "B V V"], real):
        """One layer for every vertex of every cell of the batch."""
        gathered = (1 + self.eps[...]) * h + matrix @ h
        h = nnx.relu(self.inner_norm(self.first(gathered), real))
        return nnx.relu(self.outer_norm(self.second(h), real))


class Encoder(nnx.Module):
    """GIN layers over the skeleton, then the Gaussian of every vertex."""

    def __init__(self, config: Arch2VecConfig, *, rngs: nnx.Rngs):
        widths = [config.operations] + [config.hidden] * config.layers
        for k in range(config.layers):
            setattr(self, f"layer{k}", GINLayer(widths[k], widths[k + 1], rngs=rngs))
        self.to_mean = _linear(config.hidden, config.latent, rngs)
        self.to_log_sigma = _linear(config.hidden, config.latent, rngs)
        self.config = config

    def hidden_states(self, adjacency, operations) -> list[Float[Array, "B V F"]]:
        """What every GIN layer puts out."""
        real = operations.sum(axis=-1) > 0 if self.config.mask_padding else None
        matrix = adjacency + jnp.triu(adjacency, 1).swapaxes(1, 2)
        states, h = [], operations
        for k in range(self.config.layers):
            h = getattr(self, f"layer{k}")(h, matrix, real)
            states.append(h)
        return states

    def __call__(self, adjacency, operations) -> Posterior:
        """The posterior of every vertex."""
        h = self.hidden_states(adjacency, operations)[-1]
        mean, log_sigma = self.to_mean(h), self.to_log_sigma(h)
        if self.config.mask_padding:
            real = (operations.sum(axis=-1) > 0)[..., None]
            mean, log_sigma = mean * real, log_sigma * real
        return Posterior(mean, log_sigma)


class Decoder(nnx.Module):
    """Operations from each latent vector; edges from inner products of two of them."""

    def __init__(self, config: Arch2VecConfig, *, rngs: nnx.Rngs):
        self.to_operations = _linear(config.latent, config.operations, rngs)
        self.keep = 1 - config.dropout

    def __call__(self, z: Float[Array, "B V D"], dropout_key=None) -> Decoded:
        """Logits of operations and edges; dropout on the latents only with a key."""
        if dropout_key is not None:
            kept = jax.random.bernoulli(dropout_key, self.keep, z.shape)
            z = jnp.where(kept, z / self.keep, 0.0)
        return Decoded(self.to_operations(z), z @ z.swapaxes(1, 2))


class Arch2Vec(nnx.Module):
    """Encoder and decoder; 122,617 parameters with the default settings."""

    def __init__(self, config: Arch2VecConfig | None = None, *, rngs: nnx.Rngs):
        self.config = config or Arch2VecConfig()
        self.encoder = Encoder(self.config, rngs=rngs)
        self.decoder = Decoder(self.config, rngs=rngs)

    def encode(self, adjacency, operations) -> Posterior:
        """The posterior of every vertex, from an upper triangular adjacency and one-hot ops."""
        return self.encoder(adjacency, operations)

    def decode(self, z: Float[Array, "B V D"], *, dropout_key=None) -> Decoded:
        """Logits of operations and edges from latent vectors; dropout only with a key."""
        return self.decoder(z, dropout_key)

    def operation_probabilities(self, decoded: Decoded) -> Float[Array, "B V K"]:
        """Operation logits through the activation that the settings name."""
        return getattr(jax.nn, self.config.operation_activation)(decoded.operation_logits)


def reparameterise(posterior: Posterior, noise: Float[Array, "B V D"]) -> Float[Array, "B V D"]:
    """z = mean + sigma * noise: a sample that gradients pass through."""
    return posterior.mean + jnp.exp(posterior.log_sigma) * noise


class Loss(NamedTuple):
    """The negative ELBO in its named parts, each a scalar in nats, already weighted."""

    operations: Float[Array, ""]
    adjacency: Float[Array, ""]
    kl: Float[Array, ""]

    @property
    def total(self) -> Float[Array, ""]:
        """The sum that is minimised."""
        return self.operations + self.adjacency + self.kl


def _binary_cross_entropy(logits, target):
    """-log p of a Bernoulli target, elementwise, from logits."""
    return jax.nn.softplus(logits) - target * logits


def _mean(values, where):
    return jnp.mean(values) if where is None else jnp.sum(values * where) / jnp.sum(where)


def loss(
    config: Arch2VecConfig, decoded: Decoded, posterior: Posterior, adjacency, operations,
    *, kl_normalised_twice: bool = True,
) -> Loss:  # fmt: skip
    """The parts of the loss as published: means over entries where the ELBO has sums.

    The edge term averages over all V x V entries although only the upper triangle is predicted,
    which weights it by (V - 1) / 2V. The KL is averaged over vertices and then, if
    ``kl_normalised_twice``, divided by B V once more: a weight of 1 / 224 for B = 32, V = 7.
    """
    real = operations.sum(axis=-1) > 0 if config.mask_padding else None
    vertex = None if real is None else real[..., None]
    pair = None if real is None else (real[:, :, None] & real[:, None, :])
    if config.operation_activation == "sigmoid":
        entries = _binary_cross_entropy(decoded.operation_logits, operations)
        weight = None if vertex is None else jnp.broadcast_to(vertex, entries.shape)
        operation_loss = _mean(entries, weight)
    else:
        nats = -(operations * jax.nn.log_softmax(decoded.operation_logits)).sum(axis=-1)
        operation_loss = _mean(nats, real)
    edges = _binary_cross_entropy(jnp.triu(decoded.edge_logits, 1), adjacency)
    on_or_below = jnp.tril(jnp.ones(edges.shape[1:]))  # the published probability there is 0
    edges = jnp.where(on_or_below, 0.0, edges)
    mean, log_sigma = posterior
    kl_vertex = -0.5 * (1 + 2 * log_sigma - mean**2 - jnp.exp(2 * log_sigma)).sum(axis=-1)
    kl = _mean(kl_vertex, real)
    kl = kl / kl_vertex.size if kl_normalised_twice else kl
    return Loss(operation_loss, _mean(edges, pair), kl)
