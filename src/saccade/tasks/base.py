"""Task: what is asked of one kind of input, in one object that every stage asks; a folder of `tasks/` each.

`tasks/NAME/task.py` names its tasks, one for each modality that it takes, `TASKS = (OfImages, OfRows)`, and what can be
read without loading it: `NETWORKS = "models"`, the kind of its networks in the registry. Nothing else outside of
`tasks/NAME/` knows of it. A method imports what it needs when it is called, so that listing tasks, or predicting on a
machine without Keras, loads nothing that is not needed.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from saccade.core import registry
from saccade.core.errors import DataError, RecipeError, RunError, unknown

if TYPE_CHECKING:  # a machine that only predicts has not all that recipes, runs and training need
    from saccade.core.artifact import Artifact
    from saccade.core.audit import Audit
    from saccade.core.backend import Precision
    from saccade.core.dataset import Dataset
    from saccade.core.metric_value import MetricValue
    from saccade.core.model_metadata import ModelMetadata
    from saccade.core.other_data import Other
    from saccade.core.recipe import Recipe
    from saccade.core.run import Run
    from saccade.core.signature import Outputs, Signature
    from saccade.export.subject import Subject
    from saccade.training.contender import Contender
    from saccade.training.cut import Cut
    from saccade.training.objective import Objective


OPTIONS = {
    "classes": "--class",
    "as_json": "--json",
    "as_csv": "--csv",
    "without_duplicates": "--score-without-duplicates",
}
"""Options of the command line that are not called as their argument is."""


class Result(Protocol):
    """How good a network is on a split: what `evaluate` returns; a terminal shows it by `__rich__`."""

    @property
    def split(self) -> str:
        """Which split was looked at: "test", or "other" for data that are not the run's own."""
        ...

    @property
    def other_data(self) -> "Other | None":
        """What to know of the data, when they are not the run's own."""
        ...

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the files that it wrote into the run, beside evaluation.json."""
        ...

    @property
    def headline(self) -> tuple[str, "MetricValue | None"]:
        """The measure that lists and tables show, with its name: ("accuracy", .99 with its interval)."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        ...

    def to_csv(self) -> str:
        """Return the table that --csv prints, where there is one."""
        ...

    def to_text(self, *, width: int = 100) -> str:
        """Return what a terminal shows, as plain text of so many columns."""
        ...


class Comparison(Protocol):
    """Which of two runs is better, and how sure that is."""

    @property
    def verdict(self) -> str:
        """The result in a sentence or two."""
        ...

    @property
    def lines(self) -> tuple[str, ...]:
        """What stands before it: a line a run."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        ...


class Predictor(Protocol):
    """What answers for a run or an exported file.

    Attributes:
        name: of the run or the file.
        task: a folder of `tasks/`.
        modality: what goes in.
        engine: what computes: "keras", or a file of `engines/`.
        signature: what goes in and what comes out.
    """

    @property
    def name(self) -> str:
        """Of the run or the file."""
        ...

    @property
    def task(self) -> str:
        """A folder of `tasks/`."""
        ...

    @property
    def modality(self) -> str:
        """What goes in: "images", "tables"."""
        ...

    @property
    def engine(self) -> str:
        """What computes: "keras", or a file of `engines/`."""
        ...

    @property
    def signature(self) -> "Signature":
        """What goes in and what comes out."""
        ...

    def outputs(self, inputs: Any) -> Mapping[str, Any]:
        """Return every output (n, ...), by the name that the signature gives it, for inputs (n, ...)."""
        ...


class Task(ABC):
    """One task on one modality: its data, network, objective, answers, judgement, and what people see of it.

    Only the abstract methods must be written; what another one cannot do yet says so by name.

    Attributes:
        name: the folder in `tasks/`.
        modality: what goes in: "images", "tables".
        noun: what to call several of them: "images", "rows".
        monitor: the metric by which the best epoch is chosen, and early stopping stops.
        monitor_mode: "max" where larger is better.
        precision: what "auto" means.
        new_inputs: what stands for new inputs in a command that is suggested: "IMAGES", "new.csv".
        evaluate_options: options of `saccade evaluate` that it takes, but for --split, --data and --json.
        is_diagnosed: whether the doctor, who knows the mistakes of classifiers, watches its trainings.
    """

    name: ClassVar[str]
    modality: ClassVar[str]
    noun: ClassVar[str] = "inputs"
    monitor: ClassVar[str] = "val_loss"
    monitor_mode: ClassVar[Literal["min", "max"]] = "min"
    precision: ClassVar["Precision"] = "auto"
    is_diagnosed: ClassVar[bool] = False
    new_inputs: ClassVar[str] = "IMAGES"
    evaluate_options: ClassVar[tuple[str, ...]] = ()

    @property
    def exported_artifacts(self) -> tuple[type["Artifact"], ...]:
        """Artifacts that are part of an exported network, which is out of date when they change."""
        return ()

    # Settings

    @classmethod
    @abstractmethod
    def recipe_class(cls) -> type["Recipe"]:
        """Return the class of its recipes: the common settings, those of what goes in, and its own."""

    def default_recipe(self, data: str) -> str | None:
        """Return the recipe for data that a user names without one; None leaves them to other tasks."""
        return None

    # Data

    @abstractmethod
    def takes(self, recipe: "Recipe") -> bool:
        """Say whether the data of a recipe are of the task's modality."""

    @abstractmethod
    def prepare(self, recipe: "Recipe", *, quiet: bool = False) -> tuple["Recipe", "Dataset"]:
        """Return the recipe with every open setting filled in, and its data in their splits.

        Raises:
            DataError: the data cannot be used, or nothing is left to train on.
            RecipeError: a setting cannot work with these data.
        """

    @abstractmethod
    def reload(self, run: "Run", *, data: Any = None, quiet: bool = False) -> "Dataset":
        """Return the data of a run, in the splits that they had when it was trained.

        Args:
            run: a trained run.
            data: where they lie now, when they or the run have moved; or the arrays that it was trained on.
            quiet: no progress bars.

        Raises:
            DataError: they are no longer there.
            RunError: they are not what they were.
        """

    def own_or_other(
        self, run: "Run", *, data: str, quiet: bool = False, **options: str
    ) -> tuple["Dataset", "Other | None"]:
        """Return the run's own data, which have only moved; or other labelled data, and what to know of them.

        Other data come as the split "other", behind what is left of the run's own.

        Raises:
            DataError: they cannot be read, are of another kind, or have no labels that the run knows.
            RecipeError: an option does not fit.
        """
        raise self.cannot("be evaluated on other data", run)

    @abstractmethod
    def audit(self, dataset: "Dataset", *, quiet: bool = False) -> "Audit":
        """Return what is wrong with the data and their split, the worst first."""

    def write_audit_page(self, audit: "Audit", dataset: "Dataset", path: Path) -> None:
        """Write an audit as one HTML page; raises DataError where it cannot be written."""
        raise self.cannot("be shown as a page", dataset.name)

    # Training

    @abstractmethod
    def network(self, recipe: "Recipe", dataset: "Dataset") -> Any:
        """Return a fresh network: raw inputs (n, ...) in, answers (n, ...) out."""

    @abstractmethod
    def objective(self, recipe: "Recipe", dataset: "Dataset", network: Any) -> "Objective":
        """Return what training makes small."""

    def shipped(self, network: Any) -> Any:
        """Return the network that answers, made of the layers of the trained one."""
        return network

    def initialize(  # noqa: B027  (most have none)
        self, network: Any, recipe: "Recipe", dataset: "Dataset"
    ) -> None:
        """Set the weights that are taken from training rows, before the first step."""

    def contenders(self, recipe: "Recipe", dataset: "Dataset") -> Sequence["Contender"]:
        """Return ways to train of which validation chooses; none: the recipe says how."""
        return ()

    def fitted_row(self, network: Any, recipe: "Recipe", dataset: "Dataset") -> Mapping[str, float] | None:
        """Return the results of a network that `initialize` has solved for: a row of history.csv; None: it is trained.

        Its names are those of Keras: "loss", "val_loss", and the metrics.
        """
        return None

    def cut(self, network: Any, recipe: "Recipe", dataset: "Dataset") -> "Cut | None":
        """Return the part of a network that is trained on what its frozen layers give; None: all of it, on inputs."""
        return None

    def after_fit(  # noqa: B027
        self, run: "Run", dataset: "Dataset"
    ) -> None:
        """Write into the run what answers mean: temperature, threshold …; the test split is not read."""

    @abstractmethod
    def blank_network(self, recipe: "Recipe", *, by_name: bool, sizes: Mapping[str, Any]) -> Any:
        """Return a network that nothing was learnt by, for looking at its layers.

        Args:
            recipe: says which.
            by_name: whether only its name is known, and no data.
            sizes: "input_shape", "outputs", "columns", where they are known, else None.
        """

    # Answers

    def signature(self, run: "Run") -> "Signature":
        """Return what goes into the exported network of a run and what comes out, in its order."""
        raise self.cannot("be exported", run)

    def metadata(self, run: "Run") -> Mapping[str, Any]:
        """Return what an exported file says beside its origin and its tensors: values for JSON, by name."""
        raise self.cannot("be exported", run)

    def predictor(self, run: "Run", *, model: Any = None) -> Any:
        """Return what answers for a run: its exported file when it has one, else Keras.

        Args:
            run: a trained run.
            model: its network, when it is loaded already; Keras answers then.

        Raises:
            RunError: it has no network that can be read, or nothing says yet what its answers mean.
        """
        raise self.cannot("predict", run)

    def predictor_of_file(self, path: Path, metadata: "ModelMetadata", outputs: "Outputs", *, engine: str) -> Any:
        """Return what answers with an exported file.

        Args:
            path: the file.
            metadata: what travels in it; `texts` has what `Task.metadata` said.
            outputs: gives every output by name, of the shapes in the signature.
            engine: what computes.

        Raises:
            RunError: the metadata are damaged, or do not fit the network.
        """
        raise self.cannot("predict with a file", path)

    def service(self, predictor: Any, **options: Any) -> Any:
        """Return the service that answers over HTTP: a `serving.service.Service`; options as it takes them."""
        raise self.cannot("be served", predictor.name)

    def export_subject(self, run: "Run", model: Any, *, precision: str, data: str | None, quiet: bool) -> "Subject":
        """Return what an export is made of; raises ExportError where the precision cannot be had."""
        raise self.cannot("be exported", run)

    # Judgement

    @abstractmethod
    def evaluate(self, run: "Run", **options: Any) -> Result:
        """Open a split, the sealed test by default, and return how good the network is on it, with intervals."""

    @abstractmethod
    def read_evaluation(self, run: "Run") -> Result:
        """Return the evaluation that a run keeps; raises RunError where there is none or it is damaged."""

    def compare(self, first: "Run", second: "Run") -> Comparison:
        """Return which of two evaluated runs is better on the same test rows; raises RunError where none can say."""
        raise self.cannot("be compared", first)

    # What only some tasks have

    def drift(self, run: "Run", source: str | Path) -> Any:
        """Return how new inputs differ from those of the training, and whether what was promised still holds."""
        raise self.cannot("be compared with new data", run)

    def choose_threshold(
        self, run: "Run", wanted: Mapping[str, str], *, rows_per_day: float | None, prevalence: float | None
    ) -> tuple[Any, Any]:
        """Return the threshold of a run and what it was before, chosen anew where something is wanted."""
        raise self.cannot("be given a threshold", run)

    def find_wrong_labels(self, recipe: "Recipe", dataset: "Dataset", **options: Any) -> Any:
        """Return the inputs whose labels are probably wrong, the most suspicious first."""
        raise self.cannot("be searched for wrong labels", dataset.name)

    @property
    def finds_wrong_labels(self) -> bool:
        """Whether it can look for wrong labels, which is said before data are loaded."""
        return type(self).find_wrong_labels is not Task.find_wrong_labels

    def write_label_page(self, suspects: Any, dataset: "Dataset", path: Path) -> None:
        """Write a gallery of what `find_wrong_labels` found, in which a person decides."""
        raise self.cannot("be shown in a gallery", dataset.name)

    def preview(self, dataset: "Dataset", path: Path) -> None:
        """Draw some inputs with their labels as a PNG."""
        raise self.cannot("be drawn", dataset.name)

    # What people see

    def report(self, run: "Run", *, data: str | None = None, quiet: bool = True) -> tuple[str, str]:
        """Return the page with everything that is known of a run, HTML, and its model card, Markdown."""
        raise self.cannot("be reported on", run)

    def sentences(self, run: "Run") -> Sequence[str]:
        """Return what a finished training says of what its answers mean, a line each."""
        return ()

    @abstractmethod
    def trained(self, path: Path) -> Any:
        """Return a run with the verbs on it, for Python."""

    @abstractmethod
    def describe(self, dataset: "Dataset") -> None:
        """Print what the data are, before something is done with them."""

    def print_predictions(self, predictor: Any, source: Path, inputs: Sequence[str], **options: Any) -> None:
        """Print an answer for each input, as `saccade predict` does."""
        raise self.cannot("print its answers", source)

    def inspect(self, run: "Run", inputs: Sequence[str], **options: Any) -> Any:
        """Write a page on what the network makes of inputs, as `saccade inspect` does."""
        raise self.cannot("be inspected", run)

    def refuse_options(self, options: Mapping[str, Any], known: Sequence[str], where: object) -> None:
        """Raise RecipeError when an option of a command is for another task."""
        for name in options:
            if name not in known:
                flag = OPTIONS.get(name, f"--{name.replace('_', '-')}")
                raise RecipeError(f"{flag} is not for {where}, a run of {self.name} on {self.modality}: leave it out.")

    def cannot(self, what: str, where: object) -> RunError:
        """Return the error for something that the task does not do."""
        return RunError(
            f"{getattr(where, 'path', where)} cannot {what}: {self.name} of {self.modality} has no way yet."
        )


def all_of(name: str) -> Iterator[Task]:
    """Yield the tasks of a folder of `tasks/`, one for each modality."""
    return (task() for task in registry.load("tasks", name).TASKS)


def default_recipe(data: str, *, task: str | None = None) -> str:
    """Return the recipe for data that a user names without one.

    Args:
        data: what is named.
        task: what is asked of it: then the recipe of that name, or "", which is none; None: the first task that has
            one for such data, and the default task has the last word.
    """
    last = registry.default_task()
    if task not in (None, last):
        return str(task) if task in registry.names("recipes") else ""
    names = [*(name for name in registry.names("tasks") if name != last), last]
    return next(recipe for name in names for task in all_of(name) if (recipe := task.default_recipe(data)))


def what_to_train(word: str | None, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the recipe to read and the fields to change, of a word that names a recipe or data.

    Raises:
        UnknownNameError: it is neither; names the nearest.
    """
    task = fields.get("task")
    if word is None:
        return "quick" if task is None else default_recipe("", task=task), fields
    if word in registry.names("recipes") or Path(word).suffix in {".yaml", ".yml"}:
        return word, fields
    if word in registry.names("data") or Path(word).exists():
        return default_recipe(word, task=task), {"data": word, **fields}
    if "/" in word:
        return default_recipe(word, task=task), {"data": word, **fields}  # loading says what is wrong with the path
    raise unknown("recipe, data set or folder", word, [*registry.names("recipes"), *registry.names("data")])


def for_recipe(recipe: "Recipe") -> Task:
    """Return the task of a recipe on its data; raises RecipeError when it does not take such data."""
    found = next((task for task in all_of(recipe.task) if task.takes(recipe)), None)
    if found is None:
        kinds = " or ".join(task.modality for task in all_of(recipe.task))
        raise RecipeError(f"{recipe.task} takes {kinds}, and {recipe.data} is something else.")
    return found


def for_run(run: "Run") -> Task:
    """Return the task of a run."""
    return named(run.recipe.task, run.modality)


def named(name: str, modality: str) -> Task:
    """Return the task by its name and modality.

    Raises:
        UnknownNameError: there is no such task.
        RunError: it does not take the modality.
    """
    found = {task.modality: task for task in all_of(name)}
    if modality not in found:
        raise RunError(f"{name} takes {' or '.join(found)}, not '{modality[:100]}'.")
    return found[modality]


def prepare(recipe: "Recipe", *, quiet: bool = False) -> tuple["Recipe", Any]:
    """Return the recipe with every open setting filled in, and its data in their splits; as `Task.prepare`."""
    return for_recipe(recipe).prepare(recipe, quiet=quiet)


def of_data(recipe: "Recipe", dataset: "Dataset") -> Task:
    """Return the task of a recipe on prepared data."""
    return named(recipe.task, dataset.modality)


def reload(run: "Run", *, data: Any = None, quiet: bool = False) -> Any:
    """Return the data of a run, in the splits that they had when it was trained; as `Task.reload`."""
    return for_run(run).reload(run, data=data, quiet=quiet)


def audit(recipe: "Recipe", dataset: "Dataset", *, quiet: bool = False) -> "Audit":
    """Return what is wrong with prepared data and their split, the worst first; as `Task.audit`."""
    return of_data(recipe, dataset).audit(dataset, quiet=quiet)


def refuse_label_search(recipe: "Recipe") -> None:
    """Raise RunError when the task of a recipe does not look for wrong labels."""
    task = for_recipe(recipe)
    if not task.finds_wrong_labels:
        raise task.cannot("be searched for wrong labels", recipe.data)


def write_audit_page(recipe: "Recipe", audit: "Audit", dataset: "Dataset", path: Path) -> None:
    """Write an audit as one HTML page; as `Task.write_audit_page`."""
    of_data(recipe, dataset).write_audit_page(audit, dataset, path)


def own_or_other(run: "Run", *, data: str, quiet: bool = False, **options: str) -> tuple[Any, "Other | None"]:
    """Return the run's own data, which have only moved, or other labelled data; as `Task.own_or_other`.

    Raises:
        DataError: they cannot be read, are of another kind, or have no labels that the run knows.
        RecipeError: an option does not fit.
    """
    if data not in registry.names("data") and not Path(data).expanduser().exists():
        raise DataError(f"There is no file or folder {data}. Look for a typing error, or give the full path.")
    found, other = for_run(run).own_or_other(run, data=data, quiet=quiet, **options)
    given = " and ".join(f"--{option}" for option, value in options.items() if value and option != "split")
    if other is None and given:
        raise RecipeError(f"{data} holds the run's own data, whose labels are known: leave {given} out.")
    return found, other
