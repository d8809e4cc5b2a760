"""The pages of one run: its answers, its sealed test, its inside, its report, and a place to try it."""

import html
import io
import re
import time
from urllib.parse import quote, unquote

import numpy as np
import pytest
from PIL import Image

from saccade.core.answered_split import Matrix
from saccade.studio.run_row import RunRow
from saccade.studio.screens.run.answers import _matrix
from saccade.studio.screens.run.opened import OpenedRun

pytestmark = pytest.mark.heavy


def words(page):
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
    return html.unescape(" ".join(text.split()))


@pytest.fixture
def answered(studio):
    """The page of the answers, when they are there."""
    return studio.when_made("/runs/first")


def test_the_head_says_what_the_run_is(studio, answered):
    said = words(answered)
    for each in ("first", "finished", "validation accuracy", "classification", "digits", "saccade answers runs/first"):
        assert each in said


def test_a_cell_of_the_matrix_leads_to_its_images(studio, answered):
    cells = re.findall(r'href="(/runs/first\?split=validation&amp;group=[\d,]+)"[^>]*aria-label="([^"]*)"', answered)
    assert len(cells) >= 10
    address, title = cells[-1]
    page = studio.get(html.unescape(address)).text
    count = int(re.search(r": (\d+) of", title)[1])
    assert len(re.findall(r'<li class="tile">', page)) == min(count, 12 if "recognised" in title else 24)
    assert html.escape(title.rpartition(":")[0]) in page


@pytest.mark.slow
def test_the_test_split_is_sealed_until_somebody_opens_it_and_that_is_recorded(studio):
    page = studio.get("/runs/first?split=test").text
    assert "The test split is sealed" in page and "What is taken for what" not in page
    assert not studio.run("first").has_evaluation
    studio.post("/runs/first/evaluate")
    page = studio.when_made("/runs/first?split=test")
    assert len(studio.run("first").evaluation["accesses"]) == 1
    assert "What is taken for what" in page and "test accuracy" in words(page)
    assert "/inside?input=" not in page  # its images are looked at by nobody


def test_a_page_that_is_opened_opens_no_test(studio, answered):
    studio.get("/runs/first/ship")
    studio.get("/runs/first/try")
    assert not studio.run("first").has_evaluation


@pytest.mark.slow
def test_an_image_of_the_answers_is_looked_into_and_kept(studio, answered):
    address = html.unescape(re.search(r'href="(/runs/first/inside\?input=[^"]+)"', answered)[1])
    page = studio.when_made(address)
    frame = re.search(r'<iframe class="document" src="([^"]+)"[^>]*sandbox="([^"]*)"', page)
    assert "allow-same-origin" not in frame[2]
    document = studio.get(frame[1])
    assert "sandbox" in document.headers["content-security-policy"] and "on its way through" in document.text
    assert 'class="card empty working"' not in studio.get(address).text  # it is not made again


@pytest.mark.slow
def test_an_image_that_was_tried_is_looked_into(studio):
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)).save(content, "PNG")
    answer = studio.client.post("/runs/first/tried?name=my own.png", content=content.getvalue())
    page = studio.when_made(answer.json()["address"])
    assert "my-own.png" in words(page) and "under Try it" in words(page)
    assert "saccade inspect runs/first runs/.studio/tried/first/" in words(page)
    shown = studio.get(re.search(r'<iframe class="document" src="([^"]*)"', page)[1]).text
    assert "my-own.png" in shown


def test_an_image_that_is_no_longer_kept_is_said(studio):
    assert "no longer kept" in studio.get(f"/runs/first/inside?tried={'0' * 16}", 422).text
    assert studio.client.post("/runs/first/tried?name=x.png").status_code == 422


@pytest.mark.parametrize("word", ["/etc/passwd", "--to", "../../secret", "no such image"])
def test_only_what_the_answers_show_becomes_part_of_a_command(studio, answered, word):
    said = studio.get(f"/runs/first/inside?input={quote(word)}", 422).text
    assert "This is no input that the answers of the run show" in said
    assert not [job for job in studio.context.jobs.all() if job.order.kind == "inspect"]


@pytest.mark.parametrize("path", ["../run.json", "..%2frun.json", "%2e%2e/model.keras", "/etc/passwd", "nothing.html"])
def test_no_file_beside_the_inspections_is_given(studio, path):
    answer = studio.client.get(f"/runs/first/inspected/{path}")
    assert answer.status_code in {404, 422}
    assert "quick-digits" not in answer.text


@pytest.mark.parametrize("name", ["..", ".studio", "nothing", "first%2f..%2fsecond"])
def test_what_is_no_run_is_said(studio, name):
    assert studio.client.get(f"/runs/{name}/report").status_code in {404, 422}


def test_a_run_is_tried_by_its_own_service_within_the_studio(studio):
    assert '/runs/first/service/"' in studio.get("/runs/first/try").text
    page = studio.get("/runs/first/service/")
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "'sha256-" in policy
    assert "script-src 'unsafe-inline'" not in policy
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(file, "PNG")
    answer = studio.client.post(
        "/runs/first/service/predict", files={"file": ("a.png", file.getvalue())}, headers={"origin": studio.address}
    )
    (found,) = answer.json()["predictions"]
    assert sum(found["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_the_service_of_a_run_stands_behind_the_guard(studio):
    import httpx

    stranger = httpx.get(f"{studio.address}/runs/first/service/")
    assert stranger.status_code == 403
    foreign = studio.client.post(
        "/runs/first/service/predict", content=b"", headers={"origin": "http://elsewhere.example"}
    )
    assert foreign.status_code == 403


def test_a_run_without_an_exported_file_offers_to_make_it(studio):
    page = studio.get("/runs/second/try").text
    assert "Make model.onnx" in page and "<iframe" not in page
    assert "has no model.onnx" in studio.get("/runs/second/service/", 422).text


def test_a_run_without_a_network_says_so_on_each_page(studio):
    studio.run("second").model_path.unlink()
    for rest in ("", "/inside", "/try", "/ship"):
        assert "There is no network yet" in studio.get(f"/runs/second{rest}").text


def test_what_is_being_made_is_seen_where_it_will_be(studio):
    studio.get("/runs/second")
    assert studio.context.activity()["address"] == "/runs/second"


@pytest.mark.slow
def test_answers_that_nobody_asked_for_yet_are_asked_for(studio):
    assert 'class="card empty working"' in studio.get("/runs/second").text
    assert "What is taken for what" in studio.when_made("/runs/second")
    until = time.monotonic() + 10  # its process may end a moment after what it made is there
    while studio.context.jobs.all() and time.monotonic() < until:
        studio.get("/runs/second")
        time.sleep(0.1)
    assert not studio.context.jobs.all()


@pytest.mark.slow
def test_what_failed_is_said_and_can_be_tried_again(studio):
    studio.run("second").model_path.write_bytes(b"no network")
    page = studio.when_made("/runs/second")
    assert "model.keras" in words(page) and "Try again" in page
    assert 'action="/runs/second/answers"' in page


@pytest.mark.slow
def test_the_report_is_made_when_it_is_asked_for(studio):
    page = studio.when_made("/runs/first/report")
    assert 'src="/runs/first/report.html"' in page
    document = studio.get("/runs/first/report.html")
    assert document.headers["content-security-policy"].startswith("sandbox")


def test_of_many_classes_those_that_are_confused_most_are_shown():
    right = tuple((at, at, 5) for at in range(40))
    shown = _matrix(Matrix(tuple(f"c{at}" for at in range(40)), (*right, (39, 38, 3))))
    assert len(shown["names"]) == 30 and shown["left"] == 10
    assert {"c38", "c39"} <= set(shown["names"])
    wrong = [cell for _, cells in shown["rows"] for cell in cells if cell.count == 3]
    assert [cell.title for cell in wrong] == ["c39, taken for c38: 3 of 8"]


@pytest.mark.parametrize(
    ("data", "address"),
    [
        ("{}/photos/labels.jsonl@60", "/label/at?path={}/photos&text=a.png"),
        ("{}/photos", "/label/at?path={}/photos&text=a.png&folders=classes"),
        ("{}/gone", ""),
        ("digits", ""),
    ],
)
def test_a_mistake_leads_to_its_label_where_there_is_a_folder_of_images(studio, data, address):
    (studio.workspace / "photos").mkdir()
    row = RunRow("first", "finished", data=data.format(studio.workspace))
    found = OpenedRun(studio.run("first"), row, "runs/first").correcting("a.png")
    assert unquote(found) == address.format(studio.workspace)
