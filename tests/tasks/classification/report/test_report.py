"""The page in every state of a run, by what a reader sees in it."""

import json
import re
import shutil

import pytest

import saccade
from saccade import report
from saccade.cli import run as cli
from saccade.core.errors import DataError, RunError
from saccade.tasks.classification import evaluating
from saccade.tasks.classification.calibration import Calibration
from saccade.tasks.classification.evaluation import Evaluation

pytestmark = pytest.mark.heavy

blank_charts = pytest.mark.usefixtures("blank_charts")


def page_of(run, **options):
    return report.report(run, **options).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(written):
    return written.read_text(encoding="utf-8")


def words(page):
    """Return what is written on a page, without its markup, scripts and images."""
    bare = re.sub(r"<script.*?</script>|<style.*?</style>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(bare.split())


def told(page):
    """Return what the page hands to its script."""
    return json.loads(re.search(r'<script type="application/json" id="told">(.*?)</script>', page, re.DOTALL)[1])


@pytest.fixture
def copied(run, tmp_path):
    """A copy of the run, for tests that change it."""
    shutil.copytree(run.path, tmp_path / "run")
    return type(run).open(tmp_path / "run")


def test_the_verdict_stands_first_and_every_section_follows(run, page):
    shown = words(page)
    verdict = words(Evaluation.from_dict(run.evaluation).verdict)
    assert verdict.replace("'", "&#39;") in shown
    sections = re.findall(r'<section id="([a-z]+)"', page)
    assert sections == re.findall(r'<a href="#([a-z]+)"', page.partition("<nav")[2].partition("</nav>")[0])
    with_the_test = ["confusion", "classes", "calibration", "mistakes", "baselines"]
    others = ["network", "settings", "environment", "repeat"]
    assert sections == [*with_the_test, "data", "audit", "learning", *others]
    assert shown.index("answered right") < shown.index("What it was taught")


def test_the_page_needs_nothing_from_outside(page):
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttpRequest|import\(", page)
    assert "prefers-color-scheme: dark" in page


def test_every_number_of_the_test_stands_with_its_interval(run, page):
    shown, evaluation = words(page), Evaluation.from_dict(run.evaluation)
    for score in evaluation.scores.values():
        assert f"{score.value:.4f} {score.low:.4f} to {score.high:.4f}" in shown
    for scores in evaluation.per_class.values():
        for score in scores:
            assert score.low is None or f"{score.value:.3f} ({score.low:.3f} to {score.high:.3f})" in shown
    for baseline in evaluation.baselines:
        gap = baseline.difference
        assert f"{100 * gap.value:+.1f} ({100 * gap.low:+.1f} to {100 * gap.high:+.1f})" in shown


def test_the_script_is_given_the_images_of_every_cell(run, page):
    evaluation = Evaluation.from_dict(run.evaluation)
    content, numbers = told(page), {name: number for number, name in enumerate(evaluation.classes)}
    rows = {row["name"]: row for row in run.predictions}
    for true, counts in enumerate(evaluation.confusion):
        for predicted, count in enumerate(counts):
            shown = content["cells"].get(f"{true},{predicted}", [])
            assert len(shown) == min(count, 8 if true == predicted else 24)
            for number in shown:
                name, *answer, probability, _ = content["images"][number]
                row = rows[name]
                assert answer == [true, predicted] == [numbers[row["true"]], numbers[row["predicted"]]]
                assert probability == float(row["probability"])


def test_the_gallery_shows_the_surest_mistakes_first(run, page):
    gallery = [re.sub("<[^>]*>", "", name) for name in re.findall(r"<small>(.*?)</small></button>", page)]
    mistakes = [row for row in run.predictions if row["true"] != row["predicted"]]
    surest = sorted(mistakes, key=lambda row: -float(row["probability"]))[:24]
    escaped = {row["name"].replace("&", "&amp;").replace("<", "&lt;") for row in surest}
    assert {name.replace("&gt;", ">").replace("&#39;", "'").replace("&#34;", '"') for name in gallery} == escaped


def test_names_are_shown_as_they_are_and_never_run(hostile_run):
    page = page_of(hostile_run)
    assert "<img src=x" not in page
    assert page.count("<script") == page.count("</script>") == 4
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in page
    assert "{{ 7 * 7 }}" in page
    assert told(page)["classes"] == hostile_run.data["classes"]


def test_settings_that_differ_from_the_default_come_first(page):
    table = page.partition('<section id="settings"')[2].partition("<details>")[0]
    differing = {"data", "image_size", "channels", "validation", "model.name", "model.hidden", "epochs"}
    assert set(re.findall(r'<tr class="differs"><td>([^<]*)', table)) == differing


@blank_charts
def test_a_run_that_was_not_evaluated_keeps_its_test_sealed(make_run):
    run = make_run(evaluated=False)
    page = page_of(run)
    assert "The sealed test split was not opened yet" in page
    assert f"saccade evaluate {run.path}" in page
    assert 'id="learning"' in page
    assert 'id="confusion"' not in page
    assert not run.has_evaluation
    assert told(page)["images"] == []


@blank_charts
def test_numbers_of_a_network_that_was_trained_further_are_not_shown(copied):
    content = copied.evaluation
    copied.write_evaluation({**content, "when": "2020-01-01T00:00:00+00:00"})
    page = page_of(copied)
    assert "evaluated before its training went on" in page
    assert 'id="confusion"' not in page


@blank_charts
@pytest.mark.parametrize("lost", ["abstentions", "metrics"])
def test_an_evaluation_of_another_version_is_asked_for_again(copied, lost):
    content = copied.evaluation
    content[lost] = {} if lost == "metrics" else None
    copied.write_evaluation(content)
    page = page_of(copied)
    assert "written by another version" in page
    assert f"saccade evaluate {copied.path}" in page


@blank_charts
@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"validation": 0}, "Nothing corrects its probabilities"),
        ({"audited": False}, "Nobody looked"),
        ({"status": "interrupted", "evaluated": False}, "The training was stopped"),
        ({"status": "running", "evaluated": False}, "not over, or was killed"),
        ({"status": "failed", "evaluated": False, "network": False}, "The loss became infinite."),
        ({"status": "interrupted", "evaluated": False, "network": False, "epochs": 0}, "No epoch was finished."),
        ({"epochs": 1}, "taught for 1 epoch "),
    ],
)
def test_every_state_of_a_run_has_a_page_and_a_card(make_run, state, says):
    run = make_run(**state)
    assert says in words(page_of(run))
    assert (run.path / "README.md").read_text(encoding="utf-8").startswith("---\nlibrary_name: keras\n")


@blank_charts
def test_data_that_are_gone_leave_a_page_that_says_why(run, tmp_path):
    shutil.copytree(run.path.parent, tmp_path / "moved")
    moved = type(run).open(tmp_path / "moved" / "run")
    moved.write_recipe(moved.recipe.changed(data=str(tmp_path / "gone.csv")))
    page = page_of(moved)
    assert "This page has no images" in page
    assert "gone.csv" in words(page)
    assert "data:image" not in page
    assert len(told(page)["images"]) > 24  # names and probabilities are still there
    assert "data:image" in page_of(moved, data=str(tmp_path / "moved" / "images.csv"))


def test_data_that_were_asked_for_must_be_there(run, tmp_path):
    with pytest.raises(DataError):
        report.report(run, data=str(tmp_path / "nothing"))


def test_other_data_are_refused(run, hostile_run):
    with pytest.raises(RunError, match="have changed"):
        report.report(run, data=hostile_run.recipe.data)


@blank_charts
def test_choosing_by_the_test_part_is_warned_of_on_the_first_screen(copied):
    chosen = {"models": 5, "best": "runs/b", "accuracy": 0.9, "expected": 0.85}
    copied.write_evaluation({**copied.evaluation, "selection": chosen, "spread": {"runs": 3, "mean": 0.8, "std": 0.01}})
    page = page_of(copied)
    assert "flatters it by about 5.00 points" in page.partition("<nav")[0]
    assert "over 3 runs that differ only in their seed" in words(page)


def test_an_evaluation_is_the_same_after_reading_it(run):
    content = run.evaluation
    again = Evaluation.from_dict(content, calibration=run.load(Calibration)).to_dict()
    assert {name: content[name] for name in again if name != "accesses"} == {
        name: value for name, value in again.items() if name != "accesses"
    }
    assert again["accesses"] == len(content["accesses"])


def test_the_command_and_the_python_verb_write_the_same_page(run, capsys):
    written = saccade.load(run.path).report()
    first = written.read_text(encoding="utf-8")
    assert cli(["report", str(run.path)]) == 0
    assert "report.html" in capsys.readouterr().out
    assert written.read_text(encoding="utf-8") == first


def test_reporting_does_not_count_as_opening_the_test(run):
    before = run.evaluation["accesses"]
    report.report(run)
    assert run.evaluation["accesses"] == before


def test_a_folder_that_is_no_run_is_the_users_mistake(tmp_path, capsys):
    assert cli(["report", str(tmp_path)]) == 2
    assert "is not a run folder" in capsys.readouterr().err


@blank_charts
def test_an_evaluation_without_duplicates_is_told(copied):
    evaluating.evaluate(copied, without_duplicates=True)
    assert "images that have a duplicate outside the test" in page_of(copied)


@pytest.fixture
def with_exports(copied):
    """The run with two exported files, one of them in splits, as `export` records them."""

    def keep(name, to, precision, made, difference):
        parity = {"split": "validation", "images": 7, "largest_difference": difference, "agreement": 1.0}
        copied.save_export(
            name,
            made,
            {
                "to": to,
                "precision": precision,
                "details": {"opset": 17} if to == "onnx" else {},
                "bytes": 123_456,
                "keras_bytes": 7_654_321,
                "parity": {**parity, "tolerance": {"difference": 0.25, "agreement": 0.98}},
                "speeds": {
                    "keras": {"alone": 4321.4, "in_batch": 98.7},
                    f"{to} {precision}": {"alone": 55.5, "in_batch": 11},
                },
            },
        )

    (copied.path.parent / "made").write_bytes(b"network")
    (copied.path.parent / "folder").mkdir()
    (copied.path.parent / "folder" / "split").write_bytes(b"network")
    keep("model-int8.onnx", "onnx", "int8", copied.path.parent / "made", 0.0123)
    keep("saved_model", "saved_model", "float32", copied.path.parent / "folder", 4e-7)
    return copied


@blank_charts
def test_exported_files_stand_beside_keras(with_exports):
    shown = words(page_of(with_exports))
    assert "model.keras Keras 7.7 MB" in shown
    row = "model-int8.onnx onnx int8, opset 17 123 kB 0.01 (0.25 allowed) 100.0% (7 validation images) 56 11"
    assert row in shown
    assert "saved_model saved_model float32 123 kB 4e-07 (0.25 allowed)" in shown
    assert "Not of this network" not in shown
    card = (with_exports.path / "README.md").read_text(encoding="utf-8")
    assert r"| saved\_model | saved\_model float32 | 123 kB | 4e-07 (0.25 allowed) |" in card


@blank_charts
def test_files_of_another_network_are_named_without_their_numbers(with_exports):
    (with_exports.path / "export" / "model-int8.onnx").write_bytes(b"another")
    shown = words(page_of(with_exports))
    assert "Not of this network: model-int8.onnx. It was exported" in shown
    assert "0.01 (0.25 allowed)" not in shown
    assert "saved_model saved_model float32" in shown
    with_exports.model_path.write_bytes(with_exports.model_path.read_bytes() + b" ")
    shown = words(page_of(with_exports))
    assert "Not of this network: model-int8.onnx, saved_model. They were exported" in shown
    assert "allowed)" not in shown
    assert "allowed)" not in (with_exports.path / "README.md").read_text(encoding="utf-8")


@blank_charts
def test_files_that_are_gone_are_not_told(with_exports):
    shutil.rmtree(with_exports.path / "export" / "saved_model")
    page = page_of(with_exports)
    assert "saved_model" not in words(page)
    (with_exports.path / "export" / "model-int8.onnx").unlink()
    assert 'id="exports"' not in page_of(with_exports)
