"""The ports that notebook 07b prints are those that run here: a layer in three, the model in Keras.

Keras on JAX and Flax are in the lock. PyTorch, and Keras on PyTorch or TensorFlow, run where those
are installed, and in the optional job frameworks.yml; elsewhere they are skipped in words.
"""

import importlib.util
import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import optax
import pytest
from flax import nnx

from course import check
from course.porting import kit

PORTS = Path(__file__).parents[2] / "notebooks" / "ports"
STRICT = os.environ.get("WL2NAS_STRICT") == "1"
LOCKED = [("flax", "jax"), ("keras", "jax")]
OPTIONAL = [("torch", "torch"), ("keras", "torch"), ("keras", "tensorflow")]
INSTALLED = [pair for pair in OPTIONAL if importlib.util.find_spec(pair[1])]
# In strict mode a skip is a failure, so what is not installed is not even asked for.
FRAMEWORKS = LOCKED + (INSTALLED if STRICT else OPTIONAL)

PROGRAM = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
layer_1 = __import__("gin_layer_" + sys.argv[2]).layer_1
kit = dict(np.load(sys.argv[3], allow_pickle=False))
found = {}
for mode in ("training", "evaluation"):
    h, variances = layer_1(kit, mode == "training")
    found |= {f"{mode}: layer 1": h} | {f"{mode}: {name}": v for name, v in variances.items()}
np.savez(sys.argv[4], **found)
"""


def computed(program: str, framework: str, backend: str, folder: Path) -> dict:
    """The arrays that a program saves; Keras's backend is a process's."""
    if (framework, backend) not in LOCKED + INSTALLED:
        pytest.skip(f"{backend} is not installed; the optional job frameworks.yml runs this")
    target = folder / "found.npz"
    run = subprocess.run(
        [sys.executable, "-c", program, PORTS, framework, kit.KIT, target],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return dict(np.load(target, allow_pickle=False))


@pytest.fixture(scope="module", params=FRAMEWORKS, ids="{0[0]} on {0[1]}".format)
def port(request, tmp_path_factory):
    """The name of a framework, and what its layer computes."""
    framework, backend = request.param
    folder = tmp_path_factory.mktemp("port")
    return framework, computed(PROGRAM, framework, backend, folder)


@pytest.mark.slow
def test_the_layer_computes_the_kit_s_tensor(port):
    _, found = port
    check.port("layer 1", found["training: layer 1"], strict=True)
    check.port("layer 1", found["evaluation: layer 1"], training=False, strict=True)


@pytest.mark.slow
def test_the_running_variance_is_what_the_notebook_says(port, capsys):
    """PyTorch averages the unbiased variance; Keras and Flax average the biased one."""
    framework, found = port
    variances = {
        name: found[f"training: layer 1 {name}"]
        for name in ("inner norm/variance", "outer norm/variance")
    }
    check.port("running statistics", {f"layer 1 {name}": v for name, v in variances.items()})
    said = capsys.readouterr().out
    if framework == "torch":
        assert said == 'Port "running statistics": agrees.\n'
    else:
        assert "the running variance takes the biased variance" in said
    for name, variance in variances.items():
        still = found[f"evaluation: layer 1 {name}"]
        assert np.allclose(still, check.porting_kit()[f"layer 1 {name}"])
        assert not np.allclose(still, variance)


@pytest.mark.parametrize("framework", ["torch", "keras", "flax"])
def test_a_layer_fits_on_a_page(framework):
    source = (PORTS / f"gin_layer_{framework}.py").read_text(encoding="utf-8")
    layer = source[source.index("class GINLayer") : source.index("layer_1")]
    assert 12 <= sum(bool(line.strip()) for line in layer.splitlines()) <= 20


# --- the whole model ----------------------------------------------------------------------------

WHOLE = """
import sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import arch2vec_keras as port
from keras import ops

kit = {name: np.float32(array) for name, array in np.load(sys.argv[3]).items()}
cells, noises = (kit["adjacency"], kit["operations"]), ("noise", "noise of the second step")
found = {}

def note(title, arrays):
    found.update({f"{title}: {name}": ops.convert_to_numpy(a) for name, a in arrays.items()})

note("evaluation", port.steps(port.from_kit(kit), *cells))
model = port.from_kit(kit)
note("training", port.steps(model, *cells, kit["noise"], training=True))
note("after one pass", port.named(model))
model, adam = port.from_kit(kit), port.adam()
for count, noise in enumerate(noises, start=1):
    slopes = port.train_step(model, adam, *cells, kit[noise])
    note(f"gradients {count}", port.by_name(model, slopes))
    note(f"clipped {count}", port.by_name(model, port.clipped(slopes)))
    note(f"norm {count}", {"gradient norm": port.norm(slopes)})
    note(f"after {count}", port.named(model))
np.savez(sys.argv[4], **found)
"""
WITH_KERAS = [pair for pair in FRAMEWORKS if pair[0] == "keras"]


@pytest.fixture(scope="module", params=WITH_KERAS, ids="{0[0]} on {0[1]}".format)
def whole(request, tmp_path_factory):
    """What the whole model computes on a backend: title, and a dict of arrays."""
    found = computed(WHOLE, *request.param, tmp_path_factory.mktemp("whole"))
    titles = {name.split(": ")[0] for name in found}
    return {
        title: {n.split(": ")[1]: a for n, a in found.items() if n.startswith(f"{title}: ")}
        for title in titles
    }


def part(arrays: dict, *, statistics: bool) -> dict:
    """The weights, or the running statistics, among the variables of a model."""
    return {n: a for n, a in arrays.items() if n.endswith(("/mean", "/variance")) == statistics}


@pytest.mark.slow
def test_the_whole_model_passes_every_step(whole):
    found = whole["training"] | {
        "running statistics": part(whole["after one pass"], statistics=True),
        "gradients": whole["gradients 1"],
        "gradient norm": whole["norm 1"]["gradient norm"],
        "clipped gradients": whole["clipped 1"],
        "weights after one step": part(whole["after 1"], statistics=False),
        "gradients of the second step": whole["gradients 2"],
        "weights after two steps": part(whole["after 2"], statistics=False),
    }
    assert found.keys() == set(check.port_steps())
    for step in ("gradients", "weights after two steps", "running statistics"):
        assert found[step].keys() == kit._truth(step, True).keys()
    check.ported(found, strict=True)
    assert whole["evaluation"].keys() == set(check.port_steps(training=False))
    check.ported(whole["evaluation"], training=False, strict=True)


@pytest.mark.slow
def test_a_training_step_moves_the_running_statistics_once(whole):
    moved = part(whole["after 1"], statistics=True)
    check.port("running statistics", moved, strict=True)
    again = part(whole["after 2"], statistics=True)
    assert all(not np.allclose(again[name], moved[name]) for name in moved)


def test_the_whole_model_fits_on_three_pages():
    source = (PORTS / "arch2vec_keras.py").read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if line.strip()]
    assert len(lines) <= 150 and max(map(len, lines)) <= 100


KERAS_DEFAULTS = """
import keras
dense, norm = keras.layers.Dense(300), keras.layers.BatchNormalization()
dense.build((None, 200))
print(norm.momentum, norm.epsilon, keras.optimizers.Adam().epsilon)
print(type(dense.kernel_initializer).__name__, float(abs(dense.bias.value).max()))
"""


@pytest.mark.slow
def test_the_defaults_of_keras_are_what_the_notebook_says():
    run = subprocess.run(
        [sys.executable, "-c", KERAS_DEFAULTS],
        env={**os.environ, "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["0.99", "0.001", "1e-07", "GlorotUniform", "0.0"]


def test_the_defaults_of_flax_and_optax_are_what_the_notebook_says():
    norm = nnx.BatchNorm(4, rngs=nnx.Rngs(0))
    assert (norm.momentum, norm.epsilon) == (0.99, 1e-5)
    assert inspect.signature(optax.adam).parameters["eps"].default == 1e-8
    linear = nnx.Linear(400, 500, rngs=nnx.Rngs(0))
    kernel = np.asarray(linear.kernel[...])
    assert kernel.std() == pytest.approx(400**-0.5, rel=0.01)
    assert 2.2 < abs(kernel).max() / kernel.std() < 2.3  # cut off at two deviations of the uncut
    assert not np.asarray(linear.bias[...]).any()
