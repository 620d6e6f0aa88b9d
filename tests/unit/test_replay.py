"""The search replay without a browser: the record of its runs, its state, its picture."""

import functools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from wl2nas import benchmarks, cells, explore, features, search
from wl2nas.explore import replay
from wl2nas.explore import replay_places as layout
from wl2nas.explore import replay_record as records
from wl2nas.search import gp

SHIPPED = Path(__file__).parents[2] / "data" / "results" / "replay.json"


@functools.cache
def small_table() -> benchmarks.AccuracyTable:
    """Every tenth cell of the measured table."""
    whole = benchmarks.load("measured")
    few = slice(None, None, 10)
    return benchmarks.AccuracyTable(
        "small", whole.rows[few], whole.objective[few], whole.reported[few]
    )


def described(table):
    space = table.space.take(table.rows)
    return {
        name: (features.named(name).label, features.named(name).features(space))
        for name in ("statistics", "wl_directed")
    }


@functools.cache
def small() -> dict:
    """Three runs of each method on it, as a page would read them: through JSON."""
    table = small_table()
    made = replay.record(table, described(table), seeds=range(3), questions=16, start=6)
    return json.loads(json.dumps(made))


@functools.cache
def shipped() -> dict:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))["numbers"]


@pytest.mark.parametrize("kind", records.TYPES)
def test_an_array_comes_back_as_it_was(kind):
    values = np.arange(12).reshape(3, 4).astype(kind)
    back = records.unpacked(json.loads(json.dumps(records.packed(values))))
    assert back.dtype == values.dtype and (back == values).all()


def test_an_array_of_another_type_is_refused_by_name():
    with pytest.raises(ValueError, match="float32"):
        records.packed(np.zeros(2, np.float32))


def test_features_become_whole_and_keep_their_proportions():
    values = np.random.default_rng(0).normal(size=(50, 4))
    found = records.whole(values)
    assert (found == np.rint(found)).all() and np.abs(found).max() == records.LARGEST
    np.testing.assert_allclose(found / records.LARGEST, values / np.abs(values).max(), atol=2e-5)
    counts = sparse.csr_matrix(np.eye(5) * 3)
    assert (records.whole(counts) != counts).nnz == 0


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_features_come_back_from_the_page(make):
    values = np.random.default_rng(0).integers(0, 3, (20, 7))
    values[:, 3] = 0  # a column that nobody has is left out
    found = records.features_from_page(records.features_for_page(make(values).astype(float)))
    if make is sparse.csr_matrix:
        found, values = found.toarray(), np.delete(values, 3, axis=1)
    assert (found == values).all()


def test_every_method_of_a_seed_begins_with_the_same_cells_and_asks_each_once():
    made = small()
    assert list(made["runs"]) == ["random", "local", "evolution", "gp/statistics", "gp/wl_directed"]
    runs = np.stack([records.unpacked(run) for run in made["runs"].values()])
    assert runs.shape == (5, 3, 16)
    assert (runs[:, :, :6] == runs[:1, :, :6]).all()
    assert (runs[:, 0, :6] != runs[:, 1, :6]).any()
    assert all(len(np.unique(run)) == 16 for run in runs.reshape(-1, 16))


def test_the_runs_are_those_of_the_library_s_methods():
    table, made = small_table(), small()
    seven = described(table)["statistics"][1]
    near = cells.neighbourhoods(table.space.take(table.rows), resize=True)
    first = np.random.default_rng(2).permutation(len(table))[:6]
    expected = {
        "random": search.random_search(table, 16, seed=2),
        "local": search.local_search(table, near, 16, seed=2, start=first),
        "gp/statistics": search.bayesian_optimisation(
            table, records.whole(seven), 16, seed=2, start=6
        ),
    }
    for arm, history in expected.items():
        places = records.unpacked(made["runs"][arm])[2]
        assert (table.rows[places] == history.rows).all(), arm


def test_the_cells_are_those_of_the_table():
    table, made = small_table(), small()
    space = table.space.take(table.rows)
    assert (records.unpacked(made["rows"]) == table.rows).all()
    assert (records.unpacked(made["ops"]) == space.ops).all()
    bits = records.unpacked(made["successors"])[:, :, None] >> np.arange(space.ops.shape[1])
    assert ((bits & 1).astype(bool) == space.adjacency).all()
    assert made["operations"][0] == "input"


def test_a_table_that_is_too_large_for_dots_is_refused():
    rows = np.arange(records.MOST_CELLS + 1)
    table = benchmarks.AccuracyTable("large", rows, rows / 100, rows / 100)
    with pytest.raises(ValueError, match="at most 5000 cells"):
        replay.record(table, {}, seeds=[0])


def test_principal_places_are_those_of_principal_components():
    from wl2nas import latent

    values = np.random.default_rng(1).normal(size=(200, 5)) * [9, 4, 1, 1, 1]
    places, shares = layout.principal_places(values)
    expected, kept = latent.principal_components(values, 2)
    np.testing.assert_allclose(shares, kept, atol=2e-4)
    for k in range(2):  # stretched and pushed a little, but in order
        assert abs(np.corrcoef(places[:, k], expected[:, k])[0, 1]) > 0.97
    assert places.min() == 0 and places.max() == 1


def test_dots_on_one_spot_can_be_told_apart():
    values = np.repeat(np.arange(20.0)[:, None], 15, axis=0) * [1, 0.5]
    places, _ = layout.principal_places(values)
    apart = gp.squared_distances(places, places) + np.eye(len(places))
    assert np.sqrt(apart.min()) > layout.GAP / 3


def test_equal_variances_do_not_leave_the_directions_to_chance():
    corners = np.array([[np.cos(a), np.sin(a)] for a in np.arange(3) * 2 * np.pi / 3])
    weights = np.array([5, 3, 3, 2, 1, 1])[:, None, None]  # every triangle has equal variances
    cloud = np.round(1000 * weights * corners).reshape(-1, 2)
    turned = cloud @ np.array([[0.6, -0.8], [0.8, 0.6]])
    np.testing.assert_allclose(
        layout.principal_places(cloud)[0], layout.principal_places(turned)[0], atol=0.02
    )


def test_what_is_believed_is_what_the_search_was_told():
    """The next cell of a run is the one of highest expected improvement, of those not asked."""
    made = small()
    for representation in made["representations"]:
        state = replay.State("gp", representation, 1, 12)
        places, answers = replay.asked(made, state), records.unpacked(made["answers"])
        learned = search.targets.floored(answers[places])
        score = search.expected_improvement(replay.believed(made, state), learned.max())
        score[places] = -np.inf
        after = replay.asked(made, state._replace(question=13))[-1]
        assert score[after] >= score.max() - 1e-6


def test_a_state_is_said_and_read():
    state = replay.State("local", "wl_directed", 2, 9)
    assert replay.encode(state) == "method=local&representation=wl_directed&deal=2&question=9"
    assert replay.decode(replay.encode(state), small()) == state
    assert replay.decode("", small()) == replay.State("gp", "statistics", 0, 6)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method=dngo", "method must be one of random, local, evolution, gp; it is 'dngo'"),
        ("representation=graf", "must be one of statistics, wl_directed"),
        ("deal=3", "deal must be 0 to 2; it is '3'"),
        ("deal=-1", "deal must be 0 to 2"),
        ("question=5", "question must be 6 to 16"),
        ("question=", "question must be 6 to 16; it is ''"),
        ("question=\u0661\u0662", "question must be 6 to 16"),
        ("seed=3", "'seed' is none"),
    ],
)
def test_a_state_that_cannot_be_read_is_named(text, message):
    with pytest.raises(ValueError, match=message):
        replay.decode(text, small())


@pytest.mark.parametrize("state", ["", "method=random&question=16"])
def test_the_still_picture_is_drawn_from_the_state(state):
    shown = explore.Replay(small(), small_table(), state)
    before = shown.state
    assert shown.still().startswith(b"\x89PNG")
    assert shown.state == before and shown.picks == [] and shown.errors == []


def test_a_record_of_another_table_is_refused_with_the_remedy():
    table = small_table()
    after = benchmarks.AccuracyTable(
        "small", table.rows, table.objective, table.reported + 0.01 * (table.rows == table.rows[3])
    )
    remedy = f"digest {records.digest(table)}, not {records.digest(after)}; .* `make replay-data`"
    with pytest.raises(ValueError, match=remedy):
        explore.Replay(small(), after)
    with pytest.raises(ValueError, match="digest None"):
        explore.Replay({**small(), "digest": None}, table)


def test_the_shipped_record_is_of_the_measured_table():
    table, made = benchmarks.load("measured"), shipped()
    records.require_made_from(made, table)
    assert (records.unpacked(made["rows"]) == table.rows).all()
    assert (records.unpacked(made["answers"]) == table.objective).all()
    assert (records.unpacked(made["judged"]) == table.reported).all()
    assert made["questions"] == 60 and len(made["seeds"]) == 50
    assert SHIPPED.stat().st_size <= 1_000_000


def test_the_shipped_runs_can_be_made_again():
    """Those of one seed, of the methods that take no time, and one of a process."""
    table, made = benchmarks.load("measured"), shipped()
    for arm, rows in {
        "random": search.random_search(table, 60, seed=7).rows,
        "gp/statistics": search.bayesian_optimisation(
            table,
            records.features_from_page(made["representations"]["statistics"]["features"]),
            60,
            seed=7,
        ).rows,
    }.items():
        assert (table.rows[records.unpacked(made["runs"][arm])[7]] == rows).all(), arm
