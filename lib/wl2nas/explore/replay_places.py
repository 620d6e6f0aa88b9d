"""Where the dots of the search replay lie: two principal directions, and no dot on another.

The places are there to be looked at and clicked. They keep roughly the order of the principal
components, not their distances; no method sees them.
"""

import numpy as np
from jaxtyping import Float
from scipy import linalg, spatial

from wl2nas.search import gp

ROUND = 1e-6  # two variances closer than this share are equal: a cloud that is as wide as high
GAP, PUSHES = 0.01, 80  # between dots, in widths of the map


def principal_places(values) -> tuple[Float[np.ndarray, "M 2"], list[float]]:
    """Where rows (M, D) lie along their first two principal directions, each within 0..1, and the
    shares of the variance that these hold; to be looked at: far ones drawn nearer, none on another.

    From distances alone (classical scaling), so that thousands of sparse columns cost nothing. In a
    direction the place farthest from the middle is on the right, or above.
    """
    apart = gp.squared_distances(values, values)
    centred = apart - apart.mean(axis=0)
    products = -0.5 * (centred - centred.mean(axis=1)[:, None])
    last = len(products) - 1
    size, direction = linalg.eigh(products, subset_by_index=[last - 1, last])
    size, found = np.maximum(size[::-1], 0), direction[:, ::-1]
    if size[0] - size[1] <= ROUND * size[0]:  # any two directions of this plane would do
        found = _turned(found)
    farthest = np.argmax(np.abs(found).round(6), axis=0)
    found = _drawn_nearer(found * np.where(found[farthest, [0, 1]] < 0, -1, 1))
    shares = (size / max(float(np.trace(products)), np.finfo(float).tiny)).round(4).tolist()
    return _unit(_pushed_apart(_unit(found))), shares


def _turned(places: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 2"]:
    """Round the middle, so that the first of the farthest places lies to the right."""
    x, y = places[gp.first_of_best(np.hypot(*places.T), 1e-6)]
    return places @ np.array([[x, -y], [y, x]]) / np.hypot(x, y)


def _drawn_nearer(places: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 2"]:
    """Places beyond the middle half pulled in, in their order: a few far ones would press all
    others into a corner."""
    low, middle, high = np.quantile(places, [0.25, 0.5, 0.75], axis=0)
    return np.arcsinh((places - middle) / np.where(high > low, high - low, 1))


def _unit(places: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 2"]:
    """Each direction from 0 to 1."""
    spread = np.ptp(places, axis=0)
    return (places - places.min(axis=0)) / np.where(spread > 0, spread, 1)


def _pushed_apart(places: Float[np.ndarray, "M 2"]) -> Float[np.ndarray, "M 2"]:
    """Dots that would cover each other on a map of 4 by 3, moved until they hardly do.

    What lies on one spot, of GAP by GAP, begins as a spiral of sunflower seeds around it. Then dots
    closer than GAP give way to each other, all at once, again and again.
    """
    found = places * [1, 0.75]
    _, spot, sizes = np.unique(
        np.rint(found / GAP), axis=0, return_inverse=True, return_counts=True
    )
    seed = np.empty(len(found))
    seed[np.argsort(spot, kind="stable")] = np.concatenate([np.arange(n) for n in sizes])
    angle, radius = seed * np.pi * (3 - 5**0.5), GAP / 2 * np.sqrt(seed)
    found = found + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for _ in range(PUSHES):
        i, j = spatial.KDTree(found).query_pairs(GAP, output_type="ndarray").T
        gap = found[i] - found[j]
        length = np.maximum(np.hypot(*gap.T), 1e-9)
        push, moved = (0.5 * (GAP / length - 1))[:, None] * gap, np.zeros_like(found)
        np.add.at(moved, i, push)
        np.add.at(moved, j, -push)
        crowd = np.bincount(np.concatenate([i, j]), minlength=len(found))
        found = found + moved / np.maximum(crowd / 2, 1)[:, None]
    return found
