"""Questions and exercises of notebook 05."""

import functools
import itertools

import numpy as np

from course import results
from course.check import facts, guesses, handed_in
from course.check.question import Question
from course.check.words import Unfit, written
from wl2nas import benchmarks, cells, features, graphs, wl

MOVED_IN_SECTION_4 = {40965, 266632}  # rows
STATISTICS = (*features.STATISTICS[:-1], "parameters")  # the seven, parameters as a number


def _skeletons() -> np.ndarray:
    """The number of its skeleton for every cell, (N,)."""
    codes = wl.space_codes(cells.nasbench101(), direction="undirected", rounds=2)[-1]
    return np.unique(codes, return_inverse=True)[1]


def _share_in_the_corner() -> float:
    """The share of cells that have as many vertices and edges as a cell may have."""
    space = cells.nasbench101()
    return float(((space.n_vertices == 7) & (space.n_edges == 9)).mean())


def _size_with_fewest_alone() -> int:
    """The number of vertices at which the fewest cells, by share, are alone with their skeleton."""
    space, member = cells.nasbench101(), _skeletons()
    alone = np.bincount(member)[member] == 1
    return min(range(2, 8), key=lambda n: alone[space.n_vertices == n].mean())


def _measured(*path: str):
    """A number that `make same-skeleton` has recorded."""
    found = results.read("same_skeleton")["numbers"]
    for key in path:
        found = found[key]
    return found


QUESTIONS = {
    "share in the corner": Question(
        "Which share of all cells has both seven vertices and nine edges?",
        _share_in_the_corner,
        "With every vertex and every edge there are more ways to go on; only the limits stop it.",
        (0.1, 0.4, 0.7),
        guesses.share,
    ),
    "fewest alone": Question(
        "Take the cells by their number of vertices, 2 to 7. At which number is the share of cells "
        "that are alone with their skeleton smallest?",
        _size_with_fewest_alone,
        "With at most nine edges, seven vertices close at most three independent cycles and six "
        "four. Nine close five on five vertices, but few of the five-vertex cells have nine.",
    ),
    "same-skeleton gap": Question(
        "Two cells drawn at random from all these pairs differ by 1.9 points of test accuracy in "
        "the median. And the two of a pair?",
        lambda: _measured("sound_cells", "same_skeleton", "median_gap"),
        "They share vertices, edges, operations and who is joined to whom.",
        (0.1, 0.5, 1.5),
    ),
    "nearest null": Question(
        "Move one edge of a cell elsewhere, so that the skeleton changes and the number of "
        "parameters does not. How far apart are the two in accuracy, in the median?",
        lambda: _measured("sound_cells", "moved_equal_size", "median_gap"),
        "That is hardly more than with one edge turned round, which keeps the skeleton.",
        (0.5, 0.9, 1.3),
    ),
    "failing again": Question(
        "One training of a cell has failed. With which probability does another training of the "
        "very same cell fail?",
        lambda: _measured("failing_together", "same_cell"),
        "Failing runs in cells: the same cell fails again and again, and most cells never do.",
        (0.01, 0.1, 0.4),
        guesses.share,
    ),
}


def _one_failed_training(number) -> str | None:
    """The mean of 94 %, 94 % and 10 %."""
    number = guesses.number(number)
    if number == 94:
        return "94 % is the mean of the two that did not fail; the table has the mean of all three"
    if not np.isclose(number, (94 + 94 + 10) / 3):
        return f"not {written(number)}; add the three up, in per cent, and divide by three"
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


def _one_edge_moved(pair) -> str | None:
    """Two cells of different skeletons, equal parameters, that differ in the place of one edge."""
    a, b = handed_in.cells_of(pair, 2)
    if facts.separating_round(a, b, "undirected") is None:
        return "these two share their skeleton; a moved edge has to change it"
    space = cells.nasbench101()
    rows = [space.row(cell) for cell in (a, b)]
    if not _an_edge_apart(a, b):
        return "no order of their vertices shows these two with one edge in another place"
    first, second = features.trainable_parameters(space.take(rows)).tolist()
    if first != second:
        return f"one edge is moved, but they have {first:,} and {second:,} parameters"
    if set(rows) == MOVED_IN_SECTION_4:
        return "right, but this is the pair of section 4; find another"
    return None


def _an_edge_apart(a: cells.Cell, b: cells.Cell) -> bool:
    """Whether some order of the vertices, forwards in both, leaves one edge out of place."""
    if len(a) != len(b):
        return False
    forms = [
        [
            graphs.relabel(cell.adjacency, cell.ops, order)
            for order in cells.topological_orders(cell)
        ]
        for cell in (a, b)
    ]
    for (p, p_ops), (q, q_ops) in itertools.product(*forms):
        if np.array_equal(p_ops, q_ops) and (p & ~q).sum() == 1 == (q & ~p).sum():
            return True
    return False


class _Table:
    """The measured table: its rows, their accuracies in percent, skeletons and statistics."""

    def __init__(self):
        table = benchmarks.load("measured")
        self.rows, self.accuracy = table.rows, table.reported
        space = cells.nasbench101().take(self.rows)
        self.skeleton = _skeletons()[self.rows]
        plain = features.statistics(space)[:, :-1]
        values = np.column_stack([plain, features.trainable_parameters(space)]).astype(np.int64)
        self.statistics = dict(zip(STATISTICS, values.T, strict=True))

    def gaps(self, labels, *, same_skeleton: bool) -> np.ndarray:
        """The gaps of all pairs with equal labels whose skeletons are, or are not, the same."""
        found = [np.zeros(0)]
        for label in np.unique(labels):
            here = np.flatnonzero(labels == label)
            i, j = (here[k] for k in np.triu_indices(len(here), 1))
            kept = (self.skeleton[i] == self.skeleton[j]) == same_skeleton
            found.append(np.abs(self.accuracy[i] - self.accuracy[j])[kept])
        return np.concatenate(found)

    def place(self, row: int) -> int:
        """Where a row of the space stands in the table."""
        if row not in self.rows:
            raise Unfit(f"row {row} is not in the measured table, which has small cells only")
        return int(np.flatnonzero(self.rows == row)[0])


_table = functools.cache(_Table)


def _null_that_is_enough(names) -> str | None:
    """Statistics in which pairs of other skeletons agree and are as near as same-skeleton ones."""
    ask = f"find names among {', '.join(map(repr, STATISTICS))}"
    listed = [names] if isinstance(names, str) else handed_in.items_of(names, ask)
    listed = [str(name) if isinstance(name, str) else name for name in listed]
    if not listed or any(not isinstance(n, str) or n not in STATISTICS for n in listed):
        raise Unfit(ask)
    table = _table()
    columns = np.stack([table.statistics[name] for name in listed], axis=1)
    labels = np.unique(columns, axis=0, return_inverse=True)[1].reshape(-1)
    gaps = table.gaps(labels, same_skeleton=False)
    partners = float(np.median(table.gaps(table.skeleton, same_skeleton=True)))
    if (median := float(np.median(gaps))) > partners + 0.05:
        return (
            f"{len(gaps):,} pairs of other skeletons agree in {', '.join(listed)}; they are "
            f"{median:.1f} points apart in the median, same-skeleton pairs {partners:.1f}"
        )
    return None


def _two_misleading_pairs(pairs) -> str | None:
    """A same-skeleton pair far apart, and one of other skeletons and equal parameters near by."""
    ask = "find two pairs of rows of the space, ((a, b), (c, d))"
    listed = handed_in.items_of(pairs, ask)
    if len(listed) != 2:
        raise Unfit(ask)
    rows = [handed_in.whole_numbers_of(pair, ask) for pair in listed]
    if any(len(pair) != 2 for pair in rows):
        raise Unfit(ask)
    table = _table()
    far, near = ([table.place(row) for row in pair] for pair in rows)
    gaps = [abs(float(np.diff(table.accuracy[pair])[0])) for pair in (far, near)]
    parameters = table.statistics["parameters"]
    if far[0] == far[1] or np.ptp(table.skeleton[far]):
        return "the first two are not two cells of one skeleton"
    if not np.ptp(table.skeleton[near]):
        return "the second two share their skeleton"
    if np.ptp(parameters[near]):
        return "the second two differ in their parameters"
    if gaps[0] < 10 or gaps[1] > 0.5:
        return (
            f"the first two are {gaps[0]:.1f} points apart, which should be 10 or more, and the "
            f"second two {gaps[1]:.1f}, which should be half a point or less"
        )
    return None


EXERCISES = {
    "one failed training": _one_failed_training,
    "three of one skeleton": _three_of_one_skeleton,
    "one edge moved": _one_edge_moved,
    "null that is enough": _null_that_is_enough,
    "two misleading pairs": _two_misleading_pairs,
}
