"""Say how anomalous a row of a table or an image is, and which columns or pixels make it so."""

from typing import Any, ClassVar

from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.base import Task

NETWORKS = "autoencoders"


class AnomalyDetection(Task):
    """How anomalous inputs are: an autoencoder learns normal ones, and what it cannot copy is the score."""

    name = "anomaly_detection"
    evaluate_options = ("prevalence", "label", "normal")
    row_header: ClassVar[str] = "name"  # of the first column of predictions.csv
    precision: ClassVar[Any] = "float32"  # errors of what is rebuilt well are smaller than what bfloat16 rounds away

    @classmethod
    def recipe_class(cls) -> Any:
        """Return the class of its recipes."""
        from saccade.tasks.anomaly_detection.settings import AnomalyDetectionRecipe

        return AnomalyDetectionRecipe

    def objective(self, recipe: Any, dataset: Any, network: Any) -> Any:
        """Return the mean score; validation inputs are normal, so there too smaller is better."""
        from saccade.tasks.anomaly_detection.objective import contributions

        return contributions(recipe, network)

    def network(self, recipe: Any, dataset: Any) -> Any:
        """Return a fresh network from raw columns (n, d), or pixels, to what each contributes to the score."""
        from saccade.models import autoencoders

        return autoencoders.build(recipe.model.name, self.network_input(dataset), recipe.model.options)

    def network_input(self, dataset: Any) -> Any:
        """Return what the architecture is built for."""
        raise NotImplementedError

    def blank_network(self, recipe: Any, *, by_name: bool, sizes: Any) -> Any:
        """Return an autoencoder for so many columns, or images of a shape."""
        from saccade.tasks.anomaly_detection.blank_network import build

        return build(recipe, by_name=by_name, input_shape=sizes["input_shape"], columns=sizes["columns"])

    def choose_threshold(self, run: Any, wanted: Any, *, rows_per_day: Any, prevalence: Any) -> Any:
        """Return the threshold of a run and what it was before, chosen anew where something is wanted."""
        from saccade.tasks.anomaly_detection.thresholding.calibrating import choose_anew

        return choose_anew(run, wanted, rows_per_day=rows_per_day, prevalence=prevalence)

    def shipped(self, network: Any) -> Any:
        """Return the network without what is there for training only."""
        from saccade.models import autoencoders

        return autoencoders.shipped(network)

    def evaluate(self, run: Any, **options: Any) -> Any:
        """Return ROC AUC and what stands beside it; options as `evaluating.evaluate` takes them."""
        from saccade.tasks.anomaly_detection.evaluating import evaluate

        return evaluate(run, **options)

    def row_names(self, dataset: Any) -> Any:
        """Return (n,) what predictions.csv calls each row of the data."""
        return dataset.names

    def others(self, run: Any, network: Any, dataset: Any, split: str, *, quiet: bool = True) -> Any:
        """Return what simple detectors and the untrained network say of a split, by name, and probes if there are."""
        raise NotImplementedError

    def reasons(self, run: Any, network: Any, dataset: Any, scores: Any) -> dict[int, str]:
        """Return what makes up the scores of test rows, in words, by the row's place in the split; {} where unknown."""
        return {}

    def seen_in(self, dataset: Any, splits: Any, *, quiet: bool = True) -> Any:
        """Return for each split, (n,), whether it holds what the split "other" holds too."""
        raise NotImplementedError

    def sentences(self, run: Any) -> Any:
        """Return from which score on there is an alarm, and what that promises."""
        return run.load(Threshold).sentences if run.load(Threshold) else ()

    def read_evaluation(self, run: Any) -> Any:
        """Return the evaluation that a run keeps."""
        from saccade.tasks.anomaly_detection.evaluation import Detection

        return run.read_evaluation(Detection.from_dict)

    def compare(self, first: Any, second: Any) -> Any:
        """Return the paired comparison of two runs by ROC AUC and average precision."""
        from saccade.tasks.anomaly_detection.run_comparison import compare

        return compare(first, second)

    def report(self, run: Any, *, data: str | None = None, quiet: bool = True) -> tuple[str, str]:
        """Return the page and the model card."""
        from saccade.tasks.anomaly_detection.report import anomaly_page, material, model_card

        gathered = material.gather_anomalies(run)
        return anomaly_page.compose_anomaly_page(gathered), model_card.compose_anomaly_card(gathered)


class RowAnomalyDetection(AnomalyDetection):
    """How anomalous the rows of a table are."""

    modality = "tables"
    noun = "rows"
    new_inputs = "new.csv"
    row_header = "row"

    def default_recipe(self, data: str) -> str | None:
        """Return `ae` for a table of rows."""
        from saccade.tasks.modality import is_table, may_be_table

        return "ae" if may_be_table(data) and is_table(data) else None

    def takes(self, recipe: Any) -> bool:
        """Say whether the data are the rows of a table."""
        from saccade.tasks.modality import is_table

        return is_table(recipe.data, columns=recipe.columns)

    def prepare(self, recipe: Any, *, quiet: bool = False) -> tuple[Any, Any]:
        """Return the recipe with every open setting filled in, and the table in its splits."""
        from saccade.tasks.anomaly_detection import table_preparation

        return table_preparation.prepare(recipe, quiet=quiet)

    def reload(self, run: Any, *, data: Any = None, quiet: bool = False) -> Any:
        """Return the table of a run, split and encoded as when it was trained."""
        from saccade.tasks.anomaly_detection import table_preparation

        return table_preparation.reload(run, data=data, quiet=quiet)

    def own_or_other(self, run: Any, *, data: str, quiet: bool = False, **options: str) -> tuple[Any, Any]:
        """Return the run's own rows, or those of another table with its columns."""
        from saccade.core.errors import RecipeError
        from saccade.tasks.anomaly_detection.other_rows import own_or_other_rows

        split = options.pop("split", "")
        found = own_or_other_rows(run, data, quiet=quiet, **{"label": "", "normal": "", **options})
        if split and found[1]:
            raise RecipeError("--split chooses a split of the run's own table; another one is scored as a whole.")
        return found

    def audit(self, dataset: Any, *, quiet: bool = False) -> Any:
        """Return what is wrong with the rows and their split."""
        from saccade.modalities.tables.audit import audit_rows

        return audit_rows(dataset)

    def write_audit_page(self, audit: Any, dataset: Any, path: Any) -> None:
        """Write the findings as one page."""
        from saccade.modalities.images.audit.page import write_page

        write_page(audit, None, path)

    def drift(self, run: Any, source: Any) -> Any:
        """Return how the rows of a new table differ from those of the training."""
        from saccade.tasks.anomaly_detection import drift

        return drift.check(run, source)

    def network_input(self, dataset: Any) -> Any:
        """Return the schema of the columns."""
        return dataset.schema

    def initialize(self, network: Any, recipe: Any, dataset: Any) -> None:
        """Set the weights that the architecture takes from training rows."""
        from saccade.tasks.anomaly_detection import data_dependent_initialisation

        data_dependent_initialisation.initialize(network, recipe, dataset)

    def after_fit(self, run: Any, dataset: Any) -> None:
        """Write the threshold, and what each column adds to the score of normal rows."""
        from saccade.tasks.anomaly_detection import data_dependent_initialisation, thresholding
        from saccade.tasks.anomaly_detection.reference_contributions import measure_reference_contributions

        data_dependent_initialisation.finish(run, dataset)
        thresholding.keep_training_rows(run, dataset)
        thresholding.calibrate(run, dataset)
        measure_reference_contributions(run, dataset)

    def row_names(self, dataset: Any) -> Any:
        """Return (n,), the number of each row in its source."""
        return dataset.numbers

    def others(self, run: Any, network: Any, dataset: Any, split: str, *, quiet: bool = True) -> Any:
        """Return what simple detectors and the untrained network say of a split, and how both networks take probes."""
        from saccade.tasks.anomaly_detection import row_evaluation

        return row_evaluation.others(run, network, dataset, split, quiet=quiet)

    def reasons(self, run: Any, network: Any, dataset: Any, scores: Any) -> dict[int, str]:
        """Return which columns make up the score of the highest alarms and of anomalies."""
        from saccade.tasks.anomaly_detection import row_evaluation

        return row_evaluation.reasons(run, network, dataset, scores)

    def seen_in(self, dataset: Any, splits: Any, *, quiet: bool = True) -> Any:
        """Return for each split whether it has the values of each other row."""
        from saccade.tasks.anomaly_detection import row_evaluation

        return row_evaluation.seen_in(dataset, splits)

    def signature(self, run: Any) -> Any:
        """Return columns in, contributions and score out."""
        from saccade.modalities.tables.schema import Schema
        from saccade.tasks.anomaly_detection.row_predictor import row_signature

        return row_signature(Schema.from_dict(run.data["schema"]))

    def metadata(self, run: Any) -> Any:
        """Return columns, threshold, and what each column usually adds."""
        from saccade.tasks.anomaly_detection.row_predictor import to_metadata

        return to_metadata(run)

    def predictor(self, run: Any, *, model: Any = None) -> Any:
        """Return what scores rows for a run."""
        from saccade.tasks.anomaly_detection.row_predictor import open_row_predictor

        return open_row_predictor(run, model=model)

    def predictor_of_file(self, path: Any, metadata: Any, outputs: Any, *, engine: str) -> Any:
        """Return what scores rows with an exported file."""
        from saccade.tasks.anomaly_detection.row_predictor import row_predictor_of_file

        return row_predictor_of_file(path, metadata, outputs, engine=engine)

    def service(self, predictor: Any, **options: Any) -> Any:
        """Return the service that says which rows are anomalous, and why."""
        from saccade.tasks.anomaly_detection.row_service import RowService

        return RowService(predictor, **options)

    def export_subject(self, run: Any, model: Any, *, precision: str, data: str | None, quiet: bool) -> Any:
        """Return the network with the sum of its contributions, and held-out rows."""
        from saccade.tasks.anomaly_detection.row_export import subject

        return subject(run, model, precision=precision, data=data, quiet=quiet)

    def trained(self, path: Any) -> Any:
        """Return the run with the verbs for rows on it."""
        from saccade.tasks.anomaly_detection.trained import TrainedRowDetector

        return TrainedRowDetector(path)

    def describe(self, dataset: Any) -> None:
        """Print size, labels, splits, and what is usual in each column."""
        from saccade.tasks.anomaly_detection import row_terminal

        row_terminal.describe(dataset)

    def print_predictions(self, predictor: Any, source: Any, inputs: Any, **options: Any) -> None:
        """Print the rows that are alarms, with their reasons."""
        from saccade.tasks.anomaly_detection import row_terminal

        self.refuse_options(options, ("form", "only_alarms"), source)
        row_terminal.predict_rows(predictor, inputs, **{"only_alarms": False, **options})

    def inspect(self, run: Any, inputs: Any, **options: Any) -> Any:
        """Write a page on one row, or on the network over its calibration rows, and return its path."""
        from saccade.tasks.anomaly_detection import row_terminal

        self.refuse_options(options, ("row", "as_json", "to", "data"), run.path)
        return row_terminal.inspect_rows(run, inputs, **options)


class ImageAnomalyDetection(AnomalyDetection):
    """How anomalous images are, and where."""

    modality = "images"
    noun = "images"

    def takes(self, recipe: Any) -> bool:
        """Say whether the data are images: whatever is no table of rows, for loading says what is wrong with it."""
        from saccade.tasks.modality import is_table

        return not is_table(recipe.data, columns=recipe.columns)

    def prepare(self, recipe: Any, *, quiet: bool = False) -> tuple[Any, Any]:
        """Return the recipe with every open setting filled in, and the images in their splits."""
        from saccade.tasks.anomaly_detection import image_preparation

        return image_preparation.prepare(recipe, quiet=quiet)

    def reload(self, run: Any, *, data: Any = None, quiet: bool = False) -> Any:
        """Return the images of a run, in the splits that they had when it was trained."""
        from saccade.tasks.anomaly_detection import image_preparation

        return image_preparation.reload(run, data=data, quiet=quiet)

    def own_or_other(self, run: Any, *, data: str, quiet: bool = False, **options: str) -> tuple[Any, Any]:
        """Return the run's own images, or others, normal or not."""
        from saccade.core.errors import RecipeError
        from saccade.tasks.anomaly_detection.other_images import own_or_other

        if options.pop("label", ""):
            raise RecipeError("--label is the column of labels of a table; images have their classes.")
        return own_or_other(run, data, quiet=quiet, **{"split": "", "normal": "", **options})

    def audit(self, dataset: Any, *, quiet: bool = False) -> Any:
        """Return what is wrong with the images and their split; anomalies are in two splits only, on purpose."""
        from saccade.modalities.images.audit import checking

        return checking.audit(dataset, left_out=checking.OF_CLASSES, quiet=quiet)

    def write_audit_page(self, audit: Any, dataset: Any, path: Any) -> None:
        """Write the findings as one page with the images."""
        from saccade.modalities.images.audit.page import write_page

        write_page(audit, dataset, path)

    def network_input(self, dataset: Any) -> Any:
        """Return (height, width, channels)."""
        return dataset.image_shape

    def initialize(self, network: Any, recipe: Any, dataset: Any) -> None:
        """Tell a network that compares images what normal ones look like."""
        from saccade.tasks.anomaly_detection import data_dependent_initialisation

        data_dependent_initialisation.initialize_from_images(network, recipe, dataset)

    def after_fit(self, run: Any, dataset: Any) -> None:
        """Write the threshold, how large the errors of normal images get, and what new images are compared with."""
        from saccade.tasks.anomaly_detection import anomaly_maps, thresholding
        from saccade.tasks.anomaly_detection.drift.image_features import keep_reference_images

        thresholding.calibrate(run, dataset)
        anomaly_maps.calibrate(run, dataset)
        keep_reference_images(run, dataset)

    def others(self, run: Any, network: Any, dataset: Any, split: str, *, quiet: bool = True) -> Any:
        """Return what simple detectors and the untrained network say of a split; random pixels are no probes."""
        from saccade.tasks.anomaly_detection import image_baselines

        return image_baselines.others(network, dataset, split, seed=run.recipe.seed, quiet=quiet), ()

    def seen_in(self, dataset: Any, splits: Any, *, quiet: bool = True) -> Any:
        """Return for each split whether it has a near-duplicate of each other image."""
        from saccade.tasks.other_images import seen_in

        return seen_in(dataset, splits, quiet=quiet)

    @property
    def exported_artifacts(self) -> tuple[type[Any], ...]:
        """The anomaly-map scale: an exported file gives maps in its units."""
        from saccade.tasks.anomaly_detection.anomaly_map_scale import AnomalyMapScale

        return (AnomalyMapScale,)

    def signature(self, run: Any) -> Any:
        """Return pixels in, score and anomaly map out."""
        from saccade.modalities.images.intake import Intake
        from saccade.tasks.anomaly_detection.image_predictor import image_signature

        return image_signature(Intake.of_run(run))

    def metadata(self, run: Any) -> Any:
        """Return images, threshold, and the unit of anomaly maps."""
        from saccade.tasks.anomaly_detection.image_predictor import to_metadata

        return to_metadata(run)

    def predictor(self, run: Any, *, model: Any = None) -> Any:
        """Return what scores images for a run."""
        from saccade.tasks.anomaly_detection.image_predictor import open_image_predictor

        return open_image_predictor(run, model=model)

    def predictor_of_file(self, path: Any, metadata: Any, outputs: Any, *, engine: str) -> Any:
        """Return what scores images with an exported file."""
        from saccade.tasks.anomaly_detection.image_predictor import image_predictor_of_file

        return image_predictor_of_file(path, metadata, outputs, engine=engine)

    def service(self, predictor: Any, **options: Any) -> Any:
        """Return the service that says which images are anomalous, and where."""
        from saccade.tasks.anomaly_detection.image_service import ImageAnomalyService

        return ImageAnomalyService(predictor, **options)

    def export_subject(self, run: Any, model: Any, *, precision: str, data: str | None, quiet: bool) -> Any:
        """Return the network with its score and its map, and held-out images."""
        from saccade.tasks.anomaly_detection.image_export import subject

        return subject(run, model, precision=precision, data=data, quiet=quiet)

    def trained(self, path: Any) -> Any:
        """Return the run with the verbs for images on it."""
        from saccade.tasks.anomaly_detection.trained import TrainedImageDetector

        return TrainedImageDetector(path)

    def describe(self, dataset: Any) -> None:
        """Print size, which class is normal, and the splits."""
        from saccade.tasks.anomaly_detection import image_terminal

        image_terminal.describe(dataset)

    def print_predictions(self, predictor: Any, source: Any, inputs: Any, **options: Any) -> None:
        """Print for each image whether it is an alarm, and draw where."""
        from saccade.tasks.anomaly_detection import image_terminal

        self.refuse_options(options, ("form", "only_alarms", "anomaly_maps"), source)
        options = {"only_alarms": False, "anomaly_maps": None, **options}
        image_terminal.predict_images(predictor, source, inputs, **options)

    def drift(self, run: Any, source: Any) -> Any:
        """Return how new images differ from the normal ones of the run."""
        from saccade.tasks.anomaly_detection.drift.checking_images import check_images

        return check_images(run, source)

    def inspect(self, run: Any, inputs: Any, **options: Any) -> Any:
        """Write a page on one image, or on the network over its calibration images, and return its path."""
        from saccade.tasks.anomaly_detection import image_terminal

        self.refuse_options(options, ("to", "data"), run.path)
        return image_terminal.inspect_images(run, inputs, **options)


TASKS = (RowAnomalyDetection, ImageAnomalyDetection)
