"""Questions and exercises of notebook 05b."""

import functools

import numpy as np

from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit, kind, written
from wl2nas import cells
from wl2nas.cells import nasbench_201

CONVOLUTIONS = (nasbench_201.CONV1X1, nasbench_201.CONV3X3)
MERGED_IN_SECTION_4 = {  # a convolution and a pooling that read only zeros
    f"|none~0|+|nor_conv_3x3~0|{dead}~1|+|none~0|none~1|skip_connect~2|"
    for dead in ("nor_conv_1x1", "avg_pool_3x3")
}
TWO_STRINGS = "find two strings, or two lists of six operations"


def _most_symmetries() -> int:
    """Those of the structures: with one operation everywhere a cell has all of them."""
    return max(int(cells.unlabelled_dags(n)[1].sum(axis=1).max()) for n in range(2, 8))


def _convolutions(ops) -> int:
    return int(np.isin(ops, CONVOLUTIONS).sum())


def _equal_texts_mean_as_many_convolutions() -> bool:
    convolutions: dict[str, set] = {}
    for ops in cells.nasbench201().ops[:, 1:-1]:
        text = nasbench_201.expression(ops, "skips")
        convolutions.setdefault(text, set()).add(_convolutions(ops))
    return all(len(numbers) == 1 for numbers in convolutions.values())


QUESTIONS = {
    "most symmetries": Question(
        "What is the largest number of symmetries that a cell of this space has?",
        _most_symmetries,
        "Four like vertices side by side have 4! = 24 orders; five would take ten edges.",
    ),
    "seven vertices": Question(
        "Of the 2,097,152 upper triangular matrices on seven vertices, how many pass both filters?",
        lambda: len(cells.legal_matrices(7)),
        "Nine edges must give six vertices a predecessor and six a successor.",
        (5_000, 50_000, 500_000),
    ),
    "equal texts": Question(
        "Two strings have the same text once every skip connection is replaced by what it copies. "
        "Must they have equally many convolutions? (True or False)",
        _equal_texts_mean_as_many_convolutions,
        "A text names operations, not weights: one convolution read twice looks like two.",
        form=guesses.true_or_false,
    ),
}


def _diamond_with_five(number) -> str | None:
    """How many cells the diamond would have with five operations instead of three."""
    number = guesses.number(number)
    if number == 5**2:
        return "25 labellings there are, but the swap makes some of them the same cell"
    if number != (5**2 + 5) / 2:
        return f"not {written(number)}; how many labellings does the swap leave as they are?"
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


def _six_symmetries(cell) -> str | None:
    """A cell with exactly six automorphisms."""
    found = len(cells.automorphisms(handed_in.cell_of(cell)))
    if found != 6:
        return f"this cell has {found} {'symmetries' if found > 1 else 'symmetry'}"
    return None


def _one_edge_more(number) -> str | None:
    """How many cells the space would have with at most ten edges instead of nine."""
    number = guesses.number(number)
    larger = _up_to_ten_edges()
    nine = len(cells.nasbench101())
    if number == nine:
        return "that is the space with nine edges; let the filter stop at ten"
    if number == len(larger) - nine:
        return f"{number:,} cells have exactly ten edges; those with fewer stay as well"
    if number == (larger.n_vertices == 7).sum():
        return f"{number:,} cells of seven vertices; those of 2 to 6 vertices belong to them"
    if number != len(larger):
        return f"not {written(number)}; count again for all sizes, 2 to 7, with at most ten edges"
    return None


@functools.cache
def _up_to_ten_edges() -> cells.CellSpace:
    return cells.enumerate_cells(cells.Rules(cells.NASBENCH101.inner, max_vertices=7, max_edges=10))


def _edge_ops(cell, ask: str) -> np.ndarray:
    """The six operation codes of an arch string, or of a list of them."""
    text = cell.item() if isinstance(cell, np.str_) else cell
    try:
        if not isinstance(text, str):
            text = nasbench_201.arch_string(handed_in.whole_numbers_of(cell, ask))
        return nasbench_201.parse(text)
    except ValueError as error:
        raise Unfit(str(error)) from error


def _two_strings(pair) -> tuple[np.ndarray, np.ndarray]:
    listed = handed_in.items_of(pair, TWO_STRINGS)
    if len(listed) != 2:
        raise Unfit(f"{TWO_STRINGS}, not {kind(pair)} of {len(listed)}")
    a, b = (_edge_ops(cell, TWO_STRINGS) for cell in listed)
    return a, b


def _merged_by_zeros(pair) -> str | None:
    """Two cells that the rule for zeros merges and the rule for skips does not."""
    a, b = _two_strings(pair)
    if {nasbench_201.arch_string(ops) for ops in (a, b)} == MERGED_IN_SECTION_4:
        return "right, but this is the pair of section 4; find another"
    for rule, merged in (("skips", False), ("zeros marked", True)):
        texts = nasbench_201.expression(a, rule), nasbench_201.expression(b, rule)
        if (texts[0] == texts[1]) != merged:
            verb = "already merges" if texts[0] == texts[1] else "does not merge"
            return f"the rule {rule!r} {verb} them: {texts[0]} and {texts[1]}"
    return None


def _merged_though_larger(pair) -> str | None:
    """Two cells with equal texts under the rule for skips, one with more convolutions."""
    a, b = _two_strings(pair)
    texts = [nasbench_201.expression(ops, "skips") for ops in (a, b)]
    if texts[0] != texts[1]:
        return f"the rule 'skips' does not merge them: {texts[0]} and {texts[1]}"
    first, second = map(_convolutions, (a, b))
    if first == second:
        return f"merged they are, but both have {first} of the convolutions"
    return None


EXERCISES = {
    "diamond with five": _diamond_with_five,
    "four side by side": _four_side_by_side,
    "six symmetries": _six_symmetries,
    "one edge more": _one_edge_more,
    "merged by zeros": _merged_by_zeros,
    "merged though larger": _merged_though_larger,
}
