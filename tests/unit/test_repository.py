"""What the repository promises about itself: environments, files, notebooks, the wheel."""

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tracked_files() -> list[Path]:
    """The files of the repository, or of an unpacked archive of it."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout, so there is no list of committed files")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def read(path: Path) -> str:
    return path.read_bytes().decode(errors="ignore")


# --- environments -------------------------------------------------------------------------------


def direct_requirements() -> set[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    lines = PROJECT["project"]["dependencies"] + [line for extra in extras for line in extra]
    return {re.split(r"[<>=\[ ]", line)[0].lower() for line in lines}


def test_the_lock_holds_every_requirement_with_hashes():
    lock = read(ROOT / "requirements.lock")
    locked = {m.lower() for m in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.M)}
    assert direct_requirements() <= locked
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


def test_conda_installs_the_same_lock():
    environment = yaml.safe_load(read(ROOT / "environment.yml"))
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    assert pip == ["-r requirements.lock"]
    python = next(d for d in environment["dependencies"] if str(d).startswith("python="))
    minimum = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert python == f"python={minimum}"
    assert "pip install --no-deps --no-build-isolation -e ." in read(ROOT / "environment.yml")


def test_what_is_installed_is_what_is_locked():
    if not (Path(sys.prefix) / "installed").exists():
        pytest.skip("this environment was not made by `make env` from the lock")
    entries = re.findall(r"^(?=[A-Za-z])([^\\\n]+)", read(ROOT / "requirements.lock"), re.M)
    locked = [Requirement(entry) for entry in entries]
    here = [r for r in locked if r.marker is None or r.marker.evaluate()]
    assert len(here) > 100
    assert {r.name: metadata.version(r.name) for r in here} == {
        r.name: str(r.specifier).removeprefix("==") for r in here
    }


@pytest.mark.parametrize("word", ["index-url", "find-links", "pypi.org/simple", "/root/"])
def test_no_committed_file_names_a_package_index_or_this_machine(word):
    here = Path(__file__)
    texts = [p for p in tracked_files() if p.exists() and p != here and p.suffix != ".npy"]
    naming = [p.name for p in texts if word in read(p).replace("--no-emit-index-url", "")]
    assert naming == []


def test_every_make_target_is_explained():
    makefile = read(ROOT / "Makefile")
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    phony = re.search(r"^\.PHONY:(.*)$", makefile, re.M)
    assert phony
    for target in set(phony[1].split()) - {"help"}:
        assert f"make {target} " in helped.stdout, target


# --- data ---------------------------------------------------------------------------------------


def test_every_data_file_is_described_with_its_checksum():
    card = read(ROOT / "data" / "README.md")
    folders = ("lib/wl2nas/_data", "data/checkpoints")
    shipped = [path for folder in folders for path in (ROOT / folder).iterdir()]
    shipped += (ROOT / "data").glob("*.npz")
    for path in shipped:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"`{path.relative_to(ROOT)}`" in card, path.name
        assert digest in card, f"{path.name} is not the file that data/README.md describes"
    assert sum(path.stat().st_size for path in shipped) < 10e6


@pytest.mark.parametrize(
    "path", sorted((ROOT / "data/results").rglob("*.json")), ids=lambda p: p.name
)
def test_every_result_says_how_it_was_made(path):
    result = json.loads(read(path))
    assert result["command"].startswith("make ")
    assert f"{result['command'].split()[1]}:" in read(ROOT / "Makefile")
    for key in ("seed", "versions", "processor", "date", "seconds", "load_average", "numbers"):
        assert key in result


def test_the_scoreboard_is_what_the_results_say(monkeypatch):
    import pandas as pd

    from experiments import scoreboard

    stored = pd.read_csv(ROOT / "data/results/scoreboard.csv", dtype=str, index_col=0)
    joined = scoreboard.join().astype(object)
    pd.testing.assert_frame_equal(
        stored.fillna(""), joined.where(joined.notna(), "").astype(str), check_dtype=False
    )


# --- the README ---------------------------------------------------------------------------------


def readme_examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", read(ROOT / "README.md"), re.S)


def test_the_readme_s_example_runs(monkeypatch):
    monkeypatch.chdir(ROOT)
    names: dict = {}
    exec(readme_examples()[0], names)
    assert names["vector"].shape == (1, 16)


# --- text files ---------------------------------------------------------------------------------


def opened_in_the_encoding_of_the_machine(source: str) -> list[str]:
    """Calls that read or write a text and leave its encoding to the locale."""
    found = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        given = [*call.args, *(k.value for k in call.keywords if k.arg == "mode")]
        modes = [str(arg.value) for arg in given if isinstance(arg, ast.Constant)]
        modes = [mode for mode in modes if re.fullmatch(r"[rwaxbt+]{1,3}", mode)]
        builtin = isinstance(call.func, ast.Name)
        opens = name == "open" and (builtin or bool(modes) or not call.args)
        text = name in ("read_text", "write_text") or (opens and not any("b" in m for m in modes))
        if text and "encoding" not in {keyword.arg for keyword in call.keywords}:
            found.append(ast.unparse(call))
    return found


def test_the_encoding_of_every_text_file_is_said():
    files = [p for p in tracked_files() if p.suffix == ".py" and p.exists()]
    found = {p.name: opened_in_the_encoding_of_the_machine(read(p)) for p in files}
    assert {name: calls for name, calls in found.items() if calls} == {}


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        ("p.read_text()", True), ("p.write_text('x')", True), ("open(p)", True),
        ("open(p, 'w')", True), ("p.open()", True), ("p.open('w')", True),
        ("p.open(mode='w')", True), ("gzip.open(p, 'rt')", True), ("open(p, 'rb')", False),
        ("p.open('wb')", False), ("gzip.open(p)", False), ("p.read_bytes()", False),
        ("p.read_text(encoding='utf-8')", False), ("open(p, encoding='utf-8')", False),
    ],
)  # fmt: skip
def test_a_text_file_without_an_encoding_is_found(call, refused):
    assert bool(opened_in_the_encoding_of_the_machine(call)) is refused


# --- notebooks ----------------------------------------------------------------------------------


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def notebook(request) -> dict:
    return json.loads(read(request.param))


def code_cells(notebook) -> list[dict]:
    return [c for c in notebook["cells"] if c["cell_type"] == "code"]


def test_the_notebooks_are_there():
    numbers = [p.stem.split("_")[0] for p in NOTEBOOKS]
    assert numbers == ["00", "01", "02", "03", "04", "05", "05b", "06", "07", "07b", "07c", "08",
                       "08b", "09", "09b"]  # fmt: skip


def first_cell_minutes(name: str) -> int:
    """What a notebook says at its head."""
    notebook = json.loads(read(ROOT / "notebooks" / name))
    return int(re.findall(r"\*\*Minutes\*\* (\d+)", "".join(notebook["cells"][0]["source"]))[0])


def test_the_map_of_the_course_has_every_notebook_and_its_minutes():
    notebook = json.loads(read(ROOT / "notebooks" / "00_start_here.ipynb"))
    text = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    rows = re.findall(r"^\| [●○] \| \[.+\]\((\w+\.ipynb)\) \|.*\| (\d+) \|$", text, re.M)
    others = [path.name for path in NOTEBOOKS if not path.stem.startswith("00_")]
    assert sorted(name for name, _ in rows) == others
    assert {name: int(minutes) for name, minutes in rows} == {
        name: first_cell_minutes(name) for name in others
    }


def test_the_page_without_formulas_has_none_and_its_links_lead_somewhere():
    text = read(ROOT / "notebooks" / "why.md")
    assert "$" not in text and "`" not in text
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (ROOT / "notebooks" / target).exists(), target
    for number in re.findall(r"\((0\d[a-z]?(?:, 0\d[a-z]?)*)\)", text):
        for one in number.split(", "):
            assert any(path.stem.startswith(f"{one}_") for path in NOTEBOOKS), one


def test_the_numbers_of_the_page_without_formulas_are_those_of_the_results():
    text = " ".join(read(ROOT / "notebooks" / "why.md").split())

    def numbers(name):
        return json.loads(read(ROOT / "data" / "results" / f"{name}.json"))["numbers"]

    layers = numbers("gin_classes")["layers"]["undirected"]
    best = {name: max(counts) for name, counts in layers.items()}
    assert best["mean"] == best["sum"]
    told = f"{best['sum']:,} different lists, the average just as many, the largest"
    assert f"{told} {best['max']:,}, and GCN {best['gcn']:,} (06)" in text
    lost = [best["sum"] - best[name] for name in ("mean", "max", "gcn")]
    assert "{}, {} and {:,} fewer of {:,}".format(*lost, best["sum"]) in text
    skeletons = numbers("same_skeleton")
    assert f"{skeletons['cells'] - skeletons['class_sizes'][0]:,} cells share" in text
    assert f"{skeletons['cells'] - skeletons['skeletons']:,} lists fewer than cells" in text
    assert (
        numbers("reproduce/kl_normalised_once-101-published-0")["cells_told_apart"]["distinct"] == 1
    )  # "one and the same list"
    board = (ROOT / "data" / "results" / "scoreboard.csv").read_text(encoding="utf-8").splitlines()
    exact = {row.split(",")[0]: row.split(",")[3] for row in board[1:]}
    repaired, published = (
        f"{100 * float(exact[f'arch2vec_{name}']):.0f}" for name in ("repaired", "published")
    )
    assert f"{repaired} instead of {published} in a hundred" in text
    audit = read(ROOT / "notebooks" / "07c_audit_and_a_better_decoder.ipynb")
    assert "ceiling 93.12 %" in audit and text.count("at least 6.88 %") == 2


def test_the_lines_that_the_figure_is_translated_into_are_lines_of_the_library():
    """Notebook 07b quotes them: | arrow | `file` | `line` | shape | step |."""
    notebook = json.loads(read(ROOT / "notebooks" / "07b_from_a_figure_to_code.ipynb"))
    text = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    rows = re.findall(r"^\| .* \| `(\w+\.py)` \| `(.+?)` \| \(", text, re.M)
    assert len(rows) == 13
    for file, line in rows:
        assert line in read(ROOT / "lib" / "wl2nas" / "models" / file), line


def test_a_notebook_is_the_output_of_one_clean_run(notebook):
    cells = code_cells(notebook)
    assert [c["execution_count"] for c in cells] == list(range(1, len(cells) + 1))
    assert "widgets" not in notebook["metadata"]
    asked = [c for c in cells if "check.predict(" in "".join(c["source"])]  # silent unanswered
    silent = [c for c in cells if not c["outputs"] and c not in asked]
    assert len(silent) <= len(cells) / 4, "a notebook without outputs would pass nbval vacuously"
    outputs = [o for c in cells for o in c["outputs"]]
    assert not any(o["output_type"] == "error" for o in outputs)
    compared = [c for c in cells if "nbval-ignore-output" not in c["metadata"].get("tags", [])]
    assert not any(o.get("name") == "stderr" for c in compared for o in c["outputs"])


def said(cell) -> str:
    """What a reader of the notebook finds in words below a code cell."""
    outputs = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell["outputs"]]
    return "\n".join("".join(text) for text in outputs)


def test_every_picture_has_a_sentence(notebook):
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if "image/png" in output.get("data", {}):
                alt = output["metadata"]["image/png"]["alt"]
                assert len(alt.split()) >= 8
                assert alt in said(cell), "the sentence must also be visible"


def test_every_widget_leaves_a_picture(notebook):
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            if "application/vnd.jupyter.widget-view+json" in output.get("data", {}):
                pictures = [o for o in cell["outputs"] if "image/png" in o.get("data", {})]
                assert pictures, "without a kernel a reader would see nothing"


def test_links_between_notebooks_lead_somewhere(notebook):
    text = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert (ROOT / "notebooks" / target).exists(), target


def test_the_shape_of_a_notebook(notebook):
    cells = code_cells(notebook)
    lines = [sum(bool(x.strip()) for x in "".join(c["source"]).splitlines()) for c in cells]
    assert max(lines) <= 25
    assert sorted(lines)[int(0.9 * len(lines))] <= 15
    markdown = sum(c["cell_type"] == "markdown" for c in notebook["cells"])
    assert 0.8 <= markdown / len(cells) <= 1.6  # they need not alternate
    assert len(json.dumps(notebook)) < 1e6


# --- the wheel ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_library_works_from_a_wheel(tmp_path):
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("wl2nas-*.whl")
    target = tmp_path / "site"
    install = [*pip, "install", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    start = "import sys; sys.path.insert(0, sys.argv[1])\n"

    def from_the_wheel(program: str) -> str:
        """What a program prints that finds the library in the wheel, far from the repository."""
        run = subprocess.run(
            [sys.executable, "-c", start + program, str(target)],
            capture_output=True, text=True, cwd=tmp_path, env=elsewhere,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = from_the_wheel(
        "import wl2nas\n"
        "assert wl2nas.__file__.startswith(sys.argv[1]), wl2nas.__file__\n"
        "from wl2nas import benchmarks, cells, draw, latent, search, train, wl\n"
        "assert not {'jscatter', 'ipywidgets', 'jupyterlab', 'mnist1d'} & set(sys.modules)\n"
        "print(len(cells.nasbench101()), len(benchmarks.load('measured')))"
    )
    assert said.split() == ["423624", "2532"]
    assert not list(target.glob("course*")) and not list(target.glob("experiments*"))
    example = readme_examples()[1]
    assert len([line for line in example.splitlines() if line.strip()]) < 40
    said = from_the_wheel(example)
    assert "93,084 cells; colours tell 93,084 apart" in said
    (exact,) = re.findall(r"([\d.]+)% of the held-out cells", said)
    assert float(exact) > 90  # of a minute of training
    (valid,) = re.findall(r"valid=([\d.]+)", said)
    assert float(valid) > 0.5
    assert "cheapest found" in said
