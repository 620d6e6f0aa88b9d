"""A cell as one integer: its adjacency bits, then the digits of its inner operations.

``rules.edge_bits`` bits say the matrix; behind them every inner place has ``rules.digit_bits``, in
which the largest number is padding. On NAS-Bench-101 that is 21 + 5 * 2 = 31 bits. A code belongs
to a *form* of a cell, a matrix with operations; the same cell in another order has another.
"""

import numpy as np
from jaxtyping import Bool, Int, Integer, UInt64

from wl2nas.cells.rules import INPUT, NASBENCH101, PADDING, Rules

NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)  # larger than any code: an order that turns an edge backwards


def pairs(n: int) -> list[tuple[int, int]]:
    """The places above the diagonal in the order of their bits."""
    return [(x, y) for y in range(n) for x in range(y)]


def encode(adjacency, ops, rules: Rules = NASBENCH101) -> UInt64[np.ndarray, " N"]:
    """Pack padded cells, in whatever form they stand, into integers; the inverse of ``decode``."""
    return edge_bits(adjacency, rules) | label_bits(ops, rules)


def edge_bits(adjacency, rules: Rules) -> UInt64[np.ndarray, " N"]:
    """What ``encode`` says of the matrices alone."""
    bits = np.zeros(len(adjacency), np.uint64)
    for bit, (x, y) in enumerate(pairs(rules.check_width(adjacency))):
        bits |= adjacency[:, x, y].astype(np.uint64) << np.uint64(bit)
    return bits


def label_bits(ops, rules: Rules) -> UInt64[np.ndarray, " N"]:
    """What ``encode`` says of the operations alone."""
    padding = (1 << rules.digit_bits) - 1
    digit = np.full(rules.output + 2, padding, np.uint64)  # index -1 (padding), input, output
    digit[1:-2] = rules.digits[1:-1]
    bits = np.zeros(len(ops), np.uint64)
    for place in range(rules.check_width(ops) - 2):
        shift = np.uint64(rules.edge_bits + rules.digit_bits * place)
        bits |= digit[ops[:, place + 1]] << shift
    return bits


def decode(
    codes: Integer[np.ndarray, " N"], rules: Rules = NASBENCH101
) -> tuple[Bool[np.ndarray, "N V V"], Int[np.ndarray, "N V"]]:
    """The padded arrays of these codes."""
    codes, v = np.asarray(codes).astype(np.uint64), rules.max_vertices
    adjacency = np.zeros((len(codes), v, v), bool)
    for bit, (x, y) in enumerate(pairs(v)):
        adjacency[:, x, y] = (codes >> np.uint64(bit)) & np.uint64(1)
    lookup = np.full(1 << rules.digit_bits, PADDING, np.int8)
    lookup[: len(rules.compared)] = [rules.code(name) for name in rules.compared]
    ops = np.full((len(codes), v), PADDING, np.int8)
    ops[:, 0] = INPUT
    for place in range(v - 2):
        shift = np.uint64(rules.edge_bits + rules.digit_bits * place)
        ops[:, place + 1] = lookup[(codes >> shift) & np.uint64((1 << rules.digit_bits) - 1)]
    ops[np.arange(len(codes)), (ops != PADDING).sum(axis=1)] = rules.output
    return adjacency, ops


def moved(bits: UInt64[np.ndarray, " M"], order: Int[np.ndarray, " n"]) -> UInt64[np.ndarray, " M"]:
    """The bits of n-vertex matrices in another order; ``NEVER`` where an edge points backwards."""
    result, backwards = np.zeros_like(bits), np.zeros(len(bits), bool)
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))  # old vertex -> new vertex
    for bit, (x, y) in enumerate(pairs(len(order))):
        edge, (a, b) = (bits >> np.uint64(bit)) & np.uint64(1), place[[x, y]].tolist()
        if a < b:
            result |= edge << np.uint64(a + b * (b - 1) // 2)
        else:
            backwards |= edge.astype(bool)
    return np.where(backwards, NEVER, result)


def canonical_codes(space) -> UInt64[np.ndarray, " N"]:
    """The code of the representative of every cell: equal for two cells exactly if they are one.

    The representative has, among all orders, the smallest adjacency bits, and of these the smallest
    labelling. ``space`` may hold any cells of its rules, in any form.
    """
    rules, found = space.rules, np.empty(len(space), np.uint64)
    own = encode(space.adjacency, space.ops, rules)
    forms, where = np.unique(own, return_inverse=True)
    _, ops = decode(forms, rules)
    sizes = (ops != PADDING).sum(axis=1)
    best = np.empty(len(forms), np.uint64)
    for n in np.unique(sizes).tolist():
        rows = np.flatnonzero(sizes == n)
        best[rows] = _smallest(forms[rows], ops[rows], rules, n)
    found[:] = best[where.reshape(-1)]
    return found


def _smallest(forms, ops, rules: Rules, n: int) -> UInt64[np.ndarray, " M"]:
    """Of n-vertex cells, each in one form, the code of the form that comes first.

    Matrices are compared before labellings, and many cells share a matrix: each is moved once, and
    labellings are written in those orders alone in which their matrix is the smallest so far.
    """
    bits, matrix = np.unique(forms & np.uint64((1 << rules.edge_bits) - 1), return_inverse=True)
    digits = np.where(ops[:, : n - 1] > 0, rules.digits[ops[:, : n - 1]], 0).astype(np.uint64)
    first, label = np.full(len(bits), NEVER), np.full(len(forms), NEVER)
    for order in rules.orders(n):
        image = moved(bits, order)
        smaller, rows = image < first, np.flatnonzero((image <= first)[matrix])
        # Compared place by place, so the first inner vertex counts most.
        written = np.zeros(len(rows), np.uint64)
        for v in order[1:-1]:
            written = written * np.uint64(len(rules.inner)) + digits[rows, v]
        kept = np.where(smaller[matrix[rows]], NEVER, label[rows])
        label[rows], first = np.minimum(written, kept), np.minimum(image, first)
    return first[matrix] | _spread(label, rules, n)


def _spread(label: UInt64[np.ndarray, " M"], rules: Rules, n: int) -> UInt64[np.ndarray, " M"]:
    """Labellings, counted 0, 1, 2, ..., as digits in their places, padding behind."""
    base, found = np.uint64(len(rules.inner)), np.zeros(len(label), np.uint64)
    for place in reversed(range(rules.max_vertices - 2)):
        shift = np.uint64(rules.edge_bits + rules.digit_bits * place)
        if place >= n - 2:
            found |= np.uint64((1 << rules.digit_bits) - 1) << shift
        else:
            found |= (label % base) << shift
            label = label // base
    return found
