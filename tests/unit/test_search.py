import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from wl2nas import cells, features, search
from wl2nas.benchmarks import AccuracyTable
from wl2nas.search import bayesian, gp

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
    values = np.array([90.0, 92.0])
    near = gp.Posterior(np.array([91.0]), np.array([1.0]))
    far = gp.Posterior(np.array([80.0]), np.array([2.0]))
    assert bayesian._rounding(near, values, 0) == pytest.approx(1e-9 * (0.159 + 0.242), rel=0.01)
    promise = search.expected_improvement(far, 92.0)[0]
    assert 0 < bayesian._rounding(far, values, 0) < 1e-7 * promise < 1e-15


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


def test_expected_improvement_by_sampling():
    rng = np.random.default_rng(0)
    mean, std = np.array([90.0, 91, 93, 80]), np.array([1.0, 0.5, 2, 6])
    gain = np.maximum(mean + std * rng.standard_normal((400_000, 4)) - 91.5, 0)
    exact = search.expected_improvement(gp.Posterior(mean, std), 91.5)
    assert (np.abs(exact - gain.mean(axis=0)) < 5 * gain.std(axis=0) / 400_000**0.5).all()


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
