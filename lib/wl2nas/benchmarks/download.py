"""Public files, downloaded once into a cache folder and checked by sha256.

The folder is ``$WL2NAS_CACHE``, or the system's usual place for caches. A file is there whole or
not at all: a download goes to a temporary name of its own beside it, is checked, and only then
takes its place, so that two processes at once do no harm. An interrupted one leaves nothing; what
a killed one had to leave, the next download removes.
"""

import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

import pooch
from tqdm import tqdm

from wl2nas import files
from wl2nas._require import number

MOST_BYTES = 2**28  # of a download, before its sha256 can be known to be another


class PublicFile(NamedTuple):
    """Where a file lies, pinned to a commit, and what it must be."""

    name: str
    url: str
    sha256: str


def cache_folder() -> Path:
    """The folder of downloaded files; it need not exist yet."""
    return files.environment_path("WL2NAS_CACHE") or Path(pooch.os_cache("wl2nas"))


def fetch(file: PublicFile, *, timeout=60, limit=600) -> Path:
    """The path of the file, downloaded if it is not in the cache yet.

    Raises ValueError if the cached file is not the one that is meant (it is left alone), or if the
    address holds another one; OSError if the download fails or the cache cannot be written. Both
    name the file, the cause and what to do. ``timeout``: seconds without an answer; ``limit``:
    seconds for the whole download.
    """
    timeout = number("timeout", timeout, above=0)
    limit = number("limit", limit, above=0, at_most=threading.TIMEOUT_MAX)
    path = cache_folder() / file.name
    if path.exists():
        _check_cached(path, file)
        return path
    by_hand = f"Or download it yourself and put it there as {path}."
    try:
        partial = files.partial_beside(path)
        try:
            _download(file.url, partial, timeout, limit)
            found = pooch.file_hash(str(partial), alg="sha256")
            if found == file.sha256:
                os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise OSError(
            f"{file.name} could not be downloaded from {file.url} into {path.parent}: {error}. "
            f"Nothing was kept. Check the network and the folder (WL2NAS_CACHE names another one), "
            f"and try again. {by_hand}"
        ) from error
    if found != file.sha256:
        raise ValueError(
            f"{file.url} did not give {file.name} whole: its sha256 is not {file.sha256}. "
            f"Nothing was kept. Try again. {by_hand}"
        )
    return path


class _Progress(tqdm):
    """A bar that ends the download where it is late or large."""

    def __init__(self, limit: float):
        super().__init__(ncols=79, unit="B", unit_scale=True)
        self.ends, self.bytes = time.monotonic() + limit, 0

    def __bool__(self) -> bool:  # pooch asks whether there is a bar before it knows a total
        return True

    def update(self, n=1):
        """Called for every piece that comes."""
        self.bytes += n
        if time.monotonic() > self.ends or self.bytes > MOST_BYTES:
            self.close()
            raise OSError(f"it is not there in time, or has more than {MOST_BYTES:,} bytes")
        return super().update(n)


def _download(url: str, partial: Path, timeout: float, limit: float):
    """Write what lies at an address into a file; OSError if it fails or takes too long.

    In a thread, since a server that sends a byte now and then keeps whoever reads waiting; that
    thread ends at the next piece that comes, or with the process.
    """
    failed: list[BaseException] = []

    def work():
        try:
            downloader = pooch.HTTPDownloader(progressbar=_Progress(limit), timeout=timeout)
            downloader(url, str(partial), None)
        except BaseException as error:  # to be raised by who waits
            failed.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        raise TimeoutError(f"it was not there after {limit:g} seconds")
    if failed:
        raise failed[0]


def _check_cached(path: Path, file: PublicFile):
    if not path.is_file():
        raise ValueError(f"{path} is a folder or a device, not a file; move it away and call again")
    if (size := path.stat().st_size) > MOST_BYTES:  # of which the sha256 would take minutes
        raise ValueError(
            f"{path} is altered: it has {size:,} bytes, and nothing that is downloaded has more "
            f"than {MOST_BYTES:,}. Delete it and call again, to download it from {file.url}."
        )
    found = pooch.file_hash(str(path), alg="sha256")
    if found != file.sha256:
        raise ValueError(
            f"{path} is truncated or altered: its sha256 is {found}, not {file.sha256}. "
            f"Delete it and call again, to download it from {file.url}."
        )
