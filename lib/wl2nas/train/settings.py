"""How a run is trained: the settings, what each may be, and two presets with names."""

from dataclasses import dataclass
from typing import Annotated

from wl2nas._settings import OneOf, Range, check_fields
from wl2nas.models.arch2vec import Arch2Vec
from wl2nas.models.cell_vae import CellVAE
from wl2nas.models.promise import habits_of

Many = Annotated[int, Range(1, 1_000_000)]


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a training run; ValueError names a field that cannot be.

    epochs: how often every cell is seen.
    batch: cells in a step; what does not fill the last batch of an epoch is left out of it.
    learning_rate: of Adam, at the start; 0 learns nothing.
    clip: the largest norm that all gradients together may have; longer ones are shortened.
    seed: of the order of the cells, of noise and of dropout.
    train_mode_lost: True is a habit of arch2vec's public code, which stays in evaluation mode from
        the second epoch on: no dropout, no sampling noise, batch norm frozen.
    reshuffle: False uses one permutation for every epoch, as published.
    schedule: "constant", or "cosine" from the learning rate down to zero over the epochs.
    steps_per_call: steps of one compiled scan, after which a checkpoint is written; the result
        does not depend on it.

    >>> TrainConfig(batch=0)
    Traceback (most recent call last):
    ValueError: batch must be a whole number from 1 to 1000000; it is 0
    """

    epochs: Many = 8
    batch: Many = 32
    learning_rate: Annotated[float, Range(0, 100)] = 1e-3
    clip: Annotated[float, Range(1e-6, 1e6)] = 5.0
    seed: Annotated[int, Range(0, 2**32 - 1)] = 0
    train_mode_lost: bool = False
    reshuffle: bool = True
    schedule: Annotated[str, OneOf(("constant", "cosine"))] = "constant"
    steps_per_call: Many = 500

    def __post_init__(self):
        check_fields(self)


def default_for(model) -> TrainConfig:
    """The settings that a model, or a class of models, has as its habit."""
    return TrainConfig(**habits_of(model).training)


# As arch2vec's public code trains on NAS-Bench-101, its oddities included.
PUBLISHED = default_for(Arch2Vec)
# As the results train a CellVAE.
OURS = default_for(CellVAE)
