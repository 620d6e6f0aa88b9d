"""Cells: labelled directed acyclic graphs, and the complete NAS-Bench-101 space of them.

A cell has an input (first vertex), an output (last vertex) and up to five inner vertices, each
with one of three operations; every vertex lies on a path from input to output; there are at most
nine edges. Vertices stand in topological order, so the adjacency matrix is upper triangular.

* Operations are coded by their position in ``OPERATIONS``; -1 is padding.
* ``adjacency bits``: bit ``x + y (y - 1) / 2`` is the edge ``x -> y``.
* The representative of a cell is, among all its topological orders, the one with the smallest
  adjacency bits, then the smallest labelling in the order conv3x3 < conv1x1 < maxpool.
* In ``nasbench101()`` the rows stand in ascending order of the official module hash.

Source of the definitions: Ying et al. 2019, "NAS-Bench-101", arXiv 1902.09635.
"""

import functools
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import numpy as np
from jaxtyping import Bool, Int, Int8, UInt32

from wl2nas import graphs

OPERATIONS = ("input", "conv1x1", "conv3x3", "maxpool", "output")
INPUT, CONV1X1, CONV3X3, MAXPOOL, OUTPUT = range(5)
PADDING = -1
MAX_VERTICES, MAX_EDGES = 7, 9

# The order in which labellings are compared, and the integers that the official hash uses.
_INNER = np.array([CONV3X3, CONV1X1, MAXPOOL], np.int8)
_DIGIT = {int(op): digit for digit, op in enumerate(_INNER)}
_HASH_LABEL = {INPUT: -1, OUTPUT: -2, **_DIGIT}
_UPPER = [(x, y) for y in range(MAX_VERTICES) for x in range(y)]  # in the order of the bits


@dataclass(frozen=True, eq=False, init=False)
class Cell:
    """One cell, checked when it is made from any square 0-1 matrix and operation names or codes.

    Raises ValueError that names what is wrong: shape, entries, an unknown operation, the number
    of labels, a cycle, the order of the vertices, a vertex off every path, too many edges.
    """

    adjacency: Bool[np.ndarray, "n n"]
    ops: Int8[np.ndarray, " n"]

    def __init__(self, adjacency, ops):
        adjacency = graphs.as_adjacency(adjacency)
        ops = _as_operations(ops, len(adjacency))
        _check_structure(adjacency, ops)
        object.__setattr__(self, "adjacency", adjacency)
        object.__setattr__(self, "ops", ops)

    def __len__(self) -> int:
        return len(self.ops)

    @property
    def names(self) -> tuple[str, ...]:
        """The operations by name, input first, output last."""
        return tuple(OPERATIONS[op] for op in self.ops)

    @property
    def edges(self) -> list[tuple[int, int]]:
        """All edges as pairs (i, j), sorted."""
        return [(int(i), int(j)) for i, j in zip(*np.nonzero(self.adjacency), strict=True)]


@dataclass(frozen=True, eq=False)
class CellSpace:
    """Many cells as padded arrays; ``space[row]`` is one Cell, ``len(space)`` their number."""

    adjacency: Bool[np.ndarray, "N V V"]
    ops: Int8[np.ndarray, "N V"]

    def __len__(self) -> int:
        return len(self.ops)

    def __getitem__(self, row: int | np.integer) -> Cell:
        n = self.n_vertices[row]
        return Cell(self.adjacency[row, :n, :n], self.ops[row, :n])

    def __iter__(self) -> Iterator[Cell]:
        return (self[row] for row in range(len(self)))

    def take(self, rows) -> "CellSpace":
        """The cells at these rows (indices or a mask), in that order."""
        return CellSpace(self.adjacency[rows], self.ops[rows])

    @functools.cached_property
    def n_vertices(self) -> Int[np.ndarray, " N"]:
        """Real vertices of every cell."""
        return (self.ops != PADDING).sum(axis=1)

    @functools.cached_property
    def n_edges(self) -> Int[np.ndarray, " N"]:
        """Edges of every cell."""
        return self.adjacency.sum(axis=(1, 2), dtype=np.int64)

    @functools.cached_property
    def codes(self) -> UInt32[np.ndarray, " N"]:
        """31 bits a cell: 21 adjacency bits, then five 2-bit operations (3 is padding)."""
        return encode(self.adjacency, self.ops)

    def row(self, cell: Cell) -> int:
        """The row of a cell in any vertex order; ValueError if the space does not hold it."""
        code = stack([canonical_form(cell)]).codes[0]
        rows = np.flatnonzero(self.codes == code)
        if len(rows) == 0:
            raise ValueError(f"this space of {len(self)} cells does not hold {cell.names}")
        return int(rows[0])


def stack(cells) -> CellSpace:
    """Pad a list of cells to ``MAX_VERTICES`` and stack them."""
    space = CellSpace(
        np.zeros((len(cells), MAX_VERTICES, MAX_VERTICES), bool),
        np.full((len(cells), MAX_VERTICES), PADDING, np.int8),
    )
    for row, cell in enumerate(cells):
        space.adjacency[row, : len(cell), : len(cell)] = cell.adjacency
        space.ops[row, : len(cell)] = cell.ops
    return space


def reordered(space, order: Int[np.ndarray, "N V"]) -> CellSpace:
    """Every graph of a space with its vertices in an order of its own: new vertex k is order[k]."""
    rows = np.take_along_axis(space.adjacency, order[:, :, None], axis=1)
    return CellSpace(
        np.take_along_axis(rows, order[:, None, :], axis=2),
        np.take_along_axis(space.ops, order, axis=1),
    )


def structures(space: CellSpace) -> tuple[Int[np.ndarray, " D"], Int[np.ndarray, " N"]]:
    """The first row of every adjacency matrix that occurs, and for every cell the number of its."""
    bits = np.packbits(space.adjacency.reshape(len(space), -1), axis=1)
    _, first, member = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    return first, member.reshape(-1)


def _as_operations(ops, n: int) -> Int8[np.ndarray, " n"]:
    ops = list(ops)
    if len(ops) != n:
        raise ValueError(f"ops has {len(ops)} labels for {n} vertices; give one per vertex")
    codes = []
    for op in ops:
        if isinstance(op, str) and op in OPERATIONS:
            codes.append(OPERATIONS.index(op))
        elif isinstance(op, int | np.integer) and 0 <= op < len(OPERATIONS):
            codes.append(int(op))
        else:
            raise ValueError(f"unknown operation {op!r}; choose from {OPERATIONS} or 0..4")
    return np.array(codes, np.int8)


def _check_structure(adjacency, ops):
    n, edges = len(ops), int(adjacency.sum())
    if not 2 <= n <= MAX_VERTICES:
        raise ValueError(f"a cell has 2 to {MAX_VERTICES} vertices; this one has {n}")
    if edges > MAX_EDGES:
        raise ValueError(f"a cell has at most {MAX_EDGES} edges; this one has {edges}")
    ends = [v for v in range(n) if ops[v] in (INPUT, OUTPUT)]
    if ops[0] != INPUT or ops[-1] != OUTPUT or ends != [0, n - 1]:
        raise ValueError("ops must start with 'input', end with 'output' and use both only there")
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


# --- one cell: orders, canonical form, hash -----------------------------------------------------


def _inner_orders(n: int) -> Int[np.ndarray, "p n"]:
    """All orders of n vertices that leave the input first and the output last."""
    inner = list(itertools.permutations(range(1, n - 1)))
    return np.array([(0, *order, n - 1) for order in inner])


def topological_orders(cell: Cell) -> list[np.ndarray]:
    """Every order of the vertices in which all edges point forwards, input first, output last."""
    orders = _inner_orders(len(cell))
    return [p for p in orders if not np.tril(cell.adjacency[np.ix_(p, p)]).any()]


def canonical_form(cell: Cell) -> Cell:
    """The representative of a cell: smallest adjacency bits, then smallest labelling."""
    orders = topological_orders(cell)
    candidates = [Cell(*graphs.relabel(cell.adjacency, cell.ops, p)) for p in orders]
    return min(candidates, key=_representative_key)


def _representative_key(cell: Cell):
    bits = sum(1 << (x + y * (y - 1) // 2) for x, y in cell.edges)
    return bits, [_DIGIT[int(op)] for op in cell.ops[1:-1]]


def automorphisms(cell: Cell) -> list[np.ndarray]:
    """The orders that give back the same adjacency and operations; always at least one."""
    same = []
    for order in topological_orders(cell):
        adjacency, ops = graphs.relabel(cell.adjacency, cell.ops, order)
        if (adjacency == cell.adjacency).all() and (ops == cell.ops).all():
            same.append(order)
    return same


def module_hash(cell: Cell) -> str:
    """The official NAS-Bench-101 identity of a cell: Weisfeiler-Lehman with MD5 as dictionary.

    A vertex starts with its degrees and label; each of n rounds hashes the sorted hashes of its
    predecessors, those of its successors, and its own. Directions are kept apart.
    Source: nasbench/lib/graph_util.py, hash_module.
    """

    def md5(text) -> str:
        return hashlib.md5(str(text).encode()).hexdigest()

    adjacency, n = cell.adjacency, len(cell)
    predecessors = [np.flatnonzero(adjacency[:, v]) for v in range(n)]
    successors = [np.flatnonzero(adjacency[v]) for v in range(n)]
    colours = [
        md5((len(successors[v]), len(predecessors[v]), _HASH_LABEL[int(cell.ops[v])]))
        for v in range(n)
    ]
    for _ in range(n):
        colours = [
            md5(
                "".join(sorted(colours[w] for w in predecessors[v]))
                + "|"
                + "".join(sorted(colours[w] for w in successors[v]))
                + "|"
                + colours[v]
            )
            for v in range(n)
        ]
    return md5(sorted(colours))


# --- the compact code ---------------------------------------------------------------------------


def encode(adjacency, ops) -> UInt32[np.ndarray, " N"]:
    """Pack padded cells into 31 bits each; the inverse of ``decode``."""
    codes = np.zeros(len(ops), np.uint32)
    for bit, (x, y) in enumerate(_UPPER):
        codes |= adjacency[:, x, y].astype(np.uint32) << np.uint32(bit)
    digit = np.full(len(OPERATIONS) + 1, 3, np.uint32)  # index -1 (padding), input, output: 3
    digit[list(_DIGIT)] = list(_DIGIT.values())
    for place in range(MAX_VERTICES - 2):
        codes |= digit[ops[:, place + 1]] << np.uint32(21 + 2 * place)
    return codes


def decode(codes: UInt32[np.ndarray, " N"]) -> CellSpace:
    """Unpack 31-bit codes into a CellSpace."""
    adjacency = np.zeros((len(codes), MAX_VERTICES, MAX_VERTICES), bool)
    for bit, (x, y) in enumerate(_UPPER):
        adjacency[:, x, y] = (codes >> np.uint32(bit)) & np.uint32(1)
    ops = np.full((len(codes), MAX_VERTICES), PADDING, np.int8)
    ops[:, 0] = INPUT
    lookup = np.array([*_INNER, PADDING], np.int8)
    for place in range(MAX_VERTICES - 2):
        ops[:, place + 1] = lookup[(codes >> np.uint32(21 + 2 * place)) & np.uint32(3)]
    ops[np.arange(len(codes)), (ops != PADDING).sum(axis=1)] = OUTPUT
    return CellSpace(adjacency, ops)


# --- the whole space ----------------------------------------------------------------------------


def _bit_of(n: int) -> UInt32[np.ndarray, "n n"]:
    """The adjacency bit of every edge x -> y with x < y."""
    x, y = np.triu_indices(n, 1)
    bits = np.zeros((n, n), np.uint32)
    bits[x, y] = np.uint32(1) << (x + y * (y - 1) // 2).astype(np.uint32)
    return bits


def legal_matrices(n: int) -> UInt32[np.ndarray, " M"]:
    """All upper triangular matrices of n-vertex cells, as adjacency bits; one cell has several."""
    bit_of = _bit_of(n)
    bits = np.arange(1 << (n * (n - 1) // 2), dtype=np.uint32)
    bits = bits[np.bitwise_count(bits) <= MAX_EDGES]
    for v in range(1, n):  # a predecessor for every vertex but the input,
        bits = bits[bits & np.uint32(bit_of[:, v].sum()) != 0]
    for v in range(n - 1):  # a successor for every vertex but the output
        bits = bits[bits & np.uint32(bit_of[v].sum()) != 0]
    return bits


def unlabelled_dags(n: int) -> tuple[UInt32[np.ndarray, " D"], Bool[np.ndarray, "D P"]]:
    """The DAGs of n-vertex cells up to isomorphism, as adjacency bits, and their symmetries.

    Row d of the second array marks, among the (n - 2)! orders of the inner vertices in
    itertools order, those that leave DAG d unchanged.
    """
    bits, bit_of = legal_matrices(n), _bit_of(n)
    pairs = [(x, y) for y in range(n) for x in range(y)]

    def renamed(order):
        """The bits after renaming, and where an edge would point backwards."""
        moved, backwards = np.zeros_like(bits), np.zeros(len(bits), bool)
        place = np.argsort(order, kind="stable")  # old vertex -> new vertex
        for bit, (x, y) in enumerate(pairs):
            edge = (bits >> np.uint32(bit)) & np.uint32(1)
            if place[x] < place[y]:
                moved |= edge * bit_of[place[x], place[y]]
            else:
                backwards |= edge.astype(bool)
        return np.where(backwards, np.uint32(0xFFFFFFFF), moved)

    images = np.stack([renamed(order) for order in _inner_orders(n)], axis=1)
    smallest = images.min(axis=1) == bits
    return bits[smallest], images[smallest] == bits[smallest, None]


def enumerate_nasbench101(max_vertices: int = MAX_VERTICES) -> CellSpace:
    """Every cell up to isomorphism from the definition alone, by size, then adjacency bits.

    A DAG gets all 3^(n-2) labellings but those that a symmetry of the DAG maps to a smaller one.
    """
    codes = []
    for n in range(2, max_vertices + 1):
        dags, symmetric = unlabelled_dags(n)
        labellings = np.array(list(itertools.product(range(3), repeat=n - 2)), np.uint32)
        rank = labellings @ (3 ** np.arange(n - 2)[::-1]).astype(np.uint32)  # 0, 1, 2, ...
        smallest = np.ones((len(dags), len(rank)), bool)
        for order, has in zip(_inner_orders(n), symmetric.T, strict=True):
            image = rank[labellings[:, order[1:-1] - 1] @ (3 ** np.arange(n - 2)[::-1])]
            smallest[has] &= image >= rank
        shifts = (21 + 2 * np.arange(n - 2)).astype(np.uint32)
        padding = sum(3 << (21 + 2 * place) for place in range(n - 2, MAX_VERTICES - 2))
        packed = (labellings << shifts).sum(axis=1, dtype=np.uint32) + np.uint32(padding)
        dag, labelling = np.nonzero(smallest)
        codes.append(dags[dag] | packed[labelling])
    return decode(np.concatenate(codes))


@functools.cache
def nasbench101() -> CellSpace:
    """All 423,624 cells of NAS-Bench-101 from the shipped file, in module-hash order."""
    file = resources.files("wl2nas") / "_data" / "nasbench101.npy"
    with file.open("rb") as stream:
        codes = np.load(stream, allow_pickle=False)
    if codes.shape != (423_624,) or codes.dtype != np.uint32:
        raise ValueError(f"{file} is not the file of 423,624 cells; rebuild it with `make data`")
    return decode(codes)
