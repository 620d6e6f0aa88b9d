"""The board: texts, bars as long as said, rules, and what is refused."""

import pytest

from wl2nas import draw
from wl2nas.draw import Field


def test_every_name_heading_and_text_is_there(ax):
    draw.board({"asks": [Field("a", 0.5), Field("?")]}, ["one", "two"], rules=(1,), ax=ax)
    assert {text.get_text() for text in ax.texts} == {"asks", "a", "?", "one", "two"}
    assert len(ax.lines) == 1


def test_bars_are_as_long_as_said_and_new_ones_look_new(ax):
    draw.board({"asks": [Field("a", 0.25), Field("b", 0.75, new=True), Field("c")]}, "xyz", ax=ax)
    widths = [bar.get_width() for bar in ax.patches]
    assert len(widths) == 2 and widths[1] == pytest.approx(3 * widths[0])
    old, new = (bar.get_facecolor() for bar in ax.patches)
    assert old != new
    assert [t.get_text() for t in ax.texts if t.get_weight() == "bold"] == ["asks", "b"]


@pytest.mark.parametrize(
    ("column", "message"),
    [([Field("a")], "1 fields for 2 rows"), ([Field("a", 1.5)] * 2, "between 0 and 1")],
)
def test_what_does_not_fit_is_refused(ax, column, message):
    with pytest.raises(ValueError, match=message):
        draw.board({"asks": column}, ["one", "two"], ax=ax)
