"""Splits that differ in distribution: a forest tells their images apart, or their classes are mixed otherwise."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2_contingency

from saccade.core import cross_validation
from saccade.core.finding import Finding
from saccade.modalities.images.audit.evidence import Evidence

NOTEWORTHY, DIFFERENT, FAR = 0.55, 0.6, 0.75
"""AUC above which the splits differ a little, clearly, and so much that one says little of the other: normal
distributions .18, .36 and .95 standard deviations apart. The lower end of the 99.9% interval must be above."""

OTHER_MIX = 0.1
"""Share of images that would have to change their class for the splits to have the same mix."""

LOOK = 8  # side of the small image that the forest sees: 64 numbers for what is where


def find(evidence: Evidence) -> Iterator[Finding]:
    """Yield findings on training against test, and against validation where the source gives that split.

    Parts cut at random by us do not differ but by chance; test is compared all the same.
    """
    dataset = evidence.dataset
    given = dataset.reasons is not None and bool((dataset.reasons[dataset.rows("validation")] == "given").any())
    for split in ("test", "validation") if given else ("test",):
        if len(dataset.rows(split)):
            yield from _other_images(evidence, split)
            yield from _other_mix(evidence, split)


def _other_images(evidence: Evidence, split: str) -> Iterator[Finding]:
    rows = _sample(evidence, split)
    second = evidence.dataset.splits[rows] == split
    if min(second.sum(), (~second).sum()) < cross_validation.LEAST:
        evidence.not_tested.append(
            f"whether {split} differs from train; that takes {cross_validation.LEAST} independent images of each."
        )
        return
    verdict = cross_validation.auc(_features(evidence, rows), second, evidence.units()[rows], seed=evidence.seed)
    if verdict.low <= NOTEWORTHY:
        return
    severity = "severe" if verdict.low > FAR else "warning" if verdict.low > DIFFERENT else "note"
    yield Finding(
        kind="distribution",
        severity=severity,
        title=f"Images of train and {split} can be told apart: AUC {_interval(verdict)} where .5 is chance.",
        advice=f"They differ in light, sharpness, framing or size: a score on {split} says less of images like these.",
        share=2 * verdict.low - 1,
        values={"split": split, "auc": verdict.score.to_dict(), "sample": verdict.rows, **_means(evidence, split)},
        examples=_most_typical(evidence, split),
        count=0,
    )


def _interval(verdict: cross_validation.Verdict) -> str:
    return f"{verdict.score.value:.3f} ({verdict.score.low:.3f} to {verdict.score.high:.3f}, {verdict.rows:,} images)"


def _sample(evidence: Evidence, split: str) -> NDArray[np.int64]:
    """Return rows of train and of the split, one for each unit in it, at most 2,000 each."""
    rng = np.random.default_rng(evidence.seed)
    chosen = []
    for each in ("train", split):
        rows = evidence.dataset.rows(each)
        rows = rows[cross_validation.one_each(evidence.units()[rows], np.zeros(len(rows), np.int64), rng)]
        chosen.append(rng.permutation(rows)[: cross_validation.SAMPLE // 2])
    return np.sort(np.concatenate(chosen))


def _features(evidence: Evidence, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    measures = evidence.measures
    looks = measures.looks[rows].astype(np.float32)
    small = looks.reshape(len(rows), LOOK, 2, LOOK, 2).mean(axis=(2, 4)).reshape(len(rows), -1)
    columns: list[NDArray[np.generic]] = [measures.brightness, measures.contrast, measures.sharpness]
    columns += [measures.darkest, measures.brightest]
    columns += [measures.colourless] + (list(evidence.files.sizes.T) if evidence.files else [])
    numbers = np.stack([column[rows].astype(np.float32) for column in columns], axis=1)
    return np.concatenate([small, *_colours(evidence.dataset.images, rows), numbers], axis=1)


def _colours(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and deviation of each channel, both (n, c); a channel at a time takes a third of the memory."""
    channels = [images[rows, :, :, each].reshape(len(rows), -1) for each in range(images.shape[-1])]
    means = [pixels.mean(axis=1, dtype=np.float32) for pixels in channels]
    deviations = [pixels.std(axis=1, dtype=np.float32) for pixels in channels]
    return np.stack(means, axis=1), np.stack(deviations, axis=1)


def _means(evidence: Evidence, split: str) -> dict[str, dict[str, float]]:
    rows = {each: evidence.dataset.rows(each) for each in ("train", split)}
    measures = evidence.measures
    named = {"brightness": measures.brightness, "contrast": measures.contrast, "sharpness": measures.sharpness}
    return {name: {each: float(values[rows[each]].mean()) for each in rows} for name, values in named.items()}


def _most_typical(evidence: Evidence, split: str) -> tuple[tuple[str, ...], ...]:
    """Return a few pairs of a random training image and a random one of the split, to look at."""
    rng = np.random.default_rng(evidence.seed)
    pairs = [rng.permutation(evidence.dataset.rows(each))[:6] for each in ("train", split)]
    names = evidence.dataset.names
    return tuple((str(names[one]), str(names[other])) for one, other in zip(*pairs, strict=False))


def _other_mix(evidence: Evidence, split: str) -> Iterator[Finding]:
    dataset = evidence.dataset
    table = np.stack(
        [np.bincount(dataset.labels[dataset.rows(each)], minlength=len(dataset.classes)) for each in ("train", split)]
    )
    table = table[:, table.sum(axis=0) > 0]
    shares = table / table.sum(axis=1, keepdims=True)
    apart = float(np.abs(shares[0] - shares[1]).sum() / 2)
    if table.shape[1] < 2 or apart < OTHER_MIX or chi2_contingency(table).pvalue > 1 - cross_validation.CONFIDENCE:
        return
    worst = int(np.abs(shares[0] - shares[1]).argmax())
    yield Finding(
        kind="distribution",
        severity="warning",
        title=f"Train and {split} mix the classes differently: {apart:.0%} of the images would have to change class. "
        f"'{dataset.classes[worst]}' is {shares[0, worst]:.1%} of train and {shares[1, worst]:.1%} of {split}.",
        advice="Overall accuracy then depends on the mix. Read the scores a class.",
        share=apart,
        values={"split": split, "apart": apart},
    )
