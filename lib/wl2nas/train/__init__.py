"""Training: settings, splits, the loop, and checkpoints that say what they are.

settings: how a run is trained, with the named presets · splits: which cells are held out · loop:
one compiled scan over many steps · hosts: several processes, one training · checkpoints: models and
interrupted runs as files · tensor_files: what any of these files is checked for.
"""

from wl2nas.models.promise import Model
from wl2nas.train.checkpoints import about, load_checkpoint, save_checkpoint
from wl2nas.train.loop import (
    Progress,
    epoch_order,
    fit,
    optimiser,
    over_devices,
    run_steps,
    start,
    update,
)
from wl2nas.train.settings import OURS, PUBLISHED, TrainConfig
from wl2nas.train.splits import split_class_aware, split_published, split_random
from wl2nas.train.tensor_files import named_tensors

__all__ = [
    "OURS",
    "PUBLISHED",
    "Model",
    "Progress",
    "TrainConfig",
    "about",
    "epoch_order",
    "fit",
    "load_checkpoint",
    "named_tensors",
    "optimiser",
    "over_devices",
    "run_steps",
    "save_checkpoint",
    "split_class_aware",
    "split_published",
    "split_random",
    "start",
    "update",
]
