"""Cells, the spaces of them, and the rules that a space brings along.

rules: what a cell may be · space: one cell, many cells · codes, forms: the same cell in another
order · enumeration: every cell of any rules · nasbench_101, nasbench_201: the two benchmarks ·
edits: what lies next to a cell, and how far two are apart · neighbours: the same for a whole space,
as rows · channels: how a cell becomes a network.
"""

from wl2nas.cells.codes import canonical_codes, encode
from wl2nas.cells.enumeration import enumerate_cells, legal_matrices, unlabelled_dags
from wl2nas.cells.forms import all_forms, automorphisms, canonical_form, topological_orders
from wl2nas.cells.nasbench_101 import (
    CONV1X1,
    CONV3X3,
    INPUT,
    MAX_EDGES,
    MAX_VERTICES,
    MAXPOOL,
    OPERATIONS,
    OUTPUT,
    enumerate_nasbench101,
    from_spec,
    module_hash,
    nasbench101,
    row_of_hash,
)
from wl2nas.cells.nasbench_201 import NASBENCH201, nasbench201
from wl2nas.cells.neighbours import Neighbours, neighbourhoods
from wl2nas.cells.rules import NASBENCH101, PADDING, Rules, Template
from wl2nas.cells.space import Cell, CellSpace, concatenate, reordered, stack, structures

__all__ = [
    "CONV1X1",
    "CONV3X3",
    "INPUT",
    "MAXPOOL",
    "MAX_EDGES",
    "MAX_VERTICES",
    "NASBENCH101",
    "NASBENCH201",
    "OPERATIONS",
    "OUTPUT",
    "PADDING",
    "Cell",
    "CellSpace",
    "Neighbours",
    "Rules",
    "Template",
    "all_forms",
    "automorphisms",
    "canonical_codes",
    "canonical_form",
    "concatenate",
    "encode",
    "enumerate_cells",
    "enumerate_nasbench101",
    "from_spec",
    "legal_matrices",
    "module_hash",
    "nasbench101",
    "nasbench201",
    "neighbourhoods",
    "reordered",
    "row_of_hash",
    "stack",
    "structures",
    "topological_orders",
    "unlabelled_dags",
]
