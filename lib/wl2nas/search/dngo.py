"""DNGO: Bayesian optimisation with a small network and a Bayesian linear regression on top of it.

In every round a network of one hidden layer learns the answers; a linear regression on what its
hidden layer says, with a Gaussian prior on the weights, gives every place a mean and a standard
deviation; the places of highest expected improvement are asked. The ratio of noise to prior is that
of highest marginal likelihood on a grid, the noise has its best value in closed form. Source: Snoek
et al. 2015, arXiv 1502.05700; the sizes are those of arch2vec's public search.

The network is trained in float32, hundreds of steps: another processor may ask other places.
"""

import functools
import random
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from wl2nas import _require
from wl2nas.models.layers import linear
from wl2nas.search.acquisition import expected_improvement
from wl2nas.search.gp import Posterior
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.places import ask_first
from wl2nas.search.problem import Problem
from wl2nas.search.published import NONE, Oddities

STEPS, RATE = 500, 1e-2  # of Adam on all answers, every round from new weights
RATIOS = np.geomspace(1e-4, 1e4, 33)  # of noise to prior variance of a weight
BLOCK = 8_192  # places whose hidden layer is held at once
FEWEST = 32  # answers that a compiled training takes; it doubles when they are more


def dngo_search(
    problem: Problem,
    features,
    budget: int | Seconds,
    *,
    seed: int,
    batch: int = 5,
    start=16,
    width: int = 128,
    oddities: Oddities = NONE,
) -> History:
    """Ask the ``batch`` places of highest expected improvement under DNGO, round by round.

    features: a dense matrix (M, D), one row per row of the problem; standardised here. start: how
    many places are asked at random first, or which. width: of the hidden layer. oddities: what the
    public code does otherwise, see ``published``. Of places that promise the same, as those of
    equal features, the first is asked. 150 questions among 423,624 places took 15 seconds of one
    core, and 6 more to compile the first time.

    >>> from wl2nas import benchmarks, cells, features
    >>> table = benchmarks.load("measured")
    >>> known = features.statistics(cells.nasbench101().take(table.rows))
    >>> len(dngo_search(table, known, 20, seed=0).rows)
    20
    """
    ledger = Ledger(problem, budget, again=oddities.pays_twice)
    batch, width = (
        _require.whole(n, v, at_least=1) for n, v in (("batch", batch), ("width", width))
    )
    seed = _require.whole("seed", seed, at_least=0)
    candidates, member = _candidates(features, len(problem))
    graphdef, params = _fresh(seed, candidates.shape[-1], width)
    ask_first(ledger, start, random.Random(seed))
    while ledger.open:
        asked = member[ledger.places]
        posterior = _predicted(graphdef, params, candidates, asked, ledger.answers)
        score = _promise(posterior, ledger.answers.max(), oddities)[member]
        if not ledger.again:
            score[~ledger.new] = -np.inf
        ledger.ask_all(np.argsort(-score, kind="stable")[:batch])
    return ledger.history()


def _promise(posterior: Posterior, best: float, oddities: Oddities) -> Float[np.ndarray, " N"]:
    if oddities.variance_for_sigma:
        posterior = Posterior(posterior.mean, posterior.std**2 / oddities.unit)
    target = oddities.fixed_target
    return expected_improvement(posterior, best if target is None else target)


# --- the network --------------------------------------------------------------------------------


class Network(nnx.Module):
    """One hidden layer of tanh, and a linear answer."""

    def __init__(self, n_in: int, width: int, *, rngs: nnx.Rngs):
        self.hidden = linear(n_in, width, rngs)
        self.answer = linear(width, 1, rngs)

    def basis(self, x: Float[Array, "n D"]) -> Float[Array, "n W"]:
        """What the regression is on."""
        return nnx.tanh(self.hidden(x))

    def __call__(self, x: Float[Array, "n D"]) -> Float[Array, " n"]:
        """The answers, standardised."""
        return self.answer(self.basis(x))[:, 0]


def _fresh(seed: int, n_in: int, width: int):
    return nnx.split(Network(n_in, width, rngs=nnx.Rngs(seed)))


@functools.partial(jax.jit, static_argnames="graphdef")
def _trained(graphdef, params, x, y, real: Bool[Array, " n"]):
    """The weights after least squares on the rows that are real."""
    descent = optax.adam(RATE)

    def loss(params):
        return jnp.mean((nnx.merge(graphdef, params)(x) - y) ** 2, where=real)

    def step(carry, _):
        params, state = carry
        updates, state = descent.update(jax.grad(loss)(params), state, params)
        return (optax.apply_updates(params, updates), state), None

    return jax.lax.scan(step, (params, descent.init(params)), length=STEPS)[0][0]


@functools.partial(jax.jit, static_argnames="graphdef")
def _basis(graphdef, params, x):
    return nnx.merge(graphdef, params).basis(x)


@functools.partial(jax.jit, static_argnames="graphdef")
def _over_all(graphdef, params, blocks: Float[Array, "b K D"], weights, root):
    """Mean and variance of the regression at all candidates, block by block."""

    def of(x):
        basis = nnx.merge(graphdef, params).basis(x)
        return basis @ weights, ((basis @ root) ** 2).sum(axis=1)

    return jax.lax.map(of, blocks)


def _predicted(graphdef, params, blocks, asked: Int[np.ndarray, " n"], answers) -> Posterior:
    """The answers to expect at all candidates, from those at the ones that were asked."""
    centre, spread = answers.mean(), answers.std() or 1.0
    y = (answers - centre) / spread
    room = FEWEST
    while room < len(y):
        room *= 2
    fill = (0, room - len(y))
    x = blocks.reshape(-1, blocks.shape[-1])[np.pad(asked, fill)]
    real = np.arange(room) < len(y)
    params = _trained(graphdef, params, x, np.pad(y, fill).astype(np.float32), real)
    basis = np.asarray(_basis(graphdef, params, x), np.float64)[: len(y)]
    fitted = regression(basis, y)
    mean, variance = _over_all(
        graphdef, params, blocks, fitted.weights.astype(np.float32), fitted.root.astype(np.float32)
    )
    mean, variance = (np.asarray(v, np.float64).reshape(-1) for v in (mean, variance))
    return Posterior(centre + spread * mean, spread * np.sqrt(variance + fitted.noise))


# --- the regression -----------------------------------------------------------------------------


class Regression(NamedTuple):
    """Weights, a root R of their covariance R R^T, the variance of the noise, log p(y)."""

    weights: Float[np.ndarray, " W"]
    root: Float[np.ndarray, "W W"]
    noise: float
    log_likelihood: float


def regression(basis: Float[np.ndarray, "n W"], y: Float[np.ndarray, " n"]) -> Regression:
    """Bayesian linear regression, y = basis w + noise, w ~ N(0, noise / ratio).

    Mean and variance of an answer at a row b are b w and |b R|^2 + noise.
    Source: Bishop 2006, section 3.5, with the eigenvalues of basis^T basis.
    """
    values, vectors = np.linalg.eigh(basis.T @ basis)
    values = np.maximum(values, 0.0)  # rounding
    along = vectors.T @ (basis.T @ y)
    n, best = len(y), None
    for ratio in RATIOS:
        noise = max((y @ y - (along**2 / (values + ratio)).sum()) / n, 1e-12)
        log_likelihood = -0.5 * (
            n * (np.log(2 * np.pi * noise) + 1) + np.log1p(values / ratio).sum()
        )
        if best is None or log_likelihood > best[0]:
            best = log_likelihood, ratio, noise
    log_likelihood, ratio, noise = best
    scale = 1 / (values + ratio)
    return Regression(
        vectors @ (scale * along), vectors * np.sqrt(noise * scale), float(noise), log_likelihood
    )


def _candidates(features, rows: int):
    """Standardised features of the different places in blocks (b, BLOCK, D), the last filled up
    with zeros, and for every place which of them it is.

    Equal features become one candidate: their scores are equal, whatever rounding does in a block.
    """
    found = _require.features("features", _require.array("features", features), rows=rows)
    spread = found.std(axis=0)
    found = (found - found.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    found = np.ascontiguousarray(found, np.float32) + np.float32(0)  # no -0, which is other bytes
    as_bytes = found.view(np.dtype((np.void, found.itemsize * found.shape[1])))[:, 0]
    _, first, member = np.unique(as_bytes, return_index=True, return_inverse=True)
    found = found[first]
    block = min(BLOCK, len(found))
    fill = -len(found) % block
    return jnp.asarray(np.pad(found, ((0, fill), (0, 0)))).reshape(
        -1, block, found.shape[1]
    ), member
