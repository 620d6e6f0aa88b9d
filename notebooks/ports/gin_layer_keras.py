"""One layer of arch2vec's encoder in Keras 3, on any backend, and the kit's weights in it."""

from keras import layers, ops

TORCH_S = {"momentum": 0.9, "epsilon": 1e-5}  # Keras's own are 0.99 and 0.001


class GINLayer(layers.Layer):
    def __init__(self, width):
        super().__init__()
        self.eps = self.add_weight(name="eps", shape=(), initializer="zeros")
        self.first, self.inner_norm = layers.Dense(width), layers.BatchNormalization(**TORCH_S)
        self.second, self.outer_norm = layers.Dense(width), layers.BatchNormalization(**TORCH_S)

    def call(self, h, adjacency, training=False):
        skeleton = adjacency + ops.swapaxes(adjacency, 1, 2)
        x = (1 + self.eps) * h + ops.matmul(skeleton, h)
        x = ops.relu(self.inner_norm(self.first(x), training=training))
        return ops.relu(self.outer_norm(self.second(x), training=training))


def layer_1(kit, training):
    kit = {name: array.astype("float32") for name, array in kit.items()}
    layer = GINLayer(kit["layer 1 first linear/kernel"].shape[1])
    layer(kit["operations"], kit["adjacency"])  # the first call makes the weights
    layer.eps.assign(kit["layer 1/eps"])
    linear = {"first linear": layer.first, "second linear": layer.second}
    norms = {"inner norm": layer.inner_norm, "outer norm": layer.outer_norm}
    for name, part in linear.items():
        part.kernel.assign(kit[f"layer 1 {name}/kernel"])
        part.bias.assign(kit[f"layer 1 {name}/bias"])
    for name, part in norms.items():
        part.gamma.assign(kit[f"layer 1 {name}/gain"])
        part.beta.assign(kit[f"layer 1 {name}/bias"])
        part.moving_mean.assign(kit[f"layer 1 {name}/mean"])
        part.moving_variance.assign(kit[f"layer 1 {name}/variance"])
    h = ops.convert_to_numpy(layer(kit["operations"], kit["adjacency"], training=training))
    history = {f"layer 1 {name}/variance": part.moving_variance for name, part in norms.items()}
    return h, {name: ops.convert_to_numpy(variance) for name, variance in history.items()}
