"""The form of a training: only what fits the task, and errors as the command line says them."""

import re

import pytest

from saccade.cli._settings import changes
from saccade.core import recipe as recipes
from saccade.core import registry
from saccade.core.errors import SaccadeError
from saccade.core.recipe_fields import fields_of
from saccade.studio.training_form import TrainingForm
from saccade.studio.training_wish import TrainingWish
from saccade.tasks import steps


def keys(form):
    return {
        entry.key.removeprefix("set:")
        for entry in (*form.first, *(each for group in form.groups.values() for each in group))
    }


@pytest.mark.parametrize("task", registry.names("tasks"))
def test_the_form_of_a_task_has_all_of_its_settings_and_no_other(task, tmp_path):
    form = TrainingForm.of(TrainingWish(task=task), tmp_path)
    assert form.task == task
    assert keys(form) == {field.name for field in fields_of(task)} - {"data", "task"}


def test_what_is_left_out_is_what_the_recipe_says(tmp_path):
    form = TrainingForm.of(TrainingWish(recipe="mnist-convnet"), tmp_path)
    shown = {entry.key.removeprefix("set:"): entry.placeholder for entry in form.first}
    recipe = recipes.read("mnist-convnet")
    assert shown["model"] == recipe.model.name
    assert shown["epochs"] == str(recipe.epochs or "left open")


def test_data_bring_their_own_task(tmp_path):
    (tmp_path / "rows.csv").write_text("a,b,label\n" + "\n".join(f"{n},{n % 7},{n % 2}" for n in range(50)) + "\n")
    assert TrainingForm.of(TrainingWish(data="rows.csv"), tmp_path).task == "anomaly_detection"
    assert TrainingForm.of(TrainingWish(data="digits"), tmp_path).task == "classification"


WISHES = [
    TrainingWish("digits", settings={"epochs": "3", "model": "dense", "augment.flip": "none"}),
    TrainingWish("digits", "mnist-dense", settings={"budget": "90s", "label": "7"}),
    TrainingWish("", "quick-digits", settings={"seed": "4"}),
    TrainingWish("my photos", task="classification"),
    TrainingWish("-odd", settings={"name": "x"}),
]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: " ".join(wish.words))
def test_the_command_means_what_the_form_means(wish, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("my photos", "-odd"):
        for label in ("cat", "dog"):
            (tmp_path / name / label).mkdir(parents=True)
    word, fields = changes({}, tuple(wish.words))
    name, fields = steps.what_to_train(word, fields)
    typed = recipes.read(name, **fields)
    settled = wish._read(tmp_path)
    same = {"data": str(tmp_path / typed.data) if (tmp_path / typed.data).exists() else typed.data}
    assert settled == typed.changed(**same)


@pytest.mark.parametrize(
    "settings", [{"epochs": "many"}, {"optimizer": "adm"}, {"budget": "soon"}, {"augment.flip": "x"}]
)
def test_a_wrong_value_is_refused_with_the_sentence_of_the_command_line(client, settings):
    wish = TrainingWish("digits", settings=settings)
    with pytest.raises(SaccadeError) as refused:
        steps.prepare_training(*changes({}, tuple(wish.words)), quiet=True)
    page = client.post("/train/start", data=wish.form, headers={"HX-Request": "true"}).text
    assert str(refused.value).replace("'", "&#39;") in page
    for name, text in settings.items():  # the form keeps what was typed
        assert re.search(rf'name="set:{re.escape(name)}"', page)
        assert f'value="{text}"' in page or name in {"optimizer", "augment.flip"}  # these are chosen


def test_data_that_are_not_there_are_said_at_once(client, context):
    page = client.post("/train/start", data={"data": "digts"}).text
    assert "Did you mean &#39;digits&#39;?" in page
    assert context.jobs.all() == []


def test_an_order_waits_with_its_command_and_can_be_typed_again(client, context, monkeypatch):
    monkeypatch.setattr(type(context.jobs), "begin_next", lambda self: None)
    answer = client.post("/train/start", data={"data": "digits", "set:epochs": "3"})
    address = answer.headers["hx-redirect"]
    (job,) = context.jobs.all()
    assert job.order.arguments == ("train", "digits", "epochs=3", "--json")
    page = client.get(address).text
    assert "saccade train digits epochs=3" in page
    assert "queued" in page
    again = client.get(f"/train/new?job={job.name}").text
    assert 'value="digits"' in again
    assert re.search(r'name="set:epochs" type="text" value="3"', again)
    client.post(f"{address}/stop")
    assert "cancelled" in client.get("/train").text
    assert client.post(f"{address}/forget").headers["hx-redirect"] == "/train"
    assert "Nothing was trained here yet" in client.get("/train").text


def test_a_run_that_is_not_there_cannot_be_gone_on_with(client):
    assert client.post("/train/resume/nope").status_code == 422
    assert client.get("/train/123").status_code == 422


@pytest.mark.slow
def test_a_check_finds_what_the_command_finds(client):
    import time

    page = client.post("/train/check", data={"data": "digits"}).text
    address = re.search(r'hx-get="(/train/check/\d+)"', page)[1]
    for _ in range(600):
        page = client.get(address).text
        if "Looking at the data" not in page:
            break
        time.sleep(0.1)
    assert "fewer than 30 test images" in page
    assert "saccade check digits" in page


def test_data_that_were_trained_on_before_offer_the_settings_of_that_training(client, context):
    form = {"data": "photos/labels.jsonl", "set:epochs": "7"}
    job = context.jobs.add("train", ["train", "photos/labels.jsonl", "epochs=7"], title="Training", form=form)
    page = client.get("/train/new?data=photos/labels.jsonl").text
    assert f'href="/train/new?job={job.name}">Take its settings' in page
    assert 'value="7"' in client.get(f"/train/new?job={job.name}").text
    assert "Take its settings" not in client.get("/train/new?data=others").text


@pytest.mark.parametrize("form", ["'{}'", '"{}"', "file://{}", "  {} "])
def test_a_path_is_understood_as_it_was_pasted(form, make_images, tmp_path):
    folder = make_images({"cat": 3, "dog": 3})
    wish = TrainingWish.of({"data": form.format(folder)})
    assert wish.settle(tmp_path).data == str(folder)


def test_the_form_for_photos_says_that_few_need_no_epochs(make_images, tmp_path):
    folder = make_images({"cat": 6, "dog": 6})
    form = TrainingForm.of(TrainingWish(data=str(folder)), tmp_path)
    (pretrained,) = (entry for entry in form.first if entry.key == "set:pretrained")
    assert pretrained.placeholder == "auto"
    assert "fewer than 50 validation images" in pretrained.help
