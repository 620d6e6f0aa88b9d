import json

import numpy as np
import pytest
from matplotlib.figure import Figure

from course import figures, results, tables

RATES = {"published": 0.4, "pruned": 0.5, "valid": 0.125, "unique": 1.0, "distinct_per_draw": 0.125}


def numbers(space, seed, whole_cells, exact):
    """What a run records, as far as the tables read it."""
    return {
        "run": {"space": space, "seed": seed},
        "model": {"blurred": 0.1} if whole_cells else {"pooling": "mean"},
        "exact_reconstruction_held_out": exact,
        "cells_told_apart": {"distinct": 270_793 + seed, "ambiguous": 0},
        "generation": {
            "per_entry": {"greedy": RATES},
            "full_covariance": {"greedy": {**RATES, "valid": 0.75}, "coverage": 0.5},
        },
        "exact_by_epoch": [0.5, exact] if seed else [None, exact],
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A repository with three runs of arch2vec and one of ours in each space."""
    folder = tmp_path / "data" / "results" / "reproduce"
    folder.mkdir(parents=True)
    monkeypatch.setattr(results, "RESULTS", folder.parent)
    for row, space, split, seed, exact in (
        ("arch2vec_published", "101", "published", 0, 0.90),
        ("arch2vec_published", "101", "published", 1, 0.94),
        ("arch2vec_published", "101", "class-aware", 0, 0.10),
        ("ours", "101", "published", 1, 0.9997),
        ("ours_collapsed", "101", "published", 0, 0.0),
        ("ours", "201", "random", 0, 1.0),
    ):
        run = numbers(space, seed, row.startswith("ours"), exact)
        results.record(f"reproduce/{row}-{space}-{split}-{seed}", "a test", run)
    return folder


def test_a_row_is_the_mean_of_its_runs_on_its_split_and_no_other_row(folder):
    columns = {"exact": tables.EXACT, "told apart": tables.TOLD_APART}
    table = tables.means(["arch2vec_published", "ours", "vgae"], columns)
    assert table.loc["arch2vec_published"].tolist() == ["92.00 ± 2.83", "270,793–270,794", 2]
    assert table.loc["ours"].tolist() == ["99.970", "270,794", 1]
    assert table.loc["vgae"].tolist() == ["·", "·", 0]
    leaky = tables.measured("arch2vec_published", tables.EXACT, split="class-aware")
    assert leaky.tolist() == [0.1]


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ([0.99998], "99.998"),
        ([0.99998, 1.0], "99.999 ± 0.001"),
        ([1.0, 1.0], "100.00 ± 0.00"),
        ([0.5], "50.00"),
    ],
)
def test_what_is_not_all_is_not_rounded_to_all(shares, text):
    assert tables.written(np.array(shares)) == text


def test_every_model_has_its_own_prior_and_rule(folder):
    columns = {"valid": tables.VALID, "strict": tables.STRICT}
    table = tables.means(["arch2vec_published", "ours"], columns)
    assert table.loc["arch2vec_published"].tolist() == ["40.00 ± 0.00", "12.50 ± 0.00", 2]
    assert table.loc["ours"].tolist() == ["50.00", "75.00", 1]
    other = tables.means(["ours"], columns, space="201")  # nothing is padding there
    assert other.loc["ours"].tolist() == ["40.00", "75.00", 1]


def test_a_path_that_a_file_does_not_have_is_a_dot(folder):
    for path in ("generation/standard/greedy/valid", "generation/own/greedy/valid/more", "x"):
        assert tables.means(["ours"], {"a": path}).loc["ours", "a"] == "·"


def test_a_count_that_rounding_leaves_open_is_a_dot(folder):
    for file in folder.glob("ours-101-*.json"):
        content = json.loads(file.read_text(encoding="utf-8"))
        content["numbers"]["cells_told_apart"]["ambiguous"] = 3
        file.write_text(json.dumps(content), encoding="utf-8")
    table = tables.means(["ours", "ours_collapsed"], {"told apart": tables.TOLD_APART})
    assert table["told apart"].tolist() == ["·", "270,793"]


def test_without_results_tables_are_dots_and_curves_are_empty(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    assert tables.means(["ours"], {"exact": tables.EXACT}).loc["ours"].tolist() == ["·", 0]
    assert tables.nulls().empty
    assert len(tables.exact_by_epoch("ours")) == 0
    table = tables.table_1("101")
    assert table.loc["vgae", "paper: valid"] == "41.18"
    assert table.loc["vgae", "valid"] == "·"


def test_the_paper_stands_beside_ours(folder):
    table = tables.table_1("201")
    assert table.loc["arch2vec_published", "paper: unique"] == "98.72"
    assert table.loc["ours", ["paper: unique", "exact", "runs"]].tolist() == ["·", "100.00", 1]
    for space in ("101", "201"):
        values = np.array(list(tables.PAPER[space].values()))
        assert values.shape == (4, 3)
        assert (values[:, 0] >= 97.45).all()


def test_curves_are_means_with_gaps_where_a_run_was_interrupted(folder):
    curve = tables.exact_by_epoch("arch2vec_published")
    assert np.isnan(curve[0])
    assert curve[1] == pytest.approx(0.92)
    ax = Figure().subplots()
    rows = ["arch2vec_published", "vgae", "ours"]
    drawn = {row: tables.exact_by_epoch(row) for row in rows}
    assert figures.exact_curves(drawn, {"A + Aᵀ": 0.93}, ax=ax) is ax
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["arch2vec as published", "ours"]
    curves = {line.get_label(): line.get_ydata() for line in ax.lines}
    assert curves["ours"] == pytest.approx([50, 99.97])
    assert [text.get_text() for text in ax.texts] == ["A + Aᵀ"]
    assert ax.lines[-1].get_ydata() == pytest.approx([93, 93])


def test_the_nulls_are_named_like_the_columns_of_the_models(folder):
    share = {"valid": 1, "unique": 0.9, "distinct_per_draw": 0.9, "coverage": 0.632, "new": 0}
    results.record("reproduce/nulls", "a test", {"uniform": share})
    assert tables.nulls().loc["uniform"].to_dict() == {
        "strict": "100.00", "unique": "90.00", "yield": "90.00", "coverage": "63.20", "new": "0.00",
    }  # fmt: skip


def test_without_curves_there_are_ceilings_and_no_legend():
    ax = figures.exact_curves({"ours": np.zeros(0)}, {"A": 0.8}, ax=Figure().subplots())
    assert ax.get_legend() is None
    assert len(ax.lines) == 1


def test_a_row_is_called_as_the_notebooks_call_it(folder):
    table = tables.called(tables.means(["arch2vec_published", "mine"], {"exact": tables.EXACT}))
    assert table.index.tolist() == ["arch2vec as published", "mine"]
    assert len(set(tables.CALLED.values())) == len(tables.CALLED)
