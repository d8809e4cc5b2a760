"""A rule with many small cases is one test: as `pytest.mark.parametrize`, without the time that a test takes of itself.

A test costs some ten milliseconds before it begins, a case of a pure function none. So this is for functions that leave
nothing behind: fixtures are made once, and all cases see the same.
"""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

Test = Callable[..., None]


def each_case(names: str | tuple[str, ...], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Return a decorator that calls a test with each case in turn; the one that fails is named below the error.

    For example::

        @each_case(("name", "split"), [("train_images", "train"), ("x", "")])
        def test_a_name_says_a_split_or_none(name, split): ...

    Args:
        names: of one argument of the test, or of several, of which a case then has a value each.
        cases: one or more; several of these decorators on a test try all combinations.
    """
    kept = list(cases)
    assert kept, "no case is tried"

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def tried(**fixtures: Any) -> None:
            for case in kept:
                given = {names: case} if isinstance(names, str) else dict(zip(names, case, strict=True))
                try:
                    test(**fixtures, **given)
                except BaseException as error:
                    error.add_note(f"in the case {_shortened(given)}")
                    raise

        signature = inspect.signature(test)
        looped = {names} if isinstance(names, str) else set(names)
        others = [each for name, each in signature.parameters.items() if name not in looped]
        tried.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return tried

    return decorate


def _shortened(given: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} = {said if len(said := repr(value)) < 200 else said[:200] + '…'}" for name, value in given.items()
    )
