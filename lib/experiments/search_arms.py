"""What `make search` runs: grounds to search on, and arms, which are methods with all they need.

A ground is a table with an objective: "measured" (validation accuracy, as shipped), "A" (the mean
test accuracy of NAS-Bench-101, without noise) and "B" (the same with Gaussian noise of SIGMA points
on every answer), and the three data sets of NAS-Bench-201.

What is chosen among variants (kernel, targets, acquisition) is chosen on "measured", and nowhere
else: ``VARIANTS`` are tried there, and the best of them is ``choice``. Elsewhere every
representation runs with that choice; what is varied on purpose is a row with a name of its own.
"""

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import jax
import numpy as np
from scipy import sparse

from course import representations
from course.results import numbers_of
from wl2nas import benchmarks, cells, features, latent, search, train
from wl2nas.features import distinct
from wl2nas.features.registry import SUFFIX
from wl2nas.search import again, wl_gp
from wl2nas.search.published import NONE, PUBLISHED, Oddities

SIGMA = 0.30  # with it random search meets the published curve, 93.42 at 100 questions
BUDGET = 300
POOL = 20_000
START = 10
BATCH = 5

# --- grounds ------------------------------------------------------------------------------------


class Ground:
    """A table, what a search is told of it, and what is known of its cells beforehand."""

    def __init__(self, name: str, table: benchmarks.AccuracyTable, sigma: float = 0.0):
        self.name, self.table, self.sigma = name, table, sigma
        self._features: dict = {}

    def problem(self, seed: int) -> search.Problem:
        """What one run may ask."""
        return search.Noisy(self.table, self.sigma, seed=seed) if self.sigma else self.table

    @functools.cached_property
    def space(self) -> cells.CellSpace:
        """The cells of the table, in the order of its rows."""
        return self.table.space.take(self.table.rows)

    @functools.cached_property
    def neighbours(self) -> cells.Neighbours:
        """One change away, in the number of vertices too where the rules let it vary."""
        return cells.neighbourhoods(self.space, resize=len(self.space.rules.sizes) > 1)

    def features(self, name: str):
        """The rows of a representation, in float64; a trained one with equal vectors made equal."""
        if name not in self._features:
            found = _vectors(name, self.space)
            self._features[name] = found if sparse.issparse(found) else np.asarray(found, float)
        return self._features[name]

    def start(self, seed: int, count: int) -> np.ndarray:
        """So many cells, the sizes taken in turn: 4, 5, 6, 7 vertices where there are such."""
        sizes = self.space.n_vertices
        among = [n for n in np.unique(sizes) if n >= 4]
        return search.stratified(sizes, count, seed=seed, among=among)


def _vectors(name: str, space):
    """As the registry has them; of a trained row those that cannot be told apart are made equal."""
    plain = name.removesuffix(SUFFIX)
    if not features.named(plain).trained:
        return features.named(name).features(space)
    with jax.enable_x64(True):
        model = train.load_checkpoint(representations.checkpoint(plain))
        found = distinct.made_equal(
            latent.embed(model, space), latent.relabelling_gap(model, space.take(range(2_000)))
        )
    if plain == name:
        return found
    parameters = features.standardised(np.log(features.trainable_parameters(space))[:, None])
    return np.concatenate([found, parameters], axis=1)


@functools.cache
def ground(name: str) -> Ground:
    """A ground by name; ValueError lists the names."""
    if name not in GROUNDS:
        raise ValueError(f"ground {name!r} is none of {tuple(GROUNDS)}")
    return GROUNDS[name]()


GROUNDS: dict[str, Callable[[], Ground]] = {
    "measured": lambda: Ground("measured", benchmarks.load("measured")),
    "A": lambda: Ground("A", benchmarks.load("nasbench101")),
    "B": lambda: Ground("B", benchmarks.load("nasbench101"), SIGMA),
    **{
        dataset: functools.partial(
            lambda name: Ground(name, benchmarks.load("nasbench201", dataset=name)), dataset
        )
        for dataset in ("cifar10", "cifar100", "imagenet16-120")
    },
}

# --- arms ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arm:
    """A method with its settings, how many runs it gets, and how many questions each."""

    name: str
    run: Callable[[Ground, int], search.History]
    runs: int = 100
    budget: int = BUDGET


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
REPRESENTATIONS = (
    "statistics", "statistics_plain", "statistics_plain+parameters", "graf", "graf+parameters",
    "paths", "paths+parameters", "one_hot", "one_hot+parameters",
    "wl_skeleton_1", "wl_directed_1", "wl_skeleton", "wl_directed",
    "wl_skeleton+parameters", "wl_directed+parameters",
    "gin_random_skeleton", "gin_random_directed",
    "arch2vec_published", "arch2vec_published+parameters", "arch2vec_repaired", "ours",
    "ours+parameters",
)  # fmt: skip
# One of each kind, for what is tried with every transformation of the labels.
FEW = ("statistics", "paths+parameters", "one_hot", "wl_directed", "arch2vec_published", "ours")


def choice() -> Settings:
    """The settings that `make search` found best on the measured table."""
    found = numbers_of("search/choice")
    if not found:
        raise ValueError("nothing is chosen yet; run `make search GROUND=measured` first")
    return Settings(**found["settings"])


def gaussian_process(name: str, settings: Settings, budget: int, ground: Ground, seed: int):
    """Bayesian optimisation on a representation; candidates are a pool where the space is large."""
    large = len(ground.table) > 2 * POOL
    return search.bayesian_optimisation(
        ground.problem(seed), ground.features(name), budget, seed=seed, start=START, batch=BATCH,
        kernel=settings.kernel, targets=settings.targets, acquisition=settings.acquisition,
        pool=POOL if large else None, neighbours=ground.neighbours if large else None,
    )  # fmt: skip


def gp_arm(name: str, settings: Settings, *, label: str = "", **more) -> Arm:
    """The arm of a representation."""
    budget = more.pop("budget", BUDGET)
    run = functools.partial(gaussian_process, name, settings, budget)
    return Arm(f"gp/{name}{label}", run, budget=budget, **more)


def plain_arms() -> list[Arm]:
    """Methods without a model of the answers."""

    def at_random(ground, seed):
        return search.random_search(ground.problem(seed), BUDGET, seed=seed)

    def evolution(ground, seed):
        return search.regularised_evolution(
            ground.problem(seed), ground.neighbours, BUDGET, seed=seed,
            start=ground.start(seed, 30),
        )  # fmt: skip

    def local(ground, seed):
        return search.local_search(
            ground.problem(seed), ground.neighbours, BUDGET, seed=seed,
            start=ground.start(seed, START),
        )  # fmt: skip

    return [Arm("random", at_random, 500), Arm("evolution", evolution, 500),
            Arm("local", local, 500)]  # fmt: skip


def wl_arm(direction: str) -> Arm:
    """The kernel of Weisfeiler-Lehman colours, its level chosen by likelihood."""

    def run(ground, seed):
        large = len(ground.table) > 2 * POOL
        return wl_gp.wl_bayesian_optimisation(
            ground.problem(seed), ground.space, BUDGET, seed=seed, direction=direction,
            start=START, batch=BATCH, pool=POOL if large else None,
            neighbours=ground.neighbours if large else None,
        )  # fmt: skip

    return Arm(f"wl/{direction}", run)


def learned_arms() -> list[Arm]:
    """The two searches of arch2vec on its vectors and on ours, and the public code's oddities."""

    def dngo(name, oddities):
        return lambda ground, seed: search.dngo_search(
            ground.problem(seed), ground.features(name), BUDGET, seed=seed, oddities=oddities
        )

    def policy(name, oddities):
        return lambda ground, seed: search.reinforce_search(
            ground.problem(seed), ground.features(name), BUDGET, seed=seed, oddities=oddities
        )

    arms = []
    for name in ("arch2vec_published", "arch2vec_repaired", "ours"):
        arms += [Arm(f"dngo/{name}", dngo(name, NONE), 50),
                 Arm(f"reinforce/{name}", policy(name, NONE), 50)]  # fmt: skip
    odd = {
        "fixed target": Oddities(95.0),
        "variance for sigma": Oddities(variance_for_sigma=True),
        "pays twice": Oddities(pays_twice=True),
        "discount lost": Oddities(discount_lost=True),
        "all oddities": PUBLISHED,
    }
    for label, oddities in odd.items():
        if label != "discount lost":
            arms.append(Arm(f"dngo/arch2vec_published, {label}",
                            dngo("arch2vec_published", oddities), 20))  # fmt: skip
        if label in ("fixed target", "discount lost", "all oddities"):
            arms.append(Arm(f"reinforce/arch2vec_published, {label}",
                            policy("arch2vec_published", oddities), 20))  # fmt: skip
    return arms


def again_arm(arm: Arm, *, most: int | None = None) -> Arm:
    """An arm of a Gaussian process with a third of the budget spent on measuring again.

    Its curve at 100 questions is not that of a run of 300: the thirds are those of its budget.
    """
    name, settings, _ = arm.run.args

    def run(ground, seed):
        def method(problem, budget):
            return gaussian_process(name, settings, budget, _Told(ground, problem), seed)

        return again.measuring_again(ground.problem(seed), method, 100, most=most)

    label = "again" if most is None else f"again at most {most}"
    return Arm(f"{arm.name}, {label}", run, arm.runs, budget=100)


class _Told:
    """A ground whose problem is given: one noise for the search and for measuring again."""

    def __init__(self, ground: Ground, problem):
        self.table, self.features, self.neighbours = ground.table, ground.features, None
        self.neighbours = ground.neighbours if len(ground.table) > 2 * POOL else None
        self.problem = lambda seed: problem


def arms(name: str) -> list[Arm]:
    """Everything that runs on a ground, what is read first first."""
    if name == "measured":
        variants = [gp_arm(row, settings, label=f", {settings.name}", runs=60, budget=150)
                    for settings in VARIANTS for row in FEW]  # fmt: skip
        return [*plain_arms(), *variants]
    best = choice()
    found = [*plain_arms(), *(gp_arm(row, best) for row in REPRESENTATIONS),
             wl_arm("undirected"), wl_arm("both")]  # fmt: skip
    if name in ("A", "B"):
        found += [
            gp_arm(row, Settings(best.kernel, targets, best.acquisition), label=f", {targets}")
            for row in FEW for targets in ("raw", "floored", "log_error", "normal_scores")
            if targets != best.targets
        ]  # fmt: skip
        # Selected on NAS-Bench-101 in a trial, and marked so wherever it is shown.
        trial = Settings("matern", "normal_scores", "ei")
        selected = gp_arm("paths+parameters", trial, label=", selected on NAS-Bench-101")
        found += [selected, *learned_arms()]
    if name == "B":
        found += [again_arm(gp_arm(row, best)) for row in FEW] + [
            again_arm(selected),
            again_arm(selected, most=2),
        ]
    return found
