"""Questions and exercises of notebook 05."""

import itertools
import json

import numpy as np

from wl2nas import cells, draw, nasbench201, wl
from wl2nas.check.question import Question, nearest


def _size_with_fewest_alone() -> int:
    """The number of vertices at which the fewest cells, by share, are alone with their skeleton."""
    space = cells.nasbench101()
    codes = wl.space_codes(space, direction="undirected", rounds=2)[-1]
    _, member, size = np.unique(codes, return_inverse=True, return_counts=True)
    alone = size[member] == 1
    return min(range(2, 8), key=lambda n: alone[space.n_vertices == n].mean())


def _percent_symmetric() -> float:
    """Cells with equal-coloured vertices, which on this space are those with a symmetry (04)."""
    space = cells.nasbench101()
    *_, colours = wl.batch_colours(space.adjacency, space.ops, rounds=2)
    ordered = np.sort(np.where(space.ops < 0, np.arange(7, dtype=np.uint64), colours), axis=1)
    return 100 * (ordered[:, 1:] == ordered[:, :-1]).any(axis=1).mean()


def _equal_texts_mean_as_many_convolutions() -> bool:
    convolutions: dict[str, set] = {}
    for ops in nasbench201.nasbench201().edge_ops:
        written = int(np.isin(ops, (nasbench201.CONV1X1, nasbench201.CONV3X3)).sum())
        convolutions.setdefault(nasbench201.expression(ops, "skips"), set()).add(written)
    return all(len(numbers) == 1 for numbers in convolutions.values())


def _median_gap() -> float:
    file = draw.find_results("same_skeleton.json")
    return json.loads(file.read_text())["numbers"]["all_cells"]["same_skeleton"]["median_gap"]


def _matrices_of_seven_vertices() -> int:
    """Upper triangular matrices with at most nine edges and everybody on a path."""
    edges = [(x, y) for y in range(7) for x in range(y)]
    bits = np.arange(1 << len(edges))
    bits = bits[np.bitwise_count(bits) <= cells.MAX_EDGES]
    for end, vertices in ((1, range(1, 7)), (0, range(6))):  # predecessors, then successors
        for v in vertices:
            bits = bits[bits & sum(1 << k for k, edge in enumerate(edges) if edge[end] == v) != 0]
    return len(bits)


QUESTIONS = {
    "fewest alone": Question(
        "Take the cells by their number of vertices, 2 to 7. At which number is the share of cells "
        "that are alone with their skeleton smallest?",
        _size_with_fewest_alone,
        "Nine edges on six vertices close more cycles than nine edges on seven.",
    ),
    "symmetric cells": Question(
        "Of a hundred cells, how many have a symmetry besides the one that moves nothing? "
        "(answer 1, 5 or 25, whichever is nearest)",
        lambda: nearest((1, 5, 25), _percent_symmetric()),
        "Most structures have no symmetry, and most labellings break the one that there is.",
    ),
    "equal texts": Question(
        "Two strings have the same text once every skip connection is replaced by what it copies. "
        "Must they have equally many convolutions? (True or False)",
        _equal_texts_mean_as_many_convolutions,
        "A text names operations, not weights: one convolution read twice looks like two.",
    ),
    "same-skeleton gap": Question(
        "Two cells drawn at random differ by 1.9 points of test accuracy in the median. And two "
        "same-skeleton cells? (answer 0.1, 0.5 or 1.5, whichever is nearest)",
        lambda: nearest((0.1, 0.5, 1.5), _median_gap()),
        "They share more than vertices, edges and operations: also who is joined to whom.",
    ),
    "seven vertices": Question(
        "Of the 2,097,152 upper triangular matrices on seven vertices, how many pass both filters? "
        "(answer 5000, 50000 or 500000, whichever is nearest)",
        lambda: nearest((5_000, 50_000, 500_000), _matrices_of_seven_vertices()),
        "Nine edges must give six vertices a predecessor and six a successor.",
    ),
}


def _six_symmetries(cell) -> str | None:
    """A cell with exactly six automorphisms."""
    if not isinstance(cell, cells.Cell):
        return f"hand in a cells.Cell; this is a {type(cell).__name__}"
    found = len(cells.automorphisms(cell))
    return (
        None if found == 6 else f"this cell has {found} {'symmetries' if found > 1 else 'symmetry'}"
    )


def _four_side_by_side(number) -> str | None:
    """How many cells have four inner vertices, each joined to input and output only."""
    space = cells.nasbench101()
    bits = {(0, v) for v in range(1, 5)} | {(v, 5) for v in range(1, 5)}
    shape = np.zeros((7, 7), bool)
    shape[tuple(zip(*bits, strict=True))] = True
    truth = int((space.adjacency == shape).all(axis=(1, 2)).sum())
    if number == 3**4:
        return "81 labellings there are, but a symmetry makes many of them the same cell"
    return (
        None
        if number == truth
        else f"not {number}; average the fixed labellings over 24 symmetries"
    )


def _three_of_one_skeleton(three) -> str | None:
    """Three different cells with isomorphic skeletons."""
    three = list(three)
    if len(three) != 3 or not all(isinstance(cell, cells.Cell) for cell in three):
        return f"hand in three cells.Cell; these are {[type(cell).__name__ for cell in three]}"
    for (i, a), (j, b) in itertools.combinations(enumerate(three, 1), 2):
        graphs = a.adjacency, b.adjacency, a.ops, b.ops
        if wl.separating_round(*graphs, direction="both") is None:
            return f"cells {i} and {j} are one and the same"
        if (round_ := wl.separating_round(*graphs, direction="undirected")) is not None:
            return f"cells {i} and {j} differ in their skeletons: separated in round {round_}"
    return None


def _merged_by_zeros(pair) -> str | None:
    """Two arch strings that the rule for zeros merges and the rule for skips does not."""
    try:
        a, b = (nasbench201.parse(text) for text in pair)
    except ValueError as error:
        return str(error)
    for rule, merged in (("skips", False), ("zeros marked", True)):
        texts = nasbench201.expression(a, rule), nasbench201.expression(b, rule)
        if (texts[0] == texts[1]) != merged:
            verb = "already merges" if texts[0] == texts[1] else "does not merge"
            return f"the rule {rule!r} {verb} them: {texts[0]} and {texts[1]}"
    return None


EXERCISES = {
    "six symmetries": _six_symmetries,
    "four side by side": _four_side_by_side,
    "three of one skeleton": _three_of_one_skeleton,
    "merged by zeros": _merged_by_zeros,
}
