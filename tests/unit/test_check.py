import itertools
import re
import signal
import threading
import time
from decimal import Decimal
from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from answers import FAULTS, RIGHT, TRUTHS, WRONG
from answers.garbage import VALUES
from course import check
from course.check import question
from course.check.words import written
from wl2nas import cells, graphs


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
def test_a_cell_that_waits_for_a_guess_is_silent(name, capsys, monkeypatch):
    monkeypatch.setattr(check, "_truth", lambda _: pytest.fail("worked out without need"))
    check.predict(name, None)
    assert capsys.readouterr().out == ""


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
    verdict = re.escape(f"Not {written(WRONG[name])}, but {written(TRUTHS[name])}. ")
    assert re.fullmatch(rf"  {verdict}{exact}{re.escape(question.why)}", judged)


def forms(answer):
    """Ways in which a reader, or a cell of a notebook, may write an answer."""
    yield from (answer, np.array(answer), str(answer), f" {answer} ", np.str_(answer))
    if isinstance(answer, tuple):
        yield from (list(answer), jnp.array(answer), [float(n) for n in answer])
        yield from ([str(n) for n in answer], str(list(answer)), pd.Series(answer))
        yield ", ".join(map(str, answer))
        return
    yield from ([answer], (answer,), [[answer]], np.array([answer]), pd.Series([answer]))
    yield from (np.array(answer, object), np.array(str(answer)))
    if isinstance(answer, str):
        yield from (answer.upper(), answer.lower(), answer.replace(" ", ""), f"'{answer}'")
    elif isinstance(answer, bool):
        yield from (int(answer), float(answer), np.bool_(answer), jnp.array(answer))
        yield from (str(answer).lower(), str(answer).upper())
    else:
        yield from (float(answer), np.float64(answer), np.float32(answer), np.longdouble(answer))
        yield from (jnp.array(float(answer)), jnp.array([answer]), pd.DataFrame([answer]))
        yield from (Fraction(str(answer)), Decimal(str(answer)), f"{float(answer)}", f"+{answer}")
        yield from (answer * (1 + 1e-14), f"{float(answer):.6e}", f"{answer}".replace("0.", "."))
    if type(answer) is int:
        yield from (np.int64(answer), np.uint32(answer), f"{answer}.", f"{answer} %")
        yield from (f"{answer:,}", f"{answer:_}", f"{answer:,}".replace(",", "\u202f"))


@pytest.mark.parametrize("name", TRUTHS)
def test_a_right_guess_is_right_however_it_is_written(name, capsys):
    for guess in forms(TRUTHS[name]):
        check.predict(name, guess)
        assert "\n  Yes. " in capsys.readouterr().out, repr(guess)


@pytest.mark.parametrize("name", TRUTHS)
def test_a_wrong_guess_is_wrong_however_it_is_written(name, capsys):
    shown = f"\n  Not {written(WRONG[name])}, but {written(TRUTHS[name])}. "
    for guess in forms(WRONG[name]):
        check.predict(name, guess)
        printed = capsys.readouterr().out
        narrow = isinstance(guess, np.float32) or type(guess).__module__.startswith("jax")
        assert (shown if not narrow else "\n  Not ") in printed, repr(guess)


A_NUMBER = {"a number", "a negative number", "a fraction", "an array without axes"}
A_NUMBER |= {"a JAX number"}
READ = {name: {"true"} for name in ("hexagon", "equal texts", "printed pair")}
READ |= {n: set() for n in TRUTHS if isinstance(TRUTHS[n], str | tuple)}
UNREAD = (np.ma.masked, pd.NaT, Decimal("sNaN"), Decimal("1e999999999"), "1e999999999", "9" * 10**6,
          "17,00", "1,2345", "0,5", "- 3", "4 3", "½", "0x2b", "nan", "inf", "None", "4" * 20,
          10**15, -(10**15), Fraction(10**400, 3), 43 + 0j, np.complex64(43), (43, 43, 43, 43),
          np.full(101, 43), [[43, 43]], {43}, {43: 43}, b"43", np.bytes_(b"43"))  # fmt: skip


@pytest.mark.parametrize("name", TRUTHS)
def test_what_is_no_answer_is_refused_in_words_and_reveals_nothing(name, capsys, monkeypatch):
    monkeypatch.setattr(check, "_truth", lambda _: pytest.fail("worked out without need"))
    read = READ.get(name, A_NUMBER)
    values = [make() for key, make in VALUES.items() if key not in read]
    for guess in (*values, *UNREAD):
        check.predict(name, guess)
        asked, refused = capsys.readouterr().out.splitlines()
        assert asked == f"Predict: {check.QUESTIONS[name].asked}"
        assert re.match(r"  Answer .{5,300}\.$", refused), refused


def test_a_boolean_is_no_number(capsys):
    assert TRUTHS["odd cycle"] == False  # noqa: E712
    for guess in (False, np.False_, np.array([False]), "False"):
        check.predict("odd cycle", guess)
        assert "  Answer with a number" in capsys.readouterr().out


def test_a_guess_counts_for_the_choice_that_is_nearest(capsys):
    for guess in (17_000, 16_813, 20_000, "17000"):
        check.predict("statistics classes", guess)
        assert "Yes. It is 16,813. " in capsys.readouterr().out
    check.predict("forms per cell", 2.6)
    assert "Yes. It is 3.05. " in capsys.readouterr().out
    check.predict("statistics classes", 2_000)
    assert "Not 2,000, but 17,000. It is 16,813. " in capsys.readouterr().out


def test_of_two_choices_equally_near_the_smaller_one_counts():
    for _, asked in sorted(check.QUESTIONS.items()):
        for low, high in itertools.pairwise(sorted(asked.choices)):
            middle = (Fraction(str(low)) + Fraction(str(high))) / 2
            for choices in (asked.choices, asked.choices[::-1]):
                assert question.nearest(choices, float(middle)) == low
                assert question.nearest(choices, float(middle) * 1.001) == high


def test_per_cent_of_a_share_are_hundredths(capsys):
    for name, guess in (("blind luck", "67 %"), ("equal colours", "50%")):
        check.predict(name, guess)
        assert "  Yes. " in capsys.readouterr().out
    check.predict("blind luck", "10 %")
    assert "Not 0.1, but 0.67. " in capsys.readouterr().out
    check.predict("random edges", "75 %")
    assert "  Yes. " in capsys.readouterr().out


def test_numbers_are_shown_as_they_are_written(capsys):
    for guess, shown in ((np.float64(42.5), "42.5"), (17_000.0, "17,000"), (np.array([7]), "7"),
                         (0.1 + 0.2, "0.3"), ("1e3", "1,000"), (-0.0, "0")):  # fmt: skip
        check.predict("three branches", guess)
        assert f"  Not {shown}, but 43. " in capsys.readouterr().out


def test_the_line_as_it_is_printed_only_asks_again(capsys):
    check.predict("hexagon", ...)
    assert "Not" not in capsys.readouterr().out
    check.predict("path of five", "2")
    assert "Yes." in capsys.readouterr().out


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"unknown question 'heptagon'; choose from \('"):
        check.predict("heptagon", 7)
    with pytest.raises(ValueError, match=r"unknown exercise 'hexagon'; choose from \('"):
        check.answer("hexagon")


@pytest.mark.parametrize(("name", "near"), [("hexgon", "hexagon"), ("Path of five", "path of fiv")])
def test_unknown_names_are_refused_with_close_ones(name, near):
    with pytest.raises(ValueError, match=rf"did you mean '{near}"):
        check.predict(name)


@pytest.mark.parametrize("name", [None, 3, [], ("hexagon",), float("nan")])
def test_a_name_that_is_no_text_is_unknown(name):
    for ask in (check.predict, check.answer):
        with pytest.raises(ValueError, match=r"unknown .* choose from"):
            ask(name, 1)


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


NO_LISTS = {"another X", "points for the diamond", "a copyist"}  # matrices, and samples


@pytest.mark.parametrize("name", sorted(RIGHT.keys() - NO_LISTS))
def test_a_right_answer_is_right_in_any_container(name):
    for value in RIGHT[name]:
        if isinstance(value, list | tuple):
            for form in (list, tuple, iter, lambda items: (item for item in items)):
                check.answer(name, form(value), strict=True)


@pytest.mark.parametrize("name", ["separated late", "never separated", "smallest pair", "masks"])
@pytest.mark.parametrize("form", [jnp.array, pd.DataFrame, np.ndarray.tolist, np.asfortranarray])
def test_a_matrix_is_one_however_it_is_stored(name, form):
    a, b = (np.asarray(matrix, int) for matrix in RIGHT[name][0])
    check.answer(name, (form(a), form(b)), strict=True)


def test_two_matrices_in_one_array_and_two_cells_in_a_space_are_pairs():
    for name in ("separated late", "never separated", "smallest pair"):
        check.answer(name, np.stack(RIGHT[name][0]), strict=True)
    check.answer("same skeleton", cells.stack(RIGHT["same skeleton"][0]), strict=True)


def test_numbers_of_any_kind_are_numbers():
    right = [[Fraction(int(2 * x), 2) for x in row] for row in np.asarray(RIGHT["another X"][0])]
    check.answer("another X", right, strict=True)
    check.answer("another X", np.asarray(right, object), strict=True)
    check.answer("another X", jnp.array(RIGHT["another X"][0], jnp.bfloat16), strict=True)
    check.answer("bad epsilons", [Decimal(n) for n in range(-4, 3)], strict=True)


@pytest.mark.parametrize("name", check.EXERCISES)
def test_garbage_is_judged_in_words(name, capsys):
    for key, make in VALUES.items():
        check.answer(name, make())
        printed = capsys.readouterr().out
        assert re.fullmatch(rf'Exercise "{name}": not yet: .{{5,350}}\.\n', printed), (key, printed)
        with pytest.raises(AssertionError, match=f"^{name}: "):
            check.answer(name, make(), strict=True)


@pytest.mark.parametrize("error", [ValueError("x"), TypeError(), KeyError(3), AssertionError("x")])
def test_a_judge_that_fails_is_not_taken_for_a_wrong_answer(error, capsys, monkeypatch):
    def judge(_):
        raise error

    monkeypatch.setitem(check.EXERCISES, "two rounds", judge)
    check.answer("two rounds", "abc")
    printed = capsys.readouterr().out
    assert "the judge itself failed" in printed
    assert type(error).__name__ in printed
    assert "not yet" not in printed
    with pytest.raises(RuntimeError, match="the judge itself failed") as caught:
        check.answer("two rounds", "abc", strict=True)
    assert caught.value.__cause__ is error


def forever(*_):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


def without_items():
    forever()
    yield 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("divergence", forever),
        ("one to many", forever),
        ("reversal", forever),
        ("two rounds", without_items()),
        ("separated late", without_items()),
    ],
)
def test_code_without_end_is_stopped(name, value, capsys, monkeypatch):
    monkeypatch.setattr(check, "SECONDS", 0.3)
    before, started = signal.getsignal(signal.SIGALRM), time.perf_counter()
    check.answer(name, value)
    assert "not yet: this takes more than 0.3 seconds; hand in" in capsys.readouterr().out
    assert time.perf_counter() - started < 10
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_an_alarm_of_the_caller_s_is_kept():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(True))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        check.answer("two rounds", "abcdcba", strict=True)
        time.sleep(0.6)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert rung == [True]


def test_answers_are_judged_in_any_thread(capsys):
    thread = threading.Thread(target=check.answer, args=("two rounds", "abcdcba"))
    thread.start()
    thread.join()
    assert capsys.readouterr().out == 'Exercise "two rounds": correct.\n'


def test_an_interruption_by_the_reader_goes_through():
    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check.answer("divergence", interrupted)


@pytest.mark.parametrize(
    ("graph", "message"), [([[0, 1], [1, 2]], "only 0 and 1"), ([[0, 1, 0]], "square")]
)
def test_what_is_no_graph_is_named(graph, message):
    for name in ("separated late", "never separated", "smallest pair"):
        with pytest.raises(AssertionError, match=message):
            check.answer(name, (graph, graphs.cycle(6)), strict=True)


@pytest.mark.parametrize("value", [graphs.cycle(6), "ab", (graphs.cycle(6),), [[0, 1], [1, 0]]])
def test_what_is_no_pair_is_named(value):
    for name in ("separated late", "never separated", "smallest pair", "same skeleton"):
        with pytest.raises(AssertionError, match=r"hand in .*a pair"):
            check.answer(name, value, strict=True)


def test_a_pair_that_an_exact_test_would_be_slow_on_is_refused():
    large = graphs.cfi(~np.eye(5, dtype=bool))
    for name in ("separated late", "never separated"):
        with pytest.raises(AssertionError, match="at most 20 vertices"):
            check.answer(name, large, strict=True)
    check.answer("never separated", (graphs.rook(), graphs.shrikhande()), strict=True)
