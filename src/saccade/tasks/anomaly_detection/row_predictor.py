"""RowPredictor: a network for rows of a table and all that is needed to ask it; `tables` reads the rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.inference.files import Answer
from saccade.inference.keras_network import in_turn
from saccade.modalities.tables.schema import Schema
from saccade.tasks.anomaly_detection.anomaly import Anomaly, Reason, ReferenceContributions, scores_of
from saccade.tasks.anomaly_detection.threshold import Threshold

if TYPE_CHECKING:  # tables are read with packages that a machine which only answers for images does not have
    from saccade.modalities.tables.streaming import Batch

REASONS = 3
"""Columns that are named for a row; all are in its contributions."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """Some rows of a file with their answers.

    Attributes:
        batch: the rows, what could not be read, and what the user should know.
        contributions: (m, d), float32.
        scores: (m,), float64: their sums.
        p_values: (m,).
        alarms: (m,).
    """

    batch: "Batch"
    contributions: NDArray[np.float32]
    scores: Numbers
    p_values: Numbers
    alarms: NDArray[np.bool_]


@dataclass(frozen=True)
class RowPredictor:
    """A network for rows and all that is needed to ask it: what the command line, Python and a server answer with.

    Attributes:
        name: of the run or the file.
        answer: gives contributions (n, d) to the score for rows (n, d), as the schema encodes them; any n.
        schema: the columns.
        threshold: above which score a row is an alarm.
        reference: what each column adds to the score of normal rows; None when not known.
        task: what the outputs mean, a file of `tasks/`.
        engine: what computes: "keras", or a file of `engines/`.
    """

    name: str
    answer: Answer
    schema: Schema
    threshold: Threshold
    reference_contributions: ReferenceContributions | None
    task: str
    engine: str
    modality: ClassVar[str] = "tables"

    def contributions(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what each column adds to the score, (n, d), of rows as the schema encodes them."""
        return in_turn(self.answer, values, len(self.schema.columns))

    def scored(self, batch: "Batch") -> Scored:
        """Return rows with their scores."""
        return self.judged(batch, self.contributions(batch.values))

    def judged(self, batch: "Batch", contributions: NDArray[np.float32]) -> Scored:
        """Return rows whose contributions (m, d) are known already, with their scores."""
        scores = scores_of(contributions)
        return Scored(batch, contributions, scores, self.threshold.p_values(scores), self.threshold.is_alarm(scores))

    def explained(
        self, scored: Scored, positions: Iterable[int] | None = None, *, reasons: int = REASONS
    ) -> Iterator[Anomaly]:
        """Yield scored rows with their reasons.

        Args:
            scored: from `scored`.
            positions: which of its rows; all when left out.
            reasons: so many columns are named for each.
        """
        for position in range(len(scored.scores)) if positions is None else positions:
            contributions, values = scored.contributions[position].tolist(), scored.batch.values[position].tolist()
            largest = np.argsort(-scored.contributions[position], kind="stable")[:reasons].tolist()
            score = float(scored.scores[position])
            unseen = {column: texts[position] for column, texts in scored.batch.unseen_texts.items()}
            yield Anomaly(
                row=int(scored.batch.numbers[position]),
                score=score,
                alarm=bool(scored.alarms[position]),
                p_value=float(scored.p_values[position]),
                contributions=dict(zip(self.schema.names, contributions, strict=True)),
                reasons=tuple(
                    self._reason(each, values[each], contributions[each], score, unseen.get(each)) for each in largest
                ),
            )

    def _reason(self, position: int, value: float, contribution: float, score: float, unseen: str | None) -> Reason:
        column, reference = self.schema.columns[position], self.reference_contributions
        return Reason(
            column=column.name,
            value=column.shown(value, unseen),
            typical=self._typical_values[position],
            contribution=contribution,
            share=contribution / score if score > 0 else 0.0,
            reference_contribution=reference.middle[position] if reference else None,
            high_contribution=reference.high[position] if reference else None,
        )

    @cached_property
    def _typical_values(self) -> tuple[str, ...]:
        return tuple(column.typical(self.schema.rows) for column in self.schema.columns)
