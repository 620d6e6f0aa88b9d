"""How long a call takes, and Python in a process of its own, held to some of the cores."""

import json
import os
import subprocess
import sys
import time


def seconds(call, repeat: int = 1) -> float:
    """The shortest wall time of ``repeat`` calls."""
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def cores() -> int:
    """How many cores a process can be held to; 0 where the system cannot do it (Linux can)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def said_by(code: str, *arguments: str, cores: int | None = None):
    """What ``code`` prints as JSON in a new Python with one JAX device, held to so many cores.

    Held before JAX or PyTorch count the cores: so they start no more threads than there are.
    """
    hold = "import os; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{}])\n"
    code = code if cores is None else hold.format(cores) + code
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(run.stdout)
