"""`make checkpoints`: train arch2vec as published and measure what the notebooks quote of it.

Eight epochs over the first nine tenths of the cells, resumable after every 500 steps; then, on the
held-out tenth and on the whole space, the figures of the results file.
"""

import time

import numpy as np
from flax import nnx

from results import ROOT, record
from wl2nas import cells, generation, latent, model, priors, train

TARGET = ROOT / "data" / "checkpoints" / "arch2vec_published.safetensors"
SEED, DRAWS = 0, 10_000


def measure(trained: model.Arch2Vec, space, training, held_out) -> dict:
    """Reconstruction, cells told apart, and prior samples judged by every definition."""
    embedding = latent.embed(trained, space)
    sample = space.take(np.random.default_rng(SEED).integers(0, len(space), 2_000))
    gap = latent.relabelling_gap(trained, sample)
    means = np.asarray(latent.posterior(trained, space.take(training)).mean)
    draws = latent.decode(trained, priors.sample(priors.per_entry(means), DRAWS, seed=SEED))
    published = generation.valid_published(draws)
    strict, legal = generation.valid_strict(draws)
    return {
        "exact_reconstruction_held_out": latent.exact_reconstruction(trained, space.take(held_out)),
        "cells_told_apart": latent.count_groups(embedding, gap)._asdict(),
        "prior_draws": DRAWS,
        "valid_published": float(published.mean()),
        "valid_strict": float(strict.mean()),
        "unique_of_strict": generation.count_unique(legal) / max(len(legal), 1),
    }


def main():
    started = time.perf_counter()
    space = cells.nasbench101()
    training, held_out = train.split_published(len(space))
    config = train.TrainConfig(seed=SEED)
    arch2vec = model.Arch2Vec(rngs=nnx.Rngs(SEED))
    partial = ROOT / "build" / "arch2vec_published.partial.safetensors"
    partial.parent.mkdir(exist_ok=True)
    losses = train.fit(arch2vec, space, training, config, checkpoint=partial)
    TARGET.parent.mkdir(exist_ok=True)
    train.save_checkpoint(TARGET, arch2vec, trained_by="make checkpoints", seed=str(SEED))
    per_epoch = losses.reshape(config.epochs, -1, 3).mean(axis=1)
    numbers = measure(arch2vec, space, training, held_out)
    numbers["loss_by_epoch"] = {
        name: np.round(per_epoch[:, k].astype(float), 5).tolist()
        for k, name in enumerate(("operations", "adjacency", "kl"))
    }
    record("arch2vec_published", "make checkpoints", numbers, seed=SEED, started=started)
    partial.unlink()


if __name__ == "__main__":
    main()
