"""The baseline of `make bench` in PyTorch is the model that the porting kit holds."""

import dataclasses

import numpy as np
import pytest

from experiments import porting_kit
from experiments.bench import public

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make bench` goes without")
public_step = pytest.importorskip("experiments.public_step")

KIT = dict(np.load(porting_kit.TARGET, allow_pickle=False))
PARTS = {
    "first linear": "first",
    "inner norm": "inner_norm",
    "second linear": "second",
    "outer norm": "outer_norm",
    "mean": "to_mean",
    "log sigma": "to_log_sigma",
    "operation logits": "to_operations",
}
LEAVES = {"kernel": "weight", "gain": "weight", "bias": "bias",
          "mean": "running_mean", "variance": "running_var"}  # fmt: skip


def public_name(name: str) -> str:
    """ "layer 1 first linear/kernel" is "layers.0.first.weight"."""
    owner, leaf = name.split("/")
    _, number, part = owner.split(" ", 2) if owner.startswith("layer") else ("", "", owner)
    where = [f"layers.{int(number) - 1}"] if number else []
    return ".".join([*where, PARTS[part], LEAVES[leaf]])


def model_of_the_kit():
    """In float64 and without dropout, as the kit was made."""
    config = dataclasses.replace(porting_kit.CONFIG, dropout=0.0)
    model = public_step.PublicModel(config).double()
    tensors = {
        public_name(name): torch.tensor(value.T)
        for name, value in KIT.items()
        if "/" in name and ":" not in name and not name.endswith("/eps")
        and not name.startswith(("gradients", "weights", "clipped"))
    }  # fmt: skip
    tensors |= {f"layers.{k}.eps": torch.tensor(KIT[f"layer {k + 1}/eps"]) for k in range(2)}
    left = model.load_state_dict(tensors, strict=False)
    assert not left.unexpected_keys
    assert all(name.endswith("num_batches_tracked") for name in left.missing_keys)
    return model


@pytest.fixture
def cells_of_the_kit():
    return torch.tensor(KIT["adjacency"]), torch.tensor(KIT["operations"])


def test_the_loss_is_ours(cells_of_the_kit):
    model = model_of_the_kit().train()
    found = model.loss(*cells_of_the_kit, torch.tensor(KIT["noise"]))
    assert found.item() == pytest.approx(KIT["training: loss total"], rel=1e-12)


def test_so_is_the_gradient(cells_of_the_kit):
    model = model_of_the_kit().train()
    model.loss(*cells_of_the_kit, torch.tensor(KIT["noise"])).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    assert norm.item() == pytest.approx(KIT["training: gradient norm"], rel=1e-10)
    first = model.layers[0].first.weight.grad.numpy().T
    # PyTorch divides by the norm plus 0.000001.
    np.testing.assert_allclose(first, KIT["clipped gradients: layer 1 first linear/kernel"], 1e-6)


def test_a_published_model_has_the_published_parameters():
    assert sum(p.numel() for p in public_step.PublicModel().parameters()) == 122_617


def test_a_rate_is_measured():
    cells = np.repeat(KIT["adjacency"], 30, axis=0), np.repeat(KIT["operations"], 30, axis=0)
    assert public_step.cells_per_second(*cells, threads=1, seconds=0.01) > 0


@pytest.mark.slow
def test_the_port_in_turn_with_the_public_step(monkeypatch):
    monkeypatch.setattr(public, "CHUNK", 10)
    rates = list(public.in_turns(1, at_least=0.02))
    assert np.isfinite(rates).all() and min(rates) > 0
