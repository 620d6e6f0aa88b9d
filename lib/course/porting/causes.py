"""What usually goes wrong in a port of arch2vec: every fault with the functions that compute it.

`check.port` tries them all. A fault is written as the functions of `numpy_port` that it replaces,
so a new one is one more entry.
"""

from typing import NamedTuple

import numpy as np

from course.porting import numpy_port as right
from course.porting.numpy_port import Instead


class Cause(NamedTuple):
    """A fault that ports have, and the functions that compute with it."""

    text: str
    instead: Instead


def _where(part: str, wrong, otherwise):
    """``wrong`` in the steps whose name holds ``part``, ``otherwise`` in all others."""
    return lambda t, x, name: (wrong if part in name else otherwise)(t, x, name)


def _norm(of_batch, epsilon=right.BATCH_NORM_EPSILON):
    """Batch norm with another mean and variance of the batch."""

    def wrong(t, x, name):
        statistics = of_batch(t, x) if t["training"] else right.of_history(t, name)
        return right.normalise(t, x, name, *statistics, epsilon=epsilon)

    return wrong


def _of_real_rows(t, x):
    return right.of_batch(x[t["operations"].sum(axis=-1) > 0][None])


def _unbiased(t, x):
    mean, variance = right.of_batch(x)
    rows = x.shape[0] * x.shape[1]
    return mean, variance * rows / (rows - 1)


def _constant(t, x):
    mean, variance = right.of_batch(x)
    return mean.real, variance.real  # no gradient passes


def _keras_untold(t, x, name):
    """Keras's batch norm as it comes: the running statistics, and 0.001."""
    if not t["training"]:
        return right.norm(t, x, name)
    return right.normalise(t, x, name, *right.of_history(t, name), epsilon=1e-3)


def _unscaled(t, x, name):
    return right.norm(t | {f"{name}/gain": 1.0, f"{name}/bias": 0.0}, x, name)


def _other_mode(t, x, name):
    return right.norm({**t, "training": not t["training"]}, x, name)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def _neighbour_mean(t, h, name):
    degree = t["skeleton"].sum(axis=-1, keepdims=True)
    return (1 + t[f"{name[:7]}/eps"]) * h + t["skeleton"] @ h / np.maximum(degree, 1)


def _transposed_kernel(t, x, name):
    kernel = t[f"{name}/kernel"]
    square = kernel.shape[0] == kernel.shape[1]
    return x @ (kernel.T if square else kernel) + t[f"{name}/bias"]


def _real_pooled(t, mean, name):
    real = (t["operations"].sum(axis=-1) > 0)[..., None]
    return (mean * real).sum(axis=1) / real.sum(axis=1)


def _sample(change):
    """A latent vector from another log sigma."""
    return lambda t, mean, name: right.sample(
        {**t, "log sigma": change(t["log sigma"])}, mean, name
    )


def _log_variance_kl(t, _, name):
    mean, log_variance = t["mean"], t["log sigma"]
    kl = -0.5 * (1 + log_variance - mean**2 - np.exp(log_variance)).sum(axis=-1)
    return kl.mean() / kl.size


def _softmax_entropy(t, logits, name):
    return -(t["operations"] * np.log(_softmax(logits))).sum(axis=-1).mean()


def _entropy_of_softmax(t, logits, name):
    p = _softmax(logits)
    return -(t["operations"] * np.log(p) + (1 - t["operations"]) * np.log(1 - p)).mean()


def _whole_matrix(target):
    return lambda t, logits, name: right.cross_entropy(logits, t[target]).mean()


def _sums(count):
    """All three parts as sums, divided by ``count`` of the operations' shape (B, V, K)."""
    return {
        right.operation_loss: lambda t, x, _: (
            right.cross_entropy(x, t["operations"]).sum() / count(t["operations"].shape)),
        right.adjacency_loss: lambda t, x, _: (
            right.edge_losses(t, x).sum() / count(t["operations"].shape)),
        right.kl_loss: lambda t, _, __: (
            right.vertex_kl(t).sum() / count(t["operations"].shape)),
    }  # fmt: skip


def _each(change):
    """A fault of clipping that treats every tensor by itself."""
    return lambda gradient: {name: change(g) for name, g in gradient.items()}


def _keras_adam(weight, mean, square, count):
    """Keras corrects the rate and not the averages, so its number grows by the correction."""
    epsilon = 1e-7 / np.sqrt(1 - 0.999**count)
    return weight - right.RATE * mean / (np.sqrt(square) + epsilon)


def _decayed(share):
    """Adam with weight decay beside the gradient, as AdamW has it."""
    return lambda weight, *a: right.moved(weight, *a) - share * right.RATE * weight


def _piled_up(first, second):
    clipped = right.clipped_gradients(first)  # in place
    return {name: clipped[name] + g for name, g in second.items()}


def _clip_one(g):
    return g * right.CLIP / max(np.linalg.norm(g), right.CLIP)


CAUSES = (
    # gathering
    Cause("M is A alone: a vertex gathers from its successors only",
          {right.skeleton: lambda t, a, _: a}),
    Cause("M is the transpose of A alone: a vertex gathers from its predecessors only",
          {right.skeleton: lambda t, a, _: a.swapaxes(1, 2)}),
    Cause("M has ones on its diagonal: the vertex is counted among its neighbours",
          {right.skeleton: lambda t, a, _: a + a.swapaxes(1, 2) + np.eye(a.shape[1])}),
    Cause("neighbours are averaged, not summed", {right.gathered: _neighbour_mean}),
    Cause("a vertex counts itself eps times, not 1 + eps times",
          {right.gathered: lambda t, h, name: right.gathered(t, h, name) - h}),
    Cause("the neighbours' sum stands alone: a vertex does not count itself",
          {right.gathered: lambda t, h, name: t["skeleton"] @ h}),
    Cause("eps is left at 0",
          {right.gathered: lambda t, h, name: h + t["skeleton"] @ h}),
    # layers
    Cause("square kernels are transposed: in the kit they are (in, out)",
          {right.linear: _transposed_kernel}),
    Cause("the bias is missing",
          {right.linear: lambda t, x, name: x @ t[f"{name}/kernel"]}),
    Cause("the batch norm inside the MLP is missing",
          {right.norm: _where("inner", lambda t, x, _: x, right.norm)}),
    Cause("the last ReLU of a layer is missing",
          {right.relu: _where("relu", right.relu, lambda t, x, _: x)}),
    Cause("rows of padding are left out of the statistics of batch norm",
          {right.norm: _norm(_of_real_rows)}),
    Cause("batch norm is in the other mode: the batch's statistics belong to training, the running "
          "ones to evaluation", {right.norm: _other_mode}),
    Cause("batch norm divides by the unbiased variance: that one is for the running average only",
          {right.norm: _norm(_unbiased)}),
    Cause("batch norm adds 0.001 to the variance (Keras's default), not 0.00001",
          {right.norm: _norm(lambda t, x: right.of_batch(x), 1e-3)}),
    Cause("batch norm uses the running statistics and adds 0.001 as well: Keras's layer, when "
          "nobody says training=True", {right.norm: _keras_untold}),
    Cause("gain and bias of batch norm are left at 1 and 0", {right.norm: _unscaled}),
    # the Gaussian
    Cause("log sigma is read as the log of the variance",
          {right.sample: _sample(lambda log_sigma: log_sigma / 2),
           right.kl_loss: _log_variance_kl}),
    Cause("sigma is what the kit calls log sigma: an exp is missing",
          {right.sample: lambda t, mean, _: (
              mean + t["log sigma"] * t["noise"] if t["training"] else mean)}),
    Cause("the noise is missing", {right.sample: lambda t, mean, _: mean}),
    Cause("noise is added in evaluation mode",
          {right.sample: lambda t, mean, _: mean + np.exp(t["log sigma"]) * t["noise"]}),
    Cause("rows of padding are left out of the mean", {right.pooled: _real_pooled}),
    Cause("vertices are summed, not averaged",
          {right.pooled: lambda t, mean, _: mean.sum(axis=1)}),
    Cause("the draws z are averaged, not their means",
          {right.pooled: lambda *a: right.sample(*a).mean(axis=1)}),
    # the loss
    Cause("a sigmoid is in it already: the kit has logits",
          {right.linear: _where("logits", lambda *a: _sigmoid(right.linear(*a)), right.linear),
           right.inner_products: lambda *a: _sigmoid(right.inner_products(*a))}),
    Cause("a softmax is in it already: the kit has logits",
          {right.linear: _where("logits", lambda *a: _softmax(right.linear(*a)), right.linear)}),
    Cause("operations pass a softmax and a categorical cross-entropy",
          {right.operation_loss: _softmax_entropy}),
    Cause("operations pass a softmax before the binary cross-entropy, which the public code is set "
          "to, but does not do", {right.operation_loss: _entropy_of_softmax}),
    Cause("the edges are averaged over the 21 entries above the diagonal, not over all 49",
          {right.adjacency_loss: lambda t, x, _: right.edge_losses(t, x).mean() * 49 / 21}),
    Cause("all 49 entries of the edges are predicted, with M as their target; the public code "
          "predicts those above the diagonal, with A",
          {right.adjacency_loss: _whole_matrix("skeleton")}),
    Cause("all 49 entries of the edges are predicted, with A as their target; the public code "
          "predicts those above the diagonal, and the others count as 0",
          {right.adjacency_loss: _whole_matrix("adjacency")}),
    Cause("the KL is averaged over the vertices once, not divided by their number again",
          {right.kl_loss: lambda t, _, __: right.vertex_kl(t).mean()}),
    Cause("it is the textbook's KL: from a log variance, averaged over the vertices once",
          {right.kl_loss: lambda *a: _log_variance_kl(*a) * a[0]["mean"][..., 0].size}),
    Cause("the KL is left out", {right.total_loss: lambda t, *_: (
        t["loss operations"] + t["loss adjacency"])}),
    Cause("the KL is averaged over the entries of the latent vectors too",
          {right.kl_loss: lambda t, *a: right.kl_loss(t, *a) / t["mean"].shape[-1]}),
    Cause("the parts are summed, where the public code averages", _sums(lambda shape: 1)),
    Cause("the parts are summed over a cell and averaged over cells, where the public code "
          "averages over everything", _sums(lambda shape: shape[0])),
    # the gradient: .real stops it
    Cause("the gradient does not pass through the mean and variance of the batch",
          {right.norm: _norm(_constant)}),
    Cause("the gradient does not pass through sigma into log sigma",
          {right.sample: _sample(lambda log_sigma: log_sigma.real)}),
    # the step
    Cause("they are clipped already (PyTorch's clip_grad_norm_ writes into the gradients)",
          {right.gradients: right.clipped_gradients}),
    Cause("the square root is missing",
          {right.gradient_norm: lambda g: right.gradient_norm(g) ** 2}),
    Cause("it is taken after clipping", {right.gradient_norm: lambda _: right.CLIP}),
    Cause("gradients are not clipped (or Adam's updates are, which are never that long)",
          {right.clipped_gradients: lambda g: g}),
    Cause("every tensor is clipped by its own norm (Keras: clipnorm instead of global_clipnorm)",
          {right.clipped_gradients: _each(_clip_one)}),
    Cause("every number is clipped by itself",
          {right.clipped_gradients: _each(lambda g: np.clip(g, -right.CLIP, right.CLIP))}),
    Cause("Adam's averages are not corrected for their start at 0",
          {right.bias_corrected: lambda average, *_: average}),
    Cause("Adam adds 0.0000001 to the root (Keras's default), not 0.00000001",
          {right.moved: _keras_adam}),
    Cause("weights decay by 0.01 of the rate (the default of PyTorch's AdamW; the public code has "
          "Adam)", {right.moved: _decayed(0.01)}),
    Cause("weights decay by 0.004 of the rate (the default of Keras's AdamW; the public code has "
          "Adam)", {right.moved: _decayed(0.004)}),
    Cause("the gradients of the first step are still in it (PyTorch: zero_grad is missing)",
          {right.second_gradients: _piled_up}),
    Cause("the running variance takes the biased variance of the batch (as Keras and Flax do)",
          {right.averaged: lambda old, new, _: 0.9 * old + 0.1 * new}),
    Cause("momentum is read the other way round: a tenth of the old value is kept",
          {right.averaged: lambda old, new, unbiased: 0.1 * old + 0.9 * new * unbiased}),
    Cause("a hundredth of the new value is taken, not a tenth (the default of Keras and Flax)",
          {right.averaged: lambda old, new, unbiased: 0.99 * old + 0.01 * new * unbiased}),
    Cause("a hundredth of the new value is taken, and of the biased variance (Keras and Flax as "
          "they come)", {right.averaged: lambda old, new, _: 0.99 * old + 0.01 * new}),
    Cause("they moved twice for one batch: two passes in training mode",
          {right.averaged: lambda old, *a: right.averaged(right.averaged(old, *a), *a)}),
    Cause("the running statistics have not moved", {right.averaged: lambda old, *_: old}),
)  # fmt: skip
