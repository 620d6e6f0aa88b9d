import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import digraphs
from wl2nas import cells, explore, graphs, wl
from wl2nas.explore import stepper

CHAIN = graphs.from_edges(3, [(0, 1), (1, 2)])


@given(digraphs(max_vertices=9))
def test_a_state_survives_the_text(graph):
    state = stepper.State((stepper.drawn(*graph), stepper.drawn(CHAIN)), 3, True)
    back = stepper.decode(stepper.encode(state))
    assert (back.round, back.must_be_cell) == (3, True)
    for before, after in zip(state.graphs, back.graphs, strict=True):
        assert all((a == b).all() for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no graph"),
        ("round=1&cell=0", "holds no graph"),
        ("round=x&a=2;0-1;0,0;", "round must be whole numbers"),
        ("round=1,2&a=2;0-1;0,0;", "round must be one number"),
        ("a=two;0-1", "number of vertices must be whole numbers"),
        ("a=41;;", "draws 1 to 40 vertices, not 41"),
        ("a=0;;", "draws 1 to 40 vertices, not 0"),
        ("a=2;0-2", "edge '0-2' does not join two of the vertices 0..1"),
        ("a=2;0>1", "edge '0>1' does not join"),
        ("a=2;1-1", "has a loop"),
        ("a=2;0-1;0,0,0", "one label for each of the 2 vertices"),
        ("a=2;0-1;0,100", "labels must be 0..99"),
        ("a=2;0-1;0,0;1,2,3", "positions must hold 4 numbers"),
        ("a=2;0-1;0,0;1,2,3,101", "positions must hold 4 numbers within 0..100"),
        ("a=2;0-1;0,0;1,2,3,4;5", "a graph is vertices;edges;labels;positions"),
        ("a=2;0-1,", "edge '' does not join"),
        ("a=2;,0-1", "edge '' does not join"),
        ("a=2;٠-١", "does not join"),  # digits, but no ASCII
        ("a=٢;0-1", "number of vertices must be whole numbers"),
        ("a=2,2;0-1", "draws 1 to 40 vertices, not 2,2"),
        ("a=", "number of vertices must be whole numbers"),
        ("a=2;0-1&a=3;0-1", "once at most"),
        ("a=2;0-1&c=3;0-1", "state must say round, cell, a and b once at most"),
        ("a=2;0-1&", "once at most"),
        ("a=2;0-1\n", "does not join"),
        ("cell=yes&a=2;0-1", "cell must be 0 or 1; it is 'yes'"),
        ("round=-1&a=2;0-1", "round must be one number from 0 to 1000; it is '-1'"),
        ("round=1001&a=2;0-1", "round must be one number from 0 to 1000"),
        ("round=1.5&a=2;0-1", "round must be whole numbers"),
        ("round=&a=2;0-1", "round must be whole numbers"),
    ],
)
def test_a_bad_state_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        stepper.decode(text)


@given(st.text(alphabet="0123456789,;-=&abround cel", max_size=60), st.integers(0, 40))
def test_garbled_states_are_read_or_refused_in_words(noise, where):
    good = "round=1&cell=0&a=3;0-1,1-2;0,0,1;10,50,50,50,90,50"
    try:
        state = stepper.decode(good[:where] + noise + good[where:])
    except ValueError:
        return
    assert stepper.encode(stepper.decode(stepper.encode(state))) == stepper.encode(state)


@pytest.mark.parametrize("value", [None, b"a=2;0-1", 5, ["a=2;0-1"]])
def test_a_state_is_a_text(value, no_annotations):
    with pytest.raises(TypeError, match="state must be a text, such as"):
        stepper.decode(value)


@pytest.mark.parametrize("round_", [-1, 1.5, "1", None, True, 1001])
def test_the_round_is_a_whole_number(round_, no_annotations):
    with pytest.raises((ValueError, TypeError), match=r"round must be a whole number in 0\.\.1000"):
        explore.Stepper(CHAIN, round=round_)


def test_too_many_vertices_are_refused():
    with pytest.raises(ValueError, match="1 to 40 vertices, not 41"):
        explore.Stepper(np.zeros((41, 41)))


@given(digraphs(max_vertices=8))
def test_two_graphs_are_coloured_together(graph):
    a = stepper.drawn(*graph)
    first, second = stepper.colours_of(stepper.State((a, a), 2), "both")
    assert (first == second).all()
    assert (first == wl.refine(*graph, rounds=2)[-1]).all()


def test_cells_run_from_left_to_right_and_keep_their_operations():
    cell = cells.nasbench101()[40965]
    drawn = stepper.drawn(cell)
    assert (drawn.labels == cell.ops).all()
    x = drawn.positions[:, 0]
    assert all(x[i] < x[j] for i, j in cell.edges)
    assert drawn.positions.min() >= 5 and drawn.positions.max() <= 95


def test_show_leaves_a_picture_and_the_sentence(check_display):
    widget = explore.Stepper(*graphs.hexagon_and_triangles(), round=1)
    check_display(widget, "Two graphs that colour refinement never tells apart.")
    widget.state = "broken"
    with pytest.raises(ValueError, match="holds no graph"):
        widget.still()
