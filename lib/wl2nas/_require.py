"""What a function requires of its arguments, checked in one place for the whole library.

Every check returns the value in its plain form, or raises an error that names the argument, the
value and the remedy: TypeError for a type that cannot be meant, ValueError for everything else.
Neither pandas nor JAX is imported; what they hand over is known by what it can do.
"""

import operator
from typing import Any

import numpy as np
from scipy import sparse

_KINDS = {"biuf": "numbers", "biu": "whole numbers", "iu": "whole numbers", "b": "True and False"}


def whole(name: str, value: Any, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """A whole number within bounds; neither a Boolean nor a float, be it 3.0."""
    wrong = f"{name} must be a whole number{_within(at_least, at_most)}; it is {_short(value)}"
    if isinstance(value, float | np.floating):
        raise ValueError(wrong)
    try:
        # Older versions of NumPy take their own Booleans for whole numbers, too.
        boolean = isinstance(value, bool | np.bool_)
        found = operator.index(None if boolean else value)  # type: ignore[arg-type]
    except TypeError as error:
        raise TypeError(wrong) from error
    if (at_least is not None and found < at_least) or (at_most is not None and found > at_most):
        raise ValueError(wrong)
    return found


def number(name: str, value, *, above=None, at_least=None, at_most=None) -> float:
    """A finite number within bounds, of which ``above`` itself is too little; no Boolean."""
    within = (f" above {above}" if above is not None else "") + _within(at_least, at_most)
    wrong = f"{name} must be a finite number{within}; it is {_short(value)}"
    try:
        found = np.asarray(value)
    except ValueError as error:  # rows of different length
        raise TypeError(wrong) from error
    if found.ndim or found.dtype.kind not in "iuf" or np.ma.is_masked(value):
        raise TypeError(wrong)
    low = (above is not None and found <= above) or (at_least is not None and found < at_least)
    if low or (at_most is not None and found > at_most) or not np.isfinite(found):
        raise ValueError(wrong)
    return float(found)


def flag(name: str, value) -> bool:
    """True or False itself: the text "False" counts as true in Python."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False; it is {_short(value)}")
    return bool(value)


def choice(name: str, value, options) -> str:
    """One of the texts in ``options``."""
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"unknown {name} {_short(value)}; choose from {tuple(options)}")
    return value


def array(name: str, value, *, shape: tuple | None = None, kinds: str = "biuf") -> np.ndarray:
    """A dense array of this shape, None for any length, and of these NumPy kinds of numbers."""
    if sparse.issparse(value):
        raise TypeError(f"{name} must be a dense array; call .toarray() on the sparse one")
    if hasattr(value, "nodes"):  # NumPy would read the names of its vertices
        raise TypeError(f"{name} is a graph; make a matrix of it: nx.to_numpy_array(G, dtype=bool)")
    if np.ma.is_masked(value):
        raise ValueError(f"{name} has masked entries; fill them or leave them out")
    try:
        found = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:  # rows of different length
        raise ValueError(f"{name} must be an array; NumPy says: {error}") from error
    if found.dtype.kind not in kinds and found.size:
        raise ValueError(f"{name} must hold {_KINDS[kinds]}; it holds {found.dtype}")
    wanted = [m if n is None else n for n, m in zip(shape or (), found.shape, strict=False)]
    if shape is not None and (wanted != list(found.shape) or len(shape) != found.ndim):
        free = str(shape).replace("None", "any")
        raise ValueError(f"{name} must have the shape {free}; its shape is {found.shape}")
    return found


def finite(name: str, value, *, shape: tuple | None = None) -> np.ndarray:
    """A dense array of finite numbers as float64."""
    found = array(name, value, shape=shape).astype(np.float64, copy=False)
    if odd := found.size - np.count_nonzero(np.isfinite(found)):
        raise ValueError(f"{name} must be finite; {odd} of its numbers are NaN or infinite")
    return found


def features(name: str, value, *, rows: int | None = None) -> np.ndarray | sparse.csr_matrix:
    """One row of features for every thing, a matrix (rows, columns) of finite float64.

    Takes whatever is plainly one: NumPy and JAX arrays, lists, DataFrames of numbers, and sparse
    matrices of any format, which come back as CSR.
    """
    found = value if sparse.issparse(value) else array(name, _unframed(value))
    if found.ndim != 2 or found.shape[1] == 0:
        raise ValueError(f"{name} must be a matrix (rows, columns) with a column at least; its "
                         f"shape is {found.shape}; x[:, None] makes a column of x")  # fmt: skip
    if rows is not None and found.shape[0] != rows:
        raise ValueError(f"{name} must have {rows} rows, one each; it has {found.shape[0]}")
    if not sparse.issparse(found):
        return finite(name, found)
    if found.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold numbers; it holds {found.dtype}")
    found = sparse.csr_matrix(found.astype(np.float64))  # in this order: entries may be added up
    finite(name, found.data)
    return found


def _unframed(value):
    """A DataFrame whose columns are all numbers as one array; everything else as it is."""
    kinds = {getattr(kind, "kind", "O") for kind in np.atleast_1d(getattr(value, "dtypes", "O"))}
    return value.to_numpy(np.float64, na_value=np.nan) if kinds <= set("biuf") else value


def _within(at_least, at_most) -> str:
    if at_most is None:
        return "" if at_least is None else f" of {at_least} or more"
    return f" of {at_most} or less" if at_least is None else f" in {at_least}..{at_most}"


def _short(value) -> str:
    """The value on one short line, texts in quotes."""
    return " ".join((repr(value) if isinstance(value, str) else str(value)).split())[:60]
