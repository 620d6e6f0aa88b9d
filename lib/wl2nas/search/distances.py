"""Squared distances between rows of features, dense or sparse, fast and to the last digits.

A distance is multiplied out, |a|^2 + |b|^2 - 2 ab, which is one product of matrices, and subtracted
only for the few pairs where that would cost digits.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from scipy import sparse

from wl2nas import _require

CANCELLED = 1e-6  # of the two squared norms: a distance below it has lost a third of its digits
BLOCK = 100_000  # pairs of rows subtracted at once
CACHED = 150_000  # entries worked on at once: they stay in a processor's cache


def blocks(rows: int, width: int) -> Iterator[slice]:
    """All of ``rows`` rows of ``width`` entries, in slices of at most CACHED entries or one row."""
    step = max(CACHED // max(width, 1), 1)
    return (slice(start, min(start + step, rows)) for start in range(0, rows, step))


def squared_distances(a, b) -> Float[np.ndarray, "N n"]:
    """|a_i - b_j|^2 for dense or sparse feature matrices (N, D) and (n, D), of any numbers.

    Equal rows have distance 0, those of whole numbers an exact one, and an offset that all dense
    rows share costs no digits. ValueError for widths that differ, and for distances
    beyond float64.

    >>> squared_distances([[0, 0], [3, 4]], [[0, 0]]).tolist()
    [[0.0], [25.0]]
    """
    a, b = _require.features("a", a), _require.features("b", b)
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"features differ in width: {a.shape[1]} and {b.shape[1]}")
    with np.errstate(over="ignore", invalid="ignore"):
        if sparse.issparse(a) or sparse.issparse(b):
            found = _of_sparse(sparse.csr_array(a), sparse.csr_array(b))
        else:
            found = _of_dense(a, b)
    if not np.isfinite(found).all():
        raise ValueError("features are so large that their distances leave float64; scale them")
    return found


def _of_dense(a, b) -> Float[np.ndarray, "N n"]:
    """Around the median of the fewer rows, which leaves whole numbers exact; around a single row
    nothing is left to multiply."""
    if len(a) < len(b):
        return _of_dense(b, a).T
    centre = np.median(b, axis=0) if len(b) else 0.0
    there, found = b - centre, np.empty((len(a), len(b)))
    norm_b, twice = np.einsum("ij,ij->i", there, there), 2 * there.T
    for part in blocks(len(a), max(a.shape[1], len(b))):
        here = a[part] - centre
        norms = np.einsum("ij,ij->i", here, here)[:, None] + norm_b
        multiplied = np.matmul(here, twice, out=found[part])
        _subtract(np.subtract(norms, multiplied, out=multiplied), norms, a[part], b)
    return found


def _of_sparse(a, b) -> Float[np.ndarray, "N n"]:
    norms = _square_norms(a)[:, None] + _square_norms(b)
    found = norms - 2 * products(a, b)
    if all((m.data == np.floor(m.data)).all() for m in (a, b)):
        return np.maximum(found, 0.0)
    _subtract(found, norms, a, b)
    return found


def _square_norms(m) -> Float[np.ndarray, " N"]:
    rows = np.repeat(np.arange(m.shape[0]), np.diff(m.indptr))
    found = np.bincount(rows, weights=m.data**2, minlength=m.shape[0])
    return found.astype(np.float64, copy=False)  # whole numbers where there is no entry


def products(a, b) -> Float[np.ndarray, "N n"]:
    """Inner products of the rows of two sparse matrices in rows, (N, D) and (n, D).

    The fewer rows are made dense in the columns that they use: of a hundred thousand columns, one
    for each colour, those of a search are some hundred.
    """
    if a.shape[0] < b.shape[0]:
        return products(b, a).T
    used, places = np.unique(b.indices, return_inverse=True)
    narrow = sparse.csr_array((b.data, places, b.indptr), (b.shape[0], len(used) + 1))
    place_of = np.full(a.shape[1], len(used))  # what b does not use: a column of zeros
    place_of[used] = np.arange(len(used))
    of_a = sparse.csr_array((a.data, place_of[a.indices], a.indptr), (a.shape[0], len(used) + 1))
    return of_a @ np.ascontiguousarray(narrow.toarray().T)


def _subtract(found, norms, a, b):
    """Distances that have lost digits computed again, in place, from differences."""
    lost = found < np.multiply(CANCELLED, norms, out=norms)
    i, j = np.unravel_index(np.flatnonzero(lost), lost.shape)  # faster than nonzero where few are
    for start in range(0, len(i), BLOCK):
        part = slice(start, start + BLOCK)
        difference = a[i[part]] - b[j[part]]
        found[i[part], j[part]] = (difference * difference).sum(axis=1)
