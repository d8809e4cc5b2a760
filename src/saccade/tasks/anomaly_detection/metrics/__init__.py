"""Scores of anomaly scores, on NumPy arrays only: how well they rank, and what a threshold on them does.

Everywhere, a larger score is stranger and a row is an alarm when its score is above the threshold; labels are (n,) of
1 for an anomaly and 0 for a normal row, with at least one of each; scores are (n,) and never NaN.

A prevalence is the share of anomalies, 0 to 1, among the rows that a number speaks of. Where the rows at hand have more
or fewer, anomalies weigh so much that they make up that share; None leaves the rows as they are.
"""

from saccade.tasks.anomaly_detection.metrics.alarms import alarm_share, at_threshold
from saccade.tasks.anomaly_detection.metrics.curves import curve
from saccade.tasks.anomaly_detection.metrics.ranking import Ranking, difference, rankings

__all__ = ["Ranking", "alarm_share", "at_threshold", "curve", "difference", "rankings"]
