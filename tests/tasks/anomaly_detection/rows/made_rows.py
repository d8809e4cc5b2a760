"""Generated rows with a column of every kind."""

import csv

import numpy as np

NAMES = ("amount", "kind", "age", "member", "when", "Class")
KINDS = ("ATM", "Läden & Café", "online")


def make_rows(count, seed=0):
    """Return rows as text, as a file has them: a number, a category, a number with gaps, a boolean, a time, a label."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(KINDS, count, p=(0.6, 0.3, 0.1))
    strange = rng.random(count) < 0.1
    amounts = rng.normal(20, 5, count) + 200 * strange
    ages = np.where(rng.random(count) < 0.1, "", rng.integers(18, 90, count).astype(str))
    members = rng.choice(["yes", "no"], count)
    return [
        [f"{amount:.4f}", kind, age, member, str(1.7e9 + 60 * place), str(int(odd))]
        for place, (amount, kind, age, member, odd) in enumerate(
            zip(amounts, kinds, ages, members, strange, strict=True)
        )
    ]


def write_rows(path, rows, names=NAMES):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])
    return path
