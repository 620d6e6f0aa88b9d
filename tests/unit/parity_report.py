"""Compare the port with the public code's tensors in float64; prints the differences as JSON.

Run by test_parity.py in a process of its own, because float64 is a setting of the whole process:
JAX_ENABLE_X64=1 python tests/unit/parity_report.py arch2vec_parity.npz
"""

import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from wl2nas import train
from wl2nas.models import arch2vec


def public_name(path: str) -> tuple[str, bool]:
    """The public code's name of one of our tensors, and whether it is transposed there."""
    parts = path.split("/")
    if parts[0] == "decoder":
        return f"decoder.weight.{'weight' if parts[-1] == 'kernel' else 'bias'}", True
    if parts[1].startswith("to_"):
        name = {"to_mean": "fc1", "to_log_sigma": "fc2"}[parts[1]]
        return f"{name}.{'weight' if parts[-1] == 'kernel' else 'bias'}", True
    k = parts[1].removeprefix("layer")
    if parts[2] == "eps":
        return f"eps[{k}]", False
    place = {
        "first": f"mlps.{k}.linears.0",
        "second": f"mlps.{k}.linears.1",
        "inner_norm": f"mlps.{k}.batch_norms.0",
        "outer_norm": f"batch_norms.{k}",
    }[parts[2]]
    leaf = {"kernel": "weight", "gain": "weight", "bias": "bias",
            "mean": "running_mean", "var": "running_var"}[parts[3]]  # fmt: skip
    return f"{place}.{leaf}", True


def public_tensors(file, prefix: str, state) -> dict[str, np.ndarray]:
    """The public values of every tensor in ``state``, by our path."""
    found = {}
    for path in train.named_tensors(state):
        name, transposed = public_name(path)
        if name.startswith("eps["):
            value = file[f"{prefix}/eps"][int(name[4:-1])]
        else:
            value = file[f"{prefix}/{name}"]
        found[path] = np.float64(value.T if transposed else value)
    return found


def largest(difference_of) -> float:
    return float(max(np.abs(np.asarray(a) - np.asarray(b)).max() for a, b in difference_of))


def main(path):
    assert jax.config.jax_enable_x64, "run with JAX_ENABLE_X64=1"
    file = np.load(path, allow_pickle=False)
    adjacency, operations = (jnp.asarray(file[k], float) for k in ("adjacency", "operations"))
    model = arch2vec.Arch2Vec(rngs=nnx.Rngs(0))
    for kind in (nnx.Param, nnx.BatchStat):
        state = nnx.state(model, kind)
        weights = map(jnp.asarray, public_tensors(file, "w0", state).values())
        nnx.update(model, jax.tree.unflatten(jax.tree.structure(state), weights))

    model.eval()
    posterior = model.encode(adjacency, operations)
    decoded = model.decode(posterior.mean)
    parts = model.loss_parts(adjacency, operations)
    report = {
        f"layer{k}": largest([(h[:8], file[f"eval/layer{k}"])])
        for k, h in enumerate(model.encoder.hidden_states(adjacency, operations))
    }
    edges = jnp.triu(jax.nn.sigmoid(decoded.edge_logits), 1)
    report |= {
        "mean": largest([(posterior.mean, file["eval/mu"])]),
        "log_sigma": largest([(posterior.log_sigma, file["eval/log_sigma"])]),
        "operation_probabilities": largest(
            [(model.operation_probabilities(decoded), file["eval/operations_probability"])]
        ),
        "edge_probabilities": largest([(edges, file["eval/adjacency_probability_upper"])]),
        "loss_operations": largest([(parts.operations, file["eval/bce_operations"])]),
        "loss_adjacency": largest([(parts.adjacency, file["eval/bce_adjacency"])]),
        "loss_kl": largest([(parts.kl, file["eval/kl_term"])]),
        "loss_total": largest([(parts.total, file["eval/loss"])]),
    }

    model.train()
    config, noise = train.PUBLISHED, jnp.asarray(file["train/noise"])
    graphdef, progress = nnx.graphdef(model), train.start(model, config, 20)

    def total(params):
        model = nnx.merge(graphdef, params, jax.tree.map(jnp.copy, progress.stats))
        return model.loss_parts(adjacency, operations, noise=noise).total

    gradient = jax.grad(total)(progress.params)
    wanted = public_tensors(file, "train/grad0", progress.params)
    ours = train.named_tensors(gradient)
    report["first_gradient"] = largest((ours[k], wanted[k]) for k in wanted)
    norm = np.sqrt(sum((g**2).sum() for g in ours.values()))
    report["first_gradient_norm"] = largest([(norm, file["train/grad_norms"][0])])
    descent = train.optimiser(config, 20)
    step = jax.jit(
        lambda p: train.update(
            graphdef, descent, p, lambda m: m.loss_parts(adjacency, operations, noise=noise)
        )
    )
    losses = []
    for _ in range(20):
        progress, parts = step(progress)
        losses.append([parts.total, *parts])
    report["losses_20_steps"] = largest([(np.array(losses), file["train/losses"])])
    for name, tree in {"weights": progress.params, "statistics": progress.stats}.items():
        wanted, ours = public_tensors(file, "w20", tree), train.named_tensors(tree)
        report[f"{name}_20_steps"] = largest((ours[k], wanted[k]) for k in wanted)
    report["parameters"] = sum(v.size for v in train.named_tensors(progress.params).values())
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main(sys.argv[1])
