"""`make editor-data`: what the plain page of the cell editor loads, as build/editor.bin.

Both models that the course trains, a sample of NAS-Bench-101, and the measured test accuracies. The
page is lib/wl2nas/explore/static/editor.html; put the file beside it.
"""

from pathlib import Path

import numpy as np

from wl2nas import cells, train
from wl2nas.benchmarks import measured
from wl2nas.explore import editor_file
from wl2nas.files import write_atomically

ROOT = Path(__file__).parents[2]
MODELS = {"ours": "ours", "arch2vec": "arch2vec_published"}  # ours is shown first


def content() -> bytes:
    """The file, made of the checkpoints and the measured table."""
    space, table = cells.nasbench101(), measured.load()
    values = np.full(len(space), np.nan)
    values[table.rows] = table.reported
    models = {
        name: train.load_checkpoint(ROOT / "data" / "checkpoints" / f"{stem}.safetensors")
        for name, stem in MODELS.items()
    }
    return editor_file.export(models, space, values=values)


def main():
    path, made = ROOT / "build" / "editor.bin", content()
    write_atomically(path, made)
    print(f"{path.relative_to(ROOT)}: {len(made) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
