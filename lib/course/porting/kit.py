"""Is a port of arch2vec right, and if not, which step went wrong first, and why?

`port` compares an array of a port with the kit that `make porting-kit` made. Where they differ it
does not guess: it computes the step with every fault of `port_causes`, starting at every step
before it, and names a cause if exactly what was handed in comes out, and nothing like the truth.
"""

import functools
import itertools
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from course.porting import numpy_port as right
from course.porting.causes import CAUSES, Cause
from course.porting.numpy_port import STEPS, Arrays
from course.results import ROOT
from wl2nas import files

KIT = ROOT / "data" / "porting_kit.npz"
# Faults of what is fed to a gradient, not of how it is computed.
OTHER_NOISE = Cause("the noise is that of the other step", {})
NOT_MOVED = Cause("the weights are those before the first step", {})
# How far from the kit float32 may lead, as a share of the largest entry. A right port is at most a
# tenth as far away: on every instruction set tried (1.8e-6 in what follows from the cells, 2.7e-6
# in the gradients, 7.6e-6 in those of the second step), and if every step is rounded at random.
# Gradients pass all steps twice. Those of the second step are also computed at other weights: Adam
# divides by the root of 1 - 0.999, which float32 has to 2^-25 / 0.001 at worst, so that a first
# step may be 1.5e-5 of itself too long; and it changes the gradients by 2.4 times their size.
TOLERANCE = 2e-5
TOLERANCES = {
    "gradients": 4e-5,
    "gradient norm": 4e-5,
    "clipped gradients": 4e-5,
    "gradients of the second step": 2e-4,
}
CLEARLY = 10  # so many times nearer than the truth must be what a cause makes, for it to be named
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
    """All arrays of the kit by name, read-only; data/README.md explains the names.

    FileNotFoundError where there is no kit, ValueError where it is damaged or another one.
    """
    remedy = f"restore it (git checkout {KIT}) or call make porting-kit"
    if not KIT.exists():
        raise FileNotFoundError(f"{KIT} is part of a clone of the repository, not of a wheel")
    kit = files.read_npz(KIT, remedy=remedy)
    needed = [f"{mode}: {step}" for mode in ("training", "evaluation") for step in STEPS]
    for name in ("rows", "adjacency", "operations", "noise", "noise of the second step", *needed):
        if name not in kit:
            raise ValueError(f"{KIT} is no porting kit: it has no {name!r}; {remedy}")
    if odd := [name for name, array in kit.items() if not np.isfinite(array).all()]:
        raise ValueError(f"{KIT} is damaged: {odd[0]} holds NaN or infinity; {remedy}")
    return kit


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
    fault = _fault(step, value, training)
    if fault and strict:
        raise AssertionError(f"{where}: {fault}")
    print(f"{where}: {fault or 'agrees.'}")


def ported(found=None, *, training: bool = True, strict: bool = False):
    """Look at many steps of a port in their order, and stop at the first one that differs.

    ``found`` is a dict of what `port` takes, by the names of `port_steps`; not all need be there.
    With ``strict`` a difference raises AssertionError.
    """
    where = "Port" + ("" if training else " in evaluation mode")
    if found is None:
        print(f"{where}: nothing was handed in yet.")
        return
    names = port_steps(training=training)
    if not isinstance(found, Mapping) or not found:
        raise ValueError(f"hand in a dict of arrays by the names of steps, such as {names[0]!r}")
    if unknown := [name for name in found if name not in names]:
        raise ValueError(f"unknown step {unknown[0]!r}; choose from {names}")
    right_so_far = 0
    for step in (name for name in names if name in found):
        if fault := _fault(step, found[step], training):
            said = f'{where}: {right_so_far} of {len(found)} steps agree, then "{step}": {fault}'
            if strict:
                raise AssertionError(said)
            print(said)
            return
        right_so_far += 1
    print(f"{where}: {right_so_far} of {right_so_far} steps agree.")


def _fault(step: str, value, training: bool) -> str | None:
    """What is wrong with what was handed in for a step; None if nothing is."""
    truth = _truth(step, training)
    if isinstance(truth, dict):
        return _fault_of_dict(step, value, truth)
    return _fault_of_array(step, np.asarray(value), truth, training)


# --- one array ----------------------------------------------------------------------------------


def _fault_of_array(step: str, value, truth, training: bool) -> str | None:
    """What is wrong with an array; None if nothing is."""
    if value.dtype.kind not in "fiub":
        return f"this holds {value.dtype}, not numbers; hand in a NumPy array."
    if not np.isfinite(value).all():
        return f"NaN or infinity, first at {np.argwhere(~np.isfinite(value))[0].tolist()}."
    if value.shape != truth.shape:
        return f"the shape is {value.shape}, not {truth.shape}." + _other_order(value, truth)
    away = _away(value, truth, step)
    if away <= 1:
        return None
    variants = _variants(step, training)
    explained = (
        (cause, name)
        for cause, name, wrong in variants
        if _fits(_away(value, wrong, step), away, value.size)
    )
    return _named(step, explained) or _difference(value, truth, step) + _before(step)


def _away(a, b, step: str) -> float:
    """The largest difference of two arrays, in tolerances of the step."""
    allowed = TOLERANCES.get(step, TOLERANCE) * np.abs(b).max()
    gap = np.abs(a - b).max()
    return float(gap / allowed) if allowed else float(gap and np.inf)


def _fits(from_wrong: float, from_truth: float, numbers: int = 2) -> bool:
    """Whether a cause explains what is so many tolerances from what it makes, and from the truth.

    A cause that leaves the step nearly as it is would fit whatever is nearly right: rounding of
    one tolerance and more, as lower precision makes it. So it must fit far better than the truth.
    A lone number may lie near what one of a hundred causes makes by chance, where many of them
    move it by some tolerances; so it must be a hundred of them from the truth.
    """
    lone = numbers == 1 and from_truth < CLEARLY**2
    return from_wrong <= 1 and CLEARLY * from_wrong <= from_truth and not lone


def _other_order(value, truth) -> str:
    """Whether the right numbers stand in another order."""
    if value.size == truth.size and _away(value.reshape(truth.shape), truth, "") <= 1:
        return f" Reshaped to {truth.shape} it agrees."
    turned = np.moveaxis(value, -1, 1) if value.ndim == 3 else value.T
    if turned.shape == truth.shape and _away(turned, truth, "") <= 1:
        return " With its last two axes exchanged it agrees."
    return ""


def _difference(value, truth, step: str) -> str:
    """Size and place of a difference that no cause explains."""
    gap, size = np.abs(value - truth), _in_tolerances(_away(value, truth, step))
    if not gap.ndim:
        return f"it is {value:.6g}, not {truth:.6g}: {size}."
    worst = tuple(int(i) for i in np.unravel_index(gap.argmax(), gap.shape))
    far = gap > TOLERANCES.get(step, TOLERANCE) * np.abs(truth).max()
    padding = porting_kit()["operations"].sum(axis=-1) == 0
    only_padding = far.shape[:2] == padding.shape and not far[~padding].any()
    return (
        f"{far.sum()} of {far.size} numbers differ, most at {list(worst)}: "
        f"{value[worst]:.6g}, not {truth[worst]:.6g}: {size}."
        + (" All of them are in rows of padding." if only_padding else "")
    )


def _in_tolerances(away: float) -> str:
    """A difference as multiples of what rounding in float32 may do, with what that means."""
    size = f"{away:.3g} times the tolerance"
    small = away < 1_000  # float32 has 24 bits, TF32 11, float16 11, bfloat16 8
    return size + (", which may be rounding in lower precision than float32" if small else "")


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
    away = _all_away(step, value, truth)
    bad = [n for n in value if _all_away(step, {n: value[n]}, truth) > 1]
    if not bad:
        return None
    flipped = {n: value[n].T for n in bad if value[n].shape == truth[n].T.shape}
    if flipped.keys() == set(bad) and _all_away(step, flipped, truth) <= 1:
        return f"transposed: {', '.join(bad)}. The kit's kernels are (in, out)."
    explained: Iterable = (
        (cause, name)
        for cause, name, wrong in _variants(step, True)
        if _fits(_all_away(step, value, wrong), away)
    )
    if step.startswith("gradients"):
        explained = itertools.chain(explained, _causes_of_slopes(step, value))
    listed = ", ".join(bad)
    return _named(step, explained) or (
        f"{len(bad)} of {len(value)} arrays differ: {listed}, by {_in_tolerances(away)}."
        f"{_before(step)}"
    )


def _all_away(step: str, value: Mapping, truth: Arrays) -> float:
    """The largest difference in tolerances, on the scale of what the step changes.

    Adam divides a gradient by its own size, and so its rounding too: the smaller the gradient, the
    more is allowed. A bias in front of a batch norm has gradient 0, in float32 rounding alone, of
    which Adam makes full steps: such a weight may end anywhere within two steps and a half. (That
    is a bound, not rounding: two steps are 2.002 rates at most. Within it nothing differs.)
    """
    largest, away = max(np.abs(array).max() for array in truth.values()), 0.0
    for name, array in value.items():
        gap, allowed = np.abs(array - truth[name]), TOLERANCES.get(step, TOLERANCE) * largest
        if step.startswith("weights"):
            size = np.abs(_truth("gradients", True)[name])
            of_rounding = TOLERANCE * (100 + 0.05 / np.maximum(size, 1e-6))
            allowed = right.RATE * np.where(size > 1e-6, of_rounding, 2.5)
            gap = np.where((size > 1e-6) | (gap > allowed), gap, 0.0)
        away = max(away, float((gap / allowed).max()))
    return away


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
    truth = _truth(step, True)
    given, true = (
        np.array([sum((way[n] * g[n]).sum() for n in gradient) for way in ways])
        for g in (gradient, truth)
    )

    def explains(start: Arrays, instead: right.Instead | None = None) -> bool:
        slopes = np.array([right.slope(start, way, instead) for way in ways])
        # A slope sums hundreds of entries, each with rounding of its own: ten times as much.
        return _fits(_away(given, slopes, step) / 10, _away(given, true, step) / 10)

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
