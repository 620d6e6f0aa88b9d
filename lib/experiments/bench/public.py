"""arch2vec's public training step in PyTorch, and our port in turn with it."""

import functools
import importlib.util
import time
from importlib import metadata

import numpy as np

from experiments.bench.timing import cores, said_by
from experiments.bench.training import new_arch2vec
from wl2nas import cells, train
from wl2nas.models.arch2vec import Arch2VecConfig

CHUNK = 2_000  # steps that the port does between two looks at the clock


def rate_of_port(fit, at_least: float) -> float:
    """Cells per second of ``fit(steps=)``, for so many seconds at least after a warm-up."""
    fit(steps=train.PUBLISHED.steps_per_call)
    steps, started = 0, time.perf_counter()
    while time.perf_counter() - started < at_least:
        fit(steps=CHUNK)
        steps += CHUNK
    return steps * train.PUBLISHED.batch / (time.perf_counter() - started)


def in_turns(threads: int, at_least: float, turns: int = 2) -> tuple[float, float]:
    """Cells per second of the port and of the public step, each for so many seconds in all."""
    from experiments import public_step  # it needs PyTorch, which is not in the lock

    space = cells.nasbench101()
    rows, _ = train.split_published(len(space))
    fit = functools.partial(
        train.fit, new_arch2vec(), space, rows, train.PUBLISHED, devices=1, progress_bar=False
    )
    some = space.take(np.arange(train.PUBLISHED.batch * 1_000))
    one_hot = some.ops[:, :, None] == np.arange(Arch2VecConfig().operations)
    found = [
        (
            rate_of_port(fit, at_least / turns),
            public_step.cells_per_second(
                some.adjacency, one_hot, threads=threads, seconds=at_least / turns
            ),
        )
        for _ in range(turns)
    ]
    port, public = np.mean(found, axis=0).tolist()
    return port, public


IN_TURNS = """
import json, sys
from experiments.bench import public
print(json.dumps(public.in_turns(int(sys.argv[1]), float(sys.argv[2]))))
"""


def bench(space, at_least: float = 30.0) -> dict:
    """Both on one core, and both on two, as far as there are so many; nothing without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed: the public training step is left out")
        return {}
    print(f"PyTorch {metadata.version('torch')}")
    found = {}
    for count, name in {1: "one_core", 2: "two_cores"}.items():
        if count <= cores():
            port, public = said_by(IN_TURNS, str(count), str(at_least), cores=count)
            found |= {
                f"training_cells_per_s_port_{name}": port,
                f"baseline_training_cells_per_s_public_{name}": public,
                f"ratio_public_{name}": port / public,
            }
    return found
