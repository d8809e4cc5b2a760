"""Settings of a recipe that concern tables: what the columns are, and which says when."""

from typing import Literal

from pydantic import Field

from saccade.core.recipe import Recipe

Kind = Literal["number", "number-comma", "number-point", "category", "boolean", "ignore"]


class TableSettings(Recipe):
    """What a recipe says of a table."""

    time: str = Field("", description="the column that says when; the split is then by time")
    time_format: str = Field(
        "",
        description="of that column, where it is not clear: day-first, month-first, milliseconds, yyyymmdd, "
        "serial-days, elapsed-hours, or as the cells look: %d/%m/%y %H:%M",
    )
    columns: dict[str, Kind] = Field(
        {},
        description="what a column is: number, number-comma (1,5 is one and a half), number-point (1,500 is 1500), "
        "category, boolean or ignore",
    )
    header: bool | None = Field(
        None,
        description="of a CSV file: whether its first line names the columns; left out: found; --no-header is short "
        "for false",
    )
