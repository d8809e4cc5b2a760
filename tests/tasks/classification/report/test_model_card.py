"""The model card: its front is what the Hub reads, its text is Markdown in which names are only names."""

import re
from dataclasses import replace

import pytest
import yaml
from markdown_it import MarkdownIt

from saccade import report
from saccade.report.card import escaped
from saccade.tasks.classification.report.material import gather
from saccade.tasks.classification.report.model_card import compose_card

pytestmark = pytest.mark.heavy

blank_charts = pytest.mark.usefixtures("blank_charts")


@pytest.fixture(scope="module")
def card(run, written):
    """The front of that run's card, and the rest."""
    assert written.exists()
    return card_in(run)


def card_of(run):
    report.report(run)
    return card_in(run)


def card_in(run):
    text = (run.path / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_front_says_what_the_hub_needs(run, card):
    front, _ = card
    assert front["library_name"] == "keras"
    assert front["pipeline_tag"] == "image-classification"
    (result,) = front["model-index"][0]["results"]
    assert result["task"]["type"] == "image-classification"
    assert result["dataset"]["split"] == "test"
    accuracy, f1 = result["metrics"]
    measured = run.evaluation["metrics"]["accuracy"]
    assert (accuracy["type"], accuracy["value"], accuracy["verified"]) == ("accuracy", measured["value"], False)
    assert f"{measured['low']:.4f} to {measured['high']:.4f}" in accuracy["name"]
    assert f1["type"] == "f1"


def test_named_data_have_their_name_on_the_hub(run):
    material = gather(run)
    named = replace(material, recipe=material.recipe.changed(data="mnist"))
    assert "\ndatasets:\n- ylecun/mnist\n" in compose_card(named)


def test_that_answers_take_the_mirror_image_in_is_said_where_they_do(run):
    material = gather(run)
    mirrored = replace(material, recipe=material.recipe.changed(test_time_augmentation="mirror"))
    assert "images[:, :, ::-1]" not in compose_card(material)
    assert "images[:, :, ::-1]" in compose_card(mirrored)


def test_the_licence_of_the_data_is_not_passed_off_as_the_models(card):
    front, body = card
    assert "license" not in front
    assert "Licence of the weights:** not chosen" in body


@blank_charts
def test_a_run_that_was_not_evaluated_claims_no_results(make_run):
    front, body = card_of(make_run(evaluated=False))
    assert "model-index" not in front
    assert "The sealed test split was not opened yet" in body


def test_the_sections_of_the_template_follow_each_other(card):
    _, body = card
    assert re.findall(r"^## (.*)$", body, re.MULTILINE) == [
        "Model details",
        "Uses",
        "Bias, risks and limitations",
        "How to get started",
        "Training details",
        "Evaluation",
        "Environmental impact",
    ]


def test_the_card_tells_baselines_and_intervals(card):
    _, body = card
    assert re.search(r"\| nearest class mean \| \d+\.\d% \(\d+\.\d%? to ", body)
    assert "Recognised least" in body


def test_the_card_names_no_place_on_this_machine(run, card):
    _, body = card
    assert str(run.path.parent) not in body


def test_names_do_not_break_the_card(hostile_run):
    front, body = card_of(hostile_run)
    assert front["model-index"]
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    inner = [token for each in tokens for token in each.children or ()]
    kinds = {token.type for token in [*tokens, *inner]}
    assert "table_open" in kinds
    assert kinds.isdisjoint({"html_block", "html_inline", "link_open", "em_open"})
    shown = "".join(token.content for token in inner)
    assert ", ".join(" ".join(name.split()) for name in hostile_run.data["classes"]) in shown


def test_markdown_is_escaped_in_one_line():
    assert escaped("a|b\n*c* `d` [e](f) <g> \\ _h_") == r"a\|b \*c\* \`d\` \[e\](f) \<g\> \\ \_h\_"
    assert escaped(0.5) == "0.5"
