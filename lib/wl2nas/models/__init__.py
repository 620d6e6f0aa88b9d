"""Models of cells, and the promise that they keep.

promise: what the rest of the library asks of a model, and the terms that models are made of ·
kinds: the classes that a checkpoint is read back as · inputs: does a space fit a model? · layers:
layers on the vertices of a cell · arch2vec: the published autoencoder · autoregressive: a decoder
that looks back · cell_vae: ours.
"""

from wl2nas.models.arch2vec import Arch2Vec, Arch2VecConfig
from wl2nas.models.cell_vae import CellVAE, CellVAEConfig
from wl2nas.models.kinds import register
from wl2nas.models.promise import Habits, Loss, Model, Posterior

__all__ = [
    "Arch2Vec",
    "Arch2VecConfig",
    "CellVAE",
    "CellVAEConfig",
    "Habits",
    "Loss",
    "Model",
    "Posterior",
    "register",
]
