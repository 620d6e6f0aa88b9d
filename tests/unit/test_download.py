"""Downloading from a server on this machine that behaves, or misbehaves in one way each."""

import contextlib
import gc
import gzip
import hashlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from wl2nas import benchmarks
from wl2nas.benchmarks import download, nasbench101

# requests leaves the socket of an answer that broke off to the garbage collector, which complains.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

CONTENT = bytes(range(256)) * 4_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/dripping-header":
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Header: ")
                while not self.server.quiet.wait(0.1):
                    self.wfile.write(b"x")
            return None
        self.send_response(200)
        body = CONTENT[::-1] if self.path == "/other" else CONTENT
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path == "/silent":  # says what is coming, and sends no more
            return self.server.quiet.wait(10)
        if self.path == "/dripping":  # a byte now and then, for ever
            with contextlib.suppress(OSError):
                while not self.server.quiet.wait(0.1):
                    self.wfile.write(b"x")
            return None
        with contextlib.suppress(OSError):
            self.wfile.write(body[: len(body) // 2 if self.path == "/half" else None])

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def garbage_is_collected_here():
    """And not in the middle of another test, to which the complaint would be put down."""
    yield
    gc.collect()


@pytest.fixture
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = False  # closing the server waits for those who still answer
    running.quiet = threading.Event()
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.quiet.set()
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("WL2NAS_CACHE", str(folder))
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def test_a_file_is_downloaded_once_and_then_read_from_the_cache(server, cache):
    path = download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))
    assert path == cache / "table.bin" and path.read_bytes() == CONTENT
    assert files_in(cache) == ["table.bin"]
    nowhere = download.PublicFile("table.bin", f"{server}/missing", SHA256)
    assert download.fetch(nowhere) == path


@pytest.mark.parametrize(
    ("address", "error", "why"),
    [
        ("missing", OSError, "404"),
        ("half", OSError, "IncompleteRead|Connection broken|reset|timed out"),
        ("silent", OSError, "timed out"),
        ("other", ValueError, f"its sha256 is not {SHA256}"),
    ],
)
def test_a_failed_download_says_why_and_leaves_nothing(server, cache, address, error, why):
    file = download.PublicFile("table.bin", f"{server}/{address}", SHA256)
    with pytest.raises(error, match=why) as caught:
        download.fetch(file, timeout=0.5)
    message = str(caught.value)
    assert file.url in message and "Nothing was kept" in message and "table.bin" in message
    assert files_in(cache) == []


def test_a_server_that_drips_is_not_waited_for_without_end(server, cache):
    file, started = download.PublicFile("table.bin", f"{server}/dripping", SHA256), time.monotonic()
    with pytest.raises(OSError, match="it was not there after 1 seconds") as caught:
        download.fetch(file, timeout=5, limit=1)
    assert time.monotonic() - started < 5
    assert file.url in str(caught.value) and "Nothing was kept" in str(caught.value)
    assert files_in(cache) == []


def test_a_download_without_end_is_cut_off(server, cache, monkeypatch):
    monkeypatch.setattr(download, "MOST_BYTES", 100_000)
    with pytest.raises(OSError, match="or has more than 100,000 bytes"):
        download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))
    assert files_in(cache) == []


@pytest.mark.parametrize("name", ["timeout", "limit"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "60", None, True])
def test_seconds_that_are_none_are_refused(server, cache, name, value):
    file = download.PublicFile("table.bin", f"{server}/good", SHA256)
    with pytest.raises((TypeError, ValueError), match=f"{name} must be a finite number above 0"):
        download.fetch(file, **{name: value})
    assert not cache.exists()


def test_what_a_killed_download_left_is_removed_by_the_next(server, cache):
    program = (
        "from wl2nas.benchmarks import download\n"
        f"download.fetch(download.PublicFile('table.bin', '{server}/silent', '{SHA256}'))\n"
    )
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
        before, deadline = set(files_in(cache)), time.monotonic() + 30
        while set(files_in(cache)) <= before and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
        assert len(files_in(cache)) == 1  # what is left: the second removed the first one's
    download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))
    assert files_in(cache) == ["table.bin"]


def test_a_folder_in_the_place_of_the_file_is_named(server, cache):
    (cache / "table.bin").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"table\.bin is a folder or a device"):
        download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))


def test_a_huge_file_in_the_cache_is_not_read(cache):
    cache.mkdir()
    with (cache / "table.bin").open("wb") as file:  # a hole: it takes no place on the disk
        file.truncate(10**11)
    started = time.monotonic()
    with pytest.raises(ValueError, match=r"table\.bin is altered: it has 100,000,000,000 bytes"):
        download.fetch(download.PublicFile("table.bin", "http://127.0.0.1:9/", SHA256))
    assert time.monotonic() - started < 10


def test_a_server_that_drips_its_header_is_not_waited_for_without_end(server, cache):
    file = download.PublicFile("table.bin", f"{server}/dripping-header", SHA256)
    with pytest.raises(OSError, match="it was not there after 1 seconds"):
        download.fetch(file, timeout=5, limit=1)
    assert files_in(cache) == []


def test_the_cache_may_be_named_as_in_a_shell(server, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WL2NAS_CACHE", "~/x")
    path = download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))
    assert path == tmp_path / "x" / "table.bin"


def test_no_network_is_named_with_the_remedy(cache):
    file = download.PublicFile("table.bin", "http://127.0.0.1:9/table.bin", SHA256)
    with pytest.raises(OSError, match="Check the network and the folder"):
        download.fetch(file, timeout=1)
    assert files_in(cache) == []


@pytest.mark.parametrize("content", [CONTENT[:1000], CONTENT[:-1] + b"x", b""])
def test_a_damaged_file_in_the_cache_is_named_and_left_alone(server, cache, content):
    cache.mkdir()
    (cache / "table.bin").write_bytes(content)
    with pytest.raises(ValueError, match=r"table.bin is truncated or altered.*Delete it and call"):
        download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))
    assert (cache / "table.bin").read_bytes() == content


def test_a_cache_that_is_no_folder_is_named(server, cache):
    cache.write_text("in the way", encoding="utf-8")
    with pytest.raises(OSError, match="WL2NAS_CACHE names another one"):
        download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))


def test_ctrl_c_leaves_nothing(server, cache, monkeypatch):
    def interrupted(self, url, output_file, pooch_, **_):
        Path(output_file).write_bytes(CONTENT[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(download.pooch.HTTPDownloader, "__call__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        download.fetch(download.PublicFile("table.bin", f"{server}/good", SHA256))
    assert files_in(cache) == []


def test_an_interrupted_process_leaves_nothing(server, cache):
    program = (
        "import signal\n"
        "from wl2nas.benchmarks import download\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may have ignored it
        f"download.fetch(download.PublicFile('table.bin', '{server}/silent', '{SHA256}'))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=os.environ, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while not files_in(cache) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(files_in(cache)) == 1  # the temporary file: the download has begun
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=30)
    assert process.returncode != 0 and "KeyboardInterrupt" in complaint
    assert files_in(cache) == []


def test_processes_that_download_at_once_do_not_harm_each_other(server, cache):
    program = (
        "from wl2nas.benchmarks import download\n"
        f"file = download.PublicFile('table.bin', '{server}/good', '{SHA256}')\n"
        "print(len(download.fetch(file).read_bytes()))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program], env=os.environ, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in started:
        printed, complaint = process.communicate(timeout=60)
        assert (process.returncode, printed.strip()) == (0, str(len(CONTENT))), complaint
    assert files_in(cache) == ["table.bin"]


def test_the_cache_has_a_usual_place_without_the_variable(monkeypatch):
    monkeypatch.delenv("WL2NAS_CACHE", raising=False)
    usual = download.cache_folder()
    assert "wl2nas" in str(usual)
    monkeypatch.setenv("WL2NAS_CACHE", "")
    assert download.cache_folder() == usual


# --- the public accuracies of NAS-Bench-101 -----------------------------------------------------


class Trap:
    def __reduce__(self):
        return (Path("trapped").write_text, ("this pickle was run",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no whole gzipped pickle|no frame"),
        (b"no gzip", "no whole gzipped pickle"),
        (gzip.compress(b"no pickle"), "no whole gzipped pickle"),
        (gzip.compress(pickle.dumps(np.arange(5.0)))[:-9], "no whole gzipped pickle"),
        (gzip.compress(pickle.dumps(list(range(5)))), "no frame of 423624 rows"),
        (gzip.compress(pickle.dumps(Trap())), "no frame of 423624 rows"),
        (gzip.compress(bytes(2**25)), "unpacks to more than the 6,843,520 bytes"),
        (gzip.compress(b"\x80\x04" + b"N0" * 10**6 + b"N."), "more than 1,000 instructions"),
        (gzip.compress(pickle.dumps(1)) + gzip.compress(b"more"), "more follows it"),
        (gzip.compress(b"\x8e" + b"\xff" * 7 + b"\x7f"), "no whole gzipped pickle"),
        (gzip.compress(b"I" + b"9" * 10**6 + b"\n."), "no whole gzipped pickle"),
    ],
    # Spelt out, since gzip writes the second into the bytes, and both workers must find one name.
    ids=[
        "empty",
        "no gzip",
        "no pickle",
        "truncated",
        "a list",
        "a trap",
        "large",
        "long",
        "two",
        "a claim of 2^63 bytes",
        "a number of a million digits",
    ],
)
def test_what_is_no_such_frame_is_refused_and_never_run(content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        nasbench101.parse(content)
    assert list(tmp_path.iterdir()) == []


def test_random_instructions_are_refused_in_words():
    rng = np.random.default_rng(0)
    for _ in range(300):
        with pytest.raises(ValueError, match=r"no whole gzipped pickle|no frame"):
            nasbench101.parse(gzip.compress(rng.bytes(rng.integers(1, 60))))


def test_the_public_accuracies(oracle, monkeypatch):
    monkeypatch.setenv("WL2NAS_CACHE", str(oracle(nasbench101.FILE.name).parent))
    table = benchmarks.load("nasbench101")
    assert len(table) == 423_624
    assert table.best == 4789 and table.query(4789) == pytest.approx(94.3175752957662)
    assert np.median(table.reported) == pytest.approx(90.638, abs=1e-3)
    assert [round(table.report(row), 1) for row in (40965, 182952)] == [90.3, 81.5]


def test_cells_whose_trainings_failed_are_as_many_as_the_module_says(oracle):
    percent = 100 * nasbench101.parse(oracle(nasbench101.FILE.name).read_bytes())
    between = [((percent >= low) & (percent < high)).sum() for low, high in
               ((0, 12), (30, 42), (55, 67))]  # fmt: skip
    assert between[0] == 644
    assert between[1:] == pytest.approx([1_390, 3_750], abs=5)


def test_they_are_those_of_the_assembled_reference(oracle):
    with np.load(oracle("nasbench101_reference.npz"), allow_pickle=False) as reference:
        truth = reference["test_acc_mean3"]
    parsed = nasbench101.parse(oracle(nasbench101.FILE.name).read_bytes())
    np.testing.assert_allclose(parsed, truth, atol=1e-7)
