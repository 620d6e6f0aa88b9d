"""Checkpoints: a model, or a run that is to be resumed, as one file that says what it is.

Both name the class of the model and hold its settings; a run also holds those of the training,
which cells it trains on, the state of the optimiser and the loss of every step so far. What is read
back is checked by name, type and range before a model is made of it; see ``tensor_files``.
"""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from wl2nas._settings import read_fields
from wl2nas.models import kinds
from wl2nas.models.promise import Model, check_model
from wl2nas.train import tensor_files
from wl2nas.train.settings import TrainConfig

_OURS = ("format", "model", "config", "training", "rows", "sha256")
_CHANGES_NOTHING = ("steps_per_call",)  # settings that a run may be resumed without

# --- models -------------------------------------------------------------------------------------


def save_checkpoint(path, model: Model, **about: str):
    """Write weights and statistics as safetensors, with the model's name and settings.

    ``about`` adds notes to the file's metadata: how it was trained, for how long. A folder that is
    missing is made. ValueError, and no file, for what could not be read back.
    """
    for name, note in about.items():
        if name in _OURS or not isinstance(note, str):
            raise ValueError(f"about: the note {name!r} must be a text under a name of its own, "
                             f"none of {_OURS}")  # fmt: skip
    states, header = model_states(model), _header(model)
    tensor_files.write(writable(path), header | about, states)


def load_checkpoint(path, config: Any = None, *, kind: type | None = None) -> Model:
    """The model that a checkpoint holds, in evaluation mode.

    With ``config`` the file must have been written for exactly these settings. ``kind`` is the
    class of a model of your own, unless ``models.register`` was told of it. Raises
    FileNotFoundError, or ValueError that says what is wrong with the file.

    >>> from wl2nas import models
    >>> model = models.Arch2Vec(models.Arch2VecConfig(hidden=8, latent=4), rngs=nnx.Rngs(0))
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/small.safetensors", model, made_by="an example")
    ...     load_checkpoint(f"{folder}/small.safetensors").config == model.config
    True
    """
    path = Path(path)
    header = tensor_files.read_header(path)
    if "training" in header:
        raise ValueError(f"{path} is an unfinished run; finish it with fit(checkpoint=...)")
    model, settings = _kind(path, header, config, kind)
    stored = _stored(path, settings, header.get("config"))
    _check_settings(path, stored, stored if config is None else config)
    made = _with_file(path, lambda: nnx.eval_shape(lambda: model(stored, rngs=nnx.Rngs(0))))
    states = tensor_files.read(path, header, model_states(made))
    nnx.update(made, *jax.tree.map(jnp.asarray, states))
    made.eval()
    return made


def about(path) -> dict:
    """What a checkpoint says of itself: its model, settings, and the notes saved with it."""
    return tensor_files.read_header(Path(path))


def model_states(model: Model):
    """The states of weights and running statistics; TypeError if the model keeps anything else."""
    _, params, stats, rest = nnx.split(model, nnx.Param, nnx.BatchStat, ...)
    if odd := tensor_files.names_of(rest):
        raise TypeError(
            f"the {type(model).__name__} keeps {odd[0]!r}, which is neither nnx.Param nor "
            "nnx.BatchStat: draw noise from the key that objective is given, and compute constants "
            "from the config"
        )
    return params, stats


def _header(model: Model) -> dict:
    """Which class, with which settings; ValueError if they could not be read back from a file."""
    check_model(model)
    name, config = type(model).__name__, model.config
    known = kinds.known(name)
    if known is not None and not kinds.same(known.model, type(model)):
        raise ValueError(f"another model is called {name}; give this class its own name")
    if not dataclasses.is_dataclass(config):
        raise ValueError(f"the config of a {name} must be a dataclass; it is {config!r}")
    written = dataclasses.asdict(config)  # type: ignore[arg-type]
    try:
        given_back = read_fields(type(config), tensor_files.as_in_a_file(written))
    except TypeError:  # nothing that JSON knows
        given_back = None
    if given_back != config:
        raise ValueError(f"a file would not give back {config}; settings are numbers, texts, True, "
                         "False, None and tuples of them")  # fmt: skip
    return {"model": name, "config": written}


def _kind(path: Path, header: dict, config, model: type | None) -> kinds.Kind:
    """The class to make, and its settings: the one that is passed, or a registered one."""
    name = header.get("model", "model without a name")
    if model is not None:
        if model.__name__ != name:
            raise ValueError(f"{path} holds a {name}, but kind is {model.__name__}")
        return kinds.Kind(model, kinds.settings_of(model) if config is None else type(config))
    if (known := kinds.known(name)) is None:
        raise ValueError(f"{path} holds a {name}, none of {kinds.names()}; pass its class as kind, "
                         "or register it by models.register")  # fmt: skip
    if config is not None and type(config) is not known.settings:
        raise ValueError(f"{path} holds a {name}, but config is a {type(config).__name__}")
    return known


def _with_file(path: Path, make):
    """What ``make`` gives; its ValueErrors with the name of the file in front."""
    try:
        return make()
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _stored(path: Path, settings: type, stored):
    return _with_file(path, lambda: read_fields(settings, stored))


def _check_settings(path: Path, stored, config):
    for name, wanted in dataclasses.asdict(config).items():
        if name not in _CHANGES_NOTHING and (found := getattr(stored, name)) != wanted:
            raise ValueError(f"{path} was written with {name}={found!r}, not {name}={wanted!r}")


def writable(path) -> Path:
    """The path, its folder made if it is missing; ValueError for what no file can be written to."""
    path = Path(path)
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is a folder or a device; name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"the folder of {path} cannot be made: {error}") from error
    return path


# --- runs ---------------------------------------------------------------------------------------


def check_run(model: Model, path) -> Path:
    """Before the first step: a run of this model can be written to this path and resumed."""
    _header(model)
    return writable(path)


def save_progress(path: Path, model: Model, config: TrainConfig, rows, progress, history):
    """Write everything that a run needs to go on."""
    header = {"training": dataclasses.asdict(config), "rows": _fingerprint(rows)}
    tensor_files.write(path, _header(model) | header, {"progress": progress, "history": history})


def resume(path: Path, model: Model, config: TrainConfig, rows, progress, total_steps: int):
    """The progress and history of a run; ValueError unless it is a run of this model on these rows.

    ``progress`` is that of a fresh run of ``total_steps``, which says what the file must hold.
    """
    header = tensor_files.read_header(path)
    if "training" not in header:
        raise ValueError(f"{path} is a finished model, no run to resume; name another checkpoint")
    if header.get("model") != type(model).__name__:
        raise ValueError(
            f"{path} is a run of a {header.get('model')}, not of a {type(model).__name__}"
        )
    _check_settings(path, _stored(path, type(model.config), header.get("config")), model.config)
    _check_settings(path, _stored(path, TrainConfig, header["training"]), config)
    if header.get("rows") != _fingerprint(rows):
        raise ValueError(f"{path} is of a run on other rows; name another checkpoint")
    shape = tensor_files.shape_of(path, "history") or (0,)
    history = jax.ShapeDtypeStruct((min(shape[0], total_steps), 3), np.dtype(np.float32))
    found = tensor_files.read(path, header, {"progress": progress, "history": history})
    _check_counters(path, found)
    return jax.tree.map(jnp.asarray, found["progress"]), found["history"]


def _check_counters(path: Path, run: dict):
    """The step, and what the optimiser counted, are the length of the history."""
    steps = len(run["history"])
    for name, leaf in tensor_files.named_tensors(run).items():
        if name.split("/")[-1] in ("step", "count") and leaf.dtype.kind == "i" and leaf != steps:
            raise ValueError(f"{path}: {name} is {leaf}, but the history has {steps} steps")


def _fingerprint(rows) -> str:
    """Which cells a run trains on, so that it is not resumed on others."""
    return hashlib.sha256(np.asarray(rows, np.int64).tobytes()).hexdigest()
