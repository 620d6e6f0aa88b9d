"""`make downstream`: its predictions, its pairs of cells, and what it does not measure twice."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse, spatial, stats

from course import representations, results
from course.representations import REPRESENTATIONS
from experiments import downstream
from wl2nas import cells, features, wl
from wl2nas.cells import edits
from wl2nas.search import gp

SPACE = cells.nasbench101()
PART = SPACE.take(np.random.default_rng(0).choice(len(SPACE), 1_500, replace=False))
STATISTICS = features.standardised(features.statistics(PART))
# An accuracy that the statistics determine, with one training in twenty failed.
ACCURACY = 90 + np.tanh(STATISTICS @ np.array([1.0, -0.5, 0.3, 0.8, -0.2, 0.6, 0.4]))
ACCURACY[::20] = 10
UNTRAINED = [row.name for row in REPRESENTATIONS.values() if not row.trained]
RECORD = results.numbers_of("downstream")
PAIRS, WALKS = downstream.random_pairs(SPACE), downstream.walks(SPACE)


# --- prediction ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_the_mean_is_that_of_the_process_of_search(kind, monkeypatch):
    """In blocks of any size, and with low targets raised as there."""
    monkeypatch.setattr(downstream, "BLOCK", 7_000)
    values = STATISTICS if kind == "dense" else wl.colour_counts(PART).astype(float)
    rows = downstream.training_cells(len(PART), 80, 0)
    targets = ACCURACY[rows]
    raised = np.maximum(targets, np.quantile(targets, 0.2))
    assert (raised != targets).any()
    squared = gp.squared_distances(values, values[rows])
    expected = gp.fit_predict(squared[rows], raised, squared).mean
    assert np.allclose(downstream.predict(values, rows, targets), expected, rtol=0, atol=1e-6)


def test_tau_is_over_the_other_cells(monkeypatch):
    """A prediction that is right at all other cells, and upside down at the training cells."""
    rows = downstream.training_cells(len(PART), 300, 0)
    mean = ACCURACY.copy()
    mean[rows] *= -1
    monkeypatch.setattr(downstream, "predict", lambda *_: mean)
    assert downstream.kendall(STATISTICS, ACCURACY, rows, ACCURACY[rows]) == pytest.approx(1)


def test_tau_is_high_for_features_that_matter_and_none_for_others(monkeypatch):
    noise = np.random.default_rng(0).standard_normal(STATISTICS.shape)
    monkeypatch.setattr(downstream, "PERMUTATIONS", 8)
    monkeypatch.setattr(downstream, "OTHERS", 500)
    draws = {100: 2, 200: 2}
    good, useless = (downstream.prediction(v, ACCURACY, draws) for v in (STATISTICS, noise))
    taus = good["kendall_tau"]
    assert 0.6 < taus["100"]["mean"] < taus["200"]["mean"] < 1
    assert abs(useless["kendall_tau"]["200"]["mean"]) < 0.1
    for found in (good, useless):
        permuted = found["kendall_tau_permuted"]
        assert abs(permuted["mean"]) < 4 * permuted["standard_error"] < 0.6


def test_a_mean_has_the_error_of_its_draws():
    found = downstream.summary([0.5, 0.6, 0.7, 0.4])
    assert found == {"mean": 0.55, "standard_error": round(stats.sem([0.5, 0.6, 0.7, 0.4]), 4)}


def test_draws_differ_and_are_those_of_their_number():
    first, again, other = (downstream.training_cells(1_000, 100, k) for k in (0, 0, 1))
    assert (first == again).all()
    assert len(set(first)) == 100
    assert len(set(first) & set(other)) < 40


def test_s_and_noise_are_chosen_with_some_of_the_cells(monkeypatch):
    given, fit = [], gp.fit
    monkeypatch.setattr(downstream, "LIKELIHOOD_CELLS", 60)
    monkeypatch.setattr(gp, "fit", lambda *a, **k: given.append(k["chosen_by"]) or fit(*a, **k))
    rows = np.arange(200)
    answers = np.where(rows < 60, 90 + STATISTICS[rows, 6], ACCURACY[rows])
    few = downstream.predict(STATISTICS, rows, answers)
    monkeypatch.setattr(downstream, "LIKELIHOOD_CELLS", 200)
    assert not np.allclose(downstream.predict(STATISTICS, rows, answers), few)
    assert given == [60, 200]


# --- distances ----------------------------------------------------------------------------------


def test_random_pairs_are_of_different_cells():
    assert PAIRS.shape == (10_000, 2)
    assert (PAIRS[:, 0] != PAIRS[:, 1]).all()
    assert PAIRS.min() >= 0 and 420_000 < PAIRS.max() < len(SPACE)
    assert len(np.unique(PAIRS)) > 19_000


def test_walks_are_as_long_as_they_say():
    assert (SPACE.n_vertices[WALKS] == 7).all()
    far = edits.distances(SPACE.take(WALKS[:, 0]), SPACE.take(WALKS[:, 1]))
    steps = 1 + np.arange(2_000) % 8
    assert (far <= steps).all()
    assert (far[steps == 1] == 1).all()
    means = [far[steps == k].mean() for k in range(1, 9)]
    assert (np.diff(means) > 0).all()
    assert far.max() == 8


def test_rows_are_found_in_any_order_of_the_vertices():
    rows = np.random.default_rng(1).choice(len(SPACE), 50)
    forms = []
    for cell in SPACE.take(rows):
        order = cells.topological_orders(cell)[-1]
        forms.append(cells.Cell(cell.adjacency[np.ix_(order, order)], cell.ops[order]))
    assert (SPACE.rows(cells.stack(forms)) == rows).all()
    assert SPACE.take(slice(1, None)).rows(SPACE.take([0, 1])).tolist() == [-1, 0]
    assert cells.stack(forms).rows(SPACE.take(rows)).tolist() == list(range(50))


def test_pair_distances_are_euclidean():
    pairs = np.array([[0, 1], [5, 9], [3, 3]])
    expected = [spatial.distance.euclidean(*STATISTICS[pair]) for pair in pairs]
    for values in (STATISTICS, sparse.csr_matrix(STATISTICS)):
        assert np.allclose(downstream.pair_distances(values, pairs), expected)


def test_agreement_by_hand():
    edits = np.repeat([1, 1, 1, 2, 2, 3], 20)
    distance = np.repeat([2.0, 4, 6, 8, 10, 12], 20)
    found = downstream.agreement(edits, distance, 2.0)
    expected = stats.spearmanr([1, 1, 1, 2, 2, 3], [1, 2, 3, 4, 5, 6]).statistic
    assert found["spearman"] == pytest.approx(expected, abs=1e-4)
    assert 0 < found["standard_error"] < 0.02
    assert found["pairs_and_quartiles_by_edit_distance"] == {
        "1": [60, 1, 2, 3],
        "2": [40, 4, 4.5, 5],
        "3": [20, 6, 6, 6],
    }


# --- rows ---------------------------------------------------------------------------------------


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """The rows that a call of main measures, in order; results and checkpoints in a folder."""
    rows = []

    def measure(name, *_):
        rows.append(name)
        return {"source": downstream.source(name), "kendall_tau": {}, "edit_distance": {}}

    monkeypatch.setattr(downstream, "measure", measure)
    monkeypatch.setattr(representations, "CHECKPOINTS", tmp_path)
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(
        downstream.benchmarks, "load", lambda _: SimpleNamespace(reported=np.zeros(len(SPACE)))
    )
    return rows


def test_a_row_is_measured_once(measured, tmp_path, capsys):
    downstream.main(["--only", "one_hot", "ours"])
    assert measured == ["one_hot"]
    assert (
        "ours: skipped, data/checkpoints/ours.safetensors is not there" in capsys.readouterr().out
    )
    downstream.main([])
    assert sorted(measured) == sorted(UNTRAINED)
    (tmp_path / "ours.safetensors").write_bytes(b"weights")
    downstream.main([])
    assert measured[len(UNTRAINED) :] == ["ours"]
    assert next(iter(results.numbers_of("downstream")["rows"])) == "one_hot"
    downstream.main([])
    assert measured[len(UNTRAINED) :] == ["ours"]


def test_a_new_checkpoint_is_measured_anew(measured, tmp_path):
    for weights in (b"weights", b"weights", b"others"):
        (tmp_path / "ours.safetensors").write_bytes(weights)
        downstream.main(["--only", "ours"])
    assert measured == ["ours", "ours"]


def test_other_settings_start_anew(measured, monkeypatch):
    downstream.main(["--only", "one_hot", "statistics"])
    monkeypatch.setattr(downstream, "SETTINGS", {**downstream.SETTINGS, "floor_quantile": 0.1})
    downstream.main(["--only", "one_hot"])
    assert measured == ["statistics", "one_hot", "one_hot"]
    assert list(results.numbers_of("downstream")["rows"]) == ["one_hot"]


def test_an_unknown_row_is_refused(measured, capsys):
    with pytest.raises(SystemExit):
        downstream.main(["--only", "our"])
    assert "invalid choice: 'our'" in capsys.readouterr().err
    assert measured == []


# --- what is recorded ---------------------------------------------------------------------------


def test_what_is_recorded_is_whole():
    assert RECORD["settings"] == downstream.SETTINGS
    assert set(RECORD["rows"]) >= {"statistics", "one_hot", "wl_skeleton", "wl_directed"}
    for row in RECORD["rows"].values():
        for n, count in downstream.DRAWS.items():
            found = row["kendall_tau"][str(n)]
            assert downstream.summary(found["draws"])["mean"] == pytest.approx(
                found["mean"], abs=2e-4
            )
            assert len(found["draws"]) == count
        by_size = [found["mean"] for found in row["kendall_tau"].values()]
        assert 0.4 < by_size[0] < by_size[1] < by_size[2] < by_size[3] < 1
        permuted = row["kendall_tau_permuted"]
        assert abs(permuted["mean"]) < 4 * permuted["standard_error"] < 0.2


def test_what_is_recorded_can_be_found_again():
    """Spearman of the rows that need no network and little time."""
    recorded = RECORD["rows"]["one_hot"]["edit_distance"]
    values = features.one_hot(SPACE).astype(float)
    for kind, pairs in {"random_pairs": PAIRS, "walks": WALKS}.items():
        counted = edits.distances(SPACE.take(pairs[:, 0]), SPACE.take(pairs[:, 1]))
        found = downstream.spearman(counted, downstream.pair_distances(values, pairs))
        assert found == pytest.approx(recorded[kind]["spearman"], abs=2e-4)
        table = recorded[kind]["pairs_and_quartiles_by_edit_distance"]
        assert {int(k): row[0] for k, row in table.items()} == {
            int(k): int(count) for k, count in enumerate(np.bincount(counted)) if count
        }


def test_ways_to_pool_share_one_checkpoint_and_differ_only_by_padding(measured, tmp_path):
    (tmp_path / "arch2vec_published.safetensors").write_bytes(b"weights")
    downstream.main(["--only", "arch2vec_published", *downstream.POOLED])
    assert measured == ["arch2vec_published", *downstream.POOLED]


def test_pooled_rows_are_the_mean_and_the_sum_over_real_vertices():
    few = SPACE.take([np.flatnonzero(SPACE.n_vertices == k)[0] for k in range(2, 8)])
    published, real, total = (
        downstream.represent(name, few)
        for name in (
            "arch2vec_published",
            "arch2vec_published_real_mean",
            "arch2vec_published_sum",
        )
    )
    assert np.allclose(total, real * few.n_vertices[:, None], atol=1e-5)
    full = few.n_vertices == 7
    assert np.allclose(published[full], real[full], atol=1e-5)
    assert not np.allclose(published[~full], real[~full], atol=1e-2)
