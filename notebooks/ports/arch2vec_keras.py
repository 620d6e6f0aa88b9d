"""arch2vec, the whole model, in Keras 3: encoder, sample, decoders, loss, one step of training.

The environment variable KERAS_BACKEND (jax, tensorflow or torch) says who computes; only
`gradients` knows the difference. Every array on the way has the name that the porting kit gives it.
"""

import keras
from keras import layers, ops

RATE, CLIP = 1e-3, 5.0


class BatchNorm(layers.Layer):
    """Batch norm as PyTorch keeps its books: the running variance averages the unbiased one."""

    def build(self, shape):
        width = shape[-1:]
        self.gain = self.add_weight(name="gain", shape=width, initializer="ones")
        self.bias = self.add_weight(name="bias", shape=width, initializer="zeros")
        history = {"shape": width, "trainable": False}
        self.mean = self.add_weight(name="mean", initializer="zeros", **history)
        self.variance = self.add_weight(name="variance", initializer="ones", **history)

    def call(self, x, training=False):
        mean, variance = self.mean.value, self.variance.value
        if training:
            rows = x.shape[0] * x.shape[1]  # of all cells, padding included
            mean, variance = ops.mean(x, axis=(0, 1)), ops.var(x, axis=(0, 1))
            unbiased = variance * rows / (rows - 1)
            self.mean.assign(0.9 * self.mean.value + 0.1 * mean)
            self.variance.assign(0.9 * self.variance.value + 0.1 * unbiased)
        scaled = (x - mean) / ops.sqrt(variance + 1e-5)
        return scaled * self.gain + self.bias


class GINLayer(layers.Layer):
    """Gather from the neighbours, then rename: linear, norm, ReLU, linear, norm, ReLU."""

    def __init__(self, width, **named):
        super().__init__(**named)
        self.first_linear = layers.Dense(width, name="first_linear")
        self.inner_norm = BatchNorm(name="inner_norm")
        self.second_linear = layers.Dense(width, name="second_linear")
        self.outer_norm = BatchNorm(name="outer_norm")

    def build(self, *shapes):
        self.eps = self.add_weight(name="eps", shape=(), initializer="zeros")

    def call(self, h, skeleton, training=False):
        t = {"gathered": (1 + self.eps) * h + ops.matmul(skeleton, h)}
        t["first linear"] = self.first_linear(t["gathered"])
        t["inner norm"] = self.inner_norm(t["first linear"], training=training)
        t["relu"] = ops.relu(t["inner norm"])
        t["second linear"] = self.second_linear(t["relu"])
        t["outer norm"] = self.outer_norm(t["second linear"], training=training)
        return ops.relu(t["outer norm"]), t


class Arch2Vec(keras.Model):
    """All arrays from A and X to the logits, by name; without noise the means are decoded."""

    def __init__(self, depth=4, width=128, latent=16, dropout=0.3):
        super().__init__()
        self.gin = [GINLayer(width, name=f"layer_{k}") for k in range(1, depth + 1)]
        self.to_mean = layers.Dense(latent, name="mean")
        self.to_log_sigma = layers.Dense(latent, name="log_sigma")
        self.dropout = layers.Dropout(dropout)
        self.to_operations = layers.Dense(5, name="operation_logits")

    def call(self, adjacency, operations, noise=None, training=False):
        t = {"skeleton": adjacency + ops.swapaxes(adjacency, 1, 2)}
        h = operations
        for k, layer in enumerate(self.gin, start=1):
            h, inside = layer(h, t["skeleton"], training=training)
            t |= {f"layer {k} {name}": array for name, array in inside.items()}
            t[f"layer {k}"] = h
        t["mean"], t["log sigma"] = self.to_mean(h), self.to_log_sigma(h)
        t["embedding"] = ops.mean(t["mean"], axis=1)
        t["z"] = t["mean"]
        if noise is not None:
            t["z"] = t["mean"] + ops.exp(t["log sigma"]) * noise
        z = self.dropout(t["z"], training=training)
        t["operation logits"] = self.to_operations(z)
        t["edge logits"] = ops.matmul(z, ops.swapaxes(z, 1, 2))
        return t


def cross_entropy(logits, target):
    """-log p of zeros and ones, entry by entry, from logits."""
    return ops.softplus(logits) - target * logits


def losses(t, adjacency, operations):
    """The three parts as published: means where the bound has sums."""
    mean, log_sigma = t["mean"], t["log sigma"]
    kl = (mean**2 + ops.exp(2 * log_sigma) - 1 - 2 * log_sigma) / 2
    kl = ops.sum(kl, axis=-1)  # one number for every vertex
    edges = ops.triu(cross_entropy(t["edge logits"], adjacency), 1)
    parts = {
        "loss operations": ops.mean(cross_entropy(t["operation logits"], operations)),
        "loss adjacency": ops.mean(edges),
        "loss kl": ops.mean(kl) / (kl.shape[0] * kl.shape[1]),
    }
    return parts | {"loss total": sum(parts.values())}


def steps(model, adjacency, operations, noise=None, training=False):
    """One pass: every array, the losses included. Training mode moves the running statistics."""
    adjacency, operations = map(ops.convert_to_tensor, (adjacency, operations))
    t = model(adjacency, operations, noise, training=training)
    return t | losses(t, adjacency, operations)


def kit_name(variable):
    """Keras says arch2_vec/layer_1/first_linear/kernel, the kit `layer 1 first linear/kernel`."""
    *owner, leaf = variable.path.split("/")[1:]
    return " ".join(owner).replace("_", " ") + "/" + leaf


def named(model):
    """All variables of a model, weights and running statistics, by the kit's names."""
    return {kit_name(variable): variable for variable in model.variables}


def by_name(model, slopes):
    """Gradients, which come as a list, by the kit's names of their weights."""
    return {kit_name(v): slope for v, slope in zip(model.trainable_variables, slopes, strict=True)}


def gradients(model, *batch):
    """The gradient of the loss for every weight: the one thing that each framework does its way."""
    weights = [variable.value for variable in model.trainable_variables]
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        with tensorflow.GradientTape() as tape:
            total = steps(model, *batch, training=True)["loss total"]
        return tape.gradient(total, weights)
    if keras.backend.backend() == "torch":
        import torch

        total = steps(model, *batch, training=True)["loss total"]
        return torch.autograd.grad(total, weights)
    import jax

    def total(weights):  # JAX differentiates functions, so the variables become arguments
        given = list(zip(model.trainable_variables, weights, strict=True))
        with keras.StatelessScope(state_mapping=given) as scope:
            loss = steps(model, *batch, training=True)["loss total"]
        return loss, [scope.get_current_value(v) for v in model.non_trainable_variables]

    slopes, statistics = jax.grad(total, has_aux=True)(weights)
    for variable, moved in zip(model.non_trainable_variables, statistics, strict=True):
        variable.assign(moved)
    return slopes


def norm(slopes):
    """The norm of all gradients as one long vector."""
    return ops.sqrt(sum(ops.sum(slope**2) for slope in slopes))


def clipped(slopes):
    """All gradients scaled together, so that their norm is 5 at most."""
    factor = ops.minimum(1.0, CLIP / norm(slopes))
    return [factor * slope for slope in slopes]


def adam():
    """Adam as PyTorch has it, nearly; Keras's own epsilon is ten times as large."""
    return keras.optimizers.Adam(RATE, epsilon=1e-8)


def train_step(model, optimiser, adjacency, operations, noise):
    """Follow the gradient once; returns the gradients as they were before clipping."""
    slopes = gradients(model, adjacency, operations, noise)
    optimiser.apply(clipped(slopes), model.trainable_variables)
    return slopes


def from_kit(kit):
    """The kit's small model with the kit's weights and running statistics."""
    model = Arch2Vec(depth=2, width=8, latent=4, dropout=0)
    model(kit["adjacency"], kit["operations"])  # the first call makes the variables
    for name, variable in named(model).items():
        variable.assign(kit[name])
    return model
