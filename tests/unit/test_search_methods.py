"""Evolution, local search and starts: what goes from place to place."""

import random
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neighbourhoods import Listed, by_edits, of_points
from wl2nas import benchmarks, cells, search
from wl2nas.benchmarks import AccuracyTable
from wl2nas.search import evolution, places

SIDE = np.linspace(-1, 1, 20)
GRID = np.stack(np.meshgrid(SIDE, SIDE), -1).reshape(-1, 2)
BESIDE = of_points(GRID, 1.01 * (SIDE[1] - SIDE[0]))
RULES = cells.Rules(("conv", "pool"), max_vertices=4, max_edges=5)


def hill():
    """One top on a 20 x 20 grid, rows not in the order of the places."""
    height = 90 - 10 * ((GRID - [0.3, -0.5]) ** 2).sum(axis=1)
    rows = np.random.default_rng(0).permutation(5_000)[:400]
    return AccuracyTable("hill", rows, height, height)


def places_of(problem, history):
    order = np.argsort(problem.rows, kind="stable")
    return order[np.searchsorted(problem.rows[order], history.rows)].tolist()


METHODS = {
    "evolution": partial(search.regularised_evolution, population=10, sample=5),
    "local": search.local_search,
}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@each_method
@pytest.mark.parametrize("budget", [1, 5, 60, 400])
def test_a_method_asks_distinct_rows_and_exactly_its_budget(method, budget):
    table = hill()
    history = method(table, BESIDE, budget, seed=0)
    assert table.asked == len(history.rows) == len(np.unique(history.rows)) == budget
    assert history.objective.tolist() == [hill().query(row) for row in history.rows]


@each_method
def test_the_seed_decides(method):
    first, again, other = (method(hill(), BESIDE, 50, seed=seed).rows for seed in (3, 3, 4))
    assert (first == again).all() and (first != other).any()


@each_method
def test_a_method_beats_random_search_on_a_hill(method):
    """Paired over 40 seeds; in a trial the mean gain was five times its standard error."""
    table = hill()
    gain = [
        method(table, BESIDE, 60, seed=seed).objective.max()
        - search.random_search(table, 60, seed=seed).objective.max()
        for seed in range(40)
    ]
    assert np.mean(gain) > 3 * np.std(gain, ddof=1) / 40**0.5


@each_method
def test_a_method_walks_a_space_of_other_rules_to_its_best_cell(method):
    space = cells.enumerate_cells(RULES)
    problem = search.Function(space, lambda cell: len(cell.edges) - (cell.ops == 1).sum())
    history = method(problem, by_edits(space), len(space), seed=1)
    assert sorted(history.rows) == list(range(len(space)))
    best = (space.n_edges - (space.ops == 1).sum(axis=1)).max()
    assert history.objective.max() == best


@each_method
def test_a_method_searches_the_measured_table(method):
    table = benchmarks.load("measured")
    small = np.flatnonzero(cells.nasbench101().n_vertices[table.rows] <= 4)
    few = AccuracyTable("few", table.rows[small], table.objective[small], table.reported[small])
    beside = by_edits(cells.nasbench101().take(few.rows))
    history = method(few, beside, 40, seed=0)
    assert len(np.unique(history.rows)) == 40 and np.isin(history.rows, few.rows).all()


@each_method
def test_seconds_are_spent_to_the_last_question(method):
    class Timed(AccuracyTable):
        def seconds(self, row):
            return 2.0

    table = Timed("timed", np.arange(400), hill().objective, hill().objective)
    assert len(method(table, BESIDE, search.Seconds(31.0), seed=0).rows) == 16


@each_method
def test_places_without_neighbours_end_in_random_ones(method):
    lonely = Listed([[]] * 400)
    assert len(method(hill(), lonely, 400, seed=0).rows) == 400


@each_method
@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([1, 2, 1], "start holds a place twice"),
        ([0, 400], r"start must hold places, 0\.\.399; they are 0\.\.400"),
        ([-1, 3], "start must hold places"),
        ([0.5], "start must hold whole numbers"),
    ],
)
def test_a_start_that_is_none_is_named_before_anything_is_asked(method, start, message):
    table = hill()
    with pytest.raises(ValueError, match=message):
        method(table, BESIDE, 20, seed=0, start=start)
    assert table.asked == 0


@each_method
def test_what_is_no_neighbourhood_is_refused(method):
    with pytest.raises((TypeError, ValueError)):
        method(hill(), [[1], [0]], 20, seed=0)


# --- evolution ----------------------------------------------------------------------------------


def test_a_child_lies_beside_a_member_of_the_population_and_the_oldest_dies():
    """With a place left to ask beside each, every question after the first ten is a neighbour of
    one of the ten before it."""
    table = hill()
    asked = places_of(table, METHODS["evolution"](table, BESIDE, 60, seed=7))
    children = 0
    for count in range(10, 60):
        alive = asked[count - 10 : count]
        parents = [p for p in alive if asked[count] in BESIDE.of(p)]
        free = [p for p in alive if set(BESIDE.of(p).tolist()) - set(asked[:count])]
        assert parents or len(free) < len(alive)
        children += bool(parents)
    assert children > 25  # of fifty; by chance, one in ten


def test_the_best_of_the_whole_population_has_the_child_if_all_take_part():
    table = hill()
    found = search.regularised_evolution(table, BESIDE, 30, seed=2, population=8, sample=8)
    asked = places_of(table, found)
    for count in range(8, 30):
        alive = range(count - 8, count)
        parent = asked[max(alive, key=lambda k: found.objective[k])]
        if set(BESIDE.of(parent).tolist()) - set(asked[:count]):
            assert asked[count] in BESIDE.of(parent)


def test_a_start_is_asked_first_and_random_places_fill_the_population():
    table = hill()
    found = search.regularised_evolution(table, BESIDE, 20, seed=0, start=[5, 3, 8])
    assert places_of(table, found)[:3] == [5, 3, 8] and len(found.rows) == 20
    one = search.regularised_evolution(
        table, BESIDE, 3, seed=0, population=1, sample=1, start=[210]
    )
    asked = places_of(table, one)
    assert asked[1] in BESIDE.of(210) and asked[2] in BESIDE.of(asked[1])


@pytest.mark.parametrize("sizes", [{"population": 0}, {"sample": 31}, {"sample": 0}])
def test_population_and_sample_must_fit(sizes):
    with pytest.raises(ValueError, match=f"{next(iter(sizes))} must be a whole number"):
        search.regularised_evolution(hill(), BESIDE, 20, seed=0, **sizes)


def test_every_new_neighbour_has_the_same_chance():
    ledger = search.Ledger(hill(), 400)
    ledger.ask_all([211, 209])
    beside = Listed([[]] * 210 + [[209, 211, 190, 230]])
    drawn = [evolution._child(ledger, beside, 210, random.Random(seed)) for seed in range(400)]
    assert set(drawn) == {190, 230}
    assert 140 < drawn.count(190) < 260  # six standard deviations


# --- local search -------------------------------------------------------------------------------


def test_local_search_climbs_to_the_top_of_a_hill_from_anywhere():
    """At most 38 steps of at most four questions."""
    table = hill()
    for seed in range(5):
        history = search.local_search(table, BESIDE, 153, seed=seed, start=1)
        assert history.objective.max() == table.objective.max()


def test_every_question_of_a_climb_is_beside_the_best_so_far():
    """On one hill, until the top is reached, the best so far is where the climb stands."""
    table = hill()
    history = search.local_search(table, BESIDE, 200, seed=3)
    asked, top = places_of(table, history), int(np.argmax(history.objective))
    assert top > 10
    for count in range(10, top + 1):
        best = asked[int(np.argmax(history.objective[:count]))]
        assert asked[count] in BESIDE.of(best)


def test_a_move_to_a_place_that_is_known_costs_nothing():
    """From 2 the only way is to 3, which was asked at the start and is better: on to 4."""
    table = AccuracyTable("ten", np.arange(10), np.arange(10.0), np.arange(10.0))
    way = Listed([[], [], [3], [4], *[[]] * 6])
    moves = 0
    for seed in range(20):
        asked = search.local_search(table, way, 10, seed=seed, start=[9, 3]).rows.tolist()
        if asked.index(2) < asked.index(4):
            moves += 1
            assert asked[asked.index(2) + 1] == 4
    assert moves > 3


# --- starts -------------------------------------------------------------------------------------


def test_a_stratified_start_takes_the_sizes_in_turn():
    sizes = cells.nasbench101().n_vertices
    found = search.stratified(sizes, 10, seed=3, among=(4, 5, 6, 7))
    assert sizes[found].tolist() == [4, 5, 6, 7, 4, 5, 6, 7, 4, 5]
    assert found.tolist() == search.stratified(sizes, 10, seed=3, among=(4, 5, 6, 7)).tolist()
    assert found.tolist() != search.stratified(sizes, 10, seed=4, among=(4, 5, 6, 7)).tolist()


@given(st.lists(st.integers(2, 5), min_size=1, max_size=20), st.data())
def test_a_stratified_start_is_distinct_and_as_even_as_can_be(sizes, data):
    count = data.draw(st.integers(1, len(sizes)))
    found = search.stratified(np.array(sizes), count, seed=0)
    assert len(found) == len(set(found.tolist())) == count
    taken = {size: [sizes[p] for p in found].count(size) for size in sizes}
    for size, number in taken.items():
        if number < sizes.count(size):  # not used up
            assert number >= max(taken.values()) - 1


def test_more_places_than_there_are_of_these_sizes_are_refused():
    with pytest.raises(ValueError, match=r"count must be a whole number in 1\.\.2; it is 3"):
        search.stratified(np.array([2, 3, 4, 4]), 3, seed=0, among=[4])


def test_any_new_place_is_drawn_evenly_also_where_few_are_left():
    ledger = search.Ledger(hill(), 400)
    ledger.ask_all(range(397))
    rng = random.Random(0)
    drawn = [places.any_new(ledger, rng) for _ in range(300)]
    assert {drawn.count(p) > 60 for p in (397, 398, 399)} == {True}
    assert set(drawn) == {397, 398, 399}
    ledger.ask_all([397, 398, 399])
    with pytest.raises(ValueError, match="every place was asked"):
        places.any_new(ledger, rng)
