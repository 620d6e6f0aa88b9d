"""`make stamp REPO=owner/name REF=tag`: say where the course lives, wherever a reader needs it.

Address and tag are kept in pyproject.toml, in [tool.wl2nas]. From there they go into the set-up
cell of every notebook, into a line under its title, and into the badges of the README. `make stamp`
alone writes them anew, into a notebook that was added, say. Outputs and all other cells stay as
they are, byte for byte. With an empty address the set-up cell asks for a clone around the notebook.
"""

import argparse
import json
import re
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from course.results import ROOT
from wl2nas.files import write_atomically

CALL = "setup.ready()\n"  # the last line of what all set-up cells have in common
LINK = "[Open in Colab]("  # how the line under a title begins
BADGES = re.compile(r"(?<=<!-- badges -->\n).*?(?=<!-- /badges -->)", re.DOTALL)
QUIET = {"generative_ai_disabled": True}  # asks Colab's assistant to let readers do the exercises
OWN_CLONE = """\
import pathlib, sys  # finds the files of the course: run this cell, and go on

here = pathlib.Path.cwd()
root = next((p for p in (here, *here.parents) if (p / "lib/wl2nas").is_dir()), None)
assert root, "Open this notebook inside a clone of the repository; the README says how."
sys.path.insert(0, str(root / "lib"))
from course import setup
setup.ready()
"""
ANY_CLONE = """\
import pathlib, subprocess, sys  # finds or gets the files of the course: run it, and go on

here = pathlib.Path.cwd()
root = next((p for p in (here, *here.parents) if (p / "lib/wl2nas").is_dir()), here / "wl2nas")
if not root.exists():  # no clone around this notebook, as on Colab: make one
    subprocess.run("git clone -q --depth=1 -c advice.detachedHead=0 -b {ref} {url} wl2nas".split(), check=True)
sys.path.insert(0, str(root / "lib"))
from course import setup
setup.ready()
"""  # noqa: E501


class Address(NamedTuple):
    """A repository, as owner/name, and a tag or branch of it; both empty where none is known."""

    repository: str
    ref: str

    @property
    def url(self) -> str:
        """What `git clone` takes."""
        return f"https://github.com/{self.repository}"


def address(pyproject: str) -> Address:
    """The address in the text of a pyproject.toml; ValueError if it cannot be one."""
    return checked(Address(**tomllib.loads(pyproject)["tool"]["wl2nas"]))


def with_address(pyproject: str, new: Address) -> str:
    """The text of a pyproject.toml with another address; ValueError if it cannot be one."""
    for key, value in checked(new)._asdict().items():
        pyproject = re.sub(rf'(?m)^{key} = ".*"$', f'{key} = "{value}"', pyproject)
    return pyproject


def checked(found: Address) -> Address:
    """The address itself, if it is empty or one that GitHub and git could know."""
    if found != ("", ""):
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", found.repository):
            raise ValueError(f"repository must be owner/name; it is {found.repository!r}")
        if not re.fullmatch(r"\w[\w./-]*", found.ref):
            raise ValueError(f"ref must be the name of a tag or branch; it is {found.ref!r}")
    return found


# --- notebooks ----------------------------------------------------------------------------------


def setup_cell(url: str, ref: str) -> str:
    """What the set-up cells of all notebooks have in common; ``url`` may be empty."""
    return ANY_CLONE.format(url=url, ref=ref) if url else OWN_CLONE


def with_setup(cell: str, common: str) -> str:
    """The text of a set-up cell with another common part; the imports after it stay."""
    _, call, imports = cell.partition(CALL)
    if not call:
        raise ValueError(f"the first code cell must call {CALL.strip()} on a line of its own, and "
                         "import what the notebook needs after it")  # fmt: skip
    return common + imports


def with_link(cell: str, line: str) -> str:
    """The text of a first cell with this line, a paragraph, under the title; without, if empty."""
    title, _, rest = cell.partition("\n\n")
    if rest.startswith(LINK):
        _, _, rest = rest.partition("\n\n")
    return "\n\n".join(filter(None, [title, line, rest]))


def colab(where: Address, name: str) -> str:
    """The page that opens a notebook on Colab."""
    path = f"github/{where.repository}/blob/{where.ref}/notebooks/{quote(name)}"
    return f"https://colab.research.google.com/{path}"


def kaggle(where: Address, name: str) -> str:
    """The page that opens a notebook on Kaggle."""
    return f"https://kaggle.com/kernels/welcome?src={where.url}/blob/{where.ref}/notebooks/{quote(name)}"


def binder(where: Address, name: str) -> str:
    """The page that opens a notebook on Binder."""
    ref = quote(where.ref, safe="")
    path = quote(f"lab/tree/notebooks/{name}", safe="")
    return f"https://mybinder.org/v2/gh/{where.repository}/{ref}?urlpath={path}"


def link(where: Address, name: str) -> str:
    """The line under the title of a notebook; empty where no address is known."""
    if not where.repository:
        return ""
    if not name.startswith("00_"):
        return f"{LINK}{colab(where, name)})"
    return (
        f"{LINK}{colab(where, name)}) · [Kaggle]({kaggle(where, name)}) · "
        f"[Binder]({binder(where, name)}) (the last two are not tried)"
    )


def stamped(notebook: str, name: str, where: Address) -> str:
    """The text of a notebook file with this address; ValueError if it has no set-up cell."""
    content = json.loads(notebook)
    first, code = content["cells"][0], [c for c in content["cells"] if c["cell_type"] == "code"]
    common = setup_cell(where.url if where.repository else "", where.ref)
    for cell, text in (
        (first, with_link("".join(first["source"]), link(where, name))),
        (code[0], with_setup("".join(code[0]["source"]), common)),
    ):
        cell["source"] = text.splitlines(keepends=True)
    if has_exercises(content):
        content["metadata"]["colab"] = QUIET
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def has_exercises(notebook: dict) -> bool:
    """Whether a notebook has a section of exercises."""
    return any(line.strip() == "## Exercises" for c in notebook["cells"] for line in c["source"])


# --- the README ---------------------------------------------------------------------------------


def badges(where: Address) -> str:
    """The badges of the README, pictures of its own that lead to the first notebook."""
    if not where.repository:
        return ""
    first = "00_start_here.ipynb"
    pages = {"Colab": colab, "Kaggle": kaggle, "Binder": binder}
    found = [
        f"[![Open in {host}](notebooks/figures/open_in_{host.lower()}.svg)]({page(where, first)})"
        for host, page in pages.items()
    ]
    return " ".join(found) + "\n(Kaggle and Binder are not tried.)\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repository", help="owner/name on GitHub; empty: none")
    parser.add_argument("--ref", help="a tag or branch of it; empty: none")
    parser.add_argument("--root", type=Path, default=ROOT, help="of the clone that is stamped")
    given = parser.parse_args(arguments)
    if (given.repository is None) != (given.ref is None):
        parser.error("give both REPO=owner/name and REF=tag, or neither")
    pyproject, readme = given.root / "pyproject.toml", given.root / "README.md"
    texts = {path: path.read_text(encoding="utf-8") for path in (pyproject, readme)}
    if given.repository is not None:
        new = Address(given.repository, given.ref)
        texts[pyproject] = with_address(texts[pyproject], new)
    where = address(texts[pyproject])
    texts[readme] = BADGES.sub(lambda _: badges(where), texts[readme])
    for path in sorted((given.root / "notebooks").glob("*.ipynb")):
        try:
            texts[path] = stamped(path.read_text(encoding="utf-8"), path.name, where)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    for path, text in texts.items():  # all of them or, after an error above, none
        write_atomically(path, text.encode())
    said = f"{where.url} at {where.ref}" if where.repository else "no address"
    print(f"stamped {len(texts)} files with {said}")


if __name__ == "__main__":
    main()
