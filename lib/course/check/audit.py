"""Questions and exercises of notebook 07c."""

import functools

import numpy as np

from course import representations, tables
from course.check import guesses, handed_in
from course.check.question import Question
from course.check.words import kind, said, shortened
from wl2nas import cells, generation, graphs, latent, train, wl
from wl2nas.models import Arch2Vec


def _distinct_of_uniform_draws(draws: int, strings: int) -> float:
    """The expected number of different ones among uniform draws."""
    return strings * (1 - (1 - 1 / strings) ** draws)


QUESTIONS = {
    "equal colours": Question(
        "Two vertices with equal colours and no edge between them: what is the least probability "
        "of an edge that the decoder sigma(z_i . z_j) can give them?",
        lambda: 0.5,
        "Equal colours mean equal latents, z . z is a square, and sigma(0) = 0.5.",
        form=guesses.share,
    ),
    "samples of nothing": Question(
        "A model whose clouds say nothing of their cells samples from its prior, and decodes "
        "greedily with the memory. What share of these samples are cells as they stand?",
        lambda: round(float(tables.measured("ours_collapsed", tables.STRICT).mean()), 2),
        "The decoder has learned the rules of the space by itself, without being told a cell.",
        (0, 0.5, 1),
        form=guesses.share,
    ),
    "distinct strings": Question(
        "7,941 strings are drawn uniformly from 15,625. How many different ones does one expect?",
        lambda: round(_distinct_of_uniform_draws(7_941, 15_625)),
        "A string is missed by all draws with probability (1 - 1/15,625) to the power of 7,941.",
        (6_200, 7_000, 7_840),
    ),
}


# --- exercises ----------------------------------------------------------------------------------

_BRIDGE = cells.Cell(
    graphs.from_edges(4, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)]),
    ["input", "conv3x3", "maxpool", "output"],
)


def _sentence(text) -> str | None:
    """The bridge vertex by vertex: its operation, then an entry for every earlier vertex."""
    if not isinstance(text, str):
        return f"hand in a text such as 'input | conv3x3 1', not {type(text).__name__}"
    given = [" ".join(part.split()) for part in text.split("|")]
    columns = _BRIDGE.adjacency.astype(int)
    for v, name in enumerate(_BRIDGE.names):
        right = " ".join([name, *map(str, columns[:v, v])])
        if v >= len(given):
            return f"vertex {v} is missing; the vertices are separated by |"
        if given[v].split()[:1] != [name]:
            return f"vertex {v} begins with the word {name}; this is {shortened(given[v])!r}"
        if given[v] != right:
            return (f"vertex {v} has an entry for each of the {v} earlier vertices, 1 if an edge "
                    f"comes from there; this is {shortened(given[v])!r}")  # fmt: skip
    if len(given) > len(_BRIDGE):
        return f"the bridge has {len(_BRIDGE)} vertices; these are {len(given)}"
    return None


def _for_the_second_reason_alone(cell) -> str | None:
    """A cell whose equal-coloured vertices are all joined, and yet two pairs of equal colours
    differ in being joined."""
    cell = handed_in.cell_of(cell)
    colours = wl.refine(cell.adjacency, cell.ops, direction="undirected")[-1]
    joined: dict[tuple, set] = {}
    for u in range(len(cell)):
        for v in range(u + 1, len(cell)):
            edge = bool(cell.adjacency[u, v] or cell.adjacency[v, u])
            if colours[u] == colours[v] and not edge:
                return f"vertices {u} and {v} have equal colours and no edge: the first reason"
            joined.setdefault(tuple(sorted((colours[u], colours[v]))), set()).add(edge)
    if all(len(edges) == 1 for edges in joined.values()):
        return "neither reason holds for this cell"
    return None


def _masks(pair) -> str | None:
    """Masks (4, H) and (H, 4) through which every entry sees all earlier entries and no other."""
    wanted = "hand in two arrays of zeros and ones, of shapes (4, H) and (H, 4)"
    first, second = (handed_in.array_of(mask, wanted) for mask in handed_in.pair_of(pair, wanted))
    if first.ndim != 2 or first.shape[0] != 4 or second.shape != first.shape[::-1]:
        return f"{wanted}; these have {first.shape} and {second.shape}"
    if not all(np.isin(mask, (0, 1)).all() for mask in (first, second)):
        return wanted
    seen = (first.astype(int) @ second.astype(int)) > 0
    for e in range(4):
        for f in range(4):
            if seen[e, f] and e == f:
                return f"entry {e} sees itself"
            if seen[e, f] and e > f:
                return f"entry {f} sees entry {e}, which comes later"
            if not seen[e, f] and e < f:
                return f"entry {f} does not see entry {e}"
    return None


def _cut(threshold) -> str | None:
    """A cut of the edges' probabilities at which more held-out cells come out than at one half."""
    given = guesses.share(threshold)
    if not 0 < given < 1:
        return f"a cut lies between 0 and 1; this is {given:g}"
    probabilities, decoded, held_out = _probabilities()

    def exact(cut):
        edges = np.triu(probabilities > cut, 1)
        return latent.exact(decoded._replace(adjacency=edges), held_out).mean()

    found, half = exact(given), exact(0.5)
    if found < half + 0.01:
        return (f"at {given:g} {found:.1%} of these cells come out, at one half {half:.1%}; a cut "
                "is wanted that gains a point")  # fmt: skip
    return None


@functools.cache
def _probabilities():
    """Of the edges of some held-out cells, by arch2vec as published; all it says of them, them."""
    model = train.load_checkpoint(representations.checkpoint("arch2vec_published"))
    assert isinstance(model, Arch2Vec)
    space = cells.nasbench101()
    held_out = space.take(train.split_published(len(space))[1][::21])
    z = latent.posterior(model, held_out).mean
    logits = np.asarray(model.decode(z).edge_logits)
    return 1 / (1 + np.exp(-logits)), latent.decode(model, z), held_out


def _copyist(samples) -> str | None:
    """A thousand samples: all strictly valid, hardly one twice, all of them training cells."""
    if not isinstance(samples, generation.Draws):
        return f"hand in a generation.Draws, not {kind(samples)}"
    try:
        valid, legal = generation.valid_strict(samples)
    except (ValueError, TypeError, AttributeError) as error:
        return f"these are no samples: {said(error)}"
    if len(valid) < 1_000:
        return f"1,000 samples are wanted; these are {len(valid)}"
    if not valid.all():
        return f"{100 * valid.mean():.1f} % of these are strictly valid, and all should be"
    codes = cells.canonical_codes(legal)
    if len(np.unique(codes)) < 0.99 * len(codes):
        return f"{len(np.unique(codes))} of these are distinct; 99 % should be"
    space = cells.nasbench101()
    training, _ = train.split_published(len(space))
    new = ~np.isin(codes, cells.canonical_codes(space.take(training)))
    if new.any():
        return f"{new.sum()} of these are new; a copyist knows the training cells only"
    return None


EXERCISES = {
    "a copyist": _copyist,
    "sentence": _sentence,
    "second reason": _for_the_second_reason_alone,
    "masks": _masks,
    "cut": _cut,
}
