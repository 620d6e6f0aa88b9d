"""`make reproduce`: train every row of the tables on the complete spaces, and measure it.

A run is a row (a model with its settings), a space, a split and a seed. Each writes one file into
data/results/reproduce/ when it is done, and is then never run again; one that is interrupted goes
on where it stopped. The first seeds of all rows come first. Two terminals can share the work:
`reproduce.py --part 1/2` and `reproduce.py --part 2/2`.
"""

import argparse
import dataclasses
import functools
import json
import shutil
import time
from dataclasses import dataclass, replace

import numpy as np
from flax import nnx

from course.results import RESULTS, ROOT, load_average, record
from wl2nas import cells, generation, latent, priors, train
from wl2nas.features import distinct
from wl2nas.models import Arch2VecConfig, CellVAEConfig, kinds
from wl2nas.models.promise import habits_of
from wl2nas.train import OURS

DRAWS = 10_000
GAP_CELLS = 2_000  # whose relabellings measure the rounding
PROBE = 8_192  # held-out cells that are decoded after every epoch, for the curve
CHECKPOINTS = ROOT / "data" / "checkpoints"
BUILD = ROOT / "build" / "reproduce"

# The published model, its training, and the same training with its mode kept.
PUBLISHED, AS_PUBLISHED = Arch2VecConfig(), train.PUBLISHED
KEPT = replace(AS_PUBLISHED, train_mode_lost=False)
REPAIRED = replace(
    PUBLISHED, mask_padding=True, operation_activation="softmax", kl_normalised_twice=False
)
VERTEXWISE = replace(REPAIRED, kl_weight=0.005)
# Ours is trained for twice the epochs that are needed to see what a change of it does.
SHORTER = replace(OURS, epochs=16)

# Every row: the model's settings and those of its training, for NAS-Bench-101.
HEADLINE = {
    "arch2vec_published": (PUBLISHED, AS_PUBLISHED),
    "arch2vec_repaired": (PUBLISHED, KEPT),
    "ours": (CellVAEConfig(), OURS),
}
SWITCHES = {  # the published code with one oddity removed; "repaired" removes the first of them
    "kl_normalised_once": (replace(PUBLISHED, kl_normalised_twice=False), AS_PUBLISHED),
    "softmax": (replace(PUBLISHED, operation_activation="softmax"), AS_PUBLISHED),
    "padding_masked": (replace(PUBLISHED, mask_padding=True), AS_PUBLISHED),
    "reshuffled": (PUBLISHED, replace(AS_PUBLISHED, reshuffle=True)),
    "all_repaired": (REPAIRED, replace(KEPT, reshuffle=True)),
}
BASELINES = {
    "gae": (replace(PUBLISHED, layer="gcn", variational=False), KEPT),
    "vgae": (replace(PUBLISHED, layer="gcn"), KEPT),
    "arch2vec_without_kl": (replace(PUBLISHED, kl_weight=0.0), AS_PUBLISHED),
}
STEPS = {  # from arch2vec to ours, one change after the other; and what ours owes to what
    "directed_encoder": (replace(VERTEXWISE, layer="directed"), SHORTER),
    "asymmetric_decoder": (
        replace(VERTEXWISE, layer="directed", edges="bilinear"), SHORTER
    ),
    "ours_shorter": (CellVAEConfig(), SHORTER),
    "ours_undirected": (CellVAEConfig(directed=False), SHORTER),
    "ours_not_blurred": (CellVAEConfig(blurred=0.0), SHORTER),
    "ours_high_kl": (CellVAEConfig(kl_weight=0.05), SHORTER),
    "ours_collapsed": (CellVAEConfig(kl_weight=1.0, blurred=0.0, exact=0.0),
                       replace(OURS, epochs=2)),
}  # fmt: skip
# The second space is small: ten epochs at batch 32 as published, more for ours.
EPOCHS_201 = {"ours": 60}
ROWS = HEADLINE | SWITCHES | BASELINES | STEPS


@dataclass(frozen=True)
class Run:
    """One training with its measurement."""

    row: str
    space: str = "101"
    split: str = "published"
    seed: int = 0

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.row}-{self.space}-{self.split}-{self.seed}"

    @property
    def settings(self):
        """Of the model and of the training."""
        model, training = ROWS[self.row]
        training = replace(training, seed=self.seed)
        if self.space == "101":
            return model, training
        epochs = EPOCHS_201.get(self.row, 10)
        return replace(model, vertices=8, operations=7), replace(training, epochs=epochs)


def all_runs(seeds: int) -> list[Run]:
    """In the order in which they are done: what a table needs first comes first."""
    runs = [Run(row) for row in HEADLINE]
    runs += [Run(row, "201", "random") for row in (*HEADLINE, *BASELINES)]
    runs += [Run(row) for row in (*STEPS, *SWITCHES, *BASELINES)]
    for seed in range(seeds):
        for split in ("class-aware", "published"):
            runs += [Run(row, split=split, seed=seed) for row in (*HEADLINE, "ours_shorter")]
        runs += [Run(row, "201", "random", seed) for row in HEADLINE]
    return list(dict.fromkeys(runs))


@functools.cache
def space_and_split(name: str, split: str):
    """A space, its training rows and its held-out rows."""
    space = {"101": cells.nasbench101, "201": cells.nasbench201}[name]()
    if split == "published":
        return space, *train.split_published(len(space))
    if split == "class-aware":
        return space, *train.split_class_aware(space)
    return space, *train.split_random(len(space))


def new_model(run: Run):
    """A fresh model with the settings of the run."""
    settings, _ = run.settings
    return kinds.with_settings(settings)(settings, rngs=nnx.Rngs(run.seed))


# --- measuring ----------------------------------------------------------------------------------


def reconstruction(model, space, held_out) -> dict:
    """Whole cells decoded exactly, and the shares of single entries that the paper reports."""
    part = space.take(held_out)
    draws = latent.decode(model, latent.posterior(model, part).mean)
    real, upper = part.ops >= 0, np.triu(np.ones(part.adjacency.shape[1:], bool), 1)
    whole = latent.exact(draws, part, padding=habits_of(model).decodes_padding)
    return {
        "exact_reconstruction_held_out": float(whole.mean()),
        # Padding counts as an error of the operations, as in the public code.
        "operations_entrywise": float(((draws.ops == part.ops) & real).mean()),
        "edges_entrywise": float((draws.adjacency == part.adjacency)[:, upper].mean()),
    }


def told_apart(model, space) -> dict:
    """How many different vectors all cells have, by ``distinct.join``; None where it cannot say."""
    rows = np.random.default_rng(0).integers(0, len(space), GAP_CELLS)
    gap = latent.relabelling_gap(model, space.take(rows))
    try:
        return distinct.join(latent.embed(model, space), gap).counts
    except ValueError:  # the vectors are rounding throughout
        return {"distinct": None, "tolerance": 10 * gap, "ambiguous": None}


def the_priors(model, posterior) -> dict:
    """Where latents are drawn from, by name."""
    means = np.asarray(posterior.mean)
    found = {
        "standard": priors.standard(means.shape[1:]),
        "per_entry": priors.per_entry(means),
        "full_covariance": priors.full_covariance(posterior),
    }
    if means.ndim == 3:
        found["per_entry_shared"] = priors.per_entry(means, per_position=False)
    return found


def _rates(draws) -> dict:
    found = {"published": float(generation.valid_published(draws).mean())}
    if len(draws.rules.sizes) > 1:  # otherwise nothing is padding, and nothing can be pruned
        found["pruned"] = float(generation.valid_pruned(draws).mean())
    return found | generation.rates(draws)._asdict()


def generate(model, space, run: Run, training, held_out) -> dict:
    """Validity, uniqueness and yield of 10,000 draws from every prior, greedy and sampled; for
    the priors that a row is reported with the coverage of as many draws as the space has cells."""
    posterior = latent.posterior(model, space.take(training))
    reported = {"per_entry": ("per_entry",), "full_covariance": ("standard", "full_covariance")}[
        habits_of(model).prior
    ]
    found: dict = {}
    for name, prior in the_priors(model, posterior).items():
        z = priors.sample(prior, DRAWS, seed=run.seed)
        found[name] = {
            "greedy": _rates(latent.decode(model, z, rules=space.rules)),
            "sampled": _rates(latent.decode(model, z, rules=space.rules, seed=run.seed)),
        }
        if run.space == "101" and name in reported:
            z = priors.sample(prior, len(space), seed=run.seed + 100)
            for suffix, seed in (("", None), ("_sampled", run.seed)):
                covered, hit = coverage(latent.decode(model, z, seed=seed), space.take(held_out))
                found[name] |= {"coverage" + suffix: covered, "held_out_hit" + suffix: hit}
    return found


def coverage(draws, held_out) -> tuple[float, float]:
    """Distinct legal cells for every draw, and the share of held-out cells that are among them."""
    valid, legal = generation.valid_strict(draws)
    return generation.count_unique(legal) / len(valid), float(in_space(held_out, legal).mean())


def in_space(some: cells.CellSpace, others: cells.CellSpace) -> np.ndarray:
    """Which of some cells are among the others, up to isomorphism."""
    return others.rows(some) >= 0


def measure(model, run: Run) -> dict:
    """Everything the tables say of one trained model."""
    space, training, held_out = space_and_split(run.space, run.split)
    numbers = reconstruction(model, space, held_out)
    if run.space == "101":
        numbers["cells_told_apart"] = told_apart(model, space)
    numbers["generation"] = generate(model, space, run, training, held_out)
    return numbers


def nulls() -> dict:
    """What generation figures are read beside: samplers without a model, on NAS-Bench-101.

    Independent edges at p = .41 with legal operations; training cells drawn again; a uniform
    sampler of the space. ``new`` is the share of the draws that is valid and no training cell.
    """
    space, training, _ = space_and_split("101", "published")
    rng, found = np.random.default_rng(0), {}

    def cells_at(rows):
        return generation.as_draws(space.take(rows))

    samplers = {
        "iid": lambda n: generation.iid_draws(n, 0.41, seed=0),
        "resampled_training": lambda n: cells_at(rng.choice(training, n)),
        "uniform": lambda n: cells_at(rng.integers(0, len(space), n)),
    }
    for name, sampler in samplers.items():
        draws = sampler(DRAWS)
        valid, legal = generation.valid_strict(draws)
        seen = in_space(legal, space.take(training))
        found[name] = {
            "published": float(generation.valid_published(draws).mean()),
            **generation.rates(draws)._asdict(),
            "new": float((~seen).sum() / len(valid)),
            "coverage": generation.rates(sampler(len(space))).distinct_per_draw,
        }
    return found


# --- running ------------------------------------------------------------------------------------


def trained(run: Run) -> tuple:
    """The model of a run, and how its training went; from build/ if it was trained before."""
    final = BUILD / f"{run.name}.safetensors"
    if not final.exists():
        save(run, *train_one(run))
    model = train.load_checkpoint(final, run.settings[0])
    return model, json.loads(train.about(final)["history"])


def save(run: Run, model, history: dict):
    """Keep a trained model in build/, where ``trained`` finds it."""
    final = BUILD / f"{run.name}.safetensors"
    train.save_checkpoint(final, model, trained_by="make reproduce", history=json.dumps(history))


def train_one(run: Run) -> tuple:
    """Train one epoch after the other, with a look at held-out cells in between."""
    space, training, held_out = space_and_split(run.space, run.split)
    _, settings = run.settings
    model, load = new_model(run), load_average()
    partial, per_epoch = BUILD / f"{run.name}.partial", len(training) // settings.batch
    probe = space.take(held_out[:PROBE])
    exact, seconds = [], 0.0
    for epoch in range(1, settings.epochs + 1):  # a call goes on where the last one stopped
        since = time.perf_counter()
        losses = train.fit(
            model, space, training, settings, steps=epoch * per_epoch, checkpoint=partial
        )
        seconds += time.perf_counter() - since
        share = latent.exact_reconstruction(model, probe, padding=habits_of(model).decodes_padding)
        # A run that was interrupted comes back with the weights of a later epoch.
        exact.append(round(share, 5) if len(losses) == epoch * per_epoch else None)
    mean_losses = losses.reshape(settings.epochs, -1, 3).mean(axis=1)
    history = {
        "training_seconds": round(seconds, 1),
        "load_before": load,
        "loss_by_epoch": {
            name: np.round(mean_losses[:, k].astype(float), 5).tolist()
            for k, name in enumerate(("operations", "adjacency", "kl"))
        },
        "exact_by_epoch": exact,
    }
    return model, history


def do(run: Run):
    """Train, measure and record one run."""
    started = time.perf_counter()
    BUILD.mkdir(parents=True, exist_ok=True)
    _, training, held_out = space_and_split(run.space, run.split)
    model, history = trained(run)
    model_settings, settings = run.settings
    numbers = {
        "run": dataclasses.asdict(run),
        "model": dataclasses.asdict(model_settings),
        "training": dataclasses.asdict(settings),
        "cells": {"training": len(training), "held_out": len(held_out)},
        **measure(model, run),
        **history,
    }
    record(f"reproduce/{run.name}", "make reproduce", numbers, seed=run.seed, started=started)
    (BUILD / f"{run.name}.partial").unlink(missing_ok=True)
    if run in [Run(row) for row in HEADLINE]:  # what the notebooks read
        shutil.copy(BUILD / f"{run.name}.safetensors", CHECKPOINTS / f"{run.row}.safetensors")
    exact = numbers["exact_reconstruction_held_out"]
    print(f"{run.name}: {time.perf_counter() - started:.0f} s, exact {exact:.5f}", flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="rows, by name; without, all of them")
    parser.add_argument("--part", default="1/1", help="k/n: every n-th run, from the k-th on")
    parser.add_argument("--list", action="store_true", help="say what is done and what is left")
    options = parser.parse_args(arguments)
    runs = [r for r in all_runs(options.seeds) if options.only is None or r.row in options.only]
    part, of = map(int, options.part.split("/"))
    if options.only is None and part == 1 and not options.list:
        started = time.perf_counter()
        if not (RESULTS / "reproduce" / "nulls.json").exists():
            record("reproduce/nulls", "make reproduce", nulls(), seed=0, started=started)
    for k, run in enumerate(runs):
        done = (RESULTS / "reproduce" / f"{run.name}.json").exists()
        if options.list:
            print(f"{'done' if done else '':>5} {run.name}")
        elif not done and k % of == part - 1:
            do(run)


if __name__ == "__main__":
    main()
