"""Small models of every kind, a small space, and runs on it: for tests of training and files."""

import dataclasses
import functools
import inspect

import numpy as np
from flax import nnx

from wl2nas import cells, train
from wl2nas.models import arch2vec, cell_vae

SPACE = cells.nasbench101().take(np.arange(0, 400_000, 4_000))
ROWS = np.arange(len(SPACE))
SMALL = arch2vec.Arch2VecConfig(hidden=16, latent=4, layers=1)
OURS = cell_vae.CellVAEConfig(
    width=16, latent=4, hidden=40, layers=1, kl_weight=0.02, blurred=0.25, exact=0.25
)
# Two epochs of six steps.
CONFIG = dataclasses.replace(train.PUBLISHED, epochs=2, batch=16, steps_per_call=2)
COSINE = dataclasses.replace(CONFIG, learning_rate=1e-2, schedule="cosine", train_mode_lost=False)
# Every kind of model, small, and the settings that it is trained with.
KINDS = {
    "Arch2Vec": (lambda: arch2vec.Arch2Vec(SMALL, rngs=nnx.Rngs(0)), CONFIG),
    "CellVAE": (lambda: cell_vae.CellVAE(OURS, rngs=nnx.Rngs(0)), COSINE),
}


def plainly(kind, **settings):
    """The settings as a reader makes them, without the type checks of the tests in front."""
    made = object.__new__(kind)
    inspect.unwrap(kind.__init__)(made, **settings)
    return made


def new_model(kind="Arch2Vec"):
    return KINDS[kind][0]()


def fit(model, config=None, rows=ROWS, **settings):
    config = config or KINDS[type(model).__name__][1]
    return train.fit(model, SPACE, rows, config, progress_bar=False, **settings)


def tensors(model, *kinds):
    return train.named_tensors(nnx.state(model, *(kinds or (nnx.Param, nnx.BatchStat))))


def unequal(a, b, *kinds):
    """Names of the tensors in which two models differ, if only in one bit."""
    a, b = tensors(a, *kinds), tensors(b, *kinds)
    assert a.keys() == b.keys()
    return [name for name in a if a[name].tobytes() != b[name].tobytes()]


@functools.cache
def whole_run(kind):
    """A run without interruption, and its history."""
    model = new_model(kind)
    return model, fit(model)
