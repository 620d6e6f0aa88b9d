"""What living pages load, made by the functions of the library that are behind their explorers.

Each imports what it needs when it is called.
"""

import json

from course import results
from wl2nas import cells

OF_EACH_SIZE = 30  # classes of same-skeleton cells on the page of the class browser
PUZZLE = 40_965  # the first of the two cells with which notebook 00 begins


def classes() -> bytes:
    """A sample of the classes of same-skeleton cells."""
    from wl2nas.explore import classes

    space = cells.nasbench101()
    return _json(classes.sample(space, number=OF_EACH_SIZE, seed=0, start=PUZZLE))


def epsilon() -> bytes:
    """What `make epsilon-data` counted, at every stop of the slider."""
    return _json(results.read("epsilon")["numbers"])


def editor() -> bytes:
    """Two models, a sample of cells, and the measured accuracies."""
    from experiments import editor_data

    return editor_data.content()


def replay() -> bytes:
    """The runs that `make replay-data` recorded."""
    return (results.RESULTS / "replay.json").read_bytes()


def _json(shown: dict) -> bytes:
    return json.dumps(shown, separators=(",", ":"), allow_nan=False).encode()
