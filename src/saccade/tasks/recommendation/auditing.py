"""What is wrong with ratings and their split, before a network learns them."""

from collections.abc import Iterator

import numpy as np

from saccade.core.audit import Audit
from saccade.core.finding import Finding, plural, worst_first
from saccade.modalities.ratings.dataset import RatingsDataset

FEW_RATINGS = 2_000
"""Below, taste can hardly be told from chance."""

FEW_A_USER = 5
"""Ratings in training: of a user with fewer little can be known."""

POPULAR = 0.01
"""The part of the items that are called the most popular."""

POPULAR_SHARE = 0.3
MOSTLY = 0.3  # of the users or items
ALL_EQUAL = 0.1  # of the users
NEW_USERS = 0.2  # of the users of a split by time
WORTH_A_WARNING = 0.01  # of the rows


def audit(dataset: RatingsDataset, *, quiet: bool = False) -> Audit:
    """Return what is wrong with ratings and their split, the worst first.

    Of the test split only who and what is in it is looked at, and when; never how anything was rated.

    Args:
        dataset: with its splits.
        quiet: for all that take long; this does not.
    """
    del quiet
    checks = (
        _skipped,
        _few,
        _sparse_users,
        _rare_items,
        _popular,
        _all_equal,
        _zeros,
        _implicit,
        _time_leak,
        _new_users,
    )
    findings = [finding for check in checks for finding in check(dataset)]
    own = dataset.ratings
    return Audit(
        name=dataset.name,
        source=dataset.source,
        content_hash=dataset.content_hash,
        facts={
            "counts": dataset.counts(),
            "ratings": len(own),
            "users": len(own.users),
            "items": len(own.items),
            "density": len(own) / (len(own.users) * len(own.items)),
        },
        findings=worst_first(findings),
        notes=dataset.notes,
    )


def _skipped(dataset: RatingsDataset) -> Iterator[Finding]:
    total = len(dataset.ratings) + sum(item.count for item in dataset.skipped_items)
    for item in dataset.skipped_items:
        share = item.count / total
        yield Finding(
            kind="skipped_rows",
            severity="warning" if share > WORTH_A_WARNING else "note",
            title=f"{plural(item.count, 'row is', 'rows are')} not used: {item.reason}.",
            advice=f"See {item.name} of {dataset.source}." if item.name else "",
            share=share,
            values={"rows": item.count},
            count=item.count,
        )


def _few(dataset: RatingsDataset) -> Iterator[Finding]:
    count = dataset.known("train").nnz
    if count < FEW_RATINGS:
        yield Finding(
            kind="few_ratings",
            severity="warning",
            title=f"{count:,} ratings are few to learn from: taste can hardly be told from chance.",
            advice="See how the item mean and popularity do in the evaluation; they may be as good.",
            share=1.0,
            values={"ratings": count},
        )


def _sparse_users(dataset: RatingsDataset) -> Iterator[Finding]:
    counts = np.diff(dataset.known("train").indptr)
    few, one = int((counts < FEW_A_USER).sum()), int((counts == 1).sum())
    if few:
        yield Finding(
            kind="sparse_users",
            severity="warning" if few > MOSTLY * len(counts) else "note",
            title=f"{plural(few, 'user has', 'users have')} fewer than {FEW_A_USER} training ratings, {one:,} one.",
            advice="What they like is mostly what everybody likes. The evaluation shows them apart.",
            share=few / max(1, len(counts)),
            values={"users": few, "users_with_one": one},
        )


def _rare_items(dataset: RatingsDataset) -> Iterator[Finding]:
    counts = np.bincount(dataset.known("train").indices, minlength=len(dataset.ratings.items))
    rare, none = int((counts <= 1).sum()), int((counts == 0).sum())
    if rare:
        yield Finding(
            kind="rare_items",
            severity="warning" if rare > MOSTLY * len(counts) else "note",
            title=f"{plural(rare, 'item has', 'items have')} one rating or none in training ({none:,} none).",
            advice="Nothing can be learnt of them but the mean; they will hardly be recommended.",
            share=rare / len(counts),
            values={"items": rare, "items_without": none},
        )


def _popular(dataset: RatingsDataset) -> Iterator[Finding]:
    counts = np.sort(np.bincount(dataset.known("train").indices, minlength=len(dataset.ratings.items)))[::-1]
    most = max(1, round(POPULAR * len(counts)))
    share = float(counts[:most].sum() / max(1, counts.sum()))
    if share > POPULAR_SHARE:
        yield Finding(
            kind="popular_items",
            severity="note",
            title=f"The {most:,} most popular of {len(counts):,} items have {share:.0%} of the ratings.",
            advice="Precision and recall reward recommending just them: compare with popularity.",
            share=share,
            values={"items": most, "share": share},
        )


def _all_equal(dataset: RatingsDataset) -> Iterator[Finding]:
    known = dataset.known("train")
    if dataset.scale.is_implicit:
        return
    counts, starts = np.diff(known.indptr), known.indptr[:-1]
    able = np.flatnonzero(counts >= FEW_A_USER)
    if not len(able):
        return
    spread = np.maximum.reduceat(known.data, starts) - np.minimum.reduceat(known.data, starts)
    same = int((spread[able] == 0).sum())
    if same:
        yield Finding(
            kind="equal_ratings",
            severity="warning" if same > ALL_EQUAL * len(able) else "note",
            title=f"{plural(same, 'user gives', 'users give')} all items the same rating.",
            advice="Their ratings say what they know, not what they like.",
            share=same / len(able),
            values={"users": same},
        )


def _zeros(dataset: RatingsDataset) -> Iterator[Finding]:
    known, levels = dataset.known("train"), dataset.scale.levels
    share = float((known.data == 0).mean()) if known.nnz else 0.0
    if levels[0] == 0 and len(levels) > 2 and share > MOSTLY:
        yield Finding(
            kind="zeros",
            severity="warning",
            title=f"{share:.0%} of the ratings are 0.",
            advice=f"If 0 stands for 'not rated', leave it out: --scale {levels[1]:g}..{levels[-1]:g}.",
            share=share,
            values={"share": share},
        )


def _implicit(dataset: RatingsDataset) -> Iterator[Finding]:
    if dataset.scale.is_implicit:
        yield Finding(
            kind="one_rating",
            severity="note",
            title="All ratings are the same: they say what somebody took, not how it was liked.",
            advice="Items are ranked (model=rbm_binary), and errors in stars are not shown.",
            share=1.0,
        )


def _time_leak(dataset: RatingsDataset) -> Iterator[Finding]:
    own = dataset.ratings
    if own.time is None or not len(dataset.users_of("test")):
        return
    asked = own.time[dataset.is_in("test")]
    later = float((own.time[dataset.is_in("train")] > np.median(asked)).mean())
    if later > 0:
        yield Finding(
            kind="later_ratings",
            severity="note",
            title=f"{later:.0%} of the training ratings are later than half of those of the test split.",
            advice="Who will recommend from now on should also see the numbers of --split-by time, which are lower.",
            share=later,
            values={"share": later},
            certain=False,
        )


def _new_users(dataset: RatingsDataset) -> Iterator[Finding]:
    known = dataset.known("test")
    new = int((np.diff(known.indptr) == 0).sum())
    if new:
        share = new / known.shape[0]
        yield Finding(
            kind="new_users",
            severity="warning" if share > NEW_USERS else "note",
            title=f"Of {plural(new, 'user', 'users')} of the test split nothing is known ({share:.0%} of its users).",
            advice="They can only be given what is liked by all. The evaluation shows them apart.",
            share=share,
            values={"users": new},
        )
