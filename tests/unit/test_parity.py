import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("parity_report.py")

# The largest difference allowed to the public code's tensors, by what is compared. Most are
# float64 rounding; the layers and the gradient were stored in float32, twenty steps of Adam
# magnify rounding.
TOLERANCES = {
    **{f"layer{k}": 1e-7 for k in range(4)},
    "mean": 1e-13,
    "log_sigma": 1e-13,
    "operation_probabilities": 1e-13,
    "edge_probabilities": 1e-13,
    "loss_operations": 1e-13,
    "loss_adjacency": 1e-13,
    "loss_kl": 1e-13,
    "loss_total": 1e-13,
    "first_gradient": 1e-7,
    "first_gradient_norm": 1e-10,
    "losses_20_steps": 1e-7,
    "weights_20_steps": 1e-6,
    "statistics_20_steps": 1e-6,
}


def report(path) -> dict[str, float]:
    """Differences by name, from a process of its own: float64 is a setting of the whole process."""
    run = subprocess.run(
        [sys.executable, SCRIPT, path],
        env={**os.environ, "JAX_ENABLE_X64": "1"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.slow
def test_the_port_computes_what_the_public_code_does(oracle):
    differences = report(oracle("arch2vec_parity.npz"))
    assert differences.pop("parameters") == 122_617
    assert differences.keys() == TOLERANCES.keys()
    table = [
        f"{name:24}{differences[name]:12.1e}, allowed {allowed:.0e}"
        for name, allowed in TOLERANCES.items()
        if not differences[name] <= allowed  # NaN is refused as well
    ]
    assert not table, "\n".join(["too far from the public code:", *table])
