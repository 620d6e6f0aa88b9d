import numpy as np
import pytest

from wl2nas import benchmarks, cells, files
from wl2nas.benchmarks import AccuracyTable, measured

HEADER = "row,seed,validation,test,parameters,seconds,loss_1\n"
GOOD = HEADER + "7,0,0.5,0.6,100,1.5,2.1\n7,1,0.7,0.4,100,1.5,2.0\n42,0,0.9,0.8,250,1.5,1.0\n"


@pytest.fixture
def table():
    return AccuracyTable(
        "three", np.array([42, 7, 9]), np.array([1.0, 2, 3]), np.array([90.0, 95, 80])
    )


# --- the interface ------------------------------------------------------------------------------


def test_every_query_counts_and_reports_are_free(table):
    assert len(table) == 3
    assert [table.query(row) for row in (9, 42, np.int64(9))] == [3, 1, 3]
    assert table.asked == 3
    assert [table.report(row) for row in (42, 7, 9)] == [90, 95, 80]
    assert table.asked == 3


def test_regret_is_measured_from_the_best_reported_row(table):
    assert table.best == 7
    assert [table.regret(row) for row in (7, 42, 9)] == [0, 5, 15]


@pytest.mark.parametrize("ask", ["query", "report", "regret"])
def test_an_unknown_row_is_named_and_costs_nothing(table, ask):
    with pytest.raises(ValueError, match=r"'three' does not hold row 8; it knows 3 rows"):
        getattr(table, ask)(8)
    assert table.asked == 0


@pytest.mark.parametrize("name", [None, 0, ["measured"], "Measured", ""])
def test_what_is_no_name_of_a_table_is_named(name):
    with pytest.raises(ValueError, match=r"unknown table .*; choose from \('measured'"):
        benchmarks.load(name)


def test_an_unknown_table_is_named():
    with pytest.raises(ValueError, match=r"unknown table 'nasbench301'; choose from \('measured'"):
        benchmarks.load("nasbench301")


@pytest.mark.parametrize(
    ("rows", "objective", "reported", "message"),
    [
        ([1, 2], [50.0, np.nan], [50.0, 50.0], "objective must hold percentages"),
        ([1, 2], [50.0, 50.0], [50.0, 100.1], "reported must hold percentages"),
        ([1, 2], [50.0, 50.0], [-0.1, 50.0], "reported must hold percentages"),
        ([1, 2], [50.0, np.inf], [50.0, 50.0], "objective must hold percentages"),
        ([1, 2], [True, False], [50.0, 50.0], "objective must hold percentages"),
        ([1, 2], ["50", "50"], [50.0, 50.0], "objective must hold numbers"),
        ([1, 2], [50.0, 50j], [50.0, 50.0], "objective must hold numbers"),
        ([1, 2], [50.0, 50.0], [50.0, None], "reported must hold numbers"),
        ([1, 2], [50.0], [50.0, 50.0], r"objective must have the shape \(2,\); .* \(1,\)"),
        ([1, 2], [50.0, 50.0], [[50.0], [50.0]], r"reported must have the shape \(2,\)"),
        ([1, 2], 50.0, [50.0, 50.0], r"objective must have the shape \(2,\)"),
        ([1, 1], [50.0, 50.0], [50.0, 50.0], "a row twice"),
        ([1, -1], [50.0, 50.0], [50.0, 50.0], r"0\.\.423623; they are -1\.\.1"),
        ([1, 423_624], [50.0, 50.0], [50.0, 50.0], r"0\.\.423623; they are 1\.\.423624"),
        (np.array([1, 2**64 - 1], np.uint64), [50.0] * 2, [50.0] * 2, r"0\.\.423623"),
        ([1, 2**70], [50.0, 50.0], [50.0, 50.0], "rows must hold whole numbers"),
        (["1", "2"], [50.0, 50.0], [50.0, 50.0], "rows must hold whole numbers"),
        ([1.0, 2.0], [50.0, 50.0], [50.0, 50.0], "rows must hold whole numbers"),
        ([True, False], [50.0, 50.0], [50.0, 50.0], "rows must hold whole numbers"),
        ([[1, 2]], [50.0, 50.0], [50.0, 50.0], r"rows must have the shape \(any,\)"),
        (1, [50.0, 50.0], [50.0, 50.0], r"rows must have the shape \(any,\)"),
        (None, [50.0, 50.0], [50.0, 50.0], "rows must"),
        ([], [], [], "rows is empty"),
        (np.array([], int), [], [], "rows is empty"),
    ],
)
def test_bad_tables_are_named(rows, objective, reported, message):
    with pytest.raises(ValueError, match=message):
        AccuracyTable("bad", rows, objective, reported)


@pytest.mark.parametrize("space", [cells.nasbench201, cells.nasbench201()])
def test_a_table_of_another_space_has_its_own_rows(space):
    table = AccuracyTable("201", [15_624], [90.0], [91.0], space=space)
    assert table.best == 15_624 and table.space is cells.nasbench201()
    with pytest.raises(ValueError, match=r"0\.\.15624"):
        AccuracyTable("201", [15_625], [90.0], [91.0], space=space)


def test_a_table_of_the_readers_own_rules():
    rules = cells.Rules(("conv", "pool"), max_vertices=4, max_edges=5, name="tiny")
    space = cells.enumerate_cells(rules)
    accuracy = 50 + np.arange(len(space)) / len(space)
    table = AccuracyTable("tiny", range(len(space)), accuracy, accuracy, space=space)
    assert table.space[table.best] == space[len(space) - 1]
    with pytest.raises(ValueError, match=rf"0\.\.{len(space) - 1}; they are"):
        AccuracyTable("tiny", [len(space)], [50.0], [50.0], space=space)


def test_the_space_of_a_table_is_made_when_it_is_asked_for(monkeypatch):
    def fail(*_):
        raise AssertionError("nothing has asked for the file")

    with monkeypatch.context() as patch:
        cells.nasbench101.cache_clear()
        patch.setattr(files, "shipped", fail)
        table = AccuracyTable("mine", [423_623], [90.0], [91.0])
    assert table.space is cells.nasbench101()


@pytest.mark.parametrize("space", [None, 15_625, "nasbench201", cells.NASBENCH201, lambda: 3])
def test_what_is_no_space_is_refused(space):
    with pytest.raises(TypeError, match="space must be a CellSpace, or a function that gives one"):
        AccuracyTable("bad", [1], [50.0], [50.0], space=space)


def test_a_table_keeps_copies_that_nobody_can_change():
    rows, accuracy = np.array([3, 7]), np.array([90.0, 91.0])
    table = AccuracyTable("mine", rows, accuracy, accuracy)
    rows[0], accuracy[0] = 5, 0.0
    assert (table.query(3), table.report(3)) == (90, 90)
    for values in (table.rows, table.objective, table.reported):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


@pytest.mark.parametrize("ask", ["query", "report", "regret"])
@pytest.mark.parametrize("row", [True, np.True_, 7.0, np.float64(7), "7", None, [7]])
def test_a_row_that_is_no_whole_number_is_refused_and_costs_nothing(table, ask, row):
    with pytest.raises((TypeError, ValueError), match="row must be a whole number"):
        getattr(table, ask)(row)
    assert table.asked == 0


# --- the measured table -------------------------------------------------------------------------


def write(folder, content):
    path = folder / "measured.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_seeds_are_averaged_in_percent(tmp_path):
    table = measured.load(write(tmp_path, GOOD))
    assert table.rows.tolist() == [7, 42]
    assert [table.query(row) for row in (7, 42)] == pytest.approx([60, 90])
    assert [table.report(row) for row in (7, 42)] == pytest.approx([50, 80])


def lines(change):
    """The good file with its third line changed."""
    kept = GOOD.splitlines(keepends=True)
    return "".join([*kept[:2], change(kept[2]), *kept[3:]])


BAD_FILES = {
    "empty": ("", "is corrupt"),
    "no trainings": (HEADER, "holds what is no number"),
    "random bytes": (np.random.default_rng(0).bytes(2_000), "is corrupt|not a measured table"),
    "a column missing": (GOOD.replace("validation", "accuracy"), "no column 'validation'"),
    "another table": (
        "arch,cifar10\n|conv|,94.4\n",
        "not a measured table: it has no column 'row'",
    ),
    "NaN": (lines(lambda line: line.replace("0.7", "nan")), "validation holds what is no number"),
    "NaN loss": (lines(lambda line: line.replace("2.0", "")), "loss_1 holds what is no number"),
    "NaN row": (lines(lambda line: line.replace("7,1", ",1")), "row holds what is no number"),
    "a word": (lines(lambda line: line.replace("0.4", "good")), "test holds what is no number"),
    "percent": (lines(lambda line: line.replace("0.4", "40")), r"test is not within 0\.\.1"),
    "negative": (lines(lambda line: line.replace("0.7", "-0.7")), r"validation is not within"),
    "a field too many": (lines(lambda line: line.strip() + ",1,2\n"), "is corrupt"),
    "a row twice": (lines(lambda line: line.replace("7,1", "7,0")), "a row and seed stand twice"),
    "no such cell": (lines(lambda line: line.replace("7,1", "423624,1")), "row is not a row of"),
    "a negative row": (lines(lambda line: line.replace("7,1", "-7,1")), "row is not a row of"),
    "half a row": (lines(lambda line: line.replace("7,1", "7.5,1")), "row is not a row of"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_in_words(tmp_path, name):
    content, message = BAD_FILES[name]
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=message) as caught:
        measured.load(path)
    assert str(path) in str(caught.value)


WIDE = ",".join(["row,seed,validation,test,parameters,seconds", *(f"x{k}" for k in range(10**6))])
HOSTILE = {
    "a million columns": WIDE + "\n",
    "a million fields in a line": HEADER + "7,0" + ",1" * 10**6 + "\n",
    "a line of ten megabytes": HEADER + "7,0,0." + "5" * 10**7 + ",0.6,100,1.5,2.1\n",
    "no end of a quote": GOOD.replace("7,1", '"7,1'),
    "zeros": b"\0" * 1_000,
    "a number beyond 64 bits": GOOD.replace("7,1", f"{2**70},1"),
    "utf-16": GOOD.encode("utf-16"),
    "too many lines": HEADER + "," * 6 + ("\n" + "," * 6) * 1_000_001,
    "too many empty lines": GOOD + "\n" * 1_000_001,
    "a column twice": GOOD.replace("loss_1", "test"),
    "quotes": GOOD.replace("0.7", '"0.7"'),
    "half a seed": GOOD.replace("7,1", "7,1.5"),
    "a negative seed": GOOD.replace("7,1", "7,-1"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_before_it_takes_time(tmp_path, name):
    path = write(tmp_path, HOSTILE[name])
    with pytest.raises(ValueError, match=r"corrupt|not a measured table") as caught:
        measured.load(path)
    assert str(path) in str(caught.value)


def test_a_path_may_be_a_text(tmp_path):
    path = write(tmp_path, GOOD)
    assert measured.trainings(str(path)).equals(measured.trainings(path))


def test_a_folder_a_huge_file_and_none_are_named(tmp_path):
    with pytest.raises(ValueError, match=rf"{tmp_path} is a folder .*; restore it or run `make"):
        measured.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no .*none; restore it or run `make table`"):
        measured.load(tmp_path / "none")
    with (tmp_path / "huge.csv").open("wb") as file:  # a hole: it takes no place on the disk
        file.truncate(2**30)
    with pytest.raises(ValueError, match=r"huge\.csv has 1,073,741,824 bytes"):
        measured.load(tmp_path / "huge.csv")


def test_digests_are_checked_and_taken_off(tmp_path):
    sealed = measured.with_digests(GOOD)
    assert measured.trainings(write(tmp_path, sealed)).equals(
        measured.trainings(write(tmp_path, GOOD))
    )
    with pytest.raises(ValueError, match="line 3 is not what was written"):
        measured.load(write(tmp_path, sealed.replace(b"7,1,0.7", b"7,1,0.6")))


def test_a_file_cut_in_any_field_of_its_last_line_is_refused(tmp_path):
    """A cut within the last field leaves a number; no reader could tell."""
    start, end = GOOD.rstrip().rindex("\n") + 2, GOOD.rindex(",") + 1
    assert end - start > 15
    for cut in range(start, end + 1):
        with pytest.raises(ValueError, match="corrupt or truncated"):
            measured.load(write(tmp_path, GOOD[:cut]))


@pytest.fixture(scope="module")
def shipped():
    return measured.trainings()


def test_the_shipped_table_holds_small_cells_with_plausible_accuracies(shipped):
    sizes = cells.nasbench101().n_vertices[shipped["row"]]
    assert sizes.max() <= 5
    for name in ("validation", "test"):
        assert shipped[name].between(0.05, 1, inclusive="right").all()
    assert (shipped["loss_10"] < 2.2).all()  # ln 10 is a network whose features are lost
    assert (shipped["parameters"] > 0).all()
    assert (shipped["seconds"] > 0).all()
    assert shipped["seed"].between(0, 9).all()


def test_all_cells_up_to_four_vertices_are_shipped_with_three_seeds(shipped):
    small = np.flatnonzero(cells.nasbench101().n_vertices <= 4)
    counts = shipped[shipped["row"].isin(small)].groupby("row")["seed"].nunique()
    assert sorted(counts.index) == small.tolist()
    assert (counts >= 3).all()


def test_load_gives_the_shipped_table(shipped):
    table = benchmarks.load("measured")
    assert "measured" in benchmarks.NAMES
    assert len(table) == shipped["row"].nunique()
    row = int(shipped["row"].iloc[-1])
    of_row = shipped[shipped["row"] == row]
    assert table.query(row) == pytest.approx(100 * of_row["validation"].sum() / len(of_row))
    assert table.report(row) == pytest.approx(100 * of_row["test"].sum() / len(of_row))
    assert table.regret(table.best) == 0
    assert benchmarks.load("measured").asked == 0
