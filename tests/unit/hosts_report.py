"""One of several processes that train together, or the only one; prints what it saw as JSON.

Run by test_hosts: ``hosts_report.py FOLDER PROCESS PROCESSES PORT``. All processes share FOLDER.
"""

import json
import sys
from pathlib import Path

import numpy as np
from flax import nnx

from devices_report import MODELS, SPACE, TRAINING
from experiments import distributed, reproduce
from weights import filled
from wl2nas import latent, train
from wl2nas.files import write_atomically
from wl2nas.train import hosts

KIND, CONFIG = MODELS["Arch2Vec"]


def error_of(call) -> str:
    """What a call complains of."""
    try:
        call()
    except ValueError as error:
        return str(error)
    return "nothing"


def new_model():
    return filled(lambda: KIND(CONFIG, rngs=nnx.Rngs(0)))


def interrupted(folder: Path) -> dict:
    """Two steps, two more from their checkpoint; then the first process embeds, alone."""
    for steps in (2, 4):
        model, run = new_model(), folder / "run.partial"
        losses = train.fit(
            model, SPACE, range(100), TRAINING, steps=steps, checkpoint=run, progress_bar=False
        )
    mean = latent.embed(model, SPACE.take(range(5))).mean() if hosts.first() else None
    return {"losses": losses.tolist(), "mean": None if mean is None else float(mean)}


def row_of_the_tables(folder: Path) -> dict:
    """The script itself, on a small space."""
    reproduce.ROWS["gae"] = (CONFIG, TRAINING)
    reproduce.BUILD = folder / "build"
    reproduce.space_and_split = lambda space, split: (SPACE, np.arange(100), np.arange(100))
    distributed.do(reproduce.Run("gae"))
    return reproduce.trained(reproduce.Run("gae"))[1]["loss_by_epoch"]


def main():
    folder, process, processes = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if processes > 1:
        distributed.join(f"127.0.0.1:{sys.argv[4]}", processes, process)
    report = {**interrupted(folder), "row": row_of_the_tables(folder)}
    if processes > 1:
        report["odd"] = error_of(lambda: train.over_devices(3))
        report["one"] = error_of(lambda: train.over_devices(16, devices=1))
        apart = folder / f"not shared {process}" / "run.partial"
        if process == 0:  # only this one finds something to go on from
            apart.parent.mkdir()
            write_atomically(apart, (folder / "run.partial").read_bytes())
        report["apart"] = error_of(lambda: train.fit(
            new_model(), SPACE, range(100), TRAINING, checkpoint=apart, progress_bar=False
        ))  # fmt: skip
    print("\n" + json.dumps(report))


if __name__ == "__main__":
    main()
