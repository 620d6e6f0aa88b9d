import re

import numpy as np
import pytest

from answers import FAULTS, RIGHT, TRUTHS, WRONG
from course import check
from wl2nas import graphs


def test_every_question_has_a_truth_here():
    assert TRUTHS.keys() == WRONG.keys() == check.QUESTIONS.keys()


@pytest.mark.parametrize("name", TRUTHS)
def test_a_question_without_a_guess_only_asks(name, capsys, monkeypatch):
    monkeypatch.setattr(check, "_truth", lambda _: pytest.fail("worked out without need"))
    check.predict(name)
    printed = capsys.readouterr().out
    assert check.QUESTIONS[name].asked in printed
    assert f'check.predict("{name}", ...)' in printed
    assert check.QUESTIONS[name].why not in printed


@pytest.mark.parametrize("name", TRUTHS)
def test_a_right_guess_is_confirmed_and_explained(name, capsys):
    check.predict(name, TRUTHS[name])
    printed = capsys.readouterr().out
    question, judged = check.QUESTIONS[name], printed.splitlines()[-1]
    exact = r"It is [\d.,]+\. " if question.choices else ""
    assert re.fullmatch(rf"  Yes\. {exact}{re.escape(question.why)}", judged)


@pytest.mark.parametrize("name", TRUTHS)
def test_a_wrong_guess_is_corrected_and_explained(name, capsys):
    check.predict(name, WRONG[name])
    printed = capsys.readouterr().out
    question, judged = check.QUESTIONS[name], printed.splitlines()[-1]
    exact = r"It is [\d.,]+\. " if question.choices else ""
    verdict = re.escape(f"Not {WRONG[name]!r}, but {TRUTHS[name]!r}. ")
    assert re.fullmatch(rf"  {verdict}{exact}{re.escape(question.why)}", judged)


def test_a_guess_counts_for_the_choice_that_is_nearest(capsys):
    for guess in (17_000, 16_813, 20_000, "17000"):
        check.predict("statistics classes", guess)
        assert "Yes. It is 16,813. " in capsys.readouterr().out
    check.predict("forms per cell", 2.6)
    assert "Yes. It is 3.05. " in capsys.readouterr().out
    check.predict("statistics classes", 2_000)
    assert "Not 2000, but 17000. It is 16,813. " in capsys.readouterr().out


def test_the_line_as_it_is_printed_only_asks_again(capsys):
    check.predict("hexagon", ...)
    assert "Not" not in capsys.readouterr().out
    check.predict("path of five", "2")
    assert "Yes." in capsys.readouterr().out


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown question 'heptagon'; choose from \('four wa"):
        check.predict("heptagon", 7)
    with pytest.raises(ValueError, match=r"unknown exercise 'hexagon'; choose from \('"):
        check.answer("hexagon")


# --- exercises ----------------------------------------------------------------------------------


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
    for name in ("separated late", "never separated", "smallest pair"):
        with pytest.raises(ValueError, match=message):
            check.answer(name, (graph, graphs.cycle(6)))


@pytest.mark.parametrize("value", [graphs.cycle(6), "ab", (graphs.cycle(6),), [[0, 1], [1, 0]]])
def test_what_is_no_pair_is_named(value):
    for name in ("separated late", "never separated", "smallest pair", "same skeleton"):
        with pytest.raises(ValueError, match="hand in a pair, such as"):
            check.answer(name, value)


def test_a_pair_that_an_exact_test_would_be_slow_on_is_refused():
    large = graphs.cfi(~np.eye(5, dtype=bool))
    for name in ("separated late", "never separated"):
        with pytest.raises(ValueError, match="at most 20 vertices"):
            check.answer(name, large)
    check.answer("never separated", (graphs.rook(), graphs.shrikhande()), strict=True)
