"""Reading the official file of NAS-Bench-101, from a file like it with invented numbers."""

import base64
import json
import struct
import tempfile
from pathlib import Path

import numpy as np

from experiments.bench.timing import said_by
from wl2nas import cells, files
from wl2nas.benchmarks import tfrecord


def write_official(path: Path, space, trained: int):
    """A file like Google's: three trainings each of so many cells, numbers invented."""
    rng = np.random.default_rng(0)
    rows = np.sort(rng.choice(len(space), trained, replace=False))
    blocks = []
    for some in np.array_split(rows, -(-trained // 1_000)):
        payloads = [
            json.dumps([*spelt, 108, *rest, invented_metrics(rng)]).encode()
            for spelt, rest in map(official_spelling, space.take(some))
            for _ in range(3)
        ]
        blocks.append(framed(payloads))
    files.write_atomically(path, b"".join(blocks))


def official_spelling(cell: cells.Cell) -> tuple[list[str], list[str]]:
    """Module hash; matrix and operations."""
    names = {"conv3x3": "conv3x3-bn-relu", "conv1x1": "conv1x1-bn-relu", "maxpool": "maxpool3x3"}
    digits = "".join(map(str, cell.adjacency.ravel().astype(int)))
    return [cells.module_hash(cell)], [digits, ",".join(names.get(n, n) for n in cell.names)]


def invented_metrics(rng) -> str:
    """Three evaluations, parameters and a total time, as protobuf writes them."""
    found = b""
    for k, accuracies in enumerate(rng.random((3, 3)).tolist()):
        numbers = [54.0 * k, 600.0 * k, *accuracies]
        found += b"\x0a\x2d" + b"".join(
            struct.pack("<Bd", 8 * field + 1, number) for field, number in enumerate(numbers, 1)
        )
    return base64.b64encode(found + b"\x10\xc0\x84\x3d" + struct.pack("<Bd", 25, 1e4)).decode()


def framed(payloads: list[bytes]) -> bytes:
    """Payloads as a TFRecord file has them."""
    lengths = [struct.pack("<Q", len(payload)) for payload in payloads]
    sums = [tfrecord.masked(tfrecord.crc32c(many)) for many in (lengths, payloads)]
    return b"".join(
        length + struct.pack("<I", first) + payload + struct.pack("<I", second)
        for length, first, payload, second in zip(lengths, sums[0], payloads, sums[1], strict=True)
    )


READER = """
import json, re, sys, time
from wl2nas import benchmarks, cells
cells.nasbench101()
started = time.process_time()
benchmarks.from_tfrecord(sys.argv[1])
took = time.process_time() - started
# Of this program alone: ru_maxrss would be that of the process which started it, too.
status = open("/proc/self/status", encoding="utf-8").read()
print(json.dumps([took, int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 2**10]))
"""


def bench(space, records: int = 400_000) -> dict:
    """Records a second of one core, and what memory they take.

    The peak beside that of a tenth of the file: memory does not grow with it. (Linux only.)
    """
    if not Path("/proc/self/status").exists():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        whole, tenth = Path(folder) / "whole.tfrecord", Path(folder) / "tenth.tfrecord"
        write_official(whole, space, records // 3)
        write_official(tenth, space, records // 30)
        (took, peak), (_, peak_of_tenth) = (said_by(READER, str(f)) for f in (whole, tenth))
        size = whole.stat().st_size
    return {
        "tfrecord_records_per_s_one_core": records // 3 * 3 / took,
        "tfrecord_bytes_a_record": size / (records // 3 * 3),
        "tfrecord_peak_mib": peak,
        "tfrecord_peak_mib_tenth_of_the_file": peak_of_tenth,
    }
