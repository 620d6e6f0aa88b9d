"""The search replay in a real browser: its model against Python's, and a game of a reader."""

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from conftest import SCREENSHOTS, save_notebook
from wl2nas.explore import replay
from wl2nas.explore.replay_record import unpacked
from wl2nas.search import gp

FILE = Path(__file__).parents[2] / "data" / "results" / "replay.json"
RECORD = json.loads(FILE.read_text(encoding="utf-8"))["numbers"]
ROWS = unpacked(RECORD["rows"])
ANSWERS = unpacked(RECORD["answers"])
JUDGED = unpacked(RECORD["judged"])


@pytest.fixture
def page(plain_page, address):
    """The plain page of the replay, its record beside it."""
    plain_page.route("**/replay.json", lambda route: route.fulfill(path=FILE))
    plain_page.goto(f"{address}/replay.html")
    plain_page.wait_for_function("window.replay")
    yield plain_page
    assert plain_page.evaluate("replay.problems") == []


def shot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def order(**state) -> np.ndarray:
    first = replay.State("gp", "statistics", 0, 60)
    return replay.asked(RECORD, first._replace(**state))


def status(page):
    return page.get_by_role("status")


def look_at(page, row):
    page.get_by_label("Another row").fill(str(row))
    page.keyboard.press("Enter")


def play(page, rows):
    """Ask these rows in a game, by typing them."""
    for row in rows:
        look_at(page, row)
        page.get_by_role("button", name="Ask this cell").click()


# --- arithmetic ---------------------------------------------------------------------------------


@pytest.mark.parametrize("representation", list(RECORD["representations"]))
def test_the_model_of_the_page_is_that_of_python(page, address, representation):
    state = replay.State("gp", representation, 3, 40)
    program = """async ([url, record, name, places, targets]) => {
        const m = await import(url);
        const features = m.readRecord(record).features(name);
        const distances = places.map((place) => m.distancesTo(features, place));
        const found = m.posterior(distances, places, m.floored(targets));
        return [[...found.mean], [...found.width]];
    }"""
    places = replay.asked(RECORD, state)
    given = [f"{address}/whole/replay.js", RECORD, representation, places.tolist()]
    mean, width = page.evaluate(program, [*given, ANSWERS[places].tolist()])
    expected = replay.believed(RECORD, state)
    np.testing.assert_allclose(mean, expected.mean, atol=1e-6)
    np.testing.assert_allclose(width, expected.std, atol=1e-6)


def test_the_page_tries_the_lengths_and_noises_of_the_library(page, address):
    program = """async (url) => {
        const m = await import(url);
        return [m.INVERSE_LENGTHS, m.NOISE_RATIOS];
    }"""
    found = page.evaluate(program, f"{address}/whole/replay.js")
    assert found == [list(gp.INVERSE_LENGTHS), list(gp.NOISE_RATIOS)]


def test_luck_is_what_draws_without_knowledge_achieve(page, address):
    """The exact probability against 20,000 drawn games; what was dealt needs no luck."""
    program = """async ([url, record, order]) => {
        const m = await import(url);
        return m.luck(m.readRecord(record), order);
    }"""
    first = unpacked(RECORD["runs"]["random"])[:, :10].astype(int)
    dealt = first[ANSWERS[first].max(axis=1).argmin()].tolist()  # the weakest start can be beaten
    others = np.setdiff1d(np.arange(len(ROWS)), dealt)
    rng = np.random.default_rng(0)
    best = np.array([ANSWERS[rng.choice(others, 20, replace=False)].max() for _ in range(20_000)])
    goal = others[np.argmin(np.abs(ANSWERS[others] - np.quantile(best, 0.7)))]
    worse = others[np.argsort(ANSWERS[others], kind="stable")[:19]]
    found = page.evaluate(
        program, [f"{address}/whole/replay.js", RECORD, [*dealt, int(goal), *worse.tolist()]]
    )
    assert abs(found - (best >= ANSWERS[goal]).mean()) < 0.012
    same = [f"{address}/whole/replay.js", RECORD, [*dealt, *worse.tolist()]]
    assert page.evaluate(program, same) == 1


def test_a_cell_of_the_page_is_the_cell_of_the_table(page, address):
    from wl2nas import cells

    program = """async ([url, record, places]) => {
        const m = await import(url);
        const data = m.readRecord(record);
        return places.map((place) => data.cell(place));
    }"""
    places = list(range(0, len(ROWS), 50))
    found = page.evaluate(program, [f"{address}/whole/replay.js", RECORD, places])
    space = cells.nasbench101()
    for place, cell in zip(places, found, strict=True):
        expected = space[ROWS[place]]
        assert tuple(cell["names"]) == expected.names
        assert [tuple(edge) for edge in cell["edges"]] == expected.edges


# --- watching -----------------------------------------------------------------------------------


def test_a_run_is_stepped_through_with_the_keyboard(page):
    run = order()
    expect(status(page)).to_contain_text("10 cells are dealt")
    expect(status(page)).to_contain_text(f"Next it asks row {ROWS[run[10]]}")
    slider = page.get_by_label("question", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(status(page)).to_contain_text(
        f"Question 11: row {ROWS[run[10]]} answers {ANSWERS[run[10]]:.1f} %"
    )
    page.keyboard.press("End")
    expect(status(page)).to_contain_text("The budget is spent")
    expect(status(page)).to_contain_text(f"best so far {ANSWERS[run].max():.1f} %")
    expect(slider).to_be_focused()
    assert page.evaluate("replay.get()") == (
        "method=gp&representation=statistics&deal=0&question=60"
    )


def test_what_is_asked_next_is_drawn_with_the_model_s_guess(page):
    page.get_by_label("Representation", exact=True).select_option("ours")
    page.get_by_role("button", name="Step ▶").click()
    state = replay.State("gp", "ours", 0, 11)
    following = order(representation="ours")[11]
    guess = replay.believed(RECORD, state)
    card = page.locator(".card")
    expect(card).to_contain_text(f"Row {ROWS[following]}, asked next")
    expect(card).to_contain_text(
        f"guesses {guess.mean[following]:.1f} %, give or take {guess.std[following]:.1f} points"
    )
    page.get_by_label("Method", exact=True).select_option("evolution")
    expect(card).not_to_contain_text("guesses")
    assert page.get_by_label("Colour", exact=True).locator("option").all_inner_texts() == [
        "the answers",
        "all accuracies",
    ]


def test_play_goes_on_by_itself_and_stops(page):
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("/question=1[3-9]/.test(replay.get())")
    page.get_by_role("button", name="Pause").click()
    shown = page.evaluate("replay.get()")
    page.wait_for_timeout(1500)
    assert page.evaluate("replay.get()") == shown


def test_a_dot_is_chosen_by_mouse_and_by_keyboard(page):
    """A click near a dot chooses it, arrows go to a neighbour; and the map is not blank."""
    canvas = page.get_by_role("application")
    box = canvas.bounding_box()
    place = 1234
    x, y = unpacked(RECORD["representations"]["statistics"]["places"])[place] / 32767
    at = (14 + x * (box["width"] - 28), box["height"] - 14 - y * (box["height"] - 28))
    canvas.click(position={"x": at[0], "y": at[1]})
    heading = page.locator(".card .title")
    expect(heading).to_contain_text(f"Row {ROWS[place]}")
    page.keyboard.press("ArrowRight")
    expect(heading).not_to_contain_text(f"Row {ROWS[place]}")
    colours = page.evaluate("""() => {
        const canvas = document.querySelector("canvas");
        const pen = canvas.getContext("2d");
        const pixels = new Uint32Array(
            pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer
        );
        return new Set(pixels.filter((pixel) => pixel >>> 24 === 255)).size;
    }""")
    assert colours > 10


def test_a_link_holds_the_run_and_the_question(page, address):
    page.goto(f"{address}/replay.html#method=local&representation=ours&deal=7&question=33")
    page.reload()
    page.wait_for_function("window.replay")
    expect(status(page)).to_contain_text("Question 33:")
    expect(page.get_by_label("Deal", exact=True)).to_have_value("7")
    page.get_by_role("button", name="Step ▶").click()
    assert page.url.endswith("#method=local&representation=ours&deal=7&question=34")
    page.get_by_role("button", name="Reset").click()
    assert page.url.endswith("question=33")


def test_a_broken_link_is_named_and_the_start_is_shown(plain_page, address):
    plain_page.route("**/replay.json", lambda route: route.fulfill(path=FILE))
    plain_page.goto(f"{address}/replay.html#method=dngo&deal=900")
    expect(plain_page.get_by_role("alert")).to_contain_text("method must be one of random")
    expect(status(plain_page)).to_contain_text("10 cells are dealt")


# --- the game -----------------------------------------------------------------------------------


def test_a_game_is_played_with_the_keyboard_and_ends_with_a_verdict(page):
    page.get_by_role("button", name="Search by hand").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Questions", exact=True).select_option("20")
    expect(page.get_by_text("10 of 10 questions left")).to_be_visible()
    page.get_by_role("application").focus()
    for _ in range(200):
        if "spent" in status(page).inner_text():
            break
        page.keyboard.press(
            "ArrowRight" if "asked already" in status(page).inner_text() else "ArrowLeft"
        )
        page.keyboard.press("Enter")
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("You hand over row")
    expect(verdict.locator("tr")).to_have_count(8)
    shot(page, "replay_verdict")


def test_the_verdict_counts_the_runs_that_are_better(page):
    """Whoever asks as the process did is judged as its run of this deal is."""
    run = order()[:20]
    page.get_by_role("button", name="Search by hand").click()
    page.get_by_label("Questions", exact=True).select_option("20")
    play(page, ROWS[run[10:]])
    best = run[np.argmax(ANSWERS[run])]
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text(
        f"You hand over row {ROWS[best]}: it answered {ANSWERS[best]:.1f} %"
    )
    expect(verdict).to_contain_text(f"gives it {JUDGED[best]:.1f} %")
    line = verdict.locator("tr", has_text="Gaussian process, simple statistics").locator("td")
    runs = unpacked(RECORD["runs"]["gp/statistics"])[:, :20].astype(int)
    judged = JUDGED[[run[np.argmax(ANSWERS[run])] for run in runs]]
    assert line.all_inner_texts()[1] == f"{JUDGED[best]:.1f} %"
    better, worse = (judged < JUDGED[best]).sum(), (judged > JUDGED[best]).sum()
    assert line.all_inner_texts()[3] == f"{better}, {len(judged) - better - worse}, {worse}"
    starts = ANSWERS[unpacked(RECORD["runs"]["random"])[:, :10].astype(int)].max(axis=1)
    weaker = (starts < starts[0]).sum()
    expect(verdict).to_contain_text(f"a better start than {weaker} of the other 49 deals")


def test_accuracies_stay_hidden_until_the_game_is_over(page):
    page.get_by_label("Colour", exact=True).select_option("all")
    page.get_by_role("button", name="Search by hand").click()
    expect(page.get_by_label("Colour", exact=True)).to_have_value("answers")
    assert "all accuracies" not in page.get_by_label("Colour", exact=True).inner_text()
    look_at(page, ROWS[order()[30]])
    facts = page.locator(".card p").nth(1)
    expect(facts).to_have_text("Not asked yet.")
    page.get_by_label("Colour", exact=True).select_option("guess")
    expect(facts).to_contain_text("Not asked yet. The model guesses")


def test_a_row_that_is_not_there_is_named(plain_page, address):
    plain_page.route("**/replay.json", lambda route: route.fulfill(path=FILE))
    plain_page.goto(f"{address}/replay.html")
    look_at(plain_page, 5)
    expect(plain_page.get_by_role("alert")).to_contain_text("the table does not hold row 5")


def test_a_finger_plays_and_the_page_fits_a_phone(browser, address):
    for scheme in ("light", "dark"):
        context = browser.new_context(
            viewport={"width": 375, "height": 740}, has_touch=True, color_scheme=scheme
        )
        phone = context.new_page()
        phone.route("**/replay.json", lambda route: route.fulfill(path=FILE))
        phone.goto(f"{address}/replay.html")
        phone.get_by_role("button", name="Search by hand").tap()
        canvas = phone.get_by_role("application")
        assert canvas.evaluate("c => getComputedStyle(c).touchAction") == "auto"  # a finger scrolls
        canvas.tap(position={"x": 150, "y": 150})
        phone.get_by_role("button", name="Ask this cell").tap()
        expect(phone.get_by_text("19 of 20 questions left")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") <= 375
        assert phone.locator(".wl-dark").count() == (scheme == "dark")
        shot(phone, f"replay_phone_{scheme}")
        context.close()


@pytest.mark.parametrize("width", [375, 700, 1280])
def test_nothing_leaves_the_page(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_label("Representation", exact=True).select_option("arch2vec_published")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"replay_{width}")


def test_a_page_without_its_record_says_so(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/replay.html")
    expect(page.get_by_role("alert")).to_contain_text("replay.json is missing")
    page.close()


def test_the_module_works_as_one_text(page, address):
    """As anywidget gets it, where a name that was imported under another one would be missing."""
    program = """async ([url, record]) => {
        const m = await import(url);
        const place = document.createElement("div");
        const replay = m.mount(place, record, {state: "method=evolution&question=59"});
        return [replay.get(), replay.problems, place.querySelector("[role=status]").textContent];
    }"""
    state, problems, said = page.evaluate(program, [f"{address}/whole/replay.js", RECORD])
    assert state == "method=evolution&representation=statistics&deal=0&question=59"
    assert problems == [] and said.startswith("Question 59:")


def test_a_mistake_of_the_program_is_shown(page, address):
    program = """async ([url, record]) => {
        const m = await import(url);
        const place = document.createElement("div");
        document.body.append(place);
        const heard = [];
        const damaged = {...record, answers: {...record.answers, type: "float80"}};
        m.mount(place, damaged, {onError: (text) => heard.push(text)});
        return [place.querySelector("[role=alert]").textContent, heard.length];
    }"""
    text, heard = page.evaluate(program, [f"{address}/replay.js", RECORD])
    assert text.startswith("This did not work.") and heard == 1


# --- JupyterLab ---------------------------------------------------------------------------------


def test_in_jupyterlab_picks_and_state_reach_python(lab, server):
    source = [
        "import json, pathlib\nfrom wl2nas import benchmarks, explore\n"
        f"record = json.loads(pathlib.Path({str(FILE)!r}).read_text())['numbers']\n"
        "replay = explore.Replay(record, benchmarks.load('measured'))\nreplay.show('A search.')",
        "1",
    ]
    lab.open(save_notebook(server[1], "replay", source).name)
    lab.run_all()
    root = lab.page.locator(".wl-replay")
    root.get_by_label("question", exact=True).focus()
    lab.page.keyboard.press("ArrowRight")  # which JupyterLab would like to have for itself
    expect(root.get_by_role("status")).to_contain_text("Question 11:")
    assert lab.python("replay.state[-11:]") == "question=11"
    lab.python("0", before="replay.state = 'method=local&question=20'")
    expect(root.get_by_role("status")).to_contain_text("Question 20:")
    root.get_by_role("button", name="Search by hand").click()
    root.get_by_role("application").focus()
    lab.page.keyboard.press("ArrowRight")
    lab.page.keyboard.press("Enter")
    expect(root.get_by_text("19 of 20 questions left")).to_be_visible()
    lab.shot("replay_lab")
    picks = json.loads(lab.python("replay.picks"))
    assert len(picks) == 1 and picks[0] in ROWS
    assert lab.python("replay.errors") == "[]"
    lab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    expect(lab.page.locator(".wl-replay.wl-dark")).to_have_count(1)
    lab.shot("replay_lab_dark")
