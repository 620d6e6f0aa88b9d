"""`make porting-kit`: data/porting_kit.npz, every tensor of a small arch2vec, for who ports it.

Computed by our own model in float64: three cells through a model of two layers with fixed weights,
in training mode (fixed noise, no dropout, two steps of Adam) and in evaluation mode. `wl2nas.check`
compares a port with it; its NumPy version, written apart from the model, is the test's oracle.
"""

import io
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from wl2nas import cells, train
from wl2nas.files import write_atomically
from wl2nas.models import arch2vec, layers

TARGET = Path(__file__).parents[2] / "data" / "porting_kit.npz"
CONFIG = arch2vec.Arch2VecConfig(hidden=8, latent=4, layers=2)  # all else as published
ROWS = (4242, 40965, 29)  # seven, five and six vertices
SPREAD = {"mean": 0.7, "log sigma": 0.3, "operation logits": 1.0}
SEED = 6
PLACES = {
    "first": "first linear",
    "inner_norm": "inner norm",
    "second": "second linear",
    "outer_norm": "outer norm",
    "to_mean": "mean",
    "to_log_sigma": "log sigma",
    "to_operations": "operation logits",
}


def kit_name(path: str) -> str:
    """The kit's name of a tensor of ours: "encoder/layer0/first/kernel" is a "first linear"."""
    *where, leaf = path.split("/")[1:]
    layer = [f"layer {int(where.pop(0)[5:]) + 1}"] if where[0].startswith("layer") else []
    leaf = "variance" if leaf == "var" else leaf
    return " ".join(layer + [PLACES[part] for part in where]) + "/" + leaf


def named(tree) -> dict[str, np.ndarray]:
    """The tensors of a state by the kit's names."""
    return {kit_name(path): np.array(leaf) for path, leaf in train.named_tensors(tree).items()}


def weights_for(name: str, shape, rng) -> np.ndarray:
    """Weights and statistics away from their starting values; exact in float32 as well.

    Small in front of a batch norm: so the 0.00001 in its denominator can be told from 0.001.
    """
    owner, leaf = name.split("/")
    spread = SPREAD.get(owner, 0.15)
    value = {
        "kernel": lambda: rng.normal(size=shape) * spread * np.sqrt(2 / max(shape[:1], default=1)),
        "gain": lambda: rng.uniform(0.5, 1.5, shape),
        "mean": lambda: rng.normal(size=shape) * 0.2,
        "variance": lambda: rng.uniform(0.2, 0.4, shape),
        "eps": lambda: rng.uniform(0.2, 0.5, shape),
    }.get(leaf, lambda: rng.normal(size=shape) / (2 if "norm" in owner else 5))()
    return np.asarray(np.float32(value), float)


def small_model() -> arch2vec.Arch2Vec:
    """The model of the kit."""
    model, rng = arch2vec.Arch2Vec(CONFIG, rngs=nnx.Rngs(0)), np.random.default_rng(SEED)
    for kind in (nnx.Param, nnx.BatchStat):
        state = nnx.state(model, kind)
        values = [
            jnp.asarray(weights_for(kit_name(path), leaf.shape, rng))
            for path, leaf in train.named_tensors(state).items()
        ]
        nnx.update(model, jax.tree.unflatten(jax.tree.structure(state), values))
    return model


def steps(model: arch2vec.Arch2Vec, adjacency, operations, noise) -> dict[str, jax.Array]:
    """Every tensor between the cells and the loss; in training mode statistics move on."""
    t = {"skeleton": layers.skeleton(adjacency)}
    h = operations
    for k in range(CONFIG.layers):
        layer, name = getattr(model.encoder, f"layer{k}"), f"layer {k + 1}"
        t[f"{name} gathered"] = (1 + layer.eps[...]) * h + t["skeleton"] @ h
        t[f"{name} first linear"] = layer.first(t[f"{name} gathered"])
        t[f"{name} inner norm"] = layer.inner_norm(t[f"{name} first linear"], None)
        t[f"{name} relu"] = nnx.relu(t[f"{name} inner norm"])
        t[f"{name} second linear"] = layer.second(t[f"{name} relu"])
        t[f"{name} outer norm"] = layer.outer_norm(t[f"{name} second linear"], None)
        h = t[name] = nnx.relu(t[f"{name} outer norm"])
    posterior = arch2vec.Posterior(model.encoder.to_mean(h), model.encoder.to_log_sigma(h))
    t["mean"], t["log sigma"] = posterior
    t["embedding"] = model.embedding(posterior.mean, jnp.argmax(operations, -1))
    t["z"] = posterior.mean if noise is None else arch2vec.reparameterise(posterior, noise)
    decoded = model.decode(t["z"])
    t["operation logits"], t["edge logits"] = decoded
    parts = arch2vec.loss(CONFIG, decoded, posterior, adjacency, operations)
    return t | {f"loss {k}": v for k, v in parts._asdict().items()} | {"loss total": parts.total}


def both_modes(adjacency, operations, noise) -> dict[str, np.ndarray]:
    """All steps in training and evaluation mode, and the running statistics after training."""
    found = {}
    for mode, given in {"training": noise, "evaluation": None}.items():
        model = small_model()
        model.train() if mode == "training" else model.eval()
        t = steps(model, adjacency, operations, given)
        found |= {f"{mode}: {name}": np.asarray(value) for name, value in t.items()}
        if mode == "training":
            after = named(nnx.state(model, nnx.BatchStat))
            found |= {f"running statistics: {name}": value for name, value in after.items()}
    return found


def training(adjacency, operations, noises) -> dict[str, np.ndarray]:
    """Two steps of Adam on the same cells with other noise: gradients, clipped, and weights."""
    model, config = small_model(), train.PUBLISHED
    model.train()
    graphdef, found = nnx.graphdef(model), {}
    progress, descent = train.start(model, config, 2), train.optimiser(config, 2)
    for count, noise in zip(("", " of the second step"), noises, strict=True):

        def objective(m, noise=noise):
            return m.loss_parts(adjacency, operations, noise=noise)

        def total(params, progress=progress, objective=objective):
            stats = jax.tree.map(jnp.copy, progress.stats)
            return objective(nnx.merge(graphdef, params, stats)).total

        gradient = named(jax.grad(total)(progress.params))
        progress, _ = train.update(graphdef, descent, progress, objective)
        norm = np.sqrt(sum((g**2).sum() for g in gradient.values()))
        print(f"norm of the gradients{count}: {norm:.3f}")
        found |= {f"gradients{count}: {name}": g for name, g in gradient.items()}
        after = named(progress.params)
        if not count:
            found["training: gradient norm"] = norm
            clip = optax.clip_by_global_norm(config.clip)
            clipped, _ = clip.update(gradient, clip.init(gradient))
            found |= {f"clipped gradients: {name}": g for name, g in clipped.items()}
        steps_made = "two steps" if count else "one step"
        found |= {f"weights after {steps_made}: {name}": w for name, w in after.items()}
    return found


def main():
    jax.config.update("jax_enable_x64", True)
    space = cells.nasbench101().take(np.array(ROWS))
    adjacency = jnp.asarray(space.adjacency, float)
    operations = jax.nn.one_hot(jnp.asarray(space.ops), CONFIG.operations, dtype=float)
    rng = np.random.default_rng(1)
    shape = (2, *space.ops.shape, CONFIG.latent)
    noises = np.float64(
        np.float32(rng.normal(size=shape) * np.array([1, 0.3])[:, None, None, None])
    )
    model = small_model()
    kit = {
        "rows": np.array(ROWS),
        "adjacency": adjacency,
        "operations": operations,
        "clip": np.array(train.PUBLISHED.clip),
        "learning rate": np.array(train.PUBLISHED.learning_rate),
        "noise": noises[0],
        "noise of the second step": noises[1],
        **named(nnx.state(model, nnx.Param)),
        **named(nnx.state(model, nnx.BatchStat)),
        **both_modes(adjacency, operations, jnp.asarray(noises[0])),
        **training(adjacency, operations, jnp.asarray(noises)),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: np.asarray(value) for name, value in kit.items()})
    write_atomically(TARGET, buffer.getvalue())
    print(f"{len(kit)} arrays, {TARGET.stat().st_size / 1e3:.0f} kB: {TARGET}")


if __name__ == "__main__":
    main()
