"""Questions and exercises of notebook 05."""

import itertools

import numpy as np

from course import results
from course.check import facts, guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit, kind, written
from wl2nas import cells, wl
from wl2nas.cells import nasbench_201


def _size_with_fewest_alone() -> int:
    """The number of vertices at which the fewest cells, by share, are alone with their skeleton."""
    space = cells.nasbench101()
    codes = wl.space_codes(space, direction="undirected", rounds=2)[-1]
    _, member, size = np.unique(codes, return_inverse=True, return_counts=True)
    alone = size[member] == 1
    return min(range(2, 8), key=lambda n: alone[space.n_vertices == n].mean())


def _most_symmetries() -> int:
    """Those of the structures: with one operation everywhere a cell has all of them."""
    return max(int(cells.unlabelled_dags(n)[1].sum(axis=1).max()) for n in range(2, 8))


def _equal_texts_mean_as_many_convolutions() -> bool:
    convolutions: dict[str, set] = {}
    for ops in cells.nasbench201().ops[:, 1:-1]:
        written = int(np.isin(ops, (nasbench_201.CONV1X1, nasbench_201.CONV3X3)).sum())
        convolutions.setdefault(nasbench_201.expression(ops, "skips"), set()).add(written)
    return all(len(numbers) == 1 for numbers in convolutions.values())


def _median_gap(cells_used: str, pairs: str) -> float:
    """A median gap in accuracy that `make same-skeleton` has recorded, in points."""
    return results.read("same_skeleton")["numbers"][cells_used][pairs]["median_gap"]


QUESTIONS = {
    "fewest alone": Question(
        "Take the cells by their number of vertices, 2 to 7. At which number is the share of cells "
        "that are alone with their skeleton smallest?",
        _size_with_fewest_alone,
        "With at most nine edges, seven vertices close at most three independent cycles and six "
        "four. Nine close five on five vertices, but few of the five-vertex cells have nine.",
    ),
    "most symmetries": Question(
        "What is the largest number of symmetries that a cell of this space has?",
        _most_symmetries,
        "Four like vertices side by side have 4! = 24 orders; five would take ten edges.",
    ),
    "equal texts": Question(
        "Two strings have the same text once every skip connection is replaced by what it copies. "
        "Must they have equally many convolutions? (True or False)",
        _equal_texts_mean_as_many_convolutions,
        "A text names operations, not weights: one convolution read twice looks like two.",
        form=guesses.true_or_false,
    ),
    "same-skeleton gap": Question(
        "Two cells drawn at random from all these pairs differ by 1.9 points of test accuracy in "
        "the median. And the two of a pair?",
        lambda: _median_gap("all_cells", "same_skeleton"),
        "They share vertices, edges, operations and who is joined to whom.",
        (0.1, 0.5, 1.5),
    ),
    "nearest null": Question(
        "Move one edge of a cell elsewhere, so that the skeleton changes and the number of "
        "parameters does not. How far apart are the two in accuracy, in the median?",
        lambda: _median_gap("sound_cells", "moved_equal_size"),
        "That is hardly more than with one edge turned round, which keeps the skeleton.",
        (0.5, 0.9, 1.3),
    ),
    "seven vertices": Question(
        "Of the 2,097,152 upper triangular matrices on seven vertices, how many pass both filters?",
        lambda: len(cells.legal_matrices(7)),
        "Nine edges must give six vertices a predecessor and six a successor.",
        (5_000, 50_000, 500_000),
    ),
}


MERGED_IN_SECTION_4 = {  # a convolution and a pooling that read only zeros
    f"|none~0|+|nor_conv_3x3~0|{dead}~1|+|none~0|none~1|skip_connect~2|"
    for dead in ("nor_conv_1x1", "avg_pool_3x3")
}


def _six_symmetries(cell) -> str | None:
    """A cell with exactly six automorphisms."""
    found = len(cells.automorphisms(handed_in.cell_of(cell)))
    if found != 6:
        return f"this cell has {found} {'symmetries' if found > 1 else 'symmetry'}"
    return None


def _four_side_by_side(number) -> str | None:
    """How many cells have four inner vertices, each joined to input and output only."""
    number = guesses.number(number)
    space = cells.nasbench101()
    bits = {(0, v) for v in range(1, 5)} | {(v, 5) for v in range(1, 5)}
    shape = np.zeros((7, 7), bool)
    shape[tuple(zip(*sorted(bits), strict=True))] = True
    truth = int((space.adjacency == shape).all(axis=(1, 2)).sum())
    if number == 3**4:
        return "81 labellings there are, but a symmetry makes many of them the same cell"
    if number != truth:
        return f"not {written(number)}; average the fixed labellings over 24 symmetries"
    return None


def _three_of_one_skeleton(three) -> str | None:
    """Three different cells with isomorphic skeletons."""
    three = handed_in.cells_of(three, 3)
    for (i, a), (j, b) in itertools.combinations(enumerate(three, 1), 2):
        if facts.one_cell(a, b):
            return f"cells {i} and {j} are one and the same"
        if (round_ := facts.separating_round(a, b, "undirected")) is not None:
            return f"cells {i} and {j} differ in their skeletons: separated in round {round_}"
    return None


def _edge_ops(cell, ask: str) -> np.ndarray:
    """The six operation codes of an arch string, or of a list of them."""
    text = cell.item() if isinstance(cell, np.str_) else cell
    try:
        if not isinstance(text, str):
            text = nasbench_201.arch_string(handed_in.whole_numbers_of(cell, ask))
        return nasbench_201.parse(text)
    except ValueError as error:
        raise Unfit(str(error)) from error


def _merged_by_zeros(pair) -> str | None:
    """Two cells that the rule for zeros merges and the rule for skips does not."""
    wanted = "hand in two strings, or two lists of six operations"
    listed = handed_in.items_of(pair, wanted)
    if len(listed) != 2:
        return f"{wanted}, not {kind(pair)} of {len(listed)}"
    a, b = (_edge_ops(cell, wanted) for cell in listed)
    if {nasbench_201.arch_string(ops) for ops in (a, b)} == MERGED_IN_SECTION_4:
        return "right, but this is the pair of section 4; find another"
    for rule, merged in (("skips", False), ("zeros marked", True)):
        texts = nasbench_201.expression(a, rule), nasbench_201.expression(b, rule)
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
