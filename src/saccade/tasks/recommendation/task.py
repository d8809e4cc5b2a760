"""Recommend: foretell how users would rate what they do not know yet, and say what they may like most."""

from saccade.tasks.base import Task
from saccade.tasks.parts import part, parts

NETWORKS = "recommenders"
KNOWN_DATA = {
    "invented_films": "Invented films: 400 people who rated 240 films that do not exist; nothing to download."
}


class RatingRecommendation(Task):
    """What a user may like, of all that this user has not rated."""

    name = "recommendation"
    modality = "ratings"
    noun = "users"
    monitor = "val_rmse"
    precision = "float32"
    new_inputs = "new.csv"
    evaluate_options = ("as_csv",)
    inspect_options = ("to", "as_json")
    input_options = ("user", "rate")
    answers_by_training = True
    command_options = part(".command_options:OPTIONS")

    recipe_class = part(".settings:RecommendationRecipe")
    default_recipe = part(".recognition:default_recipe")

    takes = part(".recognition:takes_ratings")
    prepare = part(".preparation:prepare")
    reload = part(".preparation:reload")
    own_or_other = part(".other_ratings:own_or_other")
    audit = part(".auditing:audit")
    write_audit_page = part("saccade.modalities.images.audit.page:write_page_without_images")
    view = part("saccade.modalities.ratings.data_view:view")

    network = part(".network:build_network")
    blank_network = part(".network:build_blank")
    first_inputs = part(".network:first_inputs")
    objective = part(".objective:objective")
    shipped = part(".network:shipped")
    after_fit = part(".known_ratings:keep")

    signature = part(".run_predictor:run_signature")
    metadata = part(".run_predictor:to_metadata")
    predictor = part(".run_predictor:open_predictor")
    predictor_of_file = part(".predictor:predictor_of_file")
    service = part(".service:RecommendationService")
    export_subject = part(".export_subject:subject")
    exported_artifacts = parts(".known_ratings:KnownRatings")

    evaluate = part(".evaluating:evaluate")
    evaluation_class = part(".evaluation:RecommendationEvaluation")
    answered = part(".answered_split:answered_users")
    compare = part(".run_comparison:compare")

    gather = part(".report.material:gather")
    compose_page = part(".report.report_page:compose_page")
    compose_card = part(".report.model_card:compose_card")
    trained = part(".trained:TrainedRecommender")
    describe = part(".terminal:describe")
    print_predictions = part(".terminal:print_recommendations")
    inspect = part(".terminal:inspect_run")


TASKS = (RatingRecommendation,)
