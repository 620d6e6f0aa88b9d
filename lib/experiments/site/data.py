"""What living pages load, made by the functions of the library that are behind their explorers.

Each is called only if its page is in the library, and imports what it needs when it is called.
"""

import json

import numpy as np

from course.results import RESULTS
from wl2nas import benchmarks, cells

SAMPLE = 300  # classes of same-skeleton cells on the page of the class browser


def classes() -> bytes:
    """A sample of the classes of same-skeleton cells, with accuracies where they were measured."""
    from wl2nas.explore import classes

    space = cells.nasbench101()
    shown = classes.sample(space, {"measured accuracy (%)": _measured(space)}, SAMPLE, seed=0)
    return _json(shown)


def epsilon() -> bytes:
    """How many cells are told apart at every stop of the slider."""
    from wl2nas.explore import epsilon

    return _json(epsilon.sample(cells.nasbench101()))


def editor() -> bytes:
    """Two models, a sample of cells, and the measured accuracies."""
    from experiments import editor_data

    return editor_data.content()


def replay() -> bytes:
    """The runs that `make replay-data` recorded."""
    return (RESULTS / "replay.json").read_bytes()


def _measured(space: cells.CellSpace) -> np.ndarray:
    """The accuracies of the table that ships with the library; NaN for cells without one."""
    table = benchmarks.load("measured")
    values = np.full(len(space), np.nan)
    values[table.rows] = table.reported
    return values


def _json(shown: dict) -> bytes:
    return json.dumps(shown, separators=(",", ":"), allow_nan=False).encode()
