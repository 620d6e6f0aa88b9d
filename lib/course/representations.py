"""The trained rivals of the course: what its checkpoints make of a space.

Importing this module enters them into the registry of the library.
"""

import numpy as np

from course.results import ROOT
from wl2nas import features
from wl2nas.features import REPRESENTATIONS as REPRESENTATIONS
from wl2nas.features import Representation

CHECKPOINTS = ROOT / "data" / "checkpoints"


def checkpoint(name: str):
    """The file of a trained representation."""
    return CHECKPOINTS / f"{name}.safetensors"


def embedding(name: str):
    """The function that embeds a space with a checkpoint, in float64."""

    def embed(space) -> np.ndarray:
        from wl2nas import latent, train  # with JAX, which most notebooks can do without

        return latent.embed(train.load_checkpoint(checkpoint(name)), space).astype(np.float64)

    return embed


for _name, _label, _look in (
    ("arch2vec_published", "arch2vec, as published", ("#0072B2", "-", "D")),
    ("arch2vec_repaired", "arch2vec, repaired", ("#0072B2", "--", "P")),
    ("ours", "ours", ("#D55E00", "-", "*")),
):
    features.add(Representation(_name, _label, True, embedding(_name), *_look))
