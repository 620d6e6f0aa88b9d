"""NAS-Bench-201: a second space, in which the operations stand on the edges.

A cell has four nodes; each of the six pairs i < j is an edge that carries one of five operations,
and a node sums what its edges deliver. An arch string lists the edges by the node they lead to,
``|op~0|+|op~0|op~1|+|op~0|op~1|op~2|``. With every edge turned into a vertex the cell becomes a
graph with operations on the vertices, whose eight vertices and ten edges are always the same: the
rules ``NASBENCH201`` are a ``Template``. Inner vertex k is edge k of ``EDGES``.

``nasbench201()`` holds all 5^6 = 15,625 cells, the last edge varying fastest. The public table has
an order of its own: ``nasbench201().row(arch string)`` finds a row. (The module is not called as
the function is, since ``cells.nasbench201`` is the function.)

Source: Dong and Yang 2020, "NAS-Bench-201", arXiv 2001.00326; the template is arch2vec's.
"""

import functools
import re

import numpy as np
from jaxtyping import Int8

from wl2nas.cells.enumeration import enumerate_cells
from wl2nas.cells.rules import Template
from wl2nas.cells.space import Cell, CellSpace

EDGES = tuple((i, j) for j in range(4) for i in range(j))  # in the order of the arch string


class ArchStrings(Template):
    """The rules, which also read and write arch strings."""

    def read(self, text: str) -> Cell:
        """The cell of an arch string; ValueError names what is wrong with it."""
        return Cell(self.wiring, [INPUT, *parse(text), OUTPUT], self)

    def write(self, cell: Cell) -> str:
        """The arch string of a cell."""
        return arch_string(cell)


# Every edge of the benchmark's four nodes is a vertex here; the wiring is arch2vec's.
NASBENCH201 = ArchStrings.of(
    ("nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "none"),
    [(0, 1), (0, 2), (0, 4), (1, 3), (1, 5), (2, 6), (3, 6), (4, 7), (5, 7), (6, 7)],
    name="NAS-Bench-201",
)
OPERATIONS, TEMPLATE = NASBENCH201.operations, NASBENCH201.wiring
INPUT, CONV1X1, CONV3X3, AVGPOOL, SKIP, NONE, OUTPUT = range(7)
CHOICES = (CONV1X1, CONV3X3, AVGPOOL, SKIP, NONE)
RULES = ("as written", "skips", "zeros marked", "function")


@functools.cache
def nasbench201() -> CellSpace:
    """All 15,625 cells."""
    return enumerate_cells(NASBENCH201)


def check(edge_ops) -> list[int]:
    """The six operation codes of a cell, or those given; ValueError where they are none."""
    if isinstance(edge_ops, Cell):
        edge_ops = edge_ops.ops[1:-1]
    found = np.asarray(edge_ops).tolist()
    if not isinstance(found, list) or len(found) != len(EDGES) or not set(found) <= set(CHOICES):
        raise ValueError(f"edge_ops must be six of the codes {CHOICES}; they are {edge_ops}")
    return found


def arch_string(edge_ops) -> str:
    """The arch string of a cell, or of six operation codes in the order of ``EDGES``."""
    parts: dict[int, str] = {}
    for (i, j), op in zip(EDGES, check(edge_ops), strict=True):
        parts[j] = parts.get(j, "|") + f"{OPERATIONS[op]}~{i}|"
    return "+".join(parts.values())


def parse(text: str) -> Int8[np.ndarray, "6"]:
    """The six operation codes of an arch string; ValueError names what is wrong with it."""
    if not isinstance(text, str):
        raise ValueError(f"an arch string is a str such as '|none~0|+...'; this is {text!r}")
    nodes = text.split("+")
    if len(nodes) != 3:
        raise ValueError(f"an arch string has three parts joined by '+'; this is {text[:60]!r}")
    codes = []
    for j, node in enumerate(nodes, 1):
        if not re.fullmatch(r"\|([^|~+]+~\d\|)+", node):
            raise ValueError(f"part {j} must look like |op~0|...|; it is {node[:60]!r}")
        edges = [edge.split("~") for edge in node[1:-1].split("|")]
        if [origin for _, origin in edges] != [str(i) for i in range(j)]:
            raise ValueError(f"node {j} must have one edge from each of 0..{j - 1}: {node[:60]!r}")
        for name, _ in edges:
            if name not in OPERATIONS or OPERATIONS.index(name) not in CHOICES:
                known = tuple(OPERATIONS[op] for op in CHOICES)
                raise ValueError(f"unknown operation {name[:30]!r}; choose from {known}")
            codes.append(OPERATIONS.index(name))
    return np.array(codes, np.int8)


def expression(edge_ops, rule: str) -> str:
    """What the cell computes at its last node, written out; cells with equal texts are merged.

    A node is the sum of its edges, sorted, since a sum has no order.

    * ``"as written"``   nothing else: 15,625 texts
    * ``"skips"``        an identity is replaced by what it copies: 12,751
    * ``"zeros marked"`` as ``"skips"``, and the operation none becomes ``#``, and so does any
      operation on a node whose text is just ``#`` (not on a sum of marks): 6,466, the benchmark's
      own count of unique cells
    * ``"function"``     zeros are left out of sums, and a copied sum is added term by term: 4,930

    ``"function"`` merges whatever another rule merges. ``"zeros marked"`` does not: 56 texts of
    ``"skips"`` fall apart, since a copied sum is sorted into its place as one piece, and a mark in
    front changes the place. Merging what either of the two merges would leave 6,424.

    Cells with equal texts compute the same if equal operations do, and ``"function"`` merges all
    that compute the same whatever maps the operations are, as long as these keep zero. (More agree
    for special maps: 4,660 functions if pooling is linear.) In a network they are not equal: each
    convolution has weights of its own, and 230 texts of ``"skips"`` already stand for cells with
    different numbers of convolutions. The last two rules also call a convolution of zeros zero,
    which holds up to the shift that its batch norm learns.
    Source: the first three are ``to_unique_str`` of the benchmark's code, another way round.
    """
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}; choose from {RULES}")
    edges = dict(zip(EDGES, check(edge_ops), strict=True))
    nodes = [["0"]]  # the terms of every node's sum
    for j in range(1, 4):
        terms = [term for i in range(j) for term in _terms(nodes[i], edges[i, j], rule)]
        nodes.append(sorted(terms))
    return "+".join(nodes[-1]) or "#"


def _terms(source: list[str], op: int, rule: str) -> list[str]:
    """What one edge adds to the sum of the node that it leads to."""
    text = "+".join(source) or "#"
    zero = op == NONE or text == "#"
    if rule == "function" and (zero or op == SKIP):
        return [] if zero else source
    if rule == "zeros marked" and zero:
        return ["#"]
    return [text if op == SKIP and rule != "as written" else f"({text})@{OPERATIONS[op]}"]
