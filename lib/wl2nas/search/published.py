"""What the searches of the public arch2vec code do otherwise than their paper lets expect.

Read in search_methods/dngo.py and reinforce.py of its repository; each is an option here, off by
default, so that one can see what it costs.

| option | search | what the code does |
|---|---|---|
| ``fixed_target`` | both | improvement is expected over a constant, 0.95, not over the best answer; the rewards of the policy are those above 0.95, not above their average |
| ``variance_for_sigma`` | DNGO | the predicted variance stands where the standard deviation belongs; the unit is an accuracy of 1 |
| ``pays_twice`` | DNGO | whether a place was visited is asked with a tensor as key of a dict. Tensors are compared by identity there, so the answer is always no, and places are asked, paid for and learned from again |
| ``discount_lost`` | policy | returns are discounted with 0.8 (forwards, over what came before) and then overwritten by the plain rewards |

The policy's own test of what was visited takes whole numbers, and works.
"""  # noqa: E501

from dataclasses import dataclass

from wl2nas import _require


@dataclass(frozen=True)
class Oddities:
    """Which of them a search has. A search passes over those that the table gives to the other.

    fixed_target: in units of the objective, None for none. unit: what the objective calls an
    accuracy of 1; 100 where it is in percent.

    >>> Oddities(fixed_target=95.0).pays_twice
    False
    """

    fixed_target: float | None = None
    variance_for_sigma: bool = False
    pays_twice: bool = False
    discount_lost: bool = False
    unit: float = 100.0

    def __post_init__(self):
        if self.fixed_target is not None:
            _require.number("fixed_target", self.fixed_target)
        for name in ("variance_for_sigma", "pays_twice", "discount_lost"):
            _require.flag(name, getattr(self, name))
        _require.number("unit", self.unit, above=0)


NONE = Oddities()
PUBLISHED = Oddities(95.0, variance_for_sigma=True, pays_twice=True, discount_lost=True)
