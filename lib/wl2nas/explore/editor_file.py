"""What the cell editor's page knows, in one file: models, a sample of cells, directions to move in.

The file is plain: four bytes, little-endian, with the length of the header; the header, JSON in
UTF-8; then nothing but numbers in float16, little-endian. The header says of every array where its
first number stands and how many it has on every axis. ``static/model.js`` reads it.

Weights are rounded to float16. ``rounded`` is the model that the page computes with.
"""

import json
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
FORMAT = "wl2nas cell editor 1"
# The kinds with a forward pass in model.js, and what it takes for granted of their settings.
KINDS: dict[str, tuple[type, dict[str, Any]]] = {
    "ours": (CellVAE, {"directed": True}),
    "arch2vec": (
        Arch2Vec,
        {"layer": "gin", "edges": "inner product", "pooling": "mean", "mask_padding": False,
         "operation_activation": "sigmoid"},
    ),
}  # fmt: skip


class Sample(NamedTuple):
    """Rows of a space; the first ``drawn`` are drawn at random, the others have a known value."""

    rows: Int[np.ndarray, " S"]
    drawn: int


class Directions(NamedTuple):
    """A point of the embedding, and two unit vectors from it: the principal ones of a sample."""

    mean: Float[np.ndarray, " D"]
    vectors: Float[np.ndarray, "2 D"]
    shares: Float[np.ndarray, " 2"]  # of the variance


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


def sample(space: cells.CellSpace, values=None, *, seed: int = 0) -> Sample:
    """Up to ``SAMPLE`` rows drawn without replacement, then all others whose value is a number."""
    rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
    drawn = np.sort(rng.choice(len(space), min(SAMPLE, len(space)), replace=False))
    known = np.flatnonzero(np.isfinite(as_values(values, space)))
    return Sample(np.concatenate([drawn, np.setdiff1d(known, drawn)]), len(drawn))


def as_values(values, space: cells.CellSpace) -> Float[np.ndarray, " N"]:
    """One number a cell, NaN where none is known; all NaN for None."""
    if values is None:
        return np.full(len(space), np.nan)
    found = np.asarray(values)
    if found.shape != (len(space),) or found.dtype.kind not in "fiu":
        raise ValueError(f"values must hold a number for each of the {len(space)} cells, NaN where "
                         f"none is known; they are {found.dtype}, {found.shape}")  # fmt: skip
    if np.isinf(found).any():
        raise ValueError("values hold infinity; NaN is the mark of a cell without a value")
    return found.astype(np.float64)


def directions(model, space: cells.CellSpace, *, seed: int = 0) -> Directions:
    """Where the two axes of the page's map point: the principal components of the drawn sample.

    Of the embedding of ``rounded(model)``. In each the entry of largest magnitude is positive.
    """
    chosen = sample(space, seed=seed).rows
    return _principal(np.asarray(latent.embed(rounded(model), space.take(chosen)), np.float64))


def _principal(embedding: Float[np.ndarray, "N D"]) -> Directions:
    mean = embedding.mean(axis=0)
    variance, vectors = np.linalg.eigh(np.cov(embedding.T))
    first_two = vectors.T[[-1, -2]]
    largest = np.abs(first_two).argmax(axis=1)
    signs = np.sign(first_two[[0, 1], largest])
    return Directions(mean, first_two * signs[:, None], variance[[-1, -2]] / variance.sum())


# --- the file -----------------------------------------------------------------------------------


class _Numbers:
    """Arrays one after the other; ``put`` says where an array begins and what shape it has."""

    def __init__(self):
        self.parts: list[np.ndarray] = []
        self.length = 0

    def put(self, array) -> list:
        with np.errstate(over="ignore"):
            small = np.ascontiguousarray(array, "<f2")
        if not np.isfinite(small).all():
            raise ValueError("an array holds numbers beyond float16: the page cannot show it")
        start = self.length
        self.parts.append(small.ravel())
        self.length += small.size
        return [start, list(small.shape)]


def export(model, space: cells.CellSpace, *, values=None, seed: int = 0) -> bytes:
    """The file: ``model`` is one or several by name, ``values`` (N,) is NaN where none is known.

    ValueError where the page could not compute a model, or edit a cell of this space.
    """
    models, rules, numbers = named_models(model, space), space.rules, _Numbers()
    if isinstance(rules, cells.Template):
        raise ValueError(f"cells of {rules.name} have one wiring: there are no edges to edit")
    if len(space) < 3 or rules.code_bits > 53:
        raise ValueError(f"space must hold at least 3 cells, each in at most 53 bits; it holds "
                         f"{len(space)} of {rules.code_bits} bits")  # fmt: skip
    chosen, known = sample(space, values, seed=seed), as_values(values, space)
    header = {
        "format": FORMAT,
        "rules": rules_of(rules),
        "cells": len(space),
        "sample": {
            "drawn": chosen.drawn,
            "rows": chosen.rows.tolist(),
            "codes": space.take(chosen.rows).codes.tolist(),
            "values": [round(v, 4) if np.isfinite(v) else None for v in known[chosen.rows]],
        },
        "models": {name: _described(m, space, chosen, numbers) for name, m in models.items()},
    }
    text = json.dumps(header, separators=(",", ":"), allow_nan=False)
    return b"".join(
        [
            len(text).to_bytes(4, "little"),
            text.encode("ascii"),
            *(p.tobytes() for p in numbers.parts),
        ]
    )


def rules_of(rules: cells.Rules) -> dict:
    """The rules as cell.js takes them."""
    return {
        "name": rules.name,
        "operations": rules.operations,
        "digits": rules.digits.tolist(),
        "maxVertices": rules.max_vertices,
        "maxEdges": rules.max_edges,
    }


def _described(model, space: cells.CellSpace, chosen: Sample, numbers: _Numbers) -> dict:
    small = rounded(model)
    embedding = np.asarray(latent.embed(small, space.take(chosen.rows)), np.float64)
    axes = _principal(embedding[: chosen.drawn])
    return {
        "kind": type(model).__name__,
        "layers": model.config.layers,
        "weights": {name: numbers.put(array) for name, array in _weights(small).items()},
        "embedding": numbers.put(embedding),
        "mean": axes.mean.tolist(),
        "directions": axes.vectors.tolist(),
        "shares": axes.shares.tolist(),
    }


def _weights(model) -> dict[str, np.ndarray]:
    """Every weight by its path, but those of the spread, which the page does not show.

    Of a masked kernel of the decoder only what a unit reads: a prefix of what lies before it, so
    the prefixes of all units, one after the other, say everything.
    """
    weights = {
        ".".join(map(str, path)): np.asarray(leaf[...])
        for path, leaf in nnx.to_flat_state(nnx.state(model))
        if "to_log_sigma" not in path
    }
    if isinstance(model, CellVAE):
        for name, mask in zip(("first", "second", "output"), model.decoder.masks(), strict=True):
            kernel = f"decoder.{name}.kernel"
            weights[kernel] = weights[kernel].T[mask.T]
    return weights
