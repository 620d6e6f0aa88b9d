"""What `make search` runs: arms, which are methods with all they need; grounds are beside.

What is chosen among variants (kernel, targets, acquisition) is chosen on "measured", and nowhere
else: ``VARIANTS`` are tried there, and the best of them is ``choice``. Elsewhere every
representation runs with that choice; what is varied on purpose is a row with a name of its own.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from course.results import numbers_of
from experiments.search_grounds import LONG, SHORT, Ground
from wl2nas import search
from wl2nas.features.registry import SUFFIX
from wl2nas.search import again, bayesian, gp, wl_gp
from wl2nas.search.published import NONE, PUBLISHED, Oddities
from wl2nas.search.targets import TARGETS

START = 10
BATCH = 5


@dataclass(frozen=True)
class Arm:
    """A method with its settings, and how many runs it gets; ``run(ground, seed)`` is one.

    made_with: the settings of its process, where it has one; with others its runs are others.
    """

    name: str
    run: Callable[[Ground, int], search.History]
    runs: int = 100
    made_with: str = ""


@dataclass(frozen=True)
class Settings:
    """What is chosen of a Gaussian process."""

    kernel: str = "rbf"
    targets: str = "floored"
    acquisition: str = "ei"

    @property
    def name(self) -> str:
        """As it stands in names of arms."""
        return f"{self.kernel},{self.targets},{self.acquisition}"


VARIANTS = [
    Settings(*values)
    for values in itertools.product(
        ("rbf", "matern"), ("raw", "floored", "log_error", "normal_scores"), ("ei", "ucb")
    )
]
UNTRAINED = (
    "statistics", "statistics_plain", "graf", "paths", "one_hot",
    "wl_skeleton_1", "wl_directed_1", "wl_skeleton", "wl_directed",
    "gin_random_skeleton", "gin_random_directed",
)  # fmt: skip
TRAINED = ("arch2vec_published", "arch2vec_repaired", "ours")
# The statistics hold the parameters already.
WITH_PARAMETERS = tuple(
    name + SUFFIX
    for name in ("statistics_plain", "graf", "paths", "one_hot", "wl_skeleton", "wl_directed",
                 "gin_random_directed", *TRAINED)
)  # fmt: skip
# Between these the course decides its questions (notebook 09b): by the second choice as well.
DECISIVE = ("statistics", "one_hot", "wl_skeleton", "wl_directed", "gin_random_skeleton",
            "gin_random_directed", *TRAINED)  # fmt: skip
# One of each kind, for what is tried with every transformation of the labels.
FEW = ("statistics", "paths+parameters", "one_hot", "wl_directed", "arch2vec_published", "ours")
STDS = (0.1, 0.3, 1.0)  # of the policy's draws; the public code has 1


def choice() -> Settings:
    """The settings that `make search` found best on the measured table."""
    found = numbers_of("search/choice")
    if not found:
        raise ValueError("nothing is chosen yet; run `make search GROUND=measured` first")
    return Settings(**found["settings"])


def second_choice() -> Settings:
    """The settings that came second there: what a choice hangs on that is made by a hair."""
    tried = numbers_of("search/choice")["best_answer_on_the_way"]
    (_, second), *_ = sorted((-mean, name) for name, mean in tried.items()
                             if name != choice().name)  # fmt: skip
    return Settings(*second.split(","))


def gaussian_process(
    name: str, settings: Settings, ground: Ground, seed: int, *,
    problem=None, budget: int | None = None, every_cell: bool = False,
) -> search.History:  # fmt: skip
    """Bayesian optimisation on a representation; with ``every_cell`` all places are candidates."""
    candidates = {} if every_cell else ground.candidates
    return search.bayesian_optimisation(
        problem or ground.problem(seed), ground.features(name), budget or ground.budget,
        seed=seed, start=START, batch=BATCH, kernel=settings.kernel, targets=settings.targets,
        acquisition=settings.acquisition, **candidates,
    )  # fmt: skip


def gp_arm(name: str, settings: Settings, *, label: str = "", runs: int = 100, **more) -> Arm:
    """The arm of a representation; ``more`` is for ``gaussian_process``."""
    run = functools.partial(gaussian_process, name, settings, **more)
    return Arm(f"gp/{name}{label}", run, runs, settings.name)


def plain_arms() -> list[Arm]:
    """Methods without a model of the answers."""

    def at_random(ground, seed):
        return search.random_search(ground.problem(seed), LONG, seed=seed)

    def evolution(ground, seed):
        return search.regularised_evolution(
            ground.problem(seed), ground.neighbours, LONG, seed=seed, start=ground.start(seed, 30)
        )

    def local(ground, seed):
        return search.local_search(
            ground.problem(seed), ground.neighbours, LONG, seed=seed,
            start=ground.start(seed, START),
        )  # fmt: skip

    return [Arm("random", at_random, 500), Arm("evolution", evolution, 500),
            Arm("local", local, 500)]  # fmt: skip


def wl_arm(direction: str, settings: Settings) -> Arm:
    """The kernel of Weisfeiler-Lehman colours, its level chosen by likelihood; asks by expected
    improvement, as its authors do."""

    def run(ground, seed):
        model = wl_gp.OnColours(ground.colours(direction))
        return bayesian.optimise(
            search.Ledger(ground.problem(seed), ground.budget), model, seed=seed, start=START,
            batch=BATCH, targets=settings.targets, acquisition="ei", **ground.candidates,
        )  # fmt: skip

    return Arm(f"wl/{direction}", run, made_with=settings.targets)


def forest_arm(name: str) -> Arm:
    """A random forest instead of a process, as GRAF's authors have it: mean and spread of trees."""

    def run(ground, seed):
        model = Forest(ground.features(name), seed)
        return bayesian.optimise(
            search.Ledger(ground.problem(seed), SHORT), model, seed=seed, start=START,
            batch=BATCH, targets="raw", acquisition="ei", **ground.candidates,
        )  # fmt: skip

    return Arm(f"forest/{name}", run, 30)


class Forest:
    """A hundred regression trees as a Surrogate, with scikit-learn's settings."""

    def __init__(self, features, seed: int):
        self.features, self.seed = features, seed

    def posterior(self, asked, targets, here) -> gp.Posterior:
        """Mean and standard deviation over the trees."""
        forest = RandomForestRegressor(random_state=self.seed)
        forest.fit(self.features[asked], targets)
        of_trees = [tree.predict(self.features[here]) for tree in forest.estimators_]
        # Trees of the same answer everywhere leave no spread, and no improvement to expect.
        return gp.Posterior(np.mean(of_trees, axis=0), np.std(of_trees, axis=0) + 1e-9)

    def alike(self, place, here):
        """Those of equal features."""
        return (self.features[here] == self.features[place]).all(axis=1)


def dngo_arm(name: str, runs: int = 50, label: str = "", oddities: Oddities = NONE) -> Arm:
    """The search of arch2vec by Bayesian optimisation."""

    def run(ground, seed):
        return search.dngo_search(
            ground.problem(seed), ground.features(name), ground.budget, seed=seed,
            oddities=oddities,
        )  # fmt: skip

    return Arm(f"dngo/{name}{label}", run, runs)


def policy_arm(
    name: str, runs: int = 50, label: str = "", oddities: Oddities = NONE, std: float = 1.0
) -> Arm:
    """The search of arch2vec by REINFORCE."""

    def run(ground, seed):
        return search.reinforce_search(
            ground.problem(seed), ground.features(name), ground.budget, seed=seed, std=std,
            oddities=oddities,
        )  # fmt: skip

    return Arm(f"reinforce/{name}{label}", run, runs)


def policy_arms() -> list[Arm]:
    """REINFORCE on every trained description, and how wide its draws should be."""
    return [
        *(policy_arm(name) for name in TRAINED),
        *(policy_arm("arch2vec_published", label=f", std {std}", std=std)
          for std in STDS if std != 1.0),
    ]  # fmt: skip


def odd_arms() -> list[Arm]:
    """What each oddity of the public code costs, and all of them."""
    fixed = Oddities(95.0)
    dngo = {"fixed target": fixed, "variance for sigma": Oddities(variance_for_sigma=True),
            "pays twice": Oddities(pays_twice=True), "all oddities": PUBLISHED}  # fmt: skip
    policy = {"fixed target": fixed, "discount lost": Oddities(discount_lost=True),
              "all oddities": PUBLISHED}  # fmt: skip
    name = "arch2vec_published"
    return [
        *(dngo_arm(name, 20, f", {label}", odd) for label, odd in dngo.items()),
        *(policy_arm(name, 20, f", {label}", odd) for label, odd in policy.items()),
    ]


def again_arm(name: str, settings: Settings, label: str = "", most: int | None = None) -> Arm:
    """A Gaussian process with a third of the budget spent on measuring its leaders again."""

    def run(ground, seed):
        problem = ground.problem(seed)  # one noise for the search and for measuring again

        def method(problem, budget):
            return gaussian_process(name, settings, ground, seed, problem=problem, budget=budget)

        return again.measuring_again(problem, method, ground.budget, most=most)

    again_ = f", again at most {most}" if most else ", again"
    return Arm(f"gp/{name}{label}{again_}", run, made_with=settings.name)


# Selected on NAS-Bench-101 in a trial, and marked so wherever it is shown.
SELECTED = Settings("matern", "normal_scores", "ei")
SELECTED_ON = "paths+parameters"
SELECTED_LABEL = ", selected on NAS-Bench-101"


def arms(name: str) -> list[Arm]:
    """Everything that runs on a ground, what is read first first."""
    if name == "measured":
        variants = [gp_arm(row, settings, label=f", {settings.name}", runs=30)
                    for settings in VARIANTS for row in FEW]  # fmt: skip
        policies = [policy_arm("arch2vec_published", 30, f", std {std}", std=std) for std in STDS]
        return [*plain_arms(), *variants, *policies]
    best = choice()
    if name not in ("A", "B"):
        found = [gp_arm(row, best) for row in UNTRAINED if "gin" not in row]
        return [*plain_arms(), *found, *levers(("paths",), best), wl_arm("both", best)]
    selected = gp_arm(SELECTED_ON, SELECTED, label=SELECTED_LABEL)
    found = [*plain_arms(), selected,
             *(gp_arm(row, best) for row in (*UNTRAINED, *TRAINED, *WITH_PARAMETERS)),
             *(wl_arm(direction, best) for direction in ("undirected", "both"))]  # fmt: skip
    if name == "B":
        return [
            *found,
            *(again_arm(row, best) for row in FEW),
            again_arm(SELECTED_ON, SELECTED, SELECTED_LABEL),
            again_arm(SELECTED_ON, SELECTED, SELECTED_LABEL, most=2),
            dngo_arm("arch2vec_published"),
            policy_arm("arch2vec_published"),
        ]
    # On one-hot cells DNGO has no other features than those it learns from the answers.
    dngo = [dngo_arm(name) for name in ("arch2vec_published", "ours", "one_hot")]
    # With every cell as a candidate a run takes twenty times as long.
    every_cell = [
        gp_arm(
            SELECTED_ON, SELECTED, label=f"{SELECTED_LABEL}, all cells", runs=30, every_cell=True
        ),
        gp_arm("statistics", best, label=", all cells", runs=30, every_cell=True),
    ]
    second = second_choice()
    by_second = [gp_arm(row, second, label=f", {second.name}") for row in DECISIVE]
    return [*found, *by_second, *levers(FEW, best), *policy_arms(), *dngo, *odd_arms(),
            *every_cell, forest_arm("graf")]  # fmt: skip


def levers(names, best: Settings) -> list[Arm]:
    """The chosen process with other transformations of the answers."""
    return [
        gp_arm(row, replace(best, targets=targets), label=f", {targets}", runs=50, budget=SHORT)
        for row in names for targets in TARGETS if targets != best.targets
    ]  # fmt: skip
