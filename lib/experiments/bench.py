"""`make bench`: speed, as ratios against named baselines measured in the same run.

Run it on an idle machine; the load is recorded. Baselines over a sample are scaled to the space.
"""

import base64
import dataclasses
import functools
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
from flax import nnx

from course.results import load_average, record
from experiments import reproduce
from wl2nas import cells, files, latent, train, wl
from wl2nas.benchmarks import tfrecord
from wl2nas.models import arch2vec, cell_vae

SAMPLE = 10_000


def seconds(call, repeat: int = 1) -> float:
    """The shortest wall time of ``repeat`` calls."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def networkx_hash(cell: cells.Cell) -> str:
    """The per-graph baseline: networkx's own Weisfeiler-Lehman hash, three rounds."""
    graph = nx.from_numpy_array(cell.adjacency | cell.adjacency.T)
    nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
    return nx.weisfeiler_lehman_graph_hash(graph, node_attr="op", iterations=3)


def bench_space(space, sample) -> dict:
    scale = len(space) / len(sample)
    ours = seconds(cells.enumerate_nasbench101, repeat=3)
    md5 = scale * seconds(lambda: [cells.module_hash(cell) for cell in sample])
    return {
        "enumerate_nasbench101_s": ours,
        "baseline_md5_module_hash_loop_scaled_s": md5,
        "ratio_enumeration": md5 / ours,
    }


def bench_wl(space, sample) -> dict:
    scale = len(space) / len(sample)
    all_four = seconds(
        lambda: [wl.count_classes(space, direction=d, rounds=6) for d in wl.DIRECTIONS]
    )
    three_rounds = seconds(lambda: wl.count_classes(space, direction="undirected", rounds=3))
    loop = scale * seconds(lambda: [networkx_hash(cell) for cell in sample])
    return {
        "wl_four_directions_six_rounds_s": all_four,
        "wl_undirected_three_rounds_s": three_rounds,
        "baseline_networkx_undirected_three_rounds_scaled_s": loop,
        "ratio_wl": loop / three_rounds,
    }


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
        "import json, os; os.sched_setaffinity(0, {0}); from experiments import bench; "
        "print(json.dumps([bench.matmul_rate(), bench.rate_of_ours(bench.cells.nasbench101(), 1)]))"
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


def write_official(path: Path, trained: int):
    """A file like Google's of NAS-Bench-101: three trainings of every cell, numbers invented."""
    space, rng = cells.nasbench101(), np.random.default_rng(0)
    rows = np.sort(rng.choice(len(space), trained, replace=False))
    blocks = []
    for some in np.array_split(rows, -(-trained // 1_000)):
        payloads = [
            json.dumps([*spelt, 108, *rest, invented_metrics(rng)]).encode()
            for spelt, rest in map(official_spelling, space.take(some))
            for _ in range(3)
        ]
        blocks.append(framed(payloads))
    files.write_atomically(path, b"".join(blocks))


def official_spelling(cell: cells.Cell) -> tuple[list[str], list[str]]:
    """Module hash; matrix and operations."""
    names = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool": "maxpool3x3"}
    digits = "".join(map(str, cell.adjacency.ravel().astype(int)))
    return [cells.module_hash(cell)], [digits, ",".join(names.get(n, n) for n in cell.names)]


def invented_metrics(rng) -> str:
    """Three evaluations, parameters and a total time, as protobuf writes them."""
    found = b""
    for k, accuracies in enumerate(rng.random((3, 3)).tolist()):
        numbers = [54.0 * k, 600.0 * k, *accuracies]
        found += b"\x0a\x2d" + b"".join(
            struct.pack("<Bd", 8 * field + 1, number) for field, number in enumerate(numbers, 1)
        )
    return base64.b64encode(found + b"\x10\xc0\x84\x3d" + struct.pack("<Bd", 25, 1e4)).decode()


def framed(payloads: list[bytes]) -> bytes:
    """Payloads as a TFRecord file has them."""
    lengths = [struct.pack("<Q", len(payload)) for payload in payloads]
    sums = [tfrecord.masked(tfrecord.crc32c(many)) for many in (lengths, payloads)]
    return b"".join(
        length + struct.pack("<I", first) + payload + struct.pack("<I", second)
        for length, first, payload, second in zip(lengths, sums[0], payloads, sums[1], strict=True)
    )


def reading(path: Path) -> tuple[float, float]:
    """Seconds of one core and the peak of memory (MiB) of a process that reads such a file."""
    code = (
        "import json, re, sys, time\n"
        "from wl2nas import benchmarks, cells\n"
        "cells.nasbench101()\n"
        "started = time.process_time()\n"
        "benchmarks.from_tfrecord(sys.argv[1])\n"
        "took = time.process_time() - started\n"
        # Of this program alone: ru_maxrss would be that of the process which started it, too.
        "status = open('/proc/self/status', encoding='utf-8').read()\n"
        "print(json.dumps([took, int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 2**10]))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)],
                         check=True, capture_output=True, text=True)  # fmt: skip
    seconds_, peak = json.loads(run.stdout)
    return seconds_, peak


def bench_tfrecord(records: int = 400_000) -> dict:
    """Reading the official file of NAS-Bench-101: seconds of one core, and what memory it takes.

    The peak beside that of a tenth of the file: memory does not grow with it. (Linux only.)
    """
    if not Path("/proc/self/status").exists():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        whole, tenth = Path(folder) / "whole.tfrecord", Path(folder) / "tenth.tfrecord"
        write_official(whole, records // 3)
        write_official(tenth, records // 30)
        (took, peak), (_, peak_of_tenth) = reading(whole), reading(tenth)
        size = whole.stat().st_size
    return {
        "tfrecord_records_per_s_one_core": records // 3 * 3 / took,
        "tfrecord_bytes_a_record": size / (records // 3 * 3),
        "tfrecord_peak_mib": peak,
        "tfrecord_peak_mib_tenth_of_the_file": peak_of_tenth,
    }


def main():
    started, load = time.perf_counter(), load_average()
    space = cells.nasbench101()
    sample = space.take(np.random.default_rng(0).choice(len(space), SAMPLE, replace=False))
    numbers = {"load_before": load}
    numbers |= bench_space(space, sample) | bench_wl(space, sample)
    numbers |= bench_tfrecord() | bench_training(space) | bench_latent(space)
    if "--to-exact" in sys.argv:  # ten minutes more
        numbers |= ours_to_exact(space)
    numbers = {name: float(f"{value:.3g}") for name, value in numbers.items()}
    record("bench", "make bench", numbers, seed=0, started=started)
    for name, value in numbers.items():
        print(f"{name:>52}: {value:,g}")


if __name__ == "__main__":
    main()
