"""Write the report of a run."""

from pathlib import Path

from saccade.core.run import Run
from saccade.tasks import base


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
    page, card = base.for_run(run).report(run, data=data, quiet=quiet)
    run.write_report(page=page, card=card)
    return run.report_path
