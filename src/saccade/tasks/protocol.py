"""Task: what is asked of one kind of input, in one object that every stage asks; a folder of `tasks/` each.

`tasks/NAME/task.py` names its tasks, one for each modality that it takes, `TASKS = (OfImages, OfRows)`, and what can be
read without loading it: `NETWORKS = "models"`, the kind of its networks in the registry. Nothing else outside of
`tasks/NAME/` knows of it. Most of a task is a table of its parts, which load when they are asked for: see `parts.part`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

from saccade.core import registry
from saccade.core.errors import RecipeError, RunError

if TYPE_CHECKING:  # a machine that only predicts has not all that recipes, runs and training need
    import click

    from saccade.core.answered_split import AnsweredSplit
    from saccade.core.artifact import Artifact
    from saccade.core.audit import Audit
    from saccade.core.backend import Model, Precision
    from saccade.core.data_view import DataView
    from saccade.core.dataset import Dataset
    from saccade.core.live_pictures import LivePicture
    from saccade.core.model_metadata import ModelMetadata
    from saccade.core.other_data import Other
    from saccade.core.predictor import Predictor
    from saccade.core.recipe import Recipe
    from saccade.core.result import Comparison, Result
    from saccade.core.run import Run
    from saccade.core.signature import Outputs, Signature
    from saccade.drift.drift import Drift
    from saccade.export.subject import Subject
    from saccade.serving.limits import Limits
    from saccade.serving.service import Service
    from saccade.training.contender import Contender
    from saccade.training.frozen_features import Cut
    from saccade.training.objective import Objective
    from saccade.training.stage import Stage

Shape = tuple[int, int, int]

OPTIONS = {
    "classes": "--class",
    "as_json": "--json",
    "as_csv": "--csv",
    "without_duplicates": "--score-without-duplicates",
}
"""Options of the command line that are not called as their argument is."""


class Sizes(TypedDict):
    """What a network by name is for.

    Attributes:
        input_shape: (height, width, channels) of images; None where nobody says it.
        outputs: number of classes.
        columns: of a table, all of them numbers; None where nobody says it.
    """

    input_shape: Shape | None
    outputs: int
    columns: int | None


@dataclass(frozen=True)
class FirstInputs:
    """What an architecture is shown before the first step: its `initialize(network, inputs, rows, **options)`.

    Attributes:
        network: of the architecture's `build`; what a task has put around it is left away.
        inputs: (n, ...), what goes into it.
        rows: (m,), which of them are for training.
        options: `seed`, what the task knows besides, and those that the network was built with.
    """

    network: "Model"
    inputs: Any
    rows: Any
    options: Mapping[str, Any]


class Task(ABC):
    """One task on one modality: its data, network, objective, answers, judgement, and what people see of it.

    Only the abstract methods must be written; what another one cannot do yet says so by name.

    Attributes:
        name: the folder in `tasks/`.
        modality: what goes in: "images", "tables".
        noun: what to call several of them: "images", "rows".
        monitor: the metric by which the best epoch is chosen, and early stopping stops.
        monitor_mode: "max" where larger is better.
        averages_weights: whether averages of the weights are validated and kept in place of the last ones.
        precision: what "auto" means.
        takes_any: whether its default recipe is for data without any sign, so that other tasks are asked first.
        is_diagnosed: whether the doctor, who knows the mistakes of classifiers, watches its trainings.
        new_inputs: what stands for new inputs in a command that is suggested: "IMAGES", "new.csv".
        evaluate_options: options of `saccade evaluate` that it takes, but for --split, --data and --json.
        drift_options: options of `saccade check RUN NEW` that it takes.
        inspect_options: options of `saccade inspect` that it takes.
        command_options: options that commands have because of it, by the command: {"predict": (click.Option(…),)}.
        input_options: those of `saccade predict` that say what is to be answered, in place of inputs.
        tuning_split: where settings are compared by `saccade tune`: never the test split.
        answers_by_training: whether answers are made of the training rows too, which an evaluation then has to keep.
    """

    name: ClassVar[str]
    modality: ClassVar[str]
    noun: ClassVar[str] = "inputs"
    monitor: ClassVar[str] = "val_loss"
    monitor_mode: ClassVar[Literal["min", "max"]] = "min"
    averages_weights: ClassVar[bool] = False
    precision: ClassVar["Precision"] = "auto"
    takes_any: ClassVar[bool] = False
    is_diagnosed: ClassVar[bool] = False
    new_inputs: ClassVar[str] = "IMAGES"
    evaluate_options: ClassVar[tuple[str, ...]] = ()
    drift_options: ClassVar[tuple[str, ...]] = ()
    inspect_options: ClassVar[tuple[str, ...]] = ()
    command_options: ClassVar[Mapping[str, Sequence["click.Option"]]] = {}
    input_options: ClassVar[tuple[str, ...]] = ()
    tuning_split: ClassVar[str] = "validation"
    answers_by_training: ClassVar[bool] = False

    @property
    @abstractmethod
    def recipe_class(self) -> type["Recipe"]:
        """The class of its recipes: the common settings, those of what goes in, and its own."""

    def default_recipe(self, data: str) -> str | None:
        """Return the recipe for data that a user names without one; None leaves them to other tasks."""
        return None

    def recipe_when_asked(self, data: str) -> str | None:
        """Return the recipe for data where the task is named, but no recipe; left out: its default, or of its name."""
        return self.default_recipe(data) or (self.name if self.name in registry.names("recipes") else None)

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
    def reload(self, run: "Run", *, data: object = None, quiet: bool = False) -> "Dataset":
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

    def browse(self, recipe: "Recipe", *, quiet: bool = False) -> "Dataset | None":
        """Return the data as their source has them, quickly, to be looked through; None where only `prepare` can."""
        del recipe, quiet
        return None

    def listed_files(self, recipe: "Recipe") -> Sequence[str]:
        """Return the image files of a folder by their paths in it, before any is opened; none: it has no folder."""
        del recipe
        return ()

    def view(self, dataset: "Dataset") -> "DataView":
        """Return what there is to see of data."""
        raise self.cannot("be looked through", dataset.name)

    augmentation_sheet: ClassVar[Any] = None
    """Gives what random changes make of a few inputs, (dataset, recipe.augment), where the task has that."""

    label_session: ClassVar[Any] = None
    """A class whose objects keep the labels that a person gives, where the task has one: see `saccade studio`."""

    label_kind: ClassVar[str] = ""
    """What such labels are: "classes" of whole inputs, or "boxes" around objects."""

    def preview(self, dataset: "Dataset", path: Path) -> None:
        """Draw some inputs with their labels as a PNG."""
        raise self.cannot("be drawn", dataset.name)

    def outlook(self, recipe: "Recipe") -> str:
        """Return what a training will do that its recipe does not say, before data are read; "" for nothing more."""
        del recipe
        return ""

    # Training

    def choose(self, recipe: "Recipe", dataset: "Dataset") -> tuple["Recipe", Sequence["Artifact"], Sequence[str]]:
        """Settle what the recipe leaves to a trial before the training; the test split is not read.

        Returns:
            the recipe, what the run keeps of the trial, and what the user should know, a sentence each.
        """
        del dataset
        return recipe, (), ()

    @abstractmethod
    def network(self, recipe: "Recipe", dataset: "Dataset") -> "Model":
        """Return a fresh network: raw inputs (n, ...) in, answers (n, ...) out."""

    @abstractmethod
    def blank_network(self, recipe: "Recipe", *, by_name: bool, sizes: Sizes) -> "Model":
        """Return a network that nothing was learnt by, for looking at its layers.

        Args:
            recipe: says which.
            by_name: whether only its name is known, and no data.
            sizes: what it is for, where that is known.
        """

    @abstractmethod
    def objective(self, recipe: "Recipe", dataset: "Dataset", network: "Model") -> "Objective":
        """Return what training makes small."""

    def shipped(self, network: "Model") -> "Model":
        """Return the network that answers, made of the layers of the trained one."""
        return network

    def first_inputs(self, network: "Model", recipe: "Recipe", dataset: "Dataset") -> FirstInputs:
        """Return what an architecture is shown before the first step, if it takes weights from training inputs."""
        return FirstInputs(
            network, dataset.inputs, dataset.rows("train"), {"seed": recipe.seed, **recipe.model.options}
        )

    def initialize(self, network: "Model", recipe: "Recipe", dataset: "Dataset") -> None:  # noqa: B027  (few have one)
        """Set the weights of what the task adds to an architecture, a head, before the first step."""

    def stages(self, network: "Model", recipe: "Recipe", dataset: "Dataset") -> Iterable["Stage"]:
        """Yield trainings of parts of the network, in their order, before the whole is trained; none: it is at once.

        Each is asked for when the one before is done, or was done before an interruption.
        """
        return ()

    def contenders(self, recipe: "Recipe", dataset: "Dataset") -> Sequence["Contender"]:
        """Return ways to train of which validation chooses; none: the recipe says how."""
        return ()

    def fitted_row(self, network: "Model", recipe: "Recipe", dataset: "Dataset") -> Mapping[str, float] | None:
        """Return the results of a network that `initialize` has solved for: a row of history.csv; None: it is trained.

        Its names are those of Keras: "loss", "val_loss", and the metrics.
        """
        return None

    def cut(self, network: "Model", recipe: "Recipe", dataset: "Dataset") -> "Cut | None":
        """Return the part of a network that is trained on what its frozen layers give; None: all of it, on inputs."""
        return None

    def live_pictures(self, network: "Model", recipe: "Recipe", dataset: "Dataset") -> "Sequence[LivePicture] | None":
        """Return what the network has learnt so far as pictures, for who looks on while it trains.

        It is asked every few seconds, between two steps: what it draws should take less than one. It changes neither
        the network nor random states, and never looks at the test split.

        Returns:
            None: those that can be drawn of any network of images, `inspection.live_pictures.pictures_of`; of others
            there are none.
        """
        del network, recipe, dataset
        return None

    def after_fit(self, run: "Run", dataset: "Dataset") -> object:  # noqa: B027
        """Write into the run what answers mean: temperature, threshold …; the test split is not read."""

    def complete(self, run: "Run", dataset: "Dataset") -> object:  # noqa: B027
        """Write into a finished run what only a network that is kept needs: once, however many ways were tried.

        Before it is exported; the test split is not read.
        """

    # Search for better settings

    def search_space(self, recipe: "Recipe", dataset: "Dataset") -> Mapping[str, Any]:
        """Return which of its settings are worth a search and within what, as a recipe's `search` says it.

        Those of every task, such as the learning rate, and of the architecture need not be named.
        """
        return {}

    def refuse_search(self, dataset: "Dataset") -> None:  # noqa: B027  (a task has nothing to refuse)
        """Raise DataError where settings cannot be compared by the rows of `tuning_split`; before anything is trained.

        Asked of both halves of them: the one that the search chooses by, and the one that it is judged by.
        """

    def search_score(self, run: "Run", dataset: "Dataset") -> tuple[str, float] | None:
        """Return how good a finished run is on `tuning_split`, higher is better, with the measure's name.

        None: the metric by which its best epoch was chosen says it.
        """
        return None

    def search_remarks(self, pairs: "Sequence[tuple[Run, Run]]") -> tuple[str, ...]:
        """Return what else a search should say of the recipe and of what it found, a sentence each.

        Args:
            pairs: of runs of both, evaluated on the rows that no trial has seen.
        """
        del pairs
        return ()

    # Answers

    def signature(self, run: "Run") -> "Signature":
        """Return what goes into the exported network of a run and what comes out, in its order."""
        raise self.cannot("be exported", run)

    def metadata(self, run: "Run") -> Mapping[str, Any]:
        """Return what an exported file says beside its origin and its tensors: values for JSON, by name."""
        raise self.cannot("be exported", run)

    def predictor(self, run: "Run", *, model: "Model" = None) -> "Predictor":
        """Return what answers for a run: its exported file when it has one, else Keras.

        Args:
            run: a trained run.
            model: its network, when it is loaded already; Keras answers then.

        Raises:
            RunError: it has no network that can be read, or nothing says yet what its answers mean.
        """
        raise self.cannot("predict", run)

    def predictor_of_file(
        self, path: Path, metadata: "ModelMetadata", outputs: "Outputs", *, engine: str
    ) -> "Predictor":
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

    def service(self, predictor: "Predictor", *, name: str, limits: "Limits", token: str | None = None) -> "Service":
        """Return the service that answers over HTTP; arguments as `serving.service.Service` takes them."""
        raise self.cannot("be served", predictor.name)

    def export_subject(self, run: "Run", model: "Model", *, precision: str, data: str | None, quiet: bool) -> "Subject":
        """Return what an export is made of; raises ExportError where the precision cannot be had."""
        raise self.cannot("be exported", run)

    @property
    def exported_artifacts(self) -> tuple[type["Artifact"], ...]:
        """Artifacts that are part of an exported network, which is out of date when they change."""
        return ()

    # Judgement

    @abstractmethod
    def evaluate(
        self,
        run: "Run",
        *,
        split: str | None = None,
        data: str | None = None,
        model: "Model" = None,
        quiet: bool = True,
        **options: Any,
    ) -> "Result":
        """Return how good the network is on a split, the sealed test by default, or on other data, with intervals.

        The test split is sealed: training never sees it. Its numbers are written into the run, and evaluation.json
        records each time it is opened; those of other splits are only returned. Those on data that are not the run's
        own are written beside it, into evaluations/.

        Args:
            run: a trained run.
            split: None: "test"; of other data, all of them.
            data: where the run's own data lie now, when they or the run have moved; or other labelled data.
            model: the network, when it is loaded already.
            quiet: no progress bars.
            **options: those in `evaluate_options`.

        Raises:
            DataError: the data cannot be read, or have no labels that the run knows.
            RunError: the split is empty, the run's own data have changed, or there is no network.
        """

    @property
    def evaluation_class(self) -> Any:
        """The class of its evaluations, whose `from_dict` reads what a run keeps."""
        raise NotImplementedError(f"{self.name} has neither `evaluation_class` nor `read_evaluation`")

    def read_evaluation(self, run: "Run") -> "Result":
        """Return the evaluation that a run keeps; raises RunError where there is none or it is damaged."""
        found: Result = run.read_evaluation(self.evaluation_class.from_dict)
        return found

    def answered(self, run: "Run", *, split: str, data: str | None, quiet: bool) -> "AnsweredSplit":
        """Return what the network says of each input of a split of the run's own data, in groups, the worst first.

        Args:
            run: a trained run.
            split: which; "test" only where it was opened before.
            data: where the data lie now, when they or the run have moved.
            quiet: no progress bars.
        """
        raise self.cannot("show its answers one by one", run)

    @property
    def shows_answers(self) -> bool:
        """Whether it can say what it answers one by one, which is known before data are loaded."""
        return type(self).answered is not Task.answered

    def compare(self, first: "Run", second: "Run") -> "Comparison":
        """Return which of two evaluated runs is better on the same test rows; raises RunError where none can say."""
        raise self.cannot("be compared", first)

    def drift(self, run: "Run", source: str | Path | Sequence[str | Path], **options: Any) -> "Drift":
        """Return how new inputs differ from the run's own, and whether what was promised still holds.

        Args:
            run: a trained run.
            source: where they are; several, where the task takes them.
            **options: those in `drift_options`.

        Raises:
            DataError: there is nothing to compare, or it cannot be read.
            RunError: the run has nothing to compare with.
        """
        raise self.cannot("be compared with new data", run)

    def choose_threshold(
        self, run: "Run", wanted: Mapping[str, str], *, rows_per_day: float | None, prevalence: float | None
    ) -> tuple[Any, Any]:
        """Return the threshold of a run and what it was before, chosen anew where something is wanted."""
        raise self.cannot("be given a threshold", run)

    # What people see

    def report(self, run: "Run", *, data: str | None = None, quiet: bool = True) -> tuple[str, str]:
        """Return the page with everything that is known of a run, HTML, and its model card, Markdown."""
        material = self.gather(run, data=data, quiet=quiet)
        return self.compose_page(material), self.compose_card(material)

    def gather(self, run: "Run", *, data: str | None, quiet: bool) -> Any:
        """Return everything that a report of a run tells, read once."""
        raise self.cannot("be reported on", run)

    def compose_page(self, material: Any) -> str:
        """Return the page that tells it, HTML."""
        raise self.cannot("be shown as a page", material.run)

    def compose_card(self, material: Any) -> str:
        """Return the model card that tells it, Markdown."""
        raise self.cannot("have a model card", material.run)

    def sentences(self, run: "Run") -> Sequence[str]:
        """Return what a finished training says of what its answers mean, a line each."""
        return ()

    @abstractmethod
    def trained(self, path: Path) -> Any:
        """Return a run with the verbs on it, for Python."""

    @abstractmethod
    def describe(self, dataset: "Dataset") -> None:
        """Print what the data are, before something is done with them."""

    def print_predictions(
        self, predictor: "Predictor", source: Path, inputs: Sequence[str], *, form: str, **options: Any
    ) -> None:
        """Print an answer for each input, as `saccade predict` does: `form` is "table", "csv" or "json"."""
        raise self.cannot("print its answers", source)

    def answer_batch(
        self, predictor: "Predictor", columns: Mapping[str, Sequence[Any]], *, column: str
    ) -> Iterable[dict[str, Any]]:
        """Yield what `predict --json` says of each row of a table, in order; {"skipped": why} of one it cannot use.

        Args:
            predictor: of an exported file.
            columns: by name, all of one length.
            column: which of them has the inputs, where they are not the columns themselves; "" where nobody says it.
        """
        raise self.cannot("answer batches", predictor.name)

    def inspect(self, run: "Run", inputs: Sequence[str], **options: Any) -> Path | None:
        """Write a page on what the network makes of inputs, as `saccade inspect` does, and return its path."""
        raise self.cannot("be inspected", run)

    def refuse_options(self, options: Mapping[str, object], known: Sequence[str], where: object) -> None:
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
