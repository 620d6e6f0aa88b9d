import base64
import html
import itertools

import matplotlib.pyplot as plt
import mistune
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from course.representations import REPRESENTATIONS
from wl2nas import cells, draw, graphs, wl
from wl2nas.cells import nasbench_201

SPACE = cells.nasbench101()
BRIDGE = cells.Cell(
    graphs.from_edges(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]),
    ["input", "conv1x1", "maxpool", "output"],
)


@pytest.fixture
def ax():
    figure = Figure()
    yield figure.subplots()
    figure.canvas.draw()  # whatever a test drew can be rendered


def letters(ax):
    return [text.get_text() for text in ax.texts]


def edges(ax):
    return [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]


# --- colours and letters ------------------------------------------------------------------------


def luminance(colour):
    """Relative luminance of the Web Content Accessibility Guidelines."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_has_its_published_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_operations_differ_in_letter_and_in_grey():
    fills, _, names = zip(*draw.OPERATION_STYLE.values(), strict=True)
    assert sorted(draw.OPERATION_STYLE) == list(range(len(cells.OPERATIONS)))
    assert len(set(names)) == len(names)
    assert min(contrast(a, b) for a, b in itertools.combinations(fills, 2)) > 1.4


def test_letters_can_be_read_on_their_discs():
    for fill, ink, _ in draw.OPERATION_STYLE.values():
        assert contrast(fill, ink) > 3
    for fill in draw.CLASS_FILLS:
        assert contrast(fill, "#000000") > 4.5


def test_colour_classes_do_not_look_like_operations():
    fills = {fill.lower() for fill, _, _ in draw.OPERATION_STYLE.values()}
    classes = [fill.lower() for fill in draw.CLASS_FILLS]
    assert not fills & set(classes)
    assert len(set(classes)) == len(classes) >= cells.MAX_VERTICES


def test_every_representation_has_a_marker_of_its_own():
    names = [*REPRESENTATIONS, "random search"]
    markers = [draw.curve_style(name)[2] for name in names]
    assert len(set(markers)) == len(markers)


# --- cells and graphs ---------------------------------------------------------------------------


def all_dags():
    """One adjacency matrix of every unlabelled DAG up to seven vertices, by its bits."""
    for n in range(2, 8):
        pairs = [(x, y) for y in range(n) for x in range(y)]
        for bits in cells.unlabelled_dags(n)[0].tolist():
            chosen = [pair for bit, pair in enumerate(pairs) if bits >> bit & 1]
            yield graphs.from_edges(n, chosen)


def test_no_two_vertices_of_any_cell_are_drawn_on_each_other():
    count = 0
    for adjacency in all_dags():
        position = draw.cell_layout(adjacency)
        gaps = np.linalg.norm(position[:, None] - position[None], axis=2)
        assert gaps[np.triu_indices(len(position), 1)].min() > 0.9, np.argwhere(adjacency)
        assert all(position[i, 0] < position[j, 0] for i, j in np.argwhere(adjacency))
        count += 1
    assert count == 1 + 2 + 10 + 97 + 810 + 1_574


def test_a_cell_shows_its_operations_numbers_and_arrows(ax):
    assert draw.cell(BRIDGE, ax=ax) is ax
    assert letters(ax) == ["in", "0", "1", "1", "P", "2", "out", "3"]
    assert len(edges(ax)) == 5
    assert {type(edge.get_arrowstyle()).__name__ for edge in edges(ax)} == {"CurveFilledB"}
    ends = [tuple(map(tuple, edge._posA_posB)) for edge in edges(ax)]
    position = list(map(tuple, draw.cell_layout(BRIDGE.adjacency)))
    assert ends == [(position[i], position[j]) for i, j in BRIDGE.edges]


def test_a_skeleton_has_no_arrow_heads(ax):
    draw.cell(BRIDGE, ax=ax, directed=False, numbers=False)
    assert letters(ax) == ["in", "1", "P", "out"]
    assert {type(edge.get_arrowstyle()).__name__ for edge in edges(ax)} == {"Curve"}


def test_colours_take_the_place_of_operations(ax):
    colours = wl.refine(BRIDGE.adjacency, direction="undirected")[-1]
    draw.cell(BRIDGE, ax=ax, colours=colours, numbers=False)
    assert letters(ax) == ["a", "b", "b", "a"]
    fills = [tuple(disc.get_facecolor()[0][:3]) for disc in ax.collections]
    assert fills == [to_rgb(draw.CLASS_FILLS[k]) for k in (0, 1, 1, 0)]


def test_marked_edges_of_a_cell_are_thick_and_orange(ax):
    draw.cell(BRIDGE, ax=ax, marked=[(1, 2)])
    thick = [edge for edge in edges(ax) if edge.get_linewidth() > 2]
    assert len(thick) == 1 and len(edges(ax)) == 5
    assert thick[0].get_edgecolor()[:3] == to_rgb("#D55E00")
    draw.cell(BRIDGE, ax=ax)  # and none without
    assert sum(edge.get_linewidth() > 2 for edge in edges(ax)) == 1


def test_an_edge_that_the_cell_does_not_have_is_not_marked(ax):
    with pytest.raises(ValueError, match=r"no edge \(2, 1\)"):
        draw.cell(BRIDGE, ax=ax, marked=[(2, 1)])


@pytest.mark.parametrize("n", range(2, 8))
def test_cells_of_every_size_are_drawn(ax, n):
    row = np.flatnonzero(SPACE.n_vertices == n)[0]
    draw.cell(SPACE[row], ax=ax, numbers=False)
    assert len(ax.texts) == n


def test_a_graph_is_drawn_with_every_edge_once(ax):
    hexagon, _ = graphs.hexagon_and_triangles()
    assert draw.graph(hexagon, ax=ax, colours=[0, 1, 0, 1, 0, 2]) is ax
    assert len(edges(ax)) == 6
    assert letters(ax)[::2] == list("abab" + "ac")
    points = np.array([disc.get_offsets()[0] for disc in ax.collections])
    assert np.allclose(np.linalg.norm(points, axis=1), 1)


def test_a_matrix_has_the_start_of_an_edge_in_its_rows(ax):
    draw.matrix(BRIDGE.adjacency, ax=ax, names=["in", "1", "P", "out"])
    assert (ax.images[0].get_array() == BRIDGE.adjacency).all()
    assert ax.images[0].origin == "upper"
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("from vertex", "to vertex")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["in", "1", "P", "out"]


# --- maps ---------------------------------------------------------------------------------------


def test_a_density_map_counts_every_cell(ax):
    points = np.random.default_rng(0).normal(size=(500, 2))
    draw.density_map(points, ax=ax, gridsize=10)
    assert ax.collections[0].get_array().sum() == 500
    assert "component" in ax.get_xlabel() and "component" in ax.get_ylabel()


def test_the_colours_of_a_density_map_run_over_the_middle_hexagons(ax):
    values = np.array([0.0, *range(100, 199), 9_999])  # a hexagon each
    points = np.stack([np.arange(101), np.zeros(101)], axis=1)
    draw.density_map(points, ax=ax, values=values, gridsize=101)
    low, high = ax.collections[0].get_clim()
    assert 100 <= low <= 103 and 195 <= high <= 198


def test_maps_side_by_side_share_a_label():
    figure, axes = plt.subplots(1, 2)
    points = np.random.default_rng(0).normal(size=(50, 2))
    draw.density_maps({"one": points, "other": 2 * points}, axes=axes, gridsize=5)
    assert [ax.get_title() for ax in axes] == ["one", "other"]
    assert axes[0].get_ylabel() and not axes[1].get_ylabel()
    with pytest.raises(ValueError, match="shorter"):
        draw.density_maps({"one": points}, axes=axes)
    plt.close(figure)


def test_distances_by_changes_are_medians_and_bars_of_four_fifths(ax):
    changes = np.repeat([1, 2, 3], [5, 40, 30])
    distances = np.concatenate([np.zeros(5), np.arange(40.0), np.full(30, 7.0)])
    assert draw.by_changes(changes, distances, ax=ax) is ax
    (dots, _, (bars,)) = ax.containers[0]
    assert dots.get_xydata().tolist() == [[2, 19.5], [3, 7]]  # five pairs are too few
    ends = np.quantile(np.arange(40.0), (0.1, 0.9)).tolist()
    np.testing.assert_allclose(bars.get_segments()[0][:, 1], ends)
    with pytest.raises(ValueError, match="no number of changes occurs in 20 pairs"):
        draw.by_changes(changes[:5], distances[:5], ax=ax)


def test_a_density_map_shows_a_statistic_of_values(ax):
    points = np.repeat([[0.0, 0.0], [1.0, 1.0]], [3, 2], axis=0)
    draw.density_map(points, ax=ax, values=np.array([1.0, 2, 6, 10, 30]), statistic=np.max)
    assert sorted(ax.collections[0].get_array()) == [6, 30]


# --- searches -----------------------------------------------------------------------------------


def test_a_belief_is_a_curve_a_band_and_the_answers(ax):
    at, mean = np.linspace(0, 4, 9), np.full(9, 90.0)
    draw.belief(at, mean, np.linspace(1, 3, 9), x=[1, 2], y=[89, 91], ax=ax)
    (band,) = ax.collections
    low, high = band.get_paths()[0].get_extents().intervaly
    assert (low, high) == (87, 93)
    curve, dots = ax.lines
    assert list(curve.get_ydata()) == list(mean)
    assert (list(dots.get_xdata()), list(dots.get_ydata())) == ([1, 2], [89, 91])
    assert ax.get_xlim() == (0, 4)


def test_the_chosen_candidate_is_ringed(ax):
    mean, width, gain = np.array([90.0, 92, 91]), np.array([1.0, 2, 5]), np.array([0.1, 0.4, 0.9])
    draw.candidates(mean, width, gain, chosen=2, best=93.0, ax=ax)
    ring, line = ax.lines
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (91, 5)
    assert line.get_xdata()[0] == 93
    assert list(ax.collections[0].get_array()) == list(gain)
    assert "%" in ax.get_xlabel() and "points" in ax.get_ylabel()


def test_lines_cross_where_a_pair_is_in_the_wrong_order(ax):
    draw.rank_pairs([91, 93, 90, 92], [90, 94, 89, 95], ax=ax)
    ranks = [tuple(line.get_ydata()) for line in ax.lines]
    assert ranks == [(2, 2), (4, 3), (1, 1), (3, 4)]
    crossed = [(a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in itertools.combinations(ranks, 2)]
    assert sum(crossed) == 1


def test_curves_of_searches_differ_without_colour(ax):
    runs = {f"method {k}": np.array([[1.0, 2, 3], [3, 4, 5]]) + k for k in range(7)}
    draw.incumbent_curves(runs, ax=ax)
    assert list(ax.lines[0].get_xdata()) == [1, 2, 3]
    assert list(ax.lines[1].get_ydata()) == [3, 4, 5]
    looks = {(line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(looks) == 7
    assert "%" in ax.get_ylabel()


@pytest.mark.parametrize(("vertex", "rounds", "pale"), [(0, 1, 1), (1, 1, 1), (2, 0, 3), (0, 2, 0)])
def test_a_motif_leaves_pale_what_its_vertex_does_not_see(vertex, rounds, pale, ax):
    draw.motif(BRIDGE, vertex, rounds, ax=ax)
    discs, (hidden, ring) = ax.collections[:-2], ax.collections[-2:]
    assert len(discs) == 4
    assert len(hidden.get_offsets()) == pale
    assert tuple(ring.get_offsets()[0]) == tuple(draw.cell_layout(BRIDGE.adjacency)[vertex])


# --- the page -----------------------------------------------------------------------------------


def test_show_displays_a_png_with_its_sentence_and_the_sentence_below(displayed, capsys):
    figure, axes = plt.subplots()
    draw.cell(BRIDGE, ax=axes)
    draw.show(figure, "A bridge of 5 edges.")
    ((data,), settings), ((sentence,), _) = displayed
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG\r\n")
    assert settings == {"raw": True, "metadata": {"image/png": {"alt": "A bridge of 5 edges."}}}
    words = "A bridge of 5 edges."
    assert sentence == {"text/markdown": words, "text/plain": words}
    assert capsys.readouterr().out == "" and not plt.get_fignums()


@pytest.mark.parametrize(
    "words",
    ["A + A^T, at -1 and 0 (5 of 9): 96 %.", "a_b, _c_ and *d*", "x < y <b>z</b> & &amp;",
     "$1 to $2", "1. no list", "2) no list", "- no list", "+ no list", "# no heading", "> no quote",
     "-1 to 1", "[a](b), [c] and ![d]", "`code` and a\\*b", "~~e~~ | f", "5", "#5: <http://x>"],
)  # fmt: skip
def test_a_caption_is_read_as_its_words(words):
    read = mistune.create_markdown(plugins=["strikethrough", "table", "math"])
    assert html.unescape(read(draw.page.as_markdown(words))) == f"<p>{words}</p>\n"


def test_the_same_figure_is_the_same_file():
    def picture():
        figure = Figure(figsize=(2, 1))
        draw.cell(BRIDGE, ax=figure.subplots())
        return draw.png(figure)

    assert picture() == picture()


# --- operations on edges ------------------------------------------------------------------------


def test_operations_stand_on_the_edges_of_201_or_on_vertices(ax):
    text = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|"
    draw.edge_cell(nasbench_201.parse(text), ax=ax)
    assert letters(ax) == [*"301=A3", *"0123"]
    assert len(edges(ax)) == 6
    other = Figure().subplots()
    draw.vertex_cell(nasbench_201.parse(text), ax=other)
    named = zip("301=A3", ["0→1", "0→2", "1→2", "0→3", "1→3", "2→3"], strict=True)
    assert letters(other) == ["in", *itertools.chain(*named), "out"]
    assert len(edges(other)) == 10


# --- curves and grids of notebook 05 ------------------------------------------------------------


def test_the_first_curve_is_broad_and_the_newest_is_orange(ax):
    histograms = {"partners": [8, 2, 0], "strangers": [1, 4, 5], "neighbours": [5, 5, 0]}
    assert draw.gap_curves(histograms, [0, 1, 2, 3], ax=ax) is ax
    partners, strangers, neighbours = ax.lines
    assert partners.get_ydata() == pytest.approx([0, 0.8, 1, 1])
    assert strangers.get_ydata() == pytest.approx([0, 0.1, 0.5, 1])
    assert partners.get_linewidth() > 2 * strangers.get_linewidth()
    assert strangers.get_linestyle() != neighbours.get_linestyle()
    assert contrast(neighbours.get_color(), strangers.get_color()) > 4
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(histograms)


def test_a_curve_keeps_its_line_when_another_is_added(ax):
    histograms = {name: [1, 2] for name in "abc"}
    draw.gap_curves(histograms, [0, 1, 2], ax=ax)
    before = [line.get_linestyle() for line in ax.lines]
    longer = draw.gap_curves(histograms | {"d": [2, 1]}, [0, 1, 2], ax=Figure().subplots())
    assert [line.get_linestyle() for line in longer.lines][:3] == before


def test_a_grid_of_counts_writes_them_and_leaves_none_empty(ax):
    draw.count_grid([[0, 7], [12_345, 300_000]], ["few", "many"], [1, 2], ax=ax)
    assert letters(ax) == ["", "7", "12,345", "300,000"]
    assert [text.get_color() for text in ax.texts][1:] == ["black", "white", "white"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["few", "many"]
