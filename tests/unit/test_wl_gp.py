"""The Gaussian process on colours, and its motifs, against definitions written out."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from wl2nas import cells, search, wl
from wl2nas.search import gp, wl_gp, wl_motifs
from wl2nas.search.wl_gp import Colours, OnColours

RULES = cells.Rules(("sep", "skip"), max_vertices=5, max_edges=7, name="small")
SPACES = {
    "NAS-Bench-101": cells.nasbench101().take(np.random.default_rng(0).choice(423_624, 150)),
    "small": cells.enumerate_cells(RULES).take(slice(None, None, 3)),
}


def signature(cell, v, direction, rounds):
    """What a vertex sees within so many steps, written out."""
    if rounds == 0:
        return int(cell.ops[v])
    before, after = np.flatnonzero(cell.adjacency[:, v]), np.flatnonzero(cell.adjacency[v])
    groups = {"in": [before], "out": [after], "both": [before, after],
              "undirected": [[*before, *after]]}[direction]  # fmt: skip
    seen = [
        tuple(sorted((signature(cell, u, direction, rounds - 1) for u in group), key=repr))
        for group in groups
    ]
    return signature(cell, v, direction, rounds - 1), tuple(seen)


def counted(cell, direction, level) -> Counter:
    return Counter((h, signature(cell, v, direction, h))
                   for h in range(level + 1) for v in range(len(cell)))  # fmt: skip


def cosine(a: Counter, b: Counter) -> float:
    def dot(x, y):
        return sum(count * y[colour] for colour, count in x.items())

    return dot(a, b) / (dot(a, a) * dot(b, b)) ** 0.5


def follows(cell) -> float:
    """How many 3x3 convolutions follow a maxpool."""
    return float(sum(
        cell.names[v] == "conv3x3" and "maxpool" in [cell.names[u] for u in before]
        for v, before in enumerate(map(np.flatnonzero, cell.adjacency.T))
    ))  # fmt: skip


@pytest.mark.parametrize("direction", wl.DIRECTIONS)
@pytest.mark.parametrize("name", SPACES)
def test_the_kernel_is_the_cosine_of_what_vertices_see(name, direction):
    space = SPACES[name].take(slice(0, 12))
    model = OnColours(Colours.of(space, direction=direction))
    assert len(model.lengths) == 4
    for level in range(4):
        bags = [counted(cell, direction, level) for cell in space]
        expected = [[cosine(a, b) for b in bags[:5]] for a in bags]
        assert model.kernel(level, np.arange(12), np.arange(5)) == pytest.approx(np.array(expected))


@pytest.mark.parametrize("direction", wl.DIRECTIONS)
def test_a_colour_stands_where_it_says(direction):
    space = SPACES["NAS-Bench-101"].take(slice(0, 12))
    colours = Colours.of(space, direction=direction, rounds=2)
    counts = colours.counts.tocsc()
    for k, (round_, row, vertex) in enumerate(
        zip(colours.rounds, colours.rows, colours.vertices, strict=True)
    ):
        meant = signature(space[row], vertex, direction, round_)
        here = [sum(signature(cell, v, direction, round_) == meant for v in range(len(cell)))
                for cell in space]  # fmt: skip
        assert counts[:, [k]].toarray().ravel().tolist() == here
        assert np.flatnonzero(here)[0] == row


def test_level_and_noise_are_the_most_likely_by_scipy():
    """log p(y) of a multivariate normal, at the best signal variance; subtracting the determinant
    is what decides."""
    space, rows = SPACES["NAS-Bench-101"], np.arange(40)
    y = np.array([follows(cell) for cell in space.take(rows)])
    y = (y - y.mean()) / y.std()
    model = OnColours(Colours.of(space, direction="in"))
    found = {}
    for level in range(4):
        kernel = model.kernel(level, rows, rows)
        for noise in gp.NOISE_RATIOS:
            noisy = kernel + noise * np.eye(40)
            variance = y @ np.linalg.solve(noisy, y) / 40
            exact = stats.multivariate_normal(np.zeros(40), variance * noisy).logpdf(y)
            assert gp.log_marginal_likelihood(kernel, y, noise) == pytest.approx(exact, abs=1e-6)
            wrong = exact + np.linalg.slogdet(noisy)[1]
            found[level, noise] = (exact, wrong)
    process = model.fit(rows, y)
    best, worse = (max(found, key=lambda point: found[point][k]) for k in (0, 1))
    assert model.level == best[0] and worse != best
    noisy = model.kernel(best[0], rows, rows) + best[1] * np.eye(40)
    assert process.weights == pytest.approx(np.linalg.solve(noisy, y))


def test_the_posterior_is_the_textbook_s_in_blocks(monkeypatch):
    space, asked = SPACES["small"], np.arange(0, 60, 3)
    model = OnColours(Colours.of(space, direction="both"))
    y = np.array([float(len(cell.edges)) for cell in space.take(asked)])
    monkeypatch.setattr("wl2nas.search.distances.CACHED", 7 * len(asked))
    found = model.posterior(asked, y, slice(None))
    process = model.fit(asked, y)
    cross = model.kernel(model.level, np.arange(len(space)), asked)
    inverse = np.linalg.inv(process.factor @ process.factor.T)
    standard = (y - y.mean()) / y.std()
    assert found.mean == pytest.approx(y.mean() + y.std() * cross @ inverse @ standard)
    left = 1 - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    signal = standard @ inverse @ standard / len(y)
    assert found.std == pytest.approx(y.std() * np.sqrt(signal * left), abs=1e-6)
    some = np.array([5, 2, 70])
    assert model.posterior(asked, y, some).mean == pytest.approx(found.mean[some])


# --- motifs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["in", "both"])
def test_slopes_by_finite_differences(direction):
    space, rows = SPACES["NAS-Bench-101"], np.arange(50)
    model = OnColours(Colours.of(space, direction=direction))
    process = model.fit(rows, np.array([follows(cell) for cell in space.take(rows)]))
    seen = model.colours.up_to(model.level, rows).toarray()
    lengths = np.linalg.norm(seen, axis=1)

    def mean(counts):
        cross = counts @ seen.T / lengths / np.linalg.norm(counts)
        return process.centre + process.spread * cross @ process.weights

    slopes = wl_motifs.slopes(model, process, rows).tocoo()
    assert len(slopes.data) == np.count_nonzero(seen)
    for k in np.random.default_rng(0).choice(len(slopes.data), 60, replace=False):
        step = 1e-5 * np.eye(seen.shape[1])[slopes.col[k]]
        at = seen[slopes.row[k]]
        assert slopes.data[k] == pytest.approx((mean(at + step) - mean(at - step)) / 2e-5, abs=1e-7)


@pytest.mark.parametrize("seed", range(2))
def test_the_top_motifs_are_what_the_objective_counts(seed):
    """Seen from the convolution, its predecessors hold a maxpool; from the pool, the other way."""
    rng = np.random.default_rng(seed)
    space = cells.nasbench101().take(rng.choice(423_624, 300, replace=False))
    answers = np.array([follows(cell) for cell in space])
    for direction, root, other in (("in", "conv3x3", "maxpool"), ("out", "maxpool", "conv3x3")):
        found = wl_motifs.motifs(space, np.arange(300), answers, direction=direction, targets="raw")
        for motif in found[:3]:
            cell = space[motif.row]
            arrows = cell.adjacency.T if direction == "in" else cell.adjacency
            assert motif.round >= 1 and cell.names[motif.vertex] == root
            assert other in [cell.names[u] for u in np.flatnonzero(arrows[motif.vertex])]
        assert found[0].slope > 0 > found[-1].slope


def test_motifs_are_means_over_the_cells_that_hold_them():
    space, rows = SPACES["small"], np.array([3, 40, 8, 21, 60, 13, 34, 55])
    answers = np.array([float(cell.edges[0] == (0, 1)) + len(cell) for cell in space.take(rows)])
    found = wl_motifs.motifs(space, rows, answers, direction="both", targets="raw")
    model = OnColours(Colours.of(space, direction="both"))
    slopes = wl_motifs.slopes(model, model.fit(rows, answers), rows).toarray()
    seen = model.colours.up_to(model.level, rows).toarray() > 0
    colours = model.colours
    where = {key: k for k, key in enumerate(
        zip(colours.rounds.tolist(), colours.rows.tolist(), colours.vertices.tolist(), strict=True)
    )}  # fmt: skip
    assert len(found) == seen.any(axis=0).sum()
    for motif in found:
        k = where[motif.round, motif.row, motif.vertex]
        assert motif.cells == seen[:, k].sum()
        assert motif.slope == pytest.approx(slopes[seen[:, k], k].mean())
    assert all(a.slope > b.slope - 1e-8 for a, b in pairwise(found))


# --- searching ----------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", wl.DIRECTIONS)
def test_a_search_finds_what_colours_count(direction):
    space = cells.nasbench101().take(np.random.default_rng(5).choice(423_624, 800, replace=False))
    problem = search.Function(space, follows)
    found = wl_gp.wl_bayesian_optimisation(
        problem, space, 60, seed=0, direction=direction, batch=5, targets="raw"
    )
    assert len(set(found.rows)) == problem.asked == 60
    chance = search.random_search(search.Function(space, follows), 60, seed=0)
    assert (found.rows[:10] == chance.rows[:10]).all()
    assert found.objective[10:].mean() > 2 * chance.objective[10:].mean() > 0


def test_a_batch_has_no_two_cells_of_the_same_colours():
    """Without direction, same-skeleton cells are alike; with it, they are not."""
    everything = cells.nasbench101().take(slice(0, 20_000))
    codes = wl.space_codes(everything, direction="undirected")[-1]
    _, first, group = np.unique(codes, return_index=True, return_inverse=True)
    other = np.flatnonzero(first[group] != np.arange(len(codes)))[:20]
    space = everything.take(np.concatenate([first[group[other]], other]))
    for direction, alone in (("undirected", False), ("both", True)):
        model = OnColours(Colours.of(space, direction=direction))
        for k in range(20):
            alike = np.flatnonzero(model.alike(k, np.arange(40)))
            assert k in alike and ((20 + k) in alike) != alone


def test_a_pool_of_everything_asks_what_everything_does():
    space = SPACES["small"]

    def run(pool):
        problem = search.Function(space, lambda cell: float(cell.adjacency[0].sum()))
        return wl_gp.wl_bayesian_optimisation(problem, space, 30, seed=1, batch=3, pool=pool).rows

    assert (run(None) == run(len(space))).all()
    assert (run(None) != run(20)).any()


def test_what_does_not_fit_is_named(no_annotations):
    space = SPACES["small"]
    problem = search.Function(space, follows)
    with pytest.raises(ValueError, match="space must have a cell for each of the"):
        wl_gp.wl_bayesian_optimisation(problem, space.take(slice(0, 5)), 20, seed=0)
    with pytest.raises(ValueError, match="unknown direction 'up'"):
        wl_gp.wl_bayesian_optimisation(problem, space, 20, seed=0, direction="up")
    with pytest.raises(ValueError, match="targets must have the shape"):
        wl_motifs.motifs(space, np.arange(5), np.arange(4.0))
    with pytest.raises(ValueError, match=r"rows must be rows of the space, 0\.\.183; .* 2\.\.184"):
        wl_motifs.motifs(space, np.array([2, 184]), np.arange(2.0))
    assert problem.asked == 0
