"""Printed pairs of accuracies: what is ruled out is so, and what cells have never is."""

import numpy as np
import pytest

from wl2nas.benchmarks import nasbench101, nasbench201, possible_pair
from wl2nas.benchmarks.pairs import FACTS

COLUMNS = {"cifar10": "c10", "cifar100": "c100", "imagenet16-120": "in16"}


@pytest.mark.parametrize(
    ("validation", "test", "means", "one", "why"),
    [
        (95.06, 94.23, True, True, "^$"),
        (95.06, 94.27, False, True, "no cell has a mean test between 94.2341 and 94.3176"),
        (95.06, 94.32, False, True, "mean validation is 95.0554 has a mean test of 94.2341"),
        (95.06, 94.10, False, True, "mean validation is 95.0554 has a mean test of 94.2341"),
        (95.05, 94.10, True, True, "^$"),
        (94.90, 94.32, True, True, "^$"),
        (95.10, 94.20, False, True, "no cell has a mean validation above 95.0554"),
        (94.90, 94.41, False, True, "no cell has a mean test above 94.3176"),
        (94.90, 94.49, False, True, "no cell has a mean test above 94.3176"),
        (94.90, 94.50, False, False, "no training reaches a test above 94.4912"),
        (90.00, 89.00, True, True, "^$"),
    ],
)
def test_pairs_of_nasbench101(validation, test, means, one, why):
    found = possible_pair(validation, test)
    assert (found.one_cells_means, found.one_training) == (means, one)
    assert found.why == "" if why == "^$" else found.why.endswith(why)


@pytest.mark.parametrize(
    ("benchmark", "validation", "test", "means"),
    [
        ("imagenet16-120", 46.73, 47.31, False),  # the two maxima, printed as one result
        ("imagenet16-120", 46.73, 46.20, True),
        ("imagenet16-120", 46.77, 47.31, False),
        ("imagenet16-120", 46.38, 47.31, True),
        ("imagenet16-120", 46.71, 46.20, False),
        ("imagenet16-120", 46.34, 46.27, True),
        ("cifar100", 73.49, 73.51, True),
        ("cifar100", 73.49, 73.37, False),
        ("cifar100", 73.35, 73.51, False),
        ("cifar10", 91.61, 94.37, True),
        ("cifar10", 91.50, 94.37, True),  # two cells have this test
        ("cifar10", 91.61, 94.18, False),
        ("cifar10", 91.41, 94.40, False),
    ],
)
def test_pairs_of_nasbench201(benchmark, validation, test, means):
    found = possible_pair(validation, test, benchmark=benchmark)
    assert found.one_cells_means == means == (found.why == "")


def test_digits_say_how_much_is_known():
    assert possible_pair(95.1, 94.3, digits=1).one_cells_means
    assert not possible_pair(95.1, 94.3, digits=2).one_cells_means
    assert possible_pair(95.0554, 94.2341, digits=4).one_cells_means
    assert not possible_pair(95.0554, 94.2339, digits=4).one_cells_means


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"validation": 101}, "validation must be a finite number in 0..100"),
        ({"test": -1}, "test must be a finite number in 0..100"),
        ({"test": np.nan}, "test must be a finite number"),
        ({"validation": "95.06"}, "validation must be a finite number"),
        ({"digits": 1.5}, "digits must be a whole number"),
        ({"benchmark": "nasbench201"}, r"unknown benchmark .*choose from \('nasbench101', 'cifar"),
    ],
)
def test_what_is_no_pair_is_refused(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        possible_pair(**({"validation": 95.06, "test": 94.23} | arguments))


def test_the_facts_of_nasbench101_are_those_of_the_public_table(oracle):
    percent = 100 * nasbench101.parse(oracle(nasbench101.FILE.name).read_bytes())
    facts, (second, best) = FACTS["nasbench101"], np.sort(percent)[-2:]
    assert [facts.second_test, facts.best_test[1]] == pytest.approx([second, best], abs=5e-5)
    assert facts.best_validation == pytest.approx((100 * 28471 / 29952, second), abs=5e-5)
    assert facts.second_validation == pytest.approx(100 * 28470 / 29952, abs=5e-5)
    assert np.abs(percent * 299.52 - (percent * 299.52).round()).max() < 1e-3  # k / 29952, all
    for test in [*percent[:300], *np.sort(percent)[-200:]]:
        assert possible_pair(90, round(test, 2)).one_cells_means


@pytest.mark.parametrize("dataset", COLUMNS)
def test_the_facts_of_nasbench201_are_those_of_its_cells(oracle, dataset):
    test = nasbench201.parse(oracle(nasbench201.FILE.name).read_bytes(), dataset)
    facts = FACTS[dataset]
    assert np.sort(test)[-2:] == pytest.approx([facts.second_test, facts.best_test[1]], abs=5e-5)
    with np.load(oracle("nasbench201_reference.npz"), allow_pickle=False) as reference:
        seen, told = (reference[f"{COLUMNS[dataset]}_{kind}_200"] for kind in ("valid", "test"))
    by_seen, by_told = (np.argsort(-values, kind="stable") for values in (seen, told))
    assert facts.best_validation == pytest.approx((seen[by_seen[0]], told[by_seen[0]]), abs=5e-5)
    assert facts.second_validation == pytest.approx(seen[by_seen[1]], abs=5e-5)
    assert facts.best_test[0] == pytest.approx(seen[by_told[0]], abs=5e-5)
    for row in [*by_seen[:200], *by_told[:200], *range(200)]:  # what a cell has can be
        for digits in (1, 2, 3):
            pair = round(seen[row], digits), round(told[row], digits)
            assert possible_pair(*pair, benchmark=dataset, digits=digits).one_cells_means
    rng, refused = np.random.default_rng(0), 0
    for v, t in zip(facts.best_validation[0] - rng.random(300) / 5 + 0.02,
                    facts.best_test[1] - rng.random(300) / 5 + 0.02, strict=True):  # fmt: skip
        v, t = round(v, 2), round(t, 2)
        if not possible_pair(v, t, benchmark=dataset).one_cells_means:
            refused += 1
            assert not ((np.abs(seen - v) <= 0.005) & (np.abs(told - t) <= 0.005)).any()
    assert refused > 20
