"""What a test costs, drawn: one line for each program and family of graphs."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from course import figures, results


@pytest.fixture
def ax():
    return Figure().subplots()


def lines(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_looks_at_an_edge_are_drawn_for_every_method_and_family(ax):
    growth = pd.DataFrame(results.numbers_of("wl_cost")["growth"])
    assert figures.cost_of_refinement(growth, ax=ax) is ax
    expected = {f"{f}, {m}" for m, f in growth[["method", "family"]].itertuples(index=False)}
    assert lines(ax).keys() == expected and len(expected) == 8
    path = growth[(growth.method == "splitting") & (growth.family == "path")]
    assert (lines(ax)["path, splitting"].get_xydata() == path[["edges", "visits"]]).all(axis=None)
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_hard_pairs_are_medians_and_what_was_stopped_lies_on_the_limit(ax):
    rows = [("bliss", "cfi", 10, s) for s in (1.0, 2.0, 9.0)] + [("bliss", "cfi", 20, np.nan)] * 3
    search = pd.DataFrame(rows, columns=["method", "family", "vertices", "seconds"])
    assert figures.hard_pairs(search, 15.0, ax=ax) is ax
    assert lines(ax)["cfi, bliss"].get_xydata().tolist() == [[10, 2.0], [20, 15.0]]
    assert search.seconds.isna().sum() == 3  # the reader's own table is as it was
    assert [line.get_ydata()[0] for line in ax.lines if line.get_label().startswith("_")] == [15.0]


def test_lines_differ_without_colour(ax):
    growth = pd.DataFrame(results.numbers_of("wl_cost")["growth"])
    figures.cost_of_refinement(growth, ax=ax)
    looks = {(line.get_linestyle(), line.get_marker()) for line in lines(ax).values()}
    assert len(looks) == len(lines(ax))
