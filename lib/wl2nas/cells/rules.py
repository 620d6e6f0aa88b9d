"""What a cell of a space may be: its operations, its size, its wiring.

A cell is a labelled directed acyclic graph with an input (first vertex) and an output (last
vertex); every vertex lies on a path between them. ``Rules`` says which of these a space holds:
those with some inner operations and at most so many vertices and edges. ``Template`` says it of a
space with one wiring, in which only the operations are free. Whatever depends on the space asks its
rules: which arrays are legal, how to enumerate, in which orders a cell can be written, how it is
edited.

* An operation is coded by its place in ``operations``: input 0, then the inner ones, the output
  last. -1 is padding, behind the real vertices.
* Vertices stand in topological order, so adjacency matrices are upper triangular.
* An adjacency matrix is also written as bits: ``x + y (y - 1) / 2`` is the edge ``x -> y``.

NAS-Bench-101 is ``NASBENCH101`` below, NAS-Bench-201 is in ``nasbench_201``.
Shapes: adjacency (N, V, V), operations (N, V), for V = ``max_vertices``.
"""

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, UInt64

from wl2nas import graphs

INPUT, PADDING = 0, -1
CODE_BITS = 64  # a cell is coded in one integer


@dataclass(frozen=True)
class Rules:
    """Cells of 2 to ``max_vertices`` vertices and at most ``max_edges`` edges.

    inner: the names of the inner operations, in the order of their codes 1, 2, ...
    compared: the same names in the order in which labellings are compared, where it is another.
    kernels: the kernel size of the convolution that each of ``inner`` is, 0 for none; without,
        nothing is said of parameters (``channels``).
    ends: the names of input and output.

    >>> rules = Rules(("conv", "pool"), max_vertices=4, max_edges=5, name="tiny")
    >>> rules.operations
    ('input', 'conv', 'pool', 'output')

    ValueError names the field that no space can have.
    """

    inner: Sequence[str]
    max_vertices: int
    max_edges: int
    name: str = "cells"
    compared: Sequence[str] = ()
    kernels: Sequence[int] = ()
    ends: Sequence[str] = ("input", "output")

    def __post_init__(self):
        for field in ("inner", "compared", "kernels", "ends"):  # lists are welcome
            value = getattr(self, field)
            if isinstance(value, str) or not isinstance(value, tuple | list):
                raise ValueError(f"{field} must be a tuple; it is {value!r}")
            object.__setattr__(self, field, tuple(value))
        names = (self.ends[0], *self.inner, *self.ends[1:])
        if not self.inner or not all(isinstance(n, str) and n for n in names):
            raise ValueError(f"inner must name at least one operation; it is {self.inner!r}")
        if len(self.ends) != 2 or len(set(names)) != len(names):
            raise ValueError(f"operations must have names of their own; they are {names}")
        object.__setattr__(self, "compared", self.compared or self.inner)
        if sorted(self.compared) != sorted(self.inner):
            raise ValueError(f"compared must hold the names {self.inner}; it is {self.compared}")
        if self.kernels and len(self.kernels) != len(self.inner):
            raise ValueError(f"kernels must hold a number for each of {self.inner}")
        for field, least in (("max_vertices", 2), ("max_edges", 1)):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ValueError(f"{field} must be a whole number from {least}; it is {value!r}")
        if self.code_bits > CODE_BITS:
            raise ValueError(
                f"max_vertices={self.max_vertices} with {len(self.inner)} operations needs "
                f"{self.code_bits} bits a cell, and a code has {CODE_BITS}; take fewer of either"
            )

    # --- operations -----------------------------------------------------------------------------

    @functools.cached_property
    def operations(self) -> tuple[str, ...]:
        """All names by code: the input, the inner operations, the output."""
        return (self.ends[0], *self.inner, self.ends[1])

    @property
    def output(self) -> int:
        """The code of the output."""
        return len(self.inner) + 1

    @functools.cached_property
    def digits(self) -> Int[np.ndarray, " K"]:
        """The place of every code in the order that labellings are compared in; -1 for the ends."""
        return np.array([-1, *map(self.compared.index, self.inner), -1])

    def code(self, operation) -> int:
        """The code of an operation, given by name or code; ValueError if it is none."""
        if isinstance(operation, str):
            if operation in self.operations:
                return self.operations.index(operation)
        elif np.ndim(operation) == 0:
            number = np.asarray(operation)
            if number.dtype.kind in "iu" and 0 <= number <= self.output:
                return int(number)
        raise ValueError(
            f"unknown operation {operation!r}; choose from {self.operations} or 0..{self.output}"
        )

    def read(self, text: str):
        """The cell that a text stands for; ValueError, since these rules have no texts."""
        raise ValueError(f"cells of {self.name} have no text form; give a Cell, not {text[:40]!r}")

    def write(self, cell) -> str:
        """A cell as a text; ``read`` reads it back where the rules have such a form."""
        return repr(cell)

    # --- size and wiring ------------------------------------------------------------------------

    @property
    def sizes(self) -> range:
        """The numbers of vertices that a cell can have."""
        return range(2, self.max_vertices + 1)

    @functools.cached_property
    def edge_bits(self) -> int:
        """Bits of an adjacency matrix."""
        return self.max_vertices * (self.max_vertices - 1) // 2

    @functools.cached_property
    def digit_bits(self) -> int:
        """Bits of one inner operation: its digit, or the largest number for padding."""
        return len(self.inner).bit_length()

    @property
    def code_bits(self) -> int:
        """Bits of a whole cell."""
        return self.edge_bits + (self.max_vertices - 2) * self.digit_bits

    def wirings(self, n: int) -> UInt64[np.ndarray, " M"]:
        """All upper triangular matrices of n-vertex cells, as bits; one cell has several.

        Vertex after vertex is given its predecessors, so that at least one edge is kept for each
        that is still to come.
        """
        if n not in self.sizes:
            raise ValueError(f"n must be in {self.sizes} for {self.name}; it is {n}")
        bits = np.zeros(1, np.uint64)
        for y in range(1, n):
            chosen = np.arange(1, 1 << y, dtype=np.uint64) << np.uint64(y * (y - 1) // 2)
            bits = (bits[:, None] | chosen).ravel()
            bits = bits[np.bitwise_count(bits) <= self.max_edges - (n - 1 - y)]
        for x in range(n - 1):  # a successor for every vertex but the output
            row = sum(1 << (x + y * (y - 1) // 2) for y in range(x + 1, n))
            bits = bits[bits & np.uint64(row) != 0]
        return np.sort(bits)

    def orders(self, n: int) -> Int[np.ndarray, "P n"]:
        """The orders in which the vertices of an n-vertex cell can be asked to stand.

        Input first, output last, the others in every order; those that turn an edge backwards
        drop out later. In the order of itertools.
        """
        return inner_orders(n)

    def check(self, adjacency: Bool[np.ndarray, "n n"], ops: Int[np.ndarray, " n"]):
        """ValueError that says why this is no cell: its size, its ends, a cycle, a stray vertex."""
        n, edges = len(ops), int(adjacency.sum())
        if n not in self.sizes:
            least = min(self.sizes)
            span = f"{least} to {self.max_vertices}" if len(self.sizes) > 1 else f"{least}"
            raise ValueError(f"a cell has {span} vertices; this one has {n}")
        if edges > self.max_edges:
            raise ValueError(f"a cell has at most {self.max_edges} edges; this one has {edges}")
        if ops[0] != INPUT or ops[-1] != self.output or np.isin(ops[1:-1], (0, self.output)).any():
            first, last = (repr(name) for name in self.ends)
            raise ValueError(
                f"ops must start with {first}, end with {last} and use both only there"
            )
        if (loop := graphs.find_cycle(adjacency)) is not None:
            raise ValueError(f"adjacency has the cycle {loop + loop[:1]}; a cell is acyclic")
        if np.tril(adjacency).any():
            raise ValueError("vertices are not in topological order: reorder with graphs.relabel")
        # In topological order: a predecessor and a successor everywhere means a path through it.
        stranded = [v for v in range(n) if v > 0 and not adjacency[:, v].any()]
        stranded += [v for v in range(n - 1) if not adjacency[v].any()]
        if stranded:
            raise ValueError(
                f"the cell is disconnected: vertex {stranded[0]} is on no path from input to output"
            )

    def legal(
        self, adjacency: Bool[np.ndarray, "N V V"], ops: Int[np.ndarray, "N V"]
    ) -> Bool[np.ndarray, " N"]:
        """Which padded arrays are cells as they stand: what ``check`` refuses is not."""
        v = self.check_width(ops)
        place, real = np.arange(v), ops != PADDING
        n = real.sum(axis=1)[:, None]
        last = place == n - 1
        inner = (ops > INPUT) & (ops < self.output)
        operations = np.where(place == 0, ops == INPUT, np.where(last, ops == self.output, inner))
        operations = (operations == (place < n)).all(axis=1) & (real == (place < n)).all(axis=1)
        forwards = ~np.tril(adjacency).any(axis=(1, 2))
        entered, left = adjacency.any(axis=1), adjacency.any(axis=2)
        # No edge at padding: where the output feeds nothing, nothing behind it can be on a path.
        wired = (entered == ((place > 0) & (place < n))) & (left == (place < n - 1))
        size = (n[:, 0] >= min(self.sizes)) & (n[:, 0] <= self.max_vertices)
        few = adjacency.sum(axis=(1, 2)) <= self.max_edges
        return operations & forwards & wired.all(axis=1) & size & few

    def valid_published(
        self, adjacency: Bool[np.ndarray, "N V V"], ops: Int[np.ndarray, "N V"]
    ) -> Bool[np.ndarray, " N"]:
        """What the public arch2vec code counts as valid: legal after pruning, padding ignored."""
        self.check_width(ops)
        kept = graphs.on_a_path(adjacency)
        return kept[:, 0] & self.legal_kept(adjacency, ops, kept)

    def legal_kept(self, adjacency, ops, kept: Bool[np.ndarray, "N n"]) -> Bool[np.ndarray, " N"]:
        """First vertex input, last output, the kept ones between operations, few enough edges."""
        inner = kept.copy()
        inner[:, 0] = inner[:, -1] = False
        operations = (ops > INPUT) & (ops < self.output)
        edges = (adjacency & kept[:, :, None] & kept[:, None, :]).sum(axis=(1, 2))
        ends = (ops[:, 0] == INPUT) & (ops[:, -1] == self.output)
        return ends & (operations | ~inner).all(axis=1) & (edges <= self.max_edges)

    def togglable(
        self, adjacency: Bool[np.ndarray, "N V V"], ops: Int[np.ndarray, "N V"]
    ) -> Bool[np.ndarray, "N V V"]:
        """The edges of cells that could be inserted, without a cycle, or deleted, one at a time."""
        real = ops != PADDING
        # Both ends keep another edge on that side: then every vertex stays on a path.
        spare_out, spare_in = (adjacency.sum(axis=axis) > 1 for axis in (2, 1))
        deleted = adjacency & spare_out[:, :, None] & spare_in[:, None, :]
        # An edge into the input or out of the output closes a cycle, as all vertices lie between.
        backwards = np.swapaxes(graphs.reaches(adjacency), 1, 2)
        backwards = backwards | np.eye(adjacency.shape[1], dtype=bool)
        room = (adjacency.sum(axis=(1, 2)) < self.max_edges)[:, None, None]
        inserted = real[:, :, None] & real[:, None, :] & ~adjacency & ~backwards & room
        return deleted | inserted

    def check_width(self, ops) -> int:
        """The padded vertices; ValueError if cells of these rules are padded to another number."""
        if (v := ops.shape[-1]) != self.max_vertices:
            raise ValueError(
                f"the cells have {v} vertices, padding included; {self.name} has "
                f"{self.max_vertices}: give the rules that the cells were made for"
            )
        return v


@dataclass(frozen=True)
class Template(Rules):
    """Cells of one wiring: ``edges`` (pairs i -> j with i < j) on all ``max_vertices`` vertices.

    >>> line = Template.of(("conv", "pool"), [(0, 1), (1, 2)], name="line")
    >>> line.sizes, len(line.wirings(3))
    (range(3, 4), 1)
    """

    edges: Sequence[tuple[int, int]] = ()

    @classmethod
    def of(cls, inner, edges, **fields) -> "Template":
        """The rules with this wiring; ``fields`` are those of ``Rules``."""
        edges = tuple((int(i), int(j)) for i, j in edges)
        size = 1 + max(itertools.chain.from_iterable(edges))
        return cls(inner, size, len(edges), edges=edges, **fields)

    def __post_init__(self):
        super().__post_init__()
        chain = np.array([INPUT, *[1] * (self.max_vertices - 2), self.output])
        super().check(self.wiring, chain)

    @functools.cached_property
    def wiring(self) -> Bool[np.ndarray, "V V"]:
        """The adjacency matrix of every cell."""
        return graphs.read_only(graphs.from_edges(self.max_vertices, self.edges))

    @property
    def sizes(self) -> range:
        """The one number of vertices that a cell has."""
        return range(self.max_vertices, self.max_vertices + 1)

    def wirings(self, n: int) -> UInt64[np.ndarray, " M"]:
        """The one matrix of all cells, as bits."""
        if n not in self.sizes:
            raise ValueError(f"n must be {self.max_vertices} for {self.name}; it is {n}")
        return np.array([sum(1 << (x + y * (y - 1) // 2) for x, y in self.edges)], np.uint64)

    def orders(self, n: int) -> Int[np.ndarray, "P n"]:
        """The symmetries of the wiring: in any other order a cell would not be as it should."""
        if n != self.max_vertices:
            return np.empty((0, n), int)
        return np.array([p for p in inner_orders(n)
                         if (self.wiring[np.ix_(p, p)] == self.wiring).all()])  # fmt: skip

    def check(self, adjacency: Bool[np.ndarray, "n n"], ops: Int[np.ndarray, " n"]):
        """ValueError that says why this is no cell."""
        super().check(adjacency, ops)
        if odd := np.argwhere(adjacency != self.wiring).tolist():
            i, j = odd[0]
            what = "has" if adjacency[i, j] else "lacks"
            raise ValueError(f"adjacency {what} the edge ({i}, {j}); {self.name} has one wiring, "
                             f"{list(self.edges)}")  # fmt: skip

    def legal(
        self, adjacency: Bool[np.ndarray, "N V V"], ops: Int[np.ndarray, "N V"]
    ) -> Bool[np.ndarray, " N"]:
        """Which arrays have the wiring, operations on the inner vertices, and the ends."""
        self.check_width(ops)
        return self.legal_kept(adjacency, ops, np.ones(ops.shape, bool))

    def legal_kept(self, adjacency, ops, kept: Bool[np.ndarray, "N n"]) -> Bool[np.ndarray, " N"]:
        """As for any rules, and the wiring is the right one: nothing of it can be pruned."""
        legal = super().legal_kept(adjacency, ops, kept) & kept.all(axis=1)
        return legal & (adjacency == self.wiring).all(axis=(1, 2))

    def valid_published(
        self, adjacency: Bool[np.ndarray, "N V V"], ops: Int[np.ndarray, "N V"]
    ) -> Bool[np.ndarray, " N"]:
        """What the public arch2vec code counts as valid: the names of the operations alone, the
        first inner one unread, the adjacency matrix ignored."""
        self.check_width(ops)
        inner = ((ops[:, 2:-1] > INPUT) & (ops[:, 2:-1] < self.output)).all(axis=1)
        return inner & (ops[:, 0] == INPUT) & (ops[:, -1] == self.output)

    def togglable(
        self, adjacency: Bool[np.ndarray, "N V V"], ops: Int[np.ndarray, "N V"]
    ) -> Bool[np.ndarray, "N V V"]:
        """None: the wiring is the same in every cell."""
        return np.zeros(adjacency.shape, bool)


def inner_orders(n: int) -> Int[np.ndarray, "P n"]:
    """All orders of n vertices that leave the input first and the output last."""
    return np.array([(0, *order, n - 1) for order in itertools.permutations(range(1, n - 1))])


# The rules that are meant where none are given. The published one-hot order is that of the codes;
# the official hash compares in another.
NASBENCH101 = Rules(
    ("conv1x1", "conv3x3", "maxpool"), max_vertices=7, max_edges=9, name="NAS-Bench-101",
    compared=("conv3x3", "conv1x1", "maxpool"), kernels=(1, 3, 0),
)  # fmt: skip
