"""What all explorers are made of: places of vertices as Python has them, and a drawn cell."""

import numpy as np
from playwright.sync_api import expect

from wl2nas import cells, draw

SPACE = cells.nasbench101()


def test_the_vertices_of_a_cell_stand_where_python_puts_them(plain_page, address):
    plain_page.goto(f"{address}/stepper.html")
    rows = np.random.default_rng(0).choice(len(SPACE), 200, replace=False).tolist()
    chosen = [SPACE[row] for row in rows]
    asked = [[len(cell), [[int(i), int(j)] for i, j in cell.edges]] for cell in chosen]
    program = """async ([url, list]) => {
        const { cellLayout } = await import(url);
        return list.map(([n, edges]) => cellLayout(n, edges));
    }"""
    found = plain_page.evaluate(program, [f"{address}/graphs.js", asked])
    assert found == [draw.cell_layout(cell.adjacency).tolist() for cell in chosen]


def test_a_drawn_cell_says_its_letters_and_marks_edges(plain_page, address):
    plain_page.goto(f"{address}/stepper.html")
    program = """async (url) => {
        const { drawCell } = await import(url);
        const names = ["input", "conv3x3", "maxpool", "output"];
        const cell = { names, edges: [[0, 1], [1, 2], [2, 3], [0, 3]] };
        const colours = [0, 1, 1, 2], numbers = [0, 2, 1, 3];
        document.body.replaceChildren(
            drawCell(cell, { label: "four", marked: [[0, 3]] }),
            drawCell(cell, { colours, numbers, directed: false, label: "colours" }),
        );
    }"""
    plain_page.evaluate(program, f"{address}/parts.js")
    four, colours = plain_page.get_by_label("four"), plain_page.get_by_label("colours")
    expect(four.locator("text")).to_have_text(["in", "3", "P", "out"])
    expect(four.locator("polygon")).to_have_count(4)
    assert four.locator('line[stroke="var(--mark)"][stroke-width="3.25"]').count() == 1
    expect(colours.locator("text")).to_have_text(["a", "0", "b", "2", "b", "1", "c", "3"])
    assert colours.locator("polygon").count() == 0


def test_looks_are_those_of_the_figures(plain_page, address):
    plain_page.goto(f"{address}/stepper.html")
    program = """async ([url, names, classes]) => {
        const { operationLook, classFills, classLetter } = await import(url);
        return [names.map(operationLook), classes.map(classFills), classes.map(classLetter)];
    }"""
    classes = [*range(49), 60]
    spaces = cells.NASBENCH101, cells.nasbench201().rules
    names = [name for rules in spaces for name in rules.operations]
    looks, fills, letters = plain_page.evaluate(program, [f"{address}/parts.js", names, classes])
    styles = [draw.operation_style(rules) for rules in spaces]
    assert [list(look) for style in styles for look in style.values()] == looks
    assert fills[:7] == [[fill, fill] for fill in draw.CLASS_FILLS]
    assert len({tuple(pair) for pair in fills[:49]}) == 49  # more than a stepper has vertices
    assert fills[49] == fills[60 - 49]
    assert letters == [draw.class_letter(c) for c in classes]
