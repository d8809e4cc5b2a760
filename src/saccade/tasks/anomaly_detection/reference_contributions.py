"""Run → reference_contributions.json: what each column adds to the score of normal rows; the test split is not read."""

from typing import TYPE_CHECKING

import numpy as np

from saccade.inference.keras_network import Network, in_turn, load_model
from saccade.modalities.tables.table import Table
from saccade.tasks.anomaly_detection.anomaly import ReferenceContributions

if TYPE_CHECKING:  # a run needs packages that a machine which only predicts does not have
    from saccade.core.run import Run


def measure_reference_contributions(run: "Run", table: Table) -> ReferenceContributions | None:
    """Return what each column adds to the score of normal calibration rows, and write it into the run.

    Args:
        run: a trained run.
        table: its data with their splits; where there is no calibration split, validation rows are looked at.

    Returns:
        None when there are no such rows.
    """
    rows = table.normal_rows("calibration")
    rows = rows if len(rows) else table.normal_rows("validation")
    if not len(rows):
        return None
    found = in_turn(Network(load_model(run)), table.values, len(table.schema.columns), rows=rows)
    middle, high = np.quantile(found.astype(np.float64), (0.5, 0.99), axis=0)
    reference = ReferenceContributions(len(rows), tuple(middle.tolist()), tuple(high.tolist()))
    run.save(reference)
    return reference
