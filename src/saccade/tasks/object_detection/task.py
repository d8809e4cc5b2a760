"""Find objects: a box around each, with its class and how sure the network is."""

from saccade.tasks.base import Task
from saccade.tasks.parts import part, parts

NETWORKS = "pyramids"


class ImageObjectDetection(Task):
    """Where objects of which classes are in an image."""

    name = "object_detection"
    modality = "images"
    noun = "images"
    monitor = "val_ap"
    monitor_mode = "max"
    averages_weights = True
    evaluate_options = ("as_csv",)
    drift_options = ("data",)
    inspect_options = ("layer", "at", "channel", "to", "png", "data")
    command_options = part(".command_options:OPTIONS")

    recipe_class = part(".settings:DetectionRecipe")
    default_recipe = part(".recognition:default_recipe")

    takes = part("saccade.tasks.modality:takes_images")
    listed_files = part("saccade.tasks.file_thumbnails:listed_files")
    prepare = part(".preparation:prepare")
    reload = part(".preparation:reload")
    own_or_other = part(".other_images:own_or_other")
    audit = part(".auditing:audit")
    write_audit_page = part("saccade.modalities.images.audit.page:write_page")
    view = part("saccade.modalities.images.data_view:view")
    find_wrong_labels = part(".label_errors.searching:find_suspects")
    write_label_page = part(".label_errors.page:write_page")
    label_session = part(".labelling.session:BoxSession")
    label_kind = "boxes"
    preview = part(".preview:draw_grid")
    drift = part(".drift:check")

    network = part(".network:build_network")
    blank_network = part(".network:build_blank")
    initialize = part(".network:initialize")
    objective = part(".objective:heat_maps_and_boxes")
    live_pictures = part(".live_pictures:found_so_far")
    after_fit = part(".threshold_fitting:fit_threshold")

    signature = part(".predictor:run_signature")
    metadata = part(".predictor:to_metadata")
    decoder = part(".decoding:Decoder")
    predictor = part(".predictor:open_predictor")
    predictor_of_file = part(".predictor:predictor_of_file")
    service = part(".service:DetectionService")
    export_subject = part(".export_subject:subject")
    exported_artifacts = parts(".confidence_threshold:ConfidenceThreshold")

    evaluate = part(".evaluating:evaluate")
    evaluation_class = part(".evaluation:DetectionEvaluation")
    answered = part(".answered_split:answered")
    compare = part(".run_comparison:compare")
    choose_threshold = part(".threshold_fitting:choose_threshold")

    gather = part(".report.material:gather")
    compose_page = part(".report.report_page:compose_page")
    compose_card = part(".report.model_card:compose_card")
    sentences = part(".confidence_threshold:sentences")
    trained = part(".trained:TrainedDetector")
    describe = part(".terminal:describe")
    print_predictions = part(".terminal:predict_images")
    answer_batch = part(".terminal:answer_batch")
    inspect = part(".terminal:inspect_images")


TASKS = (ImageObjectDetection,)
