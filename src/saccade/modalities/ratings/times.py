"""Moments of ratings: seconds since 1970, of numbers or of dates as text."""

import numpy as np
import polars as pl

_MILLISECONDS = 1e11
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m %d, %Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_CLOCKS = ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M", "T%H:%M")
_FORMATS = tuple(f"{day}{clock}" for day in _DAYS for clock in _CLOCKS)


def seconds(cells: pl.Series) -> pl.Series:
    """Return whole seconds since 1970 (Int64), null where nothing can be read; milliseconds are seen by their size."""
    text = cells.cast(pl.String).str.strip_chars()
    numbers = text.cast(pl.Float64, strict=False)
    if numbers.null_count() <= text.null_count() + len(text) // 2:
        large = numbers.abs().median()
        scale = 1000 if large is not None and float(large) > _MILLISECONDS else 1  # type: ignore[arg-type]
        found = np.where(np.isfinite(numbers.to_numpy()), numbers.to_numpy(), np.nan) / scale
        return pl.Series(found).fill_nan(None).floor().cast(pl.Int64, strict=False)
    short = text.str.replace(r"(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$", "")
    read = [short.str.to_datetime(form, strict=False) for form in _FORMATS]
    best = min(read, key=lambda each: each.null_count())
    return best.dt.epoch("s")
