"""Where `make search` searches: a table with an objective, and what is known of its cells.

"measured" asks for validation accuracy, as shipped; "A" for the mean test accuracy of
NAS-Bench-101, without noise, and "B" for the same with Gaussian noise of SIGMA points on every
answer; "cifar10", "cifar100" and "imagenet16-120" for that of NAS-Bench-201.
"""

import functools
import hashlib
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from scipy import sparse

from course import representations
from wl2nas import benchmarks, cells, features, latent, search, train
from wl2nas.features import distinct
from wl2nas.features.registry import SUFFIX
from wl2nas.search import wl_gp

SIGMA = 0.30  # with it random search meets the published curve, 93.42 at 100 questions
POOL = 10_000
LONG = 300  # questions of the methods without a model, which cost next to nothing
BUDGET = {"A": 150}  # questions of those with one; elsewhere SHORT
SHORT = 100


class Ground:
    """A table, what a search is told of it, and what is known of its cells beforehand."""

    def __init__(self, name: str, table: benchmarks.AccuracyTable, sigma: float = 0.0):
        self.name, self.table, self.sigma = name, table, sigma
        self._features: dict = {}

    def problem(self, seed: int) -> search.Problem:
        """What one run may ask."""
        return search.Noisy(self.table, self.sigma, seed=seed) if self.sigma else self.table

    @functools.cached_property
    def digest(self) -> str:
        """Eight digits that say which table and noise it is: another table, other runs."""
        parts = (self.table.rows, self.table.objective.round(6), self.table.reported.round(6))
        content = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
        return hashlib.sha256(content + f"{self.sigma}".encode()).hexdigest()[:8]

    @functools.cached_property
    def space(self) -> cells.CellSpace:
        """The cells of the table, in the order of its rows."""
        return self.table.space.take(self.table.rows)

    @functools.cached_property
    def neighbours(self) -> cells.Neighbours:
        """One change away, in the number of vertices too where the rules let it vary."""
        return cells.neighbourhoods(self.space, resize=len(self.space.rules.sizes) > 1)

    def features(self, name: str):
        """The rows of a representation, in float64; a trained one with equal vectors made equal.

        Only those of the last name are kept: all of them would be gigabytes.
        """
        if name not in self._features:
            found = _vectors(name, self.space)
            self._features = {name: found if sparse.issparse(found) else np.asarray(found, float)}
        return self._features[name]

    @functools.cache  # noqa: B019 - a handful of grounds, each kept for the whole process anyway
    def colours(self, direction: str) -> wl_gp.Colours:
        """The colours of its cells, which every search on them begins with."""
        return wl_gp.Colours.of(self.space, direction=direction)

    @property
    def budget(self) -> int:
        """How many questions a method with a model gets here."""
        return BUDGET.get(self.name, SHORT)

    @property
    def candidates(self) -> dict:
        """Whom a model is asked about: everything, or where that is much a pool."""
        large = len(self.table) > 2 * POOL
        return {
            "pool": POOL if large else None,
            "neighbours": self.neighbours if large else None,
        }

    def start(self, seed: int, count: int) -> np.ndarray:
        """So many cells, the sizes taken in turn: 4, 5, 6, 7 vertices where there are such."""
        sizes = self.space.n_vertices
        among = [n for n in np.unique(sizes).tolist() if n >= 4]
        return search.stratified(sizes, count, seed=seed, among=among)


def _vectors(name: str, space):
    """As the registry has them; of a trained row those that cannot be told apart are made equal."""
    plain = name.removesuffix(SUFFIX)
    if not features.named(plain).trained:
        return features.named(name).features(space)
    found = _embedded(train.load_checkpoint(representations.checkpoint(plain)), space)
    if plain == name:
        return found
    parameters = features.standardised(np.log(features.trainable_parameters(space))[:, None])
    return np.concatenate([found, parameters], axis=1)


def double_precision():
    """A context in which JAX computes in float64; its older versions keep it elsewhere."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64

    return enable_x64()


def _embedded(model, space) -> np.ndarray:
    """In float64: in float32 vectors differ in the seventh digit between processors, and in
    thousands of choices that is enough for another one."""
    with double_precision():
        for kind in (nnx.Param, nnx.BatchStat):
            wide = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float64), nnx.state(model, kind))
            nnx.update(model, wide)
        gap = latent.relabelling_gap(model, space.take(slice(None, None, 200)))
        return distinct.made_equal(latent.embed(model, space), gap)


@functools.cache
def ground_of(name: str) -> Ground:
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
