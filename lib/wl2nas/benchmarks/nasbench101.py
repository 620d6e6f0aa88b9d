"""The public accuracies of NAS-Bench-101: mean test accuracy of three trainings, every cell.

A small file of 1.8 MB, downloaded on first use. It holds a pickled pandas frame. A pickle is a
program, and running one from elsewhere is running foreign code; this module only reads the listing
of its instructions and takes out the two arrays of numbers that it knows to be there.

The values are *test* accuracies, and they are what a search on this table asks for: such a run
must not stand in one column with published runs that searched on validation accuracy.
"""

import gzip
import pickletools
import zlib

import numpy as np
from jaxtyping import Float

from wl2nas.benchmarks import download
from wl2nas.benchmarks.table import AccuracyTable

CELLS = 423_624
FILE = download.PublicFile(
    "nasbench101_accuracies.pkl.gz",
    "https://raw.githubusercontent.com/NiccoloCavagnero/FreeREA/"
    "9c2a726cd3adf526c43ae52a515a8fc5ea927fe7/cached_metrics/nasbench101/cifar10/accuracies.pkl.gz",
    "84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e",
)


def parse(content: bytes) -> Float[np.ndarray, " N"]:
    """The accuracies (0..1) in a gzipped, pickled frame with the columns index and accuracy.

    Nothing in the pickle is executed. ValueError if it is not such a frame of 423,624 rows.
    """
    try:
        listing = list(pickletools.genops(gzip.decompress(content)))
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ValueError(f"this is no whole gzipped pickle ({error}); download it again") from error
    names = [argument for _, argument, _ in listing if isinstance(argument, str)]
    blocks = [argument for _, argument, _ in listing if isinstance(argument, bytes)]
    blocks = [block for block in blocks if len(block) > 1]  # the single byte is a type code
    expected = [n for n in names if n in ("i8", "f8", "index", "accuracy")]
    if expected != ["i8", "f8", "index", "accuracy"] or [len(b) for b in blocks] != [8 * CELLS] * 2:
        raise ValueError(
            f"this pickle is no frame of {CELLS} rows with the columns index and accuracy"
        )
    rows, accuracies = np.frombuffer(blocks[0], "<i8"), np.frombuffer(blocks[1], "<f8")
    if (rows != np.arange(CELLS)).any():
        raise ValueError("the column index of this frame does not count the rows 0, 1, 2, ...")
    return accuracies


def load() -> AccuracyTable:
    """Mean test accuracy in percent of every row of ``cells.nasbench101()``.

    Objective and reported accuracy are the same numbers here. Raises as ``download.fetch`` does.
    """
    percent = 100 * parse(download.fetch(FILE).read_bytes())
    return AccuracyTable("nasbench101", np.arange(CELLS), percent, percent)
