"""ThresholdCriterion: what a person wants of a threshold, in the words of the command line and as numbers."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from saccade.core.errors import RecipeError, unknown

PER_DAY = "/day"


@dataclass(frozen=True)
class ThresholdCriterion:
    """What is wanted of a threshold.

    Attributes:
        method: "alarms", "budget", "cost", "f_beta", "p_value" or "extreme_value".
        said: as it was written: "20/day", "miss=500,alarm=10".
        numbers: what that means. alarms: `share` of normal rows (0 to 1) or `per_day`; budget: `look_at`, `of` and
            their ratio, `share`; cost: `miss` and `alarm`; f_beta: `beta`; p_value and extreme_value: `share`.
    """

    method: str
    said: str
    numbers: Mapping[str, float]

    def __str__(self) -> str:
        """Return "alarms 20/day", which `read` understands."""
        return f"{self.method} {self.said}"

    @property
    def words(self) -> str:
        """What was asked, for a sentence: "at most 20 false alarms a day"."""
        numbers = {name: _brief(number) for name, number in self.numbers.items()}
        name = f"{self.method} a day" if "per_day" in numbers else self.method
        return _WORDS[name].format(**numbers, said=self.said)

    def words_for(self, noun: str) -> str:
        """Return what was asked of inputs that are called so: "at most 0.01 of the normal images as false alarms"."""
        return self.words.replace("rows", noun)


def parse(method: str, said: str) -> ThresholdCriterion:
    """Return what a person asks of a threshold.

    Args:
        method: "alarms", "budget", "cost", "f_beta", "p_value" or "extreme_value".
        said: "20/day", "5/1000", "1%" or "0.001" (alarms); "50/10000" (budget); "miss=500,alarm=10" (cost); "2"
            (f_beta); "0.01" or "1%" (p_value, extreme_value).

    Raises:
        UnknownNameError: there is no such method.
        RecipeError: that cannot be meant, with an example that could.
    """
    if method not in _NUMBERS:
        raise unknown("way to choose a threshold", method, _NUMBERS)
    try:
        numbers = _NUMBERS[method]("".join(said.split()))
    except (ValueError, ZeroDivisionError):
        raise RecipeError(f"Expected {_EXAMPLES[method]} for {method}; found '{said}'.") from None
    return ThresholdCriterion(method, said.strip(), numbers)


def read(text: str) -> ThresholdCriterion:
    """Return the Ask of a recipe's line: "alarms 5/1000", "cost miss=500,alarm=10", also "alarms=5/1000".

    Raises:
        UnknownNameError: there is no such method.
        RecipeError: that cannot be meant.
    """
    method, *said = re.split(r"[\s=]+", text.strip(), maxsplit=1)
    return parse(method, *said or [""])


# Numbers: each raises ValueError for what cannot be meant


def _alarms(said: str) -> dict[str, float]:
    if said.endswith(PER_DAY):
        return {"per_day": _positive(said.removesuffix(PER_DAY))}
    return {"share": _share(said)}


def _budget(said: str) -> dict[str, float]:
    look_at, slash, of = said.partition("/")
    if not slash:
        raise ValueError(said)
    return {"look_at": _positive(look_at), "of": _positive(of), "share": _share(said)}


def _cost(said: str) -> dict[str, float]:
    pairs = [split.partition("=")[::2] for split in said.split(",")]
    costs = {name: _positive(cost) for name, cost in pairs}
    if set(costs) != {"miss", "alarm"} or len(pairs) != 2:
        raise ValueError(said)
    if costs["miss"] <= costs["alarm"]:
        raise RecipeError(
            f"A miss that costs {costs['miss']:g} is cheaper than looking at an alarm for {costs['alarm']:g}: then no "
            "alarm pays, and no threshold is needed. Expected miss above alarm, such as miss=500,alarm=10."
        )
    return {name: costs[name] for name in ("miss", "alarm")}


def _share(said: str) -> float:
    """Return "1%", "5/1000" or "0.005" as a share; only what lies strictly between 0 and 1."""
    split, slash, whole = said.partition("/")
    if slash:
        share = _positive(split) / _positive(whole)
    else:
        share = _positive(said.removesuffix("%")) / (100 if said.endswith("%") else 1)
    if share >= 1:
        raise ValueError(said)
    return share


def _positive(said: str) -> float:
    number = float(said)
    if not 0 < number < math.inf:
        raise ValueError(said)
    return number


_NUMBERS: dict[str, Callable[[str], dict[str, float]]] = {
    "alarms": _alarms,
    "budget": _budget,
    "cost": _cost,
    "f_beta": lambda said: {"beta": _positive(said)},
    "p_value": lambda said: {"share": _share(said)},
    "extreme_value": lambda said: {"share": _share(said)},
}

METHODS = tuple(_NUMBERS)

_EXAMPLES = {
    "alarms": "false alarms a day or a share of the rows, such as 20/day, 5/1000, 1% or 0.001,",
    "budget": "rows that a person can look at, of how many, such as 50/10000,",
    "cost": "the cost of a miss and of an alarm, such as miss=500,alarm=10,",
    "f_beta": "a positive number, such as 1, or 2 where a miss is worse than a false alarm,",
    "p_value": "a share between 0 and 1, such as 0.01 or 1%,",
    "extreme_value": "a share of the rows between 0 and 1, such as 0.0001,",
}

_WORDS = {
    "alarms": "at most {said} of the normal rows as false alarms",
    "alarms a day": "at most {per_day} false alarms a day",
    "budget": "of {of} rows, a person can look at {look_at}",
    "cost": "the least cost, where a miss costs {miss} and looking at an alarm {alarm}",
    "f_beta": "the best F-beta with beta = {beta}",
    "p_value": "a conformal p-value of at most {said}",
    "extreme_value": "at most {said} of the normal rows as false alarms, by an extreme-value fit",
}


def _brief(number: float) -> str:
    return f"{number:,.12g}"
