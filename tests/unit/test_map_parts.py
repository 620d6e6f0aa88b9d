"""What the map explorer is made of: rules, summaries, colours, points and what it is given."""

import numpy as np
import pytest

from wl2nas import cells
from wl2nas.explore import map_cell, map_colours, map_given, map_rules, map_summary
from wl2nas.explore.map_points import Points
from wl2nas.explore.members import ClassIndex, skeleton_codes

SPACE = cells.nasbench101().take([2, 191_738, 267_163, *range(1_000, 1_297)])
COLUMNS = {
    "a": np.array([1, 2, 3, 4]),
    "b": np.array([4, 3, 2, 1], np.int8),
    "c": np.array([0.5, np.nan, -1, np.nan]),
}

# --- a rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "rows"),
    [
        ("a == 3", [2]),
        (" a>=2 and b != 1 ", [1, 2]),
        ("a == 1 or a == 4", [0, 3]),
        ("not a < 3", [2, 3]),
        ("1 < a <= 3", [1, 2]),
        ("a * 2 - b > 1 + 1", [2, 3]),
        ("(a + b == 5) and not (a == 1 or b == 1)", [1, 2]),
        ("a > -1.5", [0, 1, 2, 3]),
        ("c < 10", [0, 2]),  # what has no value obeys nothing
        ("c != 0.5", [2]),
        ("not c == 0.5", [2]),
        ("a == 2 or c == 0.5", [0]),
        ("a < " + "9" * 200, [0, 1, 2, 3]),
        ("a < 9e999", [0, 1, 2, 3]),
        ("b - 10 < 0", [0, 1, 2, 3]),  # whatever the column's own numbers hold
        ("b * 100 == 400", [0]),
    ],
)
def test_a_rule_selects_rows(rule, rows):
    assert np.flatnonzero(map_rules.obeying(rule, COLUMNS)).tolist() == rows


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("", "it is empty; write for example vertices == 5"),
        ("d > 1", 'there is no "d"; the names are a, b, c'),
        ("a = 1", '"equal" is written =='),
        ("a >", "this is no comparison of numbers; write for example"),
        ("a > 1; b", "this is no comparison of numbers"),
        ("1 < 2", "a rule names a column at least"),
        ("a", '"a" is no comparison'),
        ("a + 1", r'"a \+ 1" is no comparison'),
        ("a > 1 & b > 1", '"1 & b" is no number'),
        ("a > 'x'", "is no number"),
        ("a > True", '"True" is no number'),
        ("a > b / 2", '"b / 2" is no number'),
        ("a ** 9 > 1", r'"a \*\* 9" is no number'),
        ("a in (1, 2)", "is no comparison"),
        ("a is b", "is no comparison"),
        ("a.real > 1", '"a.real" is no number'),
        ("a[0] > 1", r'"a\[0\]" is no number'),
        ("a > max(1, 2)", 'there is no "max"'),
        ("__import__('os') == a", 'there is no "__import__"'),
        ("(lambda: a)() > 1", "is no number"),
        ("[x for x in a] == a", 'there is no "x"'),
        ("a > 1" + " " * 300, "it has 305 characters; 300 are read at most"),
        ("(" * 149 + "a" + ")" * 149 + ">1", "characters|no comparison"),
        ("a > \0", "no comparison"),
    ],
)
def test_what_is_no_rule_is_refused_in_words(rule, message):
    with pytest.raises(map_rules.RuleError, match=message):
        map_rules.obeying(rule, COLUMNS)


def test_deep_rules_are_read_or_refused():
    deep = "not " * 70 + "a > 1"
    assert map_rules.obeying(deep, COLUMNS).tolist() == [False, True, True, True]
    assert map_rules.obeying("a > " + "-" * 280 + "1", COLUMNS).tolist() == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("title", "name"),
    [("accuracy (%)", "accuracy"), ("cells with this skeleton", "cells_with_this_skeleton"),
     ("Height", "height"), ("2nd", "column_2nd"), ("(%)", "column"), ("A + A^T", "a_a_t")],
)  # fmt: skip
def test_columns_have_names_that_a_rule_can_write(title, name):
    assert map_rules.rule_name(title) == name


def test_a_rule_knows_the_counts_of_a_cell():
    columns = map_given.rule_columns(SPACE, {"accuracy (%)": SPACE.n_edges / 2})
    assert list(columns) == ["vertices", "edges", "conv1x1", "conv3x3", "maxpool", "accuracy"]
    rows = np.flatnonzero(map_rules.obeying("conv3x3 >= 2 and edges == 2 * accuracy", columns))
    expected = [row for row in range(len(SPACE)) if SPACE[row].names.count("conv3x3") >= 2]
    assert rows.tolist() == expected and 0 < len(rows) < len(SPACE)


# --- a summary ----------------------------------------------------------------------------------


def test_ingredients_are_those_of_every_cell():
    found = map_summary.Ingredients(SPACE)
    for row in range(0, len(SPACE), 7):
        cell = SPACE[row]
        edges = {(cell.names[i], cell.names[j]) for i, j in cell.edges}
        expected = [
            name[0] in cell.names if len(name) == 1 else name in edges for name in found.names
        ]
        assert found.has[row].tolist() == expected
    assert len(found.names) == 3 + 4 * 4


def test_what_stands_out_is_named_with_both_shares():
    found = map_summary.Ingredients(SPACE)
    direct = found.has[:, found.names.index(("input", "output"))]
    best = found.standing_out(np.flatnonzero(direct))[0]
    assert best == (("input", "output"), 1.0, direct.mean())
    assert len(found.standing_out(np.array([0]))) == map_summary.MOST_SHOWN


def test_histogram_says_shares_of_those_that_have_a_value():
    values = np.array([1.0, 2, 2, np.nan, 3])
    shape = map_summary.histogram(values, np.array([1, 3, 4]))
    assert shape.edges.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert shape.here.tolist() == [0, 0.5, 0.5] and shape.everywhere.tolist() == [0.25, 0.5, 0.25]
    assert (shape.without, shape.medians) == (1, (2.5, 2.0))
    alone = map_summary.histogram(values, np.array([3]))
    assert (alone.without, alone.medians) == (1, (None, 2.0)) and alone.here.sum() == 0


def test_outer_bins_of_a_histogram_hold_what_lies_beyond():
    values = np.random.default_rng(0).normal(size=10_000)
    values[:3] = 1e6
    shape = map_summary.histogram(values, np.arange(3))
    assert shape.edges[-1] < 4 and shape.here.tolist() == [0] * 23 + [1]
    assert shape.everywhere.sum() == pytest.approx(1)
    same = map_summary.histogram(np.full(9, 0.5), np.arange(9))
    assert same.here.sum() == 1


# --- colours ------------------------------------------------------------------------------------


def test_few_whole_numbers_have_a_colour_each():
    one = map_colours.colouring(np.array([7, 2, 7, 6]))
    assert (one.codes.tolist(), one.labels, one.has_missing) == (
        [2, 0, 2, 1],
        ["2", "6", "7"],
        False,
    )


def test_counts_have_a_colour_for_every_doubling():
    counts = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 40, 0])
    one = map_colours.colouring(counts)
    assert one.labels == ["0", "1", "2 to 3", "4 to 7", "8 to 15", "32 to 40"]
    assert one.codes.tolist() == [1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 0]


def test_numbers_have_steps_that_a_few_extreme_ones_do_not_take_up():
    values = np.concatenate([np.linspace(90, 95, 1_000), [-1e9, 1e9], [np.nan] * 5])
    one = map_colours.colouring(values)
    assert one.labels[0] == "no value" and one.labels[1].startswith("below 90")
    assert one.labels[-1].endswith("or more") and len(one.labels) == map_colours.STEPS + 1
    counts = np.bincount(one.codes)
    assert counts[0] == 5 and counts[2:-1].min() > 80
    assert (np.diff(one.codes[:1_000]) >= 0).all()


def test_one_value_has_one_colour():
    for value in (0.25, 3, 5_000):
        one = map_colours.colouring(np.full(4, value))
        assert len(one.labels) == len(map_colours.fills(one, dark=False)) == 1


@pytest.mark.parametrize("dark", [False, True])
def test_colours_grow_lighter_and_stand_out_from_the_page(dark):
    one = map_colours.colouring(np.array([np.nan, *range(12)]))
    missing, *fills = map_colours.fills(one, dark=dark)
    rgb = np.array([[int(fill[k : k + 2], 16) / 255 for k in (1, 3, 5)] for fill in fills])
    light = rgb @ [0.2126, 0.7152, 0.0722]
    assert missing == map_colours.MISSING[dark] and len(fills) == 12
    assert (np.diff(light) > 0).all()
    assert light[0] > 0.15 if dark else light[-1] < 0.82


def test_rare_colours_are_drawn_on_top_and_missing_ones_below():
    values = np.array([5, 5, np.nan, 7, 6, 6, 6, 5, 6])
    order = map_colours.drawing_order(map_colours.colouring(values))
    assert order.tolist() == [2, 4, 5, 6, 8, 0, 1, 7, 3]


# --- skeletons and points -----------------------------------------------------------------------


def test_skeletons_are_found_as_by_looking_at_all():
    code, index = skeleton_codes(SPACE), ClassIndex(SPACE)
    for row in range(len(SPACE)):
        same = np.flatnonzero(code == code[row])
        assert map_cell.describe(index, row).same_skeleton.tolist() == same[same != row].tolist()
    assert skeleton_codes(SPACE) is code  # counted once for all explorers


def test_next_goes_round_and_a_lone_cell_has_none():
    index = ClassIndex(SPACE)
    following = [map_cell.next_sharing(map_cell.describe(index, row)) for row in range(3)]
    assert following == [1, 2, 0]
    with pytest.raises(ValueError, match="no other cell has the skeleton of row 3"):
        map_cell.next_sharing(map_cell.describe(index, 3))


@pytest.fixture
def points():
    heard = []
    one = map_colours.colouring(np.array([0, 1, 1, 0]))
    two = map_colours.colouring(np.array([0.5, np.nan, 1.5, 1.5]))
    places = {"a": np.eye(4)[:, :2], "b": np.eye(4)[:, 1:3]}
    made = Points(places, {"one": one, "two": two}, np.array([3, 5, 8, 9]),
                  on_select=lambda rows: heard.append(rows),
                  on_hover=lambda row: heard.append(row))  # fmt: skip
    made.paint("one", dark=False)
    return made, heard


def test_points_speak_of_rows(points):
    made, heard = points
    assert made.numbers([9, 4, 3, 100]).tolist() == [3, 0]
    made.widgets[0].selection = np.array([2, 0], np.uint32)
    assert heard == [[3, 8]]
    made.widgets[1].hovering = 1
    assert heard == [[3, 8], 5] and made.widgets[0].hovering == 1
    made.widgets[1].hovering = None
    assert heard == [[3, 8], 5, None] and made.widgets[0].hovering == -1


def test_marking_is_not_heard(points):
    made, heard = points
    made.mark([5, 9])
    assert [widget.selection.tolist() for widget in made.widgets] == [[1, 3]] * 2
    made.show_only(np.array([5, 6]))
    assert [widget.filter.tolist() for widget in made.widgets] == [[1]] * 2
    made.show_only(None)
    assert made.widgets[0].filter is None and made.widgets[0].selection.tolist() == []
    assert heard == []


@pytest.mark.parametrize("dark", [False, True])
def test_painting_sends_codes_colours_and_order(points, dark):
    made, _ = points
    for name in ("two", "one", "two"):
        made.paint(name, dark=dark)
    for widget in made.widgets:
        assert widget.points[:, 2].tolist() == [1, 0, 2, 2]
        assert widget.point_order.tolist() == [1, 2, 3, 0]
        assert len(widget.color) == len(widget.color_selected) == len(widget.color_hover) == 3
        assert (widget.background_color[0] < 0.5) == dark
    assert [entry["count"] for entry in made.legend("two", dark=dark)] == [1, 1, 2]


# --- what a map is given ------------------------------------------------------------------------


def test_a_sample_is_drawn_once_and_holds_the_start():
    rows = map_given.sample_rows(100, 10, 42)
    assert 42 in rows and len(np.unique(rows)) == 10 and (np.diff(rows) > 0).all()
    assert rows.tolist() == map_given.sample_rows(100, 10, 42).tolist()
    assert map_given.sample_rows(4, None, 0).tolist() == map_given.sample_rows(4, 4, 3).tolist()
