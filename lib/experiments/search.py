"""`make search`: every method and every representation, on every ground; resumable.

    python -m experiments.search measured            try the variants, and choose
    python -m experiments.search A B                 NAS-Bench-101, without and with noise
    python -m experiments.search cifar10 cifar100 imagenet16-120
    python -m experiments.search A --arms gp/        only arms whose names begin so
    python -m experiments.search A --list            what is done and what it will cost, and no more
    python -m experiments.search A --tfrecord FILE   judge the finished runs by the official file

Every run is kept in build/search/GROUND/ as soon as it is done: which rows were asked, and what
came back. From these the summary in data/results/search/GROUND.json is made; another judge needs no
search to be run again. Runs of different arms with the same seed see the same noise and, where they
start at random, the same first cells, so that they can be compared seed by seed.
"""

import argparse
import dataclasses
import hashlib
import io
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from course.results import ROOT, load_average, record
from experiments import search_arms
from experiments.search_arms import Arm
from experiments.search_grounds import Ground, ground_of
from wl2nas import benchmarks, files
from wl2nas.search import History, replayed, reported_curve

RUNS = ROOT / "build" / "search"
QUESTIONS = (10, 20, 30, 50, 75, 80, 100, 150, 200, 300)
ON_THE_WAY = (20, 30, 50, 75, 100)  # where the variants are compared
PAIRED = (50, 100, 150)  # where the values of single runs are kept, to compare seed by seed,
COMPARED = 100  # of so many


# --- runs ---------------------------------------------------------------------------------------


def path_of(ground: str, arm: Arm) -> Path:
    """The file of an arm's runs."""
    return RUNS / ground / (re.sub(r"[^\w.+-]", "_", arm.name) + ".npz")


def load_runs(path: Path) -> tuple[dict[int, History], float]:
    """The finished runs by seed, and their seconds in all; ValueError for a damaged file."""
    if not path.exists():
        return {}, 0.0
    remedy = "delete it and run again"
    content = files.read_whole(path, remedy=remedy)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as kept:
            kept = {name: kept[name] for name in ("seeds", "starts", "rows", "answers", "seconds",
                                                  "sha256")}  # fmt: skip
    except Exception as error:  # whatever NumPy and zipfile raise
        raise ValueError(f"{path} is damaged ({error}); {remedy}") from error
    if str(kept["sha256"]) != _digest(kept):
        raise ValueError(f"{path} is not as it was written; {remedy}")
    cuts = kept["starts"][1:]
    rows, answers = np.split(kept["rows"], cuts), np.split(kept["answers"], cuts)
    found = zip(kept["seeds"].tolist(), rows, answers, strict=True)
    return {seed: History(r, a) for seed, r, a in found}, float(kept["seconds"])


def save_runs(path: Path, runs: dict[int, History], seconds: float):
    """Write all runs of an arm, whole or not at all."""
    lengths = [len(history.rows) for history in runs.values()]
    kept: dict[str, Any] = {
        "seeds": np.array(list(runs), np.int64),
        "starts": np.cumsum([0, *lengths[:-1]]),
        "rows": np.concatenate([history.rows for history in runs.values()]).astype(np.int32),
        "answers": np.concatenate([history.objective for history in runs.values()]),
        "seconds": np.float64(seconds),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **kept, sha256=np.str_(_digest(kept)))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write_atomically(path, buffer.getvalue())


def _digest(kept) -> str:
    parts = (kept[name] for name in ("seeds", "starts", "rows", "answers", "seconds"))
    return hashlib.sha256(b"".join(np.ascontiguousarray(p).tobytes() for p in parts)).hexdigest()


def run_arm(ground: Ground, arm: Arm, most: int | None):
    """Do what an arm still lacks; every run is kept when it is done."""
    path = path_of(ground.name, arm)
    runs, seconds = load_runs(path)
    todo = [seed for seed in range(min(arm.runs, most or arm.runs)) if seed not in runs]
    last_saved = time.perf_counter()
    for seed in tqdm(todo, desc=f"{ground.name} {arm.name}", disable=not todo):
        started = time.perf_counter()
        runs[seed] = arm.run(ground, seed)
        seconds += time.perf_counter() - started
        if time.perf_counter() - last_saved > 20 or seed == todo[-1]:
            save_runs(path, runs, seconds)
            last_saved = time.perf_counter()


# --- summaries ----------------------------------------------------------------------------------


class Judge:
    """Says what the incumbent after every question is worth, by the table that was searched."""

    def __init__(self, table: benchmarks.AccuracyTable):
        self.table = table

    def __call__(self, seed: int, history: History) -> np.ndarray:
        return reported_curve(self.table, history)


class Official(Judge):
    """By the official file: the incumbent is the best by validation of what was asked."""

    def __init__(self, trainings: benchmarks.TrainingRuns, validation: str):
        self.trainings, self.validation = trainings, validation
        super().__init__(trainings.table())

    def __call__(self, seed: int, history: History) -> np.ndarray:
        one = self.validation == "one"
        table = self.trainings.table(validation="one", seed=seed) if one else self.table
        return reported_curve(table, replayed(table, history))


def summary(judge: Judge, runs: dict[int, History], seconds: float) -> dict:
    """An arm in numbers: means, standard errors, shares that reached the best cells, all runs."""
    curves = np.array([judge(seed, runs[seed]) for seed in sorted(runs)])
    answers = [np.maximum.accumulate(runs[seed].objective) for seed in sorted(runs)]
    table = judge.table
    asked = [q for q in QUESTIONS if q <= curves.shape[1]]
    at = curves[:, np.array(asked) - 1]
    best, second = np.sort(np.unique(table.reported))[::-1][:2]
    error = at.std(axis=0, ddof=1) / len(at) ** 0.5 if len(at) > 1 else np.zeros(len(asked))
    return {
        "runs": len(curves),
        "questions": asked,
        "mean": at.mean(axis=0).round(4).tolist(),
        "standard_error": error.round(4).tolist(),
        "best_answer": np.mean(answers, axis=0)[np.array(asked) - 1].round(4).tolist(),
        "share_at_second_best": (at >= second).mean(axis=0).round(4).tolist(),
        "share_at_best": (at >= best).mean(axis=0).round(4).tolist(),
        "by_seed": {str(q): curves[:COMPARED, q - 1].round(4).tolist()
                    for q in PAIRED if q <= curves.shape[1]},
        "mean_curve": curves.mean(axis=0).round(3).tolist(),
        "seconds_a_run": round(seconds / len(curves), 3),
    }  # fmt: skip


def summarise(ground: Ground, arms: list[Arm], started: float, judge=None, label: str = ""):
    """Write what the finished runs come to, as a judge says."""
    judge = judge or Judge(ground.table)
    table = judge.table
    found = {}
    for arm in arms:
        runs, seconds = load_runs(path_of(ground.name, arm))
        if runs:
            found[arm.name] = summary(judge, runs, seconds)
    numbers = {
        "table": table.name,
        "cells": len(table),
        "noise": ground.sigma,
        "best": round(float(table.reported.max()), 4),
        "beside_the_best": beside_the_best(ground),
        "arms": found,
        "load": load_average(),
    }
    record(f"search/{ground.name}{label}", "make search", numbers, started=started)
    return found


def beside_the_best(ground: Ground, cells: int = 4) -> list[dict]:
    """Of each of the best cells: its accuracy, and how good its neighbours are; in percent."""
    reported = ground.table.reported
    found = []
    for place in np.argsort(-reported, kind="stable")[:cells]:
        near = reported[ground.neighbours.of(place)]
        found.append({
            "accuracy": round(float(reported[place]), 4),
            "neighbours": len(near),
            "best_neighbour": round(float(near.max()), 4),
            "median_neighbour": round(float(np.median(near)), 4),
        })  # fmt: skip
    return found


def choose(found: dict) -> search_arms.Settings:
    """The variant whose answers are best on the way to 100 questions, over the representations.

    By what it was told, validation accuracy, and not by the test accuracy of what it hands over:
    on a table this small most searches end at the cell that is best by validation, and by test that
    one is not. On the way, because at the end they hardly differ.
    """
    means = {}
    for settings in search_arms.VARIANTS:
        rows = [found[name] for row in search_arms.FEW
                if (name := f"gp/{row}, {settings.name}") in found]  # fmt: skip
        if len(rows) == len(search_arms.FEW):
            at = [row["best_answer"][row["questions"].index(q)] for row in rows for q in ON_THE_WAY]
            means[settings] = float(np.mean(at))
    best = max(means, key=lambda settings: round(means[settings], 6))
    numbers = {
        "settings": dataclasses.asdict(best),
        "best_answer_on_the_way": {s.name: round(mean, 4) for s, mean in means.items()},
    }
    record("search/choice", "make search", numbers)
    return best


def cost(ground: str, arms: list[Arm]) -> str:
    """What is left to do, and how long it will take where a run was timed already."""
    left, known, unknown = 0, 0.0, 0
    for arm in arms:
        runs, seconds = load_runs(path_of(ground, arm))
        missing = max(arm.runs - len(runs), 0)
        left += missing
        known += missing * seconds / len(runs) if runs else 0.0
        unknown += missing if not runs else 0
    return (
        f"{ground}: {left:,} runs of {len(arms)} arms to do; those timed before need "
        f"{known / 60:.0f} minutes of one core, {unknown:,} are of arms that never ran"
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("grounds", nargs="*", default=["measured"])
    parser.add_argument("--arms", nargs="*", default=[""], help="only those that begin so")
    parser.add_argument("--runs", type=int, help="at most so many of each arm")
    parser.add_argument("--part", default="1/1", help="k/n: every n-th arm, from the k-th on")
    parser.add_argument("--list", action="store_true", help="only say what is left to do")
    parser.add_argument("--tfrecord", type=Path, help="the official file, to judge by")
    options = parser.parse_args(arguments)
    part, of = map(int, options.part.split("/"))
    for name in options.grounds:
        started = time.perf_counter()
        all_arms = search_arms.arms(name)
        mine = [a for a in all_arms if a.name.startswith(tuple(options.arms))][part - 1 :: of]
        print(cost(name, mine), flush=True)
        if options.list:
            continue
        ground = ground_of(name)
        if options.tfrecord:
            official = benchmarks.from_tfrecord(options.tfrecord)
            for validation in ("mean", "one"):
                judge = Official(official, validation)
                summarise(ground, all_arms, started, judge, f"-{validation}-validation")
            continue
        for arm in mine:
            run_arm(ground, arm, options.runs)
        found = summarise(ground, all_arms, started)
        if name == "measured":
            print("chosen:", choose(found).name)


if __name__ == "__main__":
    main()
