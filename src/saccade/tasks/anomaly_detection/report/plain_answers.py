"""What a reader wants to know first of a run that looks for anomalies, answered in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass

from saccade.report import numbers
from saccade.tasks.anomaly_detection.evaluation import Detection, Rival
from saccade.tasks.anomaly_detection.evaluation_text import MEASURES, against_rivals, at_prevalence, leads

GUESSING, FINDS_SOME, FINDS_MOST = 0.5, 0.7, 0.9
"""ROC AUC up to which the short answer is no, and from which on it is "in part" and "yes"; the number stands beside."""


@dataclass(frozen=True)
class Answer:
    """An answer.

    Attributes:
        question: in plain words.
        short: the answer in a few words.
        detail: what it rests on.
        tone: "good", "warning", "severe" or "note": its colour.
    """

    question: str
    short: str
    detail: str
    tone: str


def answers(detection: Detection) -> Iterator[Answer]:
    """Yield whether it finds anomalies, whether simpler means do as well, and whether the threshold keeps its word."""
    yield _finds(detection)
    if detection.rivals:
        yield _better(detection)
    if detection.promise:
        yield _kept(detection)


def _finds(detection: Detection) -> Answer:
    question = "Does it find anomalies?"
    roc_auc = detection.roc_auc
    if roc_auc is None or roc_auc.value is None or detection.average_precision is None:
        detail = (
            f"None of the {detection.rows:,} {detection.noun} is labelled as "
            f"{'normal' if detection.anomalies else 'an anomaly'}. What can be said is how many alarms it gives, and "
            f"how it takes {detection.noun} that cannot be."
        )
        return Answer(question, "Nobody can say", detail, "warning")
    detail = (
        f"An anomaly scores higher than a normal {detection.noun.removesuffix('s')} in {_of_hundred(roc_auc.value)} of "
        f"100 such pairs (ROC AUC {numbers.as_number(roc_auc)}; 50 would be guessing). Average precision is "
        f"{numbers.as_number(detection.average_precision)} {at_prevalence(detection)}."
    )
    short, tone = _how_well(roc_auc.value, roc_auc.low)
    return Answer(question, short, detail, tone)


def _of_hundred(share: float) -> str:
    return f"{100 * share:.1f}" if share > 0.99 else f"{100 * share:.0f}"


def _how_well(value: float, low: float | None) -> tuple[str, str]:
    """Return a short answer and its tone; one that chance explains is none."""
    if (value if low is None else low) <= GUESSING:
        return "That is not shown", "severe"
    if value >= FINDS_MOST:
        return "Yes", "good"
    return ("In part", "note") if value >= FINDS_SOME else ("Hardly", "warning")


def _better(detection: Detection) -> Answer:
    question, detail = "Is it better than simple detectors?", against_rivals(detection)
    if detection.untrained and not detection.untrained.beaten:
        detail += " Nor is it shown to be better than the same network before training."
    gains = {name: rival.gain(each) for each, name in MEASURES.items() if (rival := detection.best_rival(each))}
    better = [name for name, gain in gains.items() if gain.is_positive]
    worse = [name for name, gain in gains.items() if gain.high is not None and gain.high < 0]
    if len(better) == len(gains):
        return Answer(question, "Yes", detail, "good")
    if leads(detection):
        return Answer(question, f"Only by {better[0]}", detail, "note" if not worse else "warning")
    if worse:
        return Answer(question, "No, a simple one is better", detail, "severe")
    return Answer(question, "No, that is not shown", detail, "warning")


def _kept(detection: Detection) -> Answer:
    assert detection.promise
    short, tone = {
        "kept": ("Yes", "good"),
        "more": ("No, there are more alarms", "severe"),
        "fewer": ("More than kept", "note"),
        "unknown": ("Nobody can say", "note"),
    }[detection.promise.outcome]
    return Answer("Does the threshold keep its promise?", short, detection.promise.sentence, tone)


def what_it_sees(detection: Detection) -> Iterator[str]:
    """Yield what the rows that cannot be, and the network before training, say of it."""
    probes = {each.name: each for each in detection.probes}
    shuffled = probes.pop("shuffled", None)
    if probes:
        farthest = list(probes.values())[-1]
        pairs = f"{_of_hundred(farthest.roc_auc.value or 0)} of 100 pairs"
        copied = (
            "" if farthest.copied is None else f", and of such a row {numbers.percent(farthest.copied)} comes out again"
        )
        yield f"Rows {farthest.name} away score higher than normal ones in {pairs}{copied}."
    if shuffled and shuffled.gain:
        yield (
            "Rows with shuffled columns it tells from usual ones better than before training: it has learnt how the "
            "columns hang together."
            if shuffled.gain.is_positive
            else "Rows with shuffled columns it tells from usual ones no better than before training: either the "
            "columns have nothing to do with each other, or it has not learnt how they hang together."
        )
    if detection.untrained:
        better = _better_than(detection.untrained)
        yield (
            f"It finds the labelled anomalies better than the same network before training, by {' and '.join(better)}."
            if better
            else "It is not shown to find the labelled anomalies better than the same network before training: then "
            "what finds them is how far they lie from the mean."
        )


def _better_than(rival: Rival) -> list[str]:
    return [name for measure, name in MEASURES.items() if rival.gain(measure).is_positive]
