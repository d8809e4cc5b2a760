"""Settings of a recipe that concern ratings: which column is what, and how they are split."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator

from saccade.core.recipe import Recipe, as_text

Name = Annotated[str, BeforeValidator(as_text)]


_NUMBER = r"([+-]?\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"{_NUMBER}\s*\.\.\s*{_NUMBER}")


class RatingSettings(Recipe):
    """What a recipe says of ratings."""

    user_column: Name = Field("", description="the column that says who rated; left out: found by its name")
    item_column: Name = Field("", description="the column that says what was rated; left out: found")
    rating_column: Name = Field(
        "", description="the column of ratings; left out: found; none: each row says that somebody took something"
    )
    time_column: Name = Field("", description="the column that says when; left out: found; none: there is none")
    title_column: Name = Field("", description="the column that says what an item is called; left out: found")
    titles: str = Field(
        "", description="a file with a column of items and one of titles; left out: u.item, movies.dat, movies.csv"
    )
    scale: str = Field(
        "", description="lowest and highest rating, as 1..5: what lies outside is skipped; left out: as the ratings are"
    )
    header: bool | None = Field(
        None, description="whether the first line names the columns; left out: found; --no-header is short for false"
    )
    split_by: Literal["within", "time", "user"] = Field(
        "within",
        description="what is held out: within: some ratings of each user, at random; time: the latest of all; "
        "user: users, of whom a part of the ratings is known",
    )
    validation: float = Field(0.1, ge=0, lt=1, description="part of the ratings, or of the users, to choose by")
    test: float = Field(0.1, ge=0, lt=1, description="part of the ratings, or of the users, to be judged by")
    known: float = Field(
        0.8, gt=0, lt=1, description="of users who are held out: the part of their ratings that is known"
    )

    @field_validator("scale")
    @classmethod
    def _is_a_range(cls, scale: str) -> str:
        found = _RANGE.fullmatch(scale.strip())
        if scale and (found is None or float(found[1]) >= float(found[2])):
            raise ValueError("write the lowest and the highest rating, as 1..5")
        return scale

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The lowest and highest rating that a person says there are."""
        found = _RANGE.fullmatch(self.scale.strip())
        return (float(found[1]), float(found[2])) if found else None
