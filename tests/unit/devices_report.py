"""A few training steps on all devices of this process; prints what was used and the losses.

Run by test_train: the number of devices is a setting of the whole process.
"""

import json

import jax
import numpy as np
from flax import nnx

from weights import filled
from wl2nas import cells, train
from wl2nas.models import arch2vec, cell_vae

SPACE = cells.nasbench101().take(np.arange(0, 400_000, 4_000))
MODELS = {
    "Arch2Vec": (arch2vec.Arch2Vec, arch2vec.Arch2VecConfig(hidden=16, latent=4, layers=1)),
    "CellVAE": (
        cell_vae.CellVAE,
        cell_vae.CellVAEConfig(width=16, latent=4, hidden=40, layers=1),
    ),
}
TRAINING = train.TrainConfig(epochs=1, batch=16, steps_per_call=4, train_mode_lost=False)


def main():
    used = {n: train.over_devices(n)[0].mesh.size for n in (16, 18, 10, 7, 3)}
    report = {"devices": len(jax.devices()), "used": used}
    report["limited"] = train.over_devices(16, 2)[0].mesh.size
    for name, (kind, config) in MODELS.items():
        one = filled(lambda kind=kind, config=config: kind(config, rngs=nnx.Rngs(0)))
        losses = train.fit(one, SPACE, np.arange(100), TRAINING, steps=4, progress_bar=False)
        report[name] = losses.tolist()
    print(json.dumps(report))


if __name__ == "__main__":
    main()
