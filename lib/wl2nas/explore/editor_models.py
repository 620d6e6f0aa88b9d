"""The models that the cell editor's page computes, and the directions in which it moves a point.

The page computes with weights rounded to float16: ``rounded`` is that model for Python, and
``directions`` says where the two axes of the page's map point.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Float, Int

from wl2nas import _require, cells, latent
from wl2nas.models import Arch2Vec, CellVAE
from wl2nas.models.inputs import fitting
from wl2nas.models.promise import copy_in_mode

SAMPLE = 3_000  # cells that are drawn at random: the background of the map
# The kinds with a forward pass in model.js, and what it takes for granted of their settings.
KINDS: dict[str, tuple[type, dict[str, Any]]] = {
    "ours": (CellVAE, {"directed": True}),
    "arch2vec": (
        Arch2Vec,
        {"layer": "gin", "edges": "inner product", "pooling": "mean", "mask_padding": False,
         "operation_activation": "sigmoid"},
    ),
}  # fmt: skip


class Directions(NamedTuple):
    """A point of the embedding, and two unit vectors from it: the principal ones of a sample."""

    mean: Float[np.ndarray, " D"]
    vectors: Float[np.ndarray, "2 D"]
    shares: Float[np.ndarray, " 2"]  # of the variance

    def places(self, embedding: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N 2"]:
        """Where points of the embedding lie on the map."""
        return (np.asarray(embedding, np.float64) - self.mean) @ self.vectors.T


def named_models(model, space: cells.CellSpace) -> dict:
    """Models by their names on the page, from one or a mapping; each fits the page and the space.

    ValueError names a model that the page could not compute, and why.
    """
    if not isinstance(model, Mapping):
        kinds = [name for name, (kind, _) in KINDS.items() if isinstance(model, kind)]
        model = {kinds[0] if kinds else type(model).__name__: model}
    if not model:
        raise ValueError("model is empty; give a model, or several by name")
    for name, each in model.items():
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,29}", name):
            raise ValueError(
                f"a model is called as a variable of Python is; one is called {name!r}"
            )
        _check_kind(name, each)
        fitting(each.config, space)
    return dict(model)


def _check_kind(name: str, model):
    fixed = [settings for kind, settings in KINDS.values() if isinstance(model, kind)]
    if not fixed:
        raise TypeError(f"the page computes CellVAE and Arch2Vec; {name!r} is a "
                        f"{type(model).__name__}")  # fmt: skip
    for field, value in fixed[0].items():
        if (found := getattr(model.config, field)) != value:
            raise ValueError(f"the page computes models with {field}={value!r}; {name!r} has "
                             f"{found!r}")  # fmt: skip


def rounded(model):
    """A copy in evaluation mode, every weight rounded to float16: what the page computes with."""
    graphdef, state = nnx.split(copy_in_mode(model, training=False))
    return nnx.merge(graphdef, jax.tree.map(_rounded, state))


def _rounded(weight):
    with np.errstate(over="ignore"):
        small = np.asarray(weight, np.float16)
    if not np.isfinite(small).all():
        raise ValueError("model has weights beyond float16, NaN or infinity: the page cannot show "
                         "it")  # fmt: skip
    return jnp.asarray(small, weight.dtype)


def drawn_rows(space: cells.CellSpace, *, seed: int = 0) -> Int[np.ndarray, " S"]:
    """Up to ``SAMPLE`` rows, drawn without replacement, ascending."""
    rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
    return np.sort(rng.choice(len(space), min(SAMPLE, len(space)), replace=False))


def directions(model, space: cells.CellSpace, *, seed: int = 0) -> Directions:
    """Where the two axes of the page's map point: the principal components of the drawn sample.

    Of the embedding of ``rounded(model)``.
    """
    drawn = space.take(drawn_rows(space, seed=seed))
    return principal(latent.embed(rounded(model), drawn))


def principal(embedding: Float[np.ndarray, "N D"]) -> Directions:
    """The two principal directions of an embedding. In each the largest entry is positive."""
    embedding = np.asarray(embedding, np.float64)
    mean = embedding.mean(axis=0)
    variance, vectors = np.linalg.eigh(np.cov(embedding.T))
    first_two = vectors.T[[-1, -2]]
    largest = np.abs(first_two).argmax(axis=1)
    signs = np.sign(first_two[[0, 1], largest])
    return Directions(mean, first_two * signs[:, None], variance[[-1, -2]] / variance.sum())
