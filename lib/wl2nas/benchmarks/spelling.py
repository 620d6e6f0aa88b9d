"""Which rows of ``cells.nasbench101()`` cells in the official spelling are, thousands at a time.

A cell is spelt as its matrix, n * n digits in one text, and its operations joined by commas. Most
stand in the form that the space has them in, so that their code is looked up; others are brought
into that form first.
"""

import functools

import numpy as np
from jaxtyping import Bool, Int, Int8

from wl2nas import cells
from wl2nas.benchmarks.metrics import Odd
from wl2nas.cells.nasbench_101 import OFFICIAL_NAMES


def rows(specs: list[tuple[str, str]]) -> Int[np.ndarray, " N"]:
    """The row of every cell, given as matrix and operations; ``Odd`` if one is none of the space.

    >>> found = rows([("010001000", "input,maxpool3x3,output")])
    >>> cells.nasbench101()[int(found[0])].names
    ('input', 'maxpool', 'output')
    """
    space, (adjacency, ops) = cells.nasbench101(), _arrays(specs)
    if (lower := np.tril(adjacency).any(axis=(1, 2))).any():
        raise Odd(np.argmax(lower), "its matrix is not upper triangular")
    codes, order = cells.encode(adjacency, ops), _by_code()
    place = np.searchsorted(space.codes, codes, sorter=order)
    found = order[np.minimum(place, len(space) - 1)]
    other = np.flatnonzero(space.codes[found] != codes)
    if other.size:
        rest = cells.CellSpace(adjacency[other], ops[other])
        if not (legal := rest.legal()).all():
            raise Odd(other[np.argmin(legal)], "its cell is none of NAS-Bench-101")
        found[other] = space.rows(rest)
    return found


@functools.cache
def _by_code() -> Int[np.ndarray, " N"]:
    return np.argsort(cells.nasbench101().codes, kind="stable")


def _arrays(
    specs: list[tuple[str, str]],
) -> tuple[Bool[np.ndarray, "N 7 7"], Int8[np.ndarray, "N 7"]]:
    """Padded matrices and operations."""
    v, digits, codes = cells.MAX_VERTICES, [], []
    for place, (matrix, operations) in enumerate(specs):
        ops, n = _operations(operations)
        if n == 0 or len(matrix) != n * n or not matrix.isascii():
            raise Odd(place, f"{matrix[:60]!r} with {operations[:90]!r} is no cell")
        codes.append(ops)
        if n < v:
            lines = [matrix[k : k + n].ljust(v, "0") for k in range(0, n * n, n)]
            matrix = "".join(lines).ljust(v * v, "0")
        digits.append(matrix)
    found = np.frombuffer("".join(digits).encode(), np.uint8)
    if (odd := (found != ord("0")) & (found != ord("1"))).any():
        raise Odd(np.argmax(odd) // (v * v), "its matrix has digits other than 0 and 1")
    adjacency = (found == ord("1")).reshape(-1, v, v)
    return adjacency, np.frombuffer(b"".join(codes), np.int8).reshape(-1, v)


@functools.lru_cache(maxsize=1_000)
def _operations(text: str) -> tuple[bytes, int]:
    """The padded codes of operations joined by commas, and how many; 0 if they are no cell's."""
    names, v = text.split(","), cells.MAX_VERTICES
    inner, n = names[1:-1], len(names)
    if (
        not 2 <= n <= v
        or [names[0], names[-1]] != ["input", "output"]
        or set(inner) - set(OFFICIAL_NAMES)
    ):
        return b"", 0
    codes = [cells.INPUT, *(OFFICIAL_NAMES[name] for name in inner), cells.OUTPUT]
    return np.array(codes + [cells.PADDING] * (v - n), np.int8).tobytes(), n
