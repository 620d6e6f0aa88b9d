"""`make stamp` on a copy of the notebooks; and that it has been run on those that are committed."""

import json
import shutil
from pathlib import Path

import pytest

from experiments import stamp

ROOT = Path(__file__).parents[2]
NAMES = sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb"))
PUBLISHED = ("--repository=someone/a.course", "--ref=v1.0")
NOWHERE = ("--repository=", "--ref=")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A clone with the files that are stamped."""
    root = tmp_path_factory.mktemp("clone")
    (root / "notebooks").mkdir()
    for name in ("pyproject.toml", "README.md", *(f"notebooks/{name}" for name in NAMES)):
        shutil.copy(ROOT / name, root / name)
    return root


def files(root: Path) -> dict[str, str]:
    paths = sorted(p for p in root.rglob("*") if p.is_file())
    return {str(p.relative_to(root)): p.read_text(encoding="utf-8") for p in paths}


def run(root: Path, *more: str):
    stamp.main(["--root", str(root), *more])


def setup_text(notebook: str) -> str:
    code = [c for c in json.loads(notebook)["cells"] if c["cell_type"] == "code"]
    return "".join(code[0]["source"])


def title_text(notebook: str) -> str:
    return "".join(json.loads(notebook)["cells"][0]["source"])


def test_stamping_is_written_once_and_taken_back(copy, capsys):
    run(copy)
    before = files(copy)
    run(copy, *PUBLISHED)
    after = files(copy)
    assert capsys.readouterr().out.count("stamped") == 2
    run(copy)
    assert files(copy) == after  # a second time changes nothing
    for name in NAMES:
        text = after[f"notebooks/{name}"]
        assert "-b v1.0 https://github.com/someone/a.course wl2nas" in setup_text(text)
        title, line, promise = title_text(text).split("\n\n")[:3]
        assert title.startswith("# ") and not promise.startswith("[Open")
        page = (
            f"https://colab.research.google.com/github/someone/a.course/blob/v1.0/notebooks/{name}"
        )
        assert line.startswith(f"[Open in Colab]({page})")
        assert ("Kaggle" in line and "not tried" in line) is name.startswith("00_")
    assert after["README.md"].count("](https://") - before["README.md"].count("](https://") == 3
    assert "not tried" in after["README.md"]
    run(copy, *NOWHERE)
    assert files(copy) == before


def test_only_set_up_cells_titles_and_metadata_change(copy):
    before = files(copy)
    run(copy, *PUBLISHED)
    for name in NAMES:
        old, new = (json.loads(t[f"notebooks/{name}"]) for t in (before, files(copy)))
        code = next(k for k, c in enumerate(old["cells"]) if c["cell_type"] == "code")
        for notebook in (old, new):
            for k in (0, code):
                notebook["cells"][k].pop("source")
            notebook["metadata"].pop("colab", None)
        assert old == new, name
    run(copy, *NOWHERE)


def test_notebooks_with_exercises_ask_the_assistant_to_stay_silent(copy):
    run(copy)
    for name in NAMES:
        notebook = json.loads((copy / "notebooks" / name).read_text(encoding="utf-8"))
        exercises = any("## Exercises\n" in c["source"] for c in notebook["cells"])
        assert exercises is not name.startswith("00_")
        silent = notebook["metadata"].get("colab", {}).get("generative_ai_disabled", False)
        assert silent is exercises


def test_all_set_up_cells_have_one_beginning_and_it_is_short():
    """Of the notebooks as they are committed."""
    where = stamp.address((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    common = stamp.setup_cell(where.url if where.repository else "", where.ref)
    for name in NAMES:
        text = (ROOT / "notebooks" / name).read_text(encoding="utf-8")
        assert setup_text(text).startswith(common), f"{name}: run `make stamp`"
        assert stamp.stamped(text, name, where) == text, f"{name}: run `make stamp`"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert stamp.badges(where) in readme


@pytest.mark.parametrize(
    ("repository", "ref"),
    [("someone", "v1"), ("a/b/c", "v1"), ("a b/c", "v1"), ("someone/course", ""), ("", "v1"),
     ("someone/course", "-v1"), ("someone/course", "v 1"), ('a/b"', "v1")],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_and_nothing_is_written(copy, repository, ref):
    before = files(copy)
    with pytest.raises(ValueError, match=r"(repository|ref) must be"):
        run(copy, f"--repository={repository}", f"--ref={ref}")
    assert files(copy) == before


def test_half_an_address_is_refused(copy, capsys):
    with pytest.raises(SystemExit):
        run(copy, "--repository=someone/course")
    assert "give both REPO=owner/name and REF=tag" in capsys.readouterr().err


def test_a_notebook_without_the_call_is_named_and_nothing_is_written(copy):
    path = copy / "notebooks" / NAMES[-1]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("setup.ready()", "setup.red()"), encoding="utf-8")
    before = files(copy)
    with pytest.raises(
        ValueError, match=rf"{NAMES[-1]}: the first code cell must call setup\.ready"
    ):
        run(copy, *PUBLISHED)
    assert files(copy) == before
    path.write_text(text, encoding="utf-8")
