"""Settings under which this machine computes as another one would, for the tests' second pass.

NumPy picks its kernels when it starts, XLA when it compiles, BLAS by itself: all three get other
instructions than they would choose here. One thread, and another order of sets.
"""

import os
import platform


def numpy_features(dispatched, present) -> list[str]:
    """What to turn off of the groups of instructions that NumPy has kernels for.

    AVX-512 where the machine has it, so that NumPy does as on most other machines; where it has
    not, all that lies above NumPy's baseline (AVX2 and FMA3). A name that NumPy does not know
    would be a warning, so it is asked: since 2.4 AVX-512 begins with X86_V4.
    """
    here = [name for name in dispatched if present.get(name)]
    wide = [name for name in here if name.startswith("AVX512") or name == "X86_V4"]
    return wide or here


def settings() -> dict[str, str]:
    """Environment variables for a process that is started with them."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    chosen = {
        "PYTHONHASHSEED": "4242",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NPY_DISABLE_CPU_FEATURES": " ".join(numpy_features(__cpu_dispatch__, __cpu_features__)),
    }
    flags = [os.environ.get("XLA_FLAGS", ""), "--xla_cpu_multi_thread_eigen=false"]
    if platform.machine().lower() in ("x86_64", "amd64"):
        # Not AVX2: XLA uses vectors of 256 bits on an AVX-512 machine too, and makes equal code.
        flags.append("--xla_cpu_max_isa=SSE4_2")
        chosen["OPENBLAS_CORETYPE"] = "Prescott"
    return {**chosen, "XLA_FLAGS": " ".join(filter(None, flags))}


if __name__ == "__main__":
    for name, value in settings().items():
        print(f"{name}={value!r}")
