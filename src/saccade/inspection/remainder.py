"""What a network computes after one of its values, with some channels of that replaced: compiled once, run often."""

from collections.abc import Mapping
from typing import Any

from saccade.core.arrays import Array
from saccade.core.backend import keras
from saccade.inspection.plan import Plan


class Remainder:
    """The steps of a network that depend on one value.

    For example::

        remainder = Remainder(plan, number)
        for step, values in plan.walk(images):
            if number in step.outputs:
                answers = remainder.answer(plan.with_branches(values, number), mask, mean)

    Args:
        plan: of the network.
        number: of the value.
    """

    def __init__(self, plan: Plan, number: int) -> None:
        self._number = number
        steps = plan.after(number)
        made = {each for step in steps for each in step.outputs}
        needed = {each for step in steps for each in step.inputs} | {plan.answer}
        self._needed = sorted(needed - made | {number})
        self._model = _Steps(steps, number, plan.answer)
        self._model.compile(jit_compile="auto" if keras.backend.backend() != "tensorflow" else False)

    def answer(self, values: Mapping[int, Any], mask: Array, mean: Any) -> Array:
        """Return the answer with some channels of the value replaced.

        Args:
            values: (n, …) each, all that the steps need, by number.
            mask: (c,) bool: which channels of the value are replaced.
            mean: (…, c), by what.
        """
        came = {str(number): values[number] for number in self._needed}
        answer: Array = self._model.predict_on_batch({"replaced": mask, "mean": mean, **came})
        return answer


class _Steps(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Steps as a model, which Keras compiles on each of its backends."""

    def __init__(self, steps: tuple[Any, ...], number: int, answer: int) -> None:
        super().__init__(name="remainder")
        self._run_steps, self._from, self._to = steps, number, answer

    def build(self, shapes: Any) -> None:
        """Do nothing: every layer is built. Without this Keras would trace the call once more to find out."""

    def call(self, came: Mapping[str, Any]) -> Any:
        """Return the answer to values by number, as text."""
        values = {int(number): value for number, value in came.items() if number.isdecimal()}
        values[self._from] = keras.ops.where(came["replaced"], came["mean"], values[self._from])
        for step in self._run_steps:
            values.update(zip(step.outputs, step.run(values), strict=True))
        return values[self._to]
