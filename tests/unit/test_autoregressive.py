import functools
import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy import stats

from weights import filled
from wl2nas import cells
from wl2nas.models.autoregressive import AutoregressiveDecoder, Entries

SPACE = cells.nasbench101()
SPACE201 = cells.nasbench201()
LATENT = 4


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@functools.cache
def random_decoder(entries, hidden=40):
    return filled(lambda: AutoregressiveDecoder(entries, LATENT, hidden, rngs=nnx.Rngs(0)))


def written(entries, space):
    arrays = jnp.asarray(space.adjacency), jnp.asarray(space.ops)
    return jax.jit(entries.write)(*arrays)


def random_latents(rng, n, scale=2.0):
    return jnp.asarray(scale * rng.normal(size=(n, LATENT)), jnp.float32)


def some_cells(rng, each):
    """Rows of every size, all of the smallest."""
    rows = [np.flatnonzero(SPACE.n_vertices == n) for n in range(2, 8)]
    return SPACE.take(np.concatenate([rng.permutation(r)[:each] for r in rows]))


def slow_columns(adjacency, ops, operations):
    """One cell vertex by vertex: its operation, then its incoming edges."""
    columns = []
    for v, op in enumerate(ops):
        columns += [float(op == k) for k in range(operations)] + [float(op == -1)]
        columns += [float(adjacency[i, v]) for i in range(v)]
    return columns


# --- columns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "number", "columns"), [(Entries(7, 5), 28, 63), (Entries(8, 7), 36, 92)]
)
def test_number_of_entries_and_columns(entries, number, columns):
    assert len(entries.widths) == number
    assert sum(entries.widths) == len(entries.entry_of_column) == columns
    assert entries.entry_of_column.tolist() == [
        e for e, width in enumerate(entries.widths) for _ in range(width)
    ]


def test_cells_of_every_size_are_written_as_defined_and_read_back(rng):
    some, entries = some_cells(rng, 300), Entries(7, 5)
    assert set(some.n_vertices) == {2, 3, 4, 5, 6, 7}
    columns = written(entries, some)
    slow = [slow_columns(a, o, 5) for a, o in zip(some.adjacency, some.ops, strict=True)]
    assert np.asarray(columns).tolist() == slow
    adjacency, ops = jax.jit(entries.read)(columns)
    assert (np.asarray(adjacency) == some.adjacency).all()
    assert (np.asarray(ops) == some.ops).all()


def test_nasbench201_is_written_as_defined_and_read_back():
    entries = Entries(8, 7)
    columns = written(entries, SPACE201)
    for row, values in enumerate(np.asarray(columns)[:1000]):
        assert values.tolist() == slow_columns(SPACE201.adjacency[row], SPACE201.ops[row], 7)
    adjacency, ops = jax.jit(entries.read)(columns)
    assert (np.asarray(adjacency) == SPACE201.adjacency).all()
    assert (np.asarray(ops) == SPACE201.ops).all()


def test_cells_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"8 vertices.* vertices=7"):
        written(Entries(7, 7), SPACE201)


# --- likelihood ---------------------------------------------------------------------------------


def slow_log_likelihood(logits, cell, operations):
    """Sums over the operations and over the edges, entry by entry."""
    logits = [float(x) for x in logits]
    of_operations = of_edges = 0.0
    for v in range(7):
        mine = [logits.pop(0) for _ in range(operations + 1)]
        op = cell.ops[v] if v < len(cell) else operations
        of_operations += math.log(math.exp(mine[op]) / sum(map(math.exp, mine)))
        for i in range(v):
            p = 1 / (1 + math.exp(-logits.pop(0)))
            edge = v < len(cell) and cell.adjacency[i, v]
            of_edges += math.log(p if edge else 1 - p)
    assert not logits
    return of_operations, of_edges


def test_log_likelihood_entry_by_entry(rng):
    some, entries = some_cells(rng, 3), Entries(7, 5)
    columns = written(entries, some)
    logits = jnp.asarray(2 * rng.normal(size=columns.shape), jnp.float32)
    slow = [
        slow_log_likelihood(x, cell, 5) for x, cell in zip(np.asarray(logits), some, strict=True)
    ]
    fast = np.stack(jax.jit(entries.log_likelihood)(logits, columns), axis=1)
    assert np.allclose(fast, slow, rtol=1e-5)


@pytest.mark.parametrize("size", [1.0, 300.0])
def test_log_likelihood_of_huge_logits_is_finite(size):
    """Right by a margin costs nothing, wrong by a margin costs the margin: 2 edges, 2 x 2 ops."""
    entries = Entries(2, 1)
    columns = jnp.array([[1.0, 0, 0, 1, 1], [1.0, 0, 0, 1, 0]])  # two symbols; two symbols, edge
    logits = jnp.array([[size, 0, size, 0, -size]] * 2)
    operations, edges = jax.jit(entries.log_likelihood)(logits, columns)
    cost = math.log1p(math.exp(-size))
    assert np.allclose(operations, -(2 * cost + size), rtol=1e-6)
    assert np.allclose(edges, [-(size + cost), -cost], rtol=1e-6)


# --- who sees whom ------------------------------------------------------------------------------


def entry_pairs(jacobian, entries):
    """Largest |d logit of entry e / d column of entry f| over points and columns, as (e, f)."""
    largest, entry = np.abs(jacobian).max(axis=0), entries.entry_of_column
    starts = np.searchsorted(entry, np.arange(len(entries.widths)))
    largest = np.maximum.reduceat(largest, starts, axis=0)
    return np.maximum.reduceat(largest, starts, axis=1)


@nnx.jit
def jacobians(decoder, z, columns):
    """d logits / d columns and d logits / d z at every point: (points, C, C) and (points, C, D)."""

    def one(z, columns):
        return decoder(z[None], columns[None])[0]

    return jax.vmap(jax.jacfwd(one, argnums=(1, 0)))(z, columns)


def test_an_entry_depends_on_every_earlier_entry_and_on_no_other(rng):
    """At 100 random points: exactly zero on and above the diagonal, nonzero everywhere below."""
    entries, n = Entries(7, 5), 28
    decoder = random_decoder(entries, hidden=2 * n)  # two of each degree: one may be dead
    columns = jnp.asarray(rng.normal(size=(100, sum(entries.widths))), jnp.float32)
    depends = entry_pairs(jacobians(decoder, random_latents(rng, 100), columns)[0], entries) > 0
    assert (depends == np.tril(np.ones((n, n), bool), -1)).all()


def test_every_logit_depends_on_the_latent_through_each_of_three_ways(rng):
    """Two of the three ways are cut."""
    columns = jnp.asarray(rng.normal(size=(100, 63)), jnp.float32)
    z, ways = random_latents(rng, 100), {"first", "second", "output"}
    for left in ways:
        decoder = nnx.clone(random_decoder(Entries(7, 5), hidden=56))
        for name in ways - {left}:
            kernel = getattr(decoder, f"latent_to_{name}").kernel
            kernel[...] = jnp.zeros_like(kernel[...])
        of_z = jacobians(decoder, z, columns)[1]
        assert (np.abs(of_z).max(axis=0) > 0).all()


def test_too_few_hidden_units_are_refused():
    """With fewer units than entries some entry would not see the one before it."""
    random_decoder(Entries(7, 5), hidden=28)
    with pytest.raises(ValueError, match=r"hidden must be at least 28.*it is 27"):
        random_decoder(Entries(7, 5), hidden=27)


# --- decoding -----------------------------------------------------------------------------------


def test_decoding_is_a_full_pass_for_every_entry(rng):
    """The slow way: pass what has been said, choose the next entry, pass again.

    Of eight vertices: XLA once took minutes to compile this, and more memory than there was.
    """
    entries = Entries(8, 7)
    decoder, z = random_decoder(entries), random_latents(rng, 50)
    said = np.zeros((50, sum(entries.widths)), np.float32)
    one_pass = jax.jit(lambda said: decoder(z, said))
    for e, width in enumerate(entries.widths):
        mine = np.flatnonzero(entries.entry_of_column == e)
        logits = np.asarray(one_pass(jnp.asarray(said)))[:, mine]
        if width == 1:
            said[:, mine] = logits > 0
        else:
            said[np.arange(50), mine[logits.argmax(axis=1)]] = 1
    assert len(np.unique(said, axis=0)) > 40
    assert (np.asarray(jax.jit(decoder.decode)(z)) == said).all()


def all_settings(entries):
    """Everything that can be said, as columns."""
    ways = [np.eye(width) if width > 1 else np.array([[0.0], [1.0]]) for width in entries.widths]
    return jnp.asarray([np.concatenate(row) for row in itertools.product(*ways)], jnp.float32)


def probabilities(entries, z, settings):
    """Of every setting, by the likelihood, for every latent: (latents, settings)."""
    decoder = random_decoder(entries)

    def log_p(z):
        logits = decoder(jnp.tile(z, (len(settings), 1)), settings)
        return sum(entries.log_likelihood(logits, settings))

    return np.exp(np.asarray(jax.jit(jax.vmap(log_p))(z), np.float64))


@pytest.mark.parametrize("entries", [Entries(2, 5), Entries(3, 2)])
def test_probabilities_of_all_that_can_be_said_sum_to_one(entries, rng):
    """72 and 216 cells."""
    settings = all_settings(entries)
    assert len(settings) == {2: 6**2 * 2, 3: 3**3 * 2**3}[entries.vertices]
    p = probabilities(entries, random_latents(rng, 5), settings)
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)
    assert (p.max(axis=1) > 2 / len(settings)).all()


def test_sampled_decoding_follows_the_likelihood(rng):
    entries, draws = Entries(3, 2), 50_000
    settings, decoder = all_settings(entries), random_decoder(entries)
    z = random_latents(rng, 1, scale=0.5)
    p = probabilities(entries, z, settings)[0]
    many = jnp.tile(z, (draws, 1))
    decode = jax.jit(decoder.decode)
    said = np.asarray(decode(many, jax.random.key(0)))
    code = said @ 2 ** np.arange(said.shape[1])
    known = np.asarray(settings) @ 2 ** np.arange(said.shape[1])
    counts = (code[:, None] == known).sum(axis=0)
    assert counts.sum() == draws  # nothing else was said
    assert (draws * p).min() > 5
    test = stats.chisquare(counts, draws * p / p.sum())
    assert test.pvalue > 1e-3
    assert (np.asarray(decode(many, jax.random.key(1))) != said).any()


def multiply_adds(function, *arguments):
    """In all matrix products of a function, from what JAX traces."""

    def count(jaxpr):
        total = 0
        for equation in jaxpr.eqns:
            if equation.primitive.name == "dot_general":
                (contracted, _), _ = equation.params["dimension_numbers"]
                a = equation.invars[0].aval.shape
                out = math.prod(equation.outvars[0].aval.shape)
                total += out * math.prod(a[axis] for axis in contracted)
            for inner in equation.params.values():
                inner = getattr(inner, "jaxpr", inner)  # of jit and custom derivatives
                total += count(inner) if hasattr(inner, "eqns") else 0
        return total

    return count(jax.make_jaxpr(function)(*arguments).jaxpr)


def test_decoding_costs_one_pass():
    """Every weight that is not masked once, and the latent; a pass also multiplies by zeros."""
    entries, hidden = Entries(7, 5), 56
    decoder = random_decoder(entries, hidden)
    degree = [d for d in range(28) for _ in range(2)]  # two units of each of the 28 degrees
    column = [e for e, width in enumerate(entries.widths) for _ in range(width)]
    used = sum(e < d for e in column for d in degree)
    used += sum(d <= f for d in degree for f in degree)
    used += sum(d <= e for d in degree for e in column)
    of_latent = LATENT * (2 * hidden + len(column))
    z, columns = jnp.zeros((1, LATENT)), jnp.zeros((1, len(column)))
    whole = hidden * (2 * len(column) + hidden)
    assert multiply_adds(decoder, z, columns) == whole + of_latent
    assert multiply_adds(decoder.decode, z) == used + of_latent < 0.6 * (whole + of_latent)
