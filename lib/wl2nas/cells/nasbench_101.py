"""NAS-Bench-101: its cells in the order of the public table, its hash, its own spelling.

Up to five inner vertices, each with one of three operations, and at most nine edges: the rules
``NASBENCH101``. In ``nasbench101()`` the rows stand in ascending order of the official module hash,
so that a row here is a row of the public table. (The module is not called as the function is, since
``cells.nasbench101`` is the function.)

Source: Ying et al. 2019, "NAS-Bench-101", arXiv 1902.09635.
"""

import functools
import hashlib
import re

import numpy as np

from wl2nas import files, graphs
from wl2nas.cells.enumeration import enumerate_cells
from wl2nas.cells.rules import NASBENCH101, PADDING
from wl2nas.cells.space import Cell, CellSpace

OPERATIONS = NASBENCH101.operations
INPUT, CONV1X1, CONV3X3, MAXPOOL, OUTPUT = range(5)
MAX_VERTICES, MAX_EDGES = NASBENCH101.max_vertices, NASBENCH101.max_edges
CELLS = 423_624

# The integers that the official code hashes, and the names that it uses.
_OFFICIAL = {-1: INPUT, -2: OUTPUT, 0: CONV3X3, 1: CONV1X1, 2: MAXPOOL}
OFFICIAL_NAMES = {
    "conv3x3-bn-relu": CONV3X3, "conv1x1-bn-relu": CONV1X1, "maxpool3x3": MAXPOOL
}  # fmt: skip


def enumerate_nasbench101(max_vertices: int = MAX_VERTICES) -> CellSpace:
    """Every cell from the definition alone, by size, adjacency bits, labelling."""
    return enumerate_cells(NASBENCH101, max_vertices)


@functools.cache
def nasbench101() -> CellSpace:
    """All 423,624 cells from the shipped file, in module-hash order.

    ValueError if the file is not the one that was shipped.
    """
    content = files.shipped("nasbench101.npy")
    found = files.read_npy(content, "uint32", (CELLS,), named="nasbench101.npy")
    return CellSpace.from_codes(found)


def from_spec(matrix, ops) -> Cell:
    """A cell as NAS-Bench-101 itself spells it: `ModelSpec(matrix, ops)`.

    ``matrix`` is n x n with n up to 7, ``ops`` the names "input", "conv3x3-bn-relu",
    "conv1x1-bn-relu", "maxpool3x3", "output" (ours are understood too), or the integers that the
    benchmark hashes: -1 input, 0, 1, 2 for conv3x3, conv1x1, maxpool, -2 output. As there, vertices
    on no path from input to output are pruned. ValueError where nothing is left, or as ``Cell``.

    >>> from_spec([[0, 1, 1], [0, 0, 0], [0, 0, 0]], ["input", "maxpool3x3", "output"]).names
    ('input', 'output')
    """
    matrix = graphs.as_adjacency(matrix)
    if len(ops) != len(matrix):
        raise ValueError(f"ops has {len(ops)} labels for {len(matrix)} vertices; give one each")
    named = [_official(op) for op in ops]
    if len(named) < 2 or np.tril(matrix).any():
        raise ValueError("matrix must be upper triangular, input first, output last")
    kept = graphs.on_a_path(matrix[None])[0]
    if not kept[0]:
        raise ValueError("input and output are not connected: nothing is left after pruning")
    return Cell(matrix[np.ix_(kept, kept)], np.array(named)[kept])


def _official(op) -> int:
    if isinstance(op, str):
        return OFFICIAL_NAMES[op] if op in OFFICIAL_NAMES else NASBENCH101.code(op)
    if np.ndim(op) == 0 and np.asarray(op).dtype.kind in "iu" and int(op) in _OFFICIAL:
        return _OFFICIAL[int(op)]
    raise ValueError(f"unknown operation {op!r}; choose from {tuple(OFFICIAL_NAMES)}, 'input' and "
                     f"'output', or {tuple(_OFFICIAL)}")  # fmt: skip


def module_hash(cell: Cell) -> str:
    """The official NAS-Bench-101 identity of a cell: Weisfeiler-Lehman with MD5 as dictionary.

    A vertex starts with its degrees and label; each of n rounds hashes the sorted hashes of its
    predecessors, those of its successors, and its own. Directions are kept apart.
    Source: nasbench/lib/graph_util.py, hash_module. ValueError for a cell of another space.
    """
    if cell.rules != NASBENCH101:
        raise ValueError(f"the hash is NAS-Bench-101's; this is a cell of {cell.rules.name}")

    def md5(text) -> str:
        return hashlib.md5(str(text).encode()).hexdigest()

    adjacency, n = cell.adjacency, len(cell)
    label = {code: official for official, code in _OFFICIAL.items()}
    predecessors = [np.flatnonzero(adjacency[:, v]) for v in range(n)]
    successors = [np.flatnonzero(adjacency[v]) for v in range(n)]
    colours = [
        md5((len(successors[v]), len(predecessors[v]), label[int(cell.ops[v])])) for v in range(n)
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


def row_of_hash(name: str) -> int:
    """The row of ``nasbench101()`` with this module hash; ValueError if no cell has it.

    Rows ascend with their hashes, and hashes are spread evenly: as in a dictionary one opens the
    book where the word should be, so that a few hashes are computed and not 423,624.

    >>> row_of_hash("00005c142e6f48ac74fdcf73e3439874")
    0
    """
    if not isinstance(name, str) or not re.fullmatch("[0-9a-f]{32}", name):
        raise ValueError(f"a module hash has 32 digits 0-9, a-f; this is {str(name)[:40]!r}")
    wanted, first, last = int(name, 16), 0, CELLS - 1
    below, above = -1, 1 << 128  # no hash is that small or large
    while first <= last:
        row = first + (wanted - below) * (last - first) // (above - below)
        found = int(_hash_of_row(row), 16)
        if found == wanted:
            return row
        if found < wanted:
            first, below = row + 1, found
        else:
            last, above = row - 1, found
    raise ValueError(f"no cell of NAS-Bench-101 has the module hash {name}")


@functools.lru_cache(maxsize=1 << 16)
def _hash_of_row(row: int) -> str:
    return module_hash(nasbench101()[row])


__all__ = ["CONV1X1", "CONV3X3", "INPUT", "MAXPOOL", "MAX_EDGES", "MAX_VERTICES", "OPERATIONS",
           "OUTPUT", "PADDING", "enumerate_nasbench101", "from_spec", "module_hash",
           "nasbench101", "row_of_hash"]  # fmt: skip
