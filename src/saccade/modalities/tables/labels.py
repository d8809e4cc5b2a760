"""Which label means normal, and which column is probably the label."""

import re
from collections.abc import Collection, Mapping

from saccade.core.errors import DataError, unknown
from saccade.modalities.tables.cells import FALSE_WORDS, TRUE_WORDS, plain_word
from saccade.modalities.tables.table import ANOMALY, NORMAL

NORMAL_WORDS = FALSE_WORDS | {"normal"}
ANOMALY_WORDS = TRUE_WORDS | {"anomaly"}

NORMAL_NAMES = frozenset(
    {
        *("normal", "benign", "legit", "legitimate", "good", "ok", "okay", "healthy", "negative", "inlier", "genuine"),
        *("pass", "passed", "clean", "0", "false", "no"),
    }
)
"""What the label of normal rows is often called, in small letters and without a point behind it."""

_NAMES = frozenset(
    {
        *("class", "classes", "label", "labels", "target", "y", "outcome", "fraud", "anomaly", "outlier", "attack"),
        *("attack cat", "attack type", "attack label", "diagnosis", "ground truth", "groundtruth", "gt", "malicious"),
        *("malware", "intrusion", "malignant", "malignancy", "defect", "defective", "abnormal", "anomalous"),
        *("novelty", "fraudulent", "scam", "spam", "hacked", "verdict", "death event", "machine failure", "fault type"),
        *("failure type", "defect type", "anomaly type", "fraud type", "status", "churn", "churned", "exited"),
    }
)
"""How columns of labels are often called, as words in small letters; "is" and "has" before them say nothing."""

_OUTCOMES = frozenset({"fraud", "anomaly", "outlier", "attack", "label", "labels", "target", "malware", "intrusion"})
"""Words of which one in a name is enough: fraud_label, "Class Label", anomaly_flag."""

_MEASURES = frozenset(
    {
        *("count", "counts", "size", "rate", "time", "id", "amount", "width", "height", "port", "ip", "number", "num"),
        *("days", "price", "speed", "x", "y", "date", "age", "score"),
    }
)
"""Beside these, a name is that of a measurement: attack_count."""

_YES_OR_NO = frozenset({"status", "churn", "churned", "exited"})
"""Names of labels only where they have two values: a status of five is a feature."""

_LAST = frozenset(
    {
        *("result", "response", "default", "decision", "survived", "approved", "converted", "purchased", "fault"),
        *("failure", "failed", "error", "alarm", "alert", "disease"),
    }
)
"""Names of labels where they have two values and are the last column."""

_WORDS = frozenset(
    {
        *("anomaly", "anomalous", "benign", "malignant", "malicious", "fraud", "fraudulent", "outlier", "inlier"),
        *("legit", "legitimate", "intrusion"),
    }
)
"""Values that give a label away, whatever the column is called."""

_PAIRS = (
    frozenset({"good", "bad"}),
    *(frozenset({"ok", word}) for word in ("nok", "ng", "not ok", "notok", "not_ok", "ko", "defect", "bad", "fail")),
    *(frozenset({word, other}) for word in ("pass", "passed") for other in ("fail", "failed")),
    *(frozenset({"healthy", word}) for word in ("sick", "ill", "diseased", "disease", "faulty", "unhealthy")),
    *(frozenset({"normal", word}) for word in ("attack", "abnormal", "faulty", "defect", "a ttack")),
)
"""Two values that give a label away where there are no others."""

_GRADES = frozenset({"low", "high", "elevated", "small", "large", "slow", "fast", "medium", "weak", "strong"})
"""Beside these, normal is one grade of several."""

_TICKETS = frozenset(
    {"first", "second", "third", "1st", "2nd", "3rd", "economy", "eco", "business", "coach", "premium"}
)
"""Beside these, a class is one of a ticket."""

MOST_LABELS = 30
_MOST_NUMBERS = 10
_READABLE = 0.95
_SHOWN = 6


def looks_like_labels(name: str, values: Collection[str], *, last: bool = False, headless: bool = False) -> bool:
    """Say whether a column is probably the label, though nobody named it.

    A question costs the user one option; a label among the inputs gives the answer away, and nobody sees it.

    Args:
        name: of the column.
        values: the different ones that it has, as text; empty where they are many.
        last: whether it is the last column.
        headless: whether no column has a name of its own.
    """
    plain = {plain_word(value).casefold().rstrip(".") for value in values}
    if plain & _WORDS or plain in _PAIRS or ("normal" in plain and not plain & _GRADES):
        return True
    numbers = {value for value in plain if value.lstrip("+-").isdecimal()}
    if not 2 <= len(plain) <= (_MOST_NUMBERS if numbers == plain else MOST_LABELS):
        return False
    words = _words(name)
    if headless and last:
        return len(plain) <= _MOST_NUMBERS
    if len(plain) == 2 and (words in _YES_OR_NO or (last and words in _LAST)):
        return True
    each = set(words.split())
    named = words in _NAMES - _YES_OR_NO or (bool(each & _OUTCOMES) and not each & _MEASURES)
    return named and not plain & _TICKETS


def _words(name: str) -> str:
    """Return a name as words in small letters, without is and has: isFraud is "fraud", attack_cat "attack cat"."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W_]+", " ", name).casefold().split()
    while len(parted) > 1 and parted[0] in ("is", "has", "was", "the", "true"):
        parted = parted[1:]
    whole = "".join(parted)
    glued = whole[2:] if whole.startswith("is") and whole[2:] in _NAMES else ""
    return glued or " ".join(parted)


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
    numbers = all(word.lstrip("+-").isdecimal() for word in words)
    if len(words) > 2 and understood >= _READABLE * total and not numbers:
        return "", ""
    codes = "0" in words and all(word.isdecimal() for word in words)
    if len(words) > MOST_LABELS and all(map(_is_number, words)) and not codes:
        raise DataError(
            f"The column '{column}' has {len(words):,} different numbers: none of them means normal. A label "
            "says whether a row is normal or an anomaly. Leave --label out, and rows are judged by all columns; a "
            "number that is to be foretold from the others is for another tool, such as gradient boosting in "
            "scikit-learn."
        )
    named = {word for word in words if word.casefold().rstrip(".") in NORMAL_NAMES}
    if len(named) == 1:
        (name,) = named
        others = sorted(words - named)
        shown = ", ".join(f"'{word}'" for word in others[:_SHOWN]) + (" …" if len(others) > _SHOWN else "")
        return name, f"In the column '{column}', '{name}' is taken for normal by its name; anomalies are {shown}."
    if len(words) <= 2:
        frequent = max(counts, key=lambda text: counts[text])
        return frequent, (
            f"In the column '{column}', '{frequent}' is taken for normal because it is the more frequent label "
            f"({counts[frequent]:,} of {total:,} rows)."
        )
    shown = ", ".join(f"'{text}'" for text in sorted(counts)[:_SHOWN]) + (" …" if len(counts) > _SHOWN else "")
    raise DataError(
        f"The column '{column}' has {len(words):,} different labels ({shown}). Say which of them means normal: "
        "--normal NAME. All others are anomalies then."
    )


def _is_number(word: str) -> bool:
    return word.lstrip("+-").replace(".", "", 1).replace(",", "", 1).isdecimal()
