"""The list of runs: what it shows, finds and keeps."""

import json
import os

import pytest

from saccade.core.run import Run
from saccade.core.run_tags import RunTags
from saccade.studio.run_row import FILES
from saccade.studio.run_rows import RunRows


def names(client, query=""):
    import re

    return re.findall(r'<tr data-run="([^"]+)"', client.get(f"/projects/rows{query}").text)


def test_a_run_is_shown_with_its_score_interval_and_curve(client, make_run):
    make_run("quick-1", accuracy=[0.5, 0.8, 0.9])
    page = client.get("/").text
    assert "0.9000" in page
    assert "0.826 to 0.945" in page  # Wilson's interval of 90 in 100
    assert "validation accuracy in 3 epochs" in page
    assert "1 min 01 s" in page


def test_without_runs_the_page_says_what_to_do(client):
    page = client.get("/").text
    assert "No runs yet" in page
    assert "/train/new" in page


def test_runs_are_found_by_words_task_and_status(client, make_run):
    make_run("lenet-1")
    make_run("quick-1", status="failed", error="The disk is full.")
    assert names(client, "?text=LENET photos") == ["lenet-1"]
    assert names(client, "?status=failed") == ["quick-1"]
    assert names(client, "?task=regression") == []
    assert "None of the 2 runs fits" in client.get("/projects/rows?text=nothing").text
    assert "The disk is full." in client.get("/").text


def test_runs_are_sorted_by_what_is_asked_and_the_other_way_round(client, make_run):
    make_run("a", accuracy=[0.7], started="2026-01-01T00:00:00+00:00")
    make_run("b", accuracy=[0.9], started="2026-01-03T00:00:00+00:00")
    make_run("c", accuracy=[0.8], started="2026-01-02T00:00:00+00:00")
    assert names(client) == ["b", "c", "a"]  # the newest first
    assert names(client, "?sort=score") == ["b", "c", "a"]
    assert names(client, "?sort=score&turned=1") == ["a", "c", "b"]
    assert names(client, "?sort=name") == ["a", "b", "c"]
    assert names(client, "?sort=nonsense") == ["b", "c", "a"]


def test_names_are_escaped(client, make_run):
    make_run("<b>bold")
    page = client.get("/").text
    assert "<b>bold" not in page
    assert "&lt;b&gt;bold" in page


def test_a_damaged_run_says_so_and_hides_no_other(client, make_run):
    make_run("good-1")
    (make_run("broken-1") / "run.json").write_text("{")
    page = client.get("/").text
    assert "damaged" in page
    assert set(names(client)) == {"good-1", "broken-1"}


def test_a_run_whose_process_is_gone_is_not_called_running(client, make_run):
    make_run("quick-1", status="running", pid=2**22 + 1, accuracy=[0.5, 0.6, 0.7])
    page = client.get("/").text
    assert "interrupted" in page
    assert "ended in epoch 4" in page
    assert 'hx-post="/train/resume/quick-1"' in page


def test_a_run_whose_number_of_process_is_somebody_elses_is_not_called_running(client, make_run):
    make_run("quick-1", status="running", pid=os.getpid())  # begun long after the run was written
    assert "interrupted" in client.get("/").text


def test_a_run_that_trains_is_called_running_and_cannot_be_removed(client, make_run):
    folder = make_run("quick-1", status="running")
    Run(folder).write_manifest(status="running")  # by this process, now
    assert ">running<" in client.get("/").text
    answer = client.post("/projects/remove", data={"run": "quick-1"})
    assert answer.status_code == 422
    assert "Stop it first" in answer.json()["error"]
    assert folder.exists()


def test_tags_are_kept_in_the_run_and_found(client, make_run):
    folder = make_run("quick-1")
    make_run("quick-2")
    assert client.post("/projects/tag", data={"run": ["quick-1"], "add": "baseline good"}).status_code == 200
    assert Run(folder).load(RunTags) == RunTags(("baseline", "good"))
    assert names(client, "?text=baseline") == ["quick-1"]
    client.post("/projects/tag", data={"run": "quick-1", "drop": "baseline"})
    assert Run(folder).load(RunTags) == RunTags(("good",))


@pytest.mark.parametrize("tag", ["<script>", "x" * 41, ""])
def test_what_is_no_tag_is_refused(client, make_run, tag):
    make_run("quick-1")
    answer = client.post("/projects/tag", data={"run": "quick-1", "add": tag})
    assert answer.status_code == 422
    assert "tag" in answer.json()["error"]


def test_removed_runs_are_put_back_whole(client, make_run):
    folder = make_run("quick-1")
    make_run("quick-2")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    answer = client.post("/projects/remove", data={"run": ["quick-1", "quick-2"]}).json()
    assert names(client) == []
    assert "quick-1" in client.get("/projects/removed").text
    assert (
        client.post("/projects/restore", data={"key": answer["keys"]}).json()["said"] == "Put back: quick-1, quick-2."
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_run_whose_name_was_given_away_comes_back_under_the_next(client, make_run):
    make_run("quick-1")
    (key,) = client.post("/projects/remove", data={"run": "quick-1"}).json()["keys"]
    make_run("quick-1")
    assert client.post("/projects/restore", data={"key": key}).json()["said"] == "Put back: quick-2."


def test_only_what_was_removed_can_be_removed_for_good(client, context, make_run):
    folder = make_run("quick-1")
    for key in ("quick-1", "../quick-1", "1-../../quick-1", "123456789012345678-../../quick-1"):
        assert client.post("/projects/destroy", data={"key": key}).status_code == 422
    assert folder.exists()
    (key,) = client.post("/projects/remove", data={"run": "quick-1"}).json()["keys"]
    assert client.post("/projects/destroy", data={"key": key}).status_code == 200
    assert not list((context.own / "removed").iterdir())


def test_choosing_nothing_is_said(client):
    assert client.post("/projects/remove", data={}).json()["error"] == "Choose at least one run."


def test_of_500_runs_only_those_that_changed_are_read_again(tmp_path, make_run):
    for number in range(500):
        make_run(f"quick-{number}", started=f"2026-11-{1 + number % 28:02}T08:00:00+00:00")
    rows = RunRows(tmp_path / "runs", memory=tmp_path / "rows.json")
    assert len(rows.all()) == 500
    read = rows.reads
    assert read <= 500 * len(FILES)
    rows.all()
    assert rows.reads == read
    manifest = tmp_path / "runs" / "quick-7" / "run.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "status": "failed"}))
    assert rows.get("quick-7").status == "failed"
    assert rows.reads <= read + len(FILES)
    again = RunRows(tmp_path / "runs", memory=tmp_path / "rows.json")  # a studio that is started again
    assert again.all() == rows.all()
    assert again.reads <= len(FILES)


def test_a_damaged_memory_is_read_anew(tmp_path, make_run):
    make_run("quick-1")
    for text in ("{", "[]", '{"version": "0.2.0", "rows": {"quick-1": [[1], {}]}}'):
        (tmp_path / "rows.json").write_text(text)
        assert [row.name for row in RunRows(tmp_path / "runs", memory=tmp_path / "rows.json").all()] == ["quick-1"]


def test_a_long_curve_is_shown_whole_by_fewer_points(make_run):
    from saccade.studio.run_row import SHOWN_POINTS, read_row

    row = read_row(make_run("long-1", accuracy=[number / 1000 for number in range(1000)]))
    assert len(row.curve) <= SHOWN_POINTS
    assert row.curve[-1] == 0.999
    assert row.curve[0] < 0.02
    assert row.epochs == 1000


def test_a_change_is_heard_of(tmp_path, make_run):
    make_run("quick-1")
    rows = RunRows(tmp_path / "runs")
    before = rows.stamp
    assert rows.stamp == before
    make_run("quick-2")
    assert rows.stamp != before


def test_the_first_reading_of_500_runs_takes_less_than_a_second_of_a_processor(tmp_path, make_run):
    from time import process_time

    for number in range(500):
        make_run(f"quick-{number}")
    rows = RunRows(tmp_path / "runs")
    rows.get("quick-0")  # loads what the task needs
    before = process_time()
    assert len(rows.all()) == 500
    assert process_time() - before < 1.0


def test_what_takes_long_to_read_comes_later(tmp_path, make_run):
    for number in range(20):
        make_run(f"quick-{number}")
    rows = RunRows(tmp_path / "runs")
    before = rows.stamp
    shown, left = rows.soon(within=-1)
    assert (len(shown), left) == (0, 20)
    while rows._reading:
        pass
    assert rows.soon(within=-1)[1] == 0
    assert rows.stamp == before


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ("name: a\ntask: classification\ndata: my photos/x\nmodel:\n  name: quick\n  width: 3\n", "my photos/x"),
        ("task: classification\ndata: 'a: b'\nmodel: {name: quick}\n", "a: b"),
        ('task: classification\ndata: "42"\nmodel:\n  name: quick\n', "42"),
        ("task: classification\ndata: 1.5\nmodel:\n  name: quick\n", "1.5"),
        ("task: classification\ndata: leaves # all\nmodel:\n  name: quick\n", "leaves"),
    ],
)
def test_what_a_list_shows_of_a_recipe_is_what_the_recipe_says(make_run, recipe, expected):
    from saccade.studio.run_row import read_row

    folder = make_run("quick-1")
    (folder / "recipe.yaml").write_text(recipe)
    row = read_row(folder)
    assert (row.task, row.data, row.model) == ("classification", expected, "quick")
