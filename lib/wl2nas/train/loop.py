"""Training: one jitted scan over many steps, and exact resuming.

The step is a pure function of (weights, statistics, optimiser state, step number): noise and
dropout are drawn from the seed and the step number, and the order of the cells from the seed and
the epoch. A run that is interrupted and resumed therefore ends in the same weights, bit for bit.
"""

import functools
import reprlib
from collections.abc import Callable
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Array, Bool, Float, Int
from tqdm.auto import tqdm

from wl2nas._settings import Count, Range, checked
from wl2nas.models.inputs import fitting
from wl2nas.models.promise import Loss, Model, check_model, copy_in_mode, habits_of
from wl2nas.train import checkpoints, hosts
from wl2nas.train.settings import TrainConfig, default_for
from wl2nas.train.tensor_files import named_tensors

Objective = Callable[[Model], Loss]


class Progress(NamedTuple):
    """Everything a run needs to go on: a pytree."""

    params: nnx.State
    stats: nnx.State
    opt_state: optax.OptState
    step: Int[Array, ""]


def optimiser(config: TrainConfig, total_steps: int) -> optax.GradientTransformation:
    """Clip by the global norm, then Adam."""
    rate = config.learning_rate
    if config.schedule == "cosine":
        rate = optax.cosine_decay_schedule(rate, total_steps)
    return optax.chain(optax.clip_by_global_norm(config.clip), optax.adam(rate))


def update(
    graphdef, descent: optax.GradientTransformation, progress: Progress, objective: Objective
) -> tuple[Progress, Loss]:
    """One step of gradient descent on ``objective(model)``; the new progress and the loss parts."""

    def total(params):
        # A copy: NNX lets a variable change only inside the trace that made it.
        model = nnx.merge(graphdef, params, jax.tree.map(jnp.copy, progress.stats))
        parts = objective(model)
        if not isinstance(parts, Loss):
            raise TypeError(f"objective must return a Loss; it returned a {type(parts).__name__}")
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
    ops: Int[Array, "N V"],
    batches: Int[Array, "S B"],
    training: bool,
) -> tuple[Progress, Loss]:
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
    losses are those of one device up to rounding, since a mean is taken over the whole batch. After
    `jax.distributed.initialize` the devices are those of all hosts, each of which must have one.
    """
    batch, devices = checked("batch", batch, Count), checked("devices", devices, Count | None)
    available = jax.devices()[:devices]
    count = max(n for n in range(1, len(available) + 1) if batch % n == 0)
    hosts.none_is_left_out(available[:count], batch)
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
    rows,
    config: TrainConfig | None = None,
    *,
    steps: int | None = None,
    checkpoint=None,
    devices: int | None = None,
    progress_bar: bool = True,
) -> Float[np.ndarray, "S 3"]:
    """Train ``model`` in place on these rows of a space, and leave it in evaluation mode.

    rows: row numbers, in an array or any sequence. space: anything that ``inputs.fitting`` takes.
    config: the settings; without, those that the model has as its habit: ``PUBLISHED`` for
        arch2vec, ``OURS`` for a CellVAE, ``TrainConfig()`` where it has none.
    steps: ends the run early, after so many steps; the learning rate falls as in the whole run.
    checkpoint: a file that is written after every call of the compiled scan and, if it is there
        already, resumed from; its folder is made. It may be resumed with another
        ``steps_per_call`` (bit for bit) or other devices (up to rounding). If it is further on than
        ``steps``, the model gets its later weights and nothing is trained.
    devices: at most so many, see ``over_devices``. Several hosts call this alike, with a checkpoint
        in a folder that all of them share; the first one writes it.

    Returns the parts of the loss (operations, adjacency, KL; in nats) of every step since the start
    of the run, those before an interruption included. A loss or a weight that is not finite raises
    FloatingPointError with the step; the model and the last good checkpoint stay as they were.
    ValueError names what does not fit together, before the first step.

    >>> from wl2nas import cells, models
    >>> model = models.CellVAE(models.CellVAEConfig(width=8, latent=4, hidden=28), rngs=nnx.Rngs(0))
    >>> space = cells.nasbench101().take(np.arange(0, 400_000, 4_000))
    >>> fit(model, space, range(90), TrainConfig(epochs=2), progress_bar=False).shape
    (4, 3)
    """
    check_model(model)
    config = _settings(model, config)
    space = fitting(model.config, space)
    rows = _row_numbers(rows, len(space.ops))
    steps = checked("steps", steps, Annotated[int, Range(0)] | None)
    split, everywhere = over_devices(config.batch, devices)
    orders = functools.lru_cache(1)(functools.partial(epoch_order, config, rows))
    per_epoch = len(orders(0))
    whole_run = config.epochs * per_epoch
    total = whole_run if steps is None else min(steps, whole_run)
    if checkpoint is not None:
        checkpoint = checkpoints.check_run(model, checkpoint)
    progress, history = _begin(model, config, rows, checkpoint, whole_run)
    modes = {training: nnx.graphdef(copy_in_mode(model, training)) for training in (True, False)}
    progress, adjacency, ops = jax.device_put(
        (progress, np.asarray(space.adjacency, bool), np.asarray(space.ops)), everywhere
    )
    done = int(progress.step)
    silent = not progress_bar or done >= total
    with tqdm(total=total, initial=done, disable=silent, unit="step") as bar:
        for epoch, first, last in _calls(config, per_epoch, done, total):
            training = epoch == 0 or not config.train_mode_lost
            progress, parts = run_steps(
                modes[training], config, whole_run, progress, adjacency, ops,
                jax.device_put(orders(epoch)[first:last], split), training,
            )  # fmt: skip
            parts = np.stack(parts, axis=1)
            _check_finite(parts, progress, len(history))
            history = np.concatenate([history, parts])
            bar.update(last - first)
            bar.set_postfix(loss=f"{parts.sum(axis=1).mean():.4f}")
            if checkpoint is not None:
                if hosts.first():
                    checkpoints.save_progress(checkpoint, model, config, rows, progress, history)
                hosts.wait_for_all(str(checkpoint))
    nnx.update(model, *hosts.own((progress.params, progress.stats)))
    model.eval()
    return history


def _calls(config: TrainConfig, per_epoch: int, done: int, total: int):
    """The epoch of every call of the scan, and the steps within it from the first to the last."""
    while done < total:
        epoch, first = divmod(done, per_epoch)
        last = min(first + config.steps_per_call, per_epoch, first + total - done)
        yield epoch, first, last
        done += last - first


def _begin(model: Model, config: TrainConfig, rows, checkpoint, total_steps: int):
    """Progress and history of a run that starts, or goes on from its checkpoint."""
    fresh = start(model, config, total_steps)
    run = fresh, np.zeros((0, 3), np.float32)
    if checkpoint is not None and checkpoint.exists():
        run = checkpoints.resume(checkpoint, model, config, rows, fresh, total_steps)
    hosts.agree(len(run[1]), f"steps done; all must read one {checkpoint} in a folder they share")
    return run


def _settings(model, config) -> TrainConfig:
    config = default_for(model) if config is None else config
    if not isinstance(config, TrainConfig):
        raise TypeError(f"config must be a TrainConfig; it is a {type(config).__name__}")
    if config.train_mode_lost and not habits_of(model).may_lose_training_mode:
        raise ValueError(f"train_mode_lost is arch2vec's; a {type(model).__name__} is not made for "
                         "it: set train_mode_lost=False")  # fmt: skip
    return config


def _row_numbers(rows, n: int) -> Int[np.ndarray, " M"]:
    """Rows in any integer sequence as an array; they may repeat."""
    try:
        found = np.asarray(rows)
    except ValueError:  # rows of several lengths
        found = np.zeros(0)
    good = found.ndim == 1 and found.size > 0 and found.dtype.kind in "iu"
    if not good or found.min() < 0 or found.max() >= n:
        raise ValueError(
            f"rows must be row numbers 0..{n - 1} of the space, at least one; they are "
            f"{reprlib.repr(rows)} (np.flatnonzero(mask) are those of a mask)"
        )
    return found.astype(np.int64)


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


def start(model: Model, config: TrainConfig, total_steps: int) -> Progress:
    """The progress of a run before its first step."""
    # Copies: the compiled scan donates its arguments, and the model must survive a failure.
    params, stats = jax.tree.map(jnp.copy, checkpoints.model_states(model))
    return Progress(
        params, stats, optimiser(config, total_steps).init(params), jnp.zeros((), jnp.int32)
    )
