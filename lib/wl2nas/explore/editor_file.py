"""What the cell editor's page knows, in one file: models, a sample of cells, directions to move in.

The file is plain: four bytes, little-endian, with the length of the header; the header, JSON in
UTF-8; then nothing but numbers in float16, little-endian. The header says of every array where its
first number stands and how many it has on every axis. ``static/model.js`` reads it.
"""

import json
from typing import NamedTuple

import numpy as np
from flax import nnx
from jaxtyping import Float, Int

from wl2nas import cells, latent
from wl2nas.explore import editor_models
from wl2nas.models import CellVAE

FORMAT = "wl2nas cell editor 1"


class Sample(NamedTuple):
    """Rows of a space; the first ``drawn`` are drawn at random, the others have a known value."""

    rows: Int[np.ndarray, " S"]
    drawn: int


def sample(space: cells.CellSpace, values=None, *, seed: int = 0) -> Sample:
    """The rows drawn at random, then all others whose value is a number."""
    drawn = editor_models.drawn_rows(space, seed=seed)
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
    models, rules = editor_models.named_models(model, space), space.rules
    numbers = _Numbers()
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
            "seed": seed,
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
    small = editor_models.rounded(model)
    embedding = np.asarray(latent.embed(small, space.take(chosen.rows)), np.float64)
    axes = editor_models.principal(embedding[: chosen.drawn])
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
