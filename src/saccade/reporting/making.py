"""Write the report of a run."""

from pathlib import Path

from saccade.reporting.anomalies import gather_anomalies
from saccade.reporting.anomaly_card import compose_anomaly_card
from saccade.reporting.anomaly_page import compose_anomaly_page
from saccade.reporting.card import compose_card
from saccade.reporting.gathering import gather
from saccade.reporting.page import compose_page
from saccade.run import Run


def report(run: Run, *, data: str | None = None, quiet: bool = True) -> Path:
    """Write one page with everything that is known of a run, and a model card beside it; return the page's path.

    It opens no test part: what `evaluate` found is shown, and where it never looked, the page says so.

    Args:
        run: in any state: finished, interrupted, failed.
        data: where the data lie now, when they or the run have moved; without them the page has no pictures.
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
