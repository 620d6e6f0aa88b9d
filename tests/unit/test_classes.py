"""The browser of same-skeleton classes without a browser: its arithmetic and its widgets."""

import base64
import itertools

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms.isomorphism import GraphMatcher

from wl2nas import cells, explore, graphs, wl
from wl2nas.explore import classes as module
from wl2nas.explore import members
from wl2nas.theory import orientations

WHOLE = cells.nasbench101()
CODE = wl.space_codes(WHOLE, direction="undirected", rounds=2)[-1]
TABLES = members.classes_by_size(CODE)
# Six classes of every size, so that class number 0 of size k has the rows 0, 1, ... of its block.
SPACE = WHOLE.take(np.concatenate([TABLES[k][:6].ravel() for k in range(1, 7)]))
FIRST_OF_SIX = 6 * (1 + 2 + 3 + 4 + 5)
PUZZLE = WHOLE.take([40_965, 182_952, 167])
PNG = b"\x89PNG\r\n"


def sample_classes():
    rng = np.random.default_rng(0)
    return [TABLES[k][rng.integers(len(TABLES[k]))].tolist() for k in (1, 2, 2, 3, 4, 5, 6)]


@pytest.fixture
def explorer():
    made = explore.Classes(SPACE)
    yield made
    assert made.errors == []


@pytest.fixture
def drawn(explorer, monkeypatch):
    """The classes that were drawn, in order: a feedback loop would draw one twice."""
    shown = []

    def picture(space, description):
        shown.append(description.rows)
        return PNG

    monkeypatch.setattr(module, "panel_picture", picture)
    return shown


# --- the arithmetic -----------------------------------------------------------------------------


def test_class_sizes_are_those_of_the_whole_space():
    counts = {k: len(table) for k, table in TABLES.items()}
    assert counts == {1: 158_718, 2: 79_359, 3: 26_115, 4: 5_238, 5: 1_287, 6: 76}
    rows = np.concatenate([table.ravel() for table in TABLES.values()])
    assert (np.sort(rows) == np.arange(len(WHOLE))).all()


@given(st.lists(st.integers(0, 8), min_size=1, max_size=30))
def test_classes_hold_the_rows_with_equal_codes(codes):
    expected = {}
    for code in sorted(set(codes), key=codes.index):
        rows = [row for row, other in enumerate(codes) if other == code]
        expected.setdefault(len(rows), []).append(rows)
    found = members.classes_by_size(np.array(codes, np.uint64))
    assert {k: table.tolist() for k, table in found.items()} == expected


def skeleton_of(cell):
    graph = nx.from_numpy_array(graphs.skeleton(cell.adjacency).astype(int))
    nx.set_node_attributes(graph, dict(enumerate(cell.names)), "op")
    return graph


def fewest_turned(first, other) -> int:
    """Over all isomorphisms that networkx finds between the skeletons."""
    matcher = GraphMatcher(*map(skeleton_of, (other, first)), lambda a, b: a["op"] == b["op"])
    return min(
        sum((m[i], m[j]) not in first.edges for i, j in other.edges)
        for m in matcher.isomorphisms_iter()
    )


@pytest.mark.parametrize("rows", sample_classes())
def test_members_are_matched_with_the_fewest_edges_turned(rows):
    found, first = members.describe(WHOLE, rows), WHOLE[rows[0]]
    assert found.turned[0] == [] and found.rows == rows
    for row, numbers, turned in zip(rows, found.numbers, found.turned, strict=True):
        member = WHOLE[row]
        assert (first.ops[numbers] == member.ops).all()
        named = {(int(numbers[i]), int(numbers[j])) for i, j in member.edges}
        back = {(j, i) if (i, j) in turned else (i, j) for i, j in named}
        assert set(turned) <= named and back == set(first.edges)
        assert len(turned) == fewest_turned(first, member)
        assert (len(turned) > 0) == (row != rows[0])
        # The edges at the ends cannot turn: all run out of the input, and into the output.
        assert not {0, len(first) - 1} & {v for edge in turned for v in edge}


@pytest.mark.parametrize("rows", sample_classes())
def test_longest_paths_and_ways_to_direct_the_skeleton(rows):
    found = members.describe(WHOLE, rows)
    dags = [nx.from_numpy_array(WHOLE[row].adjacency, create_using=nx.DiGraph) for row in rows]
    first = WHOLE[rows[0]]
    ways = orientations.bipolar_orientations(graphs.skeleton(first.adjacency), 0, len(first) - 1)
    assert found.longest == [nx.dag_longest_path_length(dag) for dag in dags]
    assert found.ways == len(ways) >= len(rows)


def test_what_notebook_05_says_of_the_classes():
    for k in (5, 6):
        assert all(members.describe(WHOLE, rows[:1].tolist()).ways == k for rows in TABLES[k][::20])
    pairs = TABLES[2][np.random.default_rng(0).integers(len(TABLES[2]), size=100)]
    turned = [len(members.describe(WHOLE, pair.tolist()).turned[1]) for pair in pairs]
    assert 60 <= turned.count(1) < 100 and min(turned) == 1


def test_cells_of_different_skeletons_are_not_matched():
    for a, b in itertools.permutations([0, 1, 2], 2):  # 0 and 1 share theirs; 2 has more vertices
        if {a, b} == {0, 1}:
            assert len(members.match(PUZZLE[a], PUZZLE[b])) == 5
            continue
        with pytest.raises(ValueError, match="have different skeletons"):
            members.match(PUZZLE[a], PUZZLE[b])


def test_text_says_what_the_picture_shows():
    values = {"accuracy": np.array([0.90304, 0.815, 0.1])}
    text = module.panel_text(PUZZLE, members.describe(PUZZLE, [1, 0]), values)
    assert text == (
        "Rows 1 and 0 have one skeleton: 5 vertices (input, maxpool, conv3x3, maxpool, output), "
        "7 edges. Ways to direct the edges of the skeleton: 2. Longest path from input to output: "
        "4 and 4 edges. accuracy: 0.815 and 0.903. Row 0 turns 1→2 round. Vertices are numbered as "
        "in row 1."
    )
    alone = module.panel_text(SPACE, members.describe(SPACE, [0]), {})
    assert alone.startswith("Row 0 is alone with its skeleton: ")
    six = module.panel_text(SPACE, members.describe(SPACE, list(range(90, 96))), {})
    assert six.startswith("Rows 90, 91, 92, 93, 94 and 95 have one skeleton: ")
    assert six.count(" round. ") == 5


@pytest.mark.parametrize("row", [0, 6, 18, 36, 60, FIRST_OF_SIX])
def test_pictures_are_png_and_leave_the_current_figure_alone(row):
    explorer, mine = explore.Classes(SPACE, start=row), plt.figure()
    assert explorer.still().startswith(PNG)
    assert plt.gcf() is mine and plt.get_fignums() == [mine.number]
    plt.close(mine)


def test_all_members_and_the_skeleton_are_drawn(monkeypatch):
    shown = []
    monkeypatch.setattr(module.draw, "png", lambda figure: shown.append(figure) or PNG)
    description = members.describe(SPACE, list(range(90, 96)))
    module.panel_picture(SPACE, description)
    axes = shown[0].axes
    titles = [ax.get_title() for ax in axes]
    assert titles == ["skeleton, colours on A + A^T", *(f"row {k}" for k in range(90, 96)), ""]
    for ax, numbers, turned in zip(axes[1:], description.numbers, description.turned, strict=False):
        texts = [t for t in ax.texts if t.get_text().isdigit() and t.get_position() == (0, -16)]
        assert [t.get_text() for t in texts] == [str(v) for v in numbers]
        marks = [t for t in ax.texts if t.get_text() == ""]
        place = dict(zip(numbers.tolist(), [t.xy for t in texts], strict=True))
        arrows = {(tuple(t.xyann), tuple(t.xy)) for t in marks}
        assert arrows == {(tuple(place[i]), tuple(place[j])) for i, j in turned}


# --- what the user may get wrong ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 126}, r"start must be a whole number in 0\.\.125; it is 126"),
        ({"start": -1}, r"start must be a whole number in 0\.\.125; it is -1"),
        (
            {"values": {"accuracy": np.zeros(3)}},
            r"accuracy must have the shape \(126,\)",
        ),
        ({"values": {"name": np.array(["a"] * 126)}}, "name must hold numbers; it holds <U1"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        explore.Classes(SPACE, **arguments)


# --- the widgets --------------------------------------------------------------------------------


def test_size_shows_the_first_class_of_that_size(explorer, drawn):
    assert explorer.size.options == (1, 2, 3, 4, 5, 6)
    explorer.size.value = 6
    assert explorer.rows == list(range(FIRST_OF_SIX, FIRST_OF_SIX + 6))
    assert (explorer.number.value, explorer.number.max) == (0, 5)
    assert explorer.number.description == "Class, 0 to 5"
    assert explorer.row.value == FIRST_OF_SIX and drawn == [explorer.rows]
    assert (
        explorer.text.value.startswith('<p role="status"') and "Rows 90, 91" in explorer.text.value
    )
    assert base64.b64encode(PNG).decode() in explorer.picture.value


def test_number_steps_through_the_classes(explorer, drawn):
    explorer.size.value = 2
    explorer.number.value = 3
    explorer.next.click()
    explorer.next.click()
    explorer.next.click()  # from the last class to the first
    explorer.previous.click()
    assert drawn == [[6, 7], [12, 13], [14, 15], [16, 17], [6, 7], [16, 17]]
    assert (explorer.number.value, explorer.row.value, explorer.size.value) == (5, 16, 2)


def test_a_larger_number_gives_way_to_fewer_classes(monkeypatch):
    """WHOLE has 158,718 classes of one cell and 76 of six: the field must shrink without a word."""
    explorer, shown = explore.Classes(WHOLE), []
    monkeypatch.setattr(module, "panel_picture", lambda _, d: shown.append(d.rows) or PNG)
    explorer.size.value = 1
    explorer.number.value = 158_717
    explorer.row.value = int(TABLES[6][4, 3])
    assert (explorer.size.value, explorer.number.value, explorer.number.max) == (6, 4, 75)
    chosen, *others = shown[-1]
    assert chosen == TABLES[6][4, 3] and sorted([chosen, *others]) == TABLES[6][4].tolist()
    assert len(shown) == 2 + (TABLES[1][0, 0] != 0) and explorer.errors == []


def test_a_row_shows_its_class_with_that_cell_first(explorer, drawn):
    explorer.row.value = 20
    assert (explorer.rows, explorer.row.value) == ([20, 18, 19], 20)
    assert (explorer.size.value, explorer.number.value) == (3, 0)
    assert drawn == [[20, 18, 19]]


def test_values_are_read_out(monkeypatch):
    explorer = explore.Classes(SPACE, values={"half the row": np.arange(len(SPACE)) / 2})
    explorer.row.value = 7
    assert "half the row: 3.5 and 3. " in explorer.text.value


def test_reset_goes_back_to_the_start(monkeypatch):
    explorer = explore.Classes(SPACE, start=19)
    explorer.size.value = 6
    explorer.number.value = 3
    explorer.reset.click()
    assert explorer.rows == [19, 18, 20]
    assert (explorer.size.value, explorer.number.value, explorer.row.value) == (3, 0, 19)
    assert explorer.errors == []


@pytest.mark.parametrize("action", ["size", "number", "row", "previous", "next", "reset"])
def test_an_exception_is_recorded_and_shown(action, monkeypatch):
    explorer = explore.Classes(SPACE)

    def fails(*_):
        raise RuntimeError("the <shelf> is empty")

    monkeypatch.setattr(module, "describe", fails)
    actions = {
        "size": lambda: setattr(explorer.size, "value", 4),
        "number": lambda: setattr(explorer.number, "value", 2),
        "row": lambda: setattr(explorer.row, "value", 5),
        "previous": explorer.previous.click,
        "next": explorer.next.click,
        "reset": explorer.reset.click,
    }
    actions[action]()
    assert [str(error) for error in explorer.errors] == ["the <shelf> is empty"]
    assert 'role="alert"' in explorer.text.value and "Press Reset" in explorer.text.value
    assert "RuntimeError: the &lt;shelf&gt; is empty" in explorer.text.value
    assert explorer.picture.value == ""
    monkeypatch.undo()
    explorer.reset.click()
    assert "Row 0 is alone" in explorer.text.value and "<img" in explorer.picture.value
    assert (explorer.size.value, explorer.number.value, explorer.row.value) == (1, 0, 0)
    assert len(explorer.errors) == 1


def test_a_second_explorer_leaves_the_first_alone(explorer, drawn):
    again = explore.Classes(SPACE, start=7)
    again.row.value = 18
    assert (explorer.rows, again.rows, drawn) == ([0], [18, 19, 20], [[7, 6], [18, 19, 20]])


def test_show_has_two_mime_types_and_a_caption(explorer, check_display):
    check_display(explorer, "A cell that is alone with its skeleton.")
