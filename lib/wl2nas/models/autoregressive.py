"""A decoder that looks at what it has already decoded: a cell as a sentence of entries.

The entries of a cell stand in a fixed order: vertex by vertex its operation, then its incoming
edges; 28 of them for seven vertices. With x_e for entry e and z for the cell's latent vector,

    log p(cell | z) = sum over e of log p(x_e | x_0, ..., x_(e-1), z).

One network gives all factors at once (MADE: Germain et al. 2015, arXiv 1502.03509). Every hidden
unit has a degree d and sees entries before d only; what it feeds are units of degree d or more
and entries from d on. z is fed to both hidden layers and to the output, unmasked.

Decoding needs every hidden unit just once: in the step of entry e the units of degree e have all
they depend on. So decoding a cell costs what one pass through the network costs, not 28 of them.

An entry is written in columns: an operation as a one-hot row over the operations and, last,
padding; an edge as one 0 or 1.
"""

import functools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Int


@dataclass(frozen=True)
class Entries:
    """The order of the entries of a cell, and how they are written in columns."""

    vertices: int
    operations: int

    @property
    def symbols(self) -> int:
        """What an operation entry can be: one of the operations, or padding."""
        return self.operations + 1

    @functools.cached_property
    def widths(self) -> tuple[int, ...]:
        """Columns of every entry: ``symbols`` for an operation, 1 for an edge."""
        return tuple(w for v in range(self.vertices) for w in (self.symbols, *[1] * v))

    @functools.cached_property
    def entry_of_column(self) -> Int[np.ndarray, " C"]:
        """The entry that a column belongs to."""
        return np.repeat(np.arange(len(self.widths)), self.widths)

    def write(self, adjacency: Array, ops: Array) -> Float[Array, "B C"]:
        """Cells (B, V, V), (B, V) with -1 for padding, as columns of zeros and ones."""
        if (n := adjacency.shape[1]) != self.vertices:
            raise ValueError(f"cells have {n} vertices, padding included; set vertices={n}, "
                             f"not vertices={self.vertices}")  # fmt: skip
        symbols = jnp.where(ops < 0, self.operations, ops)
        one_hot, columns = jax.nn.one_hot(symbols, self.symbols), []
        for v in range(self.vertices):
            columns += [one_hot[:, v], adjacency[:, :v, v].astype(one_hot.dtype)]
        return jnp.concatenate(columns, axis=1)

    def read(self, columns: Float[Array, "B C"]) -> tuple[Bool[Array, "B V V"], Int[Array, "B V"]]:
        """The adjacency matrices and operations (-1 for padding) that columns stand for."""
        symbols, edges, column = [], [], 0
        for v in range(self.vertices):
            symbols.append(columns[:, column : column + self.symbols].argmax(axis=1))
            column += self.symbols
            into_v = columns[:, column : column + v] > 0.5
            edges.append(jnp.pad(into_v, ((0, 0), (0, self.vertices - v))))
            column += v
        ops = jnp.stack(symbols, axis=1)
        return jnp.stack(edges, axis=2), jnp.where(ops == self.operations, -1, ops)

    def log_likelihood(
        self, logits: Float[Array, "B C"], columns: Float[Array, "B C"]
    ) -> tuple[Float[Array, " B"], Float[Array, " B"]]:
        """log p of a cell's operations and of its edges, in nats, summed over the entries."""
        operations = edges = jnp.zeros(len(logits))
        column = 0
        for v in range(self.vertices):
            mine = slice(column, column + self.symbols)
            operations += (jax.nn.log_softmax(logits[:, mine]) * columns[:, mine]).sum(axis=1)
            mine = slice(column + self.symbols, column + self.symbols + v)
            bernoulli = columns[:, mine] * logits[:, mine] - jax.nn.softplus(logits[:, mine])
            edges += bernoulli.sum(axis=1)
            column += self.symbols + v
        return operations, edges


class AutoregressiveDecoder(nnx.Module):
    """Two masked hidden layers; every layer also reads the latent vector of the cell."""

    def __init__(self, entries: Entries, latent: int, hidden: int, *, rngs: nnx.Rngs):
        columns, least = len(entries.entry_of_column), len(entries.widths)
        if hidden < least:  # some entry would not see the one before it
            raise ValueError(f"hidden must be at least {least}, one unit an entry; it is {hidden}")
        he = nnx.initializers.he_normal()

        def masked(n_in, n_out, **init):
            return nnx.Linear(n_in, n_out, use_bias=False, rngs=rngs, **init)

        self.first = masked(columns, hidden, kernel_init=he)
        self.second = masked(hidden, hidden, kernel_init=he)
        self.output = masked(hidden, columns)
        self.latent_to_first = nnx.Linear(latent, hidden, rngs=rngs)
        self.latent_to_second = nnx.Linear(latent, hidden, rngs=rngs)
        self.latent_to_output = nnx.Linear(latent, columns, rngs=rngs)
        self.entries = entries

    def _degrees(self) -> Int[np.ndarray, " H"]:
        """The degree of every hidden unit, ascending, the same in both layers."""
        hidden = self.second.in_features
        return np.arange(hidden) * len(self.entries.widths) // hidden

    def masks(self) -> tuple[Bool[np.ndarray, "n m"], ...]:
        """Which weights of the three kernels count: none that lets an entry see itself or a later.

        What a unit sees is always a prefix of what lies before it.
        """
        entry, degree = self.entries.entry_of_column, self._degrees()
        return (
            entry[:, None] < degree,  # a unit of degree d sees the entries before d,
            degree[:, None] <= degree,  # the units of degree d or less,
            degree[:, None] <= entry,  # and is seen by the entries from d on
        )

    def _masked_kernels(self) -> list[Array]:
        """The three kernels without the weights that do not count."""
        layers = (self.first, self.second, self.output)
        return [
            layer.kernel[...] * jnp.asarray(mask, layer.kernel[...].dtype)
            for layer, mask in zip(layers, self.masks(), strict=True)
        ]

    def _shifts(self, z: Float[Array, "B D"]) -> list[Array]:
        """What the latent vector adds in each of the three layers, the bias included."""
        return [self.latent_to_first(z), self.latent_to_second(z), self.latent_to_output(z)]

    def __call__(self, z: Float[Array, "B D"], columns: Float[Array, "B C"]) -> Float[Array, "B C"]:
        """The logits of all entries, each given the true entries before it."""
        first, second, output = self._masked_kernels()
        shift1, shift2, shift3 = self._shifts(z)
        h = nnx.relu(columns @ first + shift1)
        h = nnx.relu(h @ second + shift2)
        return h @ output + shift3

    def decode(self, z: Float[Array, "B D"], key=None) -> Float[Array, "B C"]:
        """Cells as columns, entry by entry: the most probable value, or with a key a draw."""
        first, second, output = self._masked_kernels()
        shift1, shift2, shift3 = self._shifts(z)
        degree, column = self._degrees(), self.entries.entry_of_column
        said, h1, h2 = (jnp.zeros((len(z), 0), z.dtype) for _ in range(3))
        for e, width in enumerate(self.entries.widths):
            units = slice(*np.searchsorted(degree, (e, e + 1)))
            mine = slice(*np.searchsorted(column, (e, e + 1)))
            new = nnx.relu(said @ first[: said.shape[1], units] + shift1[:, units])
            h1 = jnp.concatenate([h1, new], axis=1)
            new = nnx.relu(h1 @ second[: h1.shape[1], units] + shift2[:, units])
            h2 = jnp.concatenate([h2, new], axis=1)
            logits = h2 @ output[: h2.shape[1], mine] + shift3[:, mine]
            step_key = None if key is None else jax.random.fold_in(key, e)
            said = jnp.concatenate([said, _choose(logits, width, step_key)], axis=1)
            # XLA would fuse the steps into each other, and compile for minutes.
            said, h1, h2 = jax.lax.optimization_barrier((said, h1, h2))
        return said


def _choose(logits: Float[Array, "B w"], width: int, key) -> Float[Array, "B w"]:
    """The value of one entry in its columns. Noise of the right law turns an argmax into a draw."""
    if width == 1:
        noise = 0.0 if key is None else jax.random.logistic(key, logits.shape)
        return (logits + noise > 0).astype(logits.dtype)
    noise = 0.0 if key is None else jax.random.gumbel(key, logits.shape)
    return jax.nn.one_hot((logits + noise).argmax(axis=1), width, dtype=logits.dtype)
