"""Typed: values that came from a file, compared with the annotations that say what they should be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

Made = TypeVar("Made")

LARGEST = 2**63
"""No whole number of ours is larger."""


def checked(made: Made, hint: Any = None, where: str = "it") -> Made:
    """Return a value if it and all within it are what the annotations say.

    Args:
        made: a dataclass, or plain values as JSON gives them.
        hint: what it should be, when it is no dataclass: a `TypedDict`, `list[str]`, `dict[str, float]` …
        where: what to call it.

    Raises:
        ValueError: something else is there; says what and where. NaN is no number, and no text is one.
    """
    hint = type(made) if hint is None else hint
    wrong = _wrong(made, hint, where)
    if wrong:
        raise ValueError(wrong)
    return made


def _wrong(value: Any, hint: Any, where: str) -> str:
    """Say what is wrong with a value, "" when nothing is."""
    if hint is type(value) and hint in _SIMPLE:
        return ""
    origin, inner, has_fields = _understood(hint)
    if origin in (Union, UnionType):
        kind = type(value)
        right = (kind in inner and _is(value, kind)) or any(not _wrong(value, each, where) for each in inner)
    elif origin is Literal:
        right = isinstance(value, str) and value in inner
    elif origin in _CONTAINERS and isinstance(value, _CONTAINERS[origin]):
        return _wrong_inside(value, origin, inner, where)
    elif has_fields and is_dataclass(value) and isinstance(value, hint):
        return _wrong_fields({field.name: getattr(value, field.name) for field in fields(value)}, hint)
    elif has_fields and isinstance(value, dict) and is_typeddict(hint):
        return _wrong_fields(value, hint)
    else:
        right = hint is Any or _is(value, origin)
    return "" if right else _said(value, hint, where)


_SIMPLE = frozenset((str, bool, type(None)))
"""Of these, every value is right."""

_PLAIN = _SIMPLE | {int, float}


@cache
def _understood(hint: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """Return the class of an annotation, what stands in its brackets, and whether it names fields.

    Asked anew for each value, this was two thirds of the time that reading a run takes.
    """
    return get_origin(hint) or hint, get_args(hint), is_dataclass(hint) or is_typeddict(hint)


_CONTAINERS: dict[Any, Any] = {dict: dict, Mapping: dict, list: list, tuple: (list, tuple), Sequence: (list, tuple)}


def _wrong_fields(named: Mapping[str, Any], hint: Any) -> str:
    return _wrong_within((name, named[name], each) for name, each in _hints(hint).items() if name in named)


def _wrong_inside(value: Any, origin: Any, inner: tuple[Any, ...], where: str) -> str:
    if not inner:
        return ""
    if isinstance(value, dict):
        return _wrong_within((f"{where}: {key}", each, inner[1]) for key, each in value.items())
    if origin is not tuple or inner[-1] is Ellipsis:
        if inner[0] in _PLAIN and all(_is(each, inner[0]) for each in value):
            return ""
        return _wrong_within((where, each, inner[0]) for each in value)
    if len(value) != len(inner):
        return f"{where} should have {len(inner)} values, not {len(value)}"
    return _wrong_within((where, each, kind) for each, kind in zip(value, inner, strict=True))


def _wrong_within(named: Any) -> str:
    return next((wrong for name, value, hint in named if (wrong := _wrong(value, hint, name))), "")


def _is(value: Any, kind: Any) -> bool:
    if isinstance(value, bool):  # which is an int to Python
        return kind is bool
    if isinstance(value, int):
        return kind in (int, float) and -LARGEST < value < LARGEST
    if kind is float:
        return isinstance(value, float) and not math.isnan(value)
    return isinstance(value, kind)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


_NAMES: dict[Any, str] = {
    **{float: "a number", int: "a whole number", str: "a text", bool: "true or false", type(None): "null"},
    **{list: "a list", tuple: "a list", Sequence: "a list"},
}


def _said(value: Any, hint: Any, where: str) -> str:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    named = " or ".join(_NAMES.get(get_origin(kind) or kind, "an object") for kind in kinds)
    wanted = ", ".join(map(str, kinds[0].__args__)) if get_origin(hint) is Literal else named
    found = repr(value) if isinstance(value, str | float | bool) else _NAMES.get(type(value), "an object")
    return f"{where} should be {wanted}, found {found:.40}"
