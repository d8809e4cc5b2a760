"""Searches in the studio: started, watched, stopped and gone on with, as on the command line."""

import json
import time
from dataclasses import asdict

import pytest

from saccade.core.metric_value import MetricValue
from saccade.studio.job import FINISHED, STOPPED
from saccade.studio.search_view import SearchView
from saccade.tuning.records import Plan, TrialResult
from saccade.tuning.verdict import Verdict

PATIENCE = 600


@pytest.fixture
def search(tmp_path):
    """Give a folder of a search with three trials, of which the third failed."""
    folder = tmp_path / "searches" / "quick-1"
    plan = Plan(
        **{"task": "classification", "data": "photos", "content_hash": "0", "budget": 600.0, "trials": None},
        **{"seeds": 3, "jobs": 1, "space": {"learning_rate": [1e-4, 1e-2, "log"]}, "split": "validation"},
        **{"rows": (50, 50), "whole": 60.0, "longest": 60.0, "rungs": (20.0, 60.0), "judging": 1.0},
    )
    (folder / "trials").mkdir(parents=True)
    (folder / "search.json").write_text(json.dumps(plan.to_dict()))
    (folder / "clock.json").write_text(json.dumps({"used": 65.0, "at": time.time() - 3600}))
    tried = [(0, 0, 0.8, ""), (1, 0, 0.9, ""), (1, 1, 0.95, ""), (2, 0, None, "the training diverged")]
    for trial, rung, value, error in tried:
        changes = {"learning_rate": 0.003} if trial else {}
        result = TrialResult(trial, rung, None, changes, "val_accuracy", value, value, 12.5, 20.0, error)
        run = folder / "trials" / f"trial-{trial:04}-rung{rung}"
        run.mkdir()
        (run / "trial.json").write_text(json.dumps(asdict(result)))
        (run / "history.csv").write_text("epoch,seconds,loss,val_accuracy\n1,1,1,0.5\n2,1,0.8,0.7\n")
    return folder


def test_a_search_of_the_command_line_is_shown_by_its_folder(client, search):
    listed = client.get("/searches").text
    assert "quick-1" in listed
    assert "1 min 05 s of 10 min 00 s" in " ".join(listed.split())
    page = client.get("/searches/quick-1").text
    assert page.index("0.9500") < page.index("0.8000")  # the one that trained the longest comes first
    assert "learning_rate 0.003" in page
    assert "the training diverged" in page
    assert "It was stopped. What it tried so far is kept" in page
    assert page.count('class="spark"') == 3
    (chart,) = client.get("/searches/quick-1/curves").json()["charts"]
    assert (chart["epochs"], chart["validation"]) == ([0, 1], [0.8, 0.9])


def test_a_search_that_has_no_time_for_all_seeds_says_so_on_its_page(client, search):
    plan = json.loads((search / "search.json").read_text())
    (search / "search.json").write_text(json.dumps({**plan, "seeds": 1, "seeds_asked": 3}))
    page = " ".join(client.get("/searches/quick-1").text.split())
    assert "compare recipe and winner after one training each, not 3." in page
    assert "1 setting of classification" in page


def test_a_search_without_time_for_trials_says_so_on_its_page(client, search):
    plan = json.loads((search / "search.json").read_text())
    (search / "search.json").write_text(json.dumps({**plan, "rungs": [], "seeds": 1, "needed": 900.0}))
    remarks = ("val_accuracy 0.9 on 100 validation rows.",)
    alone = Verdict(0, {}, "val_accuracy", 1, 60.0, 0, MetricValue(None), (), None, 0.0, "finals/mine", remarks)
    result = {"verdict": alone.to_dict(), "importances": {}, "seconds": 599.0, "trials": []}
    (search / "result.json").write_text(json.dumps(result))
    page = " ".join(client.get("/searches/quick-1").text.split())
    assert "No time to search" in page
    assert "the recipe itself was trained, for 60 s" in page
    assert "Trial 0" not in page


def test_a_search_whose_clock_runs_is_called_running_and_is_not_begun_twice(client, search):
    (search / "clock.json").write_text(json.dumps({"used": 65.0, "at": time.time()}))
    assert ">running<" in client.get("/searches/quick-1").text
    assert client.post("/searches/quick-1/resume").status_code == 422
    assert "Ctrl-C" in client.post("/searches/quick-1/stop").json()["error"]


@pytest.mark.parametrize("name", ["nothing", ".hidden"])
def test_a_search_that_is_not_there_is_refused(client, name):
    assert client.get(f"/searches/{name}").status_code in {404, 422}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"data": ""}, "Name the data"),
        ({"data": "nothing-of-the-kind"}, "nothing-of-the-kind"),
        ({"data": "digits", "budget": "soon"}, "budget"),
        ({"data": "digits", "trials": "many"}, "trials is a whole number"),
        ({"data": "digits", "settings": "epoch=3"}, "epochs"),
    ],
)
def test_what_cannot_be_searched_is_said_and_what_was_typed_is_kept(client, context, typed, said):
    page = client.post("/searches/start", data=typed)
    assert said in page.text
    assert f'value="{typed["data"]}"' in page.text
    assert not context.jobs.all()


def test_a_search_waits_for_its_turn_under_a_name_of_its_own(client, context, monkeypatch):
    monkeypatch.setattr(type(context.jobs), "begin_next", lambda self: None)
    asked = {"data": "digits", "budget": "5m", "trials": "2", "settings": "model=dense epochs=1"}
    for name in ("quick-digits-1", "quick-digits-2"):
        assert client.post("/searches/start", data=asked).headers["HX-Redirect"] == f"/searches/{name}"
    job = context.jobs.all(kind="tune")[0]
    expected = "tune digits model=dense epochs=1 --budget 5m --trials 2 --folder searches/quick-digits-1 --json"
    assert " ".join(job.order.arguments) == expected
    assert "It waits for the trainings before it" in client.get("/searches/quick-digits-1").text
    assert "quick-digits-2" in client.get("/searches").text
    assert context.activity()["text"]


@pytest.mark.heavy
@pytest.mark.slow
def test_a_search_is_stopped_and_gone_on_with_to_its_end(client, context, tmp_path):
    pytest.importorskip("optuna")
    asked = {"data": "digits", "budget": "1h", "trials": "2", "seeds": "1", "settings": "model=dense epochs=1"}
    address = client.post("/searches/start", data=asked).headers["HX-Redirect"]
    folder = tmp_path / "searches" / "quick-digits-1"

    def view():
        context.jobs.begin_next()
        return SearchView(folder, context.jobs.all(kind="tune")[-1])

    def wait(condition):
        deadline = time.monotonic() + PATIENCE
        while not condition(view()):
            assert time.monotonic() < deadline
            assert view().state != "failed", view().job.errors
            time.sleep(0.3)

    wait(lambda now: now.results)
    client.post(f"{address}/stop")
    wait(lambda now: now.has_ended)
    if view().state == STOPPED:  # it was not quicker than that
        assert client.post(f"{address}/resume").headers["HX-Redirect"] == address
        wait(lambda now: now.has_ended)
    assert view().state == FINISHED
    page = client.get(address).text
    assert "than the recipe" in page
    assert "best.yaml" in page
    assert client.get("/train/new", params={"data": "searches/quick-digits-1/best.yaml"}).status_code == 200
