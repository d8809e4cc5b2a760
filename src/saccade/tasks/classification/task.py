"""Say which one of several classes an image shows."""

from typing import TYPE_CHECKING, ClassVar, Literal

from saccade.core import registry
from saccade.tasks.base import Task
from saccade.tasks.parts import part, parts

if TYPE_CHECKING:
    from saccade.core.recipe import Recipe

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
    takes_any = True
    evaluate_options = ("without_duplicates", "as_csv")
    drift_options = ("data",)
    inspect_options = ("classes", "layer", "at", "channel", "to", "png", "data")
    command_options = part(".command_options:OPTIONS")

    recipe_class = part(".settings:ClassificationRecipe")

    def default_recipe(self, data: str) -> str:
        """Return `quick-<data>` where there is one, else `quick`."""
        own = f"quick-{data.replace('_', '-')}"
        return own if own in registry.names("recipes") else "quick"

    def takes(self, recipe: "Recipe") -> bool:
        """Take whatever it is: loading says what is wrong with it."""
        return True

    prepare = part(".preparation:prepare")
    listed_files = part("saccade.tasks.file_thumbnails:listed_files")
    browse = part(".preparation:browse")
    augmentation_sheet = part("saccade.modalities.images.augmentation_preview:sheet")
    label_session = part(".labelling.session:LabelSession")
    label_kind = "classes"
    reload = part(".preparation:reload")
    own_or_other = part(".other_images:own_or_other")
    audit = part("saccade.modalities.images.audit.checking:audit")
    write_audit_page = part("saccade.modalities.images.audit.page:write_page")
    view = part("saccade.modalities.images.data_view:view")
    find_wrong_labels = part(".label_errors:find_suspects")
    write_label_page = part(".label_errors.page:write_page")
    preview = part("saccade.modalities.images.preview:sample_grid")

    choose = part(".trials.choosing:choose_for_training")
    network = part(".objective:build_network")
    blank_network = part(".blank_network:build")
    objective = part(".objective:cross_entropy")
    stages = part(".layerwise_pretraining:stages")
    outlook = part(".preparation:outlook")
    contenders = part(".preparation:contenders")
    initialize = part(".solved_head:initialize")
    fitted_row = part(".frozen_layers:fitted_row")
    cut = part("saccade.tasks.pretrained_training:cut")
    after_fit = part(".calibration_fitting:calibrate")
    complete = part(".novelty_fitting:fit_novelty")
    search_space = part(".search_space:search_space")

    signature = part(".predictor:run_signature")
    metadata = part(".predictor:to_metadata")
    predictor = part(".predictor:open_predictor")
    predictor_of_file = part(".predictor:predictor_of_file")
    service = part(".service:ClassificationService")
    export_subject = part(".export_subject:subject")
    exported_artifacts = parts(".calibration:Calibration", ".novelty:Novelty", ".novelty:KnownFeatures")

    evaluate = part(".evaluating:evaluate")
    evaluation_class = part(".evaluation:Evaluation")
    answered = part(".answered_split:answered")
    compare = part(".run_comparison:compare")
    drift = part(".drift:check")
    choose_threshold = part(".abstention:refuse_threshold")

    gather = part(".report.material:gather")
    compose_page = part(".report.report_page:compose_page")
    compose_card = part(".report.model_card:compose_card")
    sentences = part(".training_text:sentences")
    trained = part(".trained:TrainedClassifier")
    describe = part(".terminal:describe")
    print_predictions = part(".terminal:predict_images")
    answer_batch = part(".terminal:answer_batch")
    inspect = part(".terminal:inspect_images")


TASKS = (ImageClassification,)
