"""Training: one jitted scan over many steps, checkpoints that say what they are, exact resuming.

The step is a pure function of (weights, statistics, optimiser state, step number): noise and
dropout are drawn from the seed and the step number, and the order of the cells from the seed and
the epoch. A run that is interrupted and resumed therefore ends in the same weights, bit for bit.
"""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Bool, Float, Int, Int8
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from tqdm.auto import tqdm

from wl2nas import wl
from wl2nas.files import write_atomically
from wl2nas.models import arch2vec, cell_vae

FORMAT = "wl2nas checkpoint 1"
Model = arch2vec.Arch2Vec | cell_vae.CellVAE
Settings = arch2vec.Arch2VecConfig | cell_vae.CellVAEConfig
Objective = Callable[[Model], arch2vec.Loss]
# Which class a checkpoint is of, by the name that it bears; nothing else is made from a file.
_KINDS: dict[str, tuple[Callable[..., Model], type[Settings]]] = {
    "Arch2Vec": (arch2vec.Arch2Vec, arch2vec.Arch2VecConfig),
    "CellVAE": (cell_vae.CellVAE, cell_vae.CellVAEConfig),
}


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a training run. The defaults are the published code's on NAS-Bench-101.

    train_mode_lost: from the second epoch on the public code stays in evaluation mode: no
    dropout, no sampling noise, batch norm frozen. False restores training mode.
    reshuffle: False uses one permutation for every epoch, as published.
    schedule: "constant", or "cosine" from the learning rate down to zero over the epochs.
    """

    epochs: int = 8
    batch: int = 32
    learning_rate: float = 1e-3
    clip: float = 5.0
    seed: int = 0
    train_mode_lost: bool = True
    reshuffle: bool = False
    schedule: str = "constant"
    steps_per_call: int = 500

    def __post_init__(self):
        if self.schedule not in ("constant", "cosine"):
            raise ValueError(f'schedule must be "constant" or "cosine"; it is {self.schedule!r}')


# How the results train a CellVAE.
OURS = TrainConfig(
    epochs=16, batch=256, learning_rate=2e-3, train_mode_lost=False, reshuffle=True,
    schedule="cosine",
)  # fmt: skip


class Progress(NamedTuple):
    """Everything a run needs to go on: a pytree."""

    params: nnx.State
    stats: nnx.State
    opt_state: optax.OptState
    step: Int[Array, ""]


def split_published(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The "published" split: rows of the first nine tenths train, the last tenth is held out."""
    cut = int(n * 0.9)
    return np.arange(cut), np.arange(cut, n)


def split_random(n: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A random tenth of the rows held out."""
    return _hold_out(np.arange(n), n - int(n * 0.9), seed)


def split_class_aware(space, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The "class-aware" split: no held-out cell shares its skeleton with a training cell.

    Classes of equal colours on A + A^T, a random tenth of them, are held out as a whole.
    """
    *_, codes = wl.space_codes(space, direction="undirected", rounds=space.ops.shape[1] - 1)
    classes, member = np.unique(codes, return_inverse=True)
    return _hold_out(member, len(classes) - int(len(classes) * 0.9), seed)


def _hold_out(member: np.ndarray, held: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training rows and the rows of ``held`` random groups, ``member`` the group of every row."""
    chosen = np.random.default_rng(seed).permutation(member.max() + 1)[:held]
    out = np.isin(member, chosen)
    return np.flatnonzero(~out), np.flatnonzero(out)


def optimiser(config: TrainConfig, total_steps: int) -> optax.GradientTransformation:
    """Clip by the global norm, then Adam."""
    rate = config.learning_rate
    if config.schedule == "cosine":
        rate = optax.cosine_decay_schedule(rate, total_steps)
    return optax.chain(optax.clip_by_global_norm(config.clip), optax.adam(rate))


def update(
    graphdef, descent: optax.GradientTransformation, progress: Progress, objective: Objective
) -> tuple[Progress, arch2vec.Loss]:
    """One step of gradient descent on ``objective(model)``; the new progress and the loss parts."""

    def total(params):
        # A copy: NNX lets a variable change only inside the trace that made it.
        model = nnx.merge(graphdef, params, jax.tree.map(jnp.copy, progress.stats))
        parts = objective(model)
        return parts.total, (parts, nnx.state(model, nnx.BatchStat))

    gradient, (parts, stats) = jax.grad(total, has_aux=True)(progress.params)
    updates, opt_state = descent.update(gradient, progress.opt_state, progress.params)
    params = optax.apply_updates(progress.params, updates)
    return Progress(params, stats, opt_state, progress.step + 1), parts


@functools.partial(
    jax.jit, static_argnames=("graphdef", "config", "total_steps", "training"), donate_argnums=3
)
def run_steps(
    graphdef,
    config: TrainConfig,
    total_steps: int,
    progress: Progress,
    adjacency: Bool[Array, "N V V"],
    ops: Int8[Array, "N V"],
    batches: Int[Array, "S B"],
    training: bool,
) -> tuple[Progress, arch2vec.Loss]:
    """Scan over S batches of row numbers; returns the loss parts of every step."""
    descent = optimiser(config, total_steps)

    def step(progress, rows):
        key = jax.random.fold_in(jax.random.key(config.seed), progress.step)
        return update(
            graphdef, descent, progress,
            lambda model: model.objective(adjacency[rows], ops[rows], key if training else None),
        )  # fmt: skip

    return jax.lax.scan(step, progress, batches)


def over_devices(batch: int, devices: int | None = None) -> tuple[NamedSharding, NamedSharding]:
    """How batches are split, and everything else copied, over the devices of this machine.

    All of them, or the first ``devices``, as far as they divide the batch evenly: accelerators, or
    the cores of a processor where XLA_FLAGS holds --xla_force_host_platform_device_count. The
    losses are those of one device up to rounding, since a mean is taken over the whole batch.
    """
    available = jax.devices()[:devices]
    count = max(n for n in range(1, len(available) + 1) if batch % n == 0)
    mesh = Mesh(np.array(available[:count]), ("cells",))
    return NamedSharding(mesh, PartitionSpec(None, "cells")), NamedSharding(mesh, PartitionSpec())


def epoch_order(config: TrainConfig, rows: np.ndarray, epoch: int) -> Int[np.ndarray, "S B"]:
    """The rows in the order in which this epoch sees them, batch by batch; the rest is dropped."""
    seed = (config.seed, epoch if config.reshuffle else 0)
    order = np.random.default_rng(seed).permutation(rows)
    steps = len(order) // config.batch
    if steps == 0:
        raise ValueError(f"rows: {len(rows)} cells do not fill one batch of {config.batch}")
    return order[: steps * config.batch].reshape(steps, config.batch)


def fit(
    model: Model,
    space,
    rows: np.ndarray,
    config: TrainConfig | None = None,
    *,
    steps: int | None = None,
    checkpoint: Path | None = None,
    devices: int | None = None,
    progress_bar: bool = True,
) -> Float[np.ndarray, "S 3"]:
    """Train ``model`` in place on these rows of a space; returns the loss parts of every step.

    Without a config as published for arch2vec, as ``OURS`` for a CellVAE.
    ``steps`` ends the run early. ``checkpoint`` names a file that is written after every call of
    the compiled scan and, if it is there already, resumed from. ``devices``: see ``over_devices``,
    which says how the batches are split. A loss or a weight that is not
    finite raises FloatingPointError with the step; the last good checkpoint stays.
    """
    config = config or (OURS if isinstance(model, cell_vae.CellVAE) else TrainConfig())
    if isinstance(model, cell_vae.CellVAE) and config.train_mode_lost:
        raise ValueError("train_mode_lost is arch2vec's; a CellVAE would never be blurred: False")
    _check_rows(rows, len(space))
    _check_space(space, model.config)
    orders = functools.cache(lambda epoch: epoch_order(config, rows, epoch))
    per_epoch = len(orders(0))
    whole_run = config.epochs * per_epoch
    total = whole_run if steps is None else steps
    progress, history = _start(model, config, whole_run), np.zeros((0, 3), np.float32)
    if checkpoint is not None and Path(checkpoint).exists():
        progress, history = _resume(Path(checkpoint), model, config, rows, progress)
    split, everywhere = over_devices(config.batch, devices)
    progress = jax.device_put(progress, everywhere)
    adjacency, ops = jax.device_put(
        (np.asarray(space.adjacency), np.asarray(space.ops)), everywhere
    )
    done = int(progress.step)
    silent = not progress_bar or done >= total
    with tqdm(total=total, initial=done, disable=silent, unit="step") as bar:
        while done < total:
            epoch, offset = divmod(done, per_epoch)
            last = min(offset + config.steps_per_call, per_epoch, offset + total - done)
            training = epoch == 0 or not config.train_mode_lost
            model.train() if training else model.eval()
            progress, parts = run_steps(
                nnx.graphdef(model), config, whole_run, progress, adjacency, ops,
                jax.device_put(orders(epoch)[offset:last], split), training,
            )  # fmt: skip
            parts = np.stack(parts, axis=1)
            _check_finite(parts, progress, done)
            history = np.concatenate([history, parts])
            bar.update(last - offset)
            bar.set_postfix(loss=f"{parts.sum(axis=1).mean():.4f}")
            done = int(progress.step)
            if checkpoint is not None:
                _save_progress(Path(checkpoint), model, config, rows, progress, history)
    nnx.update(model, progress.params, progress.stats)
    model.eval()
    return history


def _check_rows(rows: np.ndarray, n: int):
    if rows.dtype.kind not in "iu" or rows.size == 0 or rows.min() < 0 or rows.max() >= n:
        raise ValueError(f"rows must be row numbers 0..{n - 1} of the space; they are {rows}")


def _check_space(space, settings: Settings):
    """Indices beyond an array's end raise nothing in JAX: a wrong number would go unnoticed."""
    if (n := space.ops.shape[1]) != settings.vertices:
        raise ValueError(f"the space has {n} vertices, padding included; the model was made with "
                         f"vertices={settings.vertices}")  # fmt: skip
    if (code := int(space.ops.max())) >= settings.operations:
        raise ValueError(f"the space holds the operation code {code}; the model was made with "
                         f"operations={settings.operations}")  # fmt: skip


def _check_finite(parts, progress: Progress, done: int):
    """Before a file is written: no loss of the last steps and no tensor may be NaN or infinite."""
    good = np.isfinite(parts).all(axis=1)
    if not good.all():
        bad = int(np.argmin(good))
        raise FloatingPointError(
            f"the loss is {parts[bad]} (operations, adjacency, KL) at step {done + bad}; "
            "lower the learning rate or look at the input"
        )
    for name, tensor in named_tensors(progress).items():
        if not np.isfinite(tensor).all():
            raise FloatingPointError(
                f"{name} is not finite after step {done + len(parts) - 1}; lower the learning rate"
            )


def _start(model: Model, config: TrainConfig, total_steps: int) -> Progress:
    # Copies: the compiled scan donates its arguments, and the model must survive a failure.
    params, stats = jax.tree.map(jnp.copy, nnx.state(model, nnx.Param, nnx.BatchStat))
    return Progress(
        params, stats, optimiser(config, total_steps).init(params), jnp.zeros((), jnp.int32)
    )


# --- files --------------------------------------------------------------------------------------


def named_tensors(tree) -> dict[str, np.ndarray]:
    """The leaves of a pytree by their path, without the last step that NNX versions differ in."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    names = [jax.tree_util.keystr(path, simple=True, separator="/") for path, _ in leaves]
    return {
        name.removesuffix("/value"): np.asarray(leaf)
        for name, (_, leaf) in zip(names, leaves, strict=True)
    }


def save_checkpoint(path, model: Model, **about: str):
    """Write weights and statistics as safetensors, with the model's name and settings.

    ``about`` adds notes to the file's metadata: how it was trained, for how long.
    """
    _write(Path(path), nnx.state(model, nnx.Param, nnx.BatchStat), model, about)


def load_checkpoint(path, config: Settings | None = None) -> Model:
    """The model that a checkpoint holds, in evaluation mode.

    With ``config`` the file must have been written for exactly these settings. Raises
    FileNotFoundError, or ValueError that says what is wrong with the file.
    """
    metadata, tensors = _read(Path(path))
    if isinstance(metadata.get("training"), dict):
        raise ValueError(f"{path} is an unfinished run; finish it with fit(checkpoint=...)")
    kind, settings = _KINDS[metadata["model"]]
    if config is not None and type(config) is not settings:
        raise ValueError(
            f"{path} holds a {metadata['model']}, but config is a {type(config).__name__}"
        )
    stored = _stored(path, settings, metadata["config"])
    _check_settings(path, stored, config or stored)
    model = kind(stored, rngs=nnx.Rngs(0))
    states = nnx.state(model, nnx.Param, nnx.BatchStat)
    nnx.update(model, *_fill(path, states, tensors))
    model.eval()
    return model


def about(path) -> dict:
    """What a checkpoint says of itself: its model, settings, and the notes saved with it."""
    return _read(Path(path))[0]


def _write(path: Path, tree, model, about: dict):
    header = {
        "format": FORMAT,
        "model": type(model).__name__,
        "config": dataclasses.asdict(model.config),
        **about,
    }
    tensors = {name: np.array(leaf, order="C") for name, leaf in named_tensors(tree).items()}
    write_atomically(path, save(tensors, metadata={"wl2nas": json.dumps(header)}))


def _read(path: Path) -> tuple[dict, dict[str, np.ndarray]]:
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = json.loads((file.metadata() or {}).get("wl2nas", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(
            f"{path} is corrupt or truncated ({error}); fetch or train it again"
        ) from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path} is a safetensors file, but not a {FORMAT!r}")
    if metadata["model"] not in _KINDS:
        raise ValueError(f"{path} holds a {metadata['model']}, none of {sorted(_KINDS)}")
    return metadata, tensors


def _stored(path, kind, settings: dict):
    """Settings from a file; one that is younger than the file takes its default."""
    if odd := sorted(set(settings) - {field.name for field in dataclasses.fields(kind)}):
        raise ValueError(f"{path} has the unknown setting {odd[0]!r}; update wl2nas to read it")
    return kind(**settings)


def _check_settings(path, settings: Settings | TrainConfig, config: Settings | TrainConfig):
    for name, wanted in dataclasses.asdict(config).items():
        if (stored := getattr(settings, name)) != wanted:
            raise ValueError(f"{path} was written with {name}={stored!r}, not {name}={wanted!r}")


def _fill(path, tree, tensors: dict[str, np.ndarray]):
    """The same pytree with its leaves from ``tensors``; ValueError names what does not fit."""
    wanted = named_tensors(tree)
    if odd := sorted(set(wanted) ^ set(tensors)):
        raise ValueError(f"{path} and the model disagree on the tensor {odd[0]!r}")
    for name, leaf in wanted.items():
        if tensors[name].shape != leaf.shape:
            raise ValueError(f"{path}: {name} is {tensors[name].shape}, expected {leaf.shape}")
        if not np.isfinite(tensors[name]).all():
            raise ValueError(f"{path}: {name} holds NaN or infinity")
    leaves = [jnp.asarray(tensors[name]) for name in wanted]
    return jax.tree.unflatten(jax.tree.structure(tree), leaves)


def _fingerprint(rows) -> str:
    """Which cells a run trains on, so that it is not resumed on others."""
    return hashlib.sha256(np.asarray(rows, np.int64).tobytes()).hexdigest()


def _save_progress(path, model, config, rows, progress: Progress, history):
    about = {"training": dataclasses.asdict(config), "rows": _fingerprint(rows)}
    _write(path, {"progress": progress, "history": history}, model, about)


def _resume(path, model, config, rows, progress: Progress):
    metadata, tensors = _read(path)
    if not isinstance(metadata.get("training"), dict):
        raise ValueError(f"{path} is a finished model, no run to resume; name another checkpoint")
    if metadata["model"] != type(model).__name__:
        raise ValueError(
            f"{path} is a run of a {metadata['model']}, not of a {type(model).__name__}"
        )
    _check_settings(path, _stored(path, type(model.config), metadata["config"]), model.config)
    _check_settings(path, _stored(path, TrainConfig, metadata["training"]), config)
    if metadata.get("rows") != _fingerprint(rows):
        raise ValueError(f"{path} is of a run on other rows; name another checkpoint")
    steps = int(tensors.get("progress/step", 0))
    filled = _fill(path, {"progress": progress, "history": np.zeros((steps, 3))}, tensors)
    return filled["progress"], np.asarray(filled["history"])
