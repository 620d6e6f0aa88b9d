"""Ours: a variational autoencoder of whole cells that keeps directions and decodes step by step.

Encoder: three layers h <- ReLU(LayerNorm(W [h, A^T h, A h])), so what comes from predecessors and
what comes from successors stay apart; padding is masked; the sum over the vertices gives one
Gaussian for the *cell*. So the vector that a search moves in is the vector that is decoded.
Decoder: ``autoregressive``, over the entries of the cell's stored order.

Two departures from the plain ELBO, both settings of ``CellVAEConfig``. The weight of the KL rises
during training, so that the latent is first used and then tidied up. And a share of the cells is
decoded from a latent that was blurred towards the average of all cells: decoding a draw from the
prior means decoding a point between the clouds, and this is where the decoder gets to see them.

Shapes: adjacency (B, V, V) with 1 for i -> j, ops (B, V) with -1 for padding, latents (B, D).
"""

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from wl2nas.autoregressive import AutoregressiveDecoder, Entries
from wl2nas.model import Loss, Posterior, one_hot, reparameterise


@dataclass(frozen=True)
class CellVAEConfig:
    """Settings of the model. The defaults are what the results report for NAS-Bench-101.

    kl_start, kl_end: weight of the KL at the start and from four fifths of the run on.
    blurred: share of every batch that is decoded from a blurred latent.
    exact: share of every batch that is decoded from the posterior mean.
    directed: False lets both directions of A + A^T share their weights, for the ablation.
    """

    vertices: int = 7
    operations: int = 5
    width: int = 128
    layers: int = 3
    latent: int = 32
    hidden: int = 512
    kl_start: float = 0.003
    kl_end: float = 0.05
    blurred: float = 0.25
    exact: float = 0.25
    directed: bool = True


class DirectedLayer(nnx.Module):
    """h <- ReLU(LayerNorm(W [h, A^T h, A h] + b)): one round of direction-aware refinement."""

    def __init__(self, n_in: int, width: int, directed: bool, *, rngs: nnx.Rngs):
        self.linear = nnx.Linear((3 if directed else 2) * n_in, width, rngs=rngs)
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
        return nnx.relu(self.norm(self.linear(jnp.concatenate(seen, axis=-1))))


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


class CellVAE(nnx.Module):
    """Encoder and decoder of whole cells."""

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

    def objective(
        self, adjacency: Array, ops: Int[Array, "B V"], key=None, progress: float | Array = 1.0
    ) -> Loss:
        """The loss of a batch in nats per cell, its KL already weighted.

        With a key latents are drawn, and some blurred; without, posterior means are decoded.
        ``progress`` in [0, 1] is how much of the run is done; the weight of the KL depends on it.
        """
        posterior = self.encode_cells(adjacency, ops)
        z = posterior.mean if key is None else self._latents(posterior, key)
        columns = self.decoder.entries.write(adjacency, ops)
        operations, edges = self.decoder.entries.log_likelihood(self.decoder(z, columns), columns)
        mean, log_sigma = posterior
        kl = -0.5 * (1 + 2 * log_sigma - mean**2 - jnp.exp(2 * log_sigma)).sum(axis=-1)
        weight = kl_weight(self.config, progress)
        return Loss(-operations.mean(), -edges.mean(), weight * kl.mean())

    def _latents(self, posterior: Posterior, key) -> Float[Array, "B D"]:
        """One latent per cell: blurred for the first rows, exact for the last, drawn between."""
        noise_key, blur_key, level_key = jax.random.split(key, 3)
        z = reparameterise(posterior, jax.random.normal(noise_key, posterior.mean.shape))
        blurred, exact = (int(s * len(z)) for s in (self.config.blurred, self.config.exact))
        level = jax.random.uniform(level_key, (blurred, 1))
        noise = jax.random.normal(blur_key, (blurred, z.shape[1]))
        return jnp.concatenate(
            [blur(z, level, noise), z[blurred : len(z) - exact], posterior.mean[len(z) - exact :]]
        )


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


def kl_weight(config: CellVAEConfig, progress: float | Array) -> Float[Array, ""]:
    """kl_start for the first three tenths of the run, kl_end after eight, geometric between."""
    ends = jnp.log(jnp.array([config.kl_start, config.kl_end]))
    return jnp.exp(jnp.interp(progress, jnp.array([0.3, 0.8]), ends))
