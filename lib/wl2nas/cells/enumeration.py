"""Every cell of any rules, each once, from the rules alone.

First the wirings up to isomorphism: of all legal matrices those that no order of the inner vertices
makes smaller. Then the operations: all labellings, but those that a symmetry of the wiring maps to
a smaller one. What comes out are the representatives of ``forms``.
"""

import itertools

import numpy as np
from jaxtyping import Bool, UInt64

from wl2nas.cells import codes
from wl2nas.cells.rules import NASBENCH101, Rules
from wl2nas.cells.space import CellSpace


def legal_matrices(n: int, rules: Rules = NASBENCH101) -> UInt64[np.ndarray, " M"]:
    """All upper triangular matrices of n-vertex cells, as adjacency bits; one cell has several."""
    return rules.wirings(n)


def unlabelled_dags(
    n: int, rules: Rules = NASBENCH101
) -> tuple[UInt64[np.ndarray, " D"], Bool[np.ndarray, "D P"]]:
    """The DAGs of n-vertex cells up to isomorphism, as adjacency bits, and their symmetries.

    Row d of the second array marks, among the ``rules.orders(n)``, those that leave DAG d
    unchanged.
    """
    bits, orders = rules.wirings(n), rules.orders(n)
    for order in orders:
        bits = bits[codes.moved(bits, order) >= bits]
    symmetric = [codes.moved(bits, order) == bits for order in orders]
    return bits, np.stack(symmetric, axis=1)


def enumerate_cells(rules: Rules, max_vertices: int | None = None) -> CellSpace:
    """Every cell up to isomorphism, by size, then adjacency bits, then labelling.

    ``max_vertices`` leaves larger cells out; they are padded as if they were there.

    >>> from wl2nas.cells import Rules
    >>> len(enumerate_cells(Rules(("conv", "pool"), max_vertices=4, max_edges=5)))
    39
    """
    found, k = [], len(rules.inner)
    for n in rules.sizes:
        if max_vertices is not None and n > max_vertices:
            break
        dags, symmetric = unlabelled_dags(n, rules)
        labellings = np.array(list(itertools.product(range(k), repeat=n - 2)), np.int64)
        places = k ** np.arange(n - 2)[::-1]
        rank = np.arange(len(labellings))
        smallest = np.ones((len(dags), len(rank)), bool)
        for order, has in zip(rules.orders(n), symmetric.T, strict=True):
            image = labellings[:, order[1:-1] - 1] @ places
            smallest[has] &= image >= rank
        dag, labelling = np.nonzero(smallest)
        found.append(dags[dag] | _as_bits(labellings, rules)[labelling])
    return CellSpace.from_codes(np.concatenate(found), rules)


def _as_bits(labellings: np.ndarray, rules: Rules) -> UInt64[np.ndarray, " L"]:
    """Labellings (L, n - 2), as digits, in the places of a code, padding behind."""
    padding = (1 << rules.digit_bits) - 1
    wide = np.full((len(labellings), rules.max_vertices - 2), padding, np.uint64)
    wide[:, : labellings.shape[1]] = labellings
    shifts = rules.edge_bits + rules.digit_bits * np.arange(rules.max_vertices - 2)
    return (wide << shifts.astype(np.uint64)).sum(axis=1)  # every digit has bits of its own
