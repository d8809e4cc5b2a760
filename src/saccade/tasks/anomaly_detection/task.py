"""Say how anomalous a row of a table or an image is, and which columns or pixels make it so."""

from typing import TYPE_CHECKING, ClassVar

from saccade.tasks.base import Task
from saccade.tasks.parts import part, parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from saccade.core.backend import Model, Precision
    from saccade.core.run import Run
    from saccade.tasks.anomaly_detection.evaluating import Judged
    from saccade.tasks.anomaly_detection.evaluation import Probe
    from saccade.tasks.anomaly_detection.measuring import Scored

NETWORKS = "autoencoders"


class AnomalyDetection(Task):
    """How anomalous inputs are: a network learns what is normal, and the score is how far they are from it.

    Attributes:
        row_header: of the first column of predictions.csv.
    """

    name = "anomaly_detection"
    evaluate_options = ("prevalence", "label", "normal")
    tuning_split = "calibration"  # validation holds no anomalies
    answers_by_training = True
    precision: ClassVar["Precision"] = "float32"  # errors of what is rebuilt well are less than what bfloat16 rounds
    row_header: ClassVar[str] = "name"

    recipe_class = part(".settings:AnomalyDetectionRecipe")

    network = part(".objective:build_network")
    blank_network = part(".blank_network:build")
    objective = part(".objective:contributions")
    refuse_search = part(".searching:refuse")
    search_score = part(".search_score:roc_auc")
    search_remarks = part(".searching:alarms")
    shipped = part("saccade.models.autoencoders:shipped")
    choose_threshold = part(".thresholding.calibrating:choose_anew")

    evaluate = part(".evaluating:evaluate")
    evaluation_class = part(".evaluation:Detection")
    compare = part(".run_comparison:compare")

    gather = part(".report.material:gather_anomalies")
    compose_page = part(".report.anomaly_page:compose_anomaly_page")
    compose_card = part(".report.model_card:compose_anomaly_card")
    sentences = part(".threshold:sentences")

    # what an evaluation asks of rows alone, or of images

    def instead(self, run: "Run") -> str:
        """Return what to try where the network of a run is worse than chance."""
        raise NotImplementedError

    def row_names(self, data: "Judged") -> "NDArray[np.int64] | NDArray[np.str_]":
        """Return (n,) what predictions.csv calls each row of the data."""
        raise NotImplementedError

    def others(
        self, run: "Run", network: "Model", data: "Judged", split: str, *, quiet: bool
    ) -> tuple[dict[str, "Scored"], tuple["Probe", ...]]:
        """Return what simple detectors and the untrained network say of a split, by name, and probes if there are."""
        raise NotImplementedError

    def reasons(self, run: "Run", network: "Model", data: "Judged", scores: "NDArray[np.float64]") -> dict[int, str]:
        """Return what makes up the scores of test rows, in words, by the row's place in the split."""
        raise NotImplementedError

    def seen_in(self, data: "Judged", splits: "Sequence[str]", *, quiet: bool) -> dict[str, "NDArray[np.bool_]"]:
        """Return for each split, (n,), whether it holds what the split "other" holds too."""
        raise NotImplementedError


class RowAnomalyDetection(AnomalyDetection):
    """How anomalous the rows of a table are."""

    modality = "tables"
    noun = "rows"
    takes_any = True
    new_inputs = "new.csv"
    inspect_options = ("row", "as_json", "to", "data")
    command_options = part(".command_options:OF_ROWS")
    row_header = "row"

    def default_recipe(self, data: str) -> str | None:
        """Return `ae` for a table of rows."""
        from saccade.tasks.modality import is_table, may_be_table

        return "ae" if may_be_table(data) and is_table(data) else None

    takes = part("saccade.tasks.modality:takes_rows")
    prepare = part(".table_preparation:prepare")
    reload = part(".table_preparation:reload")
    own_or_other = part(".other_rows:own_or_other")
    audit = part("saccade.modalities.tables.audit:audit_rows")
    write_audit_page = part("saccade.modalities.images.audit.page:write_page_without_images")
    view = part("saccade.modalities.tables.data_view:view")
    drift = part(".drift:check")

    first_inputs = part(".data_dependent_initialisation:first_rows")
    after_fit = part(".after_fit:after_rows")

    signature = part(".row_predictor:run_signature")
    metadata = part(".row_predictor:to_metadata")
    predictor = part(".row_predictor:open_row_predictor")
    predictor_of_file = part(".row_predictor:row_predictor_of_file")
    service = part(".row_service:RowService")
    export_subject = part(".row_export:subject")

    answered = part(".answered_split:answered_rows")
    instead = part(".row_evaluation:instead")
    row_names = part(".row_evaluation:row_names")
    others = part(".row_evaluation:others")
    reasons = part(".row_evaluation:reasons")
    seen_in = part(".row_evaluation:seen_in")

    trained = part(".trained:TrainedRowDetector")
    describe = part(".row_terminal:describe")
    print_predictions = part(".row_terminal:predict_rows")
    answer_batch = part(".row_streams:answer_batch")
    inspect = part(".row_terminal:inspect_rows")


class ImageAnomalyDetection(AnomalyDetection):
    """How anomalous images are, and where."""

    modality = "images"
    noun = "images"
    inspect_options = ("to", "data")
    command_options = part(".command_options:OF_IMAGES")

    def default_recipe(self, data: str) -> str | None:
        """Return a recipe for a folder of which all training images are normal: no other task can use it."""
        from saccade.tasks.anomaly_detection.default_image_recipe import recipe_for_one_class

        return recipe_for_one_class(data)

    def recipe_when_asked(self, data: str) -> str:
        """Return `patch-memory` for photos, `image-autoencoder` for small or drawn images."""
        from saccade.tasks.anomaly_detection.default_image_recipe import recipe_for

        return recipe_for(data)

    takes = part("saccade.tasks.modality:takes_images")
    listed_files = part("saccade.tasks.file_thumbnails:listed_files")
    prepare = part(".image_preparation:prepare")
    reload = part(".image_preparation:reload")
    own_or_other = part(".other_images:own_or_other")
    audit = part(".image_preparation:audit")
    write_audit_page = part("saccade.modalities.images.audit.page:write_page")
    view = part("saccade.modalities.images.data_view:view")
    drift = part(".drift.checking_images:check_images")

    live_pictures = part(".live_pictures:rebuilt_images")
    after_fit = part(".after_fit:after_images")

    signature = part(".image_predictor:run_signature")
    metadata = part(".image_predictor:to_metadata")
    predictor = part(".image_predictor:open_image_predictor")
    predictor_of_file = part(".image_predictor:image_predictor_of_file")
    service = part(".image_service:ImageAnomalyService")
    export_subject = part(".image_export:subject")
    exported_artifacts = parts(".anomaly_map_scale:AnomalyMapScale")

    answered = part(".answered_split:answered_images_of")
    instead = part(".image_evaluation:instead")
    row_names = part(".image_evaluation:image_names")
    others = part(".image_evaluation:others")
    reasons = part(".image_evaluation:reasons")
    seen_in = part("saccade.tasks.other_images:seen_in")

    trained = part(".trained:TrainedImageDetector")
    describe = part(".image_terminal:describe")
    print_predictions = part(".image_terminal:predict_images")
    answer_batch = part(".image_terminal:answer_batch")
    inspect = part(".image_terminal:inspect_images")


TASKS = (RowAnomalyDetection, ImageAnomalyDetection)
