import itertools

import pandas as pd
import pytest

from course import results, scoreboard
from course.representations import REPRESENTATIONS

COLUMNS = ["trained", "cells_told_apart", "exact_reconstruction", "edit_distance_spearman"]
COLUMNS += ["kendall_tau_100", "best_at_100", "best_at_100_se", "best_at_150", "best_at_150_se"]


@pytest.fixture
def board(tmp_path, monkeypatch):
    """A scoreboard without a gap but one_hot's count, in a folder of results of its own."""
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    rows = list(REPRESENTATIONS)
    values = ["yes", "270793", ".9", ".8", ".7", "94.1", ".01", "94.2", ".02"]
    table = pd.DataFrame([values] * len(rows), pd.Index(rows, name="representation"), COLUMNS)
    table.loc["one_hot", "cells_told_apart"] = ""
    table.to_csv(tmp_path / "scoreboard.csv", encoding="utf-8")
    return tmp_path / "scoreboard.csv"


REVEALED_IN = [  # row, column, the first notebook that shows it
    ("statistics", "cells_told_apart", 1),
    ("wl_skeleton", "cells_told_apart", 2),
    ("wl_directed", "cells_told_apart", 4),
    ("gin_random_directed", "cells_told_apart", 6),
    ("ours", "cells_told_apart", 7),
    ("arch2vec_published", "exact_reconstruction", 7),
    ("statistics", "edit_distance_spearman", 8),
    ("ours", "edit_distance_spearman", 8),
    ("statistics", "kendall_tau_100", 9),
    ("wl_skeleton", "best_at_100", 9),
    ("ours", "best_at_150_se", 9),
]


@pytest.mark.parametrize(("row", "column", "notebook"), REVEALED_IN)
def test_a_value_is_hidden_until_its_notebook(board, row, column, notebook):
    shown = [scoreboard.upto(f"{k:02d}").loc[row, column] != "·" for k in range(12)]
    assert shown == [False] * notebook + [True] * (12 - notebook)


def test_the_scoreboard_only_grows_and_ends_complete(board):
    hidden = [(scoreboard.upto(f"{k:02d}") == "·").to_numpy() for k in range(12)]
    assert all((later <= earlier).all() for earlier, later in itertools.pairwise(hidden))
    assert hidden[0].sum() > 60
    last = scoreboard.upto("11")
    assert (last == "·").sum().sum() == 1  # what was not measured stays a dot
    assert last.loc["one_hot", "cells_told_apart"] == "·"
    assert last.loc["ours"].tolist() == [
        "yes", "270,793", ".9", ".8", ".7", "94.1", ".01", "94.2", ".02",
    ]  # fmt: skip


def test_rows_and_columns_are_those_of_the_file(board):
    table = pd.read_csv(board, dtype=str, index_col=0).iloc[::-1].assign(more="1")
    table.to_csv(board)
    assert scoreboard.upto("11").index.tolist() == table.index.tolist()
    assert scoreboard.upto("00").columns.tolist() == [*COLUMNS, "more"]


def test_a_missing_scoreboard_is_named(board):
    board.unlink()
    with pytest.raises(FileNotFoundError, match=r"scoreboard\.csv.*make scoreboard"):
        scoreboard.upto("05")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"representation,trained\nours,yes\n",
        b"representation,cells_told_apart\nours,many\n",
        b"representation,cells_told_apart\nours,1,2,3\nours,1\n",
        b"representation,cells_told_apart\nours,1\nours,2\n",
        b"representation,cells_told_apart\n,1\n",
        b"representation,cells_told_apart," + b",".join(b"%d" % k for k in range(10**6)) + b"\n",
        None,  # a folder
    ],
)
def test_a_damaged_scoreboard_is_named(board, content):
    board.unlink()
    board.mkdir() if content is None else board.write_bytes(content)
    with pytest.raises(ValueError, match=r"scoreboard\.csv is damaged .*make scoreboard"):
        scoreboard.upto("05")


def test_the_committed_scoreboard_can_be_read():
    assert scoreboard.upto("11").loc["ours", "cells_told_apart"] != "·"


@pytest.mark.parametrize("name", ["12", "5", "", "last"])
def test_an_unknown_notebook_is_named(board, name):
    with pytest.raises(ValueError, match=rf'must be a notebook number .*"11"; it is {name!r}'):
        scoreboard.upto(name)


# --- the picture --------------------------------------------------------------------------------


def test_each_notebook_that_shows_the_board_has_something_new_on_it():
    for notebook in scoreboard.SHOWN:
        answers = [a for column in scoreboard.fields(notebook).values() for a in column]
        assert notebook == "00" or any(a.new for a in answers), notebook
    assert not any(a.new for column in scoreboard.fields("00").values() for a in column)


def test_a_column_comes_with_the_notebook_that_teaches_it():
    counts = [len(scoreboard.fields(notebook)) for notebook in scoreboard.SHOWN]
    assert counts == [1, 1, 1, 2, 3, 5]


def test_the_fields_say_what_is_measured_unknown_and_meaningless():
    told_apart = scoreboard.fields("04")["cells_told_apart"]
    texts = dict(zip(REPRESENTATIONS, (a.text for a in told_apart), strict=True))
    assert texts["wl_skeleton"] == "63.9" and texts["wl_directed"] == "100"  # 270,793 of 423,624
    assert texts["one_hot"] == "–" and texts["ours"] == "?"
    exact = scoreboard.fields("07c")["exact_reconstruction"]
    texts = dict(zip(REPRESENTATIONS, (a.text for a in exact), strict=True))
    assert texts["ours"] == "99.998" and texts["statistics"] == "–"


def test_the_board_is_shown_with_its_numbers_in_words(capsys):
    scoreboard.show("04")
    printed = capsys.readouterr().out
    assert "after notebook 04" in printed and "colours of the skeleton 63.9" in printed


@pytest.mark.parametrize("notebook", ["03", "12", "", None, "09"])
def test_a_notebook_without_a_board_is_refused(notebook):
    with pytest.raises(ValueError, match="notebook must be one of"):
        scoreboard.show(notebook)
