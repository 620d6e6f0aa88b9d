import time
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wl2nas import benchmarks, cells, search
from wl2nas.search import History, Ledger, Noisy, Seconds

ROWS = [30, 10, 20, 50, 40]
ANSWERS = {30: 3.0, 10: 1.0, 20: 2.0, 50: 5.0, 40: 4.0}


class Five:
    """Five rows, not in order; keeps what was asked."""

    def __init__(self):
        self.rows, self.asked = np.array(ROWS), []

    def __len__(self):
        return len(self.rows)

    def query(self, row):
        self.asked.append(int(row))
        return ANSWERS[int(row)]


class Timed(Five):
    """With the seconds that a row took: as many as its number."""

    def seconds(self, row):
        return float(row)


# --- questions ----------------------------------------------------------------------------------


def test_a_ledger_asks_rows_by_their_place_and_keeps_the_answers():
    problem = Five()
    ledger = Ledger(problem, 3)
    assert (ledger.ask(3), ledger.ask(0)) == (5.0, 3.0)
    assert problem.asked == [50, 30]
    assert ledger.places.tolist() == [3, 0] and ledger.answers.tolist() == [5.0, 3.0]
    assert ledger.new.tolist() == [False, True, True, False, True]
    assert ledger.left == 1 and ledger.open
    assert ledger.history().rows.tolist() == [50, 30]
    assert ledger.history().objective.tolist() == [5.0, 3.0]


def test_all_are_asked_as_far_as_the_budget_goes():
    ledger = Ledger(Five(), 2)
    assert ledger.ask_all([4, 1, 2, 0]) == [4.0, 1.0]
    assert ledger.places.tolist() == [4, 1] and not ledger.open
    assert ledger.ask_all([0]) == []


def test_what_nobody_pays_is_not_asked():
    problem = Five()
    ledger = Ledger(problem, 1)
    ledger.ask(0)
    with pytest.raises(ValueError, match="budget is spent"):
        ledger.ask(1)
    assert problem.asked == [30]


def test_a_place_is_asked_again_only_where_that_is_meant():
    problem = Five()
    ledger = Ledger(problem, 3)
    ledger.ask(2)
    with pytest.raises(ValueError, match="place 2 was asked before"):
        ledger.ask(2)
    assert problem.asked == [20] and ledger.left == 2
    repeated = Ledger(problem, 12, again=True)
    repeated.ask_all([2] * 12)
    assert repeated.places.tolist() == [2] * 12 and repeated.left == 0


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        (0, r"budget must be a whole number in 1\.\.5; it is 0"),
        (6, r"budget must be a whole number in 1\.\.5; it is 6"),
        (2.5, "budget"),  # or the type checker of the tests says it in its words
        ("3", "budget"),
        (None, "budget"),
        (True, "budget"),
    ],
)
def test_a_budget_that_is_none_is_named(budget, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Ledger(Five(), budget)


def test_again_must_be_a_flag_and_seconds_above_zero():
    with pytest.raises((TypeError, ValueError)):
        Ledger(Five(), 3, again="yes")
    for limit in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="Seconds must be a finite number above 0"):
            Seconds(limit)
    with pytest.raises(ValueError, match="it is 0"):
        Ledger(Five(), 0, again=True)


# --- seconds ------------------------------------------------------------------------------------


def test_seconds_are_those_the_problem_knows_and_the_last_question_still_counts():
    ledger = Ledger(Timed(), Seconds(45.0))
    assert ledger.left == 5
    ledger.ask(1)
    ledger.ask(2)
    assert ledger.spent == 30 and ledger.open and ledger.left == 3
    ledger.ask(3)
    assert ledger.spent == 80 and ledger.left == 0
    with pytest.raises(ValueError, match="spent"):
        ledger.ask(0)


def test_a_budget_of_seconds_ends_when_all_was_asked():
    ledger = Ledger(Timed(), Seconds(1e9))
    assert len(ledger.ask_all(range(5))) == 5
    assert not ledger.open
    repeated = Ledger(Timed(), Seconds(35.0), again=True)
    assert len(repeated.ask_all([1] * 10)) == 4


def test_without_known_seconds_the_clock_runs_while_a_question_is_answered(monkeypatch):
    """The clock is a list: ten seconds pass in every question, a thousand between two."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(time, "perf_counter", lambda: clock.now)

    class Slow(Five):
        def query(self, row):
            clock.now += 10
            return super().query(row)

    ledger = Ledger(Slow(), Seconds(25.0))
    for place in range(3):
        clock.now += 1000
        ledger.ask(place)
    assert ledger.spent == 30 and not ledger.open


def test_random_search_spends_seconds():
    history = search.random_search(Timed(), Seconds(60.0), seed=2)
    spent = np.cumsum(history.rows)
    assert spent[-1] >= 60 and (spent[:-1] < 60).all()


# --- incumbents ---------------------------------------------------------------------------------


def incumbents_by_hand(rows, answers):
    found = []
    for n in range(1, len(rows) + 1):
        seen = list(dict.fromkeys(rows[:n]))
        means = [np.mean([a for r, a in zip(rows[:n], answers, strict=False) if r == s])
                 for s in seen]  # fmt: skip
        found.append(seen[int(np.argmax(means))])
    return found


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-4, 4)), min_size=1, max_size=14))
def test_incumbents_are_those_of_the_highest_mean_so_far(asked):
    """Whole numbers, so that sums are exact and equal means are equal."""
    rows = [row for row, _ in asked]
    answers = [float(answer) for _, answer in asked]
    found = History(np.array(rows), np.array(answers)).incumbents()
    assert found.tolist() == incumbents_by_hand(rows, answers)


def test_a_lucky_answer_is_forgotten_when_it_is_measured_again():
    history = History(np.array([7, 8, 7, 7]), np.array([99.0, 90.0, 85.0, 86.0]))
    assert history.incumbents().tolist() == [7, 7, 7, 7]
    history = History(np.array([7, 8, 7, 7]), np.array([95.0, 90.0, 84.0, 85.0]))
    assert history.incumbents().tolist() == [7, 7, 8, 8]


# --- noise --------------------------------------------------------------------------------------


def test_noise_is_drawn_anew_with_the_standard_deviation_that_is_asked_for():
    noisy = Noisy(benchmarks.load("measured"), 0.5, seed=3)
    row = noisy.rows[11]
    drawn = np.array([noisy.query(row) for _ in range(4_000)]) - noisy.problem.query(row)
    assert abs(drawn.mean()) < 5 * 0.5 / 4_000**0.5
    assert drawn.std() == pytest.approx(0.5, rel=0.06)
    assert len(np.unique(drawn)) == 4_000
    assert (noisy.rows == noisy.problem.rows).all() and len(noisy) == len(noisy.problem)


def test_the_seed_of_the_noise_decides_and_no_noise_is_none():
    def drawn(sigma, seed):
        noisy = Noisy(Five(), sigma, seed=seed)
        return [noisy.query(row) for row in ROWS]

    assert drawn(1.0, 0) == drawn(1.0, 0) != drawn(1.0, 1)
    assert drawn(0.0, 0) == list(ANSWERS.values())
    with pytest.raises(ValueError, match="sigma must be a finite number of 0 or more"):
        Noisy(Five(), -0.1, seed=0)


def test_any_function_of_cells_of_other_rules_goes_through_a_ledger():
    space = cells.enumerate_cells(cells.Rules(("conv", "pool"), max_vertices=4, max_edges=5))
    problem = search.Function(space, lambda cell: len(cell.edges))
    ledger = Ledger(problem, len(space))
    ledger.ask_all(range(len(space)))
    assert ledger.answers.tolist() == space.n_edges.tolist() and not ledger.open
