"""REINFORCE in the space of features, as arch2vec searches: a policy that reads where it stands.

An LSTM reads the features of the current place and gives the mean of a Gaussian over the next ones.
What is drawn is snapped to the nearest place that was not asked; it is the next state, and its
answer the reward. After an episode the policy is moved towards draws whose discounted rewards were
above the baseline. Sources: Williams 1992; Yan et al. 2020, arXiv 2006.06936, and its public code,
which has no moving baseline and loses the discount (``published``).
"""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float
from threadpoolctl import threadpool_limits

from wl2nas import _require
from wl2nas.models.layers import linear
from wl2nas.search.history import History
from wl2nas.search.ledger import Ledger, Seconds
from wl2nas.search.problem import Problem
from wl2nas.search.published import NONE, Oddities

WIDTH, RATE, EPISODE, DISCOUNT = 128, 1e-2, 16, 0.8  # those of the public code
REMEMBERED = 4 * EPISODE  # answers whose mean is the baseline


def reinforce_search(
    problem: Problem,
    features,
    budget: int | Seconds,
    *,
    seed: int,
    std: float = 1.0,
    oddities: Oddities = NONE,
) -> History:
    """Let a policy walk from place to place, and train it after every 16 questions.

    features: a dense matrix (M, D), one row per row of the problem, taken as it is: ``std``, the
    standard deviation of every draw, is in its units. The first place is drawn at random, and paid
    for. Of places equally near to a draw the first is asked. oddities: what the public code does
    otherwise, see ``published``. 150 questions among 423,624 places took 7 to 10
    seconds of one core, compiling included.

    >>> from wl2nas import benchmarks, cells, features
    >>> table = benchmarks.load("measured")
    >>> known = features.standardised(features.statistics(cells.nasbench101().take(table.rows)))
    >>> len(reinforce_search(table, known, 20, seed=0).rows)
    20
    """
    ledger = Ledger(problem, budget)
    features = _require.array("features", features)  # dense
    features = _require.features("features", features, rows=len(problem))
    std = _require.number("std", std, above=0)
    rng = np.random.default_rng(_require.whole("seed", seed, at_least=0))
    policy = _new_policy(seed, features.shape[1])
    near = _Nearest(features)
    ledger.ask(rng.integers(len(problem)))
    with threadpool_limits(1):  # one product of a matrix and a vector waits for memory only
        while ledger.open:
            states, actions, rewards = _episode(ledger, near, policy, std, rng)
            if len(rewards) == EPISODE and ledger.open:
                returns = _returns(ledger, rewards, oddities)
                policy = _learned(policy, states, actions, returns, std)
    return ledger.history()


def _episode(ledger: Ledger, near: "_Nearest", policy: "_Policy", std: float, rng):
    """Sixteen steps from where the search stands, or as many as are paid: what was seen and done,
    (T, D) each, and what came back."""
    states, actions = [], []
    rewards: list[float] = []
    place, carry = ledger.places[-1], (jnp.zeros((1, WIDTH)), jnp.zeros((1, WIDTH)))
    while ledger.open and len(rewards) < EPISODE:
        states.append(near.features[place])
        carry, mean = _step(policy.graphdef, policy.params, carry, states[-1].astype(np.float32))
        actions.append(np.asarray(mean) + std * rng.standard_normal(len(states[-1])))
        place = near.of(actions[-1], ledger.new)
        rewards.append(ledger.ask(place))
    return np.stack(states), np.stack(actions), rewards


def _returns(ledger: Ledger, rewards, oddities: Oddities) -> Float[np.ndarray, " T"]:
    target = oddities.fixed_target
    baseline = ledger.answers[-REMEMBERED:].mean() if target is None else target
    return discounted(np.array(rewards) - baseline, 0.0 if oddities.discount_lost else DISCOUNT)


def discounted(rewards, discount: float) -> Float[np.ndarray, " T"]:
    """r_t + discount r_{t+1} + discount^2 r_{t+2} + ... for every t.

    >>> discounted([1.0, 0.0, 4.0], 0.5).tolist()
    [2.0, 2.0, 4.0]
    """
    found = np.array(rewards, np.float64)
    for t in range(len(found) - 2, -1, -1):
        found[t] += discount * found[t + 1]
    return found


# --- where a draw leads -------------------------------------------------------------------------


class _Nearest:
    """The place nearest to a point, exactly, by one product with all features."""

    def __init__(self, features: Float[np.ndarray, "M D"]):
        self.features, self.norms = features, (features**2).sum(axis=1)

    def of(self, point: Float[np.ndarray, " D"], new: Bool[np.ndarray, " M"]) -> int:
        """The first of the nearest among the new places."""
        far = np.where(new, self.norms - 2 * (self.features @ point), np.inf)
        # The products are off by rounding; what is within it of the nearest is subtracted.
        off = 1e-12 * (self.norms.max() + point @ point)
        close = np.flatnonzero(far <= far.min() + off)
        return int(close[((self.features[close] - point) ** 2).sum(axis=1).argmin()])


# --- the policy ---------------------------------------------------------------------------------


class Policy(nnx.Module):
    """An LSTM cell, and the mean of the next features from its output."""

    def __init__(self, n_features: int, *, rngs: nnx.Rngs):
        self.lstm = nnx.LSTMCell(n_features, WIDTH, rngs=rngs)
        self.mean = linear(WIDTH, n_features, rngs)

    def __call__(self, carry, state: Float[Array, "1 D"]):
        """What is remembered, and the mean (1, D)."""
        carry, output = self.lstm(carry, state)
        return carry, self.mean(output)


class _Policy(NamedTuple):
    """A policy in training."""

    graphdef: nnx.GraphDef
    params: nnx.State
    opt_state: optax.OptState


def _new_policy(seed: int, n_features: int) -> _Policy:
    graphdef, params = nnx.split(Policy(n_features, rngs=nnx.Rngs(seed)), nnx.Param)
    return _Policy(graphdef, params, optax.adam(RATE).init(params))


@functools.partial(jax.jit, static_argnames="graphdef")
def _step(graphdef, params, carry, state: Float[Array, " D"]):
    carry, mean = nnx.merge(graphdef, params)(carry, state[None])
    return carry, mean[0]


@functools.partial(jax.jit, static_argnames="graphdef")
def _improved(graphdef, params, opt_state, states, actions, returns, std):
    """Weights and optimiser after one step of Adam on the mean over the episode of
    -return log p(action), but for a constant."""

    def loss(params):
        policy = nnx.merge(graphdef, params)
        start = (jnp.zeros((1, WIDTH)), jnp.zeros((1, WIDTH)))
        _, means = jax.lax.scan(policy, start, states[:, None])
        log_p = -0.5 * (((actions - means[:, 0]) / std) ** 2).sum(axis=1)
        return -(returns * log_p).mean()

    updates, opt_state = optax.adam(RATE).update(jax.grad(loss)(params), opt_state, params)
    return optax.apply_updates(params, updates), opt_state


def _learned(policy: _Policy, states, actions, returns, std: float) -> _Policy:
    """The policy after one step of Adam."""
    episode = (np.asarray(part, np.float32) for part in (states, actions, returns, std))
    return _Policy(policy.graphdef, *_improved(*policy, *episode))
