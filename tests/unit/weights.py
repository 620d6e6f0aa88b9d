"""Models with random weights from NumPy: JAX would compile every initialiser anew."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx


def filled(make, seed=0):
    """The module that ``make`` makes: kernels that keep the size of what they pass on, gains
    and variances around 1, and biases that are not zero."""
    module, rng = nnx.eval_shape(make), np.random.default_rng(seed)

    def fill(path, leaf):
        size = leaf.shape[0] ** -0.5 if len(leaf.shape) > 1 else 0.3
        values, name = size * rng.normal(size=leaf.shape), jax.tree_util.keystr(path)
        around_one = any(gain in name for gain in ("scale", "gain", "var"))
        return jnp.asarray(np.exp(values) if around_one else values, jnp.float32)

    state = nnx.state(module, (nnx.Param, nnx.BatchStat))
    nnx.update(module, jax.tree_util.tree_map_with_path(fill, state))
    return module
