import numpy as np
import pytest

from wl2nas import cells, check, graphs

TRUTHS = {  # published counts, or by hand
    "same vector": False,
    "path of five": 2,
    "hexagon": False,
    "skeleton classes": 270_793,
    "twice the path": 4,
    "one direction or none": "A",
    "both directions": 423_624,
    "random edges": 75,
    "blind luck": 0.67,
    "equal colours": 0.5,
}
WRONG = {
    "random edges": 45,
    "blind luck": 0.1,
    "same vector": True,
    "path of five": 4,
    "hexagon": True,
    "skeleton classes": 423_624,
    "twice the path": 2,
    "one direction or none": "A + A^T",
    "both directions": 270_793,
    "equal colours": 0,
}


def undirected(n, edges):
    return graphs.from_edges(n, edges, undirected=True)


def test_every_question_has_a_truth_here():
    assert TRUTHS.keys() == WRONG.keys() == check.QUESTIONS.keys()


@pytest.mark.parametrize("name", TRUTHS)
def test_a_question_without_a_guess_only_asks(name, capsys, monkeypatch):
    monkeypatch.setattr(check, "_truth", lambda _: pytest.fail("worked out without need"))
    check.predict(name)
    printed = capsys.readouterr().out
    assert check.QUESTIONS[name].text in printed
    assert f'check.predict("{name}", ...)' in printed
    assert check.QUESTIONS[name].why not in printed


@pytest.mark.parametrize("name", TRUTHS)
def test_a_right_guess_is_confirmed_and_explained(name, capsys):
    check.predict(name, TRUTHS[name])
    assert f"Yes. {check.QUESTIONS[name].why}" in capsys.readouterr().out


@pytest.mark.parametrize("name", TRUTHS)
def test_a_wrong_guess_is_corrected_and_explained(name, capsys):
    check.predict(name, WRONG[name])
    expected = f"Not {WRONG[name]!r}, but {TRUTHS[name]!r}. {check.QUESTIONS[name].why}"
    assert expected in capsys.readouterr().out


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown question 'heptagon'; choose from \('same vec"):
        check.predict("heptagon", 7)
    with pytest.raises(ValueError, match=r"unknown exercise 'hexagon'; choose from \('"):
        check.answer("hexagon")


# --- exercises ----------------------------------------------------------------------------------

# A path of six with a seventh vertex on its third or on its second: equal degrees, two trees.
SPINE = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
THIRD, SECOND = undirected(7, [*SPINE, (2, 6)]), undirected(7, [*SPINE, (1, 6)])
HEXAGON, TRIANGLES = graphs.hexagon_and_triangles()
BRIDGE = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]
DIAMOND = [(0, 1), (0, 2), (1, 3), (2, 3)]


def cell(edges, *inner):
    return cells.Cell(graphs.from_edges(2 + len(inner), edges), ["input", *inner, "output"])


CHAIN = graphs.from_edges(3, [(0, 1), (1, 2)])
FORK = graphs.from_edges(3, [(0, 1), (0, 2)])
FOUR = graphs.from_edges(4, [(0, 1), (1, 2), (2, 3)])
FOUR_FORKED = graphs.from_edges(4, [(1, 0), (1, 2), (2, 3)])


ONE_WAY = cell(BRIDGE, "conv3x3", "maxpool")
OTHER_WAY = cell(BRIDGE, "maxpool", "conv3x3")
TWO_POOLS = cell(DIAMOND, "maxpool", "maxpool")

RIGHT = {
    "two rounds": ["abcdcba", [3, 1, 2, 0, 2, 1, 3]],
    "smallest pair": [(FORK, CHAIN), (CHAIN, FORK.T)],
    "separated late": [(THIRD, SECOND), (THIRD, SECOND.astype(float).tolist())],
    "never separated": [(HEXAGON, TRIANGLES)],
    "same skeleton": [(ONE_WAY, OTHER_WAY)],
    "undecodable": [TWO_POOLS],
}
RENAMED = THIRD[np.ix_([6, 5, 4, 3, 2, 1, 0], [6, 5, 4, 3, 2, 1, 0])]
FAULTS = [
    ("two rounds", "abcde", "names 5 colours; the graph has 7 vertices"),
    ("two rounds", "aaaaaaa", "vertices 0 and 1 see different colours in round 1"),
    ("two rounds", "abcbcba", "vertices 1 and 3 see different colours in round 2"),
    ("two rounds", "abcdefg", "vertices 0 and 6 see the same in both rounds, yet you tell"),
    ("smallest pair", (CHAIN, CHAIN[::-1, ::-1]), "isomorphic: one graph drawn twice"),
    ("smallest pair", (CHAIN, HEXAGON), "one has 3 vertices, the other 6"),
    ("smallest pair", (CHAIN, np.zeros((3, 3))), "skeletons are not isomorphic"),
    ("smallest pair", (FOUR, FOUR_FORKED), "3 vertices are enough; this pair has 4"),
    ("separated late", (HEXAGON, TRIANGLES), "one of these two is not connected"),
    ("separated late", (THIRD, RENAMED), "never separated"),
    ("separated late", (HEXAGON, graphs.cycle(7)), "in round 0 already"),
    ("separated late", (HEXAGON, undirected(6, SPINE)), "in round 1 already"),
    ("never separated", (THIRD, SECOND), "separates these two in round 2"),
    ("never separated", (THIRD, RENAMED), "isomorphic: one graph drawn twice"),
    ("same skeleton", (ONE_WAY, ONE_WAY), "one and the same cell"),
    ("same skeleton", (ONE_WAY, TWO_POOLS), "colours on A .* separate them in round 0"),
    ("same skeleton", (HEXAGON, TRIANGLES), "hand in two cells.Cell; this is a ndarray"),
    ("undecodable", ONE_WAY, "all vertices that are not joined differ in colour"),
    ("undecodable", cell(BRIDGE, "maxpool", "maxpool"), "all vertices that are not joined differ"),
    ("undecodable", HEXAGON, "hand in a cells.Cell; this is a ndarray"),
]


def test_every_exercise_is_answered_here():
    assert RIGHT.keys() == {name for name, _, _ in FAULTS} == check.EXERCISES.keys()


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_is_accepted(name, capsys):
    for value in RIGHT[name]:
        check.answer(name, value, strict=True)
        assert capsys.readouterr().out == f'Exercise "{name}": correct.\n'


@pytest.mark.parametrize(("name", "value", "reason"), FAULTS)
def test_a_wrong_answer_is_told_why(name, value, reason, capsys):
    with pytest.raises(AssertionError, match=reason) as caught:
        check.answer(name, value, strict=True)
    check.answer(name, value)
    why = str(caught.value).removeprefix(f"{name}: ")
    assert capsys.readouterr().out == f'Exercise "{name}": not yet: {why}.\n'


@pytest.mark.parametrize("name", RIGHT)
def test_no_answer_is_a_reminder_also_in_strict_mode(name, capsys):
    check.answer(name)
    check.answer(name, None, strict=True)
    assert capsys.readouterr().out == f'Exercise "{name}": no answer yet.\n' * 2


@pytest.mark.parametrize(
    ("graph", "message"), [([[0, 1], [1, 2]], "only 0 and 1"), ([[0, 1, 0]], "square")]
)
def test_what_is_no_graph_is_named(graph, message):
    for name in ("separated late", "never separated"):
        with pytest.raises(ValueError, match=message):
            check.answer(name, (graph, HEXAGON))
