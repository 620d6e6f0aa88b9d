"""The stepper in a real browser: its arithmetic against Python's, and used like a reader would."""

import json
import re
import time

import networkx as nx
import numpy as np
import pytest
from playwright.sync_api import expect

from conftest import SCREENSHOTS, save_notebook
from wl2nas import graphs, wl
from wl2nas.explore import stepper

REFINE = """async ([address, list]) => {
    const m = await import(address);
    return list.map((texts) => {
        const whole = m.union(texts.map(m.decodeGraph));
        return m.DIRECTIONS.map((direction) => m.refine(whole, direction));
    });
}"""


@pytest.fixture
def page(plain_page, address):
    """The plain page of the stepper."""
    plain_page.goto(f"{address}/stepper.html")
    return plain_page


def shot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def graph_text(adjacency, labels) -> str:
    state = stepper.State((stepper.drawn(adjacency, labels),))
    return stepper.encode(state).partition("&a=")[2]


def python_history(texts) -> list:
    state = stepper.decode("&".join(f"{n}={t}" for n, t in zip("ab", texts, strict=False)))
    whole, labels = state.graphs[0].adjacency, [g.labels for g in state.graphs]
    if len(texts) == 2:
        whole = graphs.disjoint_union(whole, state.graphs[1].adjacency)
    return [
        [c.tolist() for c in wl.refine(whole, np.concatenate(labels), direction=direction)]
        for direction in wl.DIRECTIONS
    ]


def test_colours_are_those_of_python_on_random_graphs_and_all_presets(page, address):
    rng, cases = np.random.default_rng(0), []
    for k in range(200):
        n = int(rng.integers(1, 13))
        adjacency = (rng.random((n, n)) < rng.choice([0.1, 0.25, 0.5])) & ~np.eye(n, dtype=bool)
        adjacency |= adjacency.T & (k % 4 == 0)
        cases.append([graph_text(adjacency, rng.integers(0, 3, n))])
    presets = page.evaluate(f"async () => (await import('{address}/whole/stepper.js')).PRESETS")
    assert len(presets) == 6
    cases += presets.values()
    assert page.evaluate(REFINE, [f"{address}/whole/stepper.js", cases]) == [
        python_history(case) for case in cases
    ]


def test_graph6_and_numpy_text_are_read_as_networkx_writes_them(page, address):
    sample = [nx.gnp_random_graph(n, 0.4, seed=n) for n in range(1, 30)]
    texts = [
        nx.to_graph6_bytes(g, header=n % 2 == 0).decode().strip() for n, g in enumerate(sample)
    ]
    texts += [str(nx.to_numpy_array(g, dtype=int)) for g in sample]
    texts += [json.dumps(nx.to_numpy_array(g, dtype=int).tolist()) for g in sample]
    parse = "async ([url, list]) => { const m = await import(url); return list.map(m.parse); }"
    found = page.evaluate(parse, [f"{address}/whole/stepper.js", texts])
    for graph, read in zip(sample * 3, found, strict=True):
        adjacency = graphs.from_edges(len(graph), read[0]["edges"])
        assert (adjacency == nx.to_numpy_array(graph)).all()


def test_a_separating_round_is_named_or_a_doubly_stochastic_matrix_shown(page):
    page.get_by_role("button", name="hexagon, two triangles").click()
    both = page.locator('section[data-direction="both"]')
    expect(both).to_contain_text("never told apart")
    expect(page.locator("td", has_text=re.compile("^1/6$"))).to_have_count(36)
    page.get_by_role("button", name="Step ▶").click()  # one round beyond: why nothing changes
    expect(page.get_by_role("status")).to_contain_text("in every class all see alike")
    page.locator('[data-focus="vertex 0 2"]').focus()
    expect(page.locator(".look")).to_contain_text(
        "Vertex A 2, in colours of the round before: it was a and saw predecessors aa"
    )
    shot(page, "stepper_two_graphs")
    page.get_by_role("button", name="bridge, turned round").click()
    page.get_by_role("button", name="Step ▶").click()
    expect(both).to_contain_text("told apart in round 1")
    page.get_by_role("button", name="in: predecessors").click()
    assert "Doubly stochastic" not in page.locator(".wl-stepper").inner_text()
    page.get_by_role("button", name="undirected: A + Aᵀ").click()
    expect(page.get_by_role("status")).to_contain_text("never told apart")
    expect(page.get_by_text("Doubly stochastic")).to_be_visible()


def test_x_is_doubly_stochastic_and_commutes(page, address):
    program = """async (url) => {
        const m = await import(url);
        return Object.values(m.PRESETS).filter((p) => p.length === 2).flatMap((texts) => {
            const state = {round: 0, cell: false, graphs: texts.map(m.decodeGraph)};
            return m.DIRECTIONS.map((d) => [texts, d, m.view(state, d).X]);
        });
    }"""
    seen = 0
    for texts, direction, x in page.evaluate(program, f"{address}/whole/stepper.js"):
        if x is None:
            continue
        a, b = (stepper.decode(f"a={text}").graphs[0].adjacency for text in texts)
        if direction == "undirected":
            a, b = graphs.skeleton(a), graphs.skeleton(b)
        x, seen = np.array(x), seen + 1
        np.testing.assert_allclose([x.sum(axis=0), x.sum(axis=1)], 1)
        np.testing.assert_allclose([a @ x, a.T @ x], [x @ b, x @ b.T], atol=1e-12)
    assert seen == 6  # hexagon twice, straight and crossed twice, bridge and puzzle on skeletons


def test_a_graph_is_drawn_with_the_keyboard_alone(page):
    page.get_by_role("button", name="chain of three").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add vertex").focus()
    page.keyboard.press("Enter")  # a fourth vertex, focused
    expect(page.locator('[data-focus="vertex 0 3"]')).to_be_focused()
    page.keyboard.press("ArrowRight")  # moves it
    page.keyboard.press("Enter")  # selects it
    for _ in range(2):  # the one before in the order of the keyboard
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    state = page.evaluate("stepper.get()")
    assert "&a=4;0-1,1-2,3-1;0,0,0,0;" in state
    page.get_by_label("round").focus()
    page.keyboard.press("ArrowRight")
    status = page.get_by_role("status")
    expect(status).to_contain_text("Round 1, both, kept apart: 3 classes")
    expect(page.locator('section[data-direction="in"]')).to_contain_text("3 classes")
    page.locator('[data-focus="vertex 0 3"]').focus()
    page.keyboard.press("Delete")
    assert "&a=3;0-1,1-2;" in page.evaluate("stepper.get()")


def test_a_graph_is_drawn_with_the_mouse(page):
    page.get_by_role("button", name="chain of three").click()
    box = page.locator('svg[data-graph="0"]').bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.7 * box["height"])
    assert "&a=4;0-1,1-2;" in page.evaluate("stepper.get()")
    page.locator('[data-focus="vertex 0 0"] circle').click()  # the new one is not selected
    page.keyboard.press("Escape")
    page.locator('[data-focus="vertex 0 3"] circle').click()
    page.locator('[data-focus="vertex 0 0"] circle').click()  # joins 3 -> 0
    assert "&a=4;0-1,1-2,3-0;" in page.evaluate("stepper.get()")
    page.get_by_role("button", name="Undo").click()
    assert "&a=4;0-1,1-2;" in page.evaluate("stepper.get()")
    page.get_by_role("button", name="Redo").click()
    assert "&a=4;0-1,1-2,3-0;" in page.evaluate("stepper.get()")
    line = page.locator('svg[data-graph="0"] [data-edge="0-1"] line')
    line.click()  # neither a click on an edge nor the right button adds a vertex
    page.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.8 * box["height"], button="right")
    assert "&a=4;" in page.evaluate("stepper.get()")
    page.locator('[data-focus="vertex 0 0"] circle').click()
    page.get_by_role("button", name="Label +").click()
    assert "3-0;1,0,0,0;" in page.evaluate("stepper.get()")
    page.get_by_role("button", name="Delete vertex").click()
    assert "&a=3;0-1;0,0,0;" in page.evaluate("stepper.get()")
    start = page.locator('[data-focus="vertex 0 0"]').bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.6 * box["height"], steps=5)
    page.mouse.up()  # dragged, and not selected
    assert page.locator('[data-focus="vertex 0 0"]').get_attribute("aria-pressed") == "false"
    assert "&a=3;0-1;0,0,0;" in page.evaluate("stepper.get()")


def test_the_round_is_dragged_and_played(page):
    slider = page.get_by_label("round")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    last = slider.get_attribute("max")
    assert slider.input_value() == last and int(last) > 2
    page.get_by_role("button", name="Play").click()  # from the start again
    expect(page.get_by_role("status")).to_contain_text("Round 1,")
    expect(page.get_by_role("status")).to_contain_text("Round 2,")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_role("status")).to_contain_text("Round 0,")
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_class_keeps_its_letter_until_it_splits(page, address):
    program = """async (url) => {
        const { lastingNames, refine } = await import(url);
        const path = { labels: Array(9).fill(0), edges: [] };
        for (let v = 0; v < 8; v++) path.edges.push([v, v + 1]);
        return [refine(path, "both"), lastingNames(refine(path, "both"))];
    }"""
    numbers, names = page.evaluate(program, f"{address}/whole/stepper.js")
    for old, new, before, after in zip(names, names[1:], numbers, numbers[1:], strict=False):
        assert len(set(zip(new, after, strict=True))) == len(set(after))  # one name a class
        for name in set(old):
            kept = [new[v] for v in range(9) if old[v] == name]
            assert kept.count(name) == max(kept.count(other) for other in kept)
        assert len(set(zip(old, before, strict=True))) == len(set(before))


def test_the_focus_is_seen_and_hides_nothing(page):
    vertex = page.locator('[data-focus="vertex 0 1"]')
    vertex.click()
    style = "e => getComputedStyle(e).outlineStyle"
    expect(vertex).to_be_focused()
    assert vertex.evaluate(style) == "none"
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.evaluate(style) == "none"
    ring = focused.locator("circle").evaluate("e => getComputedStyle(e).stroke")
    assert ring != vertex.locator("circle").evaluate("e => getComputedStyle(e).stroke")


def test_ten_classes_have_ten_looks(page):
    places = ",".join(f"{5 + 9 * v},{30 + 40 * (v % 2)}" for v in range(10))
    labels = ",".join(map(str, range(10)))
    page.evaluate("state => stepper.set(state)", f"round=0&cell=0&a=10;0-9;{labels};{places}")
    looks = page.locator('svg[data-graph="0"] [data-vertex]').evaluate_all(
        "all => all.map(g => [...g.querySelectorAll('circle, .half')].map(p => p.style.fill))"
    )
    assert len({tuple(look) for look in looks}) == 10
    page.get_by_text("Signatures and histogram").click()
    swatches = page.locator("details .swatch").evaluate_all(
        "all => all.map(s => s.style.background)"
    )
    assert len(set(swatches)) == 10
    shot(page, "stepper_ten_classes")


def test_a_number_stands_where_no_edge_runs_through_it(page):
    """Sampled along the edges of all presets, where there is a side without one."""
    for name in page.locator('[aria-label="examples"] button').all_inner_texts():
        page.get_by_role("button", name=name).click()
        covered = page.locator("svg[data-graph]").evaluate_all(
            """all => all.flatMap(svg => [...svg.querySelectorAll("[data-vertex]")].map(vertex => {
                const { left, right, top, bottom } = vertex.querySelector(".under").getBoundingClientRect();
                const [number, board] = [vertex.dataset.vertex, svg.getBoundingClientRect()];
                const out = left < board.left || right > board.right || bottom > board.bottom || top < board.top;
                const through = [...svg.querySelectorAll("[data-edge] line, [data-edge] polygon")].some(part => {
                    const at = part.getScreenCTM();
                    for (let k = 0; k <= 40 && part.tagName === "line"; k++) {
                        const [x, y] = ["x", "y"].map(c => part[c + 1].baseVal.value * (1 - k / 40) + part[c + 2].baseVal.value * k / 40);
                        const p = new DOMPoint(x, y).matrixTransform(at);
                        if (p.x > left && p.x < right && p.y > top && p.y < bottom) return true;
                    }
                    return false;
                });
                return out || through ? number : null;
            }).filter(number => number !== null))"""  # noqa: E501
        )
        assert covered == [], name


def test_hovering_lights_neighbours_and_the_matrix(page):
    page.get_by_role("button", name="chain of three").click()
    page.get_by_text("The matrix that is read").click()
    page.locator('[data-focus="vertex 0 1"]').hover()
    expect(page.locator('svg[data-graph="0"] [data-vertex].lit')).to_have_count(2)
    expect(page.locator("[data-matrix] .lit")).to_have_count(7)  # a row, a column, both heads


def test_a_finger_scrolls_but_for_the_board(page):
    touch = "e => getComputedStyle(e).touchAction"
    assert page.locator('svg[data-graph="0"]').evaluate(touch) == "none"
    assert page.locator(".directions svg").first.evaluate(touch) == "auto"


@pytest.mark.parametrize(
    ("text", "graph"),
    [
        ("[[0. 1. 0.]\n [0. 0. 1.]\n [0. 0. 0.]]", "3;0-1,1-2;0,0,0"),
        ("array([[0., 1.],\n       [0., 0.]])", "2;0-1;0,0"),
        ("tensor([[0, 1],\n        [0, 0]], dtype=torch.uint8)", "2;0-1;0,0"),
        ("Array([[0., 1.],\n       [0., 0.]], dtype=float32)", "2;0-1;0,0"),
        ("EdgeView([(0, 1), (1, 2)])", "3;0-1,1-0,1-2,2-1;0,0,0"),
        ("[(0, 1), (1, 2)]", "3;0-1,1-2;0,0,0"),
        ("0 -> 1 -> 2", "3;0-1,1-2;0,0,0"),
        ("A -> B\nB -> C", "3;0-1,1-2;0,0,0"),
        ("0 -> 1 -> 2, labels input conv3x3 output", "3;0-1,1-2;0,2,4"),
        (
            '{"module_adjacency": [[0, 1], [0, 0]], "module_operations": ["input", "output"]}',
            "2;0-1;0,4",
        ),
        ("http://127.0.0.1/stepper.html#round=2&cell=0&a=3;0-1,1-2;0,0,0", "3;0-1,1-2;0,0,0"),
    ],
)
def test_what_people_have_at_hand_is_read(page, text, graph):
    page.get_by_text("Paste a graph").click()
    page.get_by_label("graph as text").fill(text)
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_role("alert")).to_be_empty()
    state = page.evaluate("stepper.get()")
    assert f"&a={graph};" in state and state.startswith("round=2" if "#" in text else "round=0")


@pytest.mark.parametrize("dark", [False, True])
def test_it_follows_the_theme(page, dark):
    page.emulate_media(color_scheme="dark" if dark else "light")
    expect(page.locator(".wl-stepper.wl-dark")).to_have_count(int(dark))
    page.get_by_role("button", name="Step ▶").click()
    shot(page, f"stepper_{'dark' if dark else 'light'}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 -> 1, " * 5_000, "the text has 40000 characters; at most 32768"),
        ("0 -> 9999", "10000 vertices are too many"),
        ("labels " + "0 " * 10_000, "10000 vertices are too many"),
        ("[[0,1],[0]]", "row 1 of the matrix has 1 entries"),
        ("[[0,2],[0,0]]", "the matrix holds 2 at 0, 1"),
        ("[[0,1],[0,0]", "brackets do not form matrices"),
        (">>graph6<<E!", "no graph6"),
        ("E?", "takes 3 more characters; it has 1"),
        ("0 => 1", "is no edge"),
        ("1 -> 1", "is a loop"),
        ("0 -> 1, labels 1 2 3 x", "no whole number"),
        ("<img src=x onerror=alert(1)>", "is no edge"),
        ("", "nothing to read"),
        ("a=99999999999", "no whole number"),
    ],
)
def test_what_cannot_be_read_is_named_and_changes_nothing(page, text, message):
    before = page.evaluate("stepper.get()")
    page.get_by_text("Paste a graph").click()
    page.get_by_label("graph as text").fill(text)
    started = time.monotonic()
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_role("alert")).to_contain_text(message, timeout=5_000)
    assert time.monotonic() - started < 10  # not frozen
    assert page.evaluate("stepper.get()") == before
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_megabyte_is_refused_before_it_is_in_the_page(page, kind):
    program = """([kind, size]) => {
        const data = new DataTransfer();
        data.setData("text", "0 -> 1\\n".repeat(size / 7));
        const options = {clipboardData: data, dataTransfer: data, bubbles: true, cancelable: true};
        const event = new (kind === "paste" ? ClipboardEvent : DragEvent)(kind, options);
        return document.querySelector("textarea").dispatchEvent(event);
    }"""
    assert page.evaluate(program, [kind, 700]) is True  # the browser may go on
    expect(page.get_by_role("alert")).to_be_empty()
    assert page.evaluate(program, [kind, 1_050_000]) is False
    expect(page.get_by_role("alert")).to_contain_text("1050000 characters; at most 32768")


def garbled(rng, text: str) -> str:
    """The text with pieces taken out, doubled, or exchanged for characters that mean something."""
    pieces = list(text)
    for _ in range(int(rng.integers(1, 6))):
        where = int(rng.integers(0, len(pieces) + 1))
        new = list(
            rng.choice(list("0123456789,;-=&>[]() ~?#abel\n\u2192\U0001f600<"), rng.integers(0, 4))
        )
        pieces[where : where + int(rng.integers(0, 4))] = new
    return "".join(pieces)


def test_garbled_text_is_read_or_refused_in_words(page, address):
    """Never another exception than InputError, never a graph that breaks the module's own rules."""
    rng = np.random.default_rng(0)
    seeds = ["0 -> 1, 1 -> 2, labels 0 0 1", "[[0,1],[0,0]] [1,2]", "E?Bw", ">>graph6<<E?Bw"]
    seeds += ["round=1&cell=0&a=3;0-1,1-2;0,0,1;10,50,50,50,90,50&b=1;;;", "a=2;0-1", "0 -- 1\n1 2"]
    texts = [garbled(rng, seeds[k % len(seeds)]) for k in range(4_000)]
    program = """async ([url, texts]) => {
        const m = await import(url);
        const wrong = [];
        let read = 0;
        for (const text of texts) for (const f of [m.parse, (t) => m.decode(t).graphs]) {
            try {
                const graphs = f(text);
                const state = {round: 0, cell: false, graphs};
                if (m.encode(m.decode(m.encode(state))) !== m.encode(state)) wrong.push(text);
                m.DIRECTIONS.forEach((direction) => m.view(state, direction));
                read++;
            } catch (error) {
                if (!(error instanceof m.InputError)) wrong.push([text, String(error)]);
            }
        }
        return [wrong, read];
    }"""
    wrong, read = page.evaluate(program, [f"{address}/whole/stepper.js", texts])
    assert wrong == []
    assert 200 < read < len(texts)  # both happen


def test_where_a_cell_is_asked_for_what_is_missing_is_said(page):
    page.get_by_role("button", name="chain of three").click()
    page.get_by_role("button", name="Must be a cell").click()
    status = page.get_by_role("status")
    assert "Not a cell" not in status.inner_text()
    page.get_by_text("Paste a graph").click()
    page.get_by_label("graph as text").fill("0 -> 1, 1 -> 2, 2 -> 0")
    page.get_by_role("button", name="Read").click()
    expect(status).to_contain_text("Not a cell yet: it has the cycle 0 → 1 → 2 → 0")
    page.get_by_label("graph as text").fill("0 -> 1, 2 -> 1")
    page.get_by_role("button", name="Read").click()
    expect(status).to_contain_text("without predecessor: 0, 2")


def test_a_link_holds_the_graph_and_the_round(page, browser, address):
    page.get_by_role("button", name="the opening puzzle").click()
    page.get_by_role("button", name="Step ▶").click()
    assert page.url.partition("#")[2].startswith("round=1&cell=0&a=5;")
    other = browser.new_page()
    other.goto(page.url)
    expect(other.get_by_role("status")).to_contain_text("Round 1,")
    assert other.evaluate("stepper.get()") == page.evaluate("stepper.get()")
    other.goto(f"{address}/stepper.html#a=5;0-7")
    other.reload()
    expect(other.get_by_role("alert")).to_contain_text("leaves the vertices 0..4")
    other.close()


def test_it_fits_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 740})
    long = "document.documentElement.scrollHeight"
    assert page.evaluate(long) < 1_400  # one graph, the folds closed
    page.get_by_role("button", name="the opening puzzle").click()
    page.get_by_role("button", name="Step ▶").click()
    assert page.evaluate(long) < 1_650  # two graphs
    for summary in page.locator("summary").all():
        summary.click()
    shot(page, "stepper_phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(long) < 2_600  # all folds open
    board = page.locator('svg[data-graph="0"]').bounding_box()
    assert board["height"] < 400


def test_the_plain_page_at_its_full_width(page):
    page.get_by_text("Signatures and histogram").click()
    page.get_by_role("button", name="Step ▶").click()
    expect(page.locator("table").nth(1)).to_contain_text("{a, a}")
    shot(page, "stepper_page")
    assert page.evaluate("stepper.problems") == []
    board = page.locator('svg[data-graph="0"]').bounding_box()
    assert board["y"] + board["height"] < 900  # above the fold


def test_in_jupyterlab_the_state_reaches_python_and_back(lab, server):
    source = [
        "from wl2nas import cells, explore\nspace = cells.nasbench101()\n"
        "stepper = explore.Stepper(space[40965], space[182952])\nstepper.show('Two cells.')",
        "1",
    ]
    lab.open(save_notebook(server[1], "stepper", source).name)
    lab.run_all()
    saved: list[str] = []
    root = lab.page.locator(".wl-stepper")
    root.get_by_role("button", name="Step ▶").click()
    expect(root.get_by_role("status")).to_contain_text("Round 1,")
    root.get_by_label("round").focus()
    lab.page.keyboard.press("ArrowLeft")
    expect(root.get_by_role("status")).to_contain_text("Round 0,")
    lab.page.keyboard.press("ArrowRight")
    expect(root.get_by_role("status")).to_contain_text("Round 1,")
    root.get_by_role("button", name="Second graph").or_(
        root.get_by_role("button", name="Only graph A")
    ).focus()
    lab.page.keyboard.press("Enter")  # which JupyterLab would like to have for itself
    expect(root.locator(".editor")).to_have_count(1)
    root.get_by_role("button", name="Reset").click()
    lab.page.keyboard.press("Tab")
    root.locator('[data-focus="vertex 0 1"]').focus()
    lab.page.keyboard.press("Enter")
    expect(root.locator('[data-focus="vertex 0 1"]')).to_have_attribute("aria-pressed", "true")
    cells = lab.page.locator(".jp-Cell")
    before = cells.count()
    root.get_by_role("button", name="Label +").focus()
    for key in ("b", "a", "d", "d", "Control+a"):  # which JupyterLab would like to have as well
        lab.page.keyboard.press(key)
    root.get_by_text("Paste a graph").click()
    root.get_by_label("state to copy").focus()
    for key in ("Control+a", "d", "d", "x"):
        lab.page.keyboard.press(key)
    assert cells.count() == before
    lab.page.on("request", lambda r: r.method == "PUT" and saved.append(r.url))
    root.get_by_role("button", name="Step ▶").focus()
    lab.page.keyboard.press("Control+s")
    lab.page.wait_for_timeout(1_500)
    assert any("stepper.ipynb" in url for url in saved)
    root.get_by_role("button", name="Step ▶").click()
    lab.shot("stepper_lab")
    assert lab.python("stepper.state[:13]") == "round=1&cell="
    lab.python("0", before="stepper.state = stepper.state.replace('round=1', 'round=0')")
    expect(root.get_by_role("status")).to_contain_text("Round 0,")


def test_what_is_said_goes_with_the_graph(page):
    about = page.locator(".about")
    expect(about).to_contain_text("A directed graph")
    page.get_by_role("button", name="hexagon, two triangles").click()
    expect(about).to_contain_text("One ring of six")
    page.get_by_role("button", name="chain of three").click()
    expect(about).to_contain_text("Two arrows in a row")
    page.get_by_role("button", name="Undo").click()
    expect(about).to_contain_text("One ring of six")
    page.get_by_role("button", name="Clear").click()
    expect(about).to_contain_text("A graph of your own")
    page.get_by_role("button", name="Reset").click()
    expect(about).to_contain_text("A directed graph")
