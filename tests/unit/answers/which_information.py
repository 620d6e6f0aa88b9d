import numpy as np

from course import searches
from course.check.which_information import PAIR

FOUND = searches.arms("A")
COLOURS, VECTORS = (searches.by_seed(FOUND[name], 100) for name in PAIR)
GAP = COLOURS - VECTORS
MEAN, ERROR = GAP.mean(), GAP.std(ddof=1) / len(GAP) ** 0.5


def simulated(methods):
    return np.random.default_rng(1).normal(size=(5_000, methods)).max(axis=1).mean()


def of_the_spread(methods):
    """The range from worst to best."""
    drawn = np.random.default_rng(1).normal(size=(5_000, methods))
    return np.ptp(drawn, axis=1).mean()


TRUTHS = {
    "same classes": "neither"
    if abs(MEAN) < 1.98 * ERROR
    else "colours"
    if MEAN > 0
    else "arch2vec",
    "luck of the best": 2,
}
WRONG = {
    "same classes": "colours" if abs(MEAN) < 1.98 * ERROR or MEAN < 0 else "arch2vec",
    "luck of the best": 0.5,
}
RIGHT = {
    "a band by hand": [(MEAN, 1.984 * ERROR), [float(MEAN), float(2 * ERROR)]],
    "how lucky is the best": [simulated, lambda methods: [simulated(methods)]],
}
FAULTS = [
    ("a band by hand", (-MEAN, 1.984 * ERROR), "colours minus arch2vec"),
    ("a band by hand", (MEAN + 1, 1.984 * ERROR), "not the mean of the differences"),
    ("a band by hand", (MEAN, ERROR), "one standard error"),
    ("a band by hand", (MEAN, 9 * ERROR), "not the half width"),
    ("a band by hand", MEAN, "hand in a pair"),
    ("how lucky is the best", lambda methods: 1.0, "for 1 methods it gives 1.00"),
    ("how lucky is the best", of_the_spread, "for 2 methods"),
    ("how lucky is the best", lambda methods: (1, 2), "answer with a number"),
    ("how lucky is the best", lambda methods: 1 / 0, "for 1 methods it raises"),
    ("how lucky is the best", 2.0, "hand in a function"),
]
