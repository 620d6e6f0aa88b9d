"""`make table`: its network against the official rules, its training, and how it is resumed."""

import concurrent.futures
import functools
import importlib.util
import re

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from scipy import stats as statistics

from wl2nas import cells, graphs
from wl2nas.benchmarks import measured

if importlib.util.find_spec("mnist1d") is None:
    pytest.skip("mnist1d is not installed: pip install 'wl2nas[table]'", allow_module_level=True)

from experiments import table
from experiments import table_network as network

SPACE = cells.nasbench101()
TINY = table.Settings(channels=4, train=100, batch=50, epochs=1)
CHAIN = [(0, 1), (1, 2), (2, 3)]


def cell(n, edges, *inner):
    return cells.Cell(graphs.from_edges(n, edges), ["input", *inner, "output"])


@pytest.fixture(scope="module")
def signals():
    return table.signals()


@pytest.fixture
def few(signals):
    """150 signals to train and validate, 50 to test."""
    return {name: values[: 50 if "test" in name else 150] for name, values in signals.items()}


@pytest.fixture
def quick_compiler():
    """Compile once and run a few steps: optimising the code would take longer than it saves."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


def test_the_signals_are_those_that_the_table_was_measured_on(signals):
    assert signals["x"].shape == (4_000, 40) and signals["x_test"].shape == (1_000, 40)
    assert (np.bincount(signals["y"]) + np.bincount(signals["y_test"])).tolist() == [500] * 10
    measured_on = "a6e42da1eadc73f1e7be5f3331ce3003c333d8765611c7c874baeab39d37a613"
    assert table.checksum(signals) == measured_on


@pytest.mark.parametrize("name", ["x", "y", "x_test", "y_test"])
def test_the_checksum_sees_a_change_in_every_array(few, name):
    before = table.checksum(few)
    few[name] = few[name].copy()
    few[name][3] += np.asarray(1, few[name].dtype)
    assert table.checksum(few) != before


# --- the network --------------------------------------------------------------------------------


def slow_logits(params, chosen, x):
    """The network position by position, in NumPy, in training mode; x is (batch, 40)."""

    def convolution(name, features):  # (batch, position, channels)
        weight = np.asarray(params[name]["weight"], np.float64)
        taps = len(weight)
        if name.split("/")[-1].isdigit() and chosen.ops[int(name.split("/")[-1])] == cells.CONV1X1:
            weight, taps = weight[1:2], 1
        padded = np.pad(features, [(0, 0), (taps // 2, taps // 2), (0, 0)])
        length = features.shape[1]
        y = sum(padded[:, k : k + length] @ weight[k].T for k in range(taps))
        y = (y - y.mean(axis=(0, 1))) / np.sqrt(y.var(axis=(0, 1)) + 1e-5)
        return np.maximum(y * params[name]["gain"] + params[name]["bias"], 0)

    def pool(features):
        padded = np.pad(features, [(0, 0), (1, 1), (0, 0)], constant_values=-np.inf)
        return np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])

    def block(number, features):
        n, values = len(chosen), {}
        for v in range(1, n - 1):
            width = len(params[f"{number}/{v}"]["gain"])
            total = 0
            for u in np.flatnonzero(chosen.adjacency[:, v]):
                if u == 0:
                    total = total + convolution(f"{number}/input->{v}", features)
                else:
                    total = total + values[u][:, :, :width]
            if chosen.ops[v] == cells.MAXPOOL:
                values[v] = pool(total)
            else:
                values[v] = convolution(f"{number}/{v}", total)
        last = [v for v in range(1, n - 1) if chosen.adjacency[v, n - 1]]
        out = np.concatenate([values[v] for v in last], axis=2) if last else 0
        if chosen.adjacency[0, n - 1]:
            out = out + convolution(f"{number}/input->{n - 1}", features)
        return out

    features = block(0, convolution("stem", x[:, :, None]))
    features = features.reshape(len(x), 20, 2, -1).max(axis=2)
    features = block(1, features).mean(axis=1)
    return features @ params["classifier"]["weight"].T + params["classifier"]["bias"]


NETWORKS = {
    "direct": cell(2, [(0, 1)]),
    "chain": cell(4, CHAIN, "maxpool", "conv1x1"),
    "all operations": cell(
        5, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4), (0, 4)],
        "conv3x3", "maxpool", "conv1x1",
    ),
}  # fmt: skip


def initialised(chosen, channels=5):
    """Weights with gains and biases off their defaults."""
    ops = jnp.asarray(chosen.ops[1:-1], jnp.int32)
    params, stats = network.initialise(jax.random.key(0), chosen.adjacency, ops, channels)
    rng = np.random.default_rng(0)
    for name, weights in params.items():
        if name != "classifier":
            weights["gain"] = jnp.asarray(rng.uniform(0.5, 2, weights["gain"].shape), jnp.float32)
        bias = 0.3 * rng.normal(size=weights["bias"].shape)  # no channel may be dead
        weights["bias"] = jnp.asarray(bias, jnp.float32)
    return params, stats, ops


@functools.cache
def forward_and_backward(name):
    """Random weights, random signals (30, 40), the logits, and the gradient of a random sum."""
    chosen, rng = NETWORKS[name], np.random.default_rng(1)
    params, stats, ops = initialised(chosen)
    x = jnp.asarray(rng.normal(size=(30, 40)), jnp.float32)
    weights = jnp.asarray(rng.normal(size=(10, 30)), jnp.float32)

    def objective(params):
        logits, _ = network.logits(params, stats, chosen.adjacency, ops, x, train=True)
        return (weights * logits).sum(), logits

    gradient, logits = jax.jit(jax.grad(objective, has_aux=True))(params)
    return params, x, logits, gradient


@pytest.mark.parametrize("name", NETWORKS)
def test_the_network_computes_the_official_semantics(name, quick_compiler):
    params, x, logits, _ = forward_and_backward(name)
    assert np.allclose(logits.T, slow_logits(params, NETWORKS[name], np.asarray(x)), atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_counted_parameters_are_those_that_the_logits_depend_on(name, quick_compiler):
    *_, gradient = forward_and_backward(name)
    leaves, chosen = jax.tree.leaves(gradient), NETWORKS[name]
    used = sum(int((leaf != 0).sum()) for leaf in leaves)
    assert network.parameter_count(chosen.adjacency, chosen.ops[1:-1], 5) == used
    assert (used < sum(leaf.size for leaf in leaves)) == (name != "direct")


def test_a_1x1_convolution_is_a_3x3_convolution_with_empty_outer_taps(few, quick_compiler):
    small, large = (cell(4, CHAIN, "maxpool", op) for op in ("conv1x1", "conv3x3"))
    params, stats, ops = initialised(small)
    other = jnp.asarray(large.ops[1:-1], jnp.int32)
    x = jnp.asarray(few["x"][:16])
    hollow = dict(params)
    for block in (0, 1):
        weight = params[f"{block}/2"]["weight"]
        assert weight.shape[0] == 3
        emptied = weight.at[0].set(0).at[2].set(0)
        hollow[f"{block}/2"] = {**params[f"{block}/2"], "weight": emptied}

    def run(weights, ops, train):
        return network.logits(weights, stats, small.adjacency, ops, x, train=train)[0]

    for train in (True, False):
        same = np.abs(run(params, ops, train) - run(hollow, other, train)).max()
        assert same < 1e-4  # a hundred units of rounding, of logits near ten
        assert jnp.abs(run(params, ops, train) - run(params, other, train)).max() > 0.01


# --- training -----------------------------------------------------------------------------------


def rows_of(dag_of):
    """All rows that share the DAG of this cell."""
    row = SPACE.row(dag_of)
    mask = np.uint32((1 << 21) - 1)
    return np.flatnonzero(
        ((SPACE.codes & mask) == (SPACE.codes[row] & mask))
        & (SPACE.n_vertices == SPACE.n_vertices[row])
    )


def test_batches_see_every_signal_once_an_epoch():
    settings = table.Settings(train=100, batch=20, epochs=3)
    order = table.batch_order(0, settings)
    assert order.shape == (15, 20)
    epochs = order.reshape(3, 100)
    assert (np.sort(epochs) == np.arange(100)).all()
    assert (epochs[0] != epochs[1]).any()
    assert (table.batch_order(0, settings) == order).all()
    assert (table.batch_order(1, settings) != order).any()


@pytest.mark.slow
def test_a_dag_gives_one_record_per_cell_and_seed_whatever_trains_beside_it(few, quick_compiler):
    rows = rows_of(cell(3, [(0, 1), (1, 2)], "maxpool"))
    assert len(rows) == 3
    result = table.train_dag(SPACE, rows, [0, 2], few, TINY)
    assert sorted(zip(result["row"], result["seed"], strict=True)) == [
        (row, seed) for row in sorted(rows) for seed in (0, 2)
    ]
    assert list(result.columns) == ["row", "seed", *table.COLUMNS[2:6], "loss_1"]
    assert result[["validation", "test"]].stack().between(0, 1).all()
    assert result["loss_1"].nunique() == 6
    for row, parameters in zip(result["row"], result["parameters"], strict=True):
        inner = SPACE[row].ops[1:-1]
        assert parameters == network.parameter_count(SPACE[row].adjacency, inner, 4)

    alone, again = (table.train_dag(SPACE, rows[1:2], [2], few, TINY) for _ in range(2))
    assert again.drop(columns="seconds").equals(alone.drop(columns="seconds"))
    beside = result[(result["row"] == rows[1]) & (result["seed"] == 2)]
    assert alone["loss_1"].item() == pytest.approx(beside["loss_1"].item(), abs=1e-3)
    assert alone["validation"].item() == pytest.approx(beside["validation"].item(), abs=0.05)


def test_a_loss_that_is_not_finite_names_the_rows(few, monkeypatch):
    answers = np.array([10]), np.array([10]), np.array([[np.nan]])
    monkeypatch.setattr(table, "train_all", lambda *_: answers)
    (row,) = rows_of(cell(2, [(0, 1)]))
    with pytest.raises(FloatingPointError, match=rf"not finite among rows \[{row}\]"):
        table.train_dag(SPACE, np.array([row]), [0], few, TINY)


# --- resuming -----------------------------------------------------------------------------------


def seeds_of(n):
    return 3 if n <= 3 else 2


def record(rows, seeds):
    """What a training of these rows and seeds would leave, made up."""
    pairs = [(int(row), seed) for row in rows for seed in seeds]
    made_up = pd.DataFrame(pairs, columns=["row", "seed"])
    for column in table.COLUMNS[2:]:
        made_up[column] = (made_up["row"] % 89 + made_up["seed"]) / 100
    return made_up


@pytest.fixture
def complete():
    """Every cell of two to four vertices."""
    of_size = [(np.flatnonzero(SPACE.n_vertices == n), range(seeds_of(n))) for n in (2, 3, 4)]
    return pd.concat([record(*pair) for pair in of_size], ignore_index=True)


def missing(measured):
    return [
        (rows.tolist(), list(seeds))
        for rows, seeds in table.jobs(SPACE, (2, 3, 4), seeds_of, measured)
    ]


def test_every_cell_of_a_size_is_wanted_once_where_nothing_is_drawn():
    rows = np.concatenate(list(table.wanted(SPACE, 5, None, None)))
    assert (np.sort(rows) == np.flatnonzero(SPACE.n_vertices == 5)).all()


def test_a_sample_is_of_whole_dags_and_holds_every_smaller_one():
    few, more = (list(table.wanted(SPACE, 7, *size)) for size in ((3, 4), (5, 8)))
    assert len(more) == 5 and all(0 < len(rows) <= 8 for rows in more)
    for rows in more:
        assert (SPACE.n_vertices[rows] == 7).all() and len(np.unique(rows)) == len(rows)
        assert (SPACE.adjacency[rows] == SPACE.adjacency[rows[0]]).all()
    for some, others in zip(few, more, strict=False):
        assert len(some) == min(4, len(others)) and set(some) <= set(others)
    first = [rows[0] for rows in more]
    assert first != sorted(first)  # drawn, not the first in the order of the space


def test_an_empty_table_misses_every_dag_smallest_first(tmp_path):
    todo = missing(table.load_partial(tmp_path / "nowhere.csv"))
    sizes = [int(SPACE.n_vertices[rows[0]]) for rows, _ in todo]
    assert sizes == [2] * 1 + [3] * 2 + [4] * 10  # the counts of unlabelled DAGs
    rows = np.concatenate([rows for rows, _ in todo])
    assert np.sort(rows).tolist() == np.flatnonzero(SPACE.n_vertices <= 4).tolist()
    assert all(seeds == list(range(seeds_of(n))) for (_, seeds), n in zip(todo, sizes, strict=True))


def test_a_complete_table_misses_nothing(complete):
    assert missing(complete) == []


def test_a_dag_that_is_missing_is_the_one_to_train(complete):
    rows = rows_of(cell(4, CHAIN, "maxpool", "conv1x1"))
    assert len(rows) == 9
    assert missing(complete[~complete["row"].isin(rows)]) == [(rows.tolist(), [0, 1])]


def test_a_seed_that_is_missing_for_one_cell_is_trained_anew_for_its_dag(complete):
    rows = rows_of(cell(4, CHAIN, "maxpool", "conv1x1"))
    gap = (complete["row"] == rows[4]) & (complete["seed"] == 1)
    assert missing(complete[~gap]) == [(rows.tolist(), [1])]


def test_a_saved_table_is_read_back_in_the_order_of_rows_and_seeds(complete, tmp_path):
    path = tmp_path / "measured.csv"
    table.save_table(path, complete.sample(frac=1, random_state=0))
    again = table.load_partial(path)
    assert again.equals(complete.sort_values(["row", "seed"], ignore_index=True))
    assert list(tmp_path.iterdir()) == [path]


def test_a_flipped_byte_in_a_half_done_table_is_found_and_named(complete, tmp_path):
    path, rng = tmp_path / "measured.csv", np.random.default_rng(0)
    table.save_table(path, complete)
    good = path.read_bytes()
    lines = good.count(b"\n")
    for place in [*rng.integers(len(good), size=60), *range(0, good.index(b"\n") + 1, 5)]:
        bad = bytearray(good)
        bad[place] ^= 1 << rng.integers(8)
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=str(path)) as caught:
            table.load_partial(path)
        if bad[place] < 128 and chr(bad[place]).isalnum() and chr(good[place]).isalnum():
            line = good[:place].count(b"\n") + 1
            named = f"line {line}" if line > 1 else "line 2|columns|digests"
            assert re.search(named, str(caught.value)) and line <= lines


def test_a_cut_table_keeps_only_whole_lines_or_is_refused(complete, tmp_path):
    path = tmp_path / "measured.csv"
    table.save_table(path, complete.iloc[:9])
    good, whole = path.read_bytes(), table.load_partial(path)
    for cut in range(len(good)):
        path.write_bytes(good[:cut])
        try:
            kept = table.load_partial(path)
        except ValueError as error:
            assert str(path) in str(error)
            continue
        assert good[cut - 1 : cut] == b"\n"
        assert kept.empty or kept.equals(whole.iloc[: len(kept)])


def test_the_table_that_ships_is_believed_and_one_without_digests_is_not(tmp_path):
    path = tmp_path / "measured.csv"
    path.write_bytes(table.TARGET.read_bytes())
    assert table.load_partial(path).equals(measured.trainings())
    measured.trainings().to_csv(path, index=False)
    with pytest.raises(ValueError, match="has no digests, by which an altered line is told"):
        table.load_partial(path)
    with pytest.raises(ValueError, match="is a folder or a device"):
        table.load_partial(tmp_path)


def test_a_saved_table_can_be_searched(complete, tmp_path):
    path = tmp_path / "measured.csv"
    some = complete[complete[["validation", "test"]].max(axis=1) <= 1]
    table.save_table(path, some)
    assert measured.load(path).rows.tolist() == sorted(some["row"].unique())


class InThreads(concurrent.futures.ThreadPoolExecutor):
    """Worker processes, but in this one."""

    def __init__(self, workers, mp_context):
        super().__init__(workers)


@pytest.fixture
def made_up_work(monkeypatch):
    """`measure` without processes and training; returns the DAGs that were worked on."""
    worked = []

    def work(job):
        worked.append(job)
        return record(*job)

    monkeypatch.setenv("XLA_FLAGS", "")  # measure sets it for its workers
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", InThreads)
    monkeypatch.setattr(table, "_work", work)
    monkeypatch.setattr(table, "tqdm", lambda futures, **_: futures)
    return worked


def test_a_killed_measurement_goes_on_where_it_was(complete, tmp_path, monkeypatch, made_up_work):
    path, saves = tmp_path / "measured.csv", []

    def killed_at_the_fifth(path, content):
        saves.append(content)
        if len(saves) == 5:
            raise KeyboardInterrupt
        write(path, content)

    write = table.write_atomically
    monkeypatch.setattr(table, "write_atomically", killed_at_the_fifth)
    with pytest.raises(KeyboardInterrupt):
        table.measure(path, (2, 3, 4), seeds_of, workers=1)
    monkeypatch.setattr(table, "write_atomically", write)
    kept = table.load_partial(path)
    assert 0 < len(kept) < len(complete)
    left = missing(kept)
    assert len(left) == 13 - 4
    made_up_work.clear()
    table.measure(path, (2, 3, 4), seeds_of, workers=1)
    assert [(rows.tolist(), list(seeds)) for rows, seeds in made_up_work] == left
    expected = complete.sort_values(["row", "seed"], ignore_index=True)
    assert table.load_partial(path).equals(expected)


def test_a_dag_with_one_gap_is_measured_without_a_record_twice(complete, tmp_path, made_up_work):
    path = tmp_path / "measured.csv"
    rows = rows_of(cell(4, CHAIN, "maxpool", "conv1x1"))
    gap = (complete["row"] == rows[4]) & (complete["seed"] == 1)
    table.save_table(path, complete[~gap])
    table.measure(path, (2, 3, 4), seeds_of, workers=1)
    assert len(made_up_work) == 1
    assert table.load_partial(path).equals(complete.sort_values(["row", "seed"], ignore_index=True))


def test_spread_is_that_of_the_means(monkeypatch):
    monkeypatch.setattr(table, "BEST", 2)
    trainings = pd.DataFrame({"row": [0, 0, 1, 2, 2], "test": [0.2, 0.4, 0.5, 0.7, 0.9]})
    found = table.spread(trainings)
    assert found["median"] == pytest.approx(50) and found["deviation"] == pytest.approx(
        25.166, 1e-4
    )
    assert found["of the best 2"] == pytest.approx(30 / 2**0.5)


def test_agreement_of_every_two_seeds(monkeypatch):
    monkeypatch.setattr(table, "BEST", 5)
    rng = np.random.default_rng(0)
    quality = rng.normal(size=30)
    noisy = [quality + rng.normal(size=30) for _ in range(3)]
    pieces = [
        pd.DataFrame({"row": range(30), "seed": seed, "validation": v, "test": -v})
        for seed, v in enumerate(noisy)
    ]
    pieces[2] = pieces[2].iloc[:20]  # the third seed has not got so far
    found = table.agreement(pd.concat(pieces)).set_index(["accuracy", "seeds"])
    assert len(found) == 6
    for name in ("validation", "test"):
        for a, b, count in ((0, 1, 30), (0, 2, 20), (1, 2, 20)):
            expected = statistics.spearmanr(noisy[a][:count], noisy[b][:count]).statistic
            line = found.loc[(name, f"{a}, {b}")]
            assert line["cells"] == count
            assert line["spearman"] == pytest.approx(expected)
            apart = 100 * (noisy[a] - noisy[b])[:count] / 2**0.5
            assert line["luck"] == pytest.approx(apart.std(ddof=1))
            order = np.argsort(-(noisy[a] + noisy[b])[:count], kind="stable")
            few = order[:5] if name == "validation" else order[::-1][:5]
            assert line["luck of the best 5"] == pytest.approx(apart[few].std(ddof=1))
