"""The public accuracies of NAS-Bench-201: mean test accuracy after 200 epochs, every cell.

On three data sets. A file of 3 MB, downloaded on first use: comma-separated lines, each with an
arch string. Every accuracy is the mean over the seeds that the benchmark has of a cell (one to
three). They are *test* accuracies, and they are what a search on this table asks for: such a run
must not stand in one column with published runs that searched on validation accuracy.

What users of the benchmark's own package stumble over, beside which these numbers are

* ``get_more_info(i, "cifar10", hp="200", is_random=False)["test-accuracy"]``: 200 epochs, where
  the package gives 12 unless told otherwise; the mean over seeds, where it gives one seed drawn at
  random, another at every call.
* "cifar10" is trained on all 50,000 images and has no validation accuracy; "cifar10-valid" is
  trained on half of them and has one. So a published CIFAR-10 pair comes from two trainings.
* For the other two data sets "test-accuracy" is that of the half which the benchmark made of the
  original test images, as here; "valtest-accuracy" is that of all of them.
* 15,625 arch strings stand for fewer cells (``cells.nasbench_201.expression``): rows that compute
  the same were trained apart, so that their accuracies differ by chance.

The official files (NATS-tss-v1_0) are pickles of the package's own classes, which cannot be read
without running them, so nothing here reads them. README.md, "Accuracy tables", has a script that
you run at your own risk, where the package is installed; ``from_csv`` reads what it writes.

Source: Dong and Yang 2020, arXiv 2001.00326; api_topology.py of github.com/D-X-Y/NATS-Bench.
"""

import functools
import io

import numpy as np
from jaxtyping import Float

from wl2nas import cells
from wl2nas._require import choice
from wl2nas.benchmarks import download
from wl2nas.benchmarks.table import AccuracyTable

FILE = download.PublicFile(
    "nats_bench.csv",
    "https://raw.githubusercontent.com/v-tao/nats-bench-landscape/"
    "b307ae5fe6e8d7043cd4fe7d1c3532288271adb7/nats_bench.csv",
    "cb5d777ec3368be83c8f9b3aa4d520696051cb0eb8d94b8f85b519f9ea4afa3e",
)
COLUMNS = {
    "cifar10": "CIFAR10TestAccuracy200Epochs",
    "cifar100": "CIFAR100TestAccuracy200Epochs",
    "imagenet16-120": "ImageNetTestAccuracy200Epochs",
}
DATASETS = tuple(COLUMNS)
_HEADER = [*COLUMNS.values(), "ArchitectureString", "UniqueString"]


def parse(content: bytes, dataset: str) -> Float[np.ndarray, " N"]:
    """The accuracies (percent) of one data set, by row of ``cells.nasbench201()``.

    The file has an order of its own; every arch string is looked up. ValueError if a line is of
    another form, a cell is unknown, stands twice or is missing.
    """
    column = list(COLUMNS).index(choice("dataset", dataset, DATASETS))
    first, *lines = _lines(content) or [[]]
    if first != _HEADER:
        raise ValueError(f"this is no table of NAS-Bench-201: its columns are {first[:8]}")
    place = dict(_places())
    found = np.full(len(place), np.nan)
    for k, line in enumerate(lines, start=2):
        if len(line) != len(_HEADER) or (row := place.pop(line[3], None)) is None:
            text = ",".join(line)[:80]
            raise ValueError(f"line {k} is no cell, or one that stood before: {text!r}")
        found[row] = _percentage(line[column], k)
    if place:
        raise ValueError(f"{len(place)} cells are missing, such as {next(iter(place))}")
    return found


@functools.cache
def _places() -> dict[str, int]:
    """The row of every arch string."""
    return {str(cell): row for row, cell in enumerate(cells.nasbench201())}


def _lines(content: bytes) -> list[list[str]]:
    try:
        return [line.rstrip("\r\n").split(",") for line in io.StringIO(content.decode("ascii"))]
    except UnicodeDecodeError as error:
        raise ValueError(f"this is no text of arch strings and numbers ({error})") from error


def _percentage(text: str, line: int) -> float:
    try:
        found = float(text)
    except ValueError:
        found = np.nan
    if not 0 <= found <= 100:  # and no NaN
        raise ValueError(f"line {line} has {text[:20]!r} where a percentage should stand")
    return found


def load(dataset: str = "cifar10") -> AccuracyTable:
    """Mean test accuracy after 200 epochs, in percent, of every row of ``cells.nasbench201()``.

    Objective and reported accuracy are the same numbers here. ``dataset``: "cifar10", "cifar100"
    or "imagenet16-120". Raises as ``download.fetch`` does.
    """
    choice("dataset", dataset, DATASETS)  # before anything is downloaded
    percent = parse(download.fetch(FILE).read_bytes(), dataset)
    return AccuracyTable(
        f"nasbench201, {dataset}", np.arange(len(percent)), percent, percent,
        space=cells.nasbench201,
    )  # fmt: skip
