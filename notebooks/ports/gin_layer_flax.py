"""One layer of arch2vec's encoder in Flax NNX, and the kit's weights in it."""

import jax.numpy as jnp
import numpy as np
from flax import nnx


class GINLayer(nnx.Module):
    def __init__(self, n_in, width, rngs):
        norm = {"momentum": 0.9, "rngs": rngs}  # Flax's own momentum is 0.99
        self.eps = nnx.Param(jnp.zeros(()))
        self.first = nnx.Linear(n_in, width, rngs=rngs)
        self.inner_norm = nnx.BatchNorm(width, **norm)
        self.second = nnx.Linear(width, width, rngs=rngs)
        self.outer_norm = nnx.BatchNorm(width, **norm)

    def __call__(self, h, adjacency):
        skeleton = adjacency + adjacency.mT
        x = (1 + self.eps[...]) * h + skeleton @ h
        x = nnx.relu(self.inner_norm(self.first(x)))
        return nnx.relu(self.outer_norm(self.second(x)))


def layer_1(kit, training):
    kit = {name: jnp.asarray(array, jnp.float32) for name, array in kit.items()}
    layer = GINLayer(*kit["layer 1 first linear/kernel"].shape, rngs=nnx.Rngs(0))
    layer.train() if training else layer.eval()
    layer.eps[...] = kit["layer 1/eps"]
    linear = {"first linear": layer.first, "second linear": layer.second}
    norms = {"inner norm": layer.inner_norm, "outer norm": layer.outer_norm}
    for name, part in linear.items():
        part.kernel[...] = kit[f"layer 1 {name}/kernel"]
        part.bias[...] = kit[f"layer 1 {name}/bias"]
    for name, part in norms.items():
        part.scale[...] = kit[f"layer 1 {name}/gain"]
        part.bias[...] = kit[f"layer 1 {name}/bias"]
        part.mean[...] = kit[f"layer 1 {name}/mean"]
        part.var[...] = kit[f"layer 1 {name}/variance"]
    h = np.asarray(layer(kit["operations"], kit["adjacency"]))
    return h, {f"layer 1 {name}/variance": np.array(part.var[...]) for name, part in norms.items()}
