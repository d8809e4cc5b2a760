"""Scores, a file each, on NumPy arrays only.

A metric is one file here with a function `compute(labels, probabilities)`:

- labels: (n,), int64, the true classes, n at least 1;
- probabilities: (n, k), float, what the network answered; the largest is its choice;
- returned: a `MetricValue`, a `PerClass` score or a `Matrix` of `saccade.core.metric_value`.

That is all: every evaluation then computes it and writes it to evaluation.json under the file's name; a score
a class also becomes columns of per_class.csv.
"""
