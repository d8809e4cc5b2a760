"""The audit itself: gather the evidence, ask every check, put the worst first, remember the answer."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from saccade.core import registry
from saccade.core.audit import Audit
from saccade.core.blas import one_thread
from saccade.core.cache import cache_folder, write_whole
from saccade.core.finding import Finding, worst_first
from saccade.modalities.images.audit.evidence import Evidence, facts, gather
from saccade.modalities.images.data_identity import identity
from saccade.modalities.images.dataset import ImageDataset

VERSION = 6
"""Raised when the same data would get other findings, so that remembered audits are not used."""


OF_CLASSES = ("distribution", "shortcuts", "small_classes")
"""Checks that expect all classes in every split; anomalies are in calibration and test only, on purpose."""


def audit(dataset: ImageDataset, *, left_out: Sequence[str] = (), quiet: bool = False) -> Audit:
    """Return what is wrong with the data and their split, the worst first.

    The test split stays sealed but for three things that need it: its images are compared with those of the other
    splits for duplicates, its distribution is compared with that of training, and its files and counts are checked. No
    model is fitted to its labels, and nothing of it reaches training.

    The answer is remembered in the user's cache under the content of the data and the split, so that a second audit
    costs nothing.

    Args:
        dataset: with splits, as `preparing.prepare` returns it.
        left_out: names of checks that do not fit the task.
        quiet: no progress bars.
    """
    if "" in dataset.splits:  # images that are left out are in no split
        dataset = dataset.only(np.flatnonzero(dataset.splits != ""))
    checks = [name for name in registry.names("checks") if name not in left_out]
    memory = cache_folder("audits") / f"{identity(dataset, VERSION, checks, dataset.vectors is not None)}.json"
    if memory.exists():
        return _noted(Audit.from_dict(json.loads(memory.read_text(encoding="utf-8"))), dataset)
    with one_thread():  # thousands of small products: threads would wait for each other
        found = _audit(gather(dataset, quiet=quiet), checks)
    text = json.dumps(found.to_dict(), ensure_ascii=False)
    write_whole(memory, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return _noted(found, dataset)


def _noted(found: Audit, dataset: ImageDataset) -> Audit:
    return replace(found, notes=dataset.notes)  # not remembered with the findings: they follow from how it was loaded


def _audit(evidence: Evidence, checks: Sequence[str]) -> Audit:
    dataset = evidence.dataset
    findings = [each for name in checks for each in _found(name, evidence)]
    return Audit(
        name=dataset.name,
        source=dataset.source,
        content_hash=dataset.content_hash,
        facts=facts(evidence),
        findings=worst_first(findings),
        not_tested=tuple(evidence.not_tested),
    )


def _found(name: str, evidence: Evidence) -> list[Finding]:
    return list(registry.load("checks", name).find(evidence))
