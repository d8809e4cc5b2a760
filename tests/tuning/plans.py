"""A plan of a search that tests change where they need another."""

from saccade.tuning.records import Plan

SMALL_PLAN = Plan(
    task="",
    data="",
    content_hash="",
    budget=300,
    trials=None,
    seeds=2,
    jobs=1,
    space={},
    split="validation",
    rows=(50, 50),
    whole=100,
    longest=20,
    rungs=(5, 20),
    judging=1,
)
