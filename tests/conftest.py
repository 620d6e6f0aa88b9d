"""Shapes in the library's annotations are checked at run time in every test."""

import os
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

hook = install_import_hook("wl2nas", "beartype.beartype")
hook.install() if hasattr(hook, "install") else None

STRICT = os.environ.get("WL2NAS_STRICT") == "1"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def oracle():
    """Path of a file that only the maintainers have; skips in words where there is none."""

    def find(name: str) -> Path:
        cache = os.environ.get("WL2NAS_CACHE")
        if cache is None:
            pytest.skip(f"oracle {name}: WL2NAS_CACHE names no folder that could hold it")
        path = Path(cache) / name
        if not path.exists():
            message = f"oracle {name} is not in {cache}"
            pytest.fail(message) if STRICT else pytest.skip(message)
        return path

    return find
