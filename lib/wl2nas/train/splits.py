"""Which cells are trained on and which are held out: row numbers, in two arrays."""

from typing import Annotated

import numpy as np

from wl2nas import wl
from wl2nas._settings import Range, checked

_Two = Annotated[int, Range(2)]
_Seed = Annotated[int, Range(0)]


def split_published(n: int) -> tuple[np.ndarray, np.ndarray]:
    """The "published" split: rows of the first nine tenths train, the last tenth is held out.

    >>> training, held_out = split_published(423_624)
    >>> len(training), len(held_out)
    (381261, 42363)
    """
    cut = int(checked("n", n, _Two) * 0.9)
    return np.arange(cut), np.arange(cut, n)


def split_random(n: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A random tenth of n rows held out; both arrays ascending."""
    n = checked("n", n, _Two)
    return _hold_out(np.arange(n), n - int(n * 0.9), seed)


def split_class_aware(space, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The "class-aware" split: no held-out cell shares its skeleton with a training cell.

    Classes of equal colours on A + A^T, a random tenth of them, are held out as a whole.
    """
    *_, codes = wl.space_codes(space, direction="undirected", rounds=space.ops.shape[1] - 1)
    classes, member = np.unique(codes, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"space has {len(classes)} class of same-skeleton cells; a split needs two"
        )
    return _hold_out(member, len(classes) - int(len(classes) * 0.9), seed)


def _hold_out(member: np.ndarray, held: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training rows and the rows of ``held`` random groups, ``member`` the group of every row."""
    seed = checked("seed", seed, _Seed)
    chosen = np.random.default_rng(seed).permutation(member.max() + 1)[:held]
    out = np.isin(member, chosen)
    return np.flatnonzero(~out), np.flatnonzero(out)
