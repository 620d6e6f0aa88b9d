"""Ours: a variational autoencoder of whole cells that keeps directions and decodes step by step.

Encoder: three layers h <- ReLU(LayerNorm(MLP([h, A^T h, A h]))), so what comes from predecessors
and what comes from successors stay apart; padding is masked; the sum over the vertices gives one
Gaussian for the *cell*. So the vector that a search moves in is the vector that is decoded.
Decoder: ``autoregressive``, over the entries of the cell's stored order.

Departures from the plain ELBO, all settings of ``CellVAEConfig``. The KL has a small weight. One
part of every batch is decoded from the posterior mean, where reconstruction is judged. Another
part is decoded from latents that were blurred towards the average of all cells: to decode a draw
from the prior is to decode a point between the clouds, and this is where the decoder gets to see
such points.

Shapes: adjacency (B, V, V) with 1 for i -> j, ops (B, V) with -1 for padding, latents (B, D).
"""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from wl2nas._settings import Depth, Operations, Share, Vertices, Weight, Width, check_fields
from wl2nas.models.autoregressive import AutoregressiveDecoder, Entries
from wl2nas.models.kinds import register
from wl2nas.models.promise import (
    Habits,
    Loss,
    Posterior,
    kl_to_standard,
    one_hot,
    reparameterise,
)


@dataclass(frozen=True)
class CellVAEConfig:
    """Settings of the model. The defaults are what the results report for NAS-Bench-101.

    vertices, operations: V, padding included, and K of the space.
    width, layers: of the states in the encoder, and its number of layers.
    latent, hidden: width of the latent vector, and of both hidden layers of the decoder.
    kl_weight: of the KL in nats per cell, beside the nats of its entries; 1 is the ELBO.
    blurred: share of every batch that is decoded from a blurred latent, and blurred_weight what
    such a cell counts in the loss beside one: what its latent no longer says, nobody can decode.
    exact: share of every batch that is decoded from the posterior mean.
    directed: False lets both directions of A + A^T share their weights, for the ablation.
    """

    vertices: Vertices = 7
    operations: Operations = 5
    width: Width = 128
    layers: Depth = 3
    latent: Width = 32
    hidden: Width = 512
    kl_weight: Weight = 0.005
    blurred: Share = 0.25
    blurred_weight: Weight = 0.25
    exact: Share = 0.5
    directed: bool = True

    def __post_init__(self):
        check_fields(self)
        if self.blurred + self.exact > 1:
            raise ValueError(f"blurred={self.blurred} and exact={self.exact} must be shares of a "
                             "batch, at most 1 together")  # fmt: skip


class DirectedLayer(nnx.Module):
    """h <- ReLU(LayerNorm(MLP([h, A^T h, A h]))): one round of direction-aware refinement."""

    def __init__(self, n_in: int, width: int, directed: bool, *, rngs: nnx.Rngs):
        self.first = nnx.Linear((3 if directed else 2) * n_in, width, rngs=rngs)
        self.second = nnx.Linear(width, width, rngs=rngs)
        self.norm = nnx.LayerNorm(width, epsilon=1e-5, rngs=rngs)
        self.directed = directed

    def __call__(
        self, h: Float[Array, "B V F"], adjacency: Float[Array, "B V V"]
    ) -> Float[Array, "B V W"]:
        """The new states of all vertices."""
        from_predecessors, from_successors = adjacency.swapaxes(1, 2) @ h, adjacency @ h
        if self.directed:
            seen = [h, from_predecessors, from_successors]
        else:
            seen = [h, from_predecessors + from_successors]
        hidden = nnx.relu(self.first(jnp.concatenate(seen, axis=-1)))
        return nnx.relu(self.norm(self.second(hidden)))


class CellEncoder(nnx.Module):
    """Layers over the cell, a sum over its real vertices, and the Gaussian of the cell."""

    def __init__(self, config: CellVAEConfig, *, rngs: nnx.Rngs):
        widths = [config.operations] + [config.width] * config.layers
        for k in range(config.layers):
            layer = DirectedLayer(widths[k], widths[k + 1], config.directed, rngs=rngs)
            setattr(self, f"layer{k}", layer)
        self.to_mean = nnx.Linear(config.width, config.latent, rngs=rngs)
        small = nnx.initializers.normal(0.1 / math.sqrt(config.width))
        around = nnx.initializers.constant(-1.0)  # start with narrow clouds
        self.to_log_sigma = nnx.Linear(
            config.width, config.latent, kernel_init=small, bias_init=around, rngs=rngs
        )
        self.layers, self.operations = config.layers, config.operations

    def hidden_states(self, adjacency, ops) -> list[Float[Array, "B V F"]]:
        """What every layer puts out; rows of padding are zero."""
        real = (ops >= 0)[..., None]
        h = one_hot(ops, self.operations)
        matrix, states = adjacency.astype(h.dtype), []
        for k in range(self.layers):
            h = getattr(self, f"layer{k}")(h, matrix) * real
            states.append(h)
        return states

    def __call__(self, adjacency, ops) -> Posterior:
        """The posterior of every cell."""
        pooled = self.hidden_states(adjacency, ops)[-1].sum(axis=1) / 3  # near one in size
        return Posterior(self.to_mean(pooled), jnp.clip(self.to_log_sigma(pooled), -6.0, 2.0))


@register
class CellVAE(nnx.Module):
    """Encoder and decoder of whole cells.

    >>> model = CellVAE(CellVAEConfig(width=8, latent=4, hidden=28), rngs=nnx.Rngs(0))
    >>> model.config.layers
    3
    """

    # How the results train it. Without training mode nothing would ever be blurred.
    habits = Habits(
        training={"epochs": 32, "batch": 256, "learning_rate": 2e-3, "schedule": "cosine"},
        prior="full_covariance",
        decodes_padding=True,
    )

    def __init__(self, config: CellVAEConfig | None = None, *, rngs: nnx.Rngs):
        self.config = config = config or CellVAEConfig()
        self.encoder = CellEncoder(config, rngs=rngs)
        entries = Entries(config.vertices, config.operations)
        self.decoder = AutoregressiveDecoder(entries, config.latent, config.hidden, rngs=rngs)

    def encode_cells(self, adjacency: Array, ops: Int[Array, "B V"]) -> Posterior:
        """The Gaussian of every cell."""
        return self.encoder(adjacency, ops)

    def embedding(self, mean: Float[Array, "B D"], ops: Int[Array, "B V"]) -> Float[Array, "B D"]:
        """The vector of a cell is its posterior mean."""
        return mean

    def draw(self, z: Float[Array, "B D"], key=None) -> tuple[Array, Array, Array]:
        """Adjacency, operations and padding, decoded greedily, or sampled with a key."""
        adjacency, ops = self.decoder.entries.read(self.decoder.decode(z, key))
        return adjacency, ops, ops < 0

    def objective(self, adjacency: Array, ops: Int[Array, "B V"], key=None) -> Loss:
        """The loss of a batch in nats per cell, its KL already weighted.

        With a key latents are drawn, and some blurred; without, posterior means are decoded.
        """
        posterior = self.encode_cells(adjacency, ops)
        if key is None:
            z, weight = posterior.mean, jnp.ones(len(ops))
        else:
            z, weight = self._latents(posterior, key)
        columns = self.decoder.entries.write(adjacency, ops)
        operations, edges = self.decoder.entries.log_likelihood(self.decoder(z, columns), columns)
        return Loss(
            -(weight * operations).mean(),
            -(weight * edges).mean(),
            self.config.kl_weight * kl_to_standard(posterior).mean(),
        )

    def _latents(self, posterior: Posterior, key) -> tuple[Float[Array, "B D"], Float[Array, " B"]]:
        """One latent per cell and what the cell counts: the first rows are blurred, the last are
        posterior means, those between are drawn."""
        noise_key, blur_key, level_key = jax.random.split(key, 3)
        drawn = reparameterise(posterior, jax.random.normal(noise_key, posterior.mean.shape))
        n = len(drawn)
        blurred, exact = int(self.config.blurred * n), int(self.config.exact * n)
        level = jax.random.uniform(level_key, (blurred, 1))
        noise = jax.random.normal(blur_key, (blurred, drawn.shape[1]))
        z = jnp.concatenate(
            [blur(drawn, level, noise), drawn[blurred : n - exact], posterior.mean[n - exact :]]
        )
        return z, jnp.where(jnp.arange(n) < blurred, self.config.blurred_weight, 1.0)


def blur(
    z: Float[Array, "B D"], level: Float[Array, "n 1"], noise: Float[Array, "n D"]
) -> Float[Array, "n D"]:
    """The first n latents, mixed with noise of the spread that all latents of the batch have.

    Level 0 changes nothing; level 1 leaves noise alone. In between the spread stays the same.
    No gradient reaches the encoder from here: it would answer by moving the clouds apart.
    """
    z = jax.lax.stop_gradient(z)
    centre, spread = z.mean(axis=0), z.std(axis=0)
    angle = level * jnp.pi / 2
    kept = jnp.cos(angle) * (z[: len(level)] - centre)
    return centre + kept + jnp.sin(angle) * spread * noise
