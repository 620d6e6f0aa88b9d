"""arch2vec in plain NumPy, one function for every step: what `check.port` compares a port with.

A step reads what it needs by name from a dict of arrays: the inputs, the weights, the running
statistics and the steps before it. Weights are named after the step that uses them, kernels are
(in, out). A wrong port is the same with one function instead of another. All arithmetic holds for
complex numbers, so derivatives need no backward pass: see ``slope``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = dict[str, Any]  # arrays, and "training": whether in training mode
StepFunction = Callable[[Arrays, np.ndarray, str], np.ndarray]
Instead = dict[Callable, Callable]
CLIP, RATE, BATCH_NORM_EPSILON = 5.0, 1e-3, 1e-5

# --- the encoder: each function gets all arrays, the array that it works on, and its own name -----


def skeleton(_, adjacency, name):
    """M = A + A^T."""
    return adjacency + adjacency.swapaxes(1, 2)


def gathered(t, h, name):
    """(1 + eps) h + M h."""
    return (1 + t[f"{name[:7]}/eps"]) * h + t["skeleton"] @ h


def linear(t, x, name):
    """x W + b."""
    return x @ t[f"{name}/kernel"] + t[f"{name}/bias"]


def norm(t, x, name):
    """Batch norm over all rows, padding included: by the batch in training, else by history."""
    return normalise(t, x, name, *(of_batch(x) if t["training"] else of_history(t, name)))


def of_batch(x):
    """Mean and biased variance over all rows of a batch."""
    mean = x.mean(axis=(0, 1))
    return mean, ((x - mean) ** 2).mean(axis=(0, 1))


def of_history(t, name):
    """The running mean and variance."""
    return t[f"{name}/mean"], t[f"{name}/variance"]


def normalise(t, x, name, mean, variance, epsilon=BATCH_NORM_EPSILON):
    """What batch norm does once it has a mean and a variance."""
    return (x - mean) / np.sqrt(variance + epsilon) * t[f"{name}/gain"] + t[f"{name}/bias"]


def relu(t, x, name):
    """What is positive of x."""
    return x * (x.real > 0)


def pooled(t, mean, name):
    """One vector per cell: the mean over all seven vertices."""
    return mean.mean(axis=1)


# --- the decoder and the loss -------------------------------------------------------------------


def sample(t, mean, name):
    """mean + sigma * noise in training, the mean in evaluation."""
    return mean + np.exp(t["log sigma"]) * t["noise"] if t["training"] else mean


def inner_products(t, z, name):
    """z_i . z_j of all pairs of a cell."""
    return z @ z.swapaxes(1, 2)


def cross_entropy(logits, target):
    """-log p of a Bernoulli target, entry by entry."""
    return np.log(1 + np.exp(logits)) - target * logits


def edge_losses(t, logits):
    """Of every pair; on and below the diagonal the published probability is 0, and so is A."""
    return np.triu(cross_entropy(logits, t["adjacency"]), 1)


def operation_loss(t, logits, name):
    """The mean over all entries."""
    return cross_entropy(logits, t["operations"]).mean()


def adjacency_loss(t, logits, name):
    """The mean over all 7 x 7 entries, of which 21 are predicted."""
    return edge_losses(t, logits).mean()


def vertex_kl(t):
    """KL of every vertex to N(0, I); what the public code calls logvar is the log sigma."""
    mean, log_sigma = t["mean"], t["log sigma"]
    return -0.5 * (1 + 2 * log_sigma - mean**2 - np.exp(2 * log_sigma)).sum(axis=-1)


def kl_loss(t, _, name):
    """The mean over the vertices, divided by their number once more."""
    return vertex_kl(t).mean() / vertex_kl(t).size


def total_loss(t, _, name):
    """The sum of the three parts."""
    return t["loss operations"] + t["loss adjacency"] + t["loss kl"]


def _layer(k: int, reads: str) -> dict[str, tuple[StepFunction, str]]:
    name = f"layer {k}"
    return {
        f"{name} gathered": (gathered, reads),
        f"{name} first linear": (linear, f"{name} gathered"),
        f"{name} inner norm": (norm, f"{name} first linear"),
        f"{name} relu": (relu, f"{name} inner norm"),
        f"{name} second linear": (linear, f"{name} relu"),
        f"{name} outer norm": (norm, f"{name} second linear"),
        name: (relu, f"{name} outer norm"),
    }


# Every step in order: its function, and the array that it works on.
STEPS: dict[str, tuple[StepFunction, str]] = {
    "skeleton": (skeleton, "adjacency"),
    **_layer(1, "operations"),
    **_layer(2, "layer 1"),
    "mean": (linear, "layer 2"),
    "log sigma": (linear, "layer 2"),
    "embedding": (pooled, "mean"),
    "z": (sample, "mean"),
    "operation logits": (linear, "z"),
    "edge logits": (inner_products, "z"),
    "loss operations": (operation_loss, "operation logits"),
    "loss adjacency": (adjacency_loss, "edge logits"),
    "loss kl": (kl_loss, "mean"),
    "loss total": (total_loss, "loss kl"),
}


def run(given: Arrays, instead: Instead | None = None) -> Arrays:
    """``given`` with all steps that it lacks, some functions replaced by others."""
    t, instead = dict(given), instead or {}
    for name, (function, reads) in STEPS.items():
        if name not in t:
            t[name] = instead.get(function, function)(t, t[reads], name)
    return t


# --- one step of training -----------------------------------------------------------------------


def slope(given: Arrays, direction: Arrays, instead: Instead | None = None) -> float:
    """The derivative of the loss when the weights move along ``direction``.

    f(w + i h d) = f(w) + i h f'(w) d + O(h^2), and with h = 1e-30 nothing cancels and nothing is
    cut off. A function that takes ``.real`` of what it reads stops the gradient there.
    """
    moved = {name: given[name] + 1e-30j * value for name, value in direction.items()}
    return float(run({**given, **moved}, instead)["loss total"].imag) / 1e-30


def gradients(given: Arrays, weights: tuple[str, ...]) -> Arrays:
    """The gradient of the loss, one complex step for every number."""
    found = {name: np.zeros_like(given[name]) for name in weights}
    for name, gradient in found.items():
        for place in np.ndindex(gradient.shape):
            direction = np.zeros_like(gradient)
            direction[place] = 1
            gradient[place] = slope(given, {name: direction})
    return found


def gradient_norm(gradient: Arrays) -> float:
    """The norm of all gradients as one long vector."""
    return np.sqrt(sum((g**2).sum() for g in gradient.values()))


def clipped_gradients(gradient: Arrays) -> Arrays:
    """Scaled together to a norm of 5, if theirs is larger."""
    factor = min(1, CLIP / gradient_norm(gradient))
    return {name: factor * g for name, g in gradient.items()}


def bias_corrected(average, decay, count):
    """An average that started at 0, as if it had started with its first value."""
    return average / (1 - decay**count)


def moved(weight, mean, square, count):
    """A weight after a step of Adam, from its corrected averages."""
    return weight - RATE * mean / (np.sqrt(square) + 1e-8)


def second_gradients(first: Arrays, second: Arrays) -> Arrays:
    """What the second step uses: nothing is left of the first."""
    return second


def trained(weights: Arrays, first: Arrays, second: Arrays, instead: Instead | None = None):
    """Weights after Adam's first step and after its second, from the gradients of both."""
    change = instead or {}
    clip, correct, move, again = (
        change.get(f, f) for f in (clipped_gradients, bias_corrected, moved, second_gradients)
    )
    m = {name: 0.0 for name in weights}
    v, after = dict(m), []
    for count, gradient in enumerate(map(clip, (first, again(first, second))), start=1):
        m = {name: 0.9 * m[name] + 0.1 * g for name, g in gradient.items()}
        v = {name: 0.999 * v[name] + 0.001 * g**2 for name, g in gradient.items()}
        weights = {
            name: move(w, correct(m[name], 0.9, count), correct(v[name], 0.999, count), count)
            for name, w in weights.items()
        }
        after.append(weights)
    return after


def running_statistics(t: Arrays, names: tuple[str, ...], instead: Instead | None = None) -> Arrays:
    """Running means and variances after one batch, from the arrays of all steps."""
    average = (instead or {}).get(averaged, averaged)
    found = {}
    for name in names:
        step, kind = name.split("/")
        if kind == "mean":
            mean, variance = of_batch(t[STEPS[step][1]])
            rows = t["operations"].shape[0] * t["operations"].shape[1]
            found[name] = average(t[name], mean, 1)
            found[f"{step}/variance"] = average(t[f"{step}/variance"], variance, rows / (rows - 1))
    return found


def averaged(old, new, unbiased):
    """A tenth of the new value; ``unbiased`` is what makes a biased variance unbiased."""
    return 0.9 * old + 0.1 * new * unbiased
