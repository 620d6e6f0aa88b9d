"""The checks of arguments themselves; the functions that use them have their own tests."""

import subprocess
import sys

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from wl2nas import _require

NAN, INF = float("nan"), float("inf")
MATRIX = [[1, 2], [0, 200]]


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), np.array(3), jnp.int32(3)])
def test_a_whole_number_comes_back_as_one(value):
    found = _require.whole("n", value, at_least=3, at_most=3)
    assert found == 3 and type(found) is int


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (2, ValueError), (5, ValueError), (3.0, ValueError), (NAN, ValueError),
        (np.float32(3), ValueError), (INF, ValueError),
        (True, TypeError), (np.True_, TypeError), ("3", TypeError), (None, TypeError),
        ([3], TypeError), (np.array([3]), TypeError), (3j, TypeError), (jnp.ones(()), TypeError),
    ],
)  # fmt: skip
def test_what_is_no_whole_number_is_named(value, error):
    with pytest.raises(error, match=r"^n must be a whole number in 3\.\.4; it is "):
        _require.whole("n", value, at_least=3, at_most=4)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [({}, ""), ({"at_least": 1}, " of 1 or more"), ({"at_most": 9}, " of 9 or less")],
)
def test_the_bounds_are_said(bounds, words):
    for check, kind in ((_require.whole, "a whole number"), (_require.number, "a finite number")):
        with pytest.raises(TypeError, match=f"^batch must be {kind}{words}; it is 'x'$"):
            check("batch", "x", **bounds)


@pytest.mark.parametrize("value", [1, 1.0, np.float32(1), np.int64(1), np.array(1.0), jnp.ones(())])
def test_a_number_comes_back_as_a_float(value):
    found = _require.number("x", value, above=0, at_least=1, at_most=1)
    assert found == 1 and type(found) is float


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError), (-1, ValueError), (2.5, ValueError), (NAN, ValueError), (INF, ValueError),
        (True, TypeError), (np.True_, TypeError), ("1", TypeError), (None, TypeError),
        ([1.0], TypeError), ([1, [2]], TypeError), (1j, TypeError), (np.ma.masked, TypeError),
        (sparse.eye(1), TypeError),
    ],
)  # fmt: skip
def test_what_is_no_number_is_named(value, error):
    with pytest.raises(error, match=r"^x must be a finite number above 0 of 2 or less; it is "):
        _require.number("x", value, above=0, at_most=2)


def test_a_flag_is_true_or_false_itself():
    assert _require.flag("on", np.True_) is True and _require.flag("on", False) is False
    for value in ("False", 0, 1, None, np.array([True]), NAN):
        with pytest.raises(TypeError, match="on must be True or False"):
            _require.flag("on", value)


def test_a_choice_is_one_of_the_texts():
    assert _require.choice("mode", "a", ("a", "b")) == "a"
    for value in ("c", "", None, 0, ["a"], np.array(["a", "b"]), {"a"}):
        with pytest.raises(ValueError, match=r"^unknown mode .*; choose from \('a', 'b'\)"):
            _require.choice("mode", value, ("a", "b"))


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (sparse.eye(2), TypeError, r"call \.toarray\(\)"),
        (nx.path_graph(2), TypeError, r"nx\.to_numpy_array\(G, dtype=bool\)"),
        (np.ma.masked_equal(MATRIX, 0), ValueError, "x has masked entries; fill them"),
        ([[1], [1, 2]], ValueError, "x must be an array; NumPy says"),
        (None, ValueError, "x must hold numbers; it holds object"),
        ("text", ValueError, "x must hold numbers; it holds <U4"),
        ([["1", "2"]], ValueError, "x must hold numbers; it holds <U1"),
        ([[1j, 2]], ValueError, "x must hold numbers; it holds complex128"),
        ([1, 2], ValueError, r"x must have the shape \(any, 2\); its shape is \(2,\)"),
        ([[1, 2, 3]], ValueError, r"x must have the shape \(any, 2\); its shape is \(1, 3\)"),
        (5, ValueError, r"x must have the shape \(any, 2\); its shape is \(\)"),
        ([[NAN, 2], [INF, 0]], ValueError, "x must be finite; 2 of its numbers are NaN or infini"),
    ],
)
def test_what_is_no_array_of_finite_numbers_is_named(value, error, message):
    with pytest.raises(error, match=message):
        _require.finite("x", value, shape=(None, 2))


def test_kinds_of_numbers_are_told_apart():
    assert _require.array("x", [], kinds="iu").shape == (0,)
    for value, kinds, words in (([0.5], "iu", "whole numbers"), ([1], "b", "True and False")):
        with pytest.raises(ValueError, match=f"x must hold {words}; it holds"):
            _require.array("x", value, kinds=kinds)


# --- features -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int16, np.uint64, np.float32])
@pytest.mark.parametrize("make", [np.array, jnp.array, pd.DataFrame, sparse.csr_matrix, list])
def test_features_of_every_type_are_float64(dtype, make):
    values = np.array([[1, 2], [0, 100]]).astype(dtype)
    found = _require.features("features", values.tolist() if make is list else make(values), rows=2)
    assert found.dtype == np.float64
    dense = found.toarray() if sparse.issparse(found) else found
    np.testing.assert_array_equal(dense, values.astype(np.float64))


@pytest.mark.parametrize("name", ["coo", "csr", "csc", "lil", "dok", "dia", "bsr"])
@pytest.mark.parametrize("kind", ["matrix", "array"])
def test_sparse_features_of_every_format_become_csr(name, kind):
    made = getattr(sparse, f"{name}_{kind}")(np.array(MATRIX, np.int16))
    found = _require.features("features", made)
    assert isinstance(found, sparse.csr_matrix) and found.dtype == np.float64
    np.testing.assert_array_equal(found.toarray(), np.array(MATRIX))


def test_entries_of_a_sparse_matrix_that_stand_twice_are_added_up_as_floats():
    twice = sparse.coo_matrix((np.array([100, 100], np.int8), ([0, 0], [0, 0])), shape=(1, 1))
    assert _require.features("features", twice)[0, 0] == 200


def test_frames_of_several_kinds_of_numbers_are_read():
    frame = pd.DataFrame({"a": [True, False], "b": [0.5, 1], "c": pd.array([1, 2], "Int64")})
    assert _require.features("features", frame).tolist() == [[1, 0.5, 1], [0, 1, 2]]
    frame["c"] = pd.array([1, None], "Int64")
    with pytest.raises(ValueError, match="features must be finite; 1 of its numbers"):
        _require.features("features", frame)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1.0, 2.0], r"a matrix \(rows, columns\).* its shape is \(2,\); x\[:, None\]"),
        (np.zeros((2, 0)), r"with a column at least; its shape is \(2, 0\)"),
        (np.zeros((2, 1, 1)), r"its shape is \(2, 1, 1\)"),
        (np.zeros((3, 1)), "features must have 2 rows, one each; it has 3"),
        (sparse.csr_matrix((2, 0)), r"its shape is \(2, 0\)"),
        (sparse.csr_matrix((3, 1)), "must have 2 rows"),
        (sparse.csr_matrix([[NAN], [0]]), "must be finite; 1 of its numbers"),
        (sparse.csr_matrix([[1j], [0]]), "must hold numbers; it holds complex128"),
        (np.array([[1], [INF]]), "must be finite"),
        (np.array([[1], [1j]]), "must hold numbers; it holds complex128"),
        (np.array([[1], [None]]), "must hold numbers; it holds object"),
        ([["1"], ["2"]], "must hold numbers; it holds <U1"),
        (np.array([["2020"], ["2021"]], "datetime64[Y]"), "must hold numbers; it holds datetime64"),
        (pd.DataFrame({"a": ["1", "2"]}), "must hold numbers; it holds"),
        (pd.DataFrame({"a": [1, 2], "b": ["1", "2"]}), "must hold numbers; it holds object"),
        (pd.DataFrame(index=[0, 1]), r"its shape is \(2, 0\)"),
        (pd.Series([1.0, 2.0]), r"its shape is \(2,\)"),
        (None, "must hold numbers; it holds object"),
        (5, r"its shape is \(\)"),
    ],
)
def test_what_are_no_features_is_named(value, message):
    with pytest.raises(ValueError, match=message):
        _require.features("features", value, rows=2)


# --- light imports ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "module",
    ["_require", "graphs", "wl", "cells", "features.distinct", "features.random_networks"]
    + [f"theory.{name}" for name in ("fwl", "orientations", "partition", "trees")],
)
def test_what_needs_only_arrays_imports_without_jax_and_pandas(module):
    blocked = ("jax", "jaxlib", "flax", "optax", "pandas", "sklearn", "matplotlib", "IPython")
    program = (
        "import sys, importlib\n"
        f"sys.modules.update(dict.fromkeys({blocked}))\n"
        f"importlib.import_module('wl2nas.{module}')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
