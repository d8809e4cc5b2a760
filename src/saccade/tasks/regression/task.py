"""Say which number belongs to an image: an age, a length, a count."""

from saccade.tasks.base import Task
from saccade.tasks.parts import part, parts

NETWORKS = "models"


class ImageRegression(Task):
    """Which number belongs to an image, and between which numbers it lies."""

    name = "regression"
    modality = "images"
    noun = "images"
    monitor = "val_mae"
    evaluate_options = ("label", "as_csv")
    drift_options = ("data",)
    inspect_options = ("layer", "at", "channel", "to", "png", "data")

    recipe_class = part(".settings:RegressionRecipe")

    takes = part("saccade.tasks.modality:takes_images")
    listed_files = part("saccade.tasks.file_thumbnails:listed_files")
    prepare = part(".preparation:prepare")
    reload = part(".preparation:reload")
    own_or_other = part(".other_images:own_or_other")
    audit = part(".auditing:audit")
    write_audit_page = part("saccade.modalities.images.audit.page:write_page")
    view = part("saccade.modalities.images.data_view:view")
    preview = part("saccade.modalities.images.preview:sample_grid")

    network = part(".objective:build_network")
    blank_network = part(".blank_network:build")
    objective = part(".objective:small_errors")
    outlook = part("saccade.tasks.outlook:outlook")
    contenders = part(".preparation:contenders")
    initialize = part(".solved_head:initialize")
    fitted_row = part(".solved_head:fitted_row")
    cut = part("saccade.tasks.pretrained_training:cut")
    search_space = part("saccade.modalities.images.search_space:search_space")
    after_fit = part(".conformal_fitting:fit_intervals")

    signature = part(".predictor:run_signature")
    metadata = part(".predictor:to_metadata")
    predictor = part(".predictor:open_predictor")
    predictor_of_file = part(".predictor:predictor_of_file")
    service = part(".service:RegressionService")
    export_subject = part(".export_subject:subject")
    exported_artifacts = parts(".conformal:Intervals")

    evaluate = part(".evaluating:evaluate")
    evaluation_class = part(".evaluation:RegressionEvaluation")
    answered = part(".answered_split:answered")
    compare = part(".run_comparison:compare")
    drift = part(".drift:check")

    gather = part("saccade.tasks.image_report:gather")
    compose_page = part(".report.report_page:compose_page")
    compose_card = part(".report.model_card:compose_card")
    sentences = part(".training_text:sentences")
    trained = part(".trained:TrainedRegression")
    describe = part(".terminal:describe")
    print_predictions = part(".terminal:predict_images")
    answer_batch = part(".terminal:answer_batch")
    inspect = part(".terminal:inspect_images")


TASKS = (ImageRegression,)
