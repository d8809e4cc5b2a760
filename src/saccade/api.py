"""The Python face: the same verbs as the command line."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from saccade import auditing, evaluating, models, predicting, preparing, registry, reporting, training
from saccade import recipe as recipes
from saccade.auditing import Audit
from saccade.auditing.page import write_page
from saccade.cli._describing import warn
from saccade.data.dataset import SetAside
from saccade.display import show
from saccade.evaluation import Evaluation
from saccade.inspecting.summary import LayerSummary, summarize
from saccade.recipe import Recipe
from saccade.run import Run
from saccade.tasks.classify import Prediction


class TrainedRun(Run):
    """A run folder with the verbs on it.

    Attributes:
        path: the folder.
    """

    @cached_property
    def model(self) -> Any:
        """The best network, a plain `keras.Model` in float32: raw pixels (n, h, w, c) in, probabilities out.

        They are those before calibration: `predict` and `evaluate` correct them by the run's temperature.
        """
        return predicting.load_model(self)

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

    def report(self, *, data: str | None = None) -> Path:
        """Write report.html and README.md, a model card, into the run and return the page's path.

        Args:
            data: where the data lie now, when they or the run have moved; without them the page has no pictures.
        """
        return reporting.report(self, data=data)

    def summary(self) -> list[LayerSummary]:
        """Return output shape, parameters, multiply-adds and receptive field of every layer."""
        return summarize(self.model)


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
) -> TrainedRun:
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
    settled, dataset = preparing.prepare(settled, quiet=quiet)
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
    return TrainedRun(finished.path)


def resume(path: str | Path, *, quiet: bool = False, callbacks: Sequence[Any] = ()) -> TrainedRun:
    """Go on with an interrupted or killed run and return it finished."""
    run = Run.open(path)
    with show(quiet=quiet) as progress:
        training.resume(run, preparing.reload(run, quiet=quiet), progress=progress, callbacks=callbacks)
    return TrainedRun(run.path)


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


def load(path: str | Path) -> TrainedRun:
    """Return a run from its folder; raises RunError when it is none."""
    return TrainedRun(Run.open(path).path)


def summary(name: str, *, input_shape: tuple[int, int, int] | None = None, outputs: int = 10) -> list[LayerSummary]:
    """Return the layers of a model, recipe, run folder or .keras file, as `saccade summary` prints them.

    Args:
        name: what to summarise.
        input_shape: (height, width, channels) for a model by name; a recipe knows its own when its data are named.
        outputs: number of classes, likewise.
    """
    return summarize(_find_model(name, input_shape, outputs))


def _find_model(name: str, input_shape: tuple[int, int, int] | None, outputs: int) -> Any:
    path = Path(name)
    if path.is_dir():
        return predicting.load_model(Run.open(path))
    if path.suffix == ".keras":
        return predicting.read_model(path)
    if name in registry.names("models"):
        return models.build(name, input_shape or (28, 28, 1), outputs, {})
    recipe = recipes.read(name)
    shape, classes = _shape_and_classes(recipe)
    return models.build(recipe.model.name, input_shape or shape, classes, recipe.model.options)


def _shape_and_classes(recipe: Recipe) -> tuple[tuple[int, int, int], int]:
    if recipe.data in registry.names("data"):  # known without downloading anything
        named = registry.load("data", recipe.data)
        height, width, channels = named.IMAGE_SHAPE
        size = recipe.image_size
        return (size or height, size or width, recipe.channels or channels), len(named.CLASSES)
    _, dataset = preparing.prepare(recipe)
    return dataset.image_shape, len(dataset.classes)
