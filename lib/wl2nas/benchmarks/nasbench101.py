"""The public accuracies of NAS-Bench-101: mean test accuracy of three trainings, every cell.

A small file of 1.8 MB, downloaded on first use. It holds a pickled pandas frame. A pickle is a
program, and running one from elsewhere is running foreign code; this module only reads the listing
of its instructions and takes out the two arrays of numbers that it knows to be there.

The values are *test* accuracies, and they are what a search on this table asks for: such a run
must not stand in one column with published runs that searched on validation accuracy. What users of
the benchmark stumble over:

* These are *means of three*: the highest is 94.318 %. Higher ones in print, up to 94.49 %, are
  single trainings. Who chooses by mean validation ends at 94.234 % (``official``, ``pairs``).
* 644 cells have a mean below 12 %: all three trainings *failed*. Of about 1,390 cells two did
  (means of 30 to 42 %), of about 3,750 one (55 to 67 %), so that a gap of 20 points between two
  cells mostly says that one was unlucky. A model of the values should not let them set its scale.
* Every cell stands once, whatever matrix it is written with; ``cells.nasbench101().row(cell)``
  finds it. A search over matrices asks for isomorphic ones again and again.
"""

import itertools
import pickletools
import zlib

import numpy as np
from jaxtyping import Float

from wl2nas.benchmarks import download
from wl2nas.benchmarks.table import CELLS, AccuracyTable

FILE = download.PublicFile(
    "nasbench101_accuracies.pkl.gz",
    "https://raw.githubusercontent.com/NiccoloCavagnero/FreeREA/"
    "9c2a726cd3adf526c43ae52a515a8fc5ea927fe7/cached_metrics/nasbench101/cifar10/accuracies.pkl.gz",
    "84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e",
)
# Two arrays of eight bytes a cell and a little around them; the file has 334 instructions.
MOST_UNPACKED, MOST_INSTRUCTIONS = 16 * CELLS + 2**16, 1_000


def parse(content: bytes) -> Float[np.ndarray, " N"]:
    """The accuracies (0..1) in a gzipped, pickled frame with the columns index and accuracy.

    Nothing in the pickle is executed, and no more is unpacked or listed than such a frame has.
    ValueError if it is not one of 423,624 rows.
    """
    try:
        listing = _listing(_unpacked(content))
    except (EOFError, ValueError, zlib.error) as error:
        raise ValueError(f"this is no whole gzipped pickle ({error}); download it again") from error
    names = [argument for argument in listing if isinstance(argument, str)]
    blocks = [argument for argument in listing if isinstance(argument, bytes)]
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


def _unpacked(content: bytes) -> bytes:
    """What a gzip file holds, its checksum checked, if it is no more than the frame has."""
    unpacking = zlib.decompressobj(wbits=31)  # 31: gzip
    found = unpacking.decompress(content, MOST_UNPACKED)
    if unpacking.unconsumed_tail:
        raise ValueError(f"it unpacks to more than the {MOST_UNPACKED:,} bytes of such a frame")
    if not unpacking.eof or unpacking.unused_data:
        raise ValueError("it is truncated, or more follows it")
    return found


def _listing(pickled: bytes) -> list:
    """The arguments of a pickle's instructions, none of which is executed."""
    instructions = pickletools.genops(pickled)
    found = [argument for _, argument, _ in itertools.islice(instructions, MOST_INSTRUCTIONS)]
    if next(instructions, None) is not None:
        raise ValueError(f"it has more than {MOST_INSTRUCTIONS:,} instructions")
    return found


def load() -> AccuracyTable:
    """Mean test accuracy in percent of every row of ``cells.nasbench101()``.

    Objective and reported accuracy are the same numbers here. Raises as ``download.fetch`` does.
    """
    percent = 100 * parse(download.fetch(FILE).read_bytes())
    return AccuracyTable("nasbench101", np.arange(CELLS), percent, percent)
