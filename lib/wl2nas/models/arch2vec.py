"""The variational graph isomorphism autoencoder arch2vec, as its public code computes it.

Encoder: four graph isomorphism layers h <- ReLU(BN(MLP((1 + eps) h + M h))) over the skeleton
matrix M = A + A.T, then two linear maps to the mean and the log standard deviation of a Gaussian
for every vertex. Decoder: operations from each latent vector alone, edge i - j from the inner
product z_i . z_j. The habits of the public code that surprise are settings of ``Arch2VecConfig``,
and so is what the paper's baselines and our ablations do otherwise.

Shapes: adjacency (B, V, V) upper triangular, operations one-hot (B, V, K) with zero rows for
padding, latents (B, V, D). Source: Yan et al. 2020, arXiv 2006.06936, and its public code at
commit ea01b0c, file models/model.py.
"""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from wl2nas._settings import Depth, OneOf, Operations, Range, Vertices, Weight, Width, check_fields
from wl2nas.models.kinds import register
from wl2nas.models.layers import LAYERS, linear
from wl2nas.models.promise import (
    Habits,
    Loss,
    Posterior,
    kl_to_standard,
    one_hot,
    reparameterise,
)


@dataclass(frozen=True)
class Arch2VecConfig:
    """Settings of the model. The defaults are the published code on NAS-Bench-101.

    vertices, operations: V, padding included, and K of the space.
    hidden, latent, layers: widths of the states and of the latent vectors; number of layers.
    dropout: share of the latent numbers that training drops before decoding.
    mask_padding: False lets padded vertices take part in batch norm and carry latents, as
    published; True keeps them out of both and out of the loss.
    operation_activation: "sigmoid", as the code computes, or "softmax", as its configuration says.
    kl_normalised_twice: see ``loss``.
    pooling: what the vector of a cell is: the "mean" over all V vertices, padding included, as
    published; the mean over the "real" ones; their "sum".
    layer: "gin"; "gcn", the layer of the baselines GAE and VGAE; or "directed", which keeps
    predecessors and successors apart.
    edges: "inner product" z_i . z_j, or "bilinear" z_i^T W z_j + b, which is not symmetric.
    variational: False decodes the means and has no KL: a plain autoencoder.
    kl_weight: what the KL counts in the loss, beside that normalisation.
    """

    vertices: Vertices = 7
    operations: Operations = 5
    hidden: Width = 128
    latent: Width = 16
    layers: Depth = 4
    dropout: Annotated[float, Range(0, 0.99)] = 0.3
    mask_padding: bool = False
    operation_activation: Annotated[str, OneOf(("sigmoid", "softmax"))] = "sigmoid"
    kl_normalised_twice: bool = True
    pooling: Annotated[str, OneOf(("mean", "real", "sum"))] = "mean"
    layer: Annotated[str, OneOf(tuple(LAYERS))] = "gin"
    edges: Annotated[str, OneOf(("inner product", "bilinear"))] = "inner product"
    variational: bool = True
    kl_weight: Weight = 1.0

    def __post_init__(self):
        check_fields(self)


class Decoded(NamedTuple):
    """What the decoder says, before any activation."""

    operation_logits: Float[Array, "B V K"]
    edge_logits: Float[Array, "B V V"]


class Encoder(nnx.Module):
    """Layers over the skeleton, then the Gaussian of every vertex."""

    def __init__(self, config: Arch2VecConfig, *, rngs: nnx.Rngs):
        widths = [config.operations] + [config.hidden] * config.layers
        for k in range(config.layers):
            layer = LAYERS[config.layer](widths[k], widths[k + 1], rngs=rngs)
            setattr(self, f"layer{k}", layer)
        self.to_mean = linear(config.hidden, config.latent, rngs)
        self.to_log_sigma = linear(config.hidden, config.latent, rngs)
        self.config = config

    def hidden_states(self, adjacency, operations) -> list[Float[Array, "B V F"]]:
        """What every layer puts out."""
        real = operations.sum(axis=-1) > 0 if self.config.mask_padding else None
        states, h = [], operations
        for k in range(self.config.layers):
            h = getattr(self, f"layer{k}")(h, adjacency, real)
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
    """Operations from each latent vector; edges from two of them, by their inner product."""

    def __init__(self, config: Arch2VecConfig, *, rngs: nnx.Rngs):
        self.to_operations = linear(config.latent, config.operations, rngs)
        self.bilinear = config.edges == "bilinear"
        if self.bilinear:
            self.to_edges = linear(config.latent, config.latent, rngs)
            self.edge_bias = nnx.Param(jnp.zeros(()))
        self.keep = 1 - config.dropout

    def __call__(self, z: Float[Array, "B V D"], dropout_key=None) -> Decoded:
        """Logits of operations and edges; dropout on the latents only with a key."""
        if dropout_key is not None:
            kept = jax.random.bernoulli(dropout_key, self.keep, z.shape)
            z = jnp.where(kept, z / self.keep, 0.0)
        if self.bilinear:
            edges = self.to_edges(z) @ z.swapaxes(1, 2) + self.edge_bias[...]
        else:
            edges = z @ z.swapaxes(1, 2)
        return Decoded(self.to_operations(z), edges)


@register
class Arch2Vec(nnx.Module):
    """Encoder and decoder; 122,617 parameters with the default settings.

    >>> model = Arch2Vec(Arch2VecConfig(hidden=8, latent=4), rngs=nnx.Rngs(0))
    >>> model.config.layers
    4
    """

    # As published: training mode is lost after the first epoch, and one order serves all epochs.
    habits = Habits(
        training={"train_mode_lost": True, "reshuffle": False},
        may_lose_training_mode=True,
        prior="per_entry",
        decodes_padding=False,
    )

    def __init__(self, config: Arch2VecConfig | None = None, *, rngs: nnx.Rngs):
        self.config = config or Arch2VecConfig()
        self.encoder = Encoder(self.config, rngs=rngs)
        self.decoder = Decoder(self.config, rngs=rngs)

    def encode(self, adjacency, operations) -> Posterior:
        """The posterior of every vertex, from an upper triangular adjacency and one-hot ops."""
        return self.encoder(adjacency, operations)

    def encode_cells(self, adjacency: Array, ops: Int[Array, "B V"]) -> Posterior:
        """As ``encode``, from cells as a space stores them."""
        operations = one_hot(ops, self.config.operations)
        return self.encode(adjacency.astype(operations.dtype), operations)

    def decode(self, z: Float[Array, "B V D"], *, dropout_key=None) -> Decoded:
        """Logits of operations and edges from latent vectors; dropout only with a key."""
        return self.decoder(z, dropout_key)

    def operation_probabilities(self, decoded: Decoded) -> Float[Array, "B V K"]:
        """Operation logits through the activation that the settings name."""
        return getattr(jax.nn, self.config.operation_activation)(decoded.operation_logits)

    def embedding(self, mean: Float[Array, "B V D"], ops: Int[Array, "B V"]) -> Float[Array, "B D"]:
        """One vector per cell from the means of its vertices, as ``pooling`` says."""
        if self.config.pooling == "mean":
            return mean.mean(axis=1)
        real = (ops >= 0)[..., None]
        total = (mean * real).sum(axis=1)
        return total if self.config.pooling == "sum" else total / real.sum(axis=1)

    def draw(self, z: Float[Array, "B V D"], key=None) -> tuple[Array, Array, Array]:
        """Adjacency, operations and padding. Greedy: edges above the diagonal with p > 0.5, the
        most probable operation; with a key edges and operations are drawn.

        A vertex counts as padding if no operation reaches p = 0.5, since padded rows are trained
        towards all zeros.
        """
        decoded = self.decode(z)
        edges, operations = decoded.edge_logits, decoded.operation_logits
        padding = self.operation_probabilities(decoded).max(axis=-1) < 0.5
        if key is not None:
            edge_key, operation_key = jax.random.split(key)
            edges = edges + jax.random.logistic(edge_key, edges.shape)
            operations = operations + jax.random.gumbel(operation_key, operations.shape)
        return jnp.triu(edges > 0, 1), operations.argmax(axis=-1), padding

    def loss_parts(self, adjacency, operations, *, noise=None, dropout_key=None) -> Loss:
        """The loss of a batch with one-hot operations; without ``noise`` the means are decoded."""
        posterior = self.encode(adjacency, operations)
        z = posterior.mean
        if noise is not None and self.config.variational:
            z = reparameterise(posterior, noise)
        decoded = self.decode(z, dropout_key=dropout_key)
        return loss(self.config, decoded, posterior, adjacency, operations)

    def objective(self, adjacency: Array, ops: Int[Array, "B V"], key=None) -> Loss:
        """The loss of a batch; with a key as in training mode, with noise and dropout."""
        operations = one_hot(ops, self.config.operations)
        draws = {}
        if key is not None:
            noise_key, dropout_key = jax.random.split(key)
            noise = jax.random.normal(noise_key, (*ops.shape, self.config.latent))
            draws = {"noise": noise, "dropout_key": dropout_key}
        return self.loss_parts(adjacency.astype(operations.dtype), operations, **draws)


def _binary_cross_entropy(logits, target):
    """-log p of a Bernoulli target, elementwise, from logits."""
    return jax.nn.softplus(logits) - target * logits


def _mean(values, where):
    return jnp.mean(values) if where is None else jnp.sum(values * where) / jnp.sum(where)


def loss(
    config: Arch2VecConfig, decoded: Decoded, posterior: Posterior, adjacency, operations
) -> Loss:
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
    # The published probability of what is not above the diagonal is 0, and costs nothing.
    edges = jnp.triu(_binary_cross_entropy(decoded.edge_logits, adjacency), 1)
    return Loss(operation_loss, _mean(edges, pair), _weighted_kl(config, posterior, real))


def _weighted_kl(config: Arch2VecConfig, posterior: Posterior, real) -> Float[Array, ""]:
    """The KL term: its mean over vertices, perhaps normalised once more, times its weight."""
    kl_vertex = kl_to_standard(posterior)
    if not config.variational:
        return jnp.zeros_like(kl_vertex[0, 0])
    kl = _mean(kl_vertex, real)
    kl = kl / kl_vertex.size if config.kl_normalised_twice else kl
    return config.kl_weight * kl
