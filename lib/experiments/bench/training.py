"""Training and the latent space: cells per second, and shares of the machine's own matmul rate."""

import dataclasses
import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from experiments import reproduce
from experiments.bench.timing import seconds
from wl2nas import latent, train
from wl2nas.models import arch2vec, cell_vae


def training_rate(new_model, config, space, steps: int, devices: int) -> float:
    """Cells trained per second, after compilation."""
    rows, _ = train.split_published(len(space))
    fresh = new_model()
    fit = functools.partial(
        train.fit, fresh, space, rows, config, devices=devices, progress_bar=False
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


def on_one_core() -> dict:
    """Matrix products and training of ours in a process that is held to one core (Linux only)."""
    if not hasattr(os, "sched_setaffinity"):
        return {}
    code = (
        "import json, os; os.sched_setaffinity(0, {0}); from experiments.bench import training; "
        "from wl2nas import cells; ours = training.rate_of_ours(cells.nasbench101(), 1); "
        "print(json.dumps([training.matmul_rate(), ours]))"
    )
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment,
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    matmul, ours = json.loads(run.stdout)
    return {"matmul_gflops_one_core": matmul / 1e9, "training_cells_per_s_ours_one_core": ours}


def rate_of_ours(space, devices: int) -> float:
    """Cells per second at batch 256."""
    new_model = functools.partial(cell_vae.CellVAE, rngs=nnx.Rngs(0))
    return training_rate(new_model, train.OURS, space, 1_000, devices)


def bench_training(space) -> dict:
    """arch2vec at batch 32, the scan and one step per call; ours at batch 256 on one core, on one
    device, whose products may use all cores, and on one device for every core."""
    published, cores = train.PUBLISHED, len(jax.devices())
    looped = dataclasses.replace(published, steps_per_call=1)
    published_model = functools.partial(arch2vec.Arch2Vec, rngs=nnx.Rngs(0))
    peak, rate, split = matmul_rate(), "training_cells_per_s_", f"ours_{cores}_devices"
    found = {
        "matmul_gflops_one_device": peak / 1e9,
        rate + "scan": training_rate(published_model, published, space, 4_000, 1),
        f"baseline_{rate}one_step_per_call": training_rate(published_model, looped, space, 400, 1),
        **on_one_core(),
        rate + "ours_one_device": rate_of_ours(space, 1),
        rate + split: rate_of_ours(space, cores),
    }
    found["ratio_training"] = found[rate + "scan"] / found[f"baseline_{rate}one_step_per_call"]
    found["ratio_ours_devices"] = found[rate + split] / found[rate + "ours_one_device"]
    per_cell = flops_of_a_step(published_model(), published, space) / published.batch
    found["share_of_matmul_rate_arch2vec"] = per_cell * found[rate + "scan"] / peak
    ours = cell_vae.CellVAE(rngs=nnx.Rngs(0))
    per_cell = flops_of_a_step(ours, train.OURS, space) / train.OURS.batch
    found["share_of_matmul_rate_ours"] = per_cell * found[rate + "ours_one_device"] / peak
    return found


def bench_public_step(space, seconds_: float = 30.0) -> dict:
    """Cells per second of arch2vec's public training step, and of our port in turn with it.

    The better of two turns each; nothing where PyTorch is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        return {}
    from experiments import public_step  # it needs PyTorch, which is not in the lock

    some = space.take(np.arange(train.PUBLISHED.batch * 1_000))
    operations = some.ops[:, :, None] == np.arange(arch2vec.Arch2VecConfig().operations)
    port = functools.partial(arch2vec.Arch2Vec, rngs=nnx.Rngs(0))
    rate, public, ours = "training_cells_per_s_", {1: 0.0, 2: 0.0}, 0.0
    for _ in range(2):
        ours = max(ours, training_rate(port, train.PUBLISHED, space, 8_000, 1))
        for threads, best in public.items():
            found = public_step.cells_per_second(
                some.adjacency, operations, threads=threads, seconds=seconds_
            )
            public[threads] = max(best, found)
    return {
        f"{rate}port_beside_public": ours,
        f"baseline_{rate}public_one_thread": public[1],
        f"baseline_{rate}public_two_threads": public[2],
        "ratio_public": ours / max(public.values()),
    }


def bench_latent(space) -> dict:
    """Encoding and greedy decoding of the whole space, compilation left out."""
    found = {}
    for name, fresh in {
        "arch2vec": arch2vec.Arch2Vec(rngs=nnx.Rngs(0)),
        "ours": cell_vae.CellVAE(rngs=nnx.Rngs(0)),
    }.items():
        mean = np.asarray(latent.posterior(fresh, space).mean)
        latent.decode(fresh, mean)
        found[f"encode_all_cells_s_{name}"] = seconds(
            lambda m=fresh: latent.embed(m, space), repeat=2
        )
        found[f"decode_all_cells_s_{name}"] = seconds(
            lambda m=fresh, z=mean: latent.decode(m, z), repeat=2
        )
    return found


def ours_to_exact(space, goal: float = 0.999) -> dict:
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
