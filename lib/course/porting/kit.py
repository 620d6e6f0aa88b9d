"""Is a port of arch2vec right, and if not, which step went wrong first, and why?

`port` compares an array of a port with the kit that `make porting-kit` made. Where they differ it
does not guess: it computes the step with every fault of `port_causes`, starting at every step
before it, and names a cause if exactly what was handed in comes out.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from course.porting import numpy_port as right
from course.porting.causes import CAUSES, Cause
from course.porting.numpy_port import STEPS, Arrays
from course.results import ROOT

KIT = ROOT / "data" / "porting_kit.npz"
# Faults of what is fed to a gradient, not of how it is computed.
OTHER_NOISE = Cause("the noise is that of the other step", {})
NOT_MOVED = Cause("the weights are those before the first step", {})
TOLERANCE = 2e-5  # of the largest entry; a test holds a port in float32 to a fifth of it
# What training makes: dicts of arrays by the names of weights, and one number, the norm.
LEARNED = (
    "gradients",
    "gradient norm",
    "clipped gradients",
    "weights after one step",
    "running statistics",
    "gradients of the second step",
    "weights after two steps",
)
# What a step is computed from, where that is more than the array that its function works on.
SOURCES = {
    "layer 1 gathered": ("skeleton",),
    "layer 2 gathered": ("layer 1", "skeleton"),
    "z": ("mean", "log sigma"),
    "loss kl": ("mean", "log sigma"),
    "loss total": ("loss operations", "loss adjacency", "loss kl"),
    "gradients": ("loss total",),
    "gradient norm": ("gradients",),
    "clipped gradients": ("gradients", "gradient norm"),
    "weights after one step": ("clipped gradients",),
    "running statistics": ("layer 2 outer norm",),
    "gradients of the second step": ("weights after one step",),
    "weights after two steps": ("weights after one step", "gradients of the second step"),
}


@functools.cache
def porting_kit() -> Arrays:
    """All arrays of the kit by name; data/README.md explains the names."""
    if not KIT.exists():
        raise FileNotFoundError(f"{KIT} is part of a clone of the repository, not of a wheel")
    with np.load(KIT, allow_pickle=False) as file:
        return dict(file)


def port_steps(*, training: bool = True) -> tuple[str, ...]:
    """The names of the steps of a port, in the order in which to check them."""
    return (*STEPS, *LEARNED) if training else tuple(STEPS)


def port(step: str, value=None, *, training: bool = True, strict: bool = False):
    """Say whether an array of a port agrees with the kit, and if not, what is wrong with it.

    ``step`` is one of `port_steps`. Gradients, weights and running statistics are handed in as a
    dict of arrays by the kit's names, which need not hold all of them. With ``strict`` a difference
    raises AssertionError.
    """
    names = port_steps(training=training)
    if step not in names:
        raise ValueError(f"unknown step {step!r}; choose from {names}")
    where = f'Port "{step}"' + ("" if training else " in evaluation mode")
    if value is None:
        print(f"{where}: nothing was handed in yet.")
        return
    truth = _truth(step, training)
    fault = (
        _fault_of_dict(step, value, truth)
        if isinstance(truth, dict)
        else _fault_of_array(step, np.asarray(value), truth, training)
    )
    if fault and strict:
        raise AssertionError(f"{where}: {fault}")
    print(f"{where}: {fault or 'agrees.'}")


# --- one array ----------------------------------------------------------------------------------


def _fault_of_array(step: str, value, truth, training: bool) -> str | None:
    """What is wrong with an array; None if nothing is."""
    if value.dtype.kind not in "fiub":
        return f"this holds {value.dtype}, not numbers; hand in a NumPy array."
    if not np.isfinite(value).all():
        return f"NaN or infinity, first at {np.argwhere(~np.isfinite(value))[0].tolist()}."
    if value.shape != truth.shape:
        return f"the shape is {value.shape}, not {truth.shape}." + _other_order(value, truth)
    if _close(value, truth):
        return None
    variants = _variants(step, training)
    explained = ((c, name) for c, name, wrong in variants if _close(value, wrong))
    return _named(step, explained) or _difference(value, truth) + _before(step)


def _close(a, b) -> bool:
    """Whether two arrays agree up to rounding."""
    return bool((np.abs(a - b) <= TOLERANCE * np.abs(b).max()).all())


def _other_order(value, truth) -> str:
    """Whether the right numbers stand in another order."""
    if value.size == truth.size and _close(value.reshape(truth.shape), truth):
        return f" Reshaped to {truth.shape} it agrees."
    turned = np.moveaxis(value, -1, 1) if value.ndim == 3 else value.T
    if turned.shape == truth.shape and _close(turned, truth):
        return " With its last two axes exchanged it agrees."
    return ""


def _difference(value, truth) -> str:
    """Size and place of a difference that no cause explains."""
    gap = np.abs(value - truth)
    if not gap.ndim:
        return f"it is {value:.4g}, not {truth:.4g}."
    worst = tuple(int(i) for i in np.unravel_index(gap.argmax(), gap.shape))
    far = gap > TOLERANCE * np.abs(truth).max()
    padding = porting_kit()["operations"].sum(axis=-1) == 0
    only_padding = far.shape[:2] == padding.shape and not far[~padding].any()
    return (
        f"{far.sum()} of {far.size} numbers differ, most at {list(worst)}: "
        f"{value[worst]:.4g}, not {truth[worst]:.4g}."
        + (" All of them are in rows of padding." if only_padding else "")
    )


def _before(step: str) -> str:
    """Where to look for a fault that no cause explains."""
    if step == "skeleton":
        return " No known cause."
    sources = SOURCES.get(step) or (STEPS[step][1],)
    named = " and ".join(f'"{source}"' for source in sources)
    right_there = "if that is right" if len(sources) == 1 else "if these are right"
    return (
        f" No known cause. Check {named}, from which it comes; {right_there}, the fault is in this "
        "step: a new one, or two at once."
    )


def _named(step: str, found: Iterable) -> str | None:
    """The causes that were found, each with the latest step in which it explains all."""
    first: dict[str, str] = {}
    for cause, name in found:
        first[cause.text] = name
    if not first:
        return None
    causes = " Or: ".join(
        f"{text}." + (f' It is in "{name}" first.' if name != step else "")
        for text, name in first.items()
    )
    return f"differs. Exactly this comes out if: {causes}"


# --- a dict of arrays ---------------------------------------------------------------------------


def _fault_of_dict(step: str, value, truth: Arrays) -> str | None:
    """What is wrong with a dict of arrays; None if nothing is."""
    if not isinstance(value, Mapping) or not value:
        return f"hand in a dict of arrays by the kit's names, such as {next(iter(truth))!r}."
    if unknown := sorted(set(value) - set(truth)):
        raise ValueError(f"{step}: the kit has no {unknown[0]!r}, only {tuple(truth)}")
    value = {name: np.asarray(array) for name, array in value.items()}
    for name, array in value.items():
        if array.shape != truth[name].shape:
            turned = " The kit's kernels are (in, out)." if array.ndim == 2 else ""
            return f"{name}: the shape is {array.shape}, not {truth[name].shape}.{turned}"
        if not np.isfinite(array).all():
            return f"{name} holds NaN or infinity."
    bad = [n for n in value if not _all_close(step, {n: value[n]}, truth)]
    if not bad:
        return None
    flipped = {n: value[n].T for n in bad if value[n].shape == truth[n].T.shape}
    if flipped.keys() == set(bad) and _all_close(step, flipped, truth):
        return f"transposed: {', '.join(bad)}. The kit's kernels are (in, out)."
    explained: Iterable = (
        (cause, name)
        for cause, name, wrong in _variants(step, True)
        if _all_close(step, value, wrong)
    )
    if step.startswith("gradients"):
        explained = itertools.chain(explained, _causes_of_slopes(step, value))
    listed = ", ".join(bad)
    return _named(step, explained) or (
        f"{len(bad)} of {len(value)} arrays differ: {listed}.{_before(step)}"
    )


def _all_close(step: str, value: Mapping, truth: Arrays) -> bool:
    """Whether all arrays agree, on the scale of what the step changes.

    Adam divides a gradient by its own size, and so its rounding too: the smaller the gradient, the
    more is allowed. A bias in front of a batch norm has gradient 0, in float32 rounding alone, of
    which Adam makes full steps: such a weight may end anywhere within two steps and a half.
    """
    largest = max(np.abs(array).max() for array in truth.values())
    for name, array in value.items():
        allowed = TOLERANCE * largest
        if step.startswith("weights"):
            size = np.maximum(np.abs(_truth("gradients", True)[name]), 1e-6)
            relative = TOLERANCE * (100 + 0.05 / size)
            allowed = right.RATE * np.where(size > 1e-6, relative, 2.5)
        if not (np.abs(array - truth[name]) <= allowed).all():
            return False
    return True


# --- the kit, and what every cause makes of it --------------------------------------------------


def _given(training: bool) -> Arrays:
    """Inputs, weights and statistics, and the mode."""
    inputs = {name: value for name, value in porting_kit().items() if ": " not in name}
    return {**inputs, "training": training}


def _truth(step: str, training: bool):
    """The kit's array of a step, or its dict of arrays."""
    kit, mode = porting_kit(), "training" if training else "evaluation"
    if f"{mode}: {step}" in kit:
        return kit[f"{mode}: {step}"]
    prefix = f"{step}: "
    return {n.removeprefix(prefix): a for n, a in kit.items() if n.startswith(prefix)}


def _variants(step: str, training: bool) -> Iterator:
    """What a step becomes by every cause, as (cause, the first step that it is in, array)."""
    for cause in CAUSES:
        if step in LEARNED:
            yield from _learned_variants(step, cause)
            continue
        names = tuple(STEPS)[: tuple(STEPS).index(step) + 1]
        for start, name in enumerate(names):
            function, reads = STEPS[name]
            if function in cause.instead:
                t = _given(training) | {n: _truth(n, training) for n in names[:start]}
                yield cause, name, right.run(t, cause.instead)[step]  # from here on
                t[name] = cause.instead[function](t, t[reads], name)
                yield cause, name, right.run(t)[step]  # here alone


def _learned_variants(step: str, cause: Cause) -> Iterator:
    """The same for what training makes, from the kit's own gradients."""
    first, second = (_truth(n, True) for n in ("gradients", "gradients of the second step"))
    for function in (right.gradients, right.gradient_norm, right.clipped_gradients):
        if function in cause.instead and step == function.__name__.replace("_", " "):
            yield cause, step, cause.instead[function](first)
    if step == "gradients of the second step" and right.second_gradients in cause.instead:
        yield cause, step, cause.instead[right.second_gradients](first, second)
    of_adam = {
        right.clipped_gradients, right.bias_corrected, right.moved, right.second_gradients
    }  # fmt: skip
    if step.startswith("weights") and of_adam & cause.instead.keys():
        weights = {name: porting_kit()[name] for name in first}
        one, two = right.trained(weights, first, second, cause.instead)
        yield cause, step, one if step == "weights after one step" else two
    if step == "running statistics" and right.averaged in cause.instead:
        names = tuple(_truth(step, True))
        t = right.run(_given(True))
        yield cause, step, right.running_statistics(t, names, cause.instead)


def _causes_of_slopes(step: str, gradient: Mapping) -> Iterator:
    """The causes that explain a gradient, by its slope along three random directions."""
    rng = np.random.default_rng(0)
    ways = [{n: rng.normal(size=g.shape) for n, g in gradient.items()} for _ in range(3)]
    given = np.array([sum((way[n] * gradient[n]).sum() for n in gradient) for way in ways])

    def explains(start: Arrays, instead: right.Instead | None = None) -> bool:
        slopes = np.array([right.slope(start, way, instead) for way in ways])
        return bool((np.abs(slopes - given) <= 10 * TOLERANCE * np.abs(slopes).max()).all())

    old = _given(True)
    moved = old | _truth("weights after one step", True)
    other = {"noise": old["noise of the second step"]}
    if step == "gradients":
        start, fed = old, [(OTHER_NOISE, old | other)]
    else:
        start, fed = moved | other, [(OTHER_NOISE, moved), (NOT_MOVED, old | other)]
    for cause, wrong in fed:
        if explains(wrong):
            yield cause, step
    for cause in CAUSES:
        first = next((name for name, (f, _) in STEPS.items() if f in cause.instead), None)
        if first and explains(start, cause.instead):
            yield cause, first
