import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from wl2nas import cells, features, search, wl
from wl2nas.benchmarks import AccuracyTable
from wl2nas.search import bayesian, gp
from wl2nas.search.acquisition import ACQUISITIONS
from wl2nas.search.targets import TARGETS

GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 20), np.linspace(-1, 1, 20)), -1).reshape(-1, 2)
ROWS = np.random.default_rng(0).choice(len(cells.nasbench101()), 400, replace=False)


def smooth_table():
    """A hill over a 20 x 20 grid: what is good lies beside what is good."""
    hill = 90 - 10 * ((GRID - [0.3, -0.5]) ** 2).sum(axis=1)
    return AccuracyTable("hill", ROWS, hill, np.clip(hill + 1, 0, 100))


def optimise(budget, *, features=GRID, table=None, **settings):
    table = table or smooth_table()
    return search.bayesian_optimisation(table, features, budget, **{"seed": 0, **settings})


SEARCHES = {
    "random": lambda table, budget, seed: search.random_search(table, budget, seed=seed),
    "bayesian": lambda table, budget, seed: optimise(budget, table=table, seed=seed),
}


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("budget", [1, 5, 25])
def test_a_search_asks_distinct_rows_and_exactly_its_budget(name, budget):
    table = smooth_table()
    history = SEARCHES[name](table, budget, 0)
    assert table.asked == budget
    assert len(np.unique(history.rows)) == len(history.rows) == budget
    again = smooth_table()
    assert history.objective.tolist() == [again.query(row) for row in history.rows]


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_can_ask_the_whole_table(name):
    full = smooth_table()
    small = AccuracyTable("few", full.rows[:15], full.objective[:15], full.reported[:15])
    if name == "random":
        history = search.random_search(small, 15, seed=0)
    else:
        history = optimise(15, table=small, features=GRID[:15])
    assert sorted(history.rows) == sorted(small.rows)


@pytest.mark.parametrize("name", SEARCHES)
def test_the_seed_decides(name):
    first, again, other = (SEARCHES[name](smooth_table(), 15, seed) for seed in (3, 3, 4))
    assert (first.rows == again.rows).all()
    assert (first.rows != other.rows).any()


def test_optimisation_starts_as_random_search_does():
    chance = search.random_search(smooth_table(), 20, seed=5).rows
    assert (optimise(20, seed=5).rows[:10] == chance[:10]).all()
    assert (optimise(20, seed=5).rows[10:] != chance[10:]).any()
    assert (optimise(20, seed=5, start=4).rows[:4] == chance[:4]).all()
    assert (optimise(20, seed=5, start=4).rows[4:10] != chance[4:10]).any()


def test_optimisation_finds_the_top_of_a_smooth_hill():
    """In 20 of 400 queries: random search finds it with probability 1/20."""
    found = {"random": 0, "bayesian": 0}
    for name in found:
        for seed in range(8):
            table = smooth_table()
            found[name] += table.best in SEARCHES[name](table, 20, seed).rows
    assert found["bayesian"] >= 7
    assert found["random"] <= 3


def test_sparse_features_search_as_dense_ones_do():
    dense = np.round(10 * GRID)
    thin = sparse.csr_matrix(dense)
    assert (optimise(20, features=dense).rows == optimise(20, features=thin).rows).all()


@pytest.mark.parametrize("kind", [bool, np.int8, np.int16, np.uint8, np.float32])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.coo_matrix])
def test_the_type_of_the_features_does_not_matter(kind, form):
    """One-hot places on the grid; a span of 0..19 in a type that holds its squares badly."""
    if kind is bool:
        numbers = (GRID[:, :1] > np.linspace(-1, 1, 7)) ^ (GRID[:, 1:] > 0)
    else:
        numbers = np.round(9.5 * (GRID + 1))
    found = optimise(25, features=form(numbers.astype(kind)))
    assert (found.rows == optimise(25, features=numbers.astype(float)).rows).all()


def test_of_equal_promises_the_first_row_is_asked():
    """Every place of the grid four times over: what is asked of four is the first not asked."""
    table = smooth_table()
    features = GRID[np.arange(400) // 4 * 4]
    asked = [
        int(np.flatnonzero(table.rows == row)[0]) for row in optimise(60, features=features).rows
    ]
    for count in range(10, 60):
        four = np.arange(4) + asked[count] // 4 * 4
        assert asked[count] == min(set(four.tolist()) - set(asked[:count]))


@pytest.mark.parametrize("seed", range(3))
def test_a_search_does_not_hang_on_rounding(seed):
    """Noise far above that of another processor in the distances; many places share their features.

    Without the tolerance, rounding picks among places of equal promise.
    """
    features = np.round(4 * GRID)
    exact = gp.squared_distances
    rng = np.random.default_rng(seed)

    def rounded(a, b):
        found = exact(a, b)
        return found * (1 + 1e-14 * rng.uniform(-1, 1, found.shape))

    plain = optimise(60, features=features, seed=seed).rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gp, "squared_distances", rounded)
        assert (optimise(60, features=features, seed=seed).rows == plain).all()
        patch.setattr(bayesian, "_rounding", lambda *_: 0.0)
        assert (optimise(60, features=features, seed=seed).rows != plain).any()


def test_the_tolerance_of_a_promise_shrinks_with_it():
    """Where little is to be gained, rounding changes it by little: a tiny promise still counts."""
    values, acquire = np.array([90.0, 92.0]), search.expected_improvement
    near = gp.Posterior(np.array([91.0]), np.array([1.0]))
    far = gp.Posterior(np.array([80.0]), np.array([2.0]))
    assert bayesian._rounding(near, values, 0, acquire) == pytest.approx(
        1e-9 * (0.159 + 0.242), rel=0.01
    )
    promise = acquire(far, 92.0)[0]
    assert 0 < bayesian._rounding(far, values, 0, acquire) < 1e-7 * promise < 1e-15


def test_incumbents_are_the_best_asked_so_far():
    history = search.History(np.array([4, 8, 2, 9, 5]), np.array([50.0, 70, 70, 60, 80]))
    assert history.incumbents().tolist() == [4, 8, 8, 8, 5]


def test_the_reported_curve_is_of_the_incumbents():
    """The objective leads: a row reported better is not handed over for it."""
    rows = np.array([4, 8, 2])
    table = AccuracyTable("three", rows, np.array([50.0, 70, 60]), np.array([92.0, 91, 99]))
    history = search.History(rows, table.objective)
    assert search.reported_curve(table, history).tolist() == [92, 91, 91]
    assert table.asked == 0


@pytest.mark.parametrize("name", SEARCHES)
def test_incumbents_never_get_worse_in_objective(name):
    table = smooth_table()
    history = SEARCHES[name](table, 25, 1)
    found = [table.query(row) for row in history.incumbents()]
    assert found == sorted(found)
    assert found[-1] == history.objective.max()
    assert len(set(found)) > 1


# --- rounds, pools, neighbours ------------------------------------------------------------------


class Beside:
    """The places beside a place of the grid, and a list of who was asked for."""

    def __init__(self):
        self.asked = []

    def of(self, place):
        self.asked.append(int(place))
        x, y = place % 20, place // 20
        found = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        return np.array([20 * b + a for a, b in found if 0 <= a < 20 and 0 <= b < 20])


def places_of(history):
    return [int(np.flatnonzero(row == ROWS)[0]) for row in history.rows]


@pytest.mark.parametrize("kernel", gp.KERNELS)
@pytest.mark.parametrize("targets", TARGETS)
@pytest.mark.parametrize("acquisition", ACQUISITIONS)
def test_every_choice_climbs_the_hill(kernel, targets, acquisition):
    choice = {"kernel": kernel, "targets": targets, "acquisition": acquisition}
    found = optimise(40, batch=5, pool=200, **choice)
    assert len(set(found.rows)) == 40
    assert found.objective.max() > 89.8 > optimise(10).objective.max()


def test_the_defaults_are_those_of_the_course():
    named = {"batch": 1, "kernel": "rbf", "targets": "floored", "acquisition": "ei", "pool": None}
    assert (optimise(30, **named).rows == optimise(30).rows).all()
    for other in ({"batch": 4}, {"kernel": "matern"}, {"targets": "raw"}, {"acquisition": "ucb"}):
        assert (optimise(30, **{**named, **other}).rows != optimise(30).rows).any()


def test_a_batch_is_chosen_before_any_of_it_is_answered():
    """The best five distinct features by what was known, as one question after the other shows."""
    features = np.round(4 * GRID)
    asked = places_of(optimise(15, features=features, batch=5))
    assert asked[:11] == places_of(optimise(11, features=features))
    table, known = smooth_table(), asked[:10]
    values = np.maximum(table.objective[known], np.quantile(table.objective[known], 0.2))
    apart = gp.squared_distances(features, features[known])
    score = search.expected_improvement(gp.fit_predict(apart[known], values, apart), values.max())
    score[known] = -1
    better = [{tuple(features[k]) for k in np.flatnonzero(score > score[place] + 1e-7)}
              for place in asked[10:]]  # fmt: skip
    assert [len(group) for group in better] == [0, 1, 2, 3, 4]
    assert len({tuple(features[place]) for place in asked[10:]}) == 5


def test_a_batch_ends_where_nothing_else_differs():
    """Two kinds of features: a batch has a place of each, until one is used up."""
    features = (np.arange(400) < 397).astype(float)[:, None]
    asked = places_of(optimise(20, features=features, batch=4, start=10))
    kinds = features[asked[10:], 0].tolist()
    assert sorted(kinds[:2]) == sorted(kinds[2:4]) == [0, 1]
    assert kinds.count(0) <= 3


def test_a_batch_stops_at_the_budget():
    table = smooth_table()
    assert len(optimise(13, table=table, batch=5).rows) == table.asked == 13


def test_a_pool_of_everything_asks_what_everything_does():
    assert (optimise(30, pool=400).rows == optimise(30).rows).all()
    thin = sparse.csr_matrix(np.round(10 * GRID))
    assert (optimise(30, features=thin, pool=400).rows == optimise(30, features=thin).rows).all()


def test_a_pool_is_drawn_anew():
    """Of one candidate at a time, the model has no choice; the neighbours give it one."""
    assert len(set(places_of(optimise(60, pool=1)))) == 60
    chance = [optimise(60, pool=1, seed=seed).objective.max() for seed in range(5)]
    beside = [
        optimise(60, pool=1, neighbours=Beside(), seed=seed).objective.max() for seed in range(5)
    ]
    assert min(beside) > 89.9
    assert np.mean(chance) < np.mean(beside)


def test_the_neighbours_are_those_of_the_ten_best():
    table, beside = smooth_table(), Beside()
    asked = places_of(optimise(13, table=table, pool=1, neighbours=beside))
    for step, known in enumerate((asked[:10], asked[:11], asked[:12])):
        best = sorted(known, key=lambda place: -table.objective[place])[:10]
        assert beside.asked[10 * step : 10 * step + 10] == best


def test_neighbours_need_a_pool():
    with pytest.raises(ValueError, match="give pool too"):
        optimise(15, neighbours=Beside())
    with pytest.raises((TypeError, ValueError)):
        optimise(15, neighbours=[[1, 2]], pool=10)


def test_features_on_a_fresh_space_of_other_rules():
    """The number of edges is found from counts of colours, where cells have other operations."""
    rules = cells.Rules(("sep", "skip"), max_vertices=5, max_edges=7)
    space = cells.enumerate_cells(rules)
    problem = search.Function(space, lambda cell: len(cell.edges) - (cell.ops == 1).sum())
    colours = wl.colour_counts(space, rounds=1)
    found = search.bayesian_optimisation(
        problem, colours, 40, seed=0, batch=5, targets="normal_scores", kernel="matern", pool=100
    )
    everything = [len(cell.edges) - (cell.ops == 1).sum() for cell in space]
    assert found.objective.max() == max(everything)
    assert len(set(found.rows)) == 40


def with_nan(features):
    features = features.copy()
    features[390, 1] = np.nan
    return features


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budget": 0}, r"budget must be a whole number in 1\.\.400; it is 0"),
        ({"budget": 401}, r"budget must be a whole number in 1\.\.400; it is 401"),
        (
            {"budget": 20, "features": GRID[:-1]},
            "features must have 400 rows, one each; it has 399",
        ),
        ({"budget": 20, "features": with_nan(GRID)}, "features must be finite"),
        ({"budget": 20, "features": sparse.csr_matrix(with_nan(GRID))}, "features must be finite"),
        ({"budget": 20, "start": 1}, "start must be a whole number of 2 or more; it is 1"),
        ({"budget": 20, "batch": 0}, "batch must be a whole number of 1 or more; it is 0"),
        ({"budget": 20, "pool": 0}, "pool must be a whole number of 1 or more; it is 0"),
        ({"budget": 20, "kernel": "linear"}, "unknown kernel 'linear'"),
        ({"budget": 20, "targets": "ranks"}, "unknown targets 'ranks'"),
        ({"budget": 20, "acquisition": "pi"}, "unknown acquisition 'pi'"),
    ],
)
def test_bad_settings_are_named_before_anything_is_asked(settings, message):
    table = smooth_table()
    with pytest.raises(ValueError, match=message):
        optimise(table=table, **settings)
    assert table.asked == 0


@pytest.mark.parametrize("budget", [0, 401])
def test_random_search_names_a_bad_budget(budget):
    with pytest.raises(
        ValueError, match=rf"budget must be a whole number in 1\.\.400; it is {budget}"
    ):
        search.random_search(smooth_table(), budget, seed=0)


# --- any function of a cell ---------------------------------------------------------------------


def test_any_function_of_a_cell_can_be_searched_up_and_down():
    space = cells.nasbench101().take(slice(None, None, 4_001))
    edges = [len(cell.edges) for cell in space]
    for minimise, best in ((False, max(edges)), (True, -min(edges))):
        problem = search.Function(space, lambda cell: len(cell.edges), minimise=minimise)
        history = search.random_search(problem, len(space), seed=0)
        assert history.objective.max() == best and problem.asked == len(space)
        found = search.bayesian_optimisation(problem, features.statistics(space), 20, seed=0)
        assert found.objective.max() == best


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), None, "91", [1.0, 2.0], True])
def test_an_answer_that_is_no_number_is_refused_with_its_row(answer):
    problem = search.Function(cells.nasbench101().take([5, 6, 7]), lambda _: answer)
    with pytest.raises((ValueError, TypeError), match="the objective of row 2 must be a finite"):
        problem.query(2)


def test_functions_and_rows_that_are_none_are_refused():
    space = cells.nasbench101().take([5, 6, 7])
    with pytest.raises((TypeError, ValueError)):
        search.Function(space, 3)
    with pytest.raises((TypeError, ValueError)):
        search.Function(space, len, minimise="no")
    for row in (3, -1):
        with pytest.raises(ValueError, match=r"row must be a whole number in 0\.\.2"):
            search.Function(space, len).query(row)


@pytest.mark.parametrize("form", ["bool", "int8", "list", "frame", "jax", "coo", "csr float32"])
def test_features_of_any_form_search_alike(form):
    whole = np.round(3 * GRID).astype(np.int8)
    forms = {
        "bool": (whole > 0, (whole > 0).astype(float)),
        "int8": (whole, whole.astype(float)),
        "list": (whole.tolist(), whole.astype(float)),
        "frame": (pd.DataFrame(whole), whole.astype(float)),
        "jax": (jnp.asarray(whole), whole.astype(float)),
        "coo": (sparse.coo_matrix(whole), sparse.csr_matrix(whole.astype(float))),
        "csr float32": (sparse.csr_matrix(whole.astype(np.float32)), sparse.csr_matrix(whole)),
    }
    given, plain = forms[form]
    assert optimise(18, features=given).rows.tolist() == optimise(18, features=plain).rows.tolist()


def test_one_column_is_asked_for_where_there_is_none():
    with pytest.raises((ValueError, TypeError), match="makes a column"):
        optimise(15, features=GRID[:, 0])
    with pytest.raises((ValueError, TypeError), match="column at least"):
        optimise(15, features=GRID[:, :0])
