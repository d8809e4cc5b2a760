"""Which exported file answers fastest on this machine, of those that answer like the run.

Every format that `saccade predict` can answer with is written in each of its precisions, compared with Keras, and timed
beside the others. The files that answer like the run are kept, and so is what was measured of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from saccade import inference
from saccade.core import registry
from saccade.core.errors import ExportError, MissingPackageError
from saccade.core.machine import machine_name
from saccade.core.run import Run
from saccade.core.safe_json import Json
from saccade.core.signature import Outputs
from saccade.export import Exported, export
from saccade.export.parity import OtherAnswersError, Parity
from saccade.export.speed import Speed, compare_speeds
from saccade.tasks import base

PLAIN = "onnx float32"
"""What all others are held against: it answers for the run without being asked for."""

FASTER = 1.1
"""So many times as fast as that a file has to be, or it is not worth the change."""

WAYS = ("alone", "in_batch")
"""Of asking: one input at a time, and many at once; as in `Speed`."""


@dataclass(frozen=True)
class Candidate:
    """A format in a precision, and what became of it.

    Attributes:
        name: what computes: "onnx int8".
        file: in the run's folder export/; "" where there is none.
        reason: why there is none, or why it was not timed; "" where it was.
        parity: how it answers beside Keras; None where it was not compared.
        speed: on this machine; None where it was not timed.
        left_out: outputs that the run gives and the file does not.
    """

    name: str
    file: str = ""
    reason: str = ""
    parity: Parity | None = None
    speed: Speed | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fastest:
    """Files of a run side by side, and which to use here.

    Attributes:
        machine: processor and cores on which it was measured.
        keras: how long the run itself takes, with Keras.
        candidates: every format and precision, in the order in which they were tried.
    """

    machine: str
    keras: Speed
    candidates: tuple[Candidate, ...]

    def recommended(self, way: str, *, complete: bool = True) -> Candidate | None:
        """Return the fastest that answers like the run; the plain file, unless another is clearly faster.

        Args:
            way: of asking, one of `WAYS`.
            complete: only those that give every output that the run gives.
        """
        timed = [each for each in self.candidates if each.speed and not (complete and each.left_out)]
        if not timed:
            return None
        plain, best = self._plain(timed), min(timed, key=lambda each: _microseconds(each, way))
        return best if plain is None or self.gain(best, way) >= FASTER else plain

    def gain(self, candidate: Candidate, way: str) -> float:
        """Return how many times as fast as the plain file another is; 1 where there is none."""
        plain = self._plain(self.candidates)
        return _microseconds(plain, way) / _microseconds(candidate, way) if plain else 1.0

    @staticmethod
    def _plain(candidates: Any) -> Candidate | None:
        return next((each for each in candidates if each.name == PLAIN and each.speed), None)

    def to_dict(self) -> Json:
        """Return all of it as plain values for JSON: each candidate, and the file to use in either way of asking."""
        chosen = {way: self.recommended(way) for way in WAYS}
        return {
            "machine": self.machine,
            "keras": asdict(self.keras),
            "candidates": [_plain_values(each) for each in self.candidates],
            "recommended": {way: each.file if each else None for way, each in chosen.items()},
        }


def fastest(run: Run, *, data: str | None = None, quiet: bool = False) -> Fastest:
    """Write, compare and time every file that could answer for a run, keep those that answer like it, and the result.

    Args:
        run: a trained run.
        data: where the data lie now, when they or the run have moved. Held-out inputs are compared and timed, and
            training inputs tell int8 its ranges; the test split stays sealed.
        quiet: no progress bars.

    Raises:
        ExportError: no file answers like the run.
        RunError: the run has no network, or its data have changed.
    """
    task, model = base.for_run(run), inference.load_model(run)
    subject = task.export_subject(run, model, precision="float32", data=data, quiet=quiet)
    tried = [_tried(run, to, precision, data=data) for to, precision in _pairs()]
    made = {each.name: each for each in tried if isinstance(each, Exported)}
    if not made:
        reasons = " ".join(each.reason for each in tried if isinstance(each, Candidate))
        raise ExportError(f"No file answers like the run, so there is none to recommend. {reasons}")
    answers = {"keras": subject.outputs, **{name: _answering(each) for name, each in made.items()}}
    speeds = compare_speeds(answers, subject.held_out[:1], subject.timed)
    for each in made.values():
        run.save_export(
            each.path.name, each.path, replace(each, speeds=speeds).to_record(), artifacts=task.exported_artifacts
        )
    found = Fastest(
        machine_name(),
        speeds["keras"],
        tuple(_measured(run, each, speeds) if isinstance(each, Exported) else each for each in tried),
    )
    run.save_fastest(found.to_dict())
    return found


def _pairs() -> Iterator[tuple[str, str]]:
    """Yield the formats whose files can be answered with, and their precisions; the plain one first."""
    answering = set(inference.engines_by_suffix().values())
    pairs = [
        (to, precision)
        for to in registry.names("formats")
        if to in answering
        for precision in _constant(to, "PRECISIONS")
    ]
    yield from sorted(pairs, key=lambda pair: f"{pair[0]} {pair[1]}" != PLAIN)


def _constant(to: str, name: str) -> tuple[str, ...]:
    found = registry.constant("formats", to, name)
    assert isinstance(found, tuple)
    return found


def _tried(run: Run, to: str, precision: str, *, data: str | None) -> Exported | Candidate:
    try:
        return export(run, to=to, precision=precision, data=data, timed=False, quiet=True)
    except OtherAnswersError as error:
        return Candidate(f"{to} {precision}", reason=error.in_short)
    except (ExportError, MissingPackageError) as error:
        return Candidate(f"{to} {precision}", reason=str(error))


def _answering(exported: Exported) -> Outputs:
    path = exported.path
    return inference.load_file(path / "model.xml" if path.is_dir() else path).outputs


def _measured(run: Run, exported: Exported, speeds: Mapping[str, Speed]) -> Candidate:
    """Return a candidate; outputs of a type that its format cannot hold are made of the others, and not left out."""
    held = base.for_run(run).signature(run).restricted(_constant(exported.to, "DTYPES")).names
    return Candidate(
        exported.name,
        exported.path.name,
        parity=exported.parity,
        speed=speeds[exported.name],
        left_out=tuple(name for name in held if name not in exported.parity.differences),
    )


def _microseconds(candidate: Candidate, way: str) -> float:
    return float(getattr(candidate.speed, way))


def _plain_values(candidate: Candidate) -> Json:
    return {
        **vars(candidate),
        "parity": candidate.parity.to_dict() if candidate.parity else None,
        "speed": asdict(candidate.speed) if candidate.speed else None,
        "left_out": list(candidate.left_out),
    }
