"""The tables of every report, row by row: settings, and exported files beside Keras."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.core.recipe import Recipe
from saccade.report.material import RunMaterial, Shipped
from saccade.report.numbers import bytes_of, percent


@dataclass(frozen=True)
class Setting:
    """One setting of a recipe: its value, the default, and what it means."""

    name: str
    value: str
    default: str
    meaning: str

    @property
    def differs(self) -> bool:
        """Whether it is not the default."""
        return self.value != self.default


@dataclass(frozen=True)
class ExportRow:
    """An exported file beside Keras, or Keras itself, as the tables write it."""

    name: str
    form: str
    size: str
    difference: str
    agreement: str
    alone: str
    in_batch: str


def exports(material: RunMaterial) -> list[ExportRow]:
    """Return the network as Keras has it and then the files made of it, a row each; nothing when there are none."""
    current = [each for each in material.shipped if each.current]
    return [*map(_keras, current[-1:]), *(_compared(each, material.noun) for each in current)]


def _keras(latest: Shipped) -> ExportRow:
    record = latest.record
    return ExportRow(
        "model.keras", "Keras", bytes_of(record["keras_bytes"]), "", "", *_speeds(record["speeds"].get("keras"))
    )


def _compared(each: Shipped, noun: str) -> ExportRow:
    record = each.record
    form, parity = f"{record['to']} {record['precision']}", record["parity"]
    details = "".join(f", {name} {value}" for name, value in record["details"].items())
    return ExportRow(
        name=each.name,
        form=form + details,
        size=bytes_of(record["bytes"]),
        difference=f"{parity['largest_difference']:.1g} ({parity['tolerance']['difference']:g} allowed)",
        agreement=f"{percent(parity['agreement'])} ({parity[noun]} {parity['split']} {noun})",
        **dict(zip(("alone", "in_batch"), _speeds(record["speeds"].get(form)), strict=True)),
    )


def _speeds(speed: Mapping[str, float] | None) -> tuple[str, str]:
    """Return what a table says of it: nothing where it was not measured, as after a training."""
    if speed is None:
        return "–", "–"
    return f"{speed['alone']:,.0f}", f"{speed['in_batch']:,.0f}"


def settings(recipe: Recipe) -> list[Setting]:
    """Return every setting; those that are not the default first."""
    values, defaults = _flat(recipe.model_dump(mode="json")), _flat(type(recipe)().model_dump(mode="json"))
    meanings = _meanings(type(recipe))
    rows = [
        Setting(name, _plain(value), _plain(defaults.get(name, "")), meanings.get(name, "an option of the network"))
        for name, value in values.items()
        if name != "name"
    ]
    return sorted(rows, key=lambda row: not row.differs)


def _flat(nested: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"model.name": …} for {"model": {"name": …}}."""
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        flat |= {f"{name}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _meanings(kind: type[Recipe]) -> dict[str, str]:
    found = {}
    for name, field in kind.model_fields.items():
        found[name] = field.description or ""
        inner = getattr(field.annotation, "model_fields", {})
        found |= {f"{name}.{each}": detail.description or "" for each, detail in inner.items()}
    return found


def _plain(value: Any) -> str:
    if value is None:
        return "left out"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
