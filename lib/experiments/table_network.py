"""NAS-Bench-101 cells in one dimension: the network that `make table` trains on MNIST-1D.

The semantics are those of the official model builder (Ying et al. 2019), with length in place of
height and width: the input reaches a vertex through a 1x1 convolution, other predecessors are
truncated to its channels, all are summed; the output concatenates its predecessors, each with a
share of the channels, and adds the projected input if it has that edge. Stem, cell, max pool of
stride 2 with doubled channels, cell, mean over positions, linear classifier.

Features are laid out (channels, batch, position), so that a convolution is one matrix product.
"""

import jax
import jax.numpy as jnp
import numpy as np

from wl2nas import cells
from wl2nas.cells.channels import vertex_channels

CLASSES, MOMENTUM = 10, 0.9


def convolution_shapes(adjacency: np.ndarray, channels: int) -> dict[str, tuple[int, int, int]]:
    """Every convolution of the network: name -> (taps, channels in, channels out)."""
    shapes, n = {"stem": (3, 1, channels)}, len(adjacency)
    for block, (c_in, c_out) in enumerate([(channels, channels), (channels, 2 * channels)]):
        width = vertex_channels(adjacency, c_in, c_out)
        for v in range(1, n):
            if adjacency[0, v]:
                shapes[f"{block}/input->{v}"] = (1, c_in, width[v])
        for v in range(1, n - 1):
            shapes[f"{block}/{v}"] = (3, width[v], width[v])
    return shapes


def vertex_of(name: str) -> int | None:
    """The inner vertex whose operation this convolution is; None for stem and projections."""
    tail = name.rpartition("/")[2]
    return int(tail) if tail.isdigit() else None


def initialise(key, adjacency: np.ndarray, ops: jax.Array, channels: int):
    """Weights (He normal, by the taps that are used) and running statistics of one network."""
    params, stats = {}, {}
    shapes = convolution_shapes(adjacency, channels)
    for name, (taps, c_in, c_out) in shapes.items():
        key, subkey = jax.random.split(key)
        used = taps
        if (v := vertex_of(name)) is not None:
            used = jnp.where(ops[v - 1] == cells.CONV3X3, 3, 1)
        scale = jnp.sqrt(2.0 / (used * c_in))
        params[name] = {
            "weight": jax.random.normal(subkey, (taps, c_out, c_in)) * scale,
            "gain": jnp.ones(c_out),
            "bias": jnp.zeros(c_out),
        }
        stats[name] = {"mean": jnp.zeros(c_out), "var": jnp.ones(c_out)}
    weight = jax.random.normal(key, (CLASSES, 2 * channels)) * jnp.sqrt(1.0 / (2 * channels))
    params["classifier"] = {"weight": weight, "bias": jnp.zeros(CLASSES)}
    return params, stats


def parameter_count(adjacency: np.ndarray, ops: np.ndarray, channels: int) -> int:
    """Trainable parameters that the labelled network uses."""
    total = CLASSES * (2 * channels + 1)
    for name, (taps, c_in, c_out) in convolution_shapes(adjacency, channels).items():
        v = vertex_of(name)
        if v is not None and ops[v - 1] == cells.MAXPOOL:
            continue
        if v is not None and ops[v - 1] == cells.CONV1X1:
            taps = 1
        total += c_out * (taps * c_in + 2)
    return total


def _shifted(x, fill):
    """The features one position to the left and one to the right, padded with ``fill``."""
    edge = jnp.full_like(x[..., :1], fill)
    left = jnp.concatenate([edge, x[..., :-1]], axis=-1)
    right = jnp.concatenate([x[..., 1:], edge], axis=-1)
    return left, right


def _conv_bn_relu(weights, running, x, taps, train: bool):
    """Convolution, batch norm, ReLU; ``taps`` masks the outer two weights of a 1x1 convolution."""
    weight = weights["weight"]
    if weight.shape[0] == 1:
        y = jnp.einsum("oc,cbt->obt", weight[0], x)
    else:
        left, right = _shifted(x, 0.0)
        stacked = jnp.concatenate([left, x, right])
        kernel = jnp.concatenate(list(weight * taps[:, None, None]), axis=1)
        y = jnp.einsum("oc,cbt->obt", kernel, stacked)
    if train:
        mean = y.mean(axis=(1, 2))
        var = (y * y).mean(axis=(1, 2)) - mean**2
        batch = {"mean": mean, "var": var}
        running = jax.tree.map(
            lambda old, new: MOMENTUM * old + (1 - MOMENTUM) * new, running, batch
        )
    else:
        mean, var = running["mean"], running["var"]
    scale = weights["gain"] * jax.lax.rsqrt(var + 1e-5)
    shift = weights["bias"] - mean * scale
    return jax.nn.relu(y * scale[:, None, None] + shift[:, None, None]), running


def logits(params, stats, adjacency: np.ndarray, ops: jax.Array, x: jax.Array, *, train: bool):
    """Class logits (10, batch) of signals x (batch, 40), and the new running statistics."""
    n, new_stats = len(adjacency), {}
    all_taps = jnp.ones(3)

    def conv(name, features, taps=all_taps):
        y, new_stats[name] = _conv_bn_relu(params[name], stats[name], features, taps, train)
        return y

    def operation(name, features, op):
        taps = jnp.where(op == cells.CONV3X3, jnp.ones(3), jnp.array([0.0, 1.0, 0.0]))
        pooled = jnp.maximum(features, jnp.maximum(*_shifted(features, -jnp.inf)))
        return jnp.where(op == cells.MAXPOOL, pooled, conv(name, features, taps))

    def cell(block, features):
        values = {}
        for v in range(1, n - 1):
            width = params[f"{block}/{v}"]["gain"].shape[0]
            terms = [values[u][:width] for u in range(1, v) if adjacency[u, v]]
            if adjacency[0, v]:
                terms.append(conv(f"{block}/input->{v}", features))
            values[v] = operation(f"{block}/{v}", sum(terms), ops[v - 1])
        outputs = [values[v] for v in range(1, n - 1) if adjacency[v, n - 1]]
        result = jnp.concatenate(outputs) if outputs else 0.0
        if adjacency[0, n - 1]:
            result = result + conv(f"{block}/input->{n - 1}", features)
        return result

    features = cell(0, conv("stem", x[None]))
    features = jnp.maximum(features[..., ::2], features[..., 1::2])
    features = cell(1, features).mean(axis=-1)
    head = params["classifier"]
    return head["weight"] @ features + head["bias"][:, None], new_stats
