"""Widths of branches, against the channels of the networks that cells make."""

import numpy as np
import pytest

from wl2nas import cells, features
from wl2nas.cells import channels
from wl2nas.features.branch_widths import branch_widths, width_names

SPACE = cells.nasbench101()
SOME = SPACE.take(np.random.default_rng(0).integers(0, len(SPACE), 200))
ENDS = 3 * 60  # channels that 1, 2, 3, 4 and 5 predecessors of the output share equally


def by_channels(cell) -> dict[str, float]:
    """The columns of a cell from the channels of its vertices, where these divide exactly."""
    last = len(cell) - 1
    widths = np.array(channels.vertex_channels(cell.adjacency, ENDS, ENDS)) / ENDS
    reached = [v for v in range(1, last + 1) if (0, v) in cell.edges]
    found = {
        "branches": sum((v, last) in cell.edges for v in range(1, last)),
        "projected width": sum(widths[v] for v in reached),
    }
    for op in cell.rules.inner:
        here = [widths[v] for v, name in enumerate(cell.names) if name == op]
        found |= {
            f"sum of widths of {op}": sum(here),
            f"sum of squared widths of {op}": sum(w**2 for w in here),
            f"widest {op}": max(here, default=0),
        }
    return found


def test_columns_are_those_of_the_networks():
    for cell, row in zip(SOME, branch_widths(SOME), strict=True):
        found = dict(zip(width_names(cell.rules), row, strict=True))
        assert found == pytest.approx(by_channels(cell))


def test_the_form_does_not_matter():
    forms, first = cells.all_forms(SOME.take(range(40)))
    assert len(forms) > 100
    found = branch_widths(forms)
    assert np.allclose(found, found[first], rtol=0, atol=1e-12)


def test_squares_go_with_the_parameters():
    """Those of convolutions, weighed by their taps, and the projections of the input."""
    found = dict(zip(width_names(SPACE.rules), branch_widths(SPACE).T, strict=True))
    squares = [found[f"sum of squared widths of {op}"] for op in ("conv1x1", "conv3x3")]
    weights = found["projected width"] + squares[0] + 9 * squares[1]
    parameters = np.log(features.trainable_parameters(SPACE))
    assert np.corrcoef(np.log(weights), parameters)[0, 1] > 0.995


def test_rules_without_kernels_have_widths():
    rules = cells.Rules(("a", "b"), 4, 6)
    found = branch_widths(cells.enumerate_cells(rules))
    assert found.shape[1] == len(width_names(rules)) == 2 + 3 * 2


def test_no_cells_have_no_rows():
    assert branch_widths(SPACE.take([])).shape == (0, 11)
