"""Features of paths, against every path of every cell as networkx lists them."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import cell_keys, cell_of
from wl2nas import cells, features
from wl2nas.features import paths

SPACE = cells.nasbench101()
RULES = [
    cells.Rules(("conv", "pool"), 5, 7, name="tiny", ends=("in", "out")),
    cells.Rules(("a", "b", "c", "d"), 4, 6, name="four operations"),
]
SOME = {rules.name: cells.enumerate_cells(rules) for rules in RULES}
SOME["NAS-Bench-101"] = SPACE.take(np.random.default_rng(0).integers(0, len(SPACE), 300))
SOME["NAS-Bench-201"] = cells.nasbench201().take(slice(None, None, 200))
every_space = pytest.mark.parametrize("space", SOME.values(), ids=SOME)


def paths_of(cell) -> list[list[int]]:
    graph = nx.from_numpy_array(cell.adjacency, create_using=nx.DiGraph)
    return list(nx.all_simple_paths(graph, 0, len(cell) - 1))


def sets_of(rules):
    inner = rules.inner
    return [s for k in range(1, len(inner) + 1) for s in itertools.combinations(inner, k)]


def through(cell, names) -> list[int]:
    """Edges of every path whose inner vertices have these operations."""
    found = paths_of(cell)
    return [len(p) - 1 for p in found if {cell.names[v] for v in p[1:-1]} <= set(names)]


def by_listing(cell) -> dict[str, float]:
    """All path statistics of a cell by their names, from the list of its paths and edges."""
    rules, all_paths, last = cell.rules, paths_of(cell), len(cell) - 1
    first_name, last_name = rules.ends
    found = {
        "vertices": len(cell),
        "edges": len(cell.edges),
        f"{first_name} -> {last_name}": (0, last) in cell.edges,
        "log(1 + paths)": np.log(1 + len(all_paths)),
    }
    for names in sets_of(rules):
        lengths = through(cell, names)
        text = " or ".join(names)
        found[f"shortest path through {text}"] = min(lengths, default=rules.max_vertices)
        found[f"longest path through {text}"] = max(lengths, default=0)
    for op in rules.inner:
        on_paths = [sum(cell.names[v] == op for v in path) for path in all_paths]
        here = [v for v, name in enumerate(cell.names) if name == op]
        into = [sum(j == v for _, j in cell.edges) for v in here]
        out_of = [sum(i == v for i, _ in cell.edges) for v in here]
        found |= {
            op: len(here),
            f"fewest {op} on a path": min(on_paths),
            f"most {op} on a path": max(on_paths),
            f"largest in-degree of {op}": max(into, default=0),
            f"sum of in-degrees of {op}": sum(into),
            f"largest out-degree of {op}": max(out_of, default=0),
            f"sum of out-degrees of {op}": sum(out_of),
            f"{first_name} -> {op}": sum((0, v) in cell.edges for v in here),
            f"{op} -> {last_name}": sum((v, last) in cell.edges for v in here),
        }
    return found


def graf_by_listing(cell) -> dict[str, float]:
    rules, n = cell.rules, len(cell)
    first_name, last_name = rules.ends
    found = {op: list(cell.names).count(op) for op in rules.inner}
    for names in sets_of(rules):
        text, lengths = " or ".join(names), through(cell, names)
        ends = [(cell.names[i] in names, cell.names[j] in names) for i, j in cell.edges]
        found |= {
            f"shortest path through {text}": min(lengths, default=n),
            f"vertices on the longest path through {text}": max(
                (k + 1 for k in lengths), default=0
            ),
            f"edges from {text} to {last_name}": sum(
                cell.names[i] in names and j == n - 1 for i, j in cell.edges
            ),
            f"edges from {first_name} to {text}": sum(
                i == 0 and cell.names[j] in names for i, j in cell.edges
            ),
            f"mean number of predecessors that are {text}": sum(i for i, _ in ends) / n,
            f"mean number of successors that are {text}": sum(j for _, j in ends) / n,
        }
    return found


@every_space
@pytest.mark.parametrize(
    ("names", "statistics", "expected"),
    [
        (paths.path_names, paths.path_statistics, by_listing),
        (features.graf_names, features.graf, graf_by_listing),
    ],
    ids=["paths", "graf"],
)
def test_every_column_is_what_its_name_says(space, names, statistics, expected):
    names, found = names(space.rules), statistics(space)
    assert len(set(names)) == len(names) == found.shape[1]
    for cell, row in zip(space, found, strict=True):
        listed = expected(cell)
        assert set(listed) == set(names)
        assert np.allclose(row, [listed[name] for name in names], rtol=0, atol=1e-12)


def test_there_are_45_numbers_on_nasbench101():
    assert (
        len(paths.path_names(cells.NASBENCH101))
        == len(features.graf_names(cells.NASBENCH101))
        == 45
    )


@given(cell_keys, st.integers(0, 119))
@settings(deadline=None, max_examples=50)
def test_the_stored_order_changes_nothing(key, choice):
    forms = cells.stack([cell_of(key), cell_of((key[0], choice))])
    for statistics in (paths.path_statistics, features.graf, features.edge_counts):
        one, other = statistics(forms)
        assert (one == other).all()


def test_blocks_leave_no_trace(monkeypatch):
    space = SOME["NAS-Bench-101"]
    whole = paths.path_statistics(space)
    monkeypatch.setattr(paths, "BLOCK", 7)
    assert (paths.path_statistics(space) == whole).all()
    assert paths.path_statistics(space.take([])).shape == (0, 45)


def test_a_larger_set_has_no_shorter_longest_and_no_longer_shortest_path():
    space = SOME["four operations"]
    named = dict(zip(paths.path_names(space.rules), paths.path_statistics(space).T, strict=True))
    nested = 0
    for few, many in itertools.permutations(sets_of(space.rules), 2):
        if set(few) < set(many):
            few, many, nested = " or ".join(few), " or ".join(many), nested + 1
            shortest, longest = "shortest path through ", "longest path through "
            assert (named[longest + few] <= named[longest + many]).all()
            assert (named[shortest + few] >= named[shortest + many]).all()
    assert nested == 50
    ends = named["input -> output"]
    assert (named["shortest path through a"][ends == 1] == 1).all()


@every_space
def test_edges_are_counted_between_the_operations_that_they_join(space):
    names, found = features.edge_count_names(space.rules), features.edge_counts(space)
    assert len(names) == found.shape[1] == (len(space.rules.inner) + 1) ** 2
    for cell, row in zip(space, found, strict=True):
        joined = [f"{cell.names[i]} -> {cell.names[j]}" for i, j in cell.edges]
        assert [joined.count(name) for name in names] == row.tolist()
        assert row.sum() == len(cell.edges)


def test_too_many_operations_are_refused():
    rules = cells.Rules(tuple("abcdefghi"), 3, 3, name="nine")
    space = cells.enumerate_cells(rules)
    for statistics in (paths.path_statistics, features.graf):
        with pytest.raises(ValueError, match=r"rules of nine have 9 operations.* at most 8"):
            statistics(space)
