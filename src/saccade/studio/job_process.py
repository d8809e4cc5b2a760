"""What the process of a job does: `python -m saccade.studio.job_process FOLDER`. It outlives the studio."""

import json
import os
import signal
import sys
from pathlib import Path

import psutil

from saccade import cli
from saccade.core.atomic_files import write_text
from saccade.studio.job import Job


def main() -> None:
    """Run the command of a job, unless another process has begun it, and write how it ended."""
    job = Job(Path(sys.argv[1]))
    for name in ("SIGINT", "SIGBREAK"):  # a studio in the background of a script would hand down that it is ignored
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    if not _begin(job.path / "process.json") or (job.path / "ended.json").exists():
        return
    job.write_ended(cli.run(list(job.order.arguments)))


def _begin(path: Path) -> bool:
    """Write who this is, and say whether nobody was here before."""
    own = path.with_name(f".process-{os.getpid()}.json")
    write_text(own, json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time()}) + "\n")
    try:
        os.link(own, path)  # in one step, and not where there is one
    except FileExistsError:
        return False
    finally:
        own.unlink()
    return True


if __name__ == "__main__":
    main()
