"""Every training of NAS-Bench-101, from the official file and without TensorFlow.

``nasbench_only108.tfrecord`` (499 MB, 108 epochs) and ``nasbench_full.tfrecord`` (2 GB; 4, 12, 36
and 108 epochs) hold a record for each of three trainings of every cell: a JSON list of module hash,
epochs, adjacency matrix as digits, operations joined by commas, and metrics in base64. They are
read as a stream (``tfrecord``, ``metrics``), every record is checked, and nothing is kept but the
numbers of ``runs``.

What users of these files stumble over:

* *Mean or one run.* The official code answers a query with one of the three trainings, drawn anew
  at every call. The best test accuracy of a single training is 94.49 %, the best mean 94.32 %.
* *Validation or test.* The cell with the best mean validation accuracy (95.06 %) has a mean test
  accuracy of 94.23 %: who chooses by validation and reports the mean test ends there.
* *Failed trainings* end near 10 %: all three of 644 cells, two of about 1,390 (means near 37 %),
  one of about 3,750 (near 62 %). They are in the file, and in the tables made of it.
* *Isomorphic matrices.* The file has every cell once; most cells have several matrices, and a
  search over matrices pays for the same cell again. ``cells.nasbench101().row(cell)`` is the same
  row for all.

Source: Ying et al. 2019, arXiv 1902.09635; nasbench/api.py of github.com/google-research/nasbench.
"""

import binascii
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from wl2nas import cells
from wl2nas.benchmarks import metrics, spelling, tfrecord
from wl2nas.benchmarks.metrics import Odd
from wl2nas.benchmarks.runs import KEPT, REPEATS, TrainingRuns

EPOCHS = (4, 12, 36, 108)  # the smaller file has the last alone
_KINDS = [str, int, str, str, str]  # hash, epochs, matrix, operations, metrics
_JSON = json.JSONDecoder()  # whose raw_decode takes half the time of json.loads


def from_tfrecord(path: Path | str) -> TrainingRuns:
    """Every training in a file of Google's, by row of ``cells.nasbench101()``.

    Whole records of such a file in any number and order will do. ValueError names the record and
    its byte offset where the file is damaged or no such file: a wrong checksum, other JSON, a cell
    that is none of the space, a fourth training. FileNotFoundError if there is no file.
    """
    found = _Found(len(cells.nasbench101()))
    for batch in tfrecord.batches(path):
        try:
            _collect(batch.payloads, found)
        except Odd as odd:
            tfrecord.refuse(str(path), batch.first + odd.place, batch.offsets[odd.place], odd.why)
    if not found.blocks:
        raise ValueError(f"{path} holds no record; download it again")
    if (row := found.first_out_of_order()) is not None:
        raise ValueError(
            f"{path} is no file of NAS-Bench-101: the module hashes of its cells do not ascend "
            f"with their rows, first at row {row}; download it again"
        )
    return TrainingRuns(found.blocks, found.parameters)


def _collect(payloads: list[bytes], found: "_Found"):
    """Read some records, check what they say, and keep it."""
    hashes, epochs, matrices, operations, encoded = _columns(payloads)
    if other := sorted(set(epochs) - set(EPOCHS)):
        raise Odd(epochs.index(other[0]), f"it was trained for {other[0]} epochs, not {EPOCHS}")
    evaluations, parameters = metrics.decode(_each(binascii.a2b_base64, encoded))
    _check_numbers(evaluations, parameters)
    # Records of one cell stand together: there are fewer cells than records.
    keys = zip(hashes, matrices, operations, strict=True)
    distinct: dict[tuple, int] = {}
    which = np.array([distinct.setdefault(key, len(distinct)) for key in keys])
    try:
        rows = spelling.rows([key[1:] for key in distinct])
        found.add_hashes(rows, [key[0] for key in distinct])
    except Odd as odd:
        raise Odd(np.argmax(which == odd.place), odd.why) from odd
    found.add(rows[which], np.array(epochs), evaluations, parameters)


def _columns(payloads: list[bytes]) -> list[tuple]:
    """Hashes, epochs, matrices, operations and metrics of records."""
    records = _each(_parsed, payloads)
    if set(map(type, records)) == {list} and set(map(len, records)) == {len(_KINDS)}:
        columns = list(zip(*records, strict=True))
        if all(set(map(type, c)) == {kind} for c, kind in zip(columns, _KINDS, strict=True)):
            return columns
    for place, record in enumerate(records):
        if type(record) is not list or [*map(type, record)] != _KINDS:
            raise Odd(place, "it is no list of hash, epochs, matrix, operations and metrics")
    raise AssertionError("the columns are wrong, and none of the records is")


def _parsed(payload: bytes):
    text = payload.decode("utf-8")
    found, end = _JSON.raw_decode(text)
    if end != len(text):
        raise ValueError(f"more follows its end at character {end}")
    return found


def _each(function: Callable, values: Sequence) -> list:
    """What a function makes of each value; ``Odd`` says of which it can make nothing."""
    found: list = []
    try:
        found.extend(map(function, values))  # keeps what came before an error
    except (ValueError, RecursionError) as error:
        raise Odd(len(found), f"it cannot be read ({type(error).__name__}: {error})") from error
    return found


def _check_numbers(evaluations: Float[np.ndarray, "N 3 5"], parameters: Int[np.ndarray, " N"]):
    """Finite epochs and seconds of zero or more, accuracies within 0..1, a parameter at least."""
    most = np.array([np.finfo(np.float64).max] * 2 + [1.0] * 3)
    good = (evaluations >= 0) & (evaluations <= most)  # no NaN is
    for place, _, field in np.argwhere(~good):
        raise Odd(place, f"its {metrics.FIELDS[field]} is negative, too large or NaN")
    if (parameters < 1).any():
        raise Odd(np.argmax(parameters < 1), "it has no trainable parameters")


class _Found:
    """What was read so far, by row."""

    def __init__(self, rows: int):
        self.blocks: dict[int, np.ndarray] = {}  # by epochs: (rows, REPEATS, KEPT)
        self.parameters = np.zeros(rows, np.int64)
        self._hashes = np.zeros(rows, "S32")
        self._taken = {epochs: np.zeros(rows, np.int64) for epochs in EPOCHS}

    def add_hashes(self, rows: Int[np.ndarray, " M"], names: list[str]):
        """The module hashes of cells, each row's always the same.

        One takes half a millisecond to compute: the first is, and all must ascend with the rows.
        """
        for place, name in enumerate(names):
            if len(name) != 32 or not name.isascii():
                raise Odd(place, f"{name[:40]!r} is no module hash")
        if cells.module_hash(cells.nasbench101()[int(rows[0])]) != names[0]:
            raise Odd(0, f"{names[0]} is not the module hash of its cell")
        _write(self._hashes, rows, np.array(names, "S32"), "module hash")

    def first_out_of_order(self) -> int | None:
        """The first row whose hash does not follow those before it."""
        rows = np.flatnonzero(self._hashes != b"")
        hashes = self._hashes[rows]
        wrong = np.flatnonzero(hashes[1:] <= hashes[:-1])
        return int(rows[wrong[0] + 1]) if wrong.size else None

    def add(self, rows, epochs, evaluations: Float[np.ndarray, "N 3 5"], parameters):
        """Trainings, each as the next repeat of its cell and epochs."""
        _write(self.parameters, rows, parameters, "number of trainable parameters")
        kept = evaluations[:, *np.transpose(list(KEPT.values()))]
        for number in np.unique(epochs).tolist():
            some = np.flatnonzero(epochs == number)
            taken = self._taken[number]
            repeat = taken[rows[some]] + _earlier(rows[some])
            if (repeat >= REPEATS).any():
                place = some[np.argmax(repeat >= REPEATS)]
                raise Odd(place, f"row {rows[place]} has {REPEATS} trainings of {number} epochs "
                                 "before it")  # fmt: skip
            np.add.at(taken, rows[some], 1)
            if number not in self.blocks:
                self.blocks[number] = np.full((len(taken), REPEATS, len(KEPT)), np.nan)
            self.blocks[number][rows[some], repeat] = kept[some]


def _write(stored: np.ndarray, rows, values, what: str):
    """Put values where nothing stands; ``Odd`` if another stands there, or two are to."""
    before = stored[rows]
    stored[rows] = values
    wrong = (stored[rows] != values) | ((before != np.zeros((), stored.dtype)) & (before != values))
    if wrong.any():
        place = np.argmax(wrong)
        raise Odd(place, f"another record gives row {rows[place]} another {what}")


def _earlier(rows: Int[np.ndarray, " N"]) -> Int[np.ndarray, " N"]:
    """For every entry how many equal ones stand before it.

    >>> _earlier(np.array([7, 3, 7, 7, 3])).tolist()
    [0, 0, 1, 2, 1]
    """
    order = np.argsort(rows, kind="stable")
    places, ordered = np.arange(len(rows)), rows[order]
    starts = np.where(np.append(True, ordered[1:] != ordered[:-1]), places, 0)
    found = np.empty(len(rows), np.int64)
    found[order] = places - np.maximum.accumulate(starts)
    return found
