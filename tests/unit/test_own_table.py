"""A reader's own accuracy table: what is read, and what is refused in words."""

import numpy as np
import pytest

from wl2nas import cells
from wl2nas.benchmarks import from_csv

ROWS = [423_623, 3, 70_000]


def write(folder, text):
    path = folder / "mine.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lines(names, first="row"):
    values = [(90.5, 89.5), (91, 92), (12.25, 10)]
    rows = [f"{name},{o},{r}" for name, (o, r) in zip(names, values, strict=True)]
    return "\n".join([f"{first},objective,reported", *rows, ""])


def check(table, rows):
    assert (table.name, table.rows.tolist()) == ("mine", rows)
    assert [table.query(row) for row in rows] == [90.5, 91, 12.25]
    assert [table.report(row) for row in rows] == [89.5, 92, 10]


def test_cells_are_named_by_row_or_module_hash(tmp_path):
    check(from_csv(write(tmp_path, lines(ROWS))), ROWS)
    hashes = [cells.module_hash(cells.nasbench101()[row]) for row in ROWS]
    path = write(tmp_path, lines(hashes, "module_hash"))
    check(from_csv(str(path)), ROWS)
    check(from_csv(path, space=cells.nasbench101()), ROWS)


def test_arch_strings_are_read_by_the_rules_of_the_space(tmp_path):
    space, rows = cells.nasbench201(), [15_624, 0, 777]
    path = write(tmp_path, lines([str(space[row]) for row in rows], "arch"))
    table = from_csv(path, space=cells.nasbench201)
    check(table, rows)
    assert table.space is space
    check(from_csv(path, space=space), rows)


def test_a_space_of_other_rules_is_named_by_row(tmp_path):
    rules = cells.Rules(("conv", "pool"), max_vertices=4, max_edges=5, name="tiny")
    space = cells.enumerate_cells(rules)
    check(from_csv(write(tmp_path, lines([5, 1, 7])), space=space), [5, 1, 7])
    with pytest.raises(ValueError, match=r"mine.csv: rows must be rows of the space, 0\.\."):
        from_csv(write(tmp_path, lines([5, 1, len(space)])), space=space)
    with pytest.raises(ValueError, match="module_hash is of NAS-Bench-101 alone"):
        from_csv(write(tmp_path, lines(["0" * 32] * 3, "module_hash")), space=space)
    with pytest.raises(ValueError, match="line 2: cells of tiny have no text form"):
        from_csv(write(tmp_path, lines(["a", "b", "c"], "arch")), space=space)


def test_columns_may_stand_in_any_order_beside_others(tmp_path):
    text = "seconds,reported,row,objective\n1.5,89.5,7,90.5\n,92,9,91\n"
    table = from_csv(write(tmp_path, text))
    assert (table.query(7), table.report(9)) == (90.5, 92)


def test_rows_of_a_hash_are_where_the_hash_is():
    rows = np.random.default_rng(0).choice(423_624, 20, replace=False).tolist()
    for row in [0, 423_623, *rows]:
        assert cells.row_of_hash(cells.module_hash(cells.nasbench101()[row])) == row


@pytest.mark.parametrize("name", ["0" * 32, "f" * 32, "8" * 32, "00005c142e6f48ac74fdcf73e3439875"])
def test_a_hash_of_no_cell_is_refused(name):
    with pytest.raises(ValueError, match=f"no cell of NAS-Bench-101 has the module hash {name}"):
        cells.row_of_hash(name)


@pytest.mark.parametrize("name", ["", "0" * 31, "F" * 32, "0x" + "0" * 30])
def test_what_is_no_hash_is_refused(name):
    with pytest.raises(ValueError, match="a module hash has 32 digits"):
        cells.row_of_hash(name)


GOOD = lines(ROWS)
BAD = {
    "empty": ("", "corrupt or truncated"),
    "no lines": ("row,objective,reported\n", "rows must hold|rows is empty"),
    "no objective": (GOOD.replace("objective", "accuracy"), "it has no column 'objective', only"),
    "no reported": (GOOD.replace("reported", "test"), "it has no column 'reported', only"),
    "no cell": (GOOD.replace("row", "index"), "one column of .* must say which cell; it has"),
    "two ways": (
        "row,arch,objective,reported\n1,a,50,50\n",
        "one column of .* must say which cell; it has",
    ),
    "a row twice": (GOOD.replace("70000", "3"), "rows holds a row twice"),
    "half a row": (GOOD.replace("70000", "3.5"), "rows must hold whole numbers"),
    "no row": (GOOD.replace("70000", ""), "rows must hold whole numbers"),
    "a row too far": (GOOD.replace("423623", "423624"), r"0\.\.423623"),
    "a word": (GOOD.replace("12.25", "good"), "objective must hold numbers"),
    "nothing": (GOOD.replace("12.25", ""), "objective must hold percentages; it holds NaN"),
    "infinity": (GOOD.replace("12.25", "inf"), "objective must hold percentages"),
    "too much": (GOOD.replace("92", "100.5"), "reported must hold percentages"),
    "negative": (GOOD.replace("92", "-1"), "reported must hold percentages"),
    "true": ("row,objective,reported\n1,True,5\n", "objective must hold percentages"),
    "shares": ("row,objective,reported\n1,0.9,91\n2,0.8,92\n", "objective .* multiply by 100"),
    "a field too many": (GOOD.replace("89.5", "89.5,1"), "line 2 has 4 fields, not 3"),
    "a quote": (GOOD.replace("12.25", '"12.25'), "objective must hold numbers"),
    "no text": (b"\xff\xfe" + GOOD.encode("utf-16"), "corrupt or truncated"),
    "a hash that is none": ("module_hash,objective,reported\n7,50,50\n", "line 2: a module hash"),
    "an arch string": (
        "arch,objective,reported\n|none~0|,50,50\n",
        "line 2: cells of NAS-Bench-101",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_named_with_what_is_wrong(tmp_path, name):
    text, message = BAD[name]
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=message) as caught:
        from_csv(path)
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).endswith("see wl2nas.benchmarks.own for the form of such a file")


def test_a_folder_and_no_file_are_named(tmp_path):
    with pytest.raises(ValueError, match="is a folder or a device"):
        from_csv(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no"):
        from_csv(tmp_path / "none.csv")
