"""Which label means normal."""

from collections.abc import Collection, Mapping

from saccade.data.table import ANOMALY, NORMAL
from saccade.data.tables.cells import FALSE_WORDS, TRUE_WORDS, plain_word
from saccade.errors import DataError, unknown

NORMAL_WORDS = FALSE_WORDS | {"normal"}
ANOMALY_WORDS = TRUE_WORDS | {"anomaly"}

USUAL_NAMES = frozenset(
    {
        *("class", "label", "labels", "target", "y", "status", "fraud", "isfraud"),
        *("anomaly", "isanomaly", "outlier", "isoutlier"),
    }
)
"""How columns of labels are often called, in small letters and without underscores."""

_READABLE = 0.95
_SHOWN = 6


def looks_like_labels(name: str, values: int, words: Collection[str] = ()) -> bool:
    """Say whether a column with so many different values is probably the label, though nobody named it.

    Args:
        name: of the column.
        values: how many different ones it has.
        words: these, where they are texts.
    """
    if {plain_word(word).casefold() for word in words} & {"normal", "anomaly"}:
        return True
    return values == 2 and name.casefold().replace("_", "").replace(" ", "") in USUAL_NAMES


def judge(text: str, normal: str) -> int | None:
    """Return what a label says, 0 normal or 1 anomaly; None when it is not understood.

    Args:
        text: of the label's cell.
        normal: the label that means normal; "" where words such as 0, false or normal tell it.
    """
    if normal:
        return NORMAL if plain_word(text) == plain_word(normal) else ANOMALY
    plain = plain_word(text).casefold()
    return NORMAL if plain in NORMAL_WORDS else ANOMALY if plain in ANOMALY_WORDS else None


def decide(counts: Mapping[str, int], *, normal: str, column: str) -> tuple[str, str]:
    """Return the label that means normal ("" where words tell it), and a note ("" for none).

    Args:
        counts: rows a label.
        normal: what the user says, or "".
        column: the label column's name, for messages.

    Raises:
        DataError: nobody can know which of the labels is normal, or the one that the user names is not there.
    """
    words = {plain_word(text) for text in counts}
    if normal:
        if counts and plain_word(normal) not in words:
            raise DataError(f"In the column '{column}': {unknown('label', normal, words)}")
        return normal, ""
    understood = sum(rows for text, rows in counts.items() if judge(text, "") is not None)
    total = sum(counts.values())
    if understood == total:
        return "", ""
    if len(words) <= 2:
        frequent = max(counts, key=lambda text: counts[text])
        return frequent, (
            f"In the column '{column}', '{frequent}' is taken for normal because it is the more frequent label "
            f"({counts[frequent]:,} of {total:,} rows)."
        )
    if understood >= _READABLE * total:
        return "", ""
    shown = ", ".join(f"'{text}'" for text in sorted(counts)[:_SHOWN]) + (" …" if len(counts) > _SHOWN else "")
    raise DataError(
        f"The column '{column}' has {len(words)} different labels ({shown}). Say which of them means normal: "
        "--normal NAME. All others are anomalies then."
    )
