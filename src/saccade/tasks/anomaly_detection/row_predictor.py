"""RowPredictor: a network for rows of a table and all that is needed to ask it; `tables` reads the rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from saccade.core import model_metadata
from saccade.core.arrays import Array
from saccade.core.backend import Model
from saccade.core.errors import RunError
from saccade.core.model_metadata import ModelMetadata
from saccade.core.safe_json import Json, parse_json
from saccade.core.shell_words import shell_word
from saccade.core.signature import Answer, Outputs, Signature, TensorSpec
from saccade.inference.keras_network import Network, in_turn
from saccade.inference.opening import file_or_keras
from saccade.modalities.tables.schema import Schema
from saccade.tasks.anomaly_detection.anomaly import Anomaly, Reason, ReferenceContributions, scores_of
from saccade.tasks.anomaly_detection.threshold import Threshold

if TYPE_CHECKING:  # a run and tables are read with packages that a machine which only predicts need not have
    from saccade.core.run import Run
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

    @property
    def signature(self) -> Signature:
        """Columns in, contributions and score out."""
        return row_signature(self.schema)

    def outputs(self, values: NDArray[np.float32]) -> Mapping[str, Array]:
        """Return contributions (n, d) and score (n,) of rows as the schema encodes them."""
        contributions = self.contributions(values)
        return {"contributions": contributions, "score": scores_of(contributions)}

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


def row_signature(schema: Schema) -> Signature:
    """Return what goes in and comes out of an exported detector of rows."""
    width = len(schema.columns)
    columns = TensorSpec("columns", "float32", (None, width), "columns as the schema encodes them, NaN where missing")
    contributions = TensorSpec("contributions", "float32", (None, width), "what each column adds to the score")
    score = TensorSpec("score", "float64", (None,), "anomaly score, the sum of the contributions")
    return Signature((columns,), (contributions, score))


def run_signature(run: "Run") -> Signature:
    """Return what goes in and comes out of the exported network of a run."""
    return row_signature(Schema.from_dict(run.data["schema"]))


def for_rows(run: "Run", answer: Answer, engine: str) -> RowPredictor:
    """Return what answers for a run of a table; raises RunError when it has no threshold.

    Args:
        run: a trained run.
        answer: gives contributions (n, d) for rows (n, d).
        engine: what computes it.
    """
    threshold = run.load(Threshold)
    if threshold is None:
        raise RunError(
            f"{run.path} has no threshold, so no row of it can be called an alarm: its training did not come to its "
            f"end, or had no calibration rows. Go on with: saccade train --resume {shell_word(run.path)}"
        )
    return RowPredictor(
        name=str(run.path),
        answer=answer,
        schema=Schema.from_dict(run.data["schema"]),
        threshold=threshold,
        reference_contributions=run.load(ReferenceContributions),
        task=run.recipe.task,
        engine=engine,
    )


def open_row_predictor(run: "Run", *, model: Model = None) -> RowPredictor:
    """Return what answers for a run of a table: its ONNX file if it has one of the present network, else Keras.

    Args:
        run: a trained run; its threshold counts, not the one in the file, which may be older.
        model: its network, when it is loaded already; Keras answers then.

    Raises:
        RunError: it has no network that can be read, or no threshold.
    """
    answer, engine = file_or_keras(run, model, of_file=_contributions, of_keras=Network)
    return for_rows(run, answer, engine)


def to_metadata(run: "Run") -> Json:
    """Return what an exported file says of a run: columns, threshold, and what each column usually adds."""
    threshold, reference = run.load(Threshold), run.load(ReferenceContributions)
    return {
        "schema": run.data["schema"],
        "threshold": threshold.to_dict() if threshold else None,
        "reference_contributions": reference.to_dict() if reference else None,
    }


def row_predictor_of_file(path: Path, metadata: ModelMetadata, outputs: Outputs, *, engine: str) -> RowPredictor:
    """Return what answers with an exported file; raises RunError when what it says cannot be."""
    with model_metadata.interpreting():
        schema = Schema.from_dict(parse_json(metadata.texts["schema"]))
        threshold = Threshold.from_dict(parse_json(metadata.texts["threshold"]))
        known = parse_json(metadata.texts.get("reference_contributions", "null"))
        reference = ReferenceContributions.from_dict(known) if known else None
        width = len(schema.columns)
        if not len(set(schema.names)) == width > 0:
            raise ValueError(f"{width} columns")
        if reference and not len(reference.middle) == len(reference.high) == width:
            raise ValueError(f"{len(reference.middle)} reference contributions of {width} columns")
    metadata.signature.refuse_other_tensors(row_signature(schema), needed=["contributions"])
    return RowPredictor(
        name=str(path),
        answer=_contributions(outputs),
        schema=schema,
        threshold=threshold,
        reference_contributions=reference,
        task=metadata.task,
        engine=engine,
    )


def _contributions(outputs: Outputs) -> Answer:
    return lambda rows: np.asarray(outputs(rows)["contributions"], np.float32)
