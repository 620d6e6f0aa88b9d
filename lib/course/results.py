"""Results are written and read here, with one schema: what was run, where, when, the numbers."""

import datetime
import json
import os
import platform
import reprlib
import time
from importlib import metadata
from pathlib import Path

from wl2nas import files
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
    """Write data/results/NAME.json; a slash in the name makes a folder.

    ValueError or TypeError if the file could not be read back: nothing is written.
    """
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
    path = _path(name)
    if wrong := _fault(content):
        raise ValueError(f"no result {name!r} was written: {wrong}")
    try:
        text = json.dumps(content, indent=1, allow_nan=False)
    except (ValueError, RecursionError) as error:  # NaN, infinity, or a dict within itself
        raise ValueError(f"no result {name!r} was written: its numbers must be finite, and none "
                         f"within itself ({error}); find out why") from error  # fmt: skip
    except TypeError as error:
        raise TypeError(f"no result {name!r} was written: {error}; call .tolist() or .item() on "
                        "what is NumPy's") from error  # fmt: skip
    write_atomically(path, (text + "\n").encode())


def read(name: str) -> dict:
    """Everything that data/results/NAME.json says.

    Raises FileNotFoundError where it was not measured yet, ValueError where the file is damaged.
    """
    path = _path(name)
    if not path.exists():
        raise FileNotFoundError(f"no {path}: it is part of the repository, or not measured yet")
    remedy = f"restore it: git checkout {path}"
    content = files.read_json(path, remedy=remedy)
    if wrong := _fault(content):
        raise ValueError(f"{path} is no result: {wrong}; {remedy}")
    return content


def numbers_of(name: str) -> dict:
    """The numbers of a recorded result; an empty dict where it was not measured yet."""
    try:
        return read(name)["numbers"]
    except FileNotFoundError:
        return {}


def names(pattern: str) -> list[str]:
    """The recorded results that fit a pattern such as "reproduce/ours-*", in order."""
    _path(pattern)
    found = sorted(RESULTS.glob(f"{pattern}.json"))
    return [path.relative_to(RESULTS).with_suffix("").as_posix() for path in found]


def _path(name: str) -> Path:
    """Where a result of this name lies; ValueError if that is not within data/results."""
    parts = name.split("/") if isinstance(name, str) else []
    if not parts or not all(part.strip(".") for part in parts) or "\0" in name or "\\" in name:
        raise ValueError(f'name must be one as "bench" or "reproduce/ours-*"; it is {name!r}')
    return RESULTS / f"{name}.json"


def _fault(content) -> str | None:
    """What keeps this from being a result; None if nothing does."""
    if not isinstance(content, dict):
        return "it is no dict of names and values"
    for key, (fits, meaning) in _SCHEMA.items():
        if key not in content:
            return f"it has no {key!r}"
        if not fits(content[key]):
            return f"{key} must be {meaning}; it is {reprlib.repr(content[key])}"
    return None


def _is_text(value) -> bool:
    return isinstance(value, str) and value != ""


def _is_whole(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_seed(value) -> bool:
    several = isinstance(value, list | tuple) and len(value) > 0 and all(map(_is_whole, value))
    return value is None or _is_whole(value) or several


def _is_seconds(value) -> bool:
    return (_is_whole(value) or isinstance(value, float)) and 0 <= value < float("inf")


def _is_date(value) -> bool:
    try:
        return _is_text(value) and datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _are_versions(value) -> bool:
    return isinstance(value, dict) and all(map(_is_text, [*value.keys(), *value.values()]))


_SCHEMA: dict = {
    "command": (_is_text, "a text, the command that makes it"),
    "seed": (_is_seed, "a whole number, a list of them, or None"),
    "versions": (_are_versions, "a dict of packages and their versions"),
    "python": (_is_text, "a text, the version of Python"),
    "processor": (_is_text, "a text, the processor's name"),
    "date": (_is_date, "a date as 2026-01-31"),
    "seconds": (
        lambda value: value is None or _is_seconds(value),
        "a number of 0 or more, or None",
    ),
    "load_average": (_is_seconds, "a number of 0 or more"),
    "numbers": (lambda value: isinstance(value, dict), "a dict"),
}
