"""Runs beside each other: which is better, what differs, and where they disagree."""

import html
import json
import re

import pytest

from saccade.evaluation.answered_split import answered_split
from saccade.studio.comparing import disagreements, recipe_differences, strangers
from saccade.tasks import base

pytestmark = pytest.mark.slow

BOTH = "/compare?run=first&run=second"


def text_of(page):
    return html.unescape(" ".join(re.sub(r"<script.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL).split()))


def test_runs_that_were_not_evaluated_say_the_command_that_does_it(studio):
    assert "saccade evaluate runs/first" in text_of(studio.get(BOTH).text)


def test_sealed_test_splits_are_one_press_away_and_stay_sealed(studio):
    page = studio.get(BOTH).text
    assert '/runs/first?split=test"' in page and '/runs/second?split=test"' in page
    assert not studio.run("first").has_evaluation


def test_evaluated_runs_are_compared_in_pairs_with_an_interval(studio):
    for name in ("first", "second"):
        run = studio.run(name)
        base.for_run(run).evaluate(run)
    said = text_of(studio.get(BOTH).text)
    assert "95% interval" in said or "No difference can be shown" in said
    assert "first: accuracy 0." in said and str(studio.workspace) not in said.replace(f"{studio.workspace} ·", "")


def test_only_settings_that_differ_are_shown(studio):
    rows = recipe_differences([studio.run("first"), studio.run("second")])
    assert rows == [("seed", ["0", "1"])]


def test_curves_of_all_runs_stand_in_one_chart(studio):
    for name in ("first", "second"):
        run = studio.run(name)
        run.write_history([*run.history, {**run.history[0], "epoch": 2}])
    charts = json.loads(re.search(r"data-curves='([^']*)'", studio.get(BOTH).text)[1])
    assert charts[0]["name"].startswith("val_")
    assert [each["run"] for each in charts[0]["series"]] == ["first", "second"]


def test_what_only_one_has_right_is_shown_as_the_other_sees_it(studio):
    runs = [studio.run("first"), studio.run("second")]
    found = [answered_split(run) for run in runs]
    for each in disagreements(runs):
        right, wrong = (found[0], found[1]) if each.right == "first" else (found[1], found[0])
        assert all(right.right[one.name] and not wrong.right[one.name] for one in each.inputs)
        assert each.count == sum(right.right[name] and not wrong.right[name] for name in right.right)
    if found[0].right != found[1].right:
        assert disagreements(runs)


def test_runs_that_answered_other_inputs_are_said_to(studio):
    path = studio.context.runs / "first" / "answers" / "validation.json"
    answered_split(studio.run("second"))
    answers = json.loads(path.read_text(encoding="utf-8"))
    dropped = next(iter(answers["right"]))
    path.write_text(json.dumps({**answers, "right": {**answers["right"], "other": answers["right"].pop(dropped)}}))
    assert strangers([studio.run("first"), studio.run("second")]) == [("first", "second")]
    assert "first and second answered other validation inputs" in text_of(studio.get(BOTH).text)


def test_answers_that_were_not_asked_for_are_asked_for_by_name(studio):
    assert "were not asked for yet" in studio.get(BOTH).text


def test_fewer_than_two_or_more_than_five_are_chosen_anew(studio):
    assert 'name="run"' in studio.get("/compare?run=first").text
    many = "&".join(f"run=r{number}" for number in range(6))
    assert "5 is the most" in studio.get(f"/compare?{many}").text


def test_a_run_that_is_not_there_is_said(studio):
    assert "There is no run" in studio.get("/compare?run=first&run=gone", 422).text


def test_runs_of_other_tasks_say_that_there_is_nothing_to_compare(studio):
    recipe = studio.context.runs / "second" / "recipe.yaml"
    data = studio.context.runs / "second" / "data.json"
    recipe.write_text("task: recommendation\nname: films\ndata: invented\nmodel: {name: autorec}\n", encoding="utf-8")
    content = json.loads(data.read_text(encoding="utf-8"))
    data.write_text(json.dumps({**content, "modality": "ratings"}), encoding="utf-8")
    assert "there is nothing to compare" in text_of(studio.get(BOTH).text)
