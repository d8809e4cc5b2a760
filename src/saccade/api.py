"""The Python face: the same verbs as the command line."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from saccade import inference, training
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.atomic_files import removed_on_failure
from saccade.core.audit import Audit, print_problems
from saccade.core.backend import Model, keras
from saccade.core.errors import RunError, UnknownNameError, unknown
from saccade.core.recipe import Recipe
from saccade.core.run import Run
from saccade.export.publishing import pushing
from saccade.export.publishing.pushing import Pushed
from saccade.inspection.image_input import taking_images
from saccade.inspection.inspection import Inspection
from saccade.inspection.summary import LayerSummary, summarize
from saccade.tasks import base, steps
from saccade.tasks.given_data import source_of
from saccade.tasks.image_inspector import AnyImage, ImageInspector
from saccade.tasks.protocol import Sizes
from saccade.training.display import show
from saccade.training.tracking.tracking import Tracking
from saccade.tuning import searching
from saccade.tuning.display import show_search
from saccade.tuning.search_folder import SearchFolder
from saccade.tuning.verdict import Verdict


def train(
    recipe: str | Path | Recipe | None = None,
    *,
    runs: str | Path = "runs",
    run: str | Path | None = None,
    quiet: bool = False,
    callbacks: Sequence[Any] = (),
    track: str | Sequence[str] = (),
    check: bool = True,
    strict: bool = False,
    **settings: Any,
) -> Any:
    """Train a recipe and return its run.

    Args:
        recipe: a name (`saccade list recipes`), a YAML file, or a Recipe; left out: the default one for `data`, as
            `saccade train DATA` takes it; a name of data or a folder stands for it too.
        runs: the folder in which the run gets a numbered folder.
        run: the run folder itself, instead; it must not exist.
        quiet: show nothing.
        callbacks: further Keras callbacks.
        track: trackers that are told of it, "mlflow" or "wandb", each with "=PLACE" where its environment variables do
            not say where to write.
        check: audit the data beside the training, as `check` does, and keep the findings in the run.
        strict: wait for the audit, and refuse to train when it has a warning or worse.
        **settings: fields of the recipe to change: `epochs=1`, `data="photos/"`, `model="lenet5"`,
            `augment={"shift": 0.1}`. `data` may also be arrays: `(images, labels)` with images (n, h, w) or
            (n, h, w, c) and n numbers or names of classes, `((x_train, y_train), (x_test, y_test))`, or such
            pairs by split in a dict. They are kept in the cache, where `evaluate`, `resume` and `report` find them.

    Raises:
        SaccadeError: the data or a setting cannot be used; says what to do.
    """
    tracking = _tracking(track, quiet=quiet)
    if "data" in settings:
        settings["data"] = source_of(settings["data"])
    settled = recipe.asked_for(**settings) if isinstance(recipe, Recipe) else _settled(recipe, settings)
    prepared = steps.prepare(settled, quiet=quiet, keras_ahead=True)
    audit = _audit(prepared, quiet=quiet, strict=strict) if check or strict else None
    with tracking, tracking.watched(partial(show, quiet=quiet)) as progress:
        finished = training.train(
            prepared.recipe,
            prepared.dataset,
            runs=Path(runs),
            folder=Path(run) if run else None,
            progress=progress,
            callbacks=callbacks,
            audit=audit,
            began=prepared.began,
        )
        tracking.finish(finished, None)
    return load(finished.path)


def _tracking(wanted: str | Sequence[str], *, quiet: bool, resumed: Run | None = None) -> Tracking:
    names = [wanted] if isinstance(wanted, str) else wanted
    if not quiet:
        return Tracking(names, note=click.echo, resumed=resumed)
    warn = partial(click.echo, err=True)  # that a tracking failed is no news that anybody asked not to hear
    return Tracking(names, note=lambda text: None, warn=warn, resumed=resumed)


def _audit(prepared: steps.Prepared, *, quiet: bool, strict: bool) -> Any:
    """Return the audit of the data, which runs beside the training unless it may refuse to train."""
    show = (lambda audit: None) if quiet else print_problems
    if strict:
        return prepared.audit(quiet=quiet, strict=True, show=show).to_dict()
    return prepared.audit_beside(show=show)


def _settled(word: str | Path | None, settings: dict[str, Any]) -> Any:
    name, changes = steps.what_to_train(None if word is None else str(word), settings)
    return recipes.read(name, **changes)


def resume(path: str | Path, *, data: Any = None, quiet: bool = False, callbacks: Sequence[Any] = ()) -> Any:
    """Go on with an interrupted or killed run, and with what tracked it, and return it finished.

    Args:
        path: the run.
        data: where its data lie now, when they have moved; or the arrays that it was trained on.
        quiet: show nothing.
        callbacks: further Keras callbacks.
    """
    run = Run.open_to_resume(path)
    tracking = _tracking((), quiet=quiet, resumed=run)
    with tracking, tracking.watched(partial(show, quiet=quiet)) as progress:
        dataset = base.reload(run, data=data, quiet=quiet)
        audit = _audit(steps.Prepared(run.recipe, dataset), quiet=quiet, strict=False) if run.awaits_audit else None
        training.resume(run, dataset, progress=progress, callbacks=callbacks, audit=audit)
        tracking.finish(run, None)
    return load(run.path)


def push(
    path: str | Path,
    name: str = "",
    *,
    licence: str = "",
    public: bool = False,
    with_report: bool = False,
    dry_run: bool = False,
) -> Pushed:
    """Lay out a run as the Hugging Face Hub wants it, in its folder hub/, and upload it where there is a token.

    For example::

        saccade.push("runs/quick-1", "me/leaves", licence="apache-2.0").address

    Args:
        path: the run.
        name: OWNER/NAME on the Hub; "" only prepares the folder.
        licence: of the weights, as the Hub calls it.
        public: make a new repository public; else it is private.
        with_report: add report.html, which shows images of the data.
        dry_run: prepare and check, upload nothing.

    Raises:
        PublishingError: the Hub would not take it, or did not; the folder stays.
        RunError: the run has no network.
    """
    options: dict[str, Any] = {"licence": licence, "public": public, "with_report": with_report, "dry_run": dry_run}
    return pushing.push(Run.open(path), name, note=click.echo, **options)


def tune(
    recipe: str | Path | Recipe | None = None,
    *,
    budget: str | float = "30m",
    trials: int | None = None,
    seeds: int = 3,
    folder: str | Path | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Verdict:
    """Search for better settings of a recipe within a budget of time, and return whether they are better than it.

    For example::

        found = saccade.tune("quick-digits", budget="5m", search={"learning_rate": [1e-4, 1e-2, "log"]})
        print(found.sentence, found.changes)

    Args:
        recipe: a name, a YAML file, or a Recipe, as for `train`.
        budget: of the whole search, its last comparison included: "5m", "1.5h", or seconds.
        trials: try at most so many; None: as many as fit.
        seeds: trainings of recipe and winner, by which they are compared.
        folder: of the search; a search that is there already goes on, with its own recipe and budget.
        quiet: show nothing.
        **settings: fields of the recipe to change, as for `train`; `search` says what is searched.

    Raises:
        SaccadeError: the data or a setting cannot be used, or the time is too short; says what to do.
    """
    place = Path(folder) if folder else None
    if place and (place / "search.json").is_file():
        made = SearchFolder.open(place)
        prepared = steps.prepare(made.recipe, quiet=quiet)
    else:
        if "data" in settings:
            settings["data"] = source_of(settings["data"])
        settled = recipe.asked_for(**settings) if isinstance(recipe, Recipe) else _settled(recipe, settings)
        prepared = steps.prepare(settled, quiet=quiet)
        made = SearchFolder.create(place, name=prepared.recipe.name, beside=Path("searches"))
        seconds = float(recipes.make({}, {"budget": budget}).budget)
        asked = searching.Options(seconds, trials, seeds)
        with removed_on_failure(made.path):
            searching.begin(made, prepared.recipe, prepared.dataset, asked, began=prepared.began)
    with show_search(quiet=quiet) as progress:
        found = searching.search(made, prepared.dataset, began=prepared.began, progress=progress)
    if found is None:
        raise RunError(f"Another process works on {made.path} and says the last word.")
    return found


def check(
    data: Any, *, html: str | Path | None = None, strict: bool = False, quiet: bool = False, **settings: Any
) -> Audit:
    """Return what is wrong with data and their split, the worst first, as `saccade check` prints it.

    Args:
        data: a name (`saccade list data`), folder, archive or table, or arrays as for `train`.
        html: a file for a page with the images side by side.
        strict: raise DataError when there is a warning or worse.
        quiet: no progress bars.
        **settings: fields of the recipe that concern data: `image_size=64`, `split="pooled"`, `label="is_fraud"`.

    Raises:
        SaccadeError: the data or a setting cannot be used; says what to do.
    """
    prepared = steps.prepare_check(source_of(data), settings, quiet=quiet)
    audit = prepared.audit(quiet=quiet)
    if html:
        prepared.write_audit_page(audit, Path(html))
    if strict:
        audit.refuse_problems()
    return audit


def find_wrong_labels(
    data: Any,
    *,
    folds: int = 3,
    epochs: int | None = None,
    html: str | Path | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Any:
    """Return all images outside of the test split, the most suspicious label first, as `saccade labels` prints them.

    `suspects.accepted(20)` are the corrections for the first 20;
    `suspects.write(Path("overrides.csv"), corrections)` makes a file of them, which
    `train(..., overrides="overrides.csv")` applies.

    Args:
        data: a name (`saccade list data`), folder, archive or table, arrays as for `train`, or a recipe.
        folds: networks to train; each image is judged by one that had not seen it.
        epochs: passes of each training, few when left out.
        html: a file for a gallery in which a person decides and saves overrides.csv.
        quiet: show nothing.
        **settings: fields of the recipe to change: `image_size=64`, `model="lenet5"`.

    Raises:
        SaccadeError: the data or a setting cannot be used; says what to do.
    """
    prepared = steps.prepare_label_search(source_of(data), settings, quiet=quiet)
    with show(quiet=quiet) as progress:
        suspects = prepared.find_wrong_labels(folds=folds, epochs=epochs, quiet=quiet, progress=progress)
    if html:
        prepared.task.write_label_page(suspects, prepared.dataset, Path(html))
    return suspects


def load(path: str | Path) -> Any:
    """Return a run from its folder, with the verbs that fit its task; raises RunError when it is none."""
    run = Run.open(path)
    return base.for_run(run).trained(run.path)


def inspect(model: Model, image: AnyImage, *, classes: Sequence[str] | None = None) -> Inspection:
    """Return the whole way of one image through any Keras model; shows itself in a notebook.

    Args:
        model: a functional or built Sequential `keras.Model` with one input, (h, w, c), nested models included; or the
            .keras file of one.
        image: an array (h, w, c) of numbers as the model takes them. A file is brought to its size and given as raw
            pixels, 0 to 255: where a model wants them scaled, scale them and give the array.
        classes: names of its answers, in their order.

    Raises:
        RunError: the model cannot be looked into.
        DataError: the image does not fit.
    """
    if isinstance(model, str | Path):
        model = inference.read_model(Path(model))
    if not isinstance(model, keras.Model):
        raise RunError(f"Expected a Keras model or a .keras file, found {type(model).__name__}.")
    taking = taking_images(model, image)
    return ImageInspector(str(model.name), taking, tuple(classes) if classes else None).inspect(image)


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
    return summarize(_find_model(name, {"input_shape": input_shape, "outputs": outputs, "columns": columns}))


def _find_model(name: str, sizes: Sizes) -> Any:
    path = Path(name)
    if path.is_dir():
        return inference.load_model(Run.open(path))
    if path.suffix == ".keras":
        return inference.read_model(path)
    for task in registry.names("tasks"):
        if name in registry.names(str(registry.constant("tasks", task, "NETWORKS"))):
            recipe = recipes.make({"task": task, "model": name})
            return next(base.all_of(task)).blank_network(recipe, by_name=True, sizes=sizes)
    if path.suffix not in recipes.SUFFIXES and name not in registry.names("recipes"):
        raise _no_network(name)
    recipe = recipes.read(name)
    return next(base.all_of(recipe.task)).blank_network(recipe, by_name=False, sizes=sizes)


def _no_network(name: str) -> UnknownNameError:
    """Return the error for a word that names no network; names the nearest."""
    kinds = {"recipes", *(str(registry.constant("tasks", task, "NETWORKS")) for task in registry.names("tasks"))}
    known = [each for kind in kinds for each in registry.names(kind)]
    more = "See: saccade list models, saccade list recipes or saccade list runs."
    return unknown("model, recipe, run or file", name, known, more=more)
