"""The audit itself: gather the evidence, ask every check, put the worst first, remember the answer."""

import hashlib
import json
from pathlib import Path

import numpy as np

from saccade import registry
from saccade.auditing.evidence import Evidence, facts, gather
from saccade.auditing.finding import SEVERITIES, Audit, Finding
from saccade.data.cache import cache_folder, write_whole
from saccade.data.dataset import Dataset

VERSION = 2
"""Raised when the same data would get other findings, so that remembered audits are not used."""


def audit(dataset: Dataset, *, quiet: bool = False) -> Audit:
    """Return what is wrong with the data and their split, the worst first.

    The test part stays sealed but for three things that need it: its pictures are compared with those of the other
    parts for twins, its distribution is compared with that of training, and its files and counts are checked. No
    model is fitted to its labels, and nothing of it reaches training.

    The answer is remembered in the user's cache under the content of the data and the split, so that a second audit
    costs nothing.

    Args:
        dataset: with parts, as `preparing.prepare` returns it.
        quiet: no progress bars.
    """
    if "" in dataset.parts:  # pictures that are left out are in no part
        dataset = dataset.only(np.flatnonzero(dataset.parts != ""))
    memory = cache_folder("audits") / f"{_key(dataset)}.json"
    if memory.exists():
        return Audit.from_dict(json.loads(memory.read_text(encoding="utf-8")))
    found = _audit(gather(dataset, quiet=quiet))
    text = json.dumps(found.to_dict(), ensure_ascii=False)
    write_whole(memory, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return found


def _audit(evidence: Evidence) -> Audit:
    dataset = evidence.dataset
    findings = [each for name in registry.names("checks") for each in _found(name, evidence)]
    return Audit(
        name=dataset.name,
        source=dataset.source,
        content_hash=dataset.content_hash,
        facts=facts(evidence),
        findings=tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), -each.share))),
        not_tested=tuple(evidence.not_tested),
    )


def _found(name: str, evidence: Evidence) -> list[Finding]:
    return list(registry.load("checks", name).find(evidence))


def _key(dataset: Dataset) -> str:
    """Return a digest of everything the answer depends on: content, look of the pixels, split, groups."""
    store = Path(getattr(dataset.images, "filename", None) or "").parent.name  # named after its look and its files
    aside = [(file.name, file.reason) for file in dataset.set_aside]
    head = [VERSION, dataset.content_hash, dataset.source, store, dataset.image_shape, registry.names("checks"), aside]
    digest = hashlib.sha256(json.dumps(head).encode())
    digest.update(np.ascontiguousarray(dataset.parts).astype("<U10").tobytes())
    if dataset.groups is not None:
        digest.update("\0".join(dataset.groups.tolist()).encode())
    return digest.hexdigest()[:32]
