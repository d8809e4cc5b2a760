"""The Python face: the same verbs as the command line."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from saccade import (
    auditing,
    autoencoders,
    evaluating,
    exporting,
    labelling,
    locating,
    models,
    predicting,
    preparing,
    registry,
    reporting,
    training,
)
from saccade import recipe as recipes
from saccade.anomaly import Anomaly
from saccade.auditing import Audit
from saccade.auditing.page import write_page
from saccade.backend import keras
from saccade.cli._describing import warn
from saccade.cli._settings import what_to_train
from saccade.data.dataset import SetAside
from saccade.data.table import Table
from saccade.display import show
from saccade.errors import DataError, RunError
from saccade.evaluation import Evaluation
from saccade.exporting import Exported
from saccade.inspecting.contrasting import Contrast, Group, contrast
from saccade.inspecting.inspection import Inspection
from saccade.inspecting.looking import AnyPicture, Microscope, microscope
from saccade.inspecting.overview import Overview
from saccade.inspecting.overviewing import overview_of_run
from saccade.inspecting.picturing import taking_pictures
from saccade.inspecting.row import RowInspection
from saccade.inspecting.row_looking import inspect_row
from saccade.inspecting.rows_overview import RowsOverview
from saccade.inspecting.rows_overviewing import overview_of_rows
from saccade.inspecting.summary import LayerSummary, summarize
from saccade.labelling import Suspects
from saccade.labelling.page import write_page as write_gallery
from saccade.locating import HeatMap, Locator
from saccade.predicting import RowPredictor, Verdict
from saccade.predicting.tables import Scores, predict_rows, score_file
from saccade.recipe import Recipe
from saccade.run import Run
from saccade.schema import Schema, numbers_only
from saccade.tasks.classify import Prediction

PICTURES_A_CLASS = 50


class _Trained(Run):
    """What runs of every task can do."""

    @cached_property
    def model(self) -> Any:
        """The best network, a plain `keras.Model` in float32: raw pixels or columns in, answers out.

        Probabilities are those before calibration: `predict` and `evaluate` correct them by the run's temperature.
        """
        return predicting.load_model(self)

    def export(self, *, to: str = "onnx", precision: str = "float32", data: str | None = None) -> Exported:
        """Write the network into export/ in another format, kept only if it answers like this run.

        Args:
            to: "onnx", "saved_model", "litert" or "openvino".
            precision: "float32"; for ONNX also "float16" and "int8", but not of a table.
            data: where the data lie now, when they or the run have moved.

        Raises:
            ExportError: the format cannot hold this network, or the file would answer differently.
        """
        return exporting.export(self, to=to, precision=precision, data=data, quiet=True)

    def summary(self) -> list[LayerSummary]:
        """Return output shape, parameters, multiply-adds and receptive field of every layer."""
        return summarize(self.model)


class TrainedRun(_Trained):
    """A run of pictures with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return tuple(self.data["classes"])

    def predict(self, images: NDArray[Any], *, abstain: float | None = None) -> list[Prediction]:
        """Return an answer for each picture, with calibrated probabilities.

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey pictures, (n, h, w); 0 to 255, of the trained size.
            abstain: leave undecided (`.decided` is False) what would be wrong more often than this, 0 to 1.

        Raises:
            DataError: another shape than the network was trained on.
            RunError: the validation part is too small to promise `abstain`.
        """
        return predicting.predict_arrays(self, images, model=self.model, abstain=abstain)

    def predict_files(
        self, paths: Iterable[str | Path], *, abstain: float | None = None
    ) -> Iterator[tuple[str, Prediction | SetAside]]:
        """Yield (name, answer) for picture files and folders of any size; a bad file yields why it is bad."""
        return predicting.predict_files(self, paths, abstain=abstain)

    def evaluate(self, *, part: str = "test", data: str | None = None, without_twins: bool = False) -> Evaluation:
        """Open a part, the sealed test by default, and return how good the network is on it, with intervals.

        Args:
            part: "test", "validation" or "train".
            data: where the data lie now, when they or the run have moved.
            without_twins: also score the pictures alone that have no twin in another part.
        """
        return evaluating.evaluate(self, part=part, data=data, model=self.model, without_twins=without_twins)

    @cached_property
    def _microscope(self) -> Microscope:
        """Kept, for the data are loaded with it: once for all pictures."""
        return microscope(self, self.model)

    def inspect(self, picture: AnyPicture, *, data: str | None = None) -> Inspection:
        """Return the whole way of one picture through the network; shows itself in a notebook.

        Args:
            picture: a file; the name of a picture in the data, such as "test/00000"; or an array (h, w, c), 0 to 255.
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: there is no such picture, or it cannot be read.
        """
        opened = microscope(self, self.model, data=data) if data else self._microscope
        return opened.inspect(picture)

    def contrast(
        self, pictures: Sequence[AnyPicture] = (), *, classes: Sequence[str] = (), data: str | None = None
    ) -> Contrast:
        """Return what differs inside the network between pictures, or between classes of the data.

        Args:
            pictures: each as for `inspect`.
            classes: names; the first 50 training pictures of each are compared.
            data: where the data lie now, when they or the run have moved.

        Raises:
            DataError: fewer than two are named, or the data are needed and gone.
        """
        opened = microscope(self, self.model, data=data) if data else self._microscope
        found = [opened.find(picture) for picture in pictures]
        groups = [Group(each.name, (each,)) for each in found]
        groups += [Group(name, tuple(opened.of_class(name, PICTURES_A_CLASS))) for name in classes]
        return contrast(self.model, groups, title=opened.title, classes=self.classes)

    def overview(self, *, part: str = "", data: str | None = None, quiet: bool = False) -> Overview:
        """Return what the network does over its data: which channels work, where classes lie, what answers need.

        Args:
            part: "validation", or "train"; chosen by the number of pictures when left out. The test part stays sealed.
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.
        """
        return overview_of_run(self, part=part, data=data, model=self.model, quiet=quiet)

    def report(self, *, data: str | None = None) -> Path:
        """Write report.html and README.md, a model card, into the run and return the page's path.

        Args:
            data: where the data lie now, when they or the run have moved; without them the page has no pictures.
        """
        return reporting.report(self, data=data)


class TrainedTable(_Trained):
    """A run of a table with the verbs on it.

    Attributes:
        path: the folder.
    """

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the network's inputs, in their order."""
        return self._predictor.schema.names

    @cached_property
    def _predictor(self) -> RowPredictor:
        predictor = predicting.open_run(self)
        assert isinstance(predictor, RowPredictor)
        return predictor

    def predict(self, rows: Any, *, reasons: int = predicting.REASONS) -> list[Anomaly]:
        """Return how strange each row is, in order, and the columns that make it so.

        Args:
            rows: a file, whose rows that cannot be read are left out (`.row` says which are there); or columns by
                name, a frame of pandas or polars, a list of mappings, or an array of numbers (n, d) in the order of
                `columns`.
            reasons: so many columns are named for each row; `.contributions` has all.

        Raises:
            DataError: columns are missing or hold something else, or a row that is no file's cannot be read.
            RunError: the run has no threshold.
        """
        return predict_rows(self._predictor, rows, reasons=reasons)

    def scores(self, source: str | Path) -> Scores:
        """Return scores, p-values and alarms of a file of any size as arrays, about 30 bytes a row."""
        return score_file(self._predictor, source)

    def inspect(self, rows: Any = None, *, row: int | None = None, data: str | None = None) -> RowInspection:
        """Return the way of one row through the network; shows itself in a notebook.

        Args:
            rows: a file, or what `predict` takes; left out: the run's own table, but for its sealed test part.
            row: its number there, from 1, the header not counted; may be left out where there is only one.
            data: where the run's table lies now, when it or the run has moved.

        Raises:
            DataError: there is no such row, or it cannot be read.
            RunError: the row is of the test part, or the run has no threshold.
        """
        return inspect_row(self, self.model, rows=rows, row=row, data=data)

    def overview(self, *, data: str | None = None, quiet: bool = False) -> RowsOverview:
        """Return what the network does over its calibration rows: scores, columns, units; the test part stays sealed.

        Args:
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.
        """
        return overview_of_rows(self, self.model, data=data, quiet=quiet)


class TrainedJudge(_Trained):
    """A run that looks for anomalies in pictures, with the verbs on it.

    Attributes:
        path: the folder.
    """

    @cached_property
    def _locator(self) -> Locator:
        return Locator(self, model=self.model)

    def predict(self, images: NDArray[Any]) -> list[Verdict]:
        """Return how strange each picture is, in order: `.score`, `.alarm`, `.p_value`.

        Args:
            images: (n, h, w, c) or one (h, w, c) or, for grey pictures, (n, h, w); 0 to 255, of the trained size.

        Raises:
            DataError: another shape than the network was trained on.
            RunError: the run has no threshold.
        """
        return predicting.open_judge(self, model=self.model).predict(images)

    def predict_files(self, paths: Iterable[str | Path]) -> Iterator[tuple[str, Verdict | SetAside]]:
        """Yield (name, verdict) for picture files and folders of any size; a bad file yields why it is bad."""
        return predicting.open_judge(self, model=self.model).predict_files(paths)

    def heatmap(self, picture: str | Path | NDArray[Any], *, to: str | Path | None = None) -> HeatMap:
        """Return where in a picture something does not belong: `.heat`, `.hottest`, `.rebuilt`, `.verdict`.

        Args:
            picture: a file of any size, or an array (h, w, c), 0 to 255, of the trained size.
            to: a PNG file, for a drawing of it.

        Raises:
            DataError: it cannot be read or has another shape, or the drawing cannot be written.
            RunError: the run has no threshold or heat scale.
        """
        found = self._locator.locate(picture)
        if to is not None:
            locating.save(found, Path(to))
        return found


AnyTrained = TrainedRun | TrainedTable | TrainedJudge


def train(
    recipe: str | Path | Recipe = "quick",
    *,
    runs: str | Path = "runs",
    run: str | Path | None = None,
    quiet: bool = False,
    callbacks: Sequence[Any] = (),
    check: bool = True,
    strict: bool = False,
    **settings: Any,
) -> AnyTrained:
    """Train a recipe and return its run.

    Args:
        recipe: a name (`saccade list recipes`), a YAML file, or a Recipe.
        runs: the folder in which the run gets a numbered folder.
        run: the run folder itself, instead; it must not exist.
        quiet: show nothing.
        callbacks: further Keras callbacks.
        check: audit the data first, as `check` does, and keep the findings in the run.
        strict: refuse to train when the audit has a warning or worse.
        **settings: fields of the recipe to change: `epochs=1`, `data="photos/"`, `model="lenet5"`,
            `augment={"shift": 0.1}`.

    Raises:
        SaccadeError: the data or a setting cannot be used; says what to do.
    """
    settled = recipe.changed(**settings) if isinstance(recipe, Recipe) else recipes.read(recipe, **settings)
    settled, dataset = preparing.prepare_any(settled, quiet=quiet)
    audit = auditing.audit(dataset, quiet=quiet) if check or strict else None
    if audit and strict:
        audit.refuse_problems()
    if audit and not quiet:
        warn(audit)
    with show(quiet=quiet) as progress:
        finished = training.train(
            settled,
            dataset,
            runs=Path(runs),
            folder=Path(run) if run else None,
            progress=progress,
            callbacks=callbacks,
            audit=audit.to_dict() if audit else None,
        )
    return load(finished.path)


def resume(path: str | Path, *, quiet: bool = False, callbacks: Sequence[Any] = ()) -> AnyTrained:
    """Go on with an interrupted or killed run and return it finished."""
    run = Run.open(path)
    with show(quiet=quiet) as progress:
        training.resume(run, preparing.reload_any(run, quiet=quiet), progress=progress, callbacks=callbacks)
    return load(run.path)


def check(
    data: str | Path, *, html: str | Path | None = None, strict: bool = False, quiet: bool = False, **settings: Any
) -> Audit:
    """Return what is wrong with data and their split, the worst first, as `saccade check` prints it.

    Args:
        data: a name (`saccade list data`), folder, archive or table.
        html: a file for a page with the pictures side by side.
        strict: raise DataError when there is a warning or worse.
        quiet: no progress bars.
        **settings: fields of the recipe that concern data: `image_size=64`, `split="pooled"`.

    Raises:
        SaccadeError: the data or a setting cannot be used; says what to do.
    """
    _, dataset = preparing.prepare(recipes.make({"data": str(data)}, settings), quiet=quiet)
    audit = auditing.audit(dataset, quiet=quiet)
    if html:
        write_page(audit, dataset, Path(html))
    if strict:
        audit.refuse_problems()
    return audit


def find_wrong_labels(
    data: str | Path,
    *,
    folds: int = 3,
    epochs: int | None = None,
    html: str | Path | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Suspects:
    """Return all pictures outside of the test part, the most suspicious label first, as `saccade labels` prints them.

    `suspects.accepted(20)` are the corrections for the first 20; `saccade.data.overriding.write` makes a file of them,
    which `train(..., overrides="overrides.csv")` applies.

    Args:
        data: a name (`saccade list data`), folder, archive or table, or a recipe.
        folds: networks to train; each picture is judged by one that had not seen it.
        epochs: passes of each training, few when left out.
        html: a file for a gallery in which a person decides and saves overrides.csv.
        quiet: show nothing.
        **settings: fields of the recipe to change: `image_size=64`, `model="lenet5"`.

    Raises:
        SaccadeError: the data or a setting cannot be used; says what to do.
    """
    recipe, changes = what_to_train(str(data), settings)
    settled, dataset = preparing.prepare(recipes.read(recipe, **changes), quiet=quiet)
    with show(quiet=quiet) as progress:
        suspects = labelling.find_suspects(settled, dataset, folds=folds, epochs=epochs, quiet=quiet, progress=progress)
    if html:
        write_gallery(suspects, dataset, Path(html))
    return suspects


def load(path: str | Path) -> AnyTrained:
    """Return a run from its folder, with the verbs that fit its task; raises RunError when it is none."""
    run = Run.open(path)
    if run.judges_pictures:
        return TrainedJudge(run.path)
    return (TrainedTable if run.of_table else TrainedRun)(run.path)


def inspect(model: Any, picture: AnyPicture, *, classes: Sequence[str] | None = None) -> Inspection:
    """Return the whole way of one picture through any Keras model; shows itself in a notebook.

    Args:
        model: a functional or built Sequential `keras.Model` with one input, (h, w, c), nested models included; or the
            .keras file of one.
        picture: an array (h, w, c) of numbers as the model takes them. A file is brought to its size and given as raw
            pixels, 0 to 255: where a model wants them scaled, scale them and give the array.
        classes: names of its answers, in their order.

    Raises:
        RunError: the model cannot be looked into.
        DataError: the picture does not fit.
    """
    if isinstance(model, str | Path):
        model = predicting.read_model(Path(model))
    if not isinstance(model, keras.Model):
        raise RunError(f"Expected a Keras model or a .keras file, found {type(model).__name__}.")
    taking = taking_pictures(model, picture)
    return Microscope(str(model.name), taking, tuple(classes) if classes else None).inspect(picture)


def summary(
    name: str,
    *,
    input_shape: tuple[int, int, int] | None = None,
    outputs: int = 10,
    columns: int | None = None,
) -> list[LayerSummary]:
    """Return the layers of a model, recipe, run folder or .keras file, as `saccade summary` prints them.

    Args:
        name: what to summarise.
        input_shape: (height, width, channels) for a model by name; a recipe knows its own when its data are named.
        outputs: number of classes, likewise.
        columns: of the table that an autoencoder by name, or a recipe of one, is for, all of them numbers; left out: a
            recipe's table is read.

    Raises:
        SaccadeError: there is no such network, or a recipe's table is not there; says what to do.
    """
    return summarize(_find_model(name, input_shape, outputs, columns))


def _find_model(name: str, input_shape: tuple[int, int, int] | None, outputs: int, columns: int | None) -> Any:
    path = Path(name)
    if path.is_dir():
        return predicting.load_model(Run.open(path))
    if path.suffix == ".keras":
        return predicting.read_model(path)
    if columns and name in registry.names("autoencoders"):
        return autoencoders.build(name, numbers_only(columns), {})
    if name in registry.names("models"):
        return models.build(name, input_shape or (28, 28, 1), outputs, {})
    recipe = recipes.read(name)
    if recipe.task == preparing.ANOMALIES:
        inputs = numbers_only(columns) if columns else input_shape or _inputs(recipe)
        return autoencoders.shipped(autoencoders.build(recipe.model.name, inputs, recipe.model.options))
    shape, classes = _shape_and_classes(recipe)
    return models.build(recipe.model.name, input_shape or shape, classes, recipe.model.options)


def _inputs(recipe: Recipe) -> Schema | tuple[int, int, int]:
    """Return the columns of the table, or the shape of the pictures, that a recipe looks for anomalies in."""
    if recipe.data in registry.names("data"):  # named data are pictures
        return _shape_and_classes(recipe)[0]
    try:
        _, data = preparing.prepare_any(recipe)
    except DataError as error:
        raise DataError(f"{error} Or say how wide a table is: --columns 29; or pictures: --input 28x28x1.") from error
    return data.schema if isinstance(data, Table) else data.image_shape


def _shape_and_classes(recipe: Recipe) -> tuple[tuple[int, int, int], int]:
    if recipe.data in registry.names("data"):  # known without downloading anything
        named = registry.load("data", recipe.data)
        height, width, channels = named.IMAGE_SHAPE
        size = recipe.image_size
        return (size or height, size or width, recipe.channels or channels), len(named.CLASSES)
    _, dataset = preparing.prepare(recipe)
    return dataset.image_shape, len(dataset.classes)
