"""`make site`: static pages of the course in build/site, or in another folder."""

import argparse
import shutil
import time
from pathlib import Path

from experiments.site import assemble
from experiments.site.living import ROOT

LARGEST = 15e6  # bytes of the whole site


def build(folder: Path, work: Path):
    """The whole site in ``folder``; pages for Sphinx go to ``work``. Any warning is an error."""
    for old, mark in ((folder, ".buildinfo"), (work, "doctrees")):
        if old.exists():
            if any(old.iterdir()) and not (old / mark).exists():
                raise SystemExit(f"{old} is not empty, and not a site of ours: name another folder")
            shutil.rmtree(old)
    from sphinx.cmd.build import build_main  # not everybody who runs the tests has it

    pictures = assemble.sources(work / "source")
    options = ["-b", "html", "-q", "-W", "--keep-going", "-d", str(work / "doctrees")]
    if status := build_main([*options, str(work / "source"), str(folder)]):
        raise SystemExit(status)
    assemble.beside(folder, pictures)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "site")
    folder = parser.parse_args().folder
    started = time.perf_counter()
    build(folder, folder.with_name(f"{folder.name}-work"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    pages = sum(path.suffix == ".html" for path in files)
    print(f"{pages} pages, {size / 1e6:.1f} MB in {folder}: {time.perf_counter() - started:.0f} s")
    if size > LARGEST:
        raise SystemExit(f"the site must stay below {LARGEST / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
