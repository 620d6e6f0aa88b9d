"""Facts about graphs and cells that the judges of several notebooks work out."""

import networkx as nx

from wl2nas import cells, wl


def isomorphic(a, b) -> bool:
    """Whether two matrices, of directed or undirected graphs, are one graph; by networkx."""
    return nx.is_isomorphic(*(nx.from_numpy_array(g, create_using=nx.DiGraph) for g in (a, b)))


def connected(graph) -> bool:
    """Whether an undirected graph, a symmetric matrix with at least one row, is in one piece."""
    return nx.is_connected(nx.from_numpy_array(graph))


def separating_round(a: cells.Cell, b: cells.Cell, direction: str) -> int | None:
    """The first round in which colour refinement tells two cells apart; None if never."""
    return wl.separating_round(a.adjacency, b.adjacency, a.ops, b.ops, direction=direction)


def one_cell(a: cells.Cell, b: cells.Cell) -> bool:
    """Whether two cells are the same up to the order of their vertices (Theorem A of 04)."""
    return separating_round(a, b, "both") is None


def classes(direction: str, rounds: int | None = None) -> int:
    """Cells of NAS-Bench-101 that colour refinement tells apart."""
    return wl.count_classes(cells.nasbench101(), direction=direction, rounds=rounds)[-1]
