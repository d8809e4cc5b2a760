"""Settings of a recipe that recommends."""

from pydantic import Field

from saccade.core.recipe import Model, NamedModel
from saccade.modalities.ratings.settings import RatingSettings


class RecommendationRecipe(RatingSettings):
    """All settings of a recommender."""

    task: str = Field("recommendation", description="see `saccade list tasks`")
    model: NamedModel = Field(
        Model(name="rbm"), description="see `saccade list recommenders`; its options as model.hidden"
    )
