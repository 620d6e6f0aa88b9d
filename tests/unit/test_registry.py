"""The two lists of representations, and how a row is found in them."""

import numpy as np
import pytest
from scipy import sparse

from wl2nas import cells, draw, features, wl

SPACE = cells.nasbench101()
PART = SPACE.take(np.random.default_rng(0).integers(0, len(SPACE), 150))
TINY = cells.enumerate_cells(cells.Rules(("conv", "pool"), 4, 5, name="tiny"))


def dense(values) -> np.ndarray:
    return values.toarray() if sparse.issparse(values) else np.asarray(values)


def test_the_scoreboard_has_none_of_the_variants():
    assert [name for name, row in features.REPRESENTATIONS.items() if not row.trained] == [
        "statistics", "one_hot", "wl_skeleton", "wl_directed",
        "gin_random_skeleton", "gin_random_directed",
    ]  # fmt: skip
    assert not set(features.VARIANTS) & set(features.REPRESENTATIONS)
    for name, row in (features.REPRESENTATIONS | features.VARIANTS).items():
        assert features.named(name) is row and row.name == name


@pytest.mark.parametrize("name", features.VARIANTS)
@pytest.mark.parametrize(
    "space", [PART, TINY, cells.nasbench201()[::100]], ids=["101", "tiny", "201"]
)
def test_a_variant_is_one_of_any_space(name, space):
    values = dense(features.VARIANTS[name].features(space))
    assert values.ndim == 2 and len(values) == len(space) and np.isfinite(values).all()
    assert (values.std(axis=0) > 0).any()


def test_different_units_are_made_alike():
    for name in ("paths", "graf", "statistics_plain"):
        values = features.named(name).features(PART)
        assert np.allclose(values.mean(axis=0), 0)
        spread = values.std(axis=0)
        assert (np.isclose(spread, 1) | (spread == 0)).all()


def test_plain_statistics_are_the_statistics_without_their_last_two():
    plain, whole = (features.named(k).features(PART) for k in ("statistics_plain", "statistics"))
    assert whole.shape[1] == 7 and (plain == whole[:, :5]).all()


def test_plain_statistics_are_equal_where_skeletons_are():
    small = SPACE.take(SPACE.n_vertices <= 5)
    skeletons = wl.space_codes(small, direction="undirected")[-1]
    _, first, same = np.unique(skeletons, return_index=True, return_inverse=True)
    plain, whole = features.plain_statistics(small), features.statistics(small)
    assert (plain == plain[first[same]]).all()
    assert (whole != whole[first[same]])[:, 5:].any(axis=0).all()


@pytest.mark.parametrize("direction", ["skeleton", "directed"])
def test_one_round_is_the_first_part_of_two(direction):
    one = features.named(f"wl_{direction}_1").features(PART)
    two = features.named(f"wl_{direction}").features(PART)
    assert one.shape[1] < two.shape[1]
    assert (one != two[:, : one.shape[1]]).nnz == 0


@pytest.mark.parametrize("name", ["one_hot", "wl_directed", "paths"])
def test_parameters_are_one_more_column(name):
    row, more = features.named(name), features.named(f"{name}+parameters")
    plain, found = row.features(PART), more.features(PART)
    assert sparse.issparse(found) == sparse.issparse(plain)
    assert (dense(found)[:, :-1] == dense(plain)).all()
    logarithm = np.log(features.trainable_parameters(PART))
    expected = (logarithm - logarithm.mean()) / logarithm.std()
    assert np.allclose(dense(found)[:, -1], expected, atol=1e-6)
    assert more.name == f"{name}+parameters" and more.label != row.label
    assert more.name not in features.REPRESENTATIONS | features.VARIANTS


def test_a_row_is_drawn_wherever_it_is_listed():
    rows = [*features.REPRESENTATIONS, *features.VARIANTS]
    rows += [f"{name}+parameters" for name in rows if name != "statistics"]
    looks = [draw.curve_style(name) for name in rows]
    assert len(set(looks)) == len(looks)


def test_what_cannot_be_is_named():
    for name in ("path", "path+parameters", ""):
        with pytest.raises(ValueError, match=r"unknown representation .*'one_hot'.*'paths'"):
            features.named(name)
    for name in ("statistics", "paths+parameters"):
        with pytest.raises(ValueError, match="holds the parameters already"):
            features.with_parameters(name)
    with pytest.raises(ValueError, match="tiny does not say which convolutions"):
        features.with_parameters("paths").features(TINY)
    row = features.named("paths")
    with pytest.raises(ValueError, match="'paths' already"):
        features.add(row)
    with pytest.raises(ValueError, match="is that of another row"):
        features.add(features.with_parameters("one_hot"))


def test_a_reader_adds_to_either_list(monkeypatch):
    monkeypatch.setattr(features.registry, "VARIANTS", {})
    mine = features.Representation("mine", "my own", False, features.one_hot, "#000000", "-.", "1")
    features.add(mine, to=features.registry.VARIANTS)
    assert features.named("mine") is mine and "mine" not in features.REPRESENTATIONS
