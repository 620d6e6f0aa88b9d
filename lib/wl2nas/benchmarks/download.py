"""Public files, downloaded once into a cache folder and checked by sha256.

The folder is ``$WL2NAS_CACHE``, or the system's usual place for caches. A file is there whole or
not at all: a download goes to a temporary name of its own beside it, is checked, and only then
takes its place, so that two processes at once do no harm and an interrupted one leaves nothing.
"""

import os
from pathlib import Path
from typing import NamedTuple

import pooch


class PublicFile(NamedTuple):
    """Where a file lies, pinned to a commit, and what it must be."""

    name: str
    url: str
    sha256: str


def cache_folder() -> Path:
    """The folder of downloaded files; it need not exist yet."""
    return Path(os.environ.get("WL2NAS_CACHE") or pooch.os_cache("wl2nas"))


def fetch(file: PublicFile, *, timeout: int | float = 60) -> Path:
    """The path of the file, downloaded if it is not in the cache yet.

    Raises ValueError if the cached file is not the one that is meant (it is left alone), or if the
    address holds another one; OSError if the download fails or the cache cannot be written. Both
    name the file, the cause and what to do. ``timeout``: seconds without an answer.
    """
    path = cache_folder() / file.name
    if path.exists():
        _check_cached(path, file)
        return path
    by_hand = f"Or download it yourself and put it there as {path}."
    try:
        pooch.retrieve(
            file.url,
            known_hash=f"sha256:{file.sha256}",
            fname=file.name,
            path=path.parent,
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=timeout),
        )
    except ValueError as error:  # pooch found another sha256, and has removed what it fetched
        raise ValueError(
            f"{file.url} did not give {file.name} whole: its sha256 is not {file.sha256}. "
            f"Nothing was kept. Try again. {by_hand}"
        ) from error
    except OSError as error:
        raise OSError(
            f"{file.name} could not be downloaded from {file.url} into {path.parent}: {error}. "
            f"Nothing was kept. Check the network and the folder (WL2NAS_CACHE names another one), "
            f"and try again. {by_hand}"
        ) from error
    return path


def _check_cached(path: Path, file: PublicFile):
    found = pooch.file_hash(str(path), alg="sha256")
    if found != file.sha256:
        raise ValueError(
            f"{path} is truncated or altered: its sha256 is {found}, not {file.sha256}. "
            f"Delete it and call again, to download it from {file.url}."
        )
