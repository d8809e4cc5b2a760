"""Hidden packages: those that one thread does not find, so that what it imports does without them."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from threading import get_ident
from types import ModuleType
from typing import Any


class _Empty(Loader):
    """Loads a module with nothing in it."""

    def exec_module(self, module: ModuleType) -> None:
        """Leave it as it is."""


class _Hiding(MetaPathFinder):
    """Says to the thread that made it that modules are not installed, or are empty; other threads find them as ever."""

    def __init__(self, names: Collection[str], empty: Collection[str]) -> None:
        self._names, self._empty, self._thread = names, empty, get_ident()

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """Leave every other import to the finders behind this one."""
        del path, target
        if get_ident() != self._thread:
            return None
        if fullname in self._names:
            raise ModuleNotFoundError(f"No module named '{fullname}': it is not needed here", name=fullname)
        return ModuleSpec(fullname, _Empty()) if fullname in self._empty else None


@contextmanager
def without_packages(names: Collection[str], *, empty: Collection[str] = ()) -> Iterator[None]:
    """Let imports of this thread fail for modules that are not imported yet, as if they were not installed.

    For example::

        with without_packages(["pandas"]):
            import keras        # which uses pandas where there is one

    Args:
        names: modules that are not found.
        empty: modules that have nothing in them, where they are imported without asking whether they are there.
    """
    hiding = _Hiding(names, empty)
    sys.meta_path.insert(0, hiding)
    try:
        yield
    finally:
        sys.meta_path.remove(hiding)
