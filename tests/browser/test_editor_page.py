"""The cell editor in a real browser: its arithmetic against Python's; used as a reader would."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from conftest import SCREENSHOTS, nothing_is_cut_off
from experiments import editor_data
from wl2nas import cells, generation, latent, train
from wl2nas.cells import codes
from wl2nas.explore import editor_file, editor_models, members

SPACE, RULES = cells.nasbench101(), cells.NASBENCH101
V = RULES.max_vertices

PUZZLE = (40965, 182952)


@pytest.fixture(scope="module")
def content() -> bytes:
    """The file of the models, as `make editor-data` writes it."""
    return editor_data.content()


@pytest.fixture(scope="module")
def rounded() -> dict:
    """The models that the page computes with, by name."""
    folder = Path(editor_data.ROOT) / "data" / "checkpoints"
    files = {name: folder / f"{stem}.safetensors" for name, stem in editor_data.MODELS.items()}
    return {
        name: editor_models.rounded(train.load_checkpoint(path)) for name, path in files.items()
    }


@pytest.fixture
def page(plain_page, address, content):
    """The plain page of the editor, its models beside it."""
    plain_page.route("**/editor.bin", lambda route: route.fulfill(body=content))
    plain_page.goto(f"{address}/editor.html")
    expect(plain_page.locator('[data-focus="near 0"]')).to_be_visible()
    yield plain_page
    assert plain_page.evaluate("editor.problems") == []


def shot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def plain(adjacency, ops) -> dict:
    return {"ops": ops.tolist(), "matrix": adjacency.astype(int).tolist()}


def drawn(draws, k) -> dict:
    """One of Python's draws as the page writes it."""
    return {**plain(draws.adjacency[k], draws.ops[k]), "padding": draws.padding[k].tolist()}


def state(page, part: str) -> str:
    return dict(pair.split("=") for pair in page.evaluate("editor.get()").split("&"))[part]


# --- the arithmetic -----------------------------------------------------------------------------


def test_latents_and_decoded_cells_are_those_of_python(page, address, rounded):
    rng = np.random.default_rng(0)
    chosen = SPACE.take(rng.choice(len(SPACE), 200, replace=False))
    moves = rng.normal(size=(200, 2)) * 1.5
    program = """async ([url, cells, moves]) => {
        const m = await import(url);
        const file = m.readFile(await (await fetch("editor.bin")).arrayBuffer());
        return [...m.readModels(file)].map(([name, model]) => {
            const latents = cells.map((cell) => model.encode(cell));
            return [name, latents.map((rows) => rows.map((row) => [...row])),
                latents.map(model.decode),
                latents.map((rows, k) => model.decode(model.move(rows, moves[k]))),
                latents.map((rows) => [...model.embed(rows)])];
        });
    }"""
    given = [plain(cell.adjacency, cell.ops) for cell in chosen]
    answers = page.evaluate(program, [f"{address}/model.js", given, moves.tolist()])
    assert [name for name, *_ in answers] == list(editor_data.MODELS)
    for name, latents, decoded, moved, points in answers:
        model = rounded[name]
        mean = np.asarray(latent.posterior(model, chosen).mean)
        found = np.array(latents).reshape(mean.shape)
        np.testing.assert_allclose(found, mean, atol=1e-3)
        np.testing.assert_allclose(points, latent.embed(model, chosen), atol=1e-3)
        step = moves @ editor_models.directions(model, SPACE).vectors
        far = mean + (step if mean.ndim == 2 else step[:, None])
        for said, z in ((decoded, mean), (moved, far)):
            draws = latent.decode(model, z)
            assert said == [drawn(draws, k) for k in range(200)]
        assert moved != decoded


def random_draws(n: int) -> generation.Draws:
    """Anything a decoder could say: some of it cells, most of it not, for several reasons."""
    rng = np.random.default_rng(1)
    adjacency = np.triu(rng.random((n, V, V)) < rng.choice([0.2, 0.4, 0.6], (n, 1, 1)), 1)
    ops = rng.integers(1, RULES.output, (n, V))
    ops[:, 0], ops[:, -1] = cells.INPUT, RULES.output
    odd = rng.random((n, V)) < 0.03
    ops = np.where(odd, rng.integers(0, RULES.output + 1, (n, V)), ops)
    padding = (rng.random((n, V)) < 0.1) & (rng.random((n, 1)) < 0.4)
    real = SPACE.take(rng.choice(len(SPACE), n // 2, replace=False))
    perfect = generation.as_draws(real)
    flipped = perfect.adjacency ^ np.triu(rng.random((n // 2, V, V)) < 0.02, 1)
    return generation.Draws(
        np.concatenate([adjacency, flipped]),
        np.concatenate([ops, perfect.ops]),
        np.concatenate([padding, perfect.padding]),
    )


def reason(adjacency, ops) -> str | None:
    """Why Python says that this is no cell."""
    try:
        RULES.check(adjacency, ops)
    except ValueError as error:
        return str(error)
    return None


def test_validity_and_its_reasons_are_those_of_python(page, address):
    draws = random_draws(600)
    program = """async ([url, draws, rules]) => {
        const m = await import(url);
        return draws.map((draw) => {
            const real = m.withoutPadding(draw);
            return [m.strictProblem(real, rules), m.publishedProblem(draw, rules)];
        });
    }"""
    given = [drawn(draws, k) for k in range(len(draws.ops))]
    found = page.evaluate(program, [f"{address}/cell.js", given, editor_file.rules_of(RULES)])
    strict, _ = generation.valid_strict(draws)
    assert [problem is None for problem, _ in found] == strict.tolist()
    published = generation.valid_published(draws)
    assert [problem is None for _, problem in found] == published.tolist()
    assert 0.1 < strict.mean() < 0.9 and 0.1 < published.mean() < 0.9
    space, kinds = generation.without_padding(draws), set()
    for k, (problem, _) in enumerate(found):
        n = space.n_vertices[k]
        assert problem == reason(space.adjacency[k, :n, :n], space.ops[k, :n])
        kinds.add(re.sub(r"\d+", "", problem or ""))
    assert len(kinds) >= 4  # every reason but those of a cycle and of the order


def test_canonical_forms_and_codes_are_those_of_python(page, address):
    rng = np.random.default_rng(2)
    forms, _ = cells.all_forms(SPACE.take(rng.choice(len(SPACE), 300, replace=False)))
    rows = rng.choice(len(forms), 200, replace=False)
    program = """async ([url, cells, rules]) => {
        const m = await import(url);
        return cells.map((cell) => {
            const { cell: form, order } = m.canonical(cell, rules);
            const code = m.codeOf(form, rules);
            return [m.codeOf(cell, rules), code, m.cellOf(code, rules), m.reorder(cell, order)];
        });
    }"""
    given = [plain(forms[int(row)].adjacency, forms[int(row)].ops) for row in rows]
    found = page.evaluate(program, [f"{address}/cell.js", given, editor_file.rules_of(RULES)])
    expected = codes.canonical_codes(forms.take(rows))
    assert [own for own, *_ in found] == forms.codes[rows].tolist()
    assert [code for _, code, *_ in found] == expected.tolist()
    for row, (_, _, cell, again) in zip(rows, found, strict=True):
        form = cells.canonical_form(forms[int(row)])
        assert cell == again == plain(form.adjacency, form.ops)


def test_same_skeleton_cells_are_all_of_the_space(page, address):
    rows = np.random.default_rng(3).choice(len(SPACE), 100, replace=False)
    code = members.skeleton_codes(SPACE)
    program = """async ([url, cells, rules]) => {
        const m = await import(url);
        const codes = (list) => list.map((each) => m.codeOf(each, rules));
        return cells.map((cell) => codes(m.sameSkeleton(cell, rules)));
    }"""
    given = [plain(SPACE[int(row)].adjacency, SPACE[int(row)].ops) for row in rows]
    found = page.evaluate(program, [f"{address}/cell.js", given, editor_file.rules_of(RULES)])
    expected = [sorted(SPACE.codes[code == code[row]].tolist()) for row in rows]
    assert found == expected
    assert max(map(len, expected)) > 3


# --- the page -----------------------------------------------------------------------------------


def test_it_opens_with_the_puzzle_and_decodes_it(page):
    expect(page.get_by_role("status")).to_contain_text("The same cell, entry by entry.")
    expect(page.get_by_label("canonical form")).to_be_visible()
    expect(page.get_by_text(f"canonical form, row {PUZZLE[0]}, accuracy")).to_be_visible()
    expect(page.get_by_text("1 other cell has this skeleton")).to_be_visible()
    page.get_by_role("button", name=re.compile(f"same skeleton, row {PUZZLE[1]}")).click()
    expect(page.get_by_text(f"canonical form, row {PUZZLE[1]}, accuracy")).to_be_visible()
    shot(page, "editor_light")


def test_the_puzzle_is_two_points_for_ours_and_one_for_arch2vec(page):
    places = {}
    for model in editor_data.MODELS:
        page.get_by_role("button", name=model, exact=True).click()
        for example in ("the puzzle, one", "the puzzle, two"):
            page.get_by_role("button", name=example).click()
            assert state(page, "model") == model
            places[model, example] = page.locator(".handle").get_attribute("transform")
    assert places["ours", "the puzzle, one"] != places["ours", "the puzzle, two"]
    assert places["arch2vec", "the puzzle, one"] == places["arch2vec", "the puzzle, two"]


def test_what_is_said_goes_with_the_cell_and_the_model(page):
    said = page.locator(".about")
    expect(said).to_contain_text("Row 40965")
    page.get_by_role("button", name="the puzzle, two").click()
    expect(said).to_contain_text("Row 182952")
    expect(page.get_by_text("one for each place")).to_have_count(0)
    page.get_by_role("button", name="arch2vec").click()
    expect(said).to_contain_text("Row 182952")
    expect(page.get_by_text("mean of the points of 7 vertices")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    expect(said).to_contain_text("Row 40965")
    page.get_by_role("button", name="Add vertex").click()
    expect(said).to_have_text("")


def test_a_cell_is_made_with_the_keyboard_alone(page):
    page.get_by_role("button", name="the smallest").focus()
    page.keyboard.press("Enter")
    assert state(page, "edges") == "0-1"
    page.get_by_role("button", name="Add vertex").focus()
    page.keyboard.press("Enter")
    assert (state(page, "ops"), state(page, "edges")) == ("conv1x1", "0-2")
    status = page.get_by_role("status")
    expect(page.locator(".mine")).to_contain_text("vertex 1 is on no path from input to output")
    expect(page.get_by_role("button", name="Add vertex")).to_be_focused()
    page.get_by_label("edge 0 to 1").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("edge 1 to 2")).to_be_focused()
    page.keyboard.press(" ")
    assert state(page, "edges") == "0-1,0-2,1-2"
    expect(page.locator(".mine")).to_have_text("This is a cell.")
    expect(status).to_contain_text("The same cell, entry by entry.")
    page.locator('[data-focus="vertex 0"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("p")
    assert state(page, "ops") == "maxpool"
    page.keyboard.press("Enter")
    assert state(page, "ops") == "conv1x1"
    expect(page.locator('[data-focus="vertex 1"]')).to_be_focused()
    page.keyboard.press("Control+z")
    assert state(page, "ops") == "maxpool"
    page.keyboard.press("Control+y")
    assert state(page, "ops") == "conv1x1"
    page.locator('[data-focus="vertex 1"]').focus()
    page.keyboard.press("Delete")
    assert (state(page, "ops"), state(page, "edges")) == ("", "0-2".replace("2", "1"))
    page.get_by_role("button", name="Reset").click()
    assert state(page, "ops") == "conv3x3,maxpool,maxpool"


def middle(locator) -> tuple[float, float]:
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, start, end):
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def test_a_cell_is_changed_with_the_mouse(page):
    vertex = [page.locator(f'[data-focus="vertex {v}"] circle') for v in range(5)]
    vertex[1].click()
    assert state(page, "ops") == "maxpool,maxpool,maxpool"
    drag(page, middle(vertex[2]), middle(vertex[4]))
    assert "2-4" in state(page, "edges")
    drag(page, middle(vertex[4]), middle(vertex[2]))  # the same edge, from its other end
    assert "2-4" not in state(page, "edges")
    page.get_by_label("edge 1 to 4").click()
    assert "1-4" in state(page, "edges")
    x, y = middle(page.locator('.board [data-edge="1-4"] polygon'))
    page.mouse.click(x - 4, y - 4)
    assert "1-4" not in state(page, "edges")
    page.get_by_role("button", name="3 conv3x3").click()
    page.get_by_role("button", name="Remove vertex").click()
    assert len(state(page, "ops").split(",")) == 2
    for _ in range(7):
        page.get_by_role("button", name="Undo").click()
    assert state(page, "ops") == "conv3x3,maxpool,maxpool"


def test_a_drag_changes_the_decoded_cell_and_is_undone_at_once(page):
    handle, start = page.locator(".handle"), page.evaluate("editor.get()")
    box = page.locator(".map").bounding_box()
    drag(page, middle(handle), (box["x"] + 0.92 * box["width"], box["y"] + 0.1 * box["height"]))
    assert state(page, "move") != "0,0"
    expect(page.get_by_role("status")).to_contain_text("The point is moved by")
    expect(page.get_by_role("status")).not_to_contain_text("The same cell, entry by entry")
    expect(page.locator(".views section").nth(2)).to_contain_text(re.compile("edge|vertex"))
    expect(page.locator(".near")).to_have_count(5)
    assert page.url.endswith(page.evaluate("editor.get()"))
    shot(page, "editor_dragged")
    page.get_by_role("button", name="Undo").click()
    assert page.evaluate("editor.get()") == start
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    right, up = map(float, state(page, "move").split(","))
    assert right > 4 * up > 0
    expect(handle).to_be_focused()
    page.keyboard.press("Home")
    assert page.evaluate("editor.get()") == start
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    assert state(page, "move").startswith("-")
    page.get_by_role("button", name="Back to the cell").click()
    assert page.evaluate("editor.get()") == start


def test_a_drag_is_answered_within_20_ms(page):
    """From the event to the page laid out anew; the fastest tenth, which a busy machine spares."""
    page.evaluate("""() => {
        let started = 0;
        window.taken = [];
        window.addEventListener("pointermove", () => { started = performance.now(); }, true);
        window.addEventListener("pointermove", () => {
            document.body.getBoundingClientRect();
            taken.push(performance.now() - started);
        });
    }""")
    for model in editor_data.MODELS:
        page.get_by_role("button", name=model, exact=True).click()
        page.get_by_role("button", name="nine edges").click()
        box = page.locator(".map").bounding_box()
        x, y = middle(page.locator(".handle"))
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate("taken.length = 0")
        for share in (0.1, 0.9):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 40, steps=30)
        taken = np.sort(page.evaluate("taken"))
        page.mouse.up()
        assert state(page, "move") != "0,0" and len(taken) > 30
        median, fast = np.median(taken), taken[len(taken) // 10]
        load = os.getloadavg()[0]
        print(f"{model}: a move answered in {median:.1f} ms, tenth {fast:.1f} ms, load {load:.1f}")
        assert fast < 20


def test_what_lies_near_belongs_to_the_point_that_is_shown(page):
    """Until it is drawn anew, the list of another point, or another model, is shown as busy."""
    near = page.locator("section", has_text="The nearest cells")
    busy = """() => {
        const near = document.querySelector('[data-focus="near 0"]').closest("section");
        return Boolean(near.querySelector('[aria-busy="true"]'));
    }"""
    assert not page.evaluate(busy)
    switch = "[...document.querySelectorAll('button')].find((b) => b.textContent === 'arch2vec')"
    assert page.evaluate(f"() => {{ {switch}.click(); return ({busy})(); }}")
    expect(near).to_contain_text("distances in the embedding of arch2vec")
    assert not page.evaluate(busy)
    page.get_by_role("button", name="the puzzle, one").click()
    expect(near).to_contain_text(f"row {PUZZLE[1]}, distance 0.00")


def test_the_map_holds_a_cell_beyond_its_sample(page, address):
    program = """async ([url, far]) => {
        const { latentMap } = await import(url);
        const sample = new Float32Array([-1, -1, 1, 1]);
        const model = { mean: [0, 0], directions: [[1, 0], [0, 1]], sample };
        const map = latentMap(model, () => {}, () => {});
        map.show({ cell: far, at: far, near: [], words: "at the cell" });
        const viewBox = map.element.querySelector("svg").viewBox.baseVal;
        const place = map.element.querySelector(".handle").getAttribute("transform");
        const [x, y] = place.match(/[0-9.]+/g);
        return [Number(x) / viewBox.width, Number(y) / viewBox.height];
    }"""
    x, y = page.evaluate(program, [f"{address}/editor_map.js", [3, -5]])
    assert 0.8 < x < 0.95 and 0.8 < y < 0.95


def test_what_is_no_cell_is_drawn_and_explained(page):
    page.get_by_role("button", name="a stray vertex").click()
    mine = page.locator(".mine")
    expect(mine).to_contain_text("This is no cell: the cell is disconnected: vertex 3")
    expect(page.locator('[data-rule="strict"]').first).to_contain_text("no: the cell is disc")
    expect(page.locator('[data-rule="published"]').first).to_have_text("yes")
    page.get_by_role("button", name="nine edges").click()
    expect(page.locator('[data-rule="published"]').first).to_have_text("yes")
    page.get_by_label("edge 0 to 2").click()
    expect(mine).to_contain_text("at most 9 edges; this one has 10")
    status = page.get_by_role("status")  # what notebook 08 says of both models
    expect(status).to_contain_text("1 change away. edge 2→6 is missing.")
    page.get_by_role("button", name="arch2vec", exact=True).click()
    expect(status).to_contain_text("No cell: a cell has at most 9 edges; this one has 12.")
    page.evaluate("editor.set(editor.get().replace('move=0,0', 'move=2,2'))")
    section = page.locator(".views section").nth(2)
    expect(section).to_contain_text("No cell:")
    assert section.locator("[data-vertex]").count() == V
    shot(page, "editor_no_cell")


def test_the_program_does_in_python_what_the_page_does(page, address, rounded):
    page.evaluate(
        "editor.set('model=arch2vec&ops=conv3x3,maxpool&edges=0-2,1-3,0-1,2-3&move=1.5,-0.7')"
    )
    page.get_by_text("The code of these steps").click()
    program = page.locator("details pre").inner_text()
    names = {"arch2vec": rounded["arch2vec"], "space": SPACE}
    exec(program, names)
    shown = page.locator(".views section").nth(2).locator("[data-vertex] title")
    draws = names["draws"]
    said = [
        "padding" if gone else f"vertex {v}: {RULES.operations[op]}"
        for v, (op, gone) in enumerate(zip(draws.ops[0], draws.padding[0], strict=True))
    ]
    assert shown.all_text_contents() == said
    edges = page.locator(".views section").nth(2).locator(".edge:not(.missing)")
    real = ~draws.padding[0]
    expected = np.argwhere(draws.adjacency[0] & real & real[:, None])
    assert sorted(edges.evaluate_all("list => list.map((e) => e.dataset.edge)")) == sorted(
        f"{i}-{j}" for i, j in expected
    )
    other = """async ([url, rules]) => (await import(url)).steps(
        { model: "ours", draft: { ops: [0, 4], matrix: [[0, 1], [0, 0]] }, move: [1, 0] }, rules, 7
    ).whole"""  # a page whose sample was drawn with another seed
    said = page.evaluate(other, [f"{address}/editor_text.js", editor_file.rules_of(RULES)])
    assert "editor_models.directions(model, space, seed=7)" in said
    page.evaluate("editor.set('ops=conv3x3&edges=0-2')")
    with pytest.raises(ValueError, match="no path from input to output"):
        exec(page.locator("details pre").inner_text(), {"space": SPACE})


def test_a_link_brings_the_state_and_a_broken_one_is_named(page, address):
    page.goto("about:blank")
    page.goto(f"{address}/editor.html?embed=1#model=arch2vec&ops=conv3x3&edges=0-1,1-2&move=0,0")
    expect(page.locator(".mine")).to_have_text("This is a cell.")
    assert (state(page, "model"), state(page, "ops")) == ("arch2vec", "conv3x3")
    expect(page.get_by_role("heading", level=1)).to_be_hidden()
    page.get_by_role("button", name="P maxpool").click()
    page.get_by_role("button", name="Reset").click()
    assert state(page, "ops") == "conv3x3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "a state says model, ops, edges and move"),
        ("ops=conv5x5", "conv5x5 is no inner operation"),
        ("ops=conv3x3&edges=2-1", "edge 2-1 must lead"),
        ("ops=conv3x3&edges=0-9", "edge 0-9 must lead"),
        ("ops=&model=<b>", "there is no model <b>"),
        ("ops=&move=1", "move must be two numbers"),
        ("ops=" + ",".join(["maxpool"] * 6), "at most 7 vertices; this one has 8"),
    ],
)
def test_a_state_that_cannot_be_read_is_named_and_changes_nothing(page, text, message):
    before = page.evaluate("editor.get()")
    page.evaluate("text => editor.set(text)", text)
    expect(page.get_by_role("alert")).to_contain_text(message)
    assert page.evaluate("editor.get()") == before
    assert page.evaluate("editor.problems.splice(0).length") == 1


def test_without_its_models_the_page_says_what_to_do(plain_page, address):
    plain_page.route("**/editor.bin", lambda route: route.fulfill(body=b"\x05\0\0\0{}"))
    plain_page.goto(f"{address}/editor.html")
    expect(plain_page.get_by_role("alert")).to_contain_text("Load the page again.")


@pytest.mark.parametrize("width", [375, 768, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_every_page_and_follows_the_theme(page, width, dark):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if dark else "light")
    expect(page.locator(".wl-editor.wl-dark")).to_have_count(int(dark))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nothing_is_cut_off(page.locator(".wl-editor"))
    shot(page, f"editor_{width}_{'dark' if dark else 'light'}")


@pytest.fixture
def phone(browser, address, content):
    """The editor on a small phone, and a function that drags a finger from a place by steps."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        viewport={"width": 375, "height": 667}, has_touch=True, is_mobile=True
    )
    opened = context.new_page()
    opened.route("**/editor.bin", lambda route: route.fulfill(body=content))
    opened.goto(f"{address}/editor.html")
    expect(opened.locator('[data-focus="near 0"]')).to_be_attached()
    session = context.new_cdp_session(opened)

    def finger(start, step, *, then=lambda: None):
        def touch(kind, *places):
            points = [{"x": x, "y": y} for x, y in places]
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", start)
        for k in range(1, 9):
            touch("touchMove", (start[0] + k * step[0], start[1] + k * step[1]))
        then()
        touch("touchEnd")

    yield opened, finger
    assert opened.evaluate("editor.problems") == []
    context.close()


def test_what_is_further_down_is_folded_on_a_phone(phone):
    page, _ = phone
    nearest, title = page.locator('[data-focus="near 0"]'), "The nearest cells to the point"
    expect(nearest).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight") < 2400
    page.get_by_role("heading", name=title).tap()
    expect(nearest).to_be_visible()


def test_a_finger_edits_the_cell(phone):
    page, finger = phone
    page.locator('[data-focus="vertex 1"] circle').tap()
    assert state(page, "ops") == "maxpool,maxpool,maxpool"
    page.get_by_role("heading", name="1. Your cell").evaluate("e => e.scrollIntoView()")
    scrolled = page.evaluate("scrollY")
    start, end = (middle(page.locator(f'[data-focus="vertex {v}"] circle')) for v in (2, 4))
    finger(start, ((end[0] - start[0]) / 8, 0))
    assert "2-4" in state(page, "edges") and page.evaluate("scrollY") == scrolled


def test_a_finger_drags_the_point_and_sees_what_is_decoded(phone):
    """One screen holds the map and the decoded cell; a finger beside the handle scrolls."""
    page, finger = phone
    page.get_by_role("heading", name="2. Its latent point").evaluate("e => e.scrollIntoView()")
    scrolled = page.evaluate("scrollY")

    def both_are_seen():
        expect(page.get_by_role("status")).to_contain_text("The point is moved by")
        box = page.locator("section", has_text="3. The cell decoded there").locator("svg")
        assert box.bounding_box()["y"] + box.bounding_box()["height"] < 667
        page.screenshot(path=SCREENSHOTS / "editor_phone.png")

    x, y = middle(page.locator(".handle"))
    finger((x, y), (10, -10), then=both_are_seen)
    now = middle(page.locator(".handle"))
    assert abs(now[0] - x - 80) < 3 and abs(now[1] - y + 80) < 3
    assert page.evaluate("scrollY") == scrolled
    finger((40, now[1] + 60), (0, -8))
    page.wait_for_function(f"scrollY > {scrolled + 30}")


def test_the_widget_takes_the_module_as_one_text(page, address):
    names = page.evaluate(f"async () => Object.keys(await import('{address}/whole/editor.js'))")
    assert {"default", "mount"} <= set(names)


def test_in_jupyterlab_the_state_reaches_python_and_python_answers(lab, server):
    _, folder = server
    root = Path(editor_data.ROOT)
    lab.run_cells(folder, "editor", [
        f"""
import numpy as np
from wl2nas import cells, explore, train
model = train.load_checkpoint({str(root / 'data/checkpoints/ours.safetensors')!r})
space = cells.nasbench101().take(np.arange(0, 400_000, 200))
explorer = explore.Editor(model, space, start=17)
explorer.show("the editor")
""",
        "print('all cells have run')",
        "",
    ])  # fmt: skip
    output = lab.page.locator(".wl-editor")
    expect(output.get_by_role("status")).to_contain_text("The same cell, entry by entry.")
    output.get_by_role("button", name="all 2,000 cells").click()
    expect(output.get_by_text("Among all 2,000 cells")).to_be_visible()
    output.locator('[data-focus="vertex 1"]').focus()
    lab.page.keyboard.press("3")
    lab.page.keyboard.press("Delete")  # JupyterLab must not hear it
    expect(output.get_by_role("alert")).to_be_empty()
    lab.shot("editor_jupyterlab")
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    expect(lab.page.locator(".wl-editor.wl-dark")).to_be_visible()
    lab.shot("editor_jupyterlab_dark")
    mine = output.get_by_label("state to copy").input_value()
    assert lab.python("explorer.state == " + repr(mine)) == "True"
    assert lab.python("explorer.errors") == "[]"
    assert lab.page.locator(".jp-CodeCell").count() == 3
