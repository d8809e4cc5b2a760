"""How one number of a layer's output came about; each kind of step reads well in a terminal and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from saccade.core.safe_json import Json
from saccade.inspection.operations import Numbers, Slide

SHOWN_CHANNELS = 3
WIDEST_OF_SEVERAL = 5
"""Of a wider window only the strongest channel is shown: others would scroll away."""

SHOWN_INPUTS = 10
WIDEST_WINDOW = 11
"""Numbers side by side that fit into a terminal of 80 columns."""

MEANINGS = {
    "linear": "leaves every number as it is",
    "relu": "turns a negative number into 0 and leaves the others",
    "sigmoid": "squeezes any number into 0 to 1",
    "tanh": "squeezes any number into -1 to 1",
    "softmax": "takes e to the power of each number and divides by the sum over all channels: shares of 1",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """One number of a layer's output.

    Attributes:
        layer: the layer's name.
        kind: its Keras class: "Conv2D".
        place: (row, column) of the number, from 0; None when the layer gives one row of numbers.
        channel: of the number, from 0; its position when the layer gives one row of numbers.
        input_shape: of what comes in, without the batch.
        output_shape: of what the layer gives, without the batch.
        value: the number.
    """

    layer: str
    kind: str
    place: tuple[int, int] | None
    channel: int
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    value: float

    computed: ClassVar[tuple[str, ...]] = ()

    def to_dict(self) -> Json:
        """Return everything as plain values for JSON."""
        names = [field.name for field in fields(self)]
        return {"step": type(self).__name__.lower(), **{name: plain(getattr(self, name)) for name in names}} | {
            name: plain(getattr(self, name)) for name in self.computed
        }

    def __rich__(self) -> RenderableType:
        return Group(self._headline(), *(Padding(split, (0, 0, 0, 2)) for split in self._lines()))

    def _headline(self) -> Text:
        where = f"row {self.place[0]}, column {self.place[1]}, channel" if self.place else "number"
        shape = "×".join(map(str, self.output_shape))
        return Text.assemble(
            (self.layer, "bold"), f" ({self.kind}): {where} {self.channel} of {shape} is ", (number(self.value), "bold")
        )

    def _lines(self) -> Iterator[RenderableType]:
        raise NotImplementedError


@dataclass(frozen=True, eq=False, kw_only=True)
class Windowed(Step):
    """A number that is made of what lies under a window.

    Attributes:
        rows: how the window slides down.
        columns: how it slides to the right.
        inside: (window height, window width), False where the window stands on padding.
        window: (window height, window width, n) under the window, 0 where it stands on padding.
        channels: the n channels of the input that are seen.
    """

    rows: Slide
    columns: Slide
    inside: NDArray[np.bool_]
    window: Numbers
    channels: tuple[int, ...]

    def _geometry(self) -> Iterator[RenderableType]:
        row, column = self.place or (0, 0)
        down, right = self.rows.cells(row), self.columns.cells(column)
        shape = "×".join(map(str, self.input_shape))
        yield Text(f"window on {_span('row', down)} and {_span('column', right)} of the {shape} that come in")
        if not self.inside.all():
            yield Text("· is padding: a cell outside the image, which counts nothing")
        sides = {"rows": self.rows.formula, "columns": self.columns.formula}
        if self.rows == self.columns:
            sides = {"size": self.rows.formula}
        for name, formula in sides.items():
            yield Text(f"output {name}: (W − F + 2P) / S + 1 = {formula}", "dim")

    def _grid(self, numbers: Numbers, title: str, *, mark: bool = False, bold: tuple[int, ...] = ()) -> RenderableType:
        """Return numbers as they stand under the window; `mark` shows what is padding, `bold` one of them."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        for _ in range(numbers.shape[1]):
            grid.add_column(justify="right", no_wrap=True)
        whole = bool((numbers == np.round(numbers)).all())
        for i, row in enumerate(numbers):
            # + 0: there is no -0 in a textbook
            written = [f"{value + 0:.0f}" if whole else f"{round(float(value), 3) + 0:.3f}" for value in row]
            cells = ["·" if mark and not self.inside[i, j] else cell for j, cell in enumerate(written)]
            grid.add_row(*(Text(cell, "bold" if bold == (i, j) else "") for j, cell in enumerate(cells)))
        return Group(Text(title, "dim", no_wrap=True), grid)


@dataclass(frozen=True, eq=False, kw_only=True)
class Convolved(Windowed):
    """A number of a convolution: window times kernel, added up, plus bias, through the activation.

    Attributes:
        kernel: (window height, window width, n), a slice for each of `channels`.
        bias: None when the layer has none.
        before: the sum with the bias, before the activation.
        activation: its name.
    """

    kernel: Numbers
    bias: float | None
    before: float
    activation: str

    computed = ("products", "channel_sums", "total")

    @property
    def products(self) -> Numbers:
        """Number by number, window times kernel, (window height, window width, n)."""
        return self.window * self.kernel

    @property
    def channel_sums(self) -> Numbers:
        """The products added up for each input channel, (n,)."""
        sums: Numbers = self.products.sum(axis=(0, 1))
        return sums

    @property
    def total(self) -> float:
        """All products added up."""
        return float(self.products.sum())

    def _lines(self) -> Iterator[RenderableType]:
        yield from self._geometry()
        if self.kind == "SeparableConv2D":
            yield Text("its two kernels are multiplied out to the one that gives the same numbers", "dim")
        shown = _strongest(self.channel_sums, SHOWN_CHANNELS if self.columns.window <= WIDEST_OF_SEVERAL else 1)
        for index in shown:
            yield from self._slice(index)
        yield Text()
        sums = self.channel_sums
        if rest := len(sums) - len(shown):
            others = sums.sum() - sums[shown].sum()
            yield _weaker(rest, "input channel", others)
        yield Text(f"all {self.products.size} products add up to {number(self.total)}")
        yield from _ending(self.total, self.bias, self.before, self.activation, self.value)

    def _slice(self, index: int) -> Iterator[RenderableType]:
        yield Text()
        channel = f"input channel {self.channels[index]}"
        if self.window.shape[1] <= WIDEST_WINDOW:
            window, kernel, products = (each[..., index] for each in (self.window, self.kernel, self.products))
            grids = [
                self._grid(window, channel, mark=True),
                self._grid(kernel, "× kernel"),
                self._grid(products, "= products"),
            ]
            yield Columns(grids, padding=(0, 3))
        yield Text(f"{channel}: its products add up to {number(self.channel_sums[index])}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Pooled(Windowed):
    """A number of a pooling layer: the largest or the mean of a window; nothing is learned.

    Attributes:
        how: "max" or "average".
        winner: (row, column) of the input with the largest number; None for an average.
    """

    how: str
    winner: tuple[int, int] | None

    def _lines(self) -> Iterator[RenderableType]:
        yield from self._geometry()
        yield Text()
        window = self.window[..., 0]
        if window.shape[1] <= WIDEST_WINDOW:
            largest = divmod(int(np.where(self.inside, window, -np.inf).argmax()), window.shape[1])
            title = f"input channel {self.channels[0]}"
            yield self._grid(window, title, mark=True, bold=largest if self.winner else ())
        count = int(self.inside.sum())
        if self.winner:
            row, column = self.winner
            yield Text(f"the largest of {count} numbers is {number(self.value)}, of row {row}, column {column}")
        else:
            total = number(float(window[self.inside].sum()))
            yield Text(f"{total}, the sum of {count} numbers, divided by {count} is {number(self.value)}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Weighed(Step):
    """A number of a dense layer: every input times its weight, added up, plus bias, through the activation.

    Attributes:
        inputs: (n,).
        weights: (n,), of this unit.
        bias: None when the layer has none.
        before: the sum with the bias, before the activation.
        activation: its name.
    """

    inputs: Numbers
    weights: Numbers
    bias: float | None
    before: float
    activation: str

    computed = ("contributions", "ranked", "total")

    @property
    def contributions(self) -> Numbers:
        """Input times weight, (n,)."""
        return self.inputs * self.weights

    @property
    def ranked(self) -> list[int]:
        """Positions of the inputs, the strongest contribution first, whatever its sign."""
        return _strongest(self.contributions, len(self.inputs))

    @property
    def total(self) -> float:
        """All contributions added up."""
        return float(self.contributions.sum())

    def _lines(self) -> Iterator[RenderableType]:
        table = Table(box=None, padding=(0, 2, 0, 0))
        for header in ("input", "its number", "× weight", "= contribution"):
            table.add_column(header, justify="right", no_wrap=True)
        shown = self.ranked[:SHOWN_INPUTS]
        for index in shown:
            cells = (self.inputs[index], self.weights[index], self.contributions[index])
            table.add_row(str(index), *(number(value) for value in cells))
        yield table
        if rest := len(self.inputs) - len(shown):
            others = self.total - self.contributions[shown].sum()
            yield _weaker(rest, "input", others)
        yield Text(f"all {len(self.inputs)} contributions add up to {number(self.total)}")
        yield from _ending(self.total, self.bias, self.before, self.activation, self.value)


@dataclass(frozen=True, eq=False, kw_only=True)
class Formulated(Step):
    """A number that a formula makes of the one number at the same place.

    Attributes:
        came: the number that came in.
        formula: with names: "x × scale + offset".
        filled: with numbers: "255 × 0.00392 + 0".
        numbers: what the names stand for.
        meaning: what the formula is for, a sentence.
    """

    came: float
    formula: str
    filled: str
    numbers: dict[str, float]
    meaning: str

    def _lines(self) -> Iterator[RenderableType]:
        yield Text(f"{self.formula} = {self.filled} = {number(self.value)}")
        yield Text(self.meaning, "dim")


@dataclass(frozen=True, eq=False, kw_only=True)
class Moved(Step):
    """A number that is only put elsewhere.

    Attributes:
        source: where it stood in the input; None when it is padding.
    """

    source: tuple[int, ...] | None

    def _lines(self) -> Iterator[RenderableType]:
        if self.source is None:
            yield Text("A cell of padding: nothing of the input.")
        else:
            names = ("row", "column", "channel") if len(self.source) == 3 else ("number",)
            where = ", ".join(f"{name} {index}" for name, index in zip(names, self.source, strict=False))
            yield Text(f"It is the number at {where} of the input, unchanged.")


def number(value: float) -> str:
    """Return a number as short as it can be compared: -6, 0.123, 1,234."""
    if not np.isfinite(value) or value == round(value) or abs(value) >= 1000:
        return f"{value + 0:,.0f}"
    return f"{value:.4g}"


def plain(value: Any) -> Any:
    """Return arrays, tuples and sides as values for JSON."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Slide):
        names = [field.name for field in fields(value)]
        return {name: getattr(value, name) for name in (*names, "reach", "places", "left_over", "formula")}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple | list) else value


def _ending(total: float, bias: float | None, before: float, activation: str, value: float) -> Iterator[RenderableType]:
    if bias is not None:
        yield Text(f"{number(total)} plus the bias {number(bias)} is {number(before)}")
    if activation == "linear":
        return
    yield Text(f"{activation}({number(before)}) is {number(value)}")
    if activation == "softmax" and value > 0:
        power = float(np.exp(before))
        yield Text(f"e^{number(before)} = {number(power)} of {number(power / value)} over all channels", "dim")
    elif activation in MEANINGS:
        yield Text(f"{activation} {MEANINGS[activation]}", "dim")


def _weaker(count: int, noun: str, total: float) -> Text:
    subject = f"the weaker {noun} adds" if count == 1 else f"the {count} weaker {noun}s add up to"
    return Text(f"{subject} {number(total)}")


def _span(noun: str, cells: Sequence[int]) -> str:
    if len(cells) == 1:
        return f"{noun} {cells[0]}"
    gaps = f", every {cells[1] - cells[0]}th" if cells[1] - cells[0] > 1 else ""
    return f"{noun}s {cells[0]} to {cells[-1]}{gaps}"


def _strongest(numbers: Numbers, count: int) -> list[int]:
    """Return the positions of the largest numbers, whatever their signs, the largest first."""
    return [int(index) for index in np.argsort(-np.abs(numbers), kind="stable")[:count]]
