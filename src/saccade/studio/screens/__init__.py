"""The screens, each a module or package of this folder.

A screen has `TAB`, a `Tab` for the navigation, or None where it is reached from others only; and `routes(context)`,
which returns what it answers at. It may have `BODIES`, the largest request in bytes by its address, where 16 MB are
too few.
"""

import importlib
from functools import cache
from importlib.util import find_spec
from types import ModuleType

NAMES = ("projects", "data", "label", "boxes", "train", "searches", "run", "compare", "ship")
"""In the order of the navigation."""


@cache
def all_screens() -> dict[str, ModuleType]:
    """Return the modules of the screens by name, in the order of the navigation."""
    there = [name for name in NAMES if find_spec(f"{__name__}.{name}")]
    return {name: importlib.import_module(f"{__name__}.{name}") for name in there}
