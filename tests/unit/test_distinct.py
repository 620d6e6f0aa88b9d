import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, spatial

from wl2nas.features import distinct


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_groups_are_counted_up_to_ten_gaps(rng):
    gap = 1e-4
    centres = np.arange(20)[:, None] * [1.0, 2.0, -1.0]
    jitter = rng.uniform(-1, 1, (20, 5, 3)) * gap
    order = rng.permutation(100)
    found = distinct.join((centres[:, None] + jitter).reshape(-1, 3)[order], gap)
    assert found.counts == {"distinct": 20, "tolerance": 10 * gap, "ambiguous": 0}
    assert distinct.same_partition(found.labels, np.repeat(np.arange(20), 5)[order])


def test_groups_and_ambiguous_pairs():
    vectors = np.array([[0.0, 0], [5, 0], [0, 5], [20, 0], [1_000, 0]])
    found = distinct.join(vectors, 1.0)
    assert (found.distinct, found.tolerance) == (3, 10)
    assert found.ambiguous == 3  # 20 from each of the first three
    assert distinct.same_partition(found.labels, [0, 0, 0, 1, 2])


def test_pairs_between_ten_and_a_hundred_gaps_are_ambiguous():
    gap = 0.01
    line = np.array([[0.0], [0.05], [0.13], [1.0], [1.5], [3.0]])
    # .00 - .05 - .13 is a chain of near pairs, whose ends are .13 apart: ambiguous; so are
    # the three pairs of 1.0 with the chain, but for the one that is 100 gaps away; and 1 - 1.5.
    near, between = 0, 0
    for i in range(6):
        for j in range(i):
            distance = abs(line[i, 0] - line[j, 0])
            near += distance < 0.1
            between += 0.1 <= distance <= 1.0
    assert (near, between) == (2, 5)
    found = distinct.join(line, gap)
    assert (found.distinct, found.tolerance, found.ambiguous) == (4, 0.1, 5)


@given(st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=30)
def test_all_distances_agree(seed):
    """Whole numbers, some vectors twice: those are one before any pair is looked at."""
    vectors = np.random.default_rng(seed).integers(0, 12, (40, 3)).astype(float)
    found = distinct.join(vectors, 0.15)
    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    graph = nx.from_numpy_array(distance < 1.5)
    expected = {v: k for k, part in enumerate(nx.connected_components(graph)) for v in part}
    assert distinct.same_partition(found.labels, [expected[v] for v in range(40)])
    once = np.unique(vectors, axis=0)
    distance = np.linalg.norm(once[:, None] - once[None], axis=-1)
    assert found.ambiguous == np.triu((distance >= 1.5) & (distance <= 15), 1).sum()


@pytest.mark.parametrize("dimensions", [2, 16, 32])
def test_a_search_tree_finds_the_same_pairs(rng, dimensions):
    vectors = rng.normal(size=(2_000, dimensions))
    step = rng.normal(size=vectors.shape) / dimensions**0.5  # of length near one
    vectors[::2] = vectors[1::2] + 3e-6 * step[::2]
    vectors[:20] = vectors[20:40] + 5e-5 * step[:20]
    gap, tree = 1e-6, spatial.cKDTree(vectors)
    near = tree.query_pairs(100 * gap, output_type="ndarray")
    apart = np.linalg.norm(vectors[near[:, 0]] - vectors[near[:, 1]], axis=1)
    ends = near[apart < 10 * gap].T
    joined = sparse.coo_matrix((np.ones(ends.shape[1], bool), ends), shape=(2_000,) * 2)
    count, labels = sparse.csgraph.connected_components(joined, directed=False)
    found = distinct.join(vectors, gap)
    assert (found.distinct, found.ambiguous) == (count, (apart >= 10 * gap).sum())
    assert found.ambiguous > 0
    assert distinct.same_partition(found.labels, labels)


def test_a_collapsed_model_has_one_vector(rng):
    found = distinct.join(np.repeat(rng.normal(size=(1, 3)), 400, axis=0), 0.0)
    assert (found.distinct, found.ambiguous) == (1, 0)
    assert not found.labels.any()


def test_equal_vectors_are_made_equal(rng):
    centres = np.arange(20)[:, None] * [1.0, 2.0, -1.0]
    jitter = 1e-4 * rng.uniform(-1, 1, (100, 3))
    group = rng.permutation(np.repeat(np.arange(20), 5))
    vectors = centres[group] + jitter
    settled = distinct.made_equal(vectors, 1e-4)
    first = [int(np.argmax(group == k)) for k in group]
    assert (settled == vectors[first]).all()  # taken, not computed
    assert (distinct.made_equal(settled, 1e-4) == settled).all()


def test_what_is_neither_equal_nor_different_is_not_made_equal():
    vectors = np.array([[0.0, 0], [5, 0], [20, 0]])
    with pytest.raises(ValueError, match=r"2 pairs of vectors are 10 to 100 gaps of 1\.0 apart"):
        distinct.made_equal(vectors, 1.0)


def test_a_crowd_is_refused(monkeypatch, rng):
    cloud = rng.normal(size=(10, 2))
    monkeypatch.setattr(distinct, "CROWD", 5)
    with pytest.raises(
        ValueError, match=r"more than 5 vectors lie within 100 gaps; gap 1\.0 is too"
    ):
        distinct.join(cloud, 1.0)
    assert distinct.join(cloud, 1e-9).distinct == 10


@pytest.mark.parametrize(
    ("vectors", "gap", "message"),
    [
        (np.zeros((3, 2)), -1.0, "gap must be a finite number of 0 or more; it is -1.0"),
        (np.zeros((3, 2)), float("nan"), "gap must be a finite number of 0 or more; it is nan"),
        (np.zeros((3, 2)), float("inf"), "gap must be a finite number of 0 or more; it is inf"),
        (np.zeros((3, 2)), "1", "gap must be a finite number of 0 or more; it is '1'"),
        (np.zeros((3, 2)), True, "gap must be a finite number of 0 or more; it is True"),
        (np.zeros((3, 2)), None, "gap must be a finite number of 0 or more; it is None"),
        (np.zeros(3), 1.0, r"vectors must have the shape \(any, any\); its shape is \(3,\)"),
        (np.zeros((3, 0)), 1.0, r"vectors must have an entry at least; their shape is \(3, 0\)"),
        ([[0.0], [float("nan")]], 1.0, "vectors must be finite; 1 of its numbers"),
        ([[0.0], [float("inf")]], 1.0, "vectors must be finite; 1 of its numbers"),
        ([[0.0], [1j]], 1.0, "vectors must hold numbers; it holds complex128"),
        ([["a"], ["b"]], 1.0, "vectors must hold numbers"),
        (sparse.eye(3), 1.0, r"call \.toarray\(\)"),
    ],
)
def test_what_cannot_be_joined_is_named(vectors, gap, message, no_annotations):
    with pytest.raises((ValueError, TypeError), match=message):
        distinct.join(vectors, gap)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int16])
def test_whole_numbers_are_as_far_apart_as_numbers(dtype):
    """In eight bits 0 - 1 would be 255, and True - False is not even there."""
    rows = np.array([[0, 1], [1, 0], [1, 1], [0, 1]]).astype(dtype)
    found, expected = (distinct.join(v, 0.12) for v in (rows, rows.astype(float)))
    assert found.counts == expected.counts == {"distinct": 1, "tolerance": 1.2, "ambiguous": 1}
    assert (found.labels == expected.labels).all()


def test_nothing_is_no_group():
    assert distinct.join(np.zeros((0, 3)), 1.0).counts["distinct"] == 0


@pytest.mark.parametrize(
    ("a", "b"), [([0, 1], [0]), ([0], [0, 1, 2]), ([[0, 1]], [[0, 1]]), (0, 0)]
)
def test_labels_of_different_things_are_not_compared(a, b):
    with pytest.raises(ValueError, match="a and b must label the same things; their shapes"):
        distinct.same_partition(a, b)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ([0, 0, 1], ["x", "x", "y"], True),
        ([0, 1, 0], [5, 5, 2], False),
        ([0, 0, 1], [0, 1, 2], False),
        ([0, 1, 2], [0, 0, 1], False),
        ([0, 0, 1, 1], [0, 1, 0, 1], False),
    ],
)
def test_partitions_are_equal_up_to_names(a, b, same):
    assert distinct.same_partition(a, b) is same
