"""What the search replay shows: runs of several methods on one table, ready for a page.

``record`` lets every method search with the same seeds; those of one seed are *dealt* the same
first cells. The page gets the table, the features as whole numbers, and which cells were asked.
What a Gaussian process made of the answers it works out itself (``static/replay_gp.js``), by the
rule of ``search.gp``, from the very features that the search saw.

An array is a dict, ``{"type": "int16", "shape": [2532, 16], "base64": ...}``, its numbers in
little-endian order: JSON takes it, in a quarter of the room that digits would need.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from scipy import sparse

from wl2nas import _require, benchmarks, cells, search
from wl2nas.explore.replay_places import principal_places

MOST_CELLS = 5_000  # every one is a dot, and places come from all their distances
MOST_VERTICES = 16  # a row of the matrix is one number
LARGEST = 32_767  # of int16
PLAIN = {"random": "random search", "local": "local search", "evolution": "evolution"}  # no model
TYPES = ("uint8", "int16", "uint16", "int32", "float64")


def record(
    table: benchmarks.AccuracyTable,
    representations: Mapping[str, tuple[str, object]],
    *,
    seeds: Sequence[int],
    questions: int = 60,
    start: int = 10,
) -> dict:
    """Runs of random search, local search, evolution and, on each representation, a Gaussian
    process with expected improvement, one question at a time.

    representations: name -> (label, features), a row (M, D) for each row of the table, dense or
    sparse; they are rounded to ``whole`` numbers first. seeds: of the runs; the first ``start`` of
    the ``questions`` of a seed are the same cells for all methods, drawn at random. ValueError for
    a table of more than 5,000 cells, or of cells of more than 16 vertices.
    """
    space = table.space.take(table.rows)
    if len(space) > MOST_CELLS or space.rules.max_vertices > MOST_VERTICES:
        raise ValueError(f"a replay shows at most {MOST_CELLS} cells of at most {MOST_VERTICES} "
                         f"vertices; table {table.name!r} has {len(space)} of at most "
                         f"{space.rules.max_vertices}: give a table of fewer")  # fmt: skip
    rounded = {name: whole(_require.features(name, values, rows=len(table)))
               for name, (_, values) in representations.items()}  # fmt: skip
    return {
        "table": table.name,
        "digest": digest(table),
        "start": _require.whole("start", start, at_least=2),
        "questions": _require.whole("questions", questions, at_least=start + 1),
        "seeds": [_require.whole("seeds", seed, at_least=0) for seed in seeds],
        "rows": packed(table.rows.astype(np.int32)),
        "answers": packed(table.objective),
        "judged": packed(table.reported),
        **_drawn(space),
        "representations": {name: {"label": label, **_described(rounded[name])}
                            for name, (label, _) in representations.items()},
        "methods": {**PLAIN, "gp": "Gaussian process"},
        "runs": {name: packed(places.astype(np.uint16))
                 for name, places in _runs(table, space, rounded, seeds, questions, start).items()},
    }  # fmt: skip


def digest(table: benchmarks.AccuracyTable) -> str:
    """Sixteen digits that say which table it is: other rows or accuracies, other digits."""
    parts = (table.rows.astype("<i8"), table.objective.round(6), table.reported.round(6))
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()[:16]


def require_made_from(record: Mapping, table: benchmarks.AccuracyTable):
    """ValueError if the record is one of another table, or of this one as it was before."""
    if (made_from := record.get("digest")) != (this := digest(table)):
        raise ValueError(f"record was made from another table than {table.name!r} as it is now: "
                         f"digest {made_from}, not {this}; make it anew, the shipped one by "
                         "`make replay-data`")  # fmt: skip


def whole(values):
    """Features (M, D) as whole numbers within int16: multiplied so that the largest just fits.

    A Gaussian process asks for distances in proportion only. Whole numbers stay as they are.
    """
    entries = values.data if sparse.issparse(values) else values
    largest = np.abs(entries).max(initial=0)
    scale = 1.0 if (entries == np.rint(entries)).all() and largest <= LARGEST else LARGEST / largest
    found = values * scale
    if sparse.issparse(found):
        found.data = np.rint(found.data)
        return found
    return np.rint(found)


def _runs(table, space, rounded: Mapping, seeds, questions: int, start: int) -> dict:
    """The places that were asked, in order, (seeds, questions), for every method."""
    near = cells.neighbourhoods(space, resize=len(space.rules.sizes) > 1)
    dealt = {s: np.random.default_rng(s).permutation(len(table))[:start] for s in seeds}
    methods = {
        "random": lambda s: search.random_search(table, questions, seed=s),
        "local": lambda s: search.local_search(table, near, questions, seed=s, start=dealt[s]),
        "evolution": lambda s: search.regularised_evolution(
            table, near, questions, seed=s, start=dealt[s]
        ),
    }
    for name, values in rounded.items():
        methods[f"gp/{name}"] = lambda s, values=values: search.bayesian_optimisation(
            table, values, questions, seed=s, start=start
        )
    order = np.argsort(table.rows, kind="stable")
    return {
        name: np.stack([order[np.searchsorted(table.rows[order], run(s).rows)] for s in seeds])
        for name, run in methods.items()
    }


# --- for the page -------------------------------------------------------------------------------


def packed(values: np.ndarray) -> dict:
    """An array as JSON; the inverse of ``unpacked``."""
    name = _require.choice("type of values", values.dtype.name, TYPES)
    content = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
    return {"type": name, "shape": list(values.shape), "base64": base64.b64encode(content).decode()}


def unpacked(text: Mapping) -> np.ndarray:
    """The array that ``packed`` wrote."""
    kind = np.dtype(_require.choice("type", text["type"], TYPES)).newbyteorder("<")
    return np.frombuffer(base64.b64decode(text["base64"]), kind).reshape(text["shape"])


def _drawn(space: cells.CellSpace) -> dict:
    """Operations (M, V), padding -1, and successors: bit j of the i-th of (M, V) is the edge i to
    j."""
    bits = 1 << np.arange(space.rules.max_vertices)
    return {
        "operations": list(space.rules.operations),
        "ops": packed(space.ops.astype(np.int16)),
        "successors": packed((space.adjacency * bits).sum(axis=2).astype(np.uint16)),
    }


def _described(values) -> dict:
    """Features, places on the map, and the shares of the variance that its directions hold."""
    places, shares = principal_places(values)
    return {
        "features": features_for_page(values),
        "places": packed(np.rint(LARGEST * places).astype(np.uint16)),
        "shares": shares,
    }


def features_for_page(values) -> dict:
    """Whole features: dense as ``values``, sparse as ``values`` with ``columns``, row by row, of
    which ``counts`` belong to each row."""
    if not sparse.issparse(values):
        return {"width": values.shape[1], "values": packed(values.astype(np.int16))}
    values = values.copy()
    values.eliminate_zeros()
    used, columns = np.unique(values.indices, return_inverse=True)
    return {
        "width": len(used),
        "values": packed(values.data.astype(np.int16)),
        "columns": packed(columns.astype(np.uint16)),
        "counts": packed(np.diff(values.indptr).astype(np.uint16)),
    }


def features_from_page(text: Mapping):
    """The features of ``features_for_page``, (M, width), dense or sparse as they were."""
    values = unpacked(text["values"]).astype(float)
    if "columns" not in text:
        return values
    counts = unpacked(text["counts"])
    starts = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
    shape = (len(counts), text["width"])
    return sparse.csr_matrix((values, unpacked(text["columns"]), starts), shape)
