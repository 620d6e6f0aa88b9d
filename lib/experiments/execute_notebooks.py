"""`make notebooks`: run notebooks from the top and save them with their outputs.

Widget state and volatile metadata are left out, what Colab's assistant is asked stays; execution
counts run 1..n; a notebook that raises is not saved.
"""

import argparse
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from wl2nas.files import write_atomically

KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def execute(path: Path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    kept = {name: notebook.metadata[name] for name in ("colab",) if name in notebook.metadata}
    notebook.metadata = {**kept, "kernelspec": KERNEL, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    nbformat.validate(notebook)
    write_atomically(path, nbformat.writes(notebook).encode() + b"\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", type=Path, nargs="+")
    for path in parser.parse_args().notebooks:
        started = time.perf_counter()
        execute(path)
        size = path.stat().st_size / 1e3
        print(f"{path.name}: {time.perf_counter() - started:.1f} s, {size:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
