"""arch2vec's public training step in PyTorch, as a baseline for `make bench`.

Written anew from what the public code does (``wl2nas.models.arch2vec`` lists its habits), with the
same work in a step: probabilities and their logarithms instead of logits, the norm of all
gradients, Adam on every tensor. PyTorch is not in the lock; this module alone needs it.

Shapes: adjacency (B, V, V) and one-hot operations (B, V, K) of float32, noise (B, V, D).
Source: Yan et al. 2020, arXiv 2006.06936, and its public code at commit ea01b0c.
"""

import time

import torch
from torch import nn
from torch.nn import functional

from wl2nas.models.arch2vec import Arch2VecConfig
from wl2nas.train import PUBLISHED


class Layer(nn.Module):
    """h <- ReLU(BN(MLP((1 + eps) h + M h))), MLP = Linear BN ReLU Linear."""

    def __init__(self, n_in: int, width: int):
        super().__init__()
        self.eps = nn.Parameter(torch.zeros(()))
        self.first, self.inner_norm = nn.Linear(n_in, width), nn.BatchNorm1d(width)
        self.second, self.outer_norm = nn.Linear(width, width), nn.BatchNorm1d(width)

    def forward(self, h, skeleton):
        """Batch norm takes the vertices of all cells, padding included, as rows."""
        rows = ((1 + self.eps) * h + skeleton @ h).flatten(0, 1)
        rows = self.second(torch.relu(self.inner_norm(self.first(rows))))
        return torch.relu(self.outer_norm(rows)).unflatten(0, h.shape[:2])


class PublicModel(nn.Module):
    """The encoder and decoder; its ``loss`` is what a step descends."""

    def __init__(self, config: Arch2VecConfig | None = None):
        super().__init__()
        config = config or Arch2VecConfig()
        widths = [config.operations] + [config.hidden] * config.layers
        self.layers = nn.ModuleList(map(Layer, widths[:-1], widths[1:]))
        self.to_mean = nn.Linear(config.hidden, config.latent)
        self.to_log_sigma = nn.Linear(config.hidden, config.latent)
        self.to_operations = nn.Linear(config.latent, config.operations)
        self.dropout = config.dropout

    def loss(self, adjacency, operations, noise=None):
        """The published loss of a batch; noise is drawn where none is given."""
        skeleton = adjacency + adjacency.triu(1).mT
        h = operations
        for layer in self.layers:
            h = layer(h, skeleton)
        mean, log_sigma = self.to_mean(h), self.to_log_sigma(h)
        noise = torch.randn_like(mean) if noise is None else noise
        z = functional.dropout(mean + log_sigma.exp() * noise, self.dropout, self.training)
        said = torch.sigmoid(self.to_operations(z))
        edges = torch.sigmoid(z @ z.mT).triu(1)
        kl = -0.5 * (1 + 2 * log_sigma - mean**2 - (2 * log_sigma).exp()).sum(dim=-1)
        return (
            functional.binary_cross_entropy(said, operations)
            + functional.binary_cross_entropy(edges, adjacency)
            + kl.mean() / kl.numel()
        )


def cells_per_second(adjacency, operations, *, threads: int, seconds: float) -> float:
    """The rate of training over these cells in one shuffled order, for so many seconds after a
    warm-up.

    adjacency (N, V, V) and operations (N, V, K): arrays of 0 and 1, gathered batch by batch.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return _rate(torch.tensor(adjacency).float(), torch.tensor(operations).float(), seconds)
    finally:
        torch.set_num_threads(before)


def _rate(adjacency, operations, seconds: float) -> float:
    torch.manual_seed(0)
    model, batch = PublicModel().train(), PUBLISHED.batch
    adam = torch.optim.Adam(model.parameters(), lr=PUBLISHED.learning_rate)
    batches = torch.randperm(len(adjacency))[: len(adjacency) // batch * batch].split(batch)
    warm, steps, started = 50, 0, 0.0
    while steps <= warm or time.perf_counter() - started < seconds:
        rows = batches[steps % len(batches)]
        adam.zero_grad()
        model.loss(adjacency[rows], operations[rows]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), PUBLISHED.clip)
        adam.step()
        steps += 1
        if steps == warm:
            started = time.perf_counter()
    return (steps - warm) * batch / (time.perf_counter() - started)
