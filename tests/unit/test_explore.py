"""The explorers without a browser: their arithmetic, and what every widget does."""

import json
import re
import subprocess
import sys

import jscatter
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from wl2nas import cells, explore, graphs
from wl2nas.explore import map_cell, map_points, page

# Rows 2, 191,738 and 267,163 of NAS-Bench-101 share one skeleton; here they are rows 0 to 2.
ROWS = [2, 191_738, 267_163, *range(1_000, 1_297)]
SPACE = cells.nasbench101().take(ROWS)
COORDINATES = np.random.default_rng(0).normal(size=(len(SPACE), 2))
COLOURINGS = {"vertices": SPACE.n_vertices, "edges": SPACE.n_edges, "height": COORDINATES[:, 1]}
ACCURACY = np.where(np.arange(300) % 3 == 0, np.nan, 90 + COORDINATES[:, 0])
PNG = b"\x89PNG\r\n"


@pytest.fixture
def explorer():
    made = explore.Map(SPACE, COORDINATES, COLOURINGS)
    yield made
    assert made.errors == []


@pytest.fixture
def both():
    """Two encoders side by side, and a column with gaps."""
    places = {"arch2vec": COORDINATES, "ours": COORDINATES[:, ::-1]}
    made = explore.Map(SPACE, places, COLOURINGS, start=4, values={"accuracy (%)": ACCURACY})
    yield made
    assert made.errors == []


def select(explorer, rows, which=0):
    """What the page does after a click or a lasso."""
    explorer.points.widgets[which].selection = np.array(rows, np.uint32)


def ask(part, what, *given):
    """What the page does when the reader uses a control; what goes back to it."""
    sent = []
    part.send = sent.append
    part._hear(None, {"number": 1, "question": {"do": what, "given": list(given)}}, None)
    return sent[0]


def marked(explorer):
    return [widget.selection.tolist() for widget in explorer.points.widgets]


def skeleton_of(row):
    chosen = SPACE[row]
    graph = nx.from_numpy_array(graphs.skeleton(chosen.adjacency).astype(int))
    nx.set_node_attributes(graph, dict(enumerate(chosen.names)), "op")
    return graph


# --- the arithmetic -----------------------------------------------------------------------------


@pytest.mark.parametrize("row", [0, 1, 57, np.int64(299)])
def test_same_skeleton_cells_are_those_with_isomorphic_skeletons(explorer, row):
    description = map_cell.describe(explorer.index, row)
    expected = [
        other
        for other in range(len(SPACE))
        if other != row
        and nx.is_isomorphic(
            skeleton_of(row), skeleton_of(other), node_match=lambda a, b: a["op"] == b["op"]
        )
    ]
    assert description.row == row
    assert description.same_skeleton.tolist() == expected
    assert row > 2 or len(expected) == 2


def test_direction_only_splits_the_colours_of_the_skeleton(explorer):
    for row in range(50):
        description = map_cell.describe(explorer.index, row)
        pairs = set(zip(description.colours, description.skeleton_colours, strict=True))
        assert len(pairs) == len(set(description.colours.tolist()))


@pytest.mark.parametrize("row", [-1, 300])
def test_describe_names_a_row_that_is_not_there(explorer, row):
    with pytest.raises(ValueError, match=rf"row must be 0\.\.299; it is {row}"):
        map_cell.describe(explorer.index, row)


def test_text_says_what_the_picture_shows(explorer):
    text = map_cell.panel_text(SPACE, map_cell.describe(explorer.index, 1))
    assert text == (
        "Row 1: 7 vertices (input, conv3x3, conv1x1, maxpool, maxpool, conv1x1, output), 9 edges "
        "(0→1, 0→2, 1→2, 1→4, 2→3, 2→6, 3→5, 4→5, 5→6). Colours: 7 with direction kept, 7 on "
        "A + A^T. Same-skeleton cells: 2 (rows 0, 2)."
    )
    alone = map_cell.panel_text(SPACE, map_cell.describe(explorer.index, 3))
    assert alone.endswith("Same-skeleton cells: none on this map.")


def test_long_lists_of_rows_are_cut():
    same = map_cell.Description(9, np.arange(7), np.arange(7), np.arange(8))
    assert "Same-skeleton cells: 8 (rows 0, 1, 2, 3, 4, 5, …)." in map_cell.panel_text(SPACE, same)


def test_the_page_gets_the_cell_as_json(both):
    both.choose(1)
    cell = json.loads(json.dumps(both.panel.cell))
    assert cell["row"] == 1 and cell["names"] == list(SPACE[1].names)
    assert cell["edges"] == [list(edge) for edge in SPACE[1].edges]
    assert (cell["others"], cell["other"]["row"]) == (2, 2)
    assert cell["words"].startswith("Row 1: ")
    assert cell["values"] == [["accuracy (%)", f"{ACCURACY[1]:,.6g}"]]
    both.choose(3)
    assert (both.panel.cell["other"], both.panel.cell["others"]) == (None, 0)
    assert both.panel.cell["values"] == [["accuracy (%)", "unknown"]]
    json.dumps([both.controls.choices, both.controls.state, both.summary.columns])


def test_pictures_are_png_and_leave_the_current_figure_alone(explorer, both):
    mine = plt.figure()
    assert explorer.still().startswith(PNG) and both.still().startswith(PNG)
    assert plt.gcf() is mine and plt.get_fignums() == [mine.number]
    plt.close(mine)


# --- what the user may get wrong ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"coordinates": COORDINATES[:7]},
            r"coordinates must have the shape \(300, 2\); its shape is \(7, 2\)",
        ),
        (
            {"coordinates": {"ours": COORDINATES[:7]}},
            r"coordinates\['ours'\] must have the shape \(300, 2\); its shape is \(7, 2\)",
        ),
        ({"coordinates": {}}, "coordinates is empty; give those of one encoder at least"),
        (
            {"colourings": {"edges": np.arange(299)}},
            r"edges must have the shape \(300,\); its shape is \(299,\)",
        ),
        ({"colourings": {"name": np.array(["a"] * 300)}}, "name must hold numbers; it holds <U1"),
        (
            {"coordinates": COORDINATES * np.nan},
            "coordinates must be finite; 600 of its numbers are NaN",
        ),
        ({"colourings": {}}, "colourings is empty"),
        ({"colourings": {"edges": [float("nan")] * 300}}, "edges must be finite"),
        ({"coordinates": COORDINATES[:, 0]}, r"its shape is \(300,\)"),
        ({"start": 300}, r"start must be a whole number in 0\.\.299; it is 300"),
        ({"values": {"speed": [float("nan")] * 300}}, "speed holds no number; leave it out"),
        ({"values": {"speed": [float("inf")] * 300}}, "speed must be finite; 300 of its numbers"),
        ({"sample": 301}, r"sample must be a whole number in 1\.\.300; it is 301"),
    ],
)
def test_wrong_arguments_are_named(change, message):
    arguments = {"coordinates": COORDINATES, "colourings": COLOURINGS} | change
    with pytest.raises(ValueError, match=message):
        explore.Map(SPACE, **arguments)


@pytest.mark.parametrize("make", [np.ndarray.tolist, lambda a: a.astype(np.float32), pd.DataFrame])
def test_coordinates_and_columns_may_be_any_numbers(make):
    explorer = explore.Map(SPACE, make(COORDINATES), {"edges": SPACE.n_edges.tolist()})
    np.testing.assert_allclose(explorer.coordinates[""], COORDINATES, atol=1e-6)
    assert explorer.errors == []


# --- what the reader does -----------------------------------------------------------------------


def test_row_field_chooses(explorer):
    assert ask(explorer.controls, "choose", 5) == {"number": 1, "answer": {}}
    assert (explorer.chosen, explorer.selected, explorer.controls.state["row"]) == (5, [5], 5)
    assert explorer.panel.cell["row"] == 5 and explorer.summary.summary is None
    assert marked(explorer) == [[5]]


def test_click_chooses_in_both_maps(both):
    before = both.panel.answered
    select(both, [8], which=1)
    assert (both.chosen, both.selected, both.panel.cell["row"]) == (8, [8], 8)
    assert marked(both) == [[8], [8]]
    assert both.panel.answered > before  # the page stops waiting


def test_lasso_selects_all_draws_the_first_and_sums_up(both):
    select(both, [9, 3, 40])
    assert (both.chosen, both.selected, both.panel.cell["row"]) == (3, [3, 9, 40], 3)
    summary = both.summary.summary
    assert (summary["count"], summary["column"], summary["without"]) == (3, "accuracy (%)", 2)
    assert marked(both) == [[3, 9, 40]] * 2
    ask(both.summary, "histogram", "edges")
    assert both.summary.summary["column"] == "edges" and both.summary.summary["without"] == 0
    ask(both.controls, "choose", 9)
    assert (both.selected, both.summary.summary) == ([9], None)


def test_deselecting_leaves_the_chosen_cell_marked(explorer):
    select(explorer, [9, 3, 40])
    select(explorer, [])
    assert (explorer.chosen, explorer.selected) == (3, [3])
    assert marked(explorer) == [[3]] and explorer.summary.summary is None


def test_next_goes_round_the_same_skeleton_cells(explorer):
    for row in (1, 2, 0):
        assert not explorer.controls.state["alone"]
        ask(explorer.controls, "next")
        assert explorer.chosen == explorer.controls.state["row"] == row
    ask(explorer.controls, "choose", 3)
    assert explorer.controls.state["alone"]


def test_a_rule_selects_and_what_is_none_is_refused(both):
    assert ask(both.controls, "rule", "edges == 9 and accuracy > 90")["answer"] == {}
    expected = np.flatnonzero((SPACE.n_edges == 9) & (ACCURACY > 90)).tolist()
    assert both.selected == expected and both.chosen == expected[0] and len(expected) > 9
    assert marked(both) == [expected, expected] and both.summary.summary["without"] == 0
    for rule, words in (("speed > 1", 'there is no "speed"'), ("edges > 99", "no cell obeys")):
        assert words in ask(both.controls, "rule", rule)["answer"]["refused"]
    assert both.selected == expected


def test_very_many_cells_are_selected_and_marked_as_far_as_the_page_bears(explorer, monkeypatch):
    monkeypatch.setattr(map_points, "MOST_MARKED", 10)
    explorer.follow("vertices > 0")
    assert len(explorer.selected) == 300 and marked(explorer) == [list(range(10))]


def test_sliders_show_only_some_points_and_keep_the_choice(explorer):
    ask(explorer.controls, "choose", 5)
    ask(explorer.controls, "between", "edges", 0, 8)
    shown = np.flatnonzero(SPACE.n_edges <= 8)
    widget = explorer.points.widgets[0]
    assert widget.filter.tolist() == shown.tolist() and 0 < len(shown) < 300
    assert explorer.controls.state["shown"] == f"{len(shown)} of 300 points are shown"
    assert (explorer.selected, marked(explorer)) == ([5], [[5]])
    refused = ask(explorer.controls, "between", "edges", 8.2, 8.4)["answer"]["refused"]
    assert refused == "no cell on the map has edges from 8.2 to 8.4"
    ask(explorer.controls, "between", "edges", 0, 9)
    assert widget.filter is None and explorer.controls.state["shown"] == ""


def test_colouring_changes_the_map_and_keeps_the_choice(both):
    ask(both.controls, "choose", 5)
    ask(both.controls, "colour", "edges")
    labels = [entry["label"] for entry in both.controls.state["legend"]]
    assert labels == [str(value) for value in np.unique(SPACE.n_edges)]
    ask(both.controls, "colour", "accuracy (%)")
    legend = both.controls.state["legend"]
    assert (legend[0]["label"], legend[0]["count"]) == ("no value", 100)
    assert both.points.widgets[1].color_title == "accuracy (%)"
    assert (both.selected, marked(both)) == ([5], [[5], [5]])


def test_a_dark_page_has_a_dark_map(explorer):
    light = explorer.controls.state["legend"]
    explorer.controls.dark = True
    assert sum(explorer.points.widgets[0].background_color[:3]) < 0.5
    assert explorer.controls.state["legend"] != light


def test_the_cell_under_the_mouse_is_drawn_and_linked(both):
    one, other = both.points.widgets
    other.hovering = 7
    assert (both.panel.hovered["row"], one.hovering, both.chosen) == (7, 7, 4)
    other.hovering = None
    assert (both.panel.hovered, one.hovering) == (None, -1)


def test_a_sample_shows_some_points_and_knows_all_cells():
    explorer = explore.Map(SPACE, COORDINATES, COLOURINGS, start=7, sample=20)
    assert len(explorer.points.widgets[0].points) == 20 and 7 in explorer.rows
    assert explorer.controls.choices["points"] == "a sample of 20 of the 300 cells"
    point = int(np.searchsorted(explorer.rows, 7))
    assert marked(explorer) == [[point]]
    select(explorer, [0, 1])
    assert explorer.selected == explorer.rows[:2].tolist()
    elsewhere = int(np.setdiff1d(np.arange(300), explorer.rows)[0])
    ask(explorer.controls, "choose", elsewhere)
    assert explorer.panel.cell["row"] == elsewhere and marked(explorer) == [[]]
    explorer.follow("vertices > 0")
    assert len(explorer.selected) == 300 and marked(explorer) == [list(range(20))]
    assert explorer.errors == []


def test_reset_goes_back_to_the_start(both, monkeypatch):
    sent = []
    for widget in both.points.widgets:
        monkeypatch.setattr(widget, "send", sent.append)
        widget.mouse_mode = "lasso"
    start = dict(both.controls.state)
    ask(both.controls, "colour", "height")
    ask(both.controls, "between", "edges", 0, 8)
    select(both, [9, 3, 40])
    ask(both.summary, "histogram", "edges")
    ask(both.controls, "reset")
    assert (both.chosen, both.selected, both.summed) == (4, [4], "accuracy (%)")
    assert both.controls.state == start | {"resets": start["resets"] + 1}
    for widget in both.points.widgets:
        assert (widget.mouse_mode, widget.filter, widget.selection.tolist()) == (
            "panZoom",
            None,
            [4],
        )
    assert [message["type"] for message in sent] == ["view_reset"] * 2


def fails(*_, **__):
    raise RuntimeError("the <shelf> is empty")


@pytest.mark.parametrize("action", ["choose", "next", "reset", "colour"])
def test_an_exception_in_a_control_is_recorded_and_told_to_the_page(action, monkeypatch):
    explorer = explore.Map(SPACE, COORDINATES, COLOURINGS)
    monkeypatch.setattr(map_cell, "describe", fails)
    monkeypatch.setattr(jscatter.Scatter, "color", fails)
    given = {"choose": [5], "colour": ["edges"]}.get(action, [])
    assert ask(explorer.controls, action, *given)["error"] == "RuntimeError: the <shelf> is empty"
    assert [str(error) for error in explorer.errors] == ["the <shelf> is empty"]


def test_an_exception_after_a_click_is_recorded_and_shown(monkeypatch):
    explorer = explore.Map(SPACE, COORDINATES, COLOURINGS)
    monkeypatch.setattr(map_cell, "describe", fails)
    before = explorer.panel.answered
    select(explorer, [5])
    assert [str(error) for error in explorer.errors] == ["the <shelf> is empty"]
    assert explorer.panel.alert == "This did not work. RuntimeError: the <shelf> is empty"
    assert explorer.panel.answered > before
    monkeypatch.undo()
    ask(explorer.controls, "reset")
    assert explorer.panel.alert == "" and explorer.panel.cell["row"] == 0
    assert len(explorer.errors) == 1


def test_a_second_explorer_leaves_the_first_alone(explorer):
    again = explore.Map(SPACE, COORDINATES, COLOURINGS, start=7)
    again.choose(8)
    assert (explorer.chosen, again.chosen) == (0, 8)
    assert explorer.panel.cell["row"] == 0


def test_show_has_two_mime_types_and_a_caption(explorer, check_display):
    check_display(explorer, "300 cells; row 0 is drawn.")


SCRIPT = """
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from wl2nas import cells, draw, explore, graphs
space = cells.nasbench101().take(slice(0, 30))
places = np.random.default_rng(0).normal(size=(30, 2))
explore.Stepper(graphs.cycle(6)).show("A hexagon.")
explore.Map(space, places, {"edges": space.n_edges}).show("A map.")
explore.Classes(space).show("A class.")
explore.Epsilon(space).show("Four curves.")
draw.show(plt.figure(), "A figure.")
print(plt.get_fignums())
"""


def test_a_plain_script_sees_the_captions_and_no_base64():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    expected = ["A hexagon.", "A map.", "A class.", "Four curves.", "A figure.", "[]"]
    assert run.stdout.splitlines() == expected


def test_a_module_for_a_widget_imports_nothing_and_names_nothing_twice():
    named = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) +(\w+)", re.MULTILINE)
    for file in sorted(page.STATIC.glob("*.js")):
        text = page.module(file.name)
        assert "import {" not in text and text.count("class InputError") <= 1
        names = named.findall(text)
        assert len(names) == len(set(names)), file.name
