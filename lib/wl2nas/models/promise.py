"""What training, the latent space and checkpoints ask of a model: a promise any class can keep.

A model is an ``nnx.Module`` that is made as ``Kind(config, rngs=...)`` from a frozen dataclass of
settings, among them ``vertices`` and ``operations``, and that has the four methods of ``Model``.
Its weights are ``nnx.Param``, its running statistics ``nnx.BatchStat``, and it keeps nothing else:
randomness comes from the key that ``objective`` is given, so that a run can be resumed bit for bit.
How it likes to be trained and judged are its ``habits``.

A model of your own, its settings with their ranges, and how it is read back from a file:

    @dataclass(frozen=True)
    class TinyConfig:
        vertices: int = 7
        operations: int = 5
        latent: int = 4

    @models.register
    class Tiny(nnx.Module):
        def __init__(self, config: TinyConfig, *, rngs: nnx.Rngs): ...
        def encode_cells(self, adjacency, ops) -> Posterior: ...
        def embedding(self, mean, ops): ...
        def draw(self, z, key=None): ...
        def objective(self, adjacency, ops, key=None) -> Loss: ...

Below stand also the terms that any such model is made of: the Gaussian of a cell, its KL, the loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

# --- the terms ----------------------------------------------------------------------------------


class Posterior(NamedTuple):
    """A Gaussian for every vertex, or for every cell (then without the axis V).

    What the public code calls logvar is the log sigma.
    """

    mean: Float[Array, "B *V D"]
    log_sigma: Float[Array, "B *V D"]


def one_hot(ops: Int[Array, "B V"], operations: int) -> Float[Array, "B V K"]:
    """Operation codes as one-hot rows; padding (-1) becomes a row of zeros."""
    return jax.nn.one_hot(ops, operations)


def reparameterise(posterior: Posterior, noise: Float[Array, "B *V D"]) -> Float[Array, "B *V D"]:
    """z = mean + sigma * noise: a sample that gradients pass through."""
    return posterior.mean + jnp.exp(posterior.log_sigma) * noise


def kl_to_standard(posterior: Posterior) -> Float[Array, "B *V"]:
    """KL(N(mean, sigma^2) || N(0, I)) in nats, summed over the dimensions of a latent vector."""
    mean, log_sigma = posterior
    return -0.5 * (1 + 2 * log_sigma - mean**2 - jnp.exp(2 * log_sigma)).sum(axis=-1)


class Loss(NamedTuple):
    """The negative ELBO in its named parts, each a scalar in nats, already weighted."""

    operations: Float[Array, ""]
    adjacency: Float[Array, ""]
    kl: Float[Array, ""]

    @property
    def total(self) -> Float[Array, ""]:
        """The sum that is minimised."""
        return self.operations + self.adjacency + self.kl


# --- the promise --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Habits:
    """How a kind of model is trained, drawn from and judged, where nobody says otherwise.

    training: what differs from the defaults of ``train.TrainConfig``.
    may_lose_training_mode: whether ``train_mode_lost`` makes sense, the published habit of staying
        in evaluation mode after the first epoch.
    prior: where its latents are drawn from in what is reported: a function of ``priors``.
    decodes_padding: ``draw`` says which vertices are padding, and a cell is decoded exactly only
        if that is right too.
    """

    training: Mapping[str, Any] = field(default_factory=dict)
    may_lose_training_mode: bool = False
    prior: Literal["per_entry", "full_covariance"] = "full_covariance"
    decodes_padding: bool = True


@runtime_checkable
class Model(Protocol):
    """The methods of a model of cells; V, K are its ``vertices`` and ``operations``.

    ``habits`` is optional: a class attribute, ``Habits()`` where there is none. ``train`` and
    ``eval``, the switches of training and evaluation mode, are those of ``nnx.Module``.
    """

    config: Any

    def encode_cells(self, adjacency: Array, ops: Int[Array, "B V"]) -> Posterior:
        """The Gaussian of every cell; adjacency (B, V, V) bool, ops with -1 for padding."""

    def embedding(self, mean: Array, ops: Int[Array, "B V"]) -> Float[Array, "B D"]:
        """One vector per cell, from the means of its Gaussian."""

    def draw(self, z: Array, key=None) -> tuple[Array, Array, Array]:
        """Adjacency (B, V, V), ops (B, V) and padding (B, V) of latents, greedy without a key."""

    def objective(self, adjacency: Array, ops: Int[Array, "B V"], key=None) -> Loss:
        """The loss of a batch; noise comes from the key, and there is none without."""

    def train(self): ...  # noqa: D102

    def eval(self): ...  # noqa: D102


def habits_of(model) -> Habits:
    """The habits of a model or of a class of models."""
    return getattr(model, "habits", Habits())


def check_model(model):
    """TypeError that names what a model does not have, before anything is asked of it."""
    asked = ("config", "encode_cells", "embedding", "draw", "objective", "train", "eval")
    if lacking := [name for name in asked if not hasattr(model, name)]:
        raise TypeError(
            f"model must keep the promise of wl2nas.models.promise; a {type(model).__name__} has "
            f"no {lacking[0]!r}"
        )
    if lacking := [name for name in ("vertices", "operations") if not hasattr(model.config, name)]:
        raise TypeError(f"the config of a {type(model).__name__} has no field {lacking[0]!r}")
    try:
        hash(model.config)
    except TypeError as error:
        raise TypeError(f"the config of a {type(model).__name__} must be a frozen dataclass of "
                        f"values that cannot change: {error}") from error  # fmt: skip


def copy_in_mode(model, training: bool):
    """A copy of a model in training or evaluation mode; the model itself stays in its own."""
    copy = nnx.merge(*nnx.split(model))
    copy.train() if training else copy.eval()
    return copy
