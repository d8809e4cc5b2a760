"""A .keras file of a stranger that describes what no machine bears is refused before anything of it is built."""

import json
import zipfile

import pytest

from saccade.core.backend import keras
from saccade.core.errors import RunError
from saccade.inference import read_model

layers = keras.layers


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("networks") / "whole.keras"
    network = [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(4, name="wide"), layers.Dense(2)]
    keras.Sequential(network).save(path)
    return path


def added(layer, **options):
    return lambda stack: stack.insert(2, {"module": "keras.layers", "class_name": layer, "config": options})


def wide(units):
    return lambda stack: stack[2]["config"].update(units=units)


def taking(*shape):
    def change(stack):
        stack[0]["config"]["batch_shape"] = [None, *shape]
        for layer in stack:
            layer.pop("build_config", None)

    return change


CHANGES = {
    "two billion units": (wide(2 * 10**9), "'wide' has more weights than the file"),
    "10^30 units": (wide(10**30), "'wide' has more weights than the file"),
    "a million units": (wide(10**6), "'wide' has more weights than the file"),
    "negative units": (wide(-1), ""),
    "units of text": (wide("many"), ""),
    "an input of 10^12": (taking(10**6, 10**6, 1), "'wide' has more weights than the file"),
    "10^12 repetitions": (added("RepeatVector", n=10**12), "numbers for one input"),
    "an unknown layer": (added("NoSuchLayer"), ""),
    "100,000 layers": (lambda stack: stack.extend([{"class_name": "x"}] * 100_000), "more than 5,000 layers"),
}


def rewritten(whole, path, content):
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == "config.json" else old.read(name))
    return path


def refused(path, said):
    with pytest.raises(RunError) as caught:
        read_model(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is not a network that can be read here: ")
    assert said in message
    assert "\n" not in message


def test_a_network_that_holds_what_it_says_is_read(whole):
    assert read_model(whole).count_params() == 65 * 4 + 5 * 2


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_absurd_is_refused_in_one_sentence(whole, tmp_path, change):
    with zipfile.ZipFile(whole) as archive:
        config = json.loads(archive.read("config.json"))
    edit, said = CHANGES[change]
    edit(config["config"]["layers"])
    refused(rewritten(whole, tmp_path / "network.keras", json.dumps(config)), said)


NESTED = '{"class_name": "Sequential", "config": {"layers": [' * 10_000 + "]}}" * 10_000
CONFIGS = {"": "", "[": "", "[]": "", "5": "", "null": "", '{"config": {}}': "", NESTED: "nested too deeply"}


@pytest.mark.parametrize("content", CONFIGS, ids=lambda content: content[:15])
def test_another_description_is_refused(whole, tmp_path, content):
    refused(rewritten(whole, tmp_path / "network.keras", content), CONFIGS[content])


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_an_archive_that_is_a_bomb_is_refused(whole, tmp_path, name):
    path = tmp_path / "network.keras"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            new.writestr(each, bytes(70_000_000) if each == name else old.read(each))
    refused(path, "")


def test_networks_that_are_made_here_are_not_counted(whole):
    read_model(whole)
    assert layers.Dense(3).build((None, 400_000)) is None
