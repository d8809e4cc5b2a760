"""Say which number belongs to an image: an age, a length, a count."""

from typing import Any

from saccade.tasks.base import Task

NETWORKS = "models"


class ImageRegression(Task):
    """Which number belongs to an image, and between which numbers it lies."""

    name = "regression"
    modality = "images"
    noun = "images"
    monitor = "val_mae"
    evaluate_options = ("label", "as_csv")

    @property
    def exported_artifacts(self) -> tuple[Any, ...]:
        """What an exported file says beside its network."""
        from saccade.tasks.regression.conformal import Intervals

        return (Intervals,)

    @classmethod
    def recipe_class(cls) -> Any:
        """Return the class of its recipes."""
        from saccade.tasks.regression.settings import RegressionRecipe

        return RegressionRecipe

    def takes(self, recipe: Any) -> bool:
        """Say whether the data are images: whatever is no table of rows, for loading says what is wrong with it."""
        from saccade.tasks.modality import is_table

        return not is_table(recipe.data)

    def prepare(self, recipe: Any, *, quiet: bool = False) -> tuple[Any, Any]:
        """Return the recipe with every open setting filled in, and the images with their numbers in their splits."""
        from saccade.tasks.regression import preparation

        return preparation.prepare(recipe, quiet=quiet)

    def reload(self, run: Any, *, data: Any = None, quiet: bool = False) -> Any:
        """Return the images of a run, in the splits that they had when it was trained."""
        from saccade.tasks.regression import preparation

        return preparation.reload(run, data=data, quiet=quiet)

    def own_or_other(self, run: Any, *, data: str, quiet: bool = False, **options: str) -> tuple[Any, Any]:
        """Return the run's own images, or others with numbers, and what to know of them."""
        from saccade.tasks.regression.other_images import own_or_other

        return own_or_other(run, data, quiet=quiet, **options)

    def audit(self, dataset: Any, *, quiet: bool = False) -> Any:
        """Return what is wrong with the images, their numbers and their split."""
        from saccade.tasks.regression.auditing import audit

        return audit(dataset, quiet=quiet)

    def write_audit_page(self, audit: Any, dataset: Any, path: Any) -> None:
        """Write the findings as one page with the images."""
        from saccade.modalities.images.audit.page import write_page

        write_page(audit, dataset.strata(), path)

    def network(self, recipe: Any, dataset: Any) -> Any:
        """Return a fresh network from raw pixels (n, h, w, c) to numbers (n, 1), in the unit of the target."""
        from saccade.tasks.regression.objective import build_network

        return build_network(recipe, dataset)

    def blank_network(self, recipe: Any, *, by_name: bool, sizes: Any) -> Any:
        """Return a network for images of a shape."""
        from saccade.tasks.regression.blank_network import build

        return build(recipe, by_name=by_name, input_shape=sizes["input_shape"])

    def preview(self, dataset: Any, path: Any) -> None:
        """Draw some images of each tenth of the numbers."""
        from saccade.modalities.images.preview import sample_grid

        sample_grid(dataset.strata(), path)

    def objective(self, recipe: Any, dataset: Any, network: Any) -> Any:
        """Return Huber's loss or squared errors, in standard deviations of the training targets."""
        from saccade.tasks.regression.objective import small_errors

        return small_errors(recipe, dataset)

    def after_fit(self, run: Any, dataset: Any) -> None:
        """Write intervals.json: how far from an answer the true number lies, by the validation images."""
        from saccade.tasks.regression.conformal_fitting import fit_intervals

        fit_intervals(run, dataset)

    def evaluate(self, run: Any, **options: Any) -> Any:
        """Return the mean absolute error and what stands beside it; options as `evaluating.evaluate` takes them."""
        from saccade.tasks.regression.evaluating import evaluate

        return evaluate(run, **options)

    def read_evaluation(self, run: Any) -> Any:
        """Return the evaluation that a run keeps."""
        from saccade.tasks.regression.evaluation import RegressionEvaluation

        return run.read_evaluation(RegressionEvaluation.from_dict)

    def compare(self, first: Any, second: Any) -> Any:
        """Return the paired comparison of two runs by their mean absolute errors."""
        from saccade.tasks.regression.run_comparison import compare

        return compare(first, second)

    def signature(self, run: Any) -> Any:
        """Return pixels in, numbers out."""
        from saccade.modalities.images.intake import Intake
        from saccade.tasks.regression import predictor

        return predictor.signature(Intake.of_run(run), run.data["target"])

    def metadata(self, run: Any) -> Any:
        """Return what the number is called, images, and how far off it is."""
        from saccade.tasks.regression.predictor import to_metadata

        return to_metadata(run)

    def predictor_of_file(self, path: Any, metadata: Any, outputs: Any, *, engine: str) -> Any:
        """Return what answers with an exported file."""
        from saccade.tasks.regression.predictor import predictor_of_file

        return predictor_of_file(path, metadata, outputs, engine=engine)

    def service(self, predictor: Any, **options: Any) -> Any:
        """Return the service that gives numbers over HTTP."""
        from saccade.tasks.regression.service import RegressionService

        return RegressionService(predictor, **options)

    def export_subject(self, run: Any, model: Any, *, precision: str, data: str | None, quiet: bool) -> Any:
        """Return the network with held-out images."""
        from saccade.tasks.regression.export_subject import subject

        return subject(run, model, precision=precision, data=data, quiet=quiet)

    def predictor(self, run: Any, *, model: Any = None) -> Any:
        """Return what answers for a run."""
        from saccade.tasks.regression.predictor import open_predictor

        return open_predictor(run, model=model)

    def sentences(self, run: Any) -> Any:
        """Return between which numbers the true one lies, and how often."""
        from saccade.tasks.regression.conformal import Intervals

        intervals = run.load(Intervals)
        return (intervals.sentence(run.data["target"]),) if intervals else ()

    def report(self, run: Any, *, data: str | None = None, quiet: bool = True) -> tuple[str, str]:
        """Return the page and the model card."""
        from saccade.tasks import image_report
        from saccade.tasks.regression.report import model_card, report_page

        gathered = image_report.gather(run, data=data, quiet=quiet)
        return report_page.compose_page(gathered), model_card.compose_card(gathered)

    def trained(self, path: Any) -> Any:
        """Return the run with the verbs of a regression on it."""
        from saccade.tasks.regression.trained import TrainedRegression

        return TrainedRegression(path)

    def describe(self, dataset: Any) -> None:
        """Print size, range of the numbers, and splits."""
        from saccade.tasks.regression import terminal

        terminal.describe(dataset)

    def print_predictions(self, predictor: Any, source: Any, inputs: Any, **options: Any) -> None:
        """Print number and interval of each image."""
        from saccade.tasks.regression import terminal

        self.refuse_options(options, ("form",), source)
        terminal.predict_images(predictor, inputs, **options)


TASKS = (ImageRegression,)
