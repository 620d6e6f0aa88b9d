"""The official file of NAS-Bench-101, in files that are written here byte by byte."""

import base64
import functools
import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import search as experiment
from experiments.bench import reading
from wl2nas import cells, search
from wl2nas.benchmarks import from_tfrecord, metrics, spelling, tfrecord
from wl2nas.benchmarks.runs import Trainings

NAMES = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool": "maxpool3x3"}


# --- a writer of such files ---------------------------------------------------------------------


def crc32c(message: bytes) -> int:
    """Bit by bit, as RFC 3720 has it."""
    crc = 0xFFFFFFFF
    for byte in message:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


def checksum(message: bytes) -> bytes:
    crc = crc32c(message)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def frame(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return length + checksum(length) + payload + checksum(payload)


def varint(number: int) -> bytes:
    found = bytearray()
    while number >= 0x80:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def field(number: int, value) -> bytes:
    """A field of a message, written as its type asks for."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def message(evaluations, parameters: int) -> bytes:
    parts = [field(1, b"".join(field(k, v) for k, v in enumerate(e, 1))) for e in evaluations]
    return b"".join(parts) + field(2, parameters) + field(3, 1234.5)


def record(cell, name: str, epochs: int, metrics_: bytes) -> bytes:
    digits = "".join(str(int(edge)) for edge in cell.adjacency.ravel())
    operations = ",".join(NAMES.get(op, op) for op in cell.names)
    return json.dumps(
        [name, epochs, digits, operations, base64.b64encode(metrics_).decode()]
    ).encode()


@functools.cache
def hash_of(row: int) -> str:
    return cells.module_hash(cells.nasbench101()[row])


def evaluations(rng) -> list[list[float]]:
    return [[epoch, rng.uniform(0, 3e3), *rng.random(3)] for epoch in (0.0, 54.0, 108.0)]


class Written:
    """Records of some rows and epochs, and the numbers in them."""

    def __init__(self, rows, epochs=(108,), repeats=(3,), seed=0):
        rng, self.records, self.numbers = np.random.default_rng(seed), [], {}
        for row in rows:
            for number in epochs:
                for _ in range(rng.choice(repeats)):
                    self.add(row, number, evaluations(rng))

    def add(self, row: int, epochs: int, found, parameters=None, cell=None, layout=message):
        cell = cell or cells.nasbench101()[row]
        self.numbers.setdefault((row, epochs), []).append(found)
        metrics_ = layout(found, parameters or 1_000_000 + row)
        self.records.append(record(cell, hash_of(row), epochs, metrics_))

    def to(self, folder):
        path = folder / "written.tfrecord"
        path.write_bytes(b"".join(map(frame, self.records)))
        return path

    def check(self, runs):
        """Every number at its place, and nothing anywhere else."""
        for epochs in runs.epochs:
            wanted = np.full((len(cells.nasbench101()), 3, 6), np.nan)
            for (row, number), repeats in self.numbers.items():
                for k, (_, half, end) in enumerate(repeats if number == epochs else []):
                    wanted[row, k] = [half[1], half[3], half[4], end[1], end[3], end[4]]
            for k, found in enumerate(runs.after(epochs)):
                np.testing.assert_array_equal(found, wanted[..., k], err_msg=Trainings._fields[k])


@pytest.fixture(scope="module")
def some_rows():
    """Cells of every size, in the order of their hashes."""
    sizes = cells.nasbench101().n_vertices
    small = np.flatnonzero(sizes <= 4)[::8]
    return sorted([*small.tolist(), *range(3, 423_624, 17_001)])


@pytest.fixture
def three(tmp_path):
    """A small file of three cells, for those who damage one."""
    written = Written([5, 70_000, 400_000])
    return written, written.to(tmp_path)


# --- what is in a file is found -----------------------------------------------------------------


def test_every_number_comes_back_by_row(some_rows, tmp_path):
    written = Written(some_rows, epochs=(4, 12, 36, 108), repeats=(0, 1, 2, 3))
    runs = from_tfrecord(written.to(tmp_path))
    assert runs.epochs == (4, 12, 36, 108)
    written.check(runs)
    known = np.flatnonzero(runs.parameters)
    assert known.tolist() == sorted({row for row, _ in written.numbers})
    assert (runs.parameters[known] == 1_000_000 + known).all()
    assert repr(runs) == f"TrainingRuns({len(known):,} cells, epochs (4, 12, 36, 108))"


def test_records_may_come_in_any_order_and_in_batches_of_any_size(some_rows, tmp_path, monkeypatch):
    written = Written(some_rows[:40], epochs=(36, 108))
    wanted = from_tfrecord(written.to(tmp_path))
    order = np.random.default_rng(1).permutation(len(written.records))
    written.records = [written.records[k] for k in order]
    monkeypatch.setattr(tfrecord, "BATCH_BYTES", 5_000)
    found = from_tfrecord(str(written.to(tmp_path)))
    for epochs in (36, 108):
        for one, other in zip(found.after(epochs), wanted.after(epochs), strict=True):
            np.testing.assert_array_equal(np.sort(one), np.sort(other))  # repeats have no order
    assert len(list(tfrecord.batches(written.to(tmp_path)))) > 10


def test_a_cell_in_another_form_is_the_same_cell(tmp_path):
    space, written, rng = cells.nasbench101(), Written([]), np.random.default_rng(0)
    forms, first = cells.all_forms(space.take(range(100)))
    for at, many in zip(*np.unique(first, return_counts=True), strict=True):
        codes, row = forms.codes[at : at + many], space.row(forms[int(at)])
        others = at + np.flatnonzero(codes != space.codes[row])
        for form in forms.take(others[:3]):
            written.add(row, 108, evaluations(rng), cell=form)
    assert len(written.numbers) > 20
    written.check(from_tfrecord(written.to(tmp_path)))


def other_layout(found, parameters):
    """What protobuf may do: other orders, unknown fields, a path, zeros left out."""
    parts = [field(3, 7.0), field(2, parameters), field(99, b"unknown"), field(98, 5)]
    for e in found:
        kept = [field(k, v) for k, v in enumerate(e, 1) if v or k > 2]
        parts.append(field(1, b"".join([field(6, b"/model.ckpt-1"), *kept[::-1]])))
    return b"".join([*parts, varint(97 << 3 | 5) + b"four"])


def test_messages_of_another_layout_say_the_same(tmp_path):
    written, rng = Written([5, 17]), np.random.default_rng(2)
    for layout in (other_layout, message, other_layout):
        written.add(300, 108, evaluations(rng), layout=layout)
    runs = from_tfrecord(written.to(tmp_path))
    written.check(runs)
    assert runs.parameters[300] == 1_000_300


# --- the parts ----------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(min_size=4, max_size=60), min_size=1, max_size=8))
def test_checksums_of_many_messages_are_those_of_each(messages):
    assert tfrecord.crc32c(messages).tolist() == [crc32c(m) for m in messages]
    wanted = [struct.unpack("<I", checksum(m))[0] for m in messages]
    assert tfrecord.masked(tfrecord.crc32c(messages)).tolist() == wanted


def test_checksums_of_the_standard():
    """RFC 3720, appendix B.4."""
    messages = [bytes(32), b"\xff" * 32, bytes(range(32)), bytes(range(31, -1, -1))]
    wanted = [0x8A9136AA, 0x62A8AB43, 0x46DD794E, 0x113FDB5C]
    assert tfrecord.crc32c(messages).tolist() == wanted


NUMBERS = st.floats(0, 1e6)
EVALUATIONS = st.lists(st.tuples(*[NUMBERS] * 5), min_size=3, max_size=3)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(EVALUATIONS, st.integers(0, 2**31 - 1), st.booleans()), min_size=1))
def test_messages_are_decoded_as_they_were_written(many):
    written = [(other_layout if odd else message)(e, n) for e, n, odd in many]
    values, parameters = metrics.decode(written)
    np.testing.assert_array_equal(values, [e for e, _, _ in many])
    assert parameters.tolist() == [n for _, n, _ in many]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused_in_words(garbage):
    with pytest.raises(metrics.Odd, match="its metrics are no ModelMetrics: ") as caught:
        metrics.decode([message([[0.0] * 5] * 3, 7), garbage])
    assert caught.value.place == 1


def test_matrices_and_operations_are_found_as_the_space_finds_them(some_rows):
    space = cells.nasbench101()
    forms, _ = cells.all_forms(space.take([*some_rows, *range(100)]))
    specs = [tuple(json.loads(record(form, "", 4, b""))[2:4]) for form in forms]
    assert len(specs) > 200
    assert spelling.rows(specs).tolist() == [space.row(form) for form in forms]


# --- what is wrong is named ---------------------------------------------------------------------


def changed(written, **parts):
    """The fourth record with some of its parts changed."""
    names = ("name", "epochs", "matrix", "operations", "metrics")
    record_ = dict(zip(names, json.loads(written.records[3]), strict=True)) | parts
    return json.dumps(list(record_.values())).encode()


GOOD = [[0.0, 0.0, 0.1, 0.1, 0.1], [54.0, 5.0, 0.5, 0.5, 0.5], [108.0, 9.0, 0.9, 0.9, 0.9]]


def with_number(place: int, value: float, parameters=1_070_000) -> str:
    found = [*GOOD[:2], [value if k == place else v for k, v in enumerate(GOOD[2])]]
    return base64.b64encode(message(found, parameters)).decode()


FOREIGN = {
    "no JSON": (lambda w: b"{'a': 1}", "it cannot be read"),
    "no text": (lambda w: b"\xff\xfe\xff\xfe", "it cannot be read"),
    "other JSON": (lambda w: b'{"arch": "|none~0|"}', "it is no list of hash, epochs"),
    "a list of four": (lambda w: b'["a", 108, "0100", "input,output"]', "it is no list of hash"),
    "two lists": (lambda w: w.records[3] * 2, "more follows its end"),
    "a deep one": (lambda w: b"[" * 10_000, "it cannot be read"),
    "a long number": (lambda w: b"9" * 10_000, "it cannot be read"),
    "epochs as text": (lambda w: changed(w, epochs="108"), "it is no list of hash, epochs"),
    "true as epochs": (lambda w: changed(w, epochs=True), "it is no list of hash, epochs"),
    "other epochs": (lambda w: changed(w, epochs=100), "trained for 100 epochs, not "),
    "a short matrix": (lambda w: changed(w, matrix="0100"), "'0100' with 'input,"),
    "other digits": (lambda w: changed(w, matrix="2" * 49), "digits other than 0 and 1|is no cell"),
    "a cycle": (lambda w: changed(w, matrix="1" * 49), "not upper triangular"),
    "no cell": (lambda w: changed(w, matrix="0" * 49), "its cell is none of NAS-Bench-101"),
    "ten edges": (
        lambda w: changed(w, matrix="".join(str(int(x < y)) for x in range(7) for y in range(7))),
        "its cell is none of NAS-Bench-101",
    ),
    "an unknown operation": (
        lambda w: changed(w, operations="input,conv5x5,output", matrix="010001000"),
        "'010001000' with 'input,conv5x5,output' is no cell",
    ),
    "an input within": (
        lambda w: changed(w, operations="input,input,output", matrix="010001000"),
        "is no cell",
    ),
    "another cell's matrix": (
        lambda w: changed(w, operations="input,output", matrix="0100"),
        "is not the module hash of its cell|do not ascend",
    ),
    "a short hash": (lambda w: changed(w, name="ab"), "'ab' is no module hash"),
    "another hash": (lambda w: changed(w, name="0" * 32), "gives row 70000 another module hash"),
    "no base64": (lambda w: changed(w, metrics="a"), "it cannot be read"),
    "no metrics": (lambda w: changed(w, metrics=""), "its metrics are no ModelMetrics"),
    "NaN": (lambda w: changed(w, metrics=with_number(4, np.nan)), "its test_accuracy is negative"),
    "percent": (lambda w: changed(w, metrics=with_number(3, 94.3)), "its validation_accuracy is"),
    "negative": (lambda w: changed(w, metrics=with_number(1, -1.0)), "its training_time is"),
    "no end": (lambda w: changed(w, metrics=with_number(1, np.inf)), "its training_time is"),
    "no parameters": (
        lambda w: changed(w, metrics=with_number(4, 0.5, parameters=0)),
        "it has no trainable parameters",
    ),
    "other parameters": (
        lambda w: changed(w, metrics=with_number(4, 0.5, parameters=3)),
        "gives row 70000 another number of trainable parameters",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("batch_bytes", [tfrecord.BATCH_BYTES, 1])
def test_a_foreign_record_is_named_with_its_place(three, tmp_path, monkeypatch, name, batch_bytes):
    written, _ = three
    change, message_ = FOREIGN[name]
    offset = sum(len(frame(r)) for r in written.records[:3])
    written.records[3] = change(written)
    if name == "another cell's matrix" or (batch_bytes == 1 and name == "another hash"):
        message_ += "|is not the module hash"
    monkeypatch.setattr(tfrecord, "BATCH_BYTES", batch_bytes)
    path = written.to(tmp_path)
    with pytest.raises(ValueError, match=message_) as caught:
        from_tfrecord(path)
    text = str(caught.value)
    assert text.startswith(f"{path}") and text.endswith("; download it again")
    if "do not ascend" not in text and "gives row" not in text:  # the later of two is named
        assert text.startswith(f"{path}, record 3 (at byte {offset:,}): ")


def test_a_fourth_training_is_named(three, tmp_path):
    written, _ = three
    written.add(70_000, 108, GOOD)
    offset = sum(len(frame(r)) for r in written.records[:9])
    with pytest.raises(ValueError, match=rf"record 9 \(at byte {offset:,}\): row 70000 has 3"):
        from_tfrecord(written.to(tmp_path))


def test_cells_under_hashes_of_each_other_are_found_out(tmp_path):
    written = Written([5, 17, 300, 70_000], repeats=(1,))
    swapped = written.records[1].replace(hash_of(17).encode(), hash_of(70_000).encode())
    written.records[1:] = [swapped, *written.records[2:]]
    with pytest.raises(ValueError, match=r"hashes of its cells do not ascend.* first at row 300"):
        from_tfrecord(written.to(tmp_path))


def test_a_file_that_ends_early_is_refused_or_holds_fewer_records(tmp_path):
    written = Written([5, 17], repeats=(2,))
    content = b"".join(map(frame, written.records))
    ends = np.cumsum([len(frame(r)) for r in written.records]).tolist()
    path = tmp_path / "cut.tfrecord"
    for cut in [*range(1, 30), *range(ends[2] - 20, ends[2] + 20), ends[1], len(content) - 1]:
        path.write_bytes(content[:cut])
        whole = sum(end <= cut for end in ends)
        if cut in ends:
            assert np.isfinite(from_tfrecord(path).after().test).sum() == whole
            continue
        start = [0, *ends][whole]
        with pytest.raises(ValueError, match=rf"record {whole} \(at byte {start:,}\): it is trunc"):
            from_tfrecord(path)


def test_every_flipped_bit_is_found(three):
    """Wherever it is: in the length, a checksum or the payload."""
    written, path = three
    content, rng = path.read_bytes(), np.random.default_rng(0)
    ends = np.cumsum([len(frame(r)) for r in written.records])
    places = [*range(24), *rng.choice(len(content), 40, replace=False), len(content) - 1]
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        number = int(np.searchsorted(ends, place, side="right"))
        with pytest.raises(ValueError, match=rf"record {number} \(at byte .*checksum"):
            from_tfrecord(path)


@pytest.mark.parametrize(
    ("length", "message_"),
    [
        (2**62, "claims 4,611,686,018,427,387,904 bytes"),
        (2**14 + 1, "claims 16,385"),
        (3, "claims 3"),
    ],
)
def test_a_length_that_no_record_has_takes_no_memory(three, length, message_):
    _, path = three
    head = struct.pack("<Q", length)
    path.write_bytes(path.read_bytes() + head + checksum(head) + bytes(100))
    with pytest.raises(ValueError, match=rf"record 9 \(at byte .*{message_}"):
        from_tfrecord(path)


def test_what_is_no_tfrecord_is_refused(tmp_path):
    path = tmp_path / "other"
    for content in (b"row,accuracy\n1,2\n3,4\n", np.random.default_rng(0).bytes(5_000)):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"record 0 \(at byte 0\).*this is no TFRecord file"):
            from_tfrecord(path)
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="holds no record; download it again"):
        from_tfrecord(path)
    with pytest.raises(FileNotFoundError, match=r"there is no .*none; download it again"):
        from_tfrecord(tmp_path / "none")
    with pytest.raises(ValueError, match="is a folder or a device"):
        from_tfrecord(tmp_path)


# --- tables under each protocol -----------------------------------------------------------------


@pytest.fixture
def runs(some_rows, tmp_path):
    written = Written(some_rows, epochs=(36, 108), repeats=(1, 2, 3))
    return from_tfrecord(written.to(tmp_path)), written.numbers


def test_the_mean_of_validation_is_seen_and_the_mean_of_test_reported(runs, some_rows):
    found, numbers = runs
    for epochs in (36, 108):
        table = found.table(epochs=epochs)
        assert table.rows.tolist() == some_rows and table.space is cells.nasbench101()
        for row in some_rows:
            ends = [repeat[2] for repeat in numbers[row, epochs]]
            assert table.query(row) == pytest.approx(100 * sum(e[3] for e in ends) / len(ends))
            assert table.report(row) == pytest.approx(100 * sum(e[4] for e in ends) / len(ends))


def test_one_validation_is_one_of_the_repeats_the_same_for_a_seed(runs, some_rows):
    found, numbers = runs
    first, again, other = (found.table(validation="one", seed=seed) for seed in (0, 0, 1))
    assert (first.objective == again.objective).all()
    assert (first.objective != other.objective).any()
    assert (first.reported == found.table().reported).all()
    places = []
    for row in some_rows:
        repeats = [round(100 * repeat[2][3], 9) for repeat in numbers[row, 108]]
        places.append(repeats.index(first.query(row)))
    assert set(places) == {0, 1, 2}


def test_the_draw_of_a_cell_does_not_hang_on_which_others_were_read(tmp_path):
    rows = [5, 17, 300, 70_000, 400_000]
    everything = from_tfrecord(Written(rows).to(tmp_path)).table(validation="one", seed=3)
    written = Written(rows)
    written.records = written.records[6:9]
    alone = from_tfrecord(written.to(tmp_path)).table(validation="one", seed=3)
    assert alone.rows.tolist() == [300] and alone.query(300) == everything.query(300)


def test_every_repeat_is_drawn_equally_often(tmp_path):
    found = from_tfrecord(Written([5]).to(tmp_path))
    three = (100 * found.after().validation[5]).round(9).tolist()
    drawn = [three.index(found.table(validation="one", seed=s).query(5)) for s in range(60)]
    counts = np.bincount(drawn, minlength=3)
    assert counts.min() >= 10  # less has a probability of 0.3 %, and the seeds are fixed


def test_a_finished_search_is_replayed_under_another_protocol(runs):
    found, _ = runs
    mean, one = found.table(), found.table(validation="one", seed=0)
    history = search.random_search(mean, 30, seed=0)
    again = search.replayed(one, history)
    assert one.asked == 0 and (again.rows == history.rows).all()
    best, curve = -1.0, []
    for row in history.rows:
        if (value := one.query(row)) > best:
            best, reported = value, one.report(row)
        curve.append(reported)
    assert search.reported_curve(one, again).tolist() == curve
    assert curve != search.reported_curve(mean, history).tolist()
    assert (search.replayed(mean, history).objective == history.objective).all()


def test_make_search_judges_its_runs_by_the_official_file(runs):
    found, _ = runs
    history = search.random_search(found.table(), 30, seed=0)
    for way, table in (
        ("mean", found.table()),
        ("one", found.table(validation="one", seed=3)),
    ):
        curve = experiment.Official(found, way)(3, history)
        best = [row for k in range(30) for row in history.rows[: k + 1]
                if table.query(row) == max(map(table.query, history.rows[: k + 1]))]  # fmt: skip
        assert curve.tolist() == [table.report(row) for row in best]


@pytest.mark.parametrize(
    ("arguments", "message_"),
    [
        ({"validation": "median"}, r"unknown validation 'median'; choose from \('mean', 'one'\)"),
        ({"validation": "one"}, "seed draws a training of each cell"),
        ({"seed": 0}, "seed draws a training of each cell"),
        ({"validation": "one", "seed": -1}, "seed must be a whole number of 0 or more"),
        ({"epochs": 12}, r"no trainings of 12 epochs; choose from \(36, 108\)"),
        ({"epochs": True}, "epochs must be a whole number"),
    ],
)
def test_a_protocol_that_is_none_is_refused(runs, arguments, message_):
    with pytest.raises((TypeError, ValueError), match=message_):
        runs[0].table(**arguments)


def test_nobody_can_change_what_was_read(runs):
    for values in (runs[0].parameters, *runs[0].after()):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


def test_the_file_that_the_speed_is_measured_on_is_such_a_file(tmp_path):
    reading.write_official(tmp_path / "bench.tfrecord", cells.nasbench101(), 4)
    runs = from_tfrecord(tmp_path / "bench.tfrecord")
    assert len(runs.table()) == 4 and np.isfinite(runs.after().test).sum() == 12
    for batch in tfrecord.batches(tmp_path / "bench.tfrecord"):
        found = map(len, (json.loads(payload)[4] for payload in batch.payloads))
        assert set(found) == {len(base64.b64encode(message(GOOD, 1_000_000)))}
