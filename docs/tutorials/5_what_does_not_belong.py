"""
5. Find what does not belong in a table, and choose a threshold that you can defend
===================================================================================

An autoencoder learns to rebuild normal rows. What it rebuilds badly is suspicious, and each alarm says which columns
make it so. The hard part is another one: from which score on is it an alarm?
"""

# %%
# A table
# -------
# Payments of 60 days, drawn here: amount, hour, distance from home, kind. One in fifty is a fraud: far away, at
# night, and not much larger than others. Put your own file in place of ``payments.csv``.

import numpy as np
import polars as pl

rng = np.random.default_rng(1)
count = 4_000
fraud = rng.random(count) < 0.02
table = pl.DataFrame(
    {
        "when": np.datetime64("2025-01-01", "ms") + np.sort(rng.integers(0, 60 * 86_400_000, count)),
        "amount": np.exp(rng.normal(3.2, 0.7, count) + 0.8 * fraud).round(2),
        "hour": np.where(fraud, rng.normal(3, 1.5, count), rng.normal(14, 3.5, count)).clip(0, 23.9).round(1),
        "distance": np.exp(rng.normal(1, 0.8, count) + 2.2 * fraud).round(1),
        "kind": np.where(rng.random(count) < 0.3 + 0.4 * fraud, "online", "shop"),
        "is_fraud": fraud.astype(int),
    }
)
table.head(3_200).write_csv("payments.csv")
table.tail(800).drop("is_fraud").write_csv("new.csv")
print(table.head(3))

# %%
# Train
# -----
# Training sees normal rows only. Known frauds go to the calibration and the test split; with ``time`` the earliest
# rows train and the latest test, as in life.

import saccade

columns = {"label": "is_fraud", "time": "when"}
run = saccade.train("ae", data="payments.csv", name="payments", epochs=8, quiet=True, **columns)
evaluation = run.evaluate()
print("ROC AUC", evaluation.roc_auc)

# %%
# Is the network worth it? Simple detectors were fitted to the same rows:

print(evaluation.verdict)

# %%
# The threshold
# -------------
# It is chosen on calibration rows, which neither the training nor the test has seen. Say what you can afford, not a
# number of the score. People can look at some alarms a day:

threshold = run.choose_threshold("alarms 2/day")
print("\n".join(threshold.sentences))

# %%
# Or say what a missed fraud and a false alarm cost; it takes labelled frauds, of which the calibration split has
# some.

threshold = run.choose_threshold("cost miss=400,alarm=5", prevalence=0.02)
print("\n".join(threshold.sentences))

# %%
# Most rows score low; the frauds are far to the right. The line is the threshold that costs least.

import matplotlib.pyplot as plt

scores = run.scores("new.csv").scores
figure, axes = plt.subplots(figsize=(6, 2))
axes.hist(np.log10(scores), bins=60)
axes.axvline(np.log10(threshold.value), color="tab:red")
axes.set_xlabel("score, powers of ten")
axes.set_ylabel("new rows")
figure.tight_layout()

# %%
# Did it keep its promise on the test split, which was not used for choosing?

print(run.evaluate().promise.sentence)

# %%
# New rows, with reasons
# ----------------------
# The score of a row is the sum of its columns' parts, exactly.

found = run.predict("new.csv")
alarms = sorted((row for row in found if row.alarm), key=lambda row: -row.score)
print(f"{len(alarms)} alarms in {len(found)} rows")
for row in alarms[:3]:
    print(f"row {row.row}: score {row.score:.2f}, p {row.p_value:.4f}")
    for reason in row.reasons:
        print("   ", reason)

# %%
# One of them in detail: `what was rebuilt in each column's place <../live/row.html>`__.

from pathlib import Path

print(run.inspect("new.csv", row=alarms[0].row).save(Path("row")))

# %%
# Have the rows changed since the training?

print(run.drift("new.csv").to_text(width=90))

# %%
# `The report of the run <../live/anomalies.html>`__ has all of that.

print(run.report())

# %%
# The same on the command line
# ----------------------------
#
# .. code-block:: sh
#
#    saccade train payments.csv --label is_fraud --time when
#    saccade evaluate runs/ae-1
#    saccade threshold runs/ae-1 --cost miss=400,alarm=5 --prevalence 0.02
#    saccade predict runs/ae-1 new.csv
#    saccade check runs/ae-1 new.csv
#
# More: :doc:`anomaly detection in tables </tasks/anomaly_detection_tables>`.
