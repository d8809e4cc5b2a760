"""The report and the card of a network that looks for anomalies, by what a reader sees and does in them."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
import yaml
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from saccade import report
from saccade.cli import run as cli
from saccade.core import recipe as recipes
from saccade.core.metric_value import MetricValue
from saccade.core.run import Run
from saccade.modalities.tables.audit import audit_rows
from saccade.tasks import base
from saccade.tasks.anomaly_detection import thresholding
from saccade.tasks.anomaly_detection.evaluating import evaluate
from saccade.tasks.anomaly_detection.evaluation import Detection, Promise
from saccade.tasks.anomaly_detection.metrics import rankings
from saccade.tasks.anomaly_detection.report.anomaly_page import compose_anomaly_page
from saccade.tasks.anomaly_detection.report.material import gather_anomalies
from saccade.tasks.anomaly_detection.report.operating_points import points
from saccade.tasks.anomaly_detection.report.plain_answers import answers
from saccade.tasks.anomaly_detection.threshold import Threshold
from saccade.tasks.anomaly_detection.threshold_criterion import parse
from saccade.training import train

pytestmark = pytest.mark.slow

blank_charts = pytest.mark.usefixtures("blank_charts")

HOSTILE = "</script><script>alert(1)</script>"


def write_rows(path, *, labelled=True, seed=0):
    """Write 900 rows, 60 of them anomalies in which `d` follows less from the first column, whose name is hostile."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(900, 4)).round(3)
    strange = np.arange(900) % 15 == 0
    rows[:, 3] = np.where(strange, 1 - rows[:, 0], rows[:, 0] + 0.6 * rows[:, 3])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([HOSTILE, "b", "c", "d", *(["kind"] if labelled else [])])
        for row, label in zip(rows.tolist(), strange.tolist(), strict=True):
            writer.writerow([*row, *([int(label)] if labelled else [])])
    return path


def trained(folder, **changes):
    settings = {
        "name": "small",
        "task": "anomaly_detection",
        "data": str(write_rows(folder / "rows.csv", labelled="label" not in changes)),
        "label": "kind",
        "model": {"name": "dense", "hidden": [3], "activation": "linear"},
        "optimizer": "adam",
        "learning_rate": 0.02,
        "batch_size": 64,
        "epochs": 15,
    }
    recipe, table = base.prepare(recipes.make({**settings, **changes}), quiet=True)
    return train(recipe, table, runs=folder / "runs", audit=audit_rows(table).to_dict())


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A run whose test split was not opened."""
    return trained(tmp_path_factory.mktemp("anomalies"))


@pytest.fixture(scope="module")
def run(sealed, tmp_path_factory):
    """The same, evaluated at a prevalence of 1%."""
    path = tmp_path_factory.mktemp("evaluated") / "run"
    shutil.copytree(sealed.path, path)
    evaluate(Run.open(path), prevalence=0.01)
    return Run.open(path)


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory):
    run = trained(tmp_path_factory.mktemp("unlabelled"), label="", epochs=3)
    evaluate(run)
    return run


@pytest.fixture
def copied(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "run")
    return Run.open(tmp_path / "run")


@pytest.fixture(scope="module")
def written(run):
    """The path of the page of the evaluated run, written once."""
    return report.report(run)


@pytest.fixture(scope="module")
def page(written):
    return written.read_text(encoding="utf-8")


def page_of(run):
    return report.report(run).read_text(encoding="utf-8")


def words(page):
    bare = re.sub(r"<script.*?</script>|<style.*?</style>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(bare.split())


def told(page):
    return json.loads(re.search(r'<script type="application/json" id="told">(.*?)</script>', page, re.DOTALL)[1])


def test_the_three_questions_stand_first_and_every_section_follows(run, page):
    top = words(page.partition("<nav")[0])
    detection = Detection.from_dict(run.evaluation)
    for each in answers(detection):
        assert f"{each.question} {each.short}" in top
    sections = re.findall(r'<section id="([a-z]+)"', page)
    assert sections == re.findall(r'<a href="#([a-z]+)"', page.partition("<nav")[2].partition("</nav>")[0])
    of_the_test = ["scores", "curves", "threshold", "examples", "copies"]
    assert sections == [*of_the_test, "data", "audit", "learning", "network", "settings", "environment", "repeat"]
    for finding in detection.findings:
        assert finding.title in top


def test_average_precision_is_told_at_the_stated_prevalence_and_at_the_parts_own(run, page):
    shown, detection = words(page), Detection.from_dict(run.evaluation)
    rows = run.predictions
    labels = np.array([row["label"] == "anomaly" for row in rows], np.int64)
    own = rankings(labels, {"it": np.array([float(row["score"]) for row in rows])})["it"].average_precision
    assert own.value > detection.average_precision.value
    stated = detection.average_precision
    assert f"average precision {stated.value:.3f} ({stated.low:.3f} to {stated.high:.3f}) {own.value:.3f}" in shown
    assert f"at 1.0% anomalies, as stated at {100 * labels.mean():.1f}%, the test split as it is" in shown


def test_every_detector_stands_with_its_paired_differences(run, page):
    shown = words(page)
    for each in Detection.from_dict(run.evaluation).rivals:
        gap = each.average_precision_gain
        assert f"{each.title} {each.roc_auc.value:.3f}" in shown
        assert f"{gap.value:+.3f}" in shown


def test_alarms_and_missed_anomalies_stand_with_their_reasons(run, page):
    page, threshold = words(page), run.load(Threshold).value
    rows = [(row["row"], row["label"], float(row["score"]), row["reasons"]) for row in run.predictions]
    caught = max((row for row in rows if row[1] == "anomaly" and row[2] > threshold), key=lambda row: row[2])
    assert f"row {caught[0]} : score {caught[2]:.4g}" in page
    missed = [row for row in rows if row[1] == "anomaly" and row[2] <= threshold]
    assert all(row[3] for row in missed)
    assert not any(row[3] for row in rows if row[1] == "normal" and row[2] <= threshold)
    assert "of the score" in page


def test_the_points_of_the_slider_are_those_of_the_test(run):
    material = gather_anomalies(run)
    found, detection = points(material), material.detection
    (frozen,) = [each for each in found if each.frozen]
    assert frozen.threshold == run.load(Threshold).value
    assert frozen.recall == detection.at_threshold.recall
    assert [each.threshold for each in found] == sorted(each.threshold for each in found)
    scores = material.scored.scores[material.scored.labels == 1]
    for each in found:
        assert each.recall.value == pytest.approx(np.mean(scores > each.threshold))


@blank_charts
def test_without_labels_only_alarms_are_told(unlabelled):
    page = page_of(unlabelled)
    shown = words(page)
    assert "Does it find anomalies? Nobody can say" in shown
    assert 'id="scores"' not in page
    scores = np.array([float(row["score"]) for row in unlabelled.predictions])
    for each in told(page)["points"]:
        assert each["recall"] is None
        assert each["false_alarm_rate"]["value"] == pytest.approx(np.mean(scores > each["threshold"]))
    front = yaml.safe_load((unlabelled.path / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    assert "model-index" not in front


@blank_charts
def test_before_the_test_the_page_says_so_and_tells_the_rest(sealed):
    page = page_of(sealed)
    assert "sealed test split was not opened yet" in page
    assert f"saccade evaluate {sealed.path}" in page
    assert sealed.load(Threshold).sentences[0] in words(page)
    assert 'id="curves"' not in page
    assert not sealed.has_evaluation


@blank_charts
def test_a_threshold_that_was_changed_after_the_test_is_said(copied):
    assert "Another threshold was chosen" not in page_of(copied)
    before = copied.load(Threshold).value
    thresholding.change(copied, parse("alarms", "20%"))
    page = words(page_of(copied))
    assert f"What is said here of alarms is of the one before, {before:.6g}" in page
    assert "The threshold was changed after the test" in (copied.path / "README.md").read_text(encoding="utf-8")


@blank_charts
def test_numbers_of_a_network_that_was_trained_further_are_not_shown(copied):
    copied.write_evaluation({**copied.evaluation, "when": "2020-01-01T00:00:00+00:00"})
    page = page_of(copied)
    assert "evaluated before its training went on" in page
    assert 'id="scores"' not in page


@blank_charts
def test_an_evaluation_of_another_version_is_asked_for_again(copied):
    content = copied.evaluation
    del content["probes"]
    copied.write_evaluation(content)
    assert "written by another version" in page_of(copied)


def better_by(detection, **gains):
    """Return the detection with every difference to simple detectors replaced."""
    content = detection.to_dict()
    for rival in content["rivals"]:
        for name, score in gains.items():
            rival[f"{name}_gain"] = score.to_dict()
    return Detection.from_dict(content)


@pytest.mark.parametrize(
    ("roc_auc", "average_precision", "short"),
    [
        (MetricValue(0.1, 0.05, 0.15), MetricValue(0.1, 0.05, 0.15), "Yes"),
        (MetricValue(0.1, 0.05, 0.15), MetricValue(0.0, -0.1, 0.1), "Only by ROC AUC"),
        (MetricValue(0.0, -0.1, 0.1), MetricValue(0.1, 0.05, 0.15), "Only by average precision"),
        (MetricValue(0.0, -0.1, 0.1), MetricValue(0.0, -0.1, 0.1), "No, that is not shown"),
        (MetricValue(-0.1, -0.2, -0.05), MetricValue(0.0, -0.1, 0.1), "No, a simple one is better"),
    ],
)
def test_it_is_said_plainly_when_simple_detectors_are_not_beaten(run, roc_auc, average_precision, short):
    changed = better_by(Detection.from_dict(run.evaluation), roc_auc=roc_auc, average_precision=average_precision)
    _, better, _ = answers(changed)
    assert better.short == short


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (MetricValue(0.01, 0.005, 0.02), "kept"),
        (MetricValue(0.1, 0.05, 0.2), "more"),
        (MetricValue(0.0, 0.0, 0.001), "fewer"),
    ],
)
def test_a_promise_is_kept_or_not(found, outcome):
    promise = Promise(1.0, MetricValue(0.01, 0.004, 0.02), found, 1000)
    assert promise.outcome == outcome
    assert {"kept": "kept, as far", "more": "more than chance", "fewer": "fewer than chance"}[
        outcome
    ] in promise.sentence


def test_names_are_text_and_the_page_stays_small(page):
    assert HOSTILE not in page
    assert page.count("<script") == page.count("</script>") == 4
    assert len(page.encode()) < 2_000_000
    assert not re.search(r'(src|href)="(?!data:|#)', page)


def test_a_table_of_thousands_of_columns_stays_small(run):
    material = gather_anomalies(run)
    columns = tuple(material.schema.columns[:1]) * 5000
    wide = type(material)(**{**vars(material), "schema": type(material.schema)(columns=columns, rows=10)})
    page = compose_anomaly_page(wide)
    assert "The first 300 of 5,000" in page
    assert len(page.encode()) < 2_000_000


def test_the_card_claims_what_was_found(run, written):
    _, front, body = (run.path / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    front, detection = yaml.safe_load(front), Detection.from_dict(run.evaluation)
    assert {"tabular", "anomaly-detection"} <= set(front["tags"])
    assert "license" not in front
    (result,) = front["model-index"][0]["results"]
    assert [each["value"] for each in result["metrics"]] == [
        detection.roc_auc.value,
        detection.average_precision.value,
    ]
    assert "prevalence of 1.000%" in result["metrics"][1]["name"]
    assert HOSTILE not in body
    assert str(run.path) not in body
    for each in detection.rivals:
        assert f"| {each.title} |" in body


@blank_charts
def test_reporting_does_not_count_as_opening_the_test(copied, capsys):
    before = copied.evaluation["accesses"]
    assert cli(["report", str(copied.path)]) == 0
    assert "report.html" in capsys.readouterr().out
    assert copied.evaluation["accesses"] == before


def find(page, selector):
    return page.find_elements(By.CSS_SELECTOR, selector)


def test_the_slider_says_what_a_threshold_did_and_changes_nothing(run, written, look_at):
    before = run.load(Threshold)
    page, material = look_at(written, width=390, dark=True), gather_anomalies(run)
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    (slider,), (said,), (back,) = find(page, "#move"), find(page, "#said"), find(page, "#back")
    found = material.detection.at_threshold
    assert "the frozen threshold" in said.text
    assert f"catches {found.caught} of {found.caught + found.missed} anomalies" in said.text
    assert not back.is_displayed()
    markers = find(page, "[data-plot]")
    assert {each.get_attribute("data-plot") for each in markers} == {"roc", "precision", "rates", "alarms"}
    places = [each.get_attribute("style") for each in markers]
    slider.send_keys(Keys.HOME)
    assert all(now.get_attribute("style") != place for now, place in zip(markers, places, strict=True))
    least = points(material)[0]
    anomalies = material.scored.labels == 1
    caught = int(np.sum(material.scored.scores[anomalies] > least.threshold))
    assert f"catches {caught} of {anomalies.sum()} anomalies" in said.text
    command = find(page, "#command")[0].text
    assert re.fullmatch(re.escape(f"saccade threshold {run.path} --max-alarms ") + r"0\.\d+", command)
    back.click()
    assert "the frozen threshold" in said.text
    assert run.load(Threshold) == before


def test_a_marker_stands_on_its_point(written, look_at):
    page = look_at(written, width=1280)
    diamond = page.execute_script(
        "const svg = document.querySelector('[data-plot=roc]').previousElementSibling;"
        "const boxes = [...svg.querySelectorAll('use')].map(mark => mark.getBoundingClientRect());"
        "return boxes.map(box => [box.x + box.width / 2, box.y + box.height / 2])"
    )
    box = find(page, "[data-plot=roc]")[0].rect
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    scroll = page.execute_script("return [scrollX, scrollY]")
    distances = [np.hypot(x + scroll[0] - middle[0], y + scroll[1] - middle[1]) for x, y in diamond]
    assert min(distances) < 2  # the frozen threshold's diamond


def test_every_command_of_the_slider_is_understood(run):
    material = gather_anomalies(run)
    for each in points(material):
        least = 1 / max(material.detection.normal, 2)
        share = min(max(each.false_alarm_rate.value, least), 0.99)
        assert parse("alarms", f"{float(f'{share:.2g}')}").numbers["share"] < 1


def test_a_page_without_labels_has_no_script_error(unlabelled, look_at):
    page = look_at(report.report(unlabelled), width=390)
    assert "whether rightly, nobody knows" in find(page, "#said")[0].text
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
