"""Few colours for many values, so that every one can be told apart and stands in the legend.

Few whole numbers get a colour each; counts that run far up get one for every doubling; other
numbers get equal steps between the outer 2 %, which a few extreme ones would otherwise take up.
"""

import itertools
from typing import NamedTuple

import numpy as np
from jaxtyping import Int, Shaped, UInt32
from matplotlib import colormaps
from matplotlib.colors import to_hex

STEPS = 12
LARGEST_COUNT = 1_000  # whole numbers above are sizes, as parameters, and no counts
MISSING = {False: "#c4c8cc", True: "#4b5158"}  # light page, dark page


class Colouring(NamedTuple):
    """For every point the number of its colour, and what each colour stands for, in order."""

    codes: Int[np.ndarray, " M"]
    labels: list[str]
    has_missing: bool  # then colour 0 is for points without a value


def colouring(values: Shaped[np.ndarray, " M"]) -> Colouring:
    """Group values into few colours; NaN stands for no value."""
    known = ~np.isnan(values)
    groups, labels = _grouped(values[known])
    present, codes = np.unique(groups, return_inverse=True)  # no colour without a point
    missing = not known.all()
    every = np.zeros(len(values), np.int64)
    every[known] = codes + missing
    return Colouring(every, ["no value"] * missing + [labels[g] for g in present], missing)


def _grouped(values) -> tuple[np.ndarray, list[str]]:
    """For every value the number of its group, and the labels of the groups."""
    whole = (values == np.rint(values)).all()
    distinct = np.unique(values)
    if whole and len(distinct) <= STEPS:
        return np.searchsorted(distinct, values), [f"{value:.0f}" for value in distinct]
    if whole and distinct[0] >= 0 and distinct[-1] <= LARGEST_COUNT:
        lows = np.concatenate([[0], 2 ** np.arange(int(np.log2(distinct[-1])) + 1)])
        ends = zip(lows, [*(lows[1:] - 1), int(distinct[-1])], strict=True)
        labels = [f"{low}" if low == high else f"{low} to {high}" for low, high in ends]
        return np.searchsorted(lows, values, side="right") - 1, labels
    low, high = np.quantile(values, [0.02, 0.98])
    limits = np.unique(np.linspace(low, high, STEPS - 1))
    said = _said(limits)
    between = [f"{a} to {b}" for a, b in itertools.pairwise(said)]
    labels = [f"below {said[0]}", *between, f"{said[-1]} or more"]
    return np.searchsorted(limits, values, side="right"), labels


def _said(limits) -> list[str]:
    """Limits with as many digits as tell neighbours apart."""
    step = np.diff(limits).min() if len(limits) > 1 else 1
    return [f"{limit:,.{max(0, int(np.ceil(1 - np.log10(step))))}f}" for limit in limits]


def fills(of: Colouring, *, dark: bool) -> list[str]:
    """A colour for every label, from dark to light, none of which fades into the page."""
    steps = len(of.labels) - of.has_missing
    low, high = (0.2, 1.0) if dark else (0.0, 0.88)
    ordered = [to_hex(colour) for colour in colormaps["cividis"](np.linspace(low, high, steps))]
    return [MISSING[dark]] * of.has_missing + ordered


def drawing_order(of: Colouring) -> UInt32[np.ndarray, " M"]:
    """Points without a value first, then the most common colour, and the rarest on top."""
    counts = np.bincount(of.codes, minlength=len(of.labels))
    if of.has_missing:
        counts[0] = len(of.codes) + 1
    return np.argsort(-counts[of.codes], kind="stable").astype(np.uint32)
