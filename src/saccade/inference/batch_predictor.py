"""BatchPredictor: an exported file as a function of batches of a table, for Spark, Ray Data and what else has such.

It needs the exported file and what `saccade predict model.onnx` needs; neither Keras nor TensorFlow is loaded. The
engines are not imported: they are handed a function.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from saccade.core.errors import DataError, RunError
from saccade.core.safe_json import Json
from saccade.inference.opening import open_file
from saccade.tasks import base

ANSWER, SKIPPED = "answer", "skipped"
"""Columns that are added."""

ROWS = 256
"""A batch of Ray Data: as many images as are read before the first is answered."""

OPENED = 4
"""Files that a process keeps open."""


@dataclass(frozen=True)
class BatchPredictor:
    """Answers rows of tables on any engine that hands out batches; travels to its workers with the file inside.

    Every row comes back, in its order, with two columns more: `answer`, the JSON text that `saccade predict --json`
    gives for it, or nothing; and `skipped`, why there is none, or nothing. So those that were skipped are counted by
    the engine itself.

    For example::

        predictor = BatchPredictor.of("model.onnx", column="path")
        answered = predictor.on_spark(spark.read.parquet("photos.parquet"))
        print(answered.filter("skipped is not null").count(), "rows skipped")

    Attributes:
        name: of the file.
        content: of the file.
        column: that names the images, or holds the content of their files; "" for tables.
        kept: columns of the input that come back; None: all but content of files.
    """

    name: str
    content: bytes = field(repr=False)
    column: str = ""
    kept: tuple[str, ...] | None = None

    @classmethod
    def of(cls, file: str | Path, *, column: str = "", keep: Sequence[str] | None = None) -> "BatchPredictor":
        """Return the function made of an exported file, which is opened once to see whether it can be used.

        Args:
            file: .onnx or .tflite.
            column: of images: which column has their paths, or the content of their files.
            keep: which columns come back; None: all but content of files.

        Raises:
            RunError: it is none, or its task cannot answer batches.
            MissingPackageError: its engine is not installed.
        """
        path = Path(file)
        if path.suffix == ".xml":
            raise RunError(f"{path} has its weights beside it, and only one file travels to workers: export to onnx.")
        predictor = open_file(path)
        task = base.named(predictor.task, predictor.modality)
        if type(task).answer_batch is base.Task.answer_batch:
            raise task.cannot("answer batches", path)
        return cls(path.name, path.read_bytes(), column, None if keep is None else tuple(keep))

    def answers(self, columns: Mapping[str, Sequence[Any]]) -> Iterable[Json]:
        """Return what is said of each row, in order, {"skipped": why} where it cannot be used.

        Raises:
            DataError: a column is missing, or holds something else.
        """
        predictor = _opened(self.name, self.content)
        task = base.named(predictor.task, predictor.modality)
        return task.answer_batch(predictor, columns, column=self.column)

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch, columns by name, with its answers: what Ray Data's `map_batches` takes."""
        answers, skipped = self._columns(batch)
        kept = [name for name in batch if not _holds_files(batch[name])] if self.kept is None else self.kept
        texts = {ANSWER: np.array(answers, object), SKIPPED: np.array(skipped, object)}
        return {**{name: batch[name] for name in kept}, **texts}

    def frames(self, frames: Iterable[Any]) -> Iterator[Any]:
        """Yield pandas' frames with their answers: what Spark's `mapInPandas` takes."""
        for frame in frames:
            answers, skipped = self._columns({name: frame[name].tolist() for name in frame.columns})
            kept = frame[list(frame.columns if self.kept is None else self.kept)]
            yield kept.assign(**{ANSWER: answers, SKIPPED: skipped})

    def on_spark(self, frame: Any) -> Any:
        """Return a frame of Spark with the answers, which are made when it is asked for them.

        Args:
            frame: a `pyspark.sql.DataFrame`.

        Raises:
            DataError: a column is missing, or is called like one that is added.
        """
        types = {each.name: each.dataType.simpleString() for each in frame.schema.fields}
        kept = tuple(name for name, kind in types.items() if kind != "binary") if self.kept is None else self.kept
        self._refuse(types, kept)
        fields = [*((name, types[name]) for name in kept), (ANSWER, "string"), (SKIPPED, "string")]
        schema = ", ".join(f"`{name.replace('`', '``')}` {kind}" for name, kind in fields)
        return frame.mapInPandas(replace(self, kept=kept).frames, schema)

    def on_ray(self, dataset: Any, **options: Any) -> Any:
        """Return a dataset of Ray Data with the answers, which are made when it is asked for them.

        Args:
            dataset: a `ray.data.Dataset`.
            **options: of its `map_batches`, such as `num_cpus` and `batch_size`.

        Raises:
            DataError: a column is missing, or is called like one that is added.
        """
        names = dataset.columns()
        self._refuse(names, names if self.kept is None else self.kept)
        return dataset.map_batches(self, **{"batch_format": "numpy", "batch_size": ROWS, **options})

    def _refuse(self, names: Iterable[str], kept: Sequence[str]) -> None:
        known = list(names)
        if absent := [name for name in (*kept, *([self.column] if self.column else [])) if name not in known]:
            raise DataError(f"There is no column '{absent[0]}', only {', '.join(known)}.")
        if taken := {ANSWER, SKIPPED} & set(kept):
            raise DataError(f"The column '{min(taken)}' is there already. Rename it, or leave it out with keep=[…].")

    def _columns(self, columns: Mapping[str, Sequence[Any]]) -> tuple[list[str | None], list[str | None]]:
        answers, skipped = list[str | None](), list[str | None]()
        for said in self.answers(columns):
            reason = said.get(SKIPPED)
            answers.append(None if reason else json.dumps(said, ensure_ascii=False))
            skipped.append(str(reason) if reason else None)
        return answers, skipped


@lru_cache(OPENED)
def _opened(name: str, content: bytes) -> Any:
    """Return what answers with the content of a file: opened once a process, however many batches it gets."""
    with TemporaryDirectory(prefix="saccade-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return open_file(path)


def _holds_files(cells: Any) -> bool:
    return len(cells) > 0 and isinstance(cells[0], bytes)
