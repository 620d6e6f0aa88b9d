"""The site before Sphinx sees it: what becomes of a notebook, an explorer's page, a formula."""

import base64
import html
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml

from experiments.site import __main__ as site
from experiments.site import data, library, living, notebooks
from wl2nas import cells, models
from wl2nas.explore import epsilon

ROOT = Path(__file__).parents[2]
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (320).to_bytes(4, "big") + (200).to_bytes(4, "big")
).decode()
ALT = "Figure 1. A <path> of five vertices & its colours."
FIRST = "# 02 Colours: that tell apart\n\nA promise.\n\n**Minutes** 20.\n"


def written(folder: Path, *cells) -> Path:
    path = folder / "02_colours.ipynb"
    first = nbformat.v4.new_markdown_cell(FIRST)
    nbformat.write(nbformat.v4.new_notebook(cells=[first, *cells]), path)
    return path


def code(source: str, *outputs):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs))


def display(data: dict, alt: str | None = None):
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return nbformat.v4.new_output("display_data", data, metadata=metadata)


def stream(text: str):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


# --- notebooks ----------------------------------------------------------------------------------


def test_title_promise_and_minutes_are_those_of_the_first_cell(tmp_path):
    found = notebooks.summary(written(tmp_path))
    assert found == ("02_colours", "02 Colours: that tell apart", "A promise.", 20)
    assert found.short == "02 Colours"
    assert found._replace(title="Start: here").short == "02 Start"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T\n\nx\n")]),
                   tmp_path / "03.ipynb")  # fmt: skip
    with pytest.raises(ValueError, match=r"03\.ipynb must begin with '# a title', a promise"):
        notebooks.summary(tmp_path / "03.ipynb")


@pytest.mark.parametrize(
    "caption",
    [stream(f"before\n{ALT}\nafter\n"), display({"text/markdown": ALT, "text/plain": ALT})],
    ids=["printed", "as Markdown"],
)
def test_a_picture_gets_its_text_and_its_caption_once(tmp_path, caption):
    picture = display({"image/png": PNG, "text/plain": "<figure>"}, ALT)
    page = notebooks.page(written(tmp_path, code("draw.show()", picture, caption)), {})
    assert page.pictures == {"02_colours-1a.png": base64.b64decode(PNG)}
    figure, *rest = page.notebook.cells[1].outputs
    escaped = "Figure 1. A &lt;path&gt; of five vertices &amp; its colours."
    assert figure.data["text/html"] == (
        f'<figure><img src="pictures/02_colours-1a.png" alt="{escaped}" width="320" height="200" '
        f'loading="lazy"><figcaption>{escaped}</figcaption></figure>'
    )
    assert [o.text for o in rest] == (["before\nafter"] if "text" in caption else [])


WIDGET = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "Run this"}
BOTH = [display({**WIDGET, "image/png": PNG}, ALT), stream(f"{ALT}\n")]
APART = [
    display({"image/png": PNG, "text/plain": "<explorer>"}, ALT),
    display({"text/html": "<style>.a { display: none }</style>", "text/plain": ""}),
    display(WIDGET),
    display({"text/markdown": ALT, "text/plain": ALT}),
]


@pytest.mark.parametrize("outputs", [BOTH, APART], ids=["both forms in one", "one after the other"])
def test_an_explorer_is_its_picture_and_a_link_to_its_page(tmp_path, outputs):
    path = written(tmp_path, code("explore.Stepper(cell, round=1).show('...')", *outputs))
    page = notebooks.page(path, {"Stepper": "../explorers/stepper.html"})
    (figure,) = page.notebook.cells[1].outputs
    assert '<a href="../explorers/stepper.html">' in figure.data["text/html"]
    assert page.explorers == {"Stepper": ("02_colours-1a.png", ALT)}
    assert "<a " not in notebooks.page(path, {}).notebook.cells[1].outputs[0].data["text/html"]


def test_what_is_printed_and_shown_otherwise_stays(tmp_path):
    table = display({"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"})
    page = notebooks.page(written(tmp_path, code("table", stream("numbers\n"), table)), {})
    assert [o.output_type for o in page.notebook.cells[1].outputs] == ["stream", "display_data"]


def test_badges_become_words_and_the_readme_the_first_page():
    given = "[![Open in Colab](https://x.org/badge.svg)](https://y.org) and [r](../README.md)"
    assert notebooks.local(given) == "[Open in Colab](https://y.org) and [r](../readme.md)"
    assert notebooks.local("![map](figures/map.png)") == "![map](figures/map.png)"


def test_the_readme_is_a_page_and_links_to_pages_only():
    given = "[a](notebooks/00.ipynb) [b](LICENSE) [c](#x) [d](https://y.org)"
    given += " ![e](notebooks/figures/f.png)"
    assert notebooks.readme(given) == given.replace("[b](LICENSE)", "b")


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_every_notebook_can_be_a_page(path):
    page = notebooks.page(path, {})
    pictures = sum(
        "image/png" in output.get("data", {})
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
    )
    assert len(page.pictures) == pictures
    assert notebooks.summary(path).minutes > 10


# --- formulas -----------------------------------------------------------------------------------


def formulas() -> list[tuple[str, str]]:
    """Every formula of the notebooks, with the way it is displayed."""
    found = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] != "markdown":
                continue
            text = re.sub(r"```.*?```|`[^`]*`", "", "".join(cell["source"]), flags=re.S)
            for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", text, re.S):
                found.append((block or inline, "block" if block else "inline"))
    return found


def test_every_formula_becomes_mathml():
    mathml = pytest.importorskip("experiments.site.mathml", exc_type=ImportError).mathml
    assert len(formulas()) > 500
    for latex, display_ in formulas():
        assert mathml(latex, display_).startswith("<math")
    with pytest.raises(ValueError, match="does not know all of"):
        mathml(r"\nosuchthing{x}")


# --- living pages -------------------------------------------------------------------------------

TEXTS = sorted((ROOT / "site" / "explorers").glob("*.md"))


def test_every_living_page_has_a_text():
    assert {path.stem for path in TEXTS} == {each.name for each in living.LIVING}


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_a_lesson_plan_has_five_sentences_and_its_minutes(path):
    lesson = path.read_text(encoding="utf-8").partition("## A lesson plan\n")[2]
    words = " ".join(lesson.split())
    assert len(re.findall(r"[.?!](?= [A-Z]|$)", words)) == 5
    assert 35 <= sum(map(int, re.findall(r"\((\d+) minutes\)", words))) <= 60


STATIC = """<html><head><style>p {}</style></head><body>
<h1>The stepper</h1>
<div id="stepper"></div>
<noscript>No.</noscript>
<script type="module">
import { mount } from "./stepper.js";

mount();
</script>
</body></html>"""


def test_the_body_of_a_plain_page_stands_below_the_heading_of_the_site():
    found = living.fragment(STATIC, "<p>a picture</p>")
    assert found.startswith('<div class="living"><div id="stepper"></div>')
    assert 'import { mount } from "./stepper.js";\n\nmount();' in found
    assert found.endswith("</style><p>a picture</p></noscript>")
    assert "<h1>" not in found and "No." not in found
    with pytest.raises(ValueError, match="needs <body>"):
        living.fragment("<p>", "")


def test_without_scripts_there_is_the_picture_of_the_notebook():
    shown = living.still({"Stepper": ("../p.png", "a < b")}, "Stepper")
    assert '<img src="../p.png" alt="a &lt; b"><figcaption>a &lt; b</figcaption>' in shown
    assert "<img" not in living.still({}, "Stepper")


def test_a_page_says_where_its_explorer_stands():
    stepper = living.LIVING[0]
    page = living.page(stepper, "# T\n\n<!-- the explorer -->\n", {})
    assert "````{raw} html" in page
    assert '/explorers/stepper.html?embed=1" title="T" width="100%"' in page
    with pytest.raises(ValueError, match=r"stepper\.md must say once"):
        living.page(stepper, "# T", {})


def test_the_counts_of_epsilon_are_those_of_the_library():
    shown = json.loads(data.epsilon())
    given, counts = shown["given"], shown["counts"]
    low, step = given["slider"]["low"], given["slider"]["step"]
    assert (low, step) == (epsilon.LOW, epsilon.STEP)
    assert len(counts) == round((epsilon.HIGH - low) / step) + 1
    space = cells.nasbench101()
    space = space.take(space.n_vertices <= given["vertices"])
    assert given["cells"] == len(space)
    for stop in (-1, 0, 0.1):
        found = epsilon.for_page(epsilon.count(space, stop))
        assert counts[round((stop - low) / step)] == found
        curves = [curve[given["grid"].index(stop)] for curve in given["curves"]]
        np.testing.assert_allclose(curves, epsilon.distances(stop), rtol=1e-3, atol=1e-13)


# --- the first page -----------------------------------------------------------------------------


def test_the_first_page_shows_the_picture_of_the_readme_in_its_words():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    index = (ROOT / "site" / "index.md").read_text(encoding="utf-8")
    (picture,) = re.findall(r"^!\[.*\]\(.*\)$", readme, re.M)
    assert picture in index


# --- the library, and where the site goes -------------------------------------------------------


def test_a_class_is_shown_with_its_own_constructor():
    def shown(thing, what="class"):
        return library._constructor(None, what, "", thing, None, "(*args)", None)

    signature, _ = shown(models.CellVAE)
    assert signature.startswith("(config: ") and signature.endswith("rngs: flax.nnx.rnglib.Rngs)")
    assert shown(models.Model) == ("", "")  # a protocol, which nobody makes
    assert shown(cells.nasbench101, "function") is None


def test_nothing_that_is_no_site_is_removed(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "mine.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(SystemExit, match="letters is not empty, and not a site of ours"):
        site.build(tmp_path / "letters", tmp_path / "work")
    assert (tmp_path / "letters" / "mine.txt").exists()


def test_formulas_keep_their_curls():
    pytest.importorskip("latex2mathml", reason="formulas of the site need latex2mathml: make env")
    from experiments.site import mathml

    for latex, letter in ((r"\mathcal N(z)", "𝒩"), (r"\mathcal{N}(z)", "𝒩"), (r"\mathcal L", "ℒ")):
        assert f"<mi>{letter}</mi>" in html.unescape(mathml.mathml(latex))
    with pytest.raises(ValueError, match="does not know all of"):
        mathml.mathml(r"\mathcal Q")


# --- the glossary -------------------------------------------------------------------------------


def entries() -> list[tuple[str, str, str]]:
    """Term, sentence and notebook of every entry."""
    text = (ROOT / "site" / "glossary.md").read_text(encoding="utf-8")
    return re.findall(
        r"^(\S.*)\n  (.+) \(\[notebook \w+\]\(notebooks/(\w+)\.ipynb\)\)$", text, re.M
    )


def test_a_term_is_set_in_bold_by_the_notebook_that_introduces_it():
    assert len(entries()) > 60
    for term, sentence, name in entries():
        cells = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))[
            "cells"
        ]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
        bold = [words.lower() for words in re.findall(r"\*\*([^*\n]+?)\*\*", text)]
        assert term.lower() in bold, (term, name)
        assert sentence.endswith(".") and len(re.findall(r"[.?!](?= [A-Z])", sentence)) == 0, term


def test_the_glossary_is_in_order():
    terms = [term.lower() for term, _, _ in entries()]
    assert terms == sorted(terms)


# --- deployment ---------------------------------------------------------------------------------


def test_the_deployment_may_do_little_and_its_actions_are_pinned():
    text = (ROOT / ".github" / "workflows" / "pages.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["build"]
    assert workflow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) >= 3
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)
    assert any("make site" in step.get("run", "") for step in steps)
