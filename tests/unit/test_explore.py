"""The explorers without a browser: their arithmetic, and what every widget does."""

import base64
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
from wl2nas.explore import map as module
from wl2nas.explore import page

# Rows 2, 191,738 and 267,163 of NAS-Bench-101 share one skeleton; here they are rows 0 to 2.
ROWS = [2, 191_738, 267_163, *range(1_000, 1_297)]
SPACE = cells.nasbench101().take(ROWS)
COORDINATES = np.random.default_rng(0).normal(size=(len(SPACE), 2))
COLOURINGS = {"vertices": SPACE.n_vertices, "edges": SPACE.n_edges, "height": COORDINATES[:, 1]}
PNG = b"\x89PNG\r\n"


@pytest.fixture
def explorer():
    made = explore.Map(SPACE, COORDINATES, COLOURINGS)
    yield made
    assert made.errors == []


@pytest.fixture
def drawn(explorer, monkeypatch):
    """The rows that were drawn, in order: a feedback loop would draw one twice."""
    rows = []

    def picture(space, description):
        rows.append(description.row)
        return PNG

    monkeypatch.setattr(module, "panel_picture", picture)
    return rows


def select(explorer, rows):
    """What the page does after a click or a lasso."""
    explorer.map.selection = np.array(rows, np.uint32)


def skeleton_of(row):
    chosen = SPACE[row]
    graph = nx.from_numpy_array(graphs.skeleton(chosen.adjacency).astype(int))
    nx.set_node_attributes(graph, dict(enumerate(chosen.names)), "op")
    return graph


# --- the arithmetic -----------------------------------------------------------------------------


@pytest.mark.parametrize("row", [0, 1, 57, np.int64(299)])
def test_same_skeleton_cells_are_those_with_isomorphic_skeletons(explorer, row):
    description = module.describe(SPACE, explorer.skeleton_code, row)
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
        description = module.describe(SPACE, explorer.skeleton_code, row)
        pairs = set(zip(description.colours, description.skeleton_colours, strict=True))
        assert len(pairs) == len(set(description.colours.tolist()))


@pytest.mark.parametrize("row", [-1, 300])
def test_describe_names_a_row_that_is_not_there(explorer, row):
    with pytest.raises(ValueError, match=rf"row must be 0\.\.299; it is {row}"):
        module.describe(SPACE, explorer.skeleton_code, row)


def test_text_says_what_the_picture_shows(explorer):
    text = module.panel_text(SPACE, module.describe(SPACE, explorer.skeleton_code, 1))
    assert text == (
        "Row 1: 7 vertices (input, conv3x3, conv1x1, maxpool, maxpool, conv1x1, output), 9 edges "
        "(0→1, 0→2, 1→2, 1→4, 2→3, 2→6, 3→5, 4→5, 5→6). Colours: 7 with direction kept, 7 on "
        "A + A^T. Same-skeleton cells: 2 (rows 0, 2)."
    )
    alone = module.panel_text(SPACE, module.describe(SPACE, explorer.skeleton_code, 3))
    assert alone.endswith("Same-skeleton cells: none on this map.")


def test_long_lists_of_rows_are_cut():
    same = module.Description(9, np.arange(7), np.arange(7), np.arange(8))
    assert "Same-skeleton cells: 8 (rows 0, 1, 2, 3, 4, 5, …)." in module.panel_text(SPACE, same)


def test_pictures_are_png_and_leave_the_current_figure_alone(explorer):
    mine = plt.figure()
    for row in (0, 3):
        description = module.describe(SPACE, explorer.skeleton_code, row)
        assert module.panel_picture(SPACE, description).startswith(PNG)
    assert explorer.still().startswith(PNG)
    assert plt.gcf() is mine and plt.get_fignums() == [mine.number]
    plt.close(mine)


def test_colours_grow_lighter_but_never_white():
    for values, steps in ((SPACE.n_edges, len(np.unique(SPACE.n_edges))), (COORDINATES[:, 0], 256)):
        column, colours = module.colour_column(values)
        light = np.array(colours)[:, :3] @ [0.2126, 0.7152, 0.0722]
        assert len(colours) == steps and len(column) == len(SPACE)
        assert (np.diff(light) >= 0).all() and light[0] < 0.2 and 0.7 < light[-1] < 0.8


# --- what the user may get wrong ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"coordinates": COORDINATES[:7]},
            r"coordinates must have the shape \(300, 2\); its shape is \(7, 2\)",
        ),
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
    ],
)
def test_wrong_arguments_are_named(change, message):
    arguments = {"coordinates": COORDINATES, "colourings": COLOURINGS} | change
    with pytest.raises(ValueError, match=message):
        explore.Map(SPACE, **arguments)


# --- the widgets --------------------------------------------------------------------------------


def test_row_field_chooses(explorer, drawn):
    explorer.row.value = 5
    assert (explorer.chosen, explorer.selected, drawn) == (5, [5], [5])
    assert explorer.map.selection.tolist() == [5]
    assert explorer.text.value.startswith('<p role="status"') and "Row 5: " in explorer.text.value
    assert base64.b64encode(PNG).decode() in explorer.picture.value
    assert 'alt="Row 5' in explorer.picture.value


def test_click_chooses(explorer, drawn):
    select(explorer, [8])
    assert (explorer.chosen, explorer.selected, explorer.row.value, drawn) == (8, [8], 8, [8])


def test_lasso_selects_all_and_draws_the_first(explorer, drawn):
    select(explorer, [9, 3, 40])
    assert (explorer.chosen, explorer.selected, explorer.row.value) == (3, [3, 9, 40], 3)
    assert "3 cells selected; the first of them is drawn. Row 3: " in explorer.text.value
    explorer.row.value = 9
    assert (explorer.selected, drawn) == ([9], [3, 9])


def test_deselecting_leaves_the_chosen_cell_marked(explorer, drawn):
    select(explorer, [9, 3, 40])
    select(explorer, [])
    assert (explorer.chosen, explorer.selected) == (3, [3])
    assert explorer.map.selection.tolist() == [3]
    assert "cells selected" not in explorer.text.value


def test_next_goes_round_the_same_skeleton_cells(explorer, drawn):
    for row in (1, 2, 0):
        explorer.next.click()
        assert explorer.chosen == explorer.row.value == row
    assert drawn == [1, 2, 0]
    explorer.row.value = 3
    assert explorer.next.disabled
    explorer.row.value = 0
    assert not explorer.next.disabled


def test_colouring_changes_the_map_and_keeps_the_choice(explorer, drawn):
    explorer.row.value = 5
    explorer.colour.value = "edges"
    assert explorer.map.color_title == "edges"
    shown = [value for value, *_ in explorer.map.legend_encoding["color"]["values"]]
    assert shown == [str(value) for value in np.unique(SPACE.n_edges)]
    explorer.colour.value = "height"  # numbers on a scale of their own
    low, high = COORDINATES[:, 1].min(), COORDINATES[:, 1].max()
    assert explorer.map.color_domain == pytest.approx([low, high])
    assert explorer.map.points[:, 2].min() == 0 and explorer.map.points[:, 2].max() == 1
    for colours in (explorer.map.color_selected, explorer.map.color_hover):
        assert len(colours) == len(explorer.map.color)
    assert (explorer.selected, drawn) == ([5], [5])


def test_reset_goes_back_to_the_start(monkeypatch):
    explorer = explore.Map(SPACE, COORDINATES, COLOURINGS, start=4)
    sent = []
    monkeypatch.setattr(explorer.map, "send", sent.append)
    explorer.colour.value = "height"
    explorer.map.mouse_mode = "lasso"
    select(explorer, [9, 3, 40])
    explorer.reset.click()
    assert (explorer.chosen, explorer.selected, explorer.row.value) == (4, [4], 4)
    assert (explorer.colour.value, explorer.map.color_title) == ("vertices", "vertices")
    assert explorer.map.mouse_mode == "panZoom"
    assert [message["type"] for message in sent] == ["view_reset"]
    assert explorer.errors == []


@pytest.mark.parametrize("action", ["row", "click", "next", "colour", "reset"])
def test_an_exception_is_recorded_and_shown(action, monkeypatch):
    explorer = explore.Map(SPACE, COORDINATES, COLOURINGS)

    def fails(*_, **__):
        raise RuntimeError("the <shelf> is empty")

    monkeypatch.setattr(module, "describe", fails)
    monkeypatch.setattr(jscatter.Scatter, "color", fails)
    actions = {
        "row": lambda: setattr(explorer.row, "value", 5),
        "click": lambda: select(explorer, [5]),
        "next": explorer.next.click,
        "colour": lambda: setattr(explorer.colour, "value", "edges"),
        "reset": explorer.reset.click,
    }
    actions[action]()
    assert [str(error) for error in explorer.errors] == ["the <shelf> is empty"]
    assert 'role="alert"' in explorer.text.value and "Press Reset" in explorer.text.value
    assert "RuntimeError: the &lt;shelf&gt; is empty" in explorer.text.value
    assert explorer.picture.value == ""
    monkeypatch.undo()
    explorer.reset.click()
    assert "Row 0: " in explorer.text.value and "<img" in explorer.picture.value
    assert len(explorer.errors) == 1


def test_a_second_explorer_leaves_the_first_alone(explorer, drawn):
    again = explore.Map(SPACE, COORDINATES, COLOURINGS, start=7)
    again.row.value = 8
    assert (explorer.chosen, again.chosen, drawn) == (0, 8, [7, 8])


def test_show_has_two_mime_types_and_a_caption(explorer, check_display):
    check_display(explorer, "300 cells; row 0 is drawn.")


@pytest.mark.parametrize("make", [np.ndarray.tolist, lambda a: a.astype(np.float32), pd.DataFrame])
def test_coordinates_and_columns_may_be_any_numbers(make):
    explorer = explore.Map(SPACE, make(COORDINATES), {"edges": SPACE.n_edges.tolist()})
    np.testing.assert_allclose(explorer.coordinates, COORDINATES, atol=1e-6)
    assert explorer.errors == []


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
