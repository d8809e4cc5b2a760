"""Say which of several labels an image has: none, one or more."""

from typing import Any

from saccade.tasks.base import Task

NETWORKS = "models"


class ImageMultiLabel(Task):
    """Which of several labels an image has, each with a probability of its own."""

    name = "multi_label"
    modality = "images"
    noun = "images"
    evaluate_options = ("label", "as_csv")

    @property
    def exported_artifacts(self) -> tuple[Any, ...]:
        """What an exported file says beside its network."""
        from saccade.tasks.multi_label.thresholds import Thresholds

        return (Thresholds,)

    @classmethod
    def recipe_class(cls) -> Any:
        """Return the class of its recipes."""
        from saccade.tasks.multi_label.settings import MultiLabelRecipe

        return MultiLabelRecipe

    def takes(self, recipe: Any) -> bool:
        """Say whether the data are images: whatever is no table of rows, for loading says what is wrong with it."""
        from saccade.tasks.modality import is_table

        return not is_table(recipe.data)

    def prepare(self, recipe: Any, *, quiet: bool = False) -> tuple[Any, Any]:
        """Return the recipe with every open setting filled in, and the images with their labels in their splits."""
        from saccade.tasks.multi_label import preparation

        return preparation.prepare(recipe, quiet=quiet)

    def reload(self, run: Any, *, data: Any = None, quiet: bool = False) -> Any:
        """Return the images of a run, in the splits that they had when it was trained."""
        from saccade.tasks.multi_label import preparation

        return preparation.reload(run, data=data, quiet=quiet)

    def own_or_other(self, run: Any, *, data: str, quiet: bool = False, **options: str) -> tuple[Any, Any]:
        """Return the run's own images, or others with its labels, and what to know of them."""
        from saccade.tasks.multi_label.other_images import own_or_other

        return own_or_other(run, data, quiet=quiet, **options)

    def audit(self, dataset: Any, *, quiet: bool = False) -> Any:
        """Return what is wrong with the images, their labels and their split."""
        from saccade.tasks.multi_label.auditing import audit

        return audit(dataset, quiet=quiet)

    def write_audit_page(self, audit: Any, dataset: Any, path: Any) -> None:
        """Write the findings as one page with the images."""
        from saccade.modalities.images.audit.page import write_page

        write_page(audit, dataset.strata(), path)

    def network(self, recipe: Any, dataset: Any) -> Any:
        """Return a fresh network from raw pixels (n, h, w, c) to a probability a label (n, k)."""
        from saccade.tasks.multi_label.objective import build_network

        return build_network(recipe, dataset)

    def blank_network(self, recipe: Any, *, by_name: bool, sizes: Any) -> Any:
        """Return a network for images of a shape and so many labels."""
        from saccade.tasks.multi_label.blank_network import build

        return build(recipe, by_name=by_name, input_shape=sizes["input_shape"], outputs=sizes["outputs"])

    def preview(self, dataset: Any, path: Any) -> None:
        """Draw some images of each label."""
        from saccade.modalities.images.preview import sample_grid

        sample_grid(dataset.strata(), path)

    def initialize(self, network: Any, recipe: Any, dataset: Any) -> None:
        """Start at the share of training images that have each label."""
        from saccade.tasks.multi_label.objective import start_at_shares

        start_at_shares(network, dataset)

    def objective(self, recipe: Any, dataset: Any, network: Any) -> Any:
        """Return binary cross-entropy, a mean over the labels."""
        from saccade.tasks.multi_label.objective import binary_cross_entropy

        return binary_cross_entropy(recipe, dataset)

    def after_fit(self, run: Any, dataset: Any) -> None:
        """Write thresholds.json: from which probability on a label is given, by the validation images."""
        from saccade.tasks.multi_label.threshold_fitting import fit_thresholds

        fit_thresholds(run, dataset)

    def evaluate(self, run: Any, **options: Any) -> Any:
        """Return mean average precision and what stands beside it; options as `evaluating.evaluate` takes them."""
        from saccade.tasks.multi_label.evaluating import evaluate

        return evaluate(run, **options)

    def read_evaluation(self, run: Any) -> Any:
        """Return the evaluation that a run keeps."""
        from saccade.tasks.multi_label.evaluation import MultiLabelEvaluation

        return run.read_evaluation(MultiLabelEvaluation.from_dict)

    def compare(self, first: Any, second: Any) -> Any:
        """Return the paired comparison of two runs by mean average precision."""
        from saccade.tasks.multi_label.run_comparison import compare

        return compare(first, second)

    def signature(self, run: Any) -> Any:
        """Return pixels in, probabilities out."""
        from saccade.modalities.images.intake import Intake
        from saccade.tasks.multi_label import predictor

        return predictor.signature(Intake.of_run(run), tuple(run.data["classes"]))

    def metadata(self, run: Any) -> Any:
        """Return labels, images and thresholds."""
        from saccade.tasks.multi_label.predictor import to_metadata

        return to_metadata(run)

    def predictor_of_file(self, path: Any, metadata: Any, outputs: Any, *, engine: str) -> Any:
        """Return what answers with an exported file."""
        from saccade.tasks.multi_label.predictor import predictor_of_file

        return predictor_of_file(path, metadata, outputs, engine=engine)

    def service(self, predictor: Any, **options: Any) -> Any:
        """Return the service that gives labels over HTTP."""
        from saccade.tasks.multi_label.service import MultiLabelService

        return MultiLabelService(predictor, **options)

    def export_subject(self, run: Any, model: Any, *, precision: str, data: str | None, quiet: bool) -> Any:
        """Return the network with held-out images."""
        from saccade.tasks.multi_label.export_subject import subject

        return subject(run, model, precision=precision, data=data, quiet=quiet)

    def predictor(self, run: Any, *, model: Any = None) -> Any:
        """Return what answers for a run."""
        from saccade.tasks.multi_label.predictor import open_predictor

        return open_predictor(run, model=model)

    def sentences(self, run: Any) -> Any:
        """Return how the thresholds were chosen."""
        from saccade.tasks.multi_label.thresholds import Thresholds

        thresholds = run.load(Thresholds)
        return (thresholds.sentence,) if thresholds else ()

    def report(self, run: Any, *, data: str | None = None, quiet: bool = True) -> tuple[str, str]:
        """Return the page and the model card."""
        from saccade.tasks import image_report
        from saccade.tasks.multi_label.report import model_card, report_page

        gathered = image_report.gather(run, data=data, quiet=quiet)
        return report_page.compose_page(gathered), model_card.compose_card(gathered)

    def trained(self, path: Any) -> Any:
        """Return the run with the verbs of a multi-label classifier on it."""
        from saccade.tasks.multi_label.trained import TrainedMultiLabel

        return TrainedMultiLabel(path)

    def describe(self, dataset: Any) -> None:
        """Print size, labels and splits."""
        from saccade.tasks.multi_label import terminal

        terminal.describe(dataset)

    def print_predictions(self, predictor: Any, source: Any, inputs: Any, **options: Any) -> None:
        """Print the labels of each image."""
        from saccade.tasks.multi_label import terminal

        self.refuse_options(options, ("form",), source)
        terminal.predict_images(predictor, inputs, **options)


TASKS = (ImageMultiLabel,)
