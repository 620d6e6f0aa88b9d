"""Training: cells per second, and shares of the machine's own matmul rate."""

import dataclasses
import functools
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from experiments import reproduce
from experiments.bench.timing import cores, said_by, seconds
from wl2nas import latent, train
from wl2nas.models import arch2vec, cell_vae

CALL = 100  # steps of a compiled scan: so few that a warm-up is short, and the calls cost nothing


def new_arch2vec():
    return arch2vec.Arch2Vec(rngs=nnx.Rngs(0))


def new_ours():
    return cell_vae.CellVAE(rngs=nnx.Rngs(0))


def training_rate(model, config, space, steps: int, devices: int = 1) -> float:
    """Cells trained per second, after compilation."""
    rows, _ = train.split_published(len(space))
    config = dataclasses.replace(config, steps_per_call=min(config.steps_per_call, CALL))
    fit = functools.partial(
        train.fit, model, space, rows, config, devices=devices, progress_bar=False
    )
    fit(steps=config.steps_per_call)
    return steps * config.batch / seconds(lambda: fit(steps=steps), repeat=2)


def flops_of_a_step(model, config, space) -> float:
    """Floating-point operations of one training step, as XLA counts them."""
    rows = np.arange(config.batch)
    adjacency, ops = jnp.asarray(space.adjacency[rows]), jnp.asarray(space.ops[rows])
    graphdef, params, stats = nnx.split(model, nnx.Param, nnx.BatchStat)

    def loss(params):
        fresh = nnx.merge(graphdef, params, jax.tree.map(jnp.copy, stats))
        return fresh.objective(adjacency, ops, jax.random.key(0)).total

    cost = jax.jit(jax.grad(loss)).lower(params).compile().cost_analysis()
    return float(cost["flops"])


def matmul_rate(n: int = 1_024) -> float:
    """Floating-point operations per second of a large float32 product on one device."""
    a = jnp.ones((n, n))
    product = jax.jit(lambda a: a @ a @ a @ a)
    product(a).block_until_ready()
    return 3 * 2 * n**3 / seconds(lambda: product(a).block_until_ready(), repeat=10)


ON_ONE_CORE = """
import json, sys
from experiments.bench import training
from wl2nas import cells, train
rate = training.training_rate(
    training.new_ours(), train.OURS, cells.nasbench101(), int(sys.argv[1])
)
print(json.dumps([training.matmul_rate(), rate]))
"""


def on_one_core(steps: int) -> dict:
    """Matrix products and training of ours in a process that is held to one core."""
    if not cores():
        return {}
    matmul, ours = said_by(ON_ONE_CORE, str(steps), cores=1)
    return {"matmul_gflops_one_core": matmul / 1e9, "training_cells_per_s_ours_one_core": ours}


def bench(space, steps: int = 2_000, steps_of_ours: int = 300) -> dict:
    """arch2vec at batch 32, the scan and one step per call; ours at batch 256 on one core, on one
    device, whose products may use all cores, and on one device for every core."""
    peak, devices, rate = matmul_rate(), len(jax.devices()), "training_cells_per_s_"
    published, ours = train.PUBLISHED, train.OURS
    looped = dataclasses.replace(published, steps_per_call=1)
    scan = training_rate(new_arch2vec(), published, space, steps)
    loop = training_rate(new_arch2vec(), looped, space, steps // 10)
    together = training_rate(new_ours(), ours, space, steps_of_ours)
    found = {
        "matmul_gflops_one_device": peak / 1e9,
        rate + "scan": scan,
        f"baseline_{rate}one_step_per_call": loop,
        "ratio_training": scan / loop,
        **on_one_core(steps_of_ours),
        rate + "ours_one_device": together,
    }
    if devices > 1:  # as XLA_FLAGS has it, see `make bench`
        split = training_rate(new_ours(), ours, space, steps_of_ours, devices)
        found |= {f"{rate}ours_{devices}_devices": split, "ratio_ours_devices": split / together}
    flops = flops_of_a_step(new_arch2vec(), published, space) / published.batch
    found["share_of_matmul_rate_arch2vec"] = flops * scan / peak
    flops = flops_of_a_step(new_ours(), ours, space) / ours.batch
    found["share_of_matmul_rate_ours"] = flops * together / peak
    return found


def to_exact(space, goal: float = 0.999) -> dict:
    """One run of ours on one device: seconds of training until held-out cells are exact."""
    run = reproduce.Run("ours")
    _, training, held_out = reproduce.space_and_split("101", "published")
    _, config = run.settings
    fresh, probe = reproduce.new_model(run), space.take(held_out[: reproduce.PROBE])
    per_epoch, used, reached = len(training) // config.batch, 0.0, None
    with tempfile.TemporaryDirectory() as folder:
        for epoch in range(1, config.epochs + 1):
            used += seconds(
                lambda n=epoch: train.fit(
                    fresh, space, training, config, steps=n * per_epoch,
                    checkpoint=Path(folder) / "run", devices=1, progress_bar=False,
                )
            )  # fmt: skip
            exact = latent.exact_reconstruction(fresh, probe, padding=True)
            print(f"ours, epoch {epoch}: {used:.0f} s, exact {exact:.4f}", flush=True)
            reached = reached or (used if exact >= goal else None)
    return {"ours_to_999_exact_s": reached or float("nan"), "ours_whole_run_s": used}
