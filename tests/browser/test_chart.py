"""The arithmetic of a chart: ticks, scales, and names that keep apart."""

import numpy as np
import pytest


@pytest.fixture
def called(plain_page, address):
    """The functions of places.js and chart.js by name."""
    plain_page.goto(f"{address}/stepper.html")
    program = (
        "async ([urls, name, given]) => {"
        " for (const url of urls) { const found = (await import(url))[name];"
        " if (found) return found(...given); } }"
    )
    urls = [f"{address}/{module}.js" for module in ("places", "chart")]
    return lambda name, *given: plain_page.evaluate(program, [urls, name, given])


def test_ticks_are_round(called):
    assert called("roundTicks", [-3, 2], 6) == [-3, -2, -1, 0, 1, 2]
    assert called("roundTicks", [0, 1], 6) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert called("roundTicks", [0.2, 0.31], 4) == [0.2, 0.25, 0.3]
    assert called("roundTicks", [0, 423_624], 5) == [k * 100_000 for k in range(5)]
    assert called("roundTicks", [-3, 2], 3) == [-2, 0, 2]
    assert called("powerTicks", [1e-16, 2], 9) == [10.0**k for k in range(-16, 1, 2)]
    assert called("powerTicks", [1, 1000], 10) == [1, 10, 100, 1000]
    texts = [called("tickText", *given) for given in ((-3, False), (1e-16, True), (1, True))]
    assert texts == ["−3", "10⁻¹⁶", "1"]


def test_names_keep_apart_and_within(called):
    assert called("apart", [5, 5, 5], 10, [0, 100]) == [5, 15, 25]
    assert called("apart", [98, 99, 1], 10, [0, 100]) == [90, 100, 1]
    assert called("apart", [20, 60], 10, [0, 100]) == [20, 60]


def test_a_chart_puts_values_where_they_belong(plain_page, address):
    plain_page.goto(f"{address}/stepper.html")
    program = """async (url) => {
        const { chart } = await import(url);
        const lines = [{ name: "one", points: [[0, 1e-20], [1, 1e-4], [2, 1]], colour: "red" }];
        const [x, y] = [{ title: "x", ends: [0, 2] }, { title: "y", ends: [1e-8, 1], log: true }];
        const { svg, moveMark, valueAt } = chart({ x, y, lines, mark: 1, label: "all" }, 500, 300);
        svg.style.width = "250px"; // also where it is shown smaller
        document.body.replaceChildren(svg);
        const [mark, curve] = [svg.querySelector(".mark"), svg.querySelector(".curve")];
        const places = curve.getAttribute("points").split(" ").map((p) => p.split(",").map(Number));
        const at = svg.getBoundingClientRect().left + places[1][0] / 2;
        const before = Number(mark.getAttribute("x1"));
        moveMark(2);
        return [places, before, Number(mark.getAttribute("x2")), valueAt(at), valueAt(1e5)];
    }"""
    places, before, after, middle, end = plain_page.evaluate(program, f"{address}/chart.js")
    (left, low), (center, half), (right, high) = places
    assert center == pytest.approx((left + right) / 2, abs=0.1) == pytest.approx(before, abs=0.1)
    assert half == pytest.approx((low + high) / 2, abs=0.1) and low > high
    assert after == pytest.approx(right, abs=0.1)
    np.testing.assert_allclose([middle, end], [1, 2], atol=0.01)
