import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel

from wl2nas.search import distances, gp


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def problem(rng):
    """Twelve observed points, their targets in percent, and forty candidates."""
    x = rng.normal(size=(12, 3))
    y = 90 + 3 * np.sin(x).sum(axis=1) + 0.3 * rng.normal(size=12)
    return x, y, rng.normal(size=(40, 3))


def pair_distances(a, b):
    return np.array([[((p - q) ** 2).sum() for q in b] for p in a])


def test_squared_distances_pair_by_pair(problem):
    x, _, candidates = problem
    assert np.allclose(gp.squared_distances(candidates, x), pair_distances(candidates, x))
    assert (gp.squared_distances(x, x) >= 0).all()


def test_sparse_features_give_the_distances_of_dense_ones(rng):
    a = rng.integers(0, 3, (20, 50)) * (rng.random((20, 50)) < 0.2)
    b = a[::3] + (rng.random((7, 50)) < 0.1)
    dense = gp.squared_distances(a.astype(float), b.astype(float))
    thin = gp.squared_distances(
        sparse.csr_matrix(a, dtype=float), sparse.csr_matrix(b, dtype=float)
    )
    assert np.allclose(thin, dense)
    assert np.allclose(dense, pair_distances(a, b))


def by_differences(a, b):
    wide = (a[:, None, :].astype(np.longdouble) - b[None, :, :]) ** 2
    return wide.sum(axis=2).astype(float)


MATRICES = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        *(
            arrays.arrays(
                float,
                st.tuples(st.integers(1, 7), st.just(width)),
                elements=st.sampled_from([0.0, 1.0, -3.0, 0.1, 1e-9, 1e9, 1e9 + 1, 1 / 3]),
            )
            for _ in range(2)
        )
    )
)


@settings(deadline=None, max_examples=50)
@given(MATRICES)
def test_dense_distances_lose_no_digits(pair):
    """Numbers of very different size, equal rows among them; more of one side than of the other."""
    a, b = pair
    exact, found = by_differences(a, b), gp.squared_distances(a, b)
    assert np.allclose(found, exact, rtol=1e-9, atol=0)
    assert ((found == 0) == (exact == 0)).all()
    assert np.allclose(gp.squared_distances(b, a), found.T, rtol=1e-9, atol=0)


@settings(deadline=None, max_examples=50)
@given(MATRICES)
def test_distances_of_whole_numbers_are_exact(pair):
    a, b = (np.floor(10 * np.tanh(matrix)) for matrix in pair)
    assert (gp.squared_distances(a, b) == by_differences(a, b)).all()


@pytest.mark.parametrize("shape", [(50, 3), (3, 50)])
def test_dense_distances_come_in_blocks(shape, monkeypatch, rng):
    a, b = (rng.normal(size=(n, 4)) for n in shape)
    monkeypatch.setattr(distances, "CACHED", 17)
    assert np.allclose(gp.squared_distances(a, b), by_differences(a, b), rtol=1e-12)
    assert [p.stop - p.start for p in distances.blocks(7, 8)] == [2, 2, 2, 1]
    assert [p.stop - p.start for p in distances.blocks(2, 18)] == [1, 1]


# --- every type of number -----------------------------------------------------------------------

TYPES = (np.bool_, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.float32)
FORMS = {
    "dense": np.asarray, "rows": sparse.csr_matrix, "columns": sparse.csc_array,
    "list": sparse.coo_matrix,
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "form"),
    [(np.float16, "dense"), *((k, f) for k in TYPES for f in FORMS)],  # sparse has no float16
)
def test_distances_do_not_hang_on_the_type(kind, form, rng):
    """The largest numbers of every type, whose squares and differences it cannot hold."""
    if kind is np.bool_:
        a, b = rng.random((20, 7)) < 0.5, rng.random((6, 7)) < 0.5
    else:
        limits = np.iinfo(kind) if np.dtype(kind).kind in "iu" else np.finfo(np.float16)
        ends = np.array([limits.min, 0, 1, limits.max], kind)
        a, b = rng.choice(ends, (20, 7)), rng.choice(ends, (6, 7))
    exact = pair_distances(a.astype(object) * 1, b.astype(object) * 1).astype(float)
    found = gp.squared_distances(FORMS[form](a), FORMS[form](b))
    assert found.dtype == np.float64
    assert np.allclose(found, exact, rtol=1e-12, atol=0)


def test_known_wrong_distances_of_small_types():
    one_hot = np.eye(3, dtype=bool)[[0, 1]]
    assert gp.squared_distances(one_hot, one_hot).tolist() == [[0, 2], [2, 0]]
    far = gp.squared_distances(np.array([[200]], np.int16), np.array([[0]], np.int16))
    assert far.tolist() == [[40_000]]
    below = gp.squared_distances(np.array([[0]], np.uint8), np.array([[255]], np.uint8))
    assert below.tolist() == [[65_025]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [30.0, 30_000.0])
def test_an_offset_costs_no_digits(kind, form, offset, rng):
    """Spread .01 around 30: the squares are equal to seven digits, the distances are not."""
    a = (offset + 0.01 * rng.normal(size=(30, 5))).astype(kind)
    b = np.concatenate([a[:3], (offset + 0.01 * rng.normal(size=(4, 5))).astype(kind)])
    exact = pair_distances(a.astype(np.longdouble), b.astype(np.longdouble)).astype(float)
    found = gp.squared_distances(FORMS[form](a), FORMS[form](b))
    assert np.allclose(found, exact, rtol=1e-9, atol=0)
    assert (found[:3, :3].diagonal() == 0).all()


def test_sparse_rows_are_subtracted_in_blocks_too(monkeypatch, rng):
    a = sparse.csr_matrix(30 + 0.01 * rng.normal(size=(30, 5)))
    whole = gp.squared_distances(a, a)
    monkeypatch.setattr(distances, "BLOCK", 7)
    assert np.allclose(gp.squared_distances(a, a), whole, rtol=1e-9, atol=0)


def test_sparse_and_dense_features_have_distances(rng):
    a, b = rng.integers(0, 3, (9, 4)), rng.integers(0, 3, (5, 4))
    mixed = gp.squared_distances(sparse.csr_matrix(a), b)
    assert (mixed == pair_distances(a, b)).all()  # whole numbers


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_a_prediction_is_computed_in_float64(problem, kind):
    x, y, candidates = problem
    near, far = gp.squared_distances(x, x).astype(kind), gp.squared_distances(candidates, x)
    narrow = gp.fit_predict(near, y.astype(kind), far.astype(kind))
    wide = gp.fit_predict(
        near.astype(float), y.astype(kind).astype(float), far.astype(kind).astype(float)
    )
    assert narrow.mean.dtype == narrow.std.dtype == np.float64
    assert np.allclose(narrow.mean, wide.mean, rtol=1e-9, atol=0)
    assert np.allclose(narrow.std, wide.std, rtol=1e-9, atol=0)


def test_rounding_does_not_choose_the_best():
    assert gp.first_of_best([1.0, 3.0, 3.0 + 1e-12, 2.0], 1e-9) == 1
    assert gp.first_of_best([1.0, 3.0, 3.0 + 1e-6, 2.0], 1e-9) == 2
    assert gp.first_of_best([-np.inf, -np.inf, 0.0], 1e-9) == 2


def length_scale(x, s):
    """exp(-s d / m) is scikit-learn's exp(-d / (2 l l)) with l l = m / (2 s)."""
    m = np.mean([pair_distances(x, x)[i, j] for j in range(len(x)) for i in range(j)])
    return (m / (2 * s)) ** 0.5


@pytest.mark.parametrize(("s", "noise"), [(0.125, 0.3), (1.0, 0.01), (4.0, 0.1)])
def test_marginal_likelihood_is_scikit_learn_s_at_the_best_signal_variance(problem, s, noise):
    """Ours maximises over the variance v of v (RBF + noise): theirs is given it, and its
    neighbours, which must be worse."""
    x, y, _ = problem
    y = (y - y.mean()) / y.std()
    kernel = np.exp(-pair_distances(x, x) / (2 * length_scale(x, s) ** 2))
    ours = gp.log_marginal_likelihood(kernel, y, noise)
    best = y @ np.linalg.solve(kernel + noise * np.eye(12), y) / 12

    def theirs(variance):
        shape = ConstantKernel(variance, "fixed") * (
            RBF(length_scale(x, s), "fixed") + WhiteKernel(noise, "fixed")
        )
        fitted = GaussianProcessRegressor(shape, alpha=0.0, optimizer=None).fit(x, y)
        return fitted.log_marginal_likelihood_value_

    assert ours == pytest.approx(theirs(best), abs=1e-6)
    assert all(theirs(factor * best) < ours - 1e-3 for factor in (0.8, 1.25))


SHAPES = {"rbf": RBF, "matern": functools.partial(Matern, nu=2.5)}


@pytest.mark.parametrize("kernel", gp.KERNELS)
def test_posterior_is_scikit_learn_s_at_the_best_point_of_the_grid(problem, kernel):
    """Targets are standardised; our signal variance scales theirs, which is 1."""
    x, y, candidates = problem
    standard = (y - y.mean()) / y.std()

    @functools.cache
    def fitted(s, noise):
        shape = SHAPES[kernel](length_scale(x, s), "fixed")
        return GaussianProcessRegressor(shape, alpha=noise, optimizer=None).fit(x, standard)

    def kernel_of(s, noise):
        return fitted(s, noise).kernel_(x) + noise * np.eye(12)

    def signal(s, noise):
        return standard @ np.linalg.solve(kernel_of(s, noise), standard) / 12

    def likelihood(s, noise):
        log_determinant = np.linalg.slogdet(kernel_of(s, noise))[1]
        return -6 * np.log(2 * np.pi * signal(s, noise)) - 6 - log_determinant / 2

    s, noise = max(
        ((s, noise) for s in gp.INVERSE_LENGTHS for noise in gp.NOISE_RATIOS),
        key=lambda setting: likelihood(*setting),
    )
    mean, std = fitted(s, noise).predict(candidates, return_std=True)
    near, far = gp.squared_distances(x, x), gp.squared_distances(candidates, x)
    ours = gp.fit_predict(near, y, far, kernel=kernel)
    assert std.max() > 2 * std.min()
    assert np.allclose(ours.mean, y.mean() + y.std() * mean, atol=1e-6)
    assert np.allclose(ours.std, y.std() * std * signal(s, noise) ** 0.5, atol=1e-6)


@pytest.mark.parametrize("kernel", gp.KERNELS)
def test_blocks_predict_what_the_whole_does(problem, kernel, monkeypatch):
    x, y, candidates = problem
    near, far = gp.squared_distances(x, x), gp.squared_distances(candidates, x)
    process = gp.fit(near, y, kernel=kernel)
    whole = process.predict(far)
    assert (process.mean(far) == whole.mean).all()
    monkeypatch.setattr(distances, "CACHED", 7 * len(x))
    rows_kept = np.ascontiguousarray(far.T).T
    for parts in (process.predict(far), process.predict(rows_kept)):
        assert np.allclose(parts.mean, whole.mean, rtol=1e-12)
        assert np.allclose(parts.std, whole.std, rtol=1e-12)
    assert len(process.predict(far[:0]).mean) == len(process.mean(far[:0])) == 0


def test_some_of_the_points_can_choose(problem):
    """The scale is that of all points, and all are conditioned on."""
    x, y, _ = problem
    near, m = gp.squared_distances(x, x), pair_distances(x, x)[np.triu_indices(12, 1)].mean()
    standard = (y - y.mean()) / y.std()

    def likelihood(point, few):
        kernel = np.exp(-point[0] / m * near[:few, :few])
        return gp.log_marginal_likelihood(kernel, standard[:few], point[1])

    grid = [(s, noise) for s in gp.INVERSE_LENGTHS for noise in gp.NOISE_RATIOS]
    chosen = {few: max(grid, key=lambda point: likelihood(point, few)) for few in (3, 12)}
    assert chosen[3] != chosen[12]
    for few, (s, noise) in chosen.items():
        process = gp.fit(near, y, chosen_by=few)
        assert process.s == pytest.approx(s / m)
        kernel = np.exp(-s / m * near) + noise * np.eye(12)
        assert process.mean(near) == pytest.approx(
            y.mean() + y.std() * np.exp(-s / m * near) @ np.linalg.solve(kernel, standard)
        )


def test_units_of_features_and_targets_do_not_matter(problem):
    x, y, candidates = problem

    def predict(scale, shift, stretch):
        a, b = scale * x, scale * candidates
        return gp.fit_predict(
            gp.squared_distances(a, a), shift + stretch * y, gp.squared_distances(b, a)
        )

    plain, changed = predict(1, 0, 1), predict(1_000, -5, 0.01)
    assert np.allclose(changed.mean, -5 + 0.01 * plain.mean)
    assert np.allclose(changed.std, 0.01 * plain.std, atol=1e-8)


def test_equal_targets_are_predicted_everywhere(problem):
    x, _, candidates = problem
    posterior = gp.fit_predict(
        gp.squared_distances(x, x), np.full(12, 91.5), gp.squared_distances(candidates, x)
    )
    assert np.allclose(posterior.mean, 91.5)
    assert (posterior.std > 0).all()


@pytest.mark.parametrize("targets", [[90.0], [90.0, np.nan], [90.0, np.inf]])
def test_bad_targets_are_named(targets):
    n = len(targets)
    with pytest.raises(ValueError, match=r"at least two targets|targets must be finite"):
        gp.fit_predict(np.zeros((n, n)), np.array(targets), np.zeros((3, n)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observed": np.zeros((3, 3))}, "observed must have the shape"),
        ({"observed": -np.ones((12, 12))}, "observed must be squared distances"),
        ({"candidates": np.zeros((4, 3))}, "candidates must have the shape"),
        ({"candidates": np.full((4, 12), -1e-9)}, "candidates must be squared distances; one is"),
        ({"candidates": np.full((4, 12), np.inf)}, "candidates must be finite"),
        ({"kernel": "linear"}, "unknown kernel 'linear'; choose from"),
    ],
)
def test_what_is_no_distance_is_named(problem, change, message):
    x, y, candidates = problem
    given = {"observed": gp.squared_distances(x, x), "targets": y,
             "candidates": gp.squared_distances(candidates, x)} | change  # fmt: skip
    with pytest.raises(ValueError, match=message):
        gp.fit_predict(**given)


def test_features_of_two_widths_are_named():
    with pytest.raises(ValueError, match="features differ in width: 3 and 2"):
        gp.squared_distances(np.zeros((4, 3)), np.zeros((4, 2)))


@pytest.mark.parametrize("form", [np.array, sparse.csr_matrix])
def test_distances_beyond_float64_are_refused(form):
    """Infinity would come back as a prediction of 0, or as no number at all."""
    with pytest.raises(ValueError, match="so large that their distances leave float64"):
        gp.squared_distances(form([[1e300], [0.5]]), form([[0.0]]))
