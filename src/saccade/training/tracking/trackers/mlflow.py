"""MLflow: a file beside the runs that `mlflow ui` shows, or a server (MLFLOW_TRACKING_URI)."""

import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mlflow
import requests
from mlflow.entities import Metric, Param, RunTag
from mlflow.utils.time import get_current_time_millis

from saccade.training.tracking.tracker import PROJECT, Begun, Ended

FILE = "mlflow.db"
LONGEST_VALUE = 6000
"""Characters of a parameter that MLflow keeps."""

AT_ONCE = 100
"""Parameters a request."""

TRIES, PAUSE, SOON = 3, 2.0, 5.0
"""How often a server is asked whether it is there, seconds between, and how soon it has to answer. MLflow's own client
asks one that is not there for four minutes."""

KNOWN_FOR = 10.0
"""Seconds in which a server that has answered is not asked again."""

STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}


class Tracker:
    """Writes one training as a run of MLflow.

    Attributes:
        uri: of the tracking store: "sqlite:////home/me/mlflow.db", "http://host:5000".
    """

    def __init__(self, place: str) -> None:
        """Know the store.

        Args:
            place: an address (http, sqlite, postgresql …) or a folder for mlflow.db; "" is MLFLOW_TRACKING_URI, else
                the present folder.
        """
        place = place or os.environ.get("MLFLOW_TRACKING_URI", "")
        self.uri = place if ":/" in place or place == "databricks" else _file_in(Path(place))
        self._run, self._answered = "", float("-inf")

    @property
    def where(self) -> str:
        """Where it was written and how to look at it."""
        shown = f"run {self._run} in {self.uri}"
        return shown if self.uri.startswith("http") else f"{shown}; look: mlflow ui --backend-store-uri {self.uri}"

    def begin(self, begun: Begun) -> str:
        """Open a run with its parameters, or the known one again."""
        logging.getLogger("mlflow").setLevel(logging.ERROR)  # of each table that a new file gets
        logging.getLogger("alembic").setLevel(logging.ERROR)
        client = self._client()
        if begun.known:
            self._run = begun.known
            client.update_run(self._run, status="RUNNING")
            return self._run
        tags = {f"saccade.{name}": value for name, value in begun.tags.items()}
        self._run = client.create_run(self._experiment(), run_name=begun.name, tags=tags).info.run_id
        parameters = [Param(name, str(value)[:LONGEST_VALUE]) for name, value in begun.settings.items()]
        for first in range(0, len(parameters), AT_ONCE):
            client.log_batch(self._run, params=parameters[first : first + AT_ONCE])
        return self._run

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Write the results of an epoch."""
        now = get_current_time_millis()
        self._client().log_batch(self._run, metrics=[Metric(name, value, now, step) for name, value in values.items()])

    def end(self, ended: Ended) -> None:
        """Write scores and files, and close the run."""
        if ended.scores:
            self.log(0, ended.scores)
        for file in ended.files:
            self._client().log_artifact(self._run, str(file))
        self._client().log_batch(self._run, tags=[RunTag("saccade.status", ended.how)])
        self._client().set_terminated(self._run, STATUS[ended.how])

    def _client(self) -> mlflow.MlflowClient:
        """Return what writes to the store; raises ConnectionError where a server has not answered for some seconds."""
        if self.uri.startswith("http") and time.monotonic() - self._answered > KNOWN_FOR:
            _find(self.uri)
            self._answered = time.monotonic()
        return mlflow.MlflowClient(self.uri)

    def _experiment(self) -> Any:
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT)
        found = self._client().get_experiment_by_name(name)
        return found.experiment_id if found else self._client().create_experiment(name, self._artifacts())

    def _artifacts(self) -> str | None:
        """Return where a new experiment keeps files: beside a file of ours; a server knows."""
        prefix = "sqlite:///"
        return str(Path(self.uri.removeprefix(prefix)).parent / "mlruns") if self.uri.startswith(prefix) else None


def _file_in(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder.resolve() / FILE}"


def _find(server: str) -> None:
    """Return when a server answers, whatever it says; raises ConnectionError where it does not."""
    for pause in (*[PAUSE] * (TRIES - 1), None):
        try:
            requests.head(server, timeout=SOON, allow_redirects=False)
        except requests.exceptions.SSLError:  # it is there; MLflow says what is wrong with it, or is told not to look
            return
        except (requests.ConnectionError, requests.Timeout) as error:
            if pause is None:
                raise ConnectionError(f"no server answers at {server}: {_reason(error)}") from error
            time.sleep(pause)
        else:
            return


def _reason(error: BaseException) -> str:
    """Return the innermost cause of an error of `requests`: "Connection refused"."""
    causes = [error]
    while inner := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(inner)
    return next((each.strerror for each in causes if isinstance(each, OSError) and each.strerror), "it is too slow")
