"""`make search`: every method and every representation, on every ground; resumable.

    python -m experiments.search measured            try the variants, and choose
    python -m experiments.search A B                 NAS-Bench-101, without and with noise
    python -m experiments.search cifar10 cifar100 imagenet16-120
    python -m experiments.search A --arms gp/        only arms whose names begin so
    python -m experiments.search A --list            what is done and what it will cost, and no more
    python -m experiments.search A --print           the table of what was found, and no more
    python -m experiments.search A --tfrecord FILE   judge the finished runs by the official file

Every run is kept in build/search/ as soon as it is done: which rows were asked, and what came back;
runs on another table, or with other settings, have files of their own. From these the summary in
data/results/search/GROUND.json is made; an arm of which it holds more runs than are here stays as
it is. Another judge needs no search to be run again.

The seeds of an arm are 0, 1, 2, ... Runs of different arms with the same seed see the same noise
and, where they start at random, the same first cells: they can be compared seed by seed.
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

from course import searches
from course.results import ROOT, numbers_of, record
from experiments import search_arms
from experiments.search_arms import Arm
from experiments.search_grounds import SHORT, Ground, ground_of
from wl2nas import benchmarks, files
from wl2nas.search import History, replayed, reported_curve

RUNS = ROOT / "build" / "search"
QUESTIONS = (10, 20, 30, 50, 75, 80, 100, 150, 200, 300)
ON_THE_WAY = (20, 30, 50, 75, 100)  # where the variants are compared
PAIRED = (50, 100, 150)  # where the values of single runs are kept, to compare seed by seed,
COMPARED = 100  # of so many


# --- runs ---------------------------------------------------------------------------------------


def path_of(ground: Ground, arm: Arm) -> Path:
    """The file of an arm's runs: for one table, and for one choice of settings."""
    name = arm.name if arm.made_with in arm.name else f"{arm.name}, {arm.made_with}"
    return RUNS / f"{ground.name}-{ground.digest}" / (re.sub(r"[^\w.+-]", "_", name) + ".npz")


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
    path = path_of(ground, arm)
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


def summarise(ground: Ground, arms: list[Arm], judge: Judge | None = None, label: str = ""):
    """Write what the finished runs come to, as a judge says, and return it."""
    judge, name = judge or Judge(ground.table), f"search/{ground.name}{label}"
    known, found = recorded(name, ground), {}
    for arm in arms:
        runs, seconds = load_runs(path_of(ground, arm))
        before = known.get(arm.name, {})
        if before.get("made_with") == arm.made_with and before["runs"] > len(runs):
            found[arm.name] = before
        elif runs:
            found[arm.name] = {"made_with": arm.made_with, **summary(judge, runs, seconds)}
    numbers = {
        "table": judge.table.name,
        "digest": ground.digest,
        "cells": len(judge.table),
        "noise": ground.sigma,
        "best": round(float(judge.table.reported.max()), 4),
        "beside_the_best": beside_the_best(ground),
        "minutes_of_one_core": round(sum(map(_minutes, found.values())), 1),
        "arms": found,
    }
    record(name, "make search", numbers, seed=0)
    return found


def recorded(name: str, ground: Ground) -> dict[str, dict]:
    """The arms that were written before, of this very table; none where there are none."""
    numbers = numbers_of(name)
    return numbers["arms"] if numbers.get("digest") == ground.digest else {}


def _minutes(arm: dict) -> float:
    return arm["runs"] * arm["seconds_a_run"] / 60


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


def choose(found: dict) -> search_arms.Settings | None:
    """The variant whose answers are best on the way to 100 questions, over the representations;
    None, and nothing is written, as long as not all variants ran.

    By what it was told, validation accuracy, and not by the test accuracy of what it hands over:
    on a table this small most searches end at the cell that is best by validation, and by test that
    one is not. On the way, because at the end they hardly differ.
    """
    means = {}
    for settings in search_arms.VARIANTS:
        names = [f"gp/{row}, {settings.name}" for row in search_arms.FEW]
        if any(name not in found for name in names):
            return None
        rows = [found[name] for name in names]
        at = [row["best_answer"][row["questions"].index(q)] for row in rows for q in ON_THE_WAY]
        means[settings] = float(np.mean(at))
    best = max(means, key=lambda settings: round(means[settings], 6))
    numbers = {
        "settings": dataclasses.asdict(best),
        "best_answer_on_the_way": {s.name: round(mean, 4) for s, mean in means.items()},
    }
    record("search/choice", "make search", numbers)
    return best


def cost(ground: Ground, arms: list[Arm]) -> str:
    """What is left to do, and how long it takes where a run was timed, here or where it was
    recorded."""
    left, known, unknown = 0, 0.0, 0
    before = recorded(f"search/{ground.name}", ground)
    for arm in arms:
        runs, seconds = load_runs(path_of(ground, arm))
        missing = max(arm.runs - len(runs), 0)
        left += missing
        if runs or arm.name in before:
            each = seconds / len(runs) if runs else before[arm.name]["seconds_a_run"]
            known += missing * each
        else:
            unknown += missing
    return (
        f"{ground.name}: {left:,} runs of {len(arms)} arms to do; those timed before need "
        f"{known / 60:.0f} minutes of one core, {unknown:,} are of arms that never ran"
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("grounds", nargs="*", default=["measured"])
    parser.add_argument("--arms", nargs="*", default=[""], help="only those that begin so")
    parser.add_argument("--runs", type=int, help="at most so many of each arm")
    parser.add_argument("--part", default="1/1", help="k/n: every n-th arm, from the k-th on")
    parser.add_argument("--list", action="store_true", help="only say what is left to do")
    parser.add_argument("--print", action="store_true", help="only print what was found")
    parser.add_argument("--tfrecord", type=Path, help="the official file, to judge by")
    options = parser.parse_args(arguments)
    part, of = map(int, options.part.split("/"))
    for name in options.grounds:
        if options.print:
            print_found(name)
            continue
        all_arms, ground = search_arms.arms(name), ground_of(name)
        mine = [a for a in all_arms if a.name.startswith(tuple(options.arms))][part - 1 :: of]
        print(cost(ground, mine), flush=True)
        if options.list:
            continue
        if options.tfrecord:
            official = benchmarks.from_tfrecord(options.tfrecord)
            for validation in ("mean", "one"):
                judge = Official(official, validation)
                summarise(ground, all_arms, judge, f"-{validation}-validation")
            continue
        for arm in mine:
            run_arm(ground, arm, options.runs)
        found = summarise(ground, all_arms)
        if name == "measured":
            chosen = choose(found)
            print("chosen:", chosen.name if chosen else "nothing, not all variants ran")


def print_found(ground: str):
    """The recorded arms of a ground: means with standard errors, and shares that reached."""
    found = searches.arms(ground)
    print(f"{ground}, in %, and the share of runs at one of the two best cells")
    table = searches.table(ground, found, PAIRED)
    table.insert(len(PAIRED), "share", searches.shares(ground, found, (SHORT,)).iloc[:, 0])
    print(table.to_string())


if __name__ == "__main__":
    main()
