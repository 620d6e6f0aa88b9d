"""What readers hand in that is no answer: each is judged in words, by every exercise."""

import collections
import itertools
from decimal import Decimal
from fractions import Fraction

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pandas as pd
from scipy import sparse

from wl2nas import cells, graphs


class Hostile:
    """Whatever is asked of it, it raises."""

    def refuse(self, *_, **__):
        raise RuntimeError("do not touch")

    __array__ = __len__ = __iter__ = __getitem__ = __repr__ = __str__ = refuse
    __eq__ = __bool__ = __float__ = __index__ = __hash__ = __getattr__ = __call__ = refuse


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def raising(error):
    def function(*_):
        raise error

    return function


def endless():
    while True:
        yield 0


def failing():
    yield 0
    raise KeyError("nothing more")


def itself():
    found = []
    found.append(found)
    return found


def in_place(first, *rest):
    """Returns what it was given, changed."""
    first *= 0
    return first


def changing(cell, *_):
    """A cell that was changed after it was made."""
    cell.adjacency.flags.writeable = True
    cell.adjacency[:] = True
    return cell


def changed_cell():
    cell = cells.Cell(graphs.from_edges(3, [(0, 1), (1, 2)]), ["input", "maxpool", "output"])
    object.__setattr__(cell, "ops", np.array([0, 9, 4], np.int8))
    return cell


CELL = cells.Cell(graphs.from_edges(3, [(0, 1), (1, 2)]), ["input", "maxpool", "output"])
EDGE = cells.Cell(graphs.from_edges(2, [(0, 1)]), ["input", "output"])
HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
LOOPS, RAGGED = np.ones((2, 2)), [[0, 1], [1]]

# Functions that make the value, so that generators are new and nothing is shared between tests.
VALUES = {
    "a number": lambda: 3,
    "a negative number": lambda: -1,
    "a huge number": lambda: 10**5000,
    "a fraction": lambda: Fraction(1, 3),
    "a decimal": lambda: Decimal("NaN"),
    "a complex number": lambda: 1j,
    "not a number": lambda: float("nan"),
    "infinity": lambda: np.inf,
    "true": lambda: True,
    "a text": lambda: "x",
    "no text": lambda: "",
    "a text of two": lambda: "ab",
    "a huge text": lambda: "ab" * 10**6,
    "bytes": lambda: b"abcdcba",
    "no list": list,
    "no tuple": tuple,
    "no dict": dict,
    "a dict": lambda: dict.fromkeys(range(7), "a"),
    "a set": lambda: {1, 2, 3},
    "a set of pairs": lambda: {(1, 2), (3, 4)},
    "a list of None": lambda: [None, None],
    "seven None": lambda: [None] * 7,
    "a list of texts": lambda: ["a", "b"],
    "a list of lists": lambda: [[], []],
    "a ragged list": lambda: RAGGED,
    "two ragged lists": lambda: (RAGGED, RAGGED),
    "three ragged pairs": lambda: [(RAGGED, RAGGED)] * 3,
    "a list in itself": itself,
    "two lists in themselves": lambda: (itself(), itself()),
    "three lists in themselves": lambda: [itself()] * 3,
    "a deep list": lambda: [[[[[[[[[[[[0]]]]]]]]]]]],
    "lists of lists without end": lambda: [[[[[[]] * 999] * 999] * 999] * 999] * 999,
    "a huge range": lambda: range(10**12),
    "two huge ranges": lambda: (range(10**12), range(10**12)),
    "a huge list": lambda: [0] * 10**6,
    "an array without entries": lambda: np.zeros((0,)),
    "a matrix without entries": lambda: np.zeros((0, 0)),
    "two matrices without entries": lambda: (np.zeros((0, 0)),) * 2,
    "three pairs without entries": lambda: [(np.zeros((0, 0)),) * 2] * 3,
    "an array without axes": lambda: np.array(3),
    "an array of NaN": lambda: np.full((6, 6), np.nan),
    "two arrays of NaN": lambda: np.full((2, 6, 6), np.nan),
    "seven NaN": lambda: np.full(7, np.nan),
    "two arrays of infinity": lambda: (np.full((4, 4), np.inf),) * 2,
    "complex arrays": lambda: np.ones((2, 6, 6), complex),
    "an array of objects": lambda: np.array([None, "x", {}], object),
    "arrays of objects": lambda: (np.array([[None] * 4] * 4), np.array([["x"] * 4] * 4)),
    "an array of texts": lambda: np.array(["a", "b"]),
    "an array of dates": lambda: np.array(["2020-01-01"], "datetime64[D]"),
    "an array of records": lambda: np.zeros(2, [("a", int), ("b", float)]),
    "a masked array": lambda: np.ma.masked_all((6, 6)),
    "five axes": lambda: np.zeros((2, 2, 2, 2, 2)),
    "a huge view": lambda: np.broadcast_to(0, (10**9, 10**9)),
    "two huge views": lambda: (np.broadcast_to(0, (10**6, 10**6)),) * 2,
    "a JAX array": lambda: jnp.zeros((3, 3)),
    "a JAX number": lambda: jnp.array(1.5),
    "a frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "a frame of numbers": lambda: pd.DataFrame(np.eye(4)),
    "two frames": lambda: (pd.DataFrame({"a": ["x"]}),) * 2,
    "a series": lambda: pd.Series([1.0, None, 3.0]),
    "missing": lambda: pd.NA,
    "a sparse matrix": lambda: sparse.csr_array(np.eye(6)),
    "two sparse matrices": lambda: (sparse.csr_array(np.eye(6)),) * 2,
    "a graph": lambda: nx.cycle_graph(6),
    "no graph": nx.Graph,
    "two graphs": lambda: (nx.cycle_graph(6), nx.path_graph(6)),
    "three pairs of graphs": lambda: [(nx.cycle_graph(6), nx.path_graph(6))] * 3,
    "one matrix": lambda: HEXAGON,
    "three matrices": lambda: [HEXAGON] * 3,
    "loops": lambda: (LOOPS, LOOPS),
    "one vertex": lambda: ([[0]], [[0]]),
    "a vertex and a graph": lambda: ([[0]], HEXAGON),
    "not square": lambda: (np.zeros((2, 3)), np.zeros((3, 2))),
    "weights": lambda: (2 * HEXAGON, 3 * TRIANGLES),
    "large matrices": lambda: (graphs.cycle(300), graphs.cycle(300)),
    "one large matrix": lambda: graphs.cycle(300),
    "a cell": lambda: CELL,
    "a cell twice": lambda: (CELL, CELL),
    "a cell thrice": lambda: [CELL] * 3,
    "two sizes": lambda: (CELL, EDGE),
    "the smallest cell": lambda: EDGE,
    "a cell and a graph": lambda: (CELL, HEXAGON),
    "a changed cell": changed_cell,
    "two changed cells": lambda: (changed_cell(), changed_cell()),
    "the class of cells": lambda: cells.Cell,
    "a whole space": cells.nasbench101,
    "another space": cells.nasbench201,
    "a cell of another space": lambda: cells.nasbench201()[7],
    "two cells of another space": lambda: cells.nasbench201().take([7, 7]),
    "two codes": lambda: [[0] * 6, [99] * 6],
    "a generator": lambda: (x for x in "abc"),
    "an endless generator": endless,
    "an endless count": itertools.count,
    "a generator that fails": failing,
    "an exhausted iterator": lambda: iter(()),
    "a queue": lambda: collections.deque([1, 2]),
    "an object": object,
    "a hostile object": Hostile,
    "two hostile objects": lambda: (Hostile(), Hostile()),
    "a module": lambda: np,
    "a class": lambda: dict,
    "an exception": lambda: ValueError("x"),
    "not implemented": lambda: NotImplemented,
    "nothing returned": lambda: lambda *_: None,
    "a text returned": lambda: lambda *_: "x",
    "a cell returned": lambda: lambda *_: EDGE,
    "a list in itself returned": lambda: lambda *_: itself(),
    "a generator returned": lambda: lambda *_: endless(),
    "a huge view returned": lambda: lambda *_: np.broadcast_to(0.0, (10**9, 10**9)),
    "NaN returned": lambda: lambda *a: a[0] * np.nan if hasattr(a[0], "dtype") else np.nan,
    "a complex array returned": lambda: lambda *a: jnp.ones((3, 4, 2), complex),
    "a hostile object returned": lambda: lambda *_: Hostile(),
    "another number of arguments": lambda: lambda: None,
    "a function that works in place": lambda: in_place,
    "a function that changes a cell": lambda: changing,
    "a function that fails": lambda: raising(ValueError("no\nsuch luck")),
    "a function that fails without words": lambda: raising(ZeroDivisionError()),
    "a function that fails to say why": lambda: raising(Mute()),
    "a function that does not know": lambda: raising(KeyError(3)),
    "a function without memory": lambda: raising(MemoryError()),
    "a function that asserts": lambda: raising(AssertionError("x")),
    "a function that exits": lambda: raising(SystemExit(1)),
    "a function that stops": lambda: raising(StopIteration()),
    "a function that is not done": lambda: raising(NotImplementedError()),
    "a function without end": lambda: lambda *a: (lambda f: f(f))(lambda f: f(f)),
    "a decorated class": lambda: collections.namedtuple("Pair", "a b"),
    "a named pair": lambda: collections.namedtuple("Pair", "a b")(1, 2),
}  # fmt: skip
