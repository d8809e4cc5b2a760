"""Two sets of images → what differs: how they look, what the network makes of them, and what it answers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from saccade.core.cross_validation import LEAST, Verdict
from saccade.core.finding import Finding
from saccade.drift.drift import Shift
from saccade.drift.findings import apart, shifted, slight
from saccade.drift.telling_apart import tell_apart
from saccade.drift.two_sample_tests import adjusted, mix_shift, number_shift
from saccade.tasks import image_properties
from saccade.tasks.image_drift import SHOWN, ImageTest
from saccade.tasks.image_views import Floats, Rows, Views

STRANGEST = 12
"""New images that are named as the strangest."""

DIGITS = 4
"""Of medians in words."""

LOOK = "See some of them: has the camera, the light, the place or what is done with the files changed?"
FILES = "The network sees all of them in one size; it matters only where they also look different."


@dataclass(frozen=True)
class Answers:
    """What a task says of the answers for two sets of images.

    Attributes:
        tests: of the answers.
        alike: (n,) and (m,), whole numbers: images of either set with the same number get the same answer, or nearly.
        sentences: what was counted.
    """

    tests: tuple[ImageTest, ...]
    alike: tuple[Rows, Rows]
    sentences: tuple[str, ...] = ()


Judge = Callable[[Views, Views], Answers]
"""Gives what a task says of the answers for reference images and for new ones."""


@dataclass(frozen=True)
class Compared:
    """What was found.

    Attributes:
        shifts: every test.
        told_apart: what the forest reached; None where there are too few images.
        findings: what is wrong.
        strangest: names of the new images least like any reference image.
        sentences: what was counted of the answers.
    """

    shifts: tuple[Shift, ...]
    told_apart: Verdict | None
    findings: tuple[Finding, ...]
    strangest: tuple[str, ...]
    sentences: tuple[str, ...]


def compare(reference: Views, new: Views, judge: Judge, *, seed: int) -> Compared:
    """Return how new images differ from reference images.

    Where answers are mixed otherwise, images are compared once more, as many of each answer: what then no longer
    differs is explained by the mix, and only noted.

    Args:
        reference: images that the network was not fitted to.
        new: the others.
        judge: says what the answers are.
        seed: of what is drawn, and of the forest.
    """
    answers = judge(reference, new)
    tests = _tests(reference, new, answers)
    verdict = tell_apart(reference.numbers, new.numbers, seed=seed)
    strangest = _strangest(reference.numbers, new)
    whole = [_with_examples(each, strangest) for each in _apart(verdict)]
    findings = [*_findings(tests), *whole]
    if any(each.kind == "mix" and each.matters for each in tests):
        findings = _explained(findings, *_of_same_answers(reference, new, answers.alike, seed), judge, seed=seed)
    shifts = tuple(each.shift for each in tests)
    return Compared(shifts, verdict, tuple(findings), strangest, answers.sentences)


def _tests(reference: Views, new: Views, answers: Answers) -> tuple[ImageTest, ...]:
    """Return all tests with adjusted p-values; of few images only those that hold for few."""
    if min(len(reference), len(new)) < LEAST:
        return _adjusted([each for each in answers.tests if each.is_exact])
    return _adjusted([*_looks(reference, new), *answers.tests])


def _looks(reference: Views, new: Views) -> Iterator[ImageTest]:
    """Yield a test of each property of pixels and files."""
    for place, name in enumerate(image_properties.names(_channels(reference))):
        shift = number_shift(name, reference.properties[:, place], new.properties[:, place], digits=DIGITS)
        yield ImageTest(
            shift=shift,
            kind="look",
            subject=f"'{name}'",
            advice=LOOK,
            examples=most_moved(reference.properties[:, place], new.properties[:, place], new.names),
        )
    if reference.files and new.files:
        sides = zip(("height", "width"), reference.files.sizes.T, new.files.sizes.T, strict=True)
        shifts = [number_shift(f"{name} of files", before, after) for name, before, after in sides]
        shifts.append(_formats(reference.files.formats, new.files.formats))
        for shift in shifts:
            yield ImageTest(shift=shift, kind="file", subject=f"'{shift.column}'", advice=FILES, severity="note")


def _channels(views: Views) -> int:
    return 1 if views.properties.shape[1] == len(image_properties.GREY) else 3


def _formats(reference: NDArray[np.str_], new: NDArray[np.str_]) -> Shift:
    kinds, codes = np.unique(np.concatenate([reference, new]), return_inverse=True)
    parts = codes[: len(reference)], codes[len(reference) :]
    counts = np.stack([np.bincount(each, minlength=len(kinds)) for each in parts])
    return mix_shift("format of files", counts, kinds.tolist())


def most_moved(reference: Floats, new: Floats, names: Sequence[str]) -> tuple[str, ...]:
    """Return names of the new images that lie farthest from the reference, to the side to which most have moved."""
    middle = np.median(reference)
    side = 1 if np.median(new) >= middle else -1
    order = np.argsort(-side * (new - middle), kind="stable")[:SHOWN]
    return tuple(names[row] for row in order.tolist())


def _adjusted(tests: Sequence[ImageTest]) -> tuple[ImageTest, ...]:
    shifts = adjusted([each.shift for each in tests], entangled=True)  # half the light is half the contrast
    return tuple(replace(each, shift=shift) for each, shift in zip(tests, shifts, strict=True))


def _findings(tests: Sequence[ImageTest]) -> Iterator[Finding]:
    for each in tests:
        if each.matters:
            found = shifted(each.shift, each.subject, advice=each.advice, kind=each.kind, severity=each.severity)
            called = replace(found, values={**found.values, "called": each.shift.column})
            yield _with_examples(called, each.examples)
    yield from slight([each.shift for each in tests if not each.matters], "measures")


def _with_examples(finding: Finding, names: Sequence[str]) -> Finding:
    shown = tuple((name,) for name in names[:SHOWN])
    return replace(finding, examples=shown, count=len(shown))


def _apart(verdict: Verdict | None) -> Iterator[Finding]:
    advice = "By their pixels and what the network makes of them. Below are those least like any validation image."
    yield from apart(verdict, noun="image", whose="the run's validation images", advice=advice)


# Of as many images of each answer


def _of_same_answers(reference: Views, new: Views, alike: tuple[Rows, Rows], seed: int) -> tuple[Views, Views]:
    """Return some of both, drawn at random: as many of each answer on either side."""
    rng = np.random.default_rng(seed)
    chosen: tuple[list[Rows], list[Rows]] = [], []
    for answer in np.intersect1d(*alike):
        rows = [rng.permutation(np.flatnonzero(each == answer)) for each in alike]
        for side, found in zip(chosen, rows, strict=True):
            side.append(found[: min(map(len, rows))])
    one, other = (np.sort(np.concatenate([np.empty(0, np.int64), *each])) for each in chosen)
    return reference.only(one), new.only(other)


def _explained(findings: list[Finding], reference: Views, new: Views, judge: Judge, *, seed: int) -> list[Finding]:
    """Return the findings; what does not differ among images of the same answers becomes a note that says so."""
    if len(new) < LEAST:
        return findings
    tests = _tests(reference, new, judge(reference, new))
    verdict = tell_apart(reference.numbers, new.numbers, seed=seed)
    still = {each.shift.column for each in tests if each.matters} | {each.kind for each in _apart(verdict)}
    return [each if _stays(each, still) else _noted(each) for each in findings]


def _stays(finding: Finding, still: set[str]) -> bool:
    return finding.kind in ("mix", "drift") or finding.values.get("called", finding.kind) in still


def _noted(finding: Finding) -> Finding:
    title = f"{finding.title.removesuffix('.')}; not so among images of the same answers, so their mix explains it."
    return replace(finding, severity="note", title=title, advice="", examples=(), count=0)


def _strangest(reference: Floats, new: Views) -> tuple[str, ...]:
    """Return names of the new images that are farthest from the nearest reference image, in standard deviations."""
    centre, spread = reference.mean(axis=0, dtype=np.float64), reference.std(axis=0, dtype=np.float64)
    scale = 1 / np.maximum(spread, max(1e-3 * float(spread.mean()), 1e-9))
    known = NearestNeighbors(n_neighbors=1, algorithm="brute").fit((reference - centre) * scale)
    distances = known.kneighbors((new.numbers - centre) * scale)[0][:, 0]
    order = np.argsort(-distances, kind="stable")[:STRANGEST]
    return tuple(new.names[row] for row in order.tolist())
