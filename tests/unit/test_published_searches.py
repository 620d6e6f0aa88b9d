"""arch2vec's two searches, a policy and DNGO, and what the public code does otherwise."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse, stats
from sklearn.linear_model import Ridge

from wl2nas import benchmarks, cells, features, search
from wl2nas.benchmarks import AccuracyTable
from wl2nas.search import dngo, gp, places, reinforce

SIDE = np.linspace(-1, 1, 20)
GRID = np.stack(np.meshgrid(SIDE, SIDE), -1).reshape(-1, 2)
SMALL = functools.partial(search.dngo_search, width=16)


def hill(points=GRID, top=(0.3, -0.5)):
    height = 90 - 10 * ((points - np.array(top)) ** 2).sum(axis=1)
    return AccuracyTable("hill", np.arange(len(points)), height, height)


METHODS = {"dngo": SMALL, "reinforce": search.reinforce_search}
each_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


@each_method
@pytest.mark.parametrize("budget", [1, 40])
def test_a_method_asks_distinct_rows_and_exactly_its_budget(method, budget):
    table = hill()
    first, again = (method(table, GRID, budget, seed=0).rows for _ in range(2))
    assert table.asked == 2 * budget and len(np.unique(first)) == budget
    assert (first == again).all()


@each_method
def test_a_method_can_ask_everything_and_the_seed_decides(method):
    """Every cell of other rules; the last round of DNGO finds fewer places than its batch."""
    space = cells.enumerate_cells(cells.Rules(("conv", "pool"), max_vertices=4, max_edges=5))
    problem = search.Function(space, lambda cell: len(cell.edges))
    known = features.statistics(space)
    first, other = (method(problem, known, len(space), seed=seed).rows for seed in (0, 1))
    assert sorted(first) == sorted(other) == list(range(len(space)))
    assert (first != other).any()


@each_method
def test_a_method_searches_the_measured_table_by_seconds(method):
    class Timed(AccuracyTable):
        def seconds(self, row):
            return 1.0

    shipped = benchmarks.load("measured")
    table = Timed("timed", shipped.rows, shipped.objective, shipped.reported)
    known = features.standardised(features.statistics(cells.nasbench101().take(table.rows)))
    history = method(table, known, search.Seconds(24.5), seed=0)
    assert len(history.rows) == len(np.unique(history.rows)) == 25


@each_method
@pytest.mark.parametrize(
    "bad", [GRID[:-1], GRID[:, 0], np.full_like(GRID, np.nan), sparse.csr_matrix(GRID)]
)
def test_features_that_are_none_are_refused_before_anything_is_asked(method, bad):
    table = hill()
    with pytest.raises((TypeError, ValueError), match="features must"):
        method(table, bad, 20, seed=0)
    assert table.asked == 0


def test_the_two_are_found_under_their_names_in_any_order_of_imports():
    assert search.dngo_search is dngo.dngo_search
    assert search.reinforce_search is reinforce.reinforce_search
    with pytest.raises(AttributeError, match="no attribute 'reinforced'"):
        search.reinforced  # noqa: B018


# --- DNGO ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_dngo_beats_random_search_on_a_hill():
    """Paired; in a trial with six seeds the mean gain was four times its standard error."""
    table = hill()
    gain = [
        SMALL(table, GRID, 40, seed=seed).objective.max()
        - search.random_search(table, 40, seed=seed).objective.max()
        for seed in range(12)
    ]
    assert np.mean(gain) > 2 * np.std(gain, ddof=1) / 12**0.5


def data(n, width, seed=0):
    rng = np.random.default_rng(seed)
    basis = rng.standard_normal((n, width))
    return basis, basis @ rng.standard_normal(width) + 0.5 * rng.standard_normal(n)


@pytest.mark.parametrize(("n", "width"), [(40, 6), (9, 20)])
def test_the_evidence_is_that_of_the_whole_gaussian_and_the_best_on_the_grid(n, width):
    """y ~ N(0, noise (I + basis basis^T / ratio)), with the best noise for every ratio."""
    basis, y = data(n, width)
    found, best = dngo.regression(basis, y), -np.inf
    for ratio in dngo.RATIOS:
        shape = np.eye(n) + basis @ basis.T / ratio
        noise = y @ np.linalg.solve(shape, y) / n
        for factor in (0.9, 1.0, 1.1):  # the closed form is a maximum
            value = stats.multivariate_normal(np.zeros(n), factor * noise * shape).logpdf(y)
            if value > best:
                best, chosen = value, (ratio, noise, factor)
    assert found.log_likelihood == pytest.approx(best, rel=1e-8)
    ratio, noise, factor = chosen
    assert factor == 1.0 and found.noise == pytest.approx(noise, rel=1e-8)
    ridge = Ridge(alpha=ratio, fit_intercept=False).fit(basis, y)
    np.testing.assert_allclose(found.weights, ridge.coef_, rtol=1e-6, atol=1e-9)
    covariance = noise * np.linalg.inv(basis.T @ basis + ratio * np.eye(width))
    np.testing.assert_allclose(found.root @ found.root.T, covariance, rtol=1e-6, atol=1e-9)


def test_a_prediction_is_the_regression_on_the_trained_layer_and_padding_changes_nothing():
    answers = 90 + np.sin(3 * GRID[::11, 0])
    blocks, member = dngo._candidates(GRID, 400)
    graphdef, params = dngo._fresh(0, 2, 8)
    asked = member[::11]
    found = dngo._predicted(graphdef, params, blocks, asked, answers)
    x = np.asarray(blocks).reshape(-1, 2)[asked]
    y = (answers - answers.mean()) / answers.std()
    everything = np.ones(len(y), bool)
    trained = dngo._trained(
        graphdef, params, jnp.asarray(x), jnp.asarray(y, jnp.float32), everything
    )
    basis = np.asarray(dngo._basis(graphdef, trained, jnp.asarray(x)), np.float64)
    fitted = dngo.regression(basis, y)
    mean = answers.mean() + answers.std() * (basis @ fitted.weights)
    variance = ((basis @ fitted.root) ** 2).sum(axis=1) + fitted.noise
    np.testing.assert_allclose(found.mean[asked], mean, atol=0.02)
    np.testing.assert_allclose(found.std[asked], answers.std() * np.sqrt(variance), rtol=0.1)
    assert np.abs(found.mean[asked] - answers).max() < 0.3  # and the sine is learned


def test_equal_features_are_one_candidate_and_the_first_of_them_is_asked():
    table, known = hill(), GRID[np.arange(400) // 4 * 4]
    blocks, member = dngo._candidates(known, 400)
    assert len(np.unique(member)) == 100 and (member[::4] == member.reshape(100, 4).T).all()
    x = np.asarray(blocks).reshape(-1, 2)[member]
    np.testing.assert_allclose(x, (known - known.mean(0)) / known.std(0), atol=1e-6)
    asked = SMALL(table, known, 36, seed=0).rows.tolist()
    for count in range(16, 36):
        four = np.arange(4) + asked[count] // 4 * 4
        assert asked[count] == min(set(four.tolist()) - set(asked[:count]))


def test_a_constant_column_and_equal_answers_break_nothing():
    flat = AccuracyTable("flat", np.arange(400), np.full(400, 50.0), np.full(400, 50.0))
    known = np.concatenate([GRID, np.ones((400, 1))], axis=1)
    assert len(np.unique(SMALL(flat, known, 26, seed=0).rows)) == 26


def test_a_start_can_be_given():
    chosen = [7, 300, 12]
    assert SMALL(hill(), GRID, 9, seed=0, start=chosen).rows.tolist()[:3] == chosen
    with pytest.raises(ValueError, match="start must hold places"):
        SMALL(hill(), GRID, 9, seed=0, start=[400])


# --- the policy ---------------------------------------------------------------------------------


def test_returns_are_discounted_sums_of_what_comes_after():
    rewards = np.random.default_rng(0).standard_normal(16)
    for discount in (0.0, 0.8, 1.0):
        wanted = [sum(discount ** (k - t) * rewards[k] for k in range(t, 16)) for t in range(16)]
        np.testing.assert_allclose(reinforce.discounted(rewards, discount), wanted)


def test_the_nearest_new_place_is_found_by_brute_force_and_ties_go_to_the_first():
    rng = np.random.default_rng(0)
    points = 1e3 + np.round(rng.standard_normal((500, 3)), 1)  # far off, with equal ones
    nearest, new = reinforce._Nearest(points), rng.random(500) < 0.5
    for _ in range(200):
        draw = 1e3 + np.round(rng.standard_normal(3), 1)
        far = np.where(new, ((points - draw) ** 2).sum(axis=1), np.inf)
        assert nearest.of(draw, new) == int(np.argmin(far))


def test_the_gradient_is_that_of_the_log_density_of_the_draws():
    """One step of Adam goes against the sign of the gradient, here by finite differences."""
    rng = np.random.default_rng(0)
    states, actions = rng.standard_normal((2, 16, 3)).astype(np.float32)
    returns = rng.standard_normal(16).astype(np.float32)
    policy = reinforce._new_policy(0, 3)
    after = reinforce._learned(policy, states, actions, returns, 0.7).params

    def loss(params):
        carry, total = (jnp.zeros((1, reinforce.WIDTH)),) * 2, 0.0
        for state, action, value in zip(states, actions, returns, strict=True):
            carry, mean = reinforce._step(policy.graphdef, params, carry, jnp.asarray(state))
            total -= value * stats.norm.logpdf(action, np.asarray(mean, np.float64), 0.7).sum()
        return total / 16

    bias = policy.params["mean"]["bias"]
    for k in range(3):

        def shifted(by, k=k):
            moved = jax.tree.map(lambda leaf: leaf, policy.params)
            moved["mean"]["bias"] = bias.replace(bias[...].at[k].add(by))
            return loss(moved)

        slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2
        step = float(after["mean"]["bias"][...][k] - bias[...][k])
        assert step == pytest.approx(-reinforce.RATE * np.sign(slope), rel=1e-3)


@pytest.mark.slow
def test_a_policy_learns_where_the_good_places_are():
    """The last 32 of 160 answers against the first; the whole table has a mean of 63."""
    side = np.linspace(-1, 1, 40)
    points = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    table = hill(points, top=(1.0, -1.0))
    for seed in range(2):
        found = search.reinforce_search(table, 4 * points, 160, seed=seed).objective
        assert found[-32:].mean() > found[:32].mean() + 3


# --- oddities -----------------------------------------------------------------------------------


def test_all_oddities_are_off_by_default_and_named_when_wrong():
    assert search.Oddities() == search.Oddities(None, False, False, False)
    assert search.PUBLISHED.fixed_target == 95.0
    for wrong in ({"pays_twice": 1}, {"fixed_target": "95"}, {"unit": 0.0}):
        with pytest.raises((TypeError, ValueError)):
            search.Oddities(**wrong)
    with pytest.raises(dataclasses.FrozenInstanceError):
        search.PUBLISHED.pays_twice = False


def test_points_are_paid_for_twice_where_nobody_notices():
    table = hill()
    odd = search.Oddities(pays_twice=True)
    history = SMALL(table, GRID, 41, seed=0, oddities=odd)
    assert table.asked == len(history.rows) == 41
    assert len(np.unique(history.rows)) < 41
    assert len(SMALL(hill(GRID[:20]), GRID[:20], 30, seed=0, oddities=odd).rows) == 30


def test_the_promise_is_over_a_fixed_target_and_with_the_variance():
    posterior = gp.Posterior(np.array([90.0, 92.0, 80.0]), np.array([1.0, 0.5, 9.0]))
    expected = search.expected_improvement
    for oddities, wanted in (
        (search.Oddities(), expected(posterior, 91.0)),
        (search.Oddities(fixed_target=95.0), expected(posterior, 95.0)),
        (
            search.Oddities(variance_for_sigma=True),
            # as the public code has it: with accuracies in 0..1
            100 * expected(gp.Posterior(posterior.mean / 100, (posterior.std / 100) ** 2), 0.91),
        ),
    ):
        np.testing.assert_allclose(dngo._promise(posterior, 91.0, oddities), wanted, atol=1e-12)


def test_rewards_are_over_their_average_or_a_fixed_target_and_lose_their_discount():
    ledger = search.Ledger(hill(), 100)
    rewards = ledger.ask_all(places.stratified(np.arange(400) % 3, 80, seed=0))
    late = np.array(rewards[-16:])
    ours = reinforce._returns(ledger, late.tolist(), search.Oddities())
    average = np.mean(rewards[-64:])
    assert ours[-1] == pytest.approx(late[-1] - average)
    assert ours[-2] == pytest.approx(late[-2] - average + 0.8 * (late[-1] - average))
    odd = search.Oddities(fixed_target=95.0, discount_lost=True)
    np.testing.assert_allclose(reinforce._returns(ledger, late.tolist(), odd), late - 95.0)


@each_method
def test_an_oddity_of_the_other_search_is_passed_over(method):
    other = {
        "dngo": search.Oddities(discount_lost=True),
        "reinforce": search.Oddities(variance_for_sigma=True, pays_twice=True),
    }[next(name for name, m in METHODS.items() if m is method)]
    plain, odd = method(hill(), GRID, 36, seed=0), method(hill(), GRID, 36, seed=0, oddities=other)
    assert (plain.rows == odd.rows).all()


def test_the_published_searches_run():
    assert len(SMALL(hill(), GRID, 31, seed=0, oddities=search.PUBLISHED).rows) == 31
    history = search.reinforce_search(hill(), GRID, 40, seed=0, oddities=search.PUBLISHED)
    assert len(np.unique(history.rows)) == 40
