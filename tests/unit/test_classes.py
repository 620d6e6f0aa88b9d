"""The browser of same-skeleton classes without a browser: its arithmetic and its widgets."""

import itertools
import json

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networkx.algorithms.isomorphism import GraphMatcher

from wl2nas import cells, explore, graphs, wl
from wl2nas.explore import classes as module
from wl2nas.explore import classes_still, members
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


def asked(explorer, question: dict) -> dict:
    """What the page gets back for a question; a question that it asks is JSON."""
    sent = []
    explorer.send = sent.append
    explorer._handle_custom_msg({"number": 7, "question": json.loads(json.dumps(question))}, [])
    (answer,) = sent
    assert json.loads(json.dumps(answer)) == answer and answer.pop("number") == 7
    return answer.get("answer", answer)


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
    monkeypatch.setattr(classes_still.draw, "png", lambda figure: shown.append(figure) or PNG)
    description = members.describe(SPACE, list(range(90, 96)))
    classes_still.still(SPACE, description)
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


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"row": 126}, r"row must be 0\.\.125; it is 126"),
        ({"row": -1}, r"row must be 0\.\.125; it is -1"),
        ({"size": 7, "number": 0}, r"size must be one of \[1, 2, 3, 4, 5, 6\]; it is 7"),
        ({"size": 2, "number": 6}, r"number must be 0\.\.5 for classes of 2; it is 6"),
        ({"size": 2, "number": -1}, r"number must be 0\.\.5 for classes of 2; it is -1"),
    ],
)
def test_a_class_that_is_not_there_is_named(question, message):
    explorer = explore.Classes(SPACE)
    with pytest.raises(ValueError, match=message):
        explorer.answer(**question)
    assert explorer.rows == [0]


# --- what the page gets -------------------------------------------------------------------------


def test_the_page_knows_how_many_classes_there_are(explorer):
    sizes = dict.fromkeys("123456", 6)
    assert explorer.given == {"sizes": sizes, "last": 125, "start": 0}
    assert explorer.rows == [0]


def test_a_size_and_a_number_give_the_class(explorer):
    said = asked(explorer, {"size": 6, "number": 1})
    rows = list(range(FIRST_OF_SIX + 6, FIRST_OF_SIX + 12))
    assert (said["rows"], said["size"], said["number"]) == (rows, 6, 1)
    assert explorer.rows == rows
    found = members.describe(SPACE, rows)
    assert said["numbers"] == [numbers.tolist() for numbers in found.numbers]
    assert said["turned"] == [[list(edge) for edge in edges] for edges in found.turned]
    assert (said["colours"], said["longest"]) == (found.colours.tolist(), found.longest)
    assert said["words"] == module.panel_text(SPACE, found, {})
    for row, drawn in zip(rows, said["cells"], strict=True):
        made = cells.Cell(graphs.from_edges(len(drawn["names"]), drawn["edges"]), drawn["names"])
        assert made == SPACE[row]


def test_a_row_gives_its_class_with_that_cell_first(explorer):
    said = asked(explorer, {"row": 20})
    assert (said["rows"], said["size"], said["number"]) == ([20, 18, 19], 3, 0)
    assert explorer.rows == [20, 18, 19] and said["turned"][0] == []


@pytest.mark.parametrize("row", [TABLES[1][-1, 0], TABLES[6][4, 3], TABLES[2][-1, 1]])
def test_of_the_whole_space_every_row_is_found(row):
    found = members.ClassIndex(WHOLE)
    size, number = found.place(row)
    assert row in TABLES[size][number] and found.first_row(size, number) == TABLES[size][number, 0]
    chosen, *others = found.rows(row)
    assert chosen == row and sorted([chosen, *others]) == TABLES[size][number].tolist()


def test_values_are_read_out():
    explorer = explore.Classes(SPACE, values={"half the row": np.arange(len(SPACE)) / 2})
    said = asked(explorer, {"row": 7})
    assert said["values"] == {"half the row": ["3.5", "3"]}
    assert "half the row: 3.5 and 3. " in said["words"]


def test_an_exception_is_recorded_and_told(monkeypatch):
    explorer = explore.Classes(SPACE)
    with monkeypatch.context() as broken:
        broken.setattr(members, "describe", lambda *_: 1 / 0)
        assert asked(explorer, {"row": 5}) == {"error": "ZeroDivisionError: division by zero"}
    assert [type(error) for error in explorer.errors] == [ZeroDivisionError]
    assert explorer.rows == [0] and asked(explorer, {"row": 0})["rows"] == [0]


def test_a_second_explorer_leaves_the_first_alone(explorer):
    again = explore.Classes(SPACE, start=7)
    assert again.rows == [7, 6]
    asked(again, {"row": 18})
    assert (explorer.rows, again.rows) == ([0], [18, 19, 20])


def test_the_still_is_the_start_whatever_was_asked(explorer):
    before = explorer.still()
    asked(explorer, {"row": 90})
    assert explorer.still() == before


def test_show_has_two_forms_and_a_caption(explorer, check_display):
    check_display(explorer, "A cell that is alone with its skeleton.")


# --- the sample for a page without a kernel -----------------------------------------------------


@pytest.mark.parametrize("start", [0, 40_965])
def test_a_sample_answers_as_python_does(start):
    values = {"edges": WHOLE.n_edges}
    found = json.loads(
        json.dumps(module.sample(WHOLE, values=values, number=2, seed=1, start=start))
    )
    index = members.ClassIndex(WHOLE)
    tables, given = found["tables"], found["given"]
    assert {size: len(table) for size, table in tables.items()} == given["sizes"]
    assert list(given["sizes"].values()) == [2] * 6 and given["start"] == start
    assert given["about"] == "A sample: 12 of the 270,793 classes."
    assert str(start) in found["described"]
    assert sorted(map(int, found["described"])) == sorted(np.concatenate(
        [np.ravel(table) for table in tables.values()]).tolist())  # fmt: skip
    for size, table in tables.items():
        for number, rows in enumerate(table):
            for row in rows:
                expected = json.loads(json.dumps(module.for_page(index, row, values)))
                assert found["described"][str(row)] == expected | {"number": number}
                assert expected["size"] == int(size)


def test_a_sample_hangs_on_its_seed_and_takes_what_there_is():
    assert module.sample(WHOLE, number=3) == module.sample(WHOLE, number=3)
    assert (
        module.sample(WHOLE, number=3)["tables"] != module.sample(WHOLE, number=3, seed=1)["tables"]
    )
    whole = module.sample(SPACE, number=50)
    assert whole["given"]["sizes"] == dict.fromkeys(range(1, 7), 6)
    assert whole["given"]["about"] == "A sample: 36 of the 36 classes."
    with pytest.raises(ValueError, match="number must be"):
        module.sample(SPACE, number=0)
    with pytest.raises(ValueError, match="start must be"):
        module.sample(SPACE, start=126)
