"""What is shown of a recommender's inside: its units, an item, a user; to read, as JSON, in a notebook, as a page."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from saccade.core import pages
from saccade.core.safe_json import Json
from saccade.inspection import page_frame
from saccade.tasks.recommendation.inspection.hidden_layer import FEWEST, Weighed

SHOWN_UNITS = 15
"""In a terminal."""

PAGE_UNITS = 40
"""On a page; JSON and Python have all of them."""


@dataclass(frozen=True)
class Column:
    """Items with a bar each, on a page.

    Attributes:
        heading: above them.
        items: from top to bottom.
    """

    heading: str
    items: Sequence[Weighed]

    @property
    def most(self) -> float:
        """The longest bar."""
        return max((abs(each.weight) for each in self.items), default=0) or 1.0


@dataclass(frozen=True)
class Card:
    """Something on a page: a heading, a sentence, columns of items."""

    heading: str
    about: str
    columns: tuple[Column, ...]


class View(ABC):
    """What is shown of a recommender's inside.

    Attributes:
        title: of the page.
        about: what is seen, a sentence or two.
        folder: in which its page lies, among those of the run.
    """

    title: str

    @property
    @abstractmethod
    def about(self) -> str:
        """What is seen, a sentence or two."""

    @property
    @abstractmethod
    def folder(self) -> str:
        """In which its page lies, among those of the run."""

    @abstractmethod
    def cards(self) -> Iterator[Card]:
        """Yield what the page shows."""

    @abstractmethod
    def to_dict(self) -> Json:
        """Return all of it as JSON can hold it."""

    @abstractmethod
    def table(self) -> Table:
        """Return what a terminal shows."""

    def page(self) -> str:
        """Return the page."""
        return pages.render(
            Path(__file__).with_name("view.html.j2"), title=self.title, about=self.about, cards=list(self.cards())
        )

    def save(self, folder: Path) -> Path:
        """Write the page into a folder and return its path; raises RunError when it cannot be written."""
        return page_frame.write(self.page(), folder)

    def __rich__(self) -> RenderableType:
        return Group(Text(self.title, "bold"), Text(self.about), self.table())

    def _repr_html_(self) -> str:
        return pages.as_frame(self.page())


def named(items: Sequence[Weighed], count: int) -> str:
    """Return the titles of the first items, for a line in a terminal."""
    return ", ".join(each.title for each in items[:count]) or "–"


@dataclass(frozen=True)
class Unit:
    """A hidden unit.

    Attributes:
        number: from 0.
        mean: what it says of the users of the run, on average.
        spread: the standard deviation of that: a unit that says the same of everybody tells nobody apart.
        on: items that switch it on, the strongest first.
        off: items that switch it off.
    """

    number: int
    mean: float
    spread: float
    on: tuple[Weighed, ...]
    off: tuple[Weighed, ...]


@dataclass(frozen=True)
class UnitsOverview(View):
    """What each hidden unit stands for.

    Attributes:
        title: of the page.
        users: over whom means and spreads are.
        meaning: of a weight: "rated 5 rather than 1".
        units: those first that tell users apart most.
    """

    title: str
    users: int
    meaning: str
    units: tuple[Unit, ...]

    @property
    def idle(self) -> int:
        """How many units say nearly the same of every user."""
        return sum(unit.spread < 0.01 for unit in self.units)

    @property
    def about(self) -> str:
        """What is seen, a sentence or two."""
        idle = f" {self.idle} of them say nearly the same of everybody." if self.idle else ""
        more = f", of {len(self.units)}" if len(self.units) > PAGE_UNITS else ""
        shown = min(PAGE_UNITS, len(self.units))
        return (
            f"The {shown} hidden units{more} that tell {self.users:,} users of the run apart "
            f"most. A unit is switched on, or off, by what is {self.meaning}.{idle}"
        )

    @property
    def folder(self) -> str:
        """Of all units."""
        return "units"

    def cards(self) -> Iterator[Card]:
        """Yield a card a unit."""
        for unit in self.units[:PAGE_UNITS]:
            said = f"says {unit.mean:.2f} of a user on average, give or take {unit.spread:.2f}"
            columns = (Column("switched on by", unit.on), Column("switched off by", unit.off))
            yield Card(f"Unit {unit.number}", said, columns)

    def to_dict(self) -> Json:
        """Return all of it as JSON can hold it."""
        return asdict(self)

    def table(self) -> Table:
        """Return a line a unit."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for header in ("unit", "mean", "spread"):
            table.add_column(header, justify="right", no_wrap=True)
        for header in ("switched on by", "switched off by"):
            table.add_column(header, overflow="fold", ratio=1)
        for unit in self.units[:SHOWN_UNITS]:
            numbers = (str(unit.number), f"{unit.mean:.2f}", f"{unit.spread:.2f}")
            table.add_row(*numbers, Text(named(unit.on, 3)), Text(named(unit.off, 3)))
        return table


@dataclass(frozen=True)
class ItemInspection(View):
    """An item, and those that the network takes for alike.

    Attributes:
        title: of the page.
        item: what the source calls it.
        ratings: how many users of the run rated it.
        mean: their mean rating; None where there is none.
        meaning: of a weight.
        neighbours: the items that are most alike, with the cosine of their weights, −1 to 1.
        opposites: those that are least.
        units: the hidden units that it moves most, with its weight and what else switches them on.
    """

    title: str
    item: str
    ratings: int
    mean: float | None
    meaning: str
    neighbours: tuple[Weighed, ...]
    opposites: tuple[Weighed, ...]
    units: tuple[tuple[int, float, tuple[Weighed, ...]], ...]

    @property
    def about(self) -> str:
        """What is seen, a sentence or two."""
        rated = f"{self.ratings:,} ratings" + ("" if self.mean is None else f", {self.mean:.2f} on average")
        few = " With so few ratings its weights are mostly chance." if self.ratings < FEWEST else ""
        return (
            f"{rated}.{few} Items are alike that move the hidden units alike: the cosine of their weights, what is "
            f"{self.meaning}."
        )

    @property
    def folder(self) -> str:
        """Of the item."""
        return f"item-{_plain(self.item)}"

    def cards(self) -> Iterator[Card]:
        """Yield its neighbours, then a card a unit."""
        columns = (Column("most alike", self.neighbours), Column("most unlike", self.opposites))
        yield Card("Neighbours", "The cosine of the weights: 1 is the same, 0 has nothing to do with it.", columns)
        for number, weight, on in self.units:
            does = "switches it on" if weight > 0 else "switches it off"
            yield Card(f"Unit {number}", f"The item {does}, with a weight of {weight:+.2f}.", (Column("as do", on),))

    def to_dict(self) -> Json:
        """Return all of it as JSON can hold it."""
        plain = asdict(self)
        plain["units"] = [{"unit": unit, "weight": weight, "on": on} for unit, weight, on in plain["units"]]
        return plain

    def table(self) -> Table:
        """Return the neighbours and the opposites."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for header in ("most alike", "cosine", "most unlike", "cosine"):
            table.add_column(header, justify="right" if header == "cosine" else "left", overflow="fold")
        for place in range(max(len(self.neighbours), len(self.opposites))):
            cells: list[Text] = []
            for items in (self.neighbours, self.opposites):
                there = place < len(items)
                cells += [Text(items[place].title), Text(f"{items[place].weight:+.2f}")] if there else [Text("")] * 2
            table.add_row(*cells)
        return table


@dataclass(frozen=True)
class SwitchedUnit:
    """A hidden unit, as a user moves it.

    Attributes:
        number: from 0.
        value: what it says of this user.
        mean: what it says of the users of the run, on average.
        spread: the standard deviation of that.
        because: the user's ratings that move it this way: how far each does, the others left as they are.
        on: items that switch it on, whoever rates them.
    """

    number: int
    value: float
    mean: float
    spread: float
    because: tuple[Weighed, ...]
    on: tuple[Weighed, ...]

    @property
    def is_on(self) -> bool:
        """Whether the user switches it on, compared with the others, not off."""
        return self.value > self.mean


@dataclass(frozen=True)
class UserInspection(View):
    """Which hidden units a user switches on or off.

    Attributes:
        title: of the page.
        user: the name.
        rated: how many ratings are known.
        users: with whom the user is compared.
        units: those first in which the user differs most from all of them.
    """

    title: str
    user: str
    rated: int
    users: int
    units: tuple[SwitchedUnit, ...]

    @property
    def about(self) -> str:
        """What is seen, a sentence or two."""
        return (
            f"{self.rated:,} ratings. The hidden units by which this user differs most from the {self.users:,} of the "
            "run, and the ratings that do it: each is left out, and the network asked again."
        )

    @property
    def folder(self) -> str:
        """Of the user."""
        return f"user-{_plain(self.user)}"

    def cards(self) -> Iterator[Card]:
        """Yield a card a unit."""
        for unit in self.units:
            said = f"says {unit.value:.2f}; of others {unit.mean:.2f}, give or take {unit.spread:.2f}"
            moved = "switched on by these ratings" if unit.is_on else "switched off by these ratings"
            columns = (Column(moved, unit.because), Column("what switches it on", unit.on))
            yield Card(f"Unit {unit.number}", said, columns)

    def to_dict(self) -> Json:
        """Return all of it as JSON can hold it."""
        return asdict(self)

    def table(self) -> Table:
        """Return a line a unit."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for header in ("unit", "says", "of others"):
            table.add_column(header, justify="right", no_wrap=True)
        for header in ("because of", "it is switched on by"):
            table.add_column(header, overflow="fold", ratio=1)
        for unit in self.units:
            numbers = (str(unit.number), f"{unit.value:.2f}", f"{unit.mean:.2f} ± {unit.spread:.2f}")
            table.add_row(*numbers, Text(named(unit.because, 3)), Text(named(unit.on, 3)))
        return table


def _plain(name: str) -> str:
    """Return a name that can stand in a path."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in name)[:60]
