"""Results are written and read here, with one schema: what was run, where, when, the numbers."""

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
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
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


def read(name: str) -> dict:
    """Everything that data/results/NAME.json says.

    Raises FileNotFoundError where it was not measured yet, ValueError where the file is damaged.
    """
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"no {path}: it is part of the repository, or not measured yet")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise ValueError(f"{path} is damaged ({error}); restore it: git checkout {path}") from error
    if not isinstance(content, dict) or not isinstance(content.get("numbers"), dict):
        raise ValueError(f"{path} is no result: it has no numbers; restore it: git checkout {path}")
    return content


def numbers_of(name: str) -> dict:
    """The numbers of a recorded result; an empty dict where it was not measured yet."""
    try:
        return read(name)["numbers"]
    except FileNotFoundError:
        return {}


def names(pattern: str) -> list[str]:
    """The recorded results that fit a pattern such as "reproduce/ours-*", in order."""
    found = sorted(RESULTS.glob(f"{pattern}.json"))
    return [path.relative_to(RESULTS).with_suffix("").as_posix() for path in found]
