"""Say which one of several classes an image shows."""

from typing import Any, ClassVar, Literal

from saccade.tasks.base import Task

NETWORKS = "models"
IS_DEFAULT = True


class ImageClassification(Task):
    """Which one of several classes an image shows."""

    name = "classification"
    modality = "images"
    noun = "images"
    monitor = "val_accuracy"
    monitor_mode: ClassVar[Literal["min", "max"]] = "max"
    is_diagnosed = True
    evaluate_options = ("without_duplicates", "as_csv")

    @property
    def exported_artifacts(self) -> tuple[Any, ...]:
        """The temperature is part of an exported network."""
        from saccade.tasks.classification.calibration import Calibration

        return (Calibration,)

    @classmethod
    def recipe_class(cls) -> Any:
        """Return the class of its recipes."""
        from saccade.tasks.classification.settings import ClassificationRecipe

        return ClassificationRecipe

    def default_recipe(self, data: str) -> str:
        """Return `quick-<data>` where there is one, else `quick`."""
        from saccade.core import registry

        own = f"quick-{data.replace('_', '-')}"
        return own if own in registry.names("recipes") else "quick"

    def takes(self, recipe: Any) -> bool:
        """Say whether the data are images: whatever is no table of rows, for loading says what is wrong with it."""
        del recipe
        return True

    def prepare(self, recipe: Any, *, quiet: bool = False) -> tuple[Any, Any]:
        """Return the recipe with every open setting filled in, and the images in their splits."""
        from saccade.tasks.classification import preparation

        return preparation.prepare(recipe, quiet=quiet)

    def reload(self, run: Any, *, data: Any = None, quiet: bool = False) -> Any:
        """Return the images of a run, in the splits that they had when it was trained."""
        from saccade.tasks.classification import preparation

        return preparation.reload(run, data=data, quiet=quiet)

    def own_or_other(self, run: Any, *, data: str, quiet: bool = False, **options: str) -> tuple[Any, Any]:
        """Return the run's own images, or others in its classes, and what to know of them."""
        from saccade.core.errors import RecipeError
        from saccade.tasks.classification.other_images import own_or_other

        if options.pop("label", ""):
            raise RecipeError("--label is the column of labels of a table; images have their classes.")
        return own_or_other(run, data, split=options.get("split", ""), quiet=quiet)

    def audit(self, dataset: Any, *, quiet: bool = False) -> Any:
        """Return what is wrong with the images, their labels and their split."""
        from saccade.modalities.images.audit import checking

        return checking.audit(dataset, quiet=quiet)

    def write_audit_page(self, audit: Any, dataset: Any, path: Any) -> None:
        """Write the findings as one page with the images."""
        from saccade.modalities.images.audit.page import write_page

        write_page(audit, dataset, path)

    def network(self, recipe: Any, dataset: Any) -> Any:
        """Return a fresh network from raw pixels (n, h, w, c) to probabilities (n, classes)."""
        from saccade.tasks.classification.objective import build_network

        return build_network(recipe, dataset)

    def blank_network(self, recipe: Any, *, by_name: bool, sizes: Any) -> Any:
        """Return a network for images of a shape and so many classes."""
        from saccade.tasks.classification.blank_network import build

        return build(recipe, by_name=by_name, input_shape=sizes["input_shape"], outputs=sizes["outputs"])

    def find_wrong_labels(self, recipe: Any, dataset: Any, **options: Any) -> Any:
        """Return the images whose labels are probably wrong."""
        from saccade.tasks.classification.label_errors import find_suspects

        return find_suspects(recipe, dataset, **options)

    def write_label_page(self, suspects: Any, dataset: Any, path: Any) -> None:
        """Write a gallery in which a person decides, and saves overrides.csv."""
        from saccade.tasks.classification.label_errors.page import write_page

        write_page(suspects, dataset, path)

    def preview(self, dataset: Any, path: Any) -> None:
        """Draw some images of each class."""
        from saccade.modalities.images.preview import sample_grid

        sample_grid(dataset, path)

    def objective(self, recipe: Any, dataset: Any, network: Any) -> Any:
        """Return cross-entropy on one-hot targets."""
        from saccade.tasks.classification.objective import cross_entropy

        return cross_entropy(recipe, dataset)

    def contenders(self, recipe: Any, dataset: Any) -> Any:
        """Return ways to train on photos: parts of a pretrained network, or a new one."""
        from saccade.tasks.classification.contenders import contenders

        return contenders(recipe, dataset)

    def initialize(self, network: Any, recipe: Any, dataset: Any) -> None:
        """Solve for the last layer of a pretrained network."""
        from saccade.tasks.classification import pretrained_training

        if pretrained_training.is_pretrained(recipe):
            pretrained_training.initialize(network, recipe, dataset)

    def fitted_row(self, network: Any, recipe: Any, dataset: Any) -> Any:
        """Return loss and accuracy where only that layer is trained."""
        from saccade.tasks.classification import pretrained_training

        return pretrained_training.fitted_row(network, recipe, dataset)

    def cut(self, network: Any, recipe: Any, dataset: Any) -> Any:
        """Return the last part of a pretrained network, where only that is trained."""
        from saccade.tasks.classification import pretrained_training

        return pretrained_training.cut(network, recipe, dataset)

    def sentences(self, run: Any) -> Any:
        """Say which ways to train were tried."""
        from saccade.tasks.classification.race_text import sentences

        return sentences(run)

    def after_fit(self, run: Any, dataset: Any) -> None:
        """Write calibration.json: the temperature, and what may be left undecided."""
        from saccade.tasks.classification.calibration_fitting import calibrate

        calibrate(run, dataset)

    def signature(self, run: Any) -> Any:
        """Return pixels in, calibrated probabilities out."""
        from saccade.modalities.images.intake import Intake
        from saccade.tasks.classification import predictor

        return predictor.signature(Intake.of_run(run), tuple(run.data["classes"]))

    def metadata(self, run: Any) -> Any:
        """Return classes, images, and what is known of the probabilities."""
        from saccade.tasks.classification.predictor import to_metadata

        return to_metadata(run)

    def predictor(self, run: Any, *, model: Any = None) -> Any:
        """Return what gives calibrated probabilities for a run."""
        from saccade.tasks.classification.predictor import open_predictor

        return open_predictor(run, model=model)

    def predictor_of_file(self, path: Any, metadata: Any, outputs: Any, *, engine: str) -> Any:
        """Return what gives calibrated probabilities with an exported file."""
        from saccade.tasks.classification.predictor import predictor_of_file

        return predictor_of_file(path, metadata, outputs, engine=engine)

    def service(self, predictor: Any, **options: Any) -> Any:
        """Return the service that names the classes of images."""
        from saccade.tasks.classification.service import ClassificationService

        return ClassificationService(predictor, **options)

    def export_subject(self, run: Any, model: Any, *, precision: str, data: str | None, quiet: bool) -> Any:
        """Return the calibrated network with held-out images."""
        from saccade.tasks.classification.export_subject import subject

        return subject(run, model, precision=precision, data=data, quiet=quiet)

    def evaluate(self, run: Any, **options: Any) -> Any:
        """Return accuracy and what stands beside it; options as `evaluating.evaluate` takes them."""
        from saccade.tasks.classification.evaluating import evaluate

        return evaluate(run, **options)

    def read_evaluation(self, run: Any) -> Any:
        """Return the evaluation that a run keeps."""
        from saccade.tasks.classification.evaluation import Evaluation

        return run.read_evaluation(Evaluation.from_dict)

    def compare(self, first: Any, second: Any) -> Any:
        """Return the paired comparison of two classifiers."""
        from saccade.tasks.classification.run_comparison import compare

        return compare(first, second)

    def report(self, run: Any, *, data: str | None = None, quiet: bool = True) -> tuple[str, str]:
        """Return the page and the model card."""
        from saccade.tasks.classification.report import material, model_card, report_page

        gathered = material.gather(run, data=data, quiet=quiet)
        return report_page.compose_page(gathered), model_card.compose_card(gathered)

    def trained(self, path: Any) -> Any:
        """Return the run with the verbs of a classifier on it."""
        from saccade.tasks.classification.trained import TrainedClassifier

        return TrainedClassifier(path)

    def describe(self, dataset: Any) -> None:
        """Print size, shape, classes and splits."""
        from saccade.tasks.classification import terminal

        terminal.describe(dataset)

    def print_predictions(self, predictor: Any, source: Any, inputs: Any, **options: Any) -> None:
        """Print class and probability of each image."""
        from saccade.tasks.classification import terminal

        self.refuse_options(options, ("form", "abstain"), source)
        terminal.predict_images(predictor, inputs, **options)

    def inspect(self, run: Any, inputs: Any, **options: Any) -> Any:
        """Write a page on what layers make of images, and return its path."""
        from saccade.tasks.classification import terminal

        self.refuse_options(options, ("classes", "layer", "at", "channel", "to", "png", "data"), run.path)
        return terminal.inspect_images(run, inputs, **options)


TASKS = (ImageClassification,)
