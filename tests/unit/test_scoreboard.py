import pandas as pd
import pytest

from course import results, scoreboard
from course.representations import REPRESENTATIONS

COLUMNS = ["trained", "cells_told_apart", "exact_reconstruction", "edit_distance_spearman"]
COLUMNS += ["kendall_tau_100", "best_at_100", "best_at_100_se"]


@pytest.fixture
def board(tmp_path, monkeypatch):
    """A scoreboard without a gap but one_hot's count, in a folder of results of its own."""
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    rows = list(REPRESENTATIONS)
    values = ["yes", "270793", ".9", ".8", ".7", "94.1", ".01"]
    table = pd.DataFrame([values] * len(rows), pd.Index(rows, name="representation"), COLUMNS)
    table.loc["one_hot", "cells_told_apart"] = ""
    table.to_csv(tmp_path / "scoreboard.csv", encoding="utf-8")
    return tmp_path / "scoreboard.csv"


REVEALED_IN = [  # row, column, the first notebook with a board that shows it
    ("arch2vec_published", "cells_told_apart", "00"),
    ("statistics", "cells_told_apart", "04"),
    ("wl_skeleton", "cells_told_apart", "04"),
    ("wl_directed", "cells_told_apart", "04"),
    ("gin_random_directed", "cells_told_apart", "06"),
    ("ours", "cells_told_apart", "07c"),
    ("arch2vec_published", "exact_reconstruction", "07c"),
    ("statistics", "edit_distance_spearman", "08"),
    ("ours", "edit_distance_spearman", "08"),
    ("statistics", "kendall_tau_100", "09b"),
    ("wl_skeleton", "best_at_100", "09b"),
]


def text(row, column, notebook) -> str:
    answers = scoreboard.fields(notebook).get(column)
    return answers[list(REPRESENTATIONS).index(row)].text if answers else "?"


@pytest.mark.parametrize(("row", "column", "notebook"), REVEALED_IN)
def test_a_value_is_hidden_until_its_notebook(board, row, column, notebook):
    shown = [text(row, column, number) != "?" for number in scoreboard.SHOWN]
    first = scoreboard.SHOWN.index(notebook)
    assert shown == [False] * first + [True] * (len(shown) - first)


def test_the_scoreboard_ends_complete(board):
    last = scoreboard.fields("09b")
    assert list(last) == list(scoreboard.QUESTIONS)
    texts = [answer.text for answers in last.values() for answer in answers]
    assert texts.count("–") == 1 and "?" not in texts  # one_hot's count has no meaning
    assert text("ours", "best_at_100", "09b") == "94.1 ± .01"


def test_a_missing_scoreboard_is_named(board):
    board.unlink()
    with pytest.raises(FileNotFoundError, match=r"scoreboard\.csv.*make scoreboard"):
        scoreboard.fields("04")


def test_a_row_that_was_not_measured_yet_has_no_answers(board):
    """A reader who adds a representation sees the board before `make scoreboard`."""
    board.write_text(
        "".join(board.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8"
    )
    last = list(REPRESENTATIONS)[-1]
    assert {text(last, column, "09b") for column in scoreboard.QUESTIONS} == {"–"}


def damaged(change) -> bytes:
    table = pd.DataFrame("1", pd.Index(list(REPRESENTATIONS), name="representation"), COLUMNS)
    return change(table).to_csv().encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"representation,trained\nours,yes\n",
        damaged(lambda t: t.assign(cells_told_apart="many")),
        damaged(lambda t: pd.concat([t, t.iloc[:1]])),
        damaged(lambda t: t.drop(columns="best_at_100_se")),
        b"representation,cells_told_apart," + b",".join(b"%d" % k for k in range(10**6)) + b"\n",
        None,  # a folder
    ],
)
def test_a_damaged_scoreboard_is_named(board, content):
    board.unlink()
    board.mkdir() if content is None else board.write_bytes(content)
    with pytest.raises(ValueError, match=r"scoreboard\.csv is damaged .*make scoreboard"):
        scoreboard.fields("04")


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
    assert texts["ours"] == "99.999" and texts["statistics"] == "–"


def test_the_board_is_shown_with_its_numbers_in_words(capsys):
    scoreboard.show("04")
    printed = capsys.readouterr().out
    assert "New, in blue" in printed and "colours of the skeleton, tells cells apart (%): 63.9" in (
        printed
    )
    assert "arch2vec, as published" in printed  # in the table


@pytest.mark.parametrize("notebook", ["03", "12", "", None, "09"])
def test_a_notebook_without_a_board_is_refused(notebook):
    with pytest.raises(ValueError, match="notebook must be one of"):
        scoreboard.show(notebook)


def test_a_bad_rival_has_no_bar_and_almost_all_is_not_all(board, capsys):
    table = pd.read_csv(board, dtype=str, index_col=0)
    table.loc["ours"] = ["yes", "423623", ".99999999", "-.2", "-.1", "93.1", ".01"]
    table.to_csv(board, encoding="utf-8")
    scoreboard.show("09b")
    assert text("ours", "cells_told_apart", "09b") == "99.999"
    assert text("ours", "exact_reconstruction", "09b") == "99.999"
    bars = [a[list(REPRESENTATIONS).index("ours")].bar for a in scoreboard.fields("09b").values()]
    assert bars[2:] == [0, 0, 0]
