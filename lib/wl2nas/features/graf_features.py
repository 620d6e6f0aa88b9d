"""GRAF, the graph features that predict well: counts, paths and degrees for sets of operations.

For every set of operations but the empty one: how short and how long a path from input to output
can be that meets no other, and four degrees, at the ends and on average over the vertices, that
count neighbours in the set alone. With the counts of the operations, 45 numbers on NAS-Bench-101.

They are those of the authors' code for cells with operations on vertices, but for a constant: there
the longest path counts four vertices fewer, and input and output, one each, are counted among the
operations. Where the operations of a space stand on edges, as in NAS-Bench-201, the authors count
on the edges; here the vertices that stand for them are counted, as everywhere.
Source: Kadlecova and others 2024, "Surprisingly Strong Performance Prediction with Neural Graph
Features", arXiv 2404.16551, and its code, graf_nas/features.
"""

import numpy as np
from jaxtyping import Float

from wl2nas import cells
from wl2nas.features.paths import (
    Adjacency,
    Ops,
    at_output,
    by_blocks,
    path_lengths,
    subset_names,
    subsets,
)


def graf_names(rules: cells.Rules) -> tuple[str, ...]:
    """What ``graf`` says of the cells of these rules, in the order of its columns."""
    first, last = rules.ends
    of_each = (
        "shortest path through {}", "vertices on the longest path through {}",
        f"edges from {{}} to {last}", f"edges from {first} to {{}}",
        "mean number of predecessors that are {}", "mean number of successors that are {}",
    )  # fmt: skip
    sets = subset_names(rules)
    return (*rules.inner, *(text.format(names) for text in of_each for names in sets))


def graf(space: cells.CellSpace) -> Float[np.ndarray, "N S"]:
    """The ``graf_names`` of every cell; ValueError where the rules have too many operations.

    Where a set allows no path, the shortest is as long as the cell has vertices, and 0 vertices
    are on the longest.

    >>> line = cells.Cell([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "maxpool", "output"])
    >>> found = dict(zip(graf_names(line.rules), graf(cells.stack(line))[0].tolist(), strict=True))
    >>> found["shortest path through conv1x1"], found["shortest path through conv1x1 or maxpool"]
    (3.0, 2.0)
    """
    return by_blocks(space, _of_block, len(graf_names(space.rules)))


def _of_block(adjacency: Adjacency, ops: Ops, rules: cells.Rules) -> list:
    """The columns of ``graf`` for one block."""
    n, padded = (ops != cells.PADDING).sum(axis=0), len(ops)
    shortest, longest = path_lengths(adjacency, ops, rules)
    members = [np.isin(ops, chosen) for chosen in subsets(rules)]
    predecessors = [(adjacency & member[:, None]).sum(axis=0) for member in members]
    successors = [(adjacency & member).sum(axis=1) for member in members]
    return [
        *((ops == op).sum(axis=0) for op in range(1, rules.output)),
        *(np.where(length < padded, length, n) for length in shortest),
        *(np.where(length > 0, length + 1, 0) for length in longest),
        *(at_output(number, ops, rules) for number in predecessors),
        *(number[0] for number in successors),
        *(number.sum(axis=0) / n for number in predecessors),
        *(number.sum(axis=0) / n for number in successors),
    ]
