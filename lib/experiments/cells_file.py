"""`make data`: rebuild lib/wl2nas/_data/nasbench101.npy from the definition of the space.

Enumerates all cells, computes the official module hash of each (20 million MD5 sums, spread over
the cores) and stores the 31-bit codes in ascending order of the hash.
"""

import io
import multiprocessing
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from wl2nas import cells
from wl2nas.files import write_atomically

TARGET = Path(__file__).parents[1] / "wl2nas" / "_data" / "nasbench101.npy"
CHUNK = 2_000


def hashes(codes: np.ndarray) -> list[str]:
    """The module hashes of cells given as 31-bit codes."""
    space = cells.decode(codes)
    return [cells.module_hash(space[row]) for row in range(len(space))]


def main():
    codes = cells.enumerate_nasbench101().codes
    chunks = [codes[start : start + CHUNK] for start in range(0, len(codes), CHUNK)]
    with multiprocessing.Pool() as pool:
        found = list(tqdm(pool.imap(hashes, chunks), total=len(chunks), desc="module hashes"))
    names = np.array([name for chunk in found for name in chunk])
    if len(np.unique(names)) != len(codes):
        raise RuntimeError("two cells share a module hash: the order of the rows is not defined")
    buffer = io.BytesIO()
    np.save(buffer, codes[np.argsort(names, kind="stable")], allow_pickle=False)
    write_atomically(TARGET, buffer.getvalue())
    print(f"{len(codes)} cells in module-hash order: {TARGET.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
