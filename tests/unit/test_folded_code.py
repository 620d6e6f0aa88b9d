"""Code that a notebook shows in its text runs, and prints what stands below it."""

import contextlib
import io
import json
import re
from pathlib import Path

import jax
import jax.numpy as jnp

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_the_half_page_of_jax_prints_what_it_says():
    path = NOTEBOOKS / "06_graph_isomorphism_network.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    (page,) = re.findall(r"<details><summary>If you have never seen JAX.*?</details>", text, re.S)
    shown = re.findall(r"```python\n(.*?)```\s*```text\n(.*?)```", page, re.S)
    assert len(shown) == page.count("```python") == 3
    names = {"jax": jax, "jnp": jnp}
    for code, expected in shown:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert printed.getvalue() == expected
