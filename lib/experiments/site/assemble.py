"""All pages in one folder, as Sphinx wants them, and what lies beside its own files in the site."""

import shutil
from pathlib import Path

import nbformat

from experiments import stamp
from experiments.site import library, living, notebooks
from wl2nas import files

ROOT = living.ROOT
NOTEBOOKS = ROOT / "notebooks"
TEXTS = ROOT / "site"


def sources(folder: Path) -> dict[str, bytes]:
    """Write every page into a new folder; returns pictures by where they belong in the site."""
    shutil.copytree(TEXTS, folder)
    shutil.copytree(NOTEBOOKS / "figures", folder / "notebooks" / "figures")
    for path in sorted(NOTEBOOKS.glob("*.md")):
        text = notebooks.local(path.read_text(encoding="utf-8"))
        files.write_atomically(folder / "notebooks" / path.name, text.encode())
    pages = {path.stem: notebooks.page(path, _addresses()) for path in _all_notebooks()}
    for name, page in pages.items():
        nbformat.write(page.notebook, folder / "notebooks" / f"{name}.ipynb")
    _explorers(folder / "explorers", list(pages.values()))
    _index(folder / "index.md")
    text = notebooks.readme((ROOT / "README.md").read_text(encoding="utf-8"))
    files.write_atomically(folder / "readme.md", text.encode())
    library.write(folder)
    return {
        f"notebooks/{notebooks.PICTURES}/{name}": content
        for page in pages.values()
        for name, content in page.pictures.items()
    }


def beside(folder: Path, pictures: dict[str, bytes]):
    """Put what Sphinx does not know into the site: pictures, and what living pages load."""
    for name, content in pictures.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        files.write_atomically(folder / name, content)
    living.write_files(folder / "explorers")


def _all_notebooks() -> list[Path]:
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def _addresses() -> dict[str, str]:
    """Where the page of an explorer lies, seen from a notebook."""
    return {each.explorer: f"../explorers/{each.name}.html" for each in living.LIVING}


def _explorers(folder: Path, pages: list[notebooks.Page]):
    """The explorers' pages, made of their texts."""
    pictures = {
        name: (f"../notebooks/{notebooks.PICTURES}/{file}", alt)
        for page in reversed(pages)  # the first notebook that shows one is the last to be kept
        for name, (file, alt) in page.explorers.items()
    }
    for each in living.LIVING:
        path = folder / f"{each.name}.md"
        text = living.page(each, path.read_text(encoding="utf-8"), pictures)
        files.write_atomically(path, text.encode())


def _index(path: Path):
    """Lists of what there is, in place of their marks."""
    all_ = [notebooks.summary(path) for path in _all_notebooks()]
    pages = [f"notebooks/{path.stem}" for path in sorted(NOTEBOOKS.glob("*.md"))]
    explorers = [f"explorers/{each.name}" for each in living.LIVING]
    where = stamp.address((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    link = f"[the repository]({where.url})" if where.repository else "the repository"
    lists = {
        "the repository": link,
        "notebooks": "\n".join(
            f"- [{n.short}](notebooks/{n.name}.ipynb) ({n.minutes} minutes). {n.promise}"
            for n in all_
        ),
        "explorers": "\n".join(f"- [](<{name}.md>)" for name in explorers),
        "toctrees": _toctree("Notebooks", [f"{n.short} <notebooks/{n.name}>" for n in all_] + pages)
        + _toctree("Explorers", explorers)
        + _toctree("To look things up", ["glossary", "library", "How to begin <readme>"]),
    }
    text = path.read_text(encoding="utf-8")
    for name, markdown in lists.items():
        mark = f"<!-- {name} -->"
        if text.count(mark) != 1:
            raise ValueError(f"site/index.md must say once {mark}")
        text = text.replace(mark, markdown)
    files.write_atomically(path, text.encode())


def _toctree(caption: str, entries: list[str]) -> str:
    listed = "\n".join(entries)
    return f"```{{toctree}}\n:caption: {caption}\n:hidden:\n\n{listed}\n```\n\n"
