"""Write the report of a run."""

from pathlib import Path

from saccade.core.run import Run
from saccade.tasks.anomaly_detection.report.anomaly_page import compose_anomaly_page
from saccade.tasks.anomaly_detection.report.material import gather_anomalies
from saccade.tasks.anomaly_detection.report.model_card import compose_anomaly_card
from saccade.tasks.classification.report.material import gather
from saccade.tasks.classification.report.model_card import compose_card
from saccade.tasks.classification.report.report_page import compose_page


def report(run: Run, *, data: str | None = None, quiet: bool = True) -> Path:
    """Write one page with everything that is known of a run, and a model card beside it; return the page's path.

    It opens no test split: what `evaluate` found is shown, and where it never looked, the page says so.

    Args:
        run: in any state: finished, interrupted, failed.
        data: where the data lie now, when they or the run have moved; without them the page has no images.
            Not needed for anomalies, whose page shows none.
        quiet: no progress bars.

    Raises:
        DataError: `data` cannot be read.
        RunError: `data` are not what the run was trained on, or the run folder is damaged or cannot be written.
    """
    if run.recipe.finds_anomalies:
        told = gather_anomalies(run)
        page, card = compose_anomaly_page(told), compose_anomaly_card(told)
    else:
        material = gather(run, data=data, quiet=quiet)
        page, card = compose_page(material), compose_card(material)
    run.write_report(page=page, card=card)
    return run.report_path
