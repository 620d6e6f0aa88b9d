"""Cells of NAS-Bench-101 from their edges and inner operations."""

from wl2nas import cells, graphs


def cell(edges, *inner):
    """Input, these operations, output."""
    return cells.Cell(graphs.from_edges(2 + len(inner), edges), ["input", *inner, "output"])


def side_by_side(*inner):
    """Each of these operations on a branch of its own."""
    ends = range(1, len(inner) + 1), len(inner) + 1
    return cell([e for v in ends[0] for e in ((0, v), (v, ends[1]))], *inner)
