"""One schema for everything in data/results: what was run, where, when, and the numbers."""

import datetime
import json
import os
import platform
import time
from importlib import metadata
from pathlib import Path

from wl2nas.files import write_atomically

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "data" / "results"
PACKAGES = ("jax", "flax", "optax", "numpy", "scipy", "scikit-learn", "networkx", "igraph")


def processor() -> str:
    """The processor's own name, as far as the system tells, and the cores in use."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {os.cpu_count()} cores"


def load_average() -> float:
    """How many processes the system was running in the last minute, to judge a timing by."""
    return round(os.getloadavg()[0], 2)


def record(name: str, command: str, numbers: dict, *, seed=None, started: float | None = None):
    """Write data/results/NAME.json; a slash in the name makes a folder."""
    content = {
        "command": command,
        "seed": seed,
        "versions": {package: metadata.version(package) for package in PACKAGES},
        "python": platform.python_version(),
        "processor": processor(),
        "date": datetime.date.today().isoformat(),
        "seconds": None if started is None else round(time.perf_counter() - started, 1),
        "load_average": load_average(),
        "numbers": numbers,
    }
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(content, indent=1) + "\n").encode())


def numbers_of(name: str) -> dict:
    """The numbers of a recorded result; an empty dict where it was not measured yet."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text())["numbers"] if path.exists() else {}
