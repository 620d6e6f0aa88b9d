"""The public accuracies of NAS-Bench-201: on files written here, and on the real one."""

import functools
import hashlib

import numpy as np
import pandas as pd
import pytest

from wl2nas import benchmarks, cells
from wl2nas.benchmarks import download, nasbench201

HEADER = ",".join([*nasbench201.COLUMNS.values(), "ArchitectureString", "UniqueString"])


@functools.cache
def strings():
    return [str(cell) for cell in cells.nasbench201()]


def content(order, change=lambda line: line) -> bytes:
    """A table of the cells in this order, with accuracies that tell row and data set apart."""
    texts = strings()
    lines = [f"{row / 1e3},{row / 1e3 + 20},{row / 1e3 + 40},{texts[row]},x" for row in order]
    lines[3] = change(lines[3])
    return "\n".join([HEADER, *lines, ""]).encode()


@pytest.mark.parametrize(("dataset", "shift"), [("cifar10", 0), ("cifar100", 20)])
def test_rows_are_found_by_their_arch_strings(dataset, shift):
    order = np.random.default_rng(0).permutation(15_625)
    found = nasbench201.parse(content(order), dataset)
    np.testing.assert_allclose(found, np.arange(15_625) / 1e3 + shift)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda line: line.replace("|+|", "|+", 1), "line 5 is no cell"),
        (lambda line: line.rsplit(",", 2)[0] + "," + strings()[0] + ",x", "or one that stood"),
        (lambda line: line + ",1", "line 5 is no cell"),
        (lambda line: "", "line 5 is no cell"),
        (lambda line: "nan," + line.split(",", 1)[1], "line 5 has 'nan' where a percentage"),
        (lambda line: "100.1," + line.split(",", 1)[1], "line 5 has '100.1'"),
        (lambda line: "good," + line.split(",", 1)[1], "line 5 has 'good'"),
        (lambda line: line + "é", "no text of arch strings"),
    ],
)
def test_a_line_that_is_none_of_the_table_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        nasbench201.parse(content(range(15_625), change), "cifar10")


def test_a_cut_file_and_another_one_are_refused():
    whole = content(range(15_625))
    lines = whole.splitlines(keepends=True)
    with pytest.raises(ValueError, match=r"1 cells are missing, such as \|none~0\|"):
        nasbench201.parse(b"".join(lines[:-1]), "cifar10")
    with pytest.raises(ValueError, match="its columns are"):
        nasbench201.parse(b"row,accuracy\n1,2\n", "cifar10")
    with pytest.raises(ValueError, match="its columns are"):
        nasbench201.parse(b"", "cifar10")


@pytest.mark.parametrize("dataset", ["CIFAR-10", "cifar10-valid", "ImageNet16-120", "", 10])
def test_an_unknown_data_set_is_named_before_anything_is_downloaded(dataset, no_annotations):
    with pytest.raises(ValueError, match=r"unknown dataset .*; choose from \('cifar10'"):
        benchmarks.load("nasbench201", dataset=dataset)


@pytest.mark.parametrize("name", ["measured", "nasbench101"])
def test_a_data_set_of_a_table_that_has_one_is_refused(name):
    with pytest.raises(ValueError, match=f"dataset is for nasbench201.*; {name} has one"):
        benchmarks.load(name, dataset="cifar10")


def test_the_table_knows_its_space(tmp_path, monkeypatch):
    written = content(range(15_625))
    (tmp_path / "written.csv").write_bytes(written)
    file = download.PublicFile("written.csv", "http://127.0.0.1:9/", _sha256(written))
    monkeypatch.setattr(nasbench201, "FILE", file)
    monkeypatch.setenv("WL2NAS_CACHE", str(tmp_path))
    table = benchmarks.load("nasbench201", dataset="imagenet16-120")
    assert (len(table), table.space) == (15_625, cells.nasbench201())
    assert table.query(1_000) == table.report(1_000) == 41
    assert benchmarks.load("nasbench201").query(1_000) == 1


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("dataset", "column", "best"),
    [
        ("cifar10", "c10_test_200", 94.3733),
        ("cifar100", "c100_test_200", 73.5133),
        ("imagenet16-120", "in16_test_200", 47.3111),
    ],
)
def test_the_public_accuracies(oracle, monkeypatch, dataset, column, best):
    path = oracle(nasbench201.FILE.name)
    monkeypatch.setenv("WL2NAS_CACHE", str(path.parent))
    table = benchmarks.load("nasbench201", dataset=dataset)
    assert len(table) == 15_625
    assert table.report(table.best) == pytest.approx(best, abs=1e-4)
    frame = pd.read_csv(path).set_index("ArchitectureString")[nasbench201.COLUMNS[dataset]]
    assert table.reported.tolist() == frame[strings()].tolist()
    with np.load(oracle("nasbench201_reference.npz"), allow_pickle=False) as reference:
        truth = pd.Series(reference[column], reference["arch_str"])
    np.testing.assert_allclose(table.reported, truth[strings()], atol=1e-9)
