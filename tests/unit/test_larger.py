"""`make larger`: which cells are learned, which are judged, and what two trainings leave."""

import numpy as np
import pandas as pd
import pytest

from experiments import larger, predictors
from wl2nas import cells
from wl2nas.search import grouped

SPACE = cells.nasbench101().take(np.arange(0, 400_000, 1_000))
VARIANTS = {"one": (predictors.Process(("parameters",)),)}


def test_small_cells_are_learned_and_the_larger_ones_judged(monkeypatch):
    accuracy, small, learned = np.random.default_rng(0).normal(size=len(SPACE)), 300, []

    def predict(groups, rows, targets):
        """Right on the small cells that were not learned, upside down on the larger ones."""
        learned.append(rows)
        found = accuracy.copy()
        found[small:] *= -1
        found[rows] = 0
        return found

    monkeypatch.setattr(grouped, "predict", predict)
    found = larger.of_draw(VARIANTS, predictors.Groups(SPACE), accuracy, small, draw=0)
    assert found["small"] == {"one": 1.0}
    assert (found["larger"]["one"] == -accuracy[small:]).all()
    (rows,) = learned
    assert len(np.unique(rows)) == predictors.LABELS and rows.max() < small
    larger.of_draw(VARIANTS, predictors.Groups(SPACE), accuracy, small, draw=1)
    assert (learned[1] != rows).any()


def test_an_error_that_counts_dags():
    """Right within every DAG but one, which is upside down: as often as that one is drawn."""
    accuracy, dags = np.arange(40.0), np.repeat(np.arange(10), 4)
    guess = np.where(dags == 9, -accuracy, accuracy)
    taus = larger.by_dags([guess, guess], accuracy, dags)
    found = larger.with_error(taus)
    assert found["mean"] == pytest.approx(predictors.tau(guess, accuracy), abs=1e-4)
    assert 0.1 < found["standard_error"] < 0.4
    right = larger.by_dags([accuracy], accuracy, dags)
    assert larger.with_error(right) == {"mean": 1.0, "standard_error": 0.0}
    ahead = larger.with_error(right - taus)  # the same samples for both
    assert ahead == {"mean": round(1 - found["mean"], 4), "standard_error": found["standard_error"]}


def test_what_agrees_between_two_trainings(tmp_path):
    one = pd.DataFrame({"row": [3, 4, 5, 6], "test": [0.1, 0.2, 0.3, 0.4]})
    one = one.assign(seed=0, validation=0.5, parameters=10, seconds=1.0)
    two = one.assign(seed=1, test=[0.1, 0.3, 0.2, 0.4])
    path = tmp_path / "table.csv"
    pd.concat([one, two, one.head(2).assign(seed=2)]).to_csv(path, index=False)
    assert larger.between_trainings(path) == pytest.approx((5 - 1) / 6, abs=1e-4)


def test_the_larger_cells_are_larger_and_were_trained_twice():
    trainings = larger.measured.trainings(larger.LARGER)
    sizes = cells.nasbench101().n_vertices[trainings["row"]]
    assert set(sizes) == {6, 7}
    assert (trainings.groupby("row")["seed"].nunique() == 2).all()
