"""One layer of arch2vec's encoder in PyTorch, and the kit's weights in it."""

import torch
from torch import nn


class GINLayer(nn.Module):
    def __init__(self, n_in, width):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(()))
        self.first, self.inner_norm = nn.Linear(n_in, width), nn.BatchNorm1d(width)
        self.second, self.outer_norm = nn.Linear(width, width), nn.BatchNorm1d(width)

    def forward(self, h, adjacency):
        skeleton = adjacency + adjacency.mT
        x = ((1 + self.eps) * h + skeleton @ h).flatten(0, 1)  # BatchNorm1d takes rows
        x = torch.relu(self.inner_norm(self.first(x)))
        x = torch.relu(self.outer_norm(self.second(x)))
        return x.unflatten(0, h.shape[:2])


@torch.no_grad()
def layer_1(kit, training):
    kit = {name: torch.tensor(array, dtype=torch.float32) for name, array in kit.items()}
    layer = GINLayer(*kit["layer 1 first linear/kernel"].shape).train(training)
    layer.eps.copy_(kit["layer 1/eps"])
    linear = {"first linear": layer.first, "second linear": layer.second}
    norms = {"inner norm": layer.inner_norm, "outer norm": layer.outer_norm}
    for name, part in linear.items():
        part.weight.copy_(kit[f"layer 1 {name}/kernel"].T)  # Linear.weight is (out, in)
        part.bias.copy_(kit[f"layer 1 {name}/bias"])
    for name, part in norms.items():
        part.weight.copy_(kit[f"layer 1 {name}/gain"])
        part.bias.copy_(kit[f"layer 1 {name}/bias"])
        part.running_mean.copy_(kit[f"layer 1 {name}/mean"])
        part.running_var.copy_(kit[f"layer 1 {name}/variance"])
    h = layer(kit["operations"], kit["adjacency"]).numpy()
    return h, {f"layer 1 {name}/variance": part.running_var.numpy() for name, part in norms.items()}
