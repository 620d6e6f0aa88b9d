"""What was handed in for an exercise, as what it should be; `Unfit` says why it is not.

Every judge asks for its cells, graphs, numbers and functions here, so that it is only asked about
well-formed ones of a bounded size. ``ask`` is the sentence that says what is wanted.
"""

import itertools
import numbers
from collections.abc import Callable, Mapping
from decimal import Decimal

import networkx as nx
import numpy as np
from scipy import sparse

from course.check.time_limit import TimeUp
from course.check.words import Unfit, kind, said
from wl2nas import cells, graphs

MOST_ENTRIES = 100_000  # of an array, lists within lists included
MOST_AXES = 8
COUNTED = {2: "two", 3: "three"}


# --- several things -----------------------------------------------------------------------------


def items_of(value, ask: str, *, most: int = 100, text: bool = False, unordered: bool = False):
    """A list of the things in a list, a tuple, an array, a generator: whatever has an order.

    A text counts as its letters only with ``text``, a set only with ``unordered``.
    """
    never = (bytes, Mapping, nx.Graph)
    if isinstance(value, never) or (isinstance(value, str) and not text):
        raise Unfit(f"{ask}, not {kind(value)}")
    if isinstance(value, set | frozenset) and not unordered:
        raise Unfit(f"{ask}, not a {kind(value)}, which has no order")
    try:
        iterator = iter(value)
    except Exception as error:
        raise Unfit(f"{ask}, not {kind(value)}") from error
    try:
        items = list(itertools.islice(iterator, most + 1))
    except Exception as error:
        raise Unfit(f"{ask}; this {kind(value)} raises: {said(error)}") from error
    if len(items) > most:
        raise Unfit(f"{ask}; this {kind(value)} holds more than {most}")
    return items


def pair_of(value, ask: str = "hand in a pair, such as (a, b)") -> tuple:
    """The two halves of an answer that should be a pair of cells, graphs or matrices."""
    pair = items_of(value, ask)
    # A matrix of two rows is one graph, not two.
    if len(pair) != 2 or _is_row(pair[0]):
        raise Unfit(f"{ask}, not {kind(value)}" + ("" if len(pair) == 2 else f" of {len(pair)}"))
    return tuple(pair)


def _is_row(value) -> bool:
    """Whether this is a list or array of plain numbers."""
    if isinstance(value, list | tuple):
        return all(isinstance(entry, numbers.Number) for entry in value[:MOST_ENTRIES])
    return isinstance(value, np.ndarray) and value.ndim == 1


# --- numbers ------------------------------------------------------------------------------------


def array_of(value, ask: str) -> np.ndarray:
    """An array of real numbers or Booleans, of any shape, from an array or from nested lists."""
    if isinstance(value, nx.Graph):
        raise Unfit(f"{ask}, not {kind(value)}; nx.to_numpy_array(graph) makes a matrix of one")
    if sparse.issparse(value):
        raise Unfit(f"{ask}, not {kind(value)}; matrix.toarray() makes a plain one")
    try:
        if _entries(value) > MOST_ENTRIES:
            raise ValueError(f"it has more than {MOST_ENTRIES:,} entries")
        if np.ma.is_masked(value):
            raise ValueError("some entries are masked")
        array = np.asarray(value)
        # Fractions and Decimals stand in arrays of objects; bfloat16 is no type of NumPy's own.
        exact = array.dtype == object and all(map(_is_number, array.flat))
        if exact or array.dtype.isbuiltin == 2:
            array = array.astype(float)
    except Exception as error:
        raise Unfit(f"{ask}, not {kind(value)}: {said(error)}") from error
    if array.dtype.kind not in "biuf":
        holds = {"U": " of texts", "c": " of complex numbers", "O": " of objects"}
        raise Unfit(f"{ask}, not {kind(value)}{holds.get(array.dtype.kind, '')}")
    return array


def _is_number(value) -> bool:
    return isinstance(value, numbers.Real | Decimal)


def _entries(value, axis: int = 0) -> int:
    """How many entries and lists an array of this is made of, found before memory is taken."""
    if hasattr(type(value), "__array__"):
        return int(np.prod(getattr(value, "shape", ()), dtype=float))
    if not isinstance(value, list | tuple | range):
        if not isinstance(value, numbers.Number | str | bytes | None):
            raise TypeError(f"it holds a {kind(value)}")
        return 1
    if axis == MOST_AXES:
        raise ValueError(f"its lists are nested more than {MOST_AXES} deep")
    found = 1
    for entry in value:
        found += _entries(entry, axis + 1)
        if found > MOST_ENTRIES:
            break
    return found


def whole_numbers_of(value, ask: str) -> list[int]:
    """A list of whole numbers, also of such as 3.0, from an array of one axis or a list."""
    array = array_of(value if hasattr(type(value), "__array__") else items_of(value, ask), ask)
    if array.ndim != 1 or not (np.isfinite(array) & (array == np.floor(array))).all():
        raise Unfit(ask)
    return [int(number) for number in array]


# --- graphs -------------------------------------------------------------------------------------


def graph_of(value, ask: str, *, most: int) -> graphs.Matrix:
    """The adjacency matrix of a graph with at least one and at most so many vertices."""
    array = array_of(value, ask)
    if array.ndim != 2:
        raise Unfit(f"{ask}, not {kind(value)} of shape {array.shape}")
    if max(array.shape) > most:
        raise Unfit(f"use at most {most} vertices; here one has {max(array.shape)}")
    if array.size == 0:
        raise Unfit(f"{ask} with at least one vertex")
    try:
        return graphs.as_adjacency(array)
    except ValueError as error:
        raise Unfit(str(error)) from error


def graphs_of(pair, *, most: int) -> tuple[graphs.Matrix, graphs.Matrix]:
    """Two adjacency matrices with at most so many vertices."""
    ask = "hand in two adjacency matrices"
    a, b = (graph_of(graph, ask, most=most) for graph in pair_of(pair, f"{ask}, a pair (a, b)"))
    return a, b


def skeletons_of(pair, *, most: int) -> tuple[graphs.Matrix, graphs.Matrix]:
    """The same without their directions."""
    a, b = graphs_of(pair, most=most)
    return graphs.skeleton(a), graphs.skeleton(b)


# --- cells --------------------------------------------------------------------------------------


def cell_of(value, ask: str = "hand in a cells.Cell") -> cells.Cell:
    """A cell of NAS-Bench-101, checked once more: of other rules, or changed since, it is none."""
    if not isinstance(value, cells.Cell):
        raise Unfit(f"{ask}, not {kind(value)}")
    try:
        return cells.Cell(value.adjacency, value.names)
    except Exception as error:
        raise Unfit(f"{ask} of NAS-Bench-101: {said(error)}") from error


def cells_of(value, count: int) -> list[cells.Cell]:
    """So many cells."""
    ask = f"hand in {COUNTED[count]} cells.Cell"
    found = pair_of(value) if count == 2 else items_of(value, ask)
    if len(found) != count:
        raise Unfit(f"{ask}; these are {len(found)}")
    return [cell_of(cell, ask) for cell in found]


# --- functions ----------------------------------------------------------------------------------


def function_of(value, ask: str) -> Callable:
    """Something that can be called."""
    if not callable(value):
        raise Unfit(f"{ask}, not {kind(value)}")
    return value


def call(function: Callable, *arguments, on: str):
    """What the reader's function returns; ``on`` names the arguments where it raises."""
    try:
        return function(*arguments)
    except (KeyboardInterrupt, TimeUp):
        raise
    except BaseException as error:  # SystemExit too: exit() in a function ends no notebook
        raise Unfit(f"for {on} it raises: {said(error)}") from error
