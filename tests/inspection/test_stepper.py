"""The stepper in a page: its numbers are those of the layer, and a reader can move it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from saccade.core import pages
from saccade.core.backend import keras
from saccade.core.errors import RecipeError, RunError
from saccade.inspection import stepper
from saccade.inspection.explaining import explain
from saccade.inspection.stepper import MOST_CHANNELS, has_stepper, stepper_data, write_stepper

pytestmark = pytest.mark.heavy

layers = keras.layers
FRAGMENT = Path(stepper.__file__).with_name("stepper.html.j2")
NUMBERS = np.arange(1.0, 10.0).reshape(3, 3, 1)


def numbers(shape, *, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def built(layer, shape):
    layer.build((None, *shape))
    layer.set_weights([numbers(weight.shape, seed=1) for weight in layer.get_weights()])
    return layer


def of_keras(layer, inputs):
    return np.asarray(keras.ops.convert_to_numpy(layer(inputs[None], training=False)))[0]


def textbook_convolution():
    layer = layers.Conv2D(1, 2, use_bias=False, name="conv")
    layer.build((None, 3, 3, 1))
    # the only kernel of -1, 0 and 1 with these answers but for its mirror image; half a turn leaves it as it is
    layer.set_weights([np.array([[-1.0, 0.0], [0.0, -1.0]])[..., None, None]])
    return layer


@pytest.fixture
def open_stepper(look_at, tmp_path):
    """Give a function that opens the page of a layer: open_stepper(layer, inputs, at=(0, 0), width=390)."""

    def show(layer, inputs, *, at=(0, 0), channel=None, image=None, **look):
        page = tmp_path / "stepper.html"
        write_stepper(page, layer, inputs, title="A layer", at=at, channel=channel, image=image)
        return look_at(page, **look)

    return show


def find(browser, name):
    return browser.find_element(By.CSS_SELECTOR, f".stepper .{name}")


def where(browser):
    """Return (row, column) that the page says it shows."""
    return tuple(int(number) for number in re.findall(r"\d+", text_now(browser, "where")))


def value(browser):
    return float(text_now(browser, "value").replace("−", "-"))


def text_now(browser, name):
    """Return a text in one go: while the stepper plays, its elements are made anew."""
    return browser.execute_script(f"return document.querySelector('.stepper .{name}').textContent")


def written(browser, name):
    """Return the numbers written into the cells of a map."""
    return [text.text for text in browser.find_elements(By.CSS_SELECTOR, f".stepper .{name} text")]


@pytest.mark.parametrize(
    ("layer", "answers"),
    [
        (textbook_convolution, [[-6, -8], [-12, -14]]),
        (lambda: layers.MaxPooling2D(2, strides=1), [[5, 6], [8, 9]]),
    ],
    ids=["convolution", "pooling"],
)
def test_the_worked_examples_come_out_step_by_step(open_stepper, layer, answers):
    browser = open_stepper(layer(), NUMBERS)
    assert written(browser, "in") == list("123456789")
    found = {}
    for count in range(1, 5):
        found[where(browser)] = value(browser)
        assert len(written(browser, "out")) == count  # the output fills as the window slides
        if count < 4:
            find(browser, "step").click()
    assert [[found[row, column] for column in (0, 1)] for row in (0, 1)] == answers
    assert not find(browser, "step").is_enabled()


def test_the_arithmetic_of_a_place_is_written_out(open_stepper):
    browser = open_stepper(textbook_convolution(), NUMBERS, at=(1, 0))
    assert find(browser, "sum").text == "4×(−1) + 5×0 + 7×0 + 8×(−1) = −12"
    assert "(3 − 2 + 0 + 0) / 1 + 1 = 2" in find(browser, "arithmetic + details").text


def test_the_winner_of_a_pooling_is_marked(open_stepper):
    browser = open_stepper(layers.MaxPooling2D(2, strides=1), NUMBERS)
    assert find(browser, "winner").text == "5"
    assert find(browser, "sum").text == "The largest of 1, 2, 4, 5 is 5"


def test_buttons_keys_clicks_and_the_slider_move_it(open_stepper):
    inputs = numbers((7, 6, 2))
    layer = built(layers.Conv2D(1, 3), inputs.shape)
    outputs = of_keras(layer, inputs)[..., 0]  # (5, 4)
    browser = open_stepper(layer, inputs)

    def press(key):
        return find(browser, "map.out").send_keys(key)

    def click(row, column):
        cell = find(browser, "map.out").rect
        right = round(cell["width"] * ((column + 0.5) / 4 - 0.5))
        below = round(cell["height"] * ((row + 0.5) / 5 - 0.5))
        ActionChains(browser).move_to_element_with_offset(find(browser, "map.out"), right, below).click().perform()

    moves = [
        (lambda: find(browser, "step").click(), (0, 1)),
        (lambda: press(Keys.ARROW_RIGHT), (0, 2)),
        (lambda: press(Keys.ARROW_DOWN), (1, 2)),
        (lambda: press(Keys.ARROW_LEFT), (1, 1)),
        (lambda: find(browser, "back").click(), (1, 0)),
        (lambda: press(Keys.ARROW_UP), (0, 0)),
        (lambda: press(Keys.ARROW_UP), (0, 0)),
        (lambda: press(Keys.END), (4, 3)),
        (lambda: press(Keys.HOME), (0, 0)),
        (lambda: click(3, 2), (3, 2)),
        (lambda: find(browser, "slider").send_keys(Keys.ARROW_RIGHT), (3, 3)),
    ]
    for move, place in moves:
        move()
        assert where(browser) == place
        assert value(browser) == pytest.approx(outputs[place], abs=6e-4)
        assert find(browser, "slider").get_attribute("value") == str(place[0] * 4 + place[1])


@pytest.mark.slow
def test_it_plays_to_the_end_and_can_be_stopped(open_stepper):
    browser = open_stepper(layers.AveragePooling2D(2), numbers((12, 12, 1)))
    Select(find(browser, "speed")).select_by_visible_text("fast")
    find(browser, "play").click()
    WebDriverWait(browser, 10).until(lambda _: where(browser) == (5, 5))
    WebDriverWait(browser, 10).until(lambda _: "play" in find(browser, "play").text)
    Select(find(browser, "speed")).select_by_visible_text("slow")
    find(browser, "play").click()
    assert "pause" in find(browser, "play").text
    find(browser, "map.out").send_keys(Keys.SPACE)
    assert "play" in find(browser, "play").text


LAYERS = {
    "padded": (layers.Conv2D(3, 3, padding="same", activation="relu"), (6, 5, 4)),
    "strided": (layers.Conv2D(2, (2, 3), strides=2, padding="same", use_bias=False), (7, 8, 3)),
    "dilated": (layers.Conv2D(2, 3, dilation_rate=2, activation="tanh"), (8, 7, 2)),
    "grouped": (layers.Conv2D(4, 2, groups=2), (5, 5, 6)),
    "depthwise": (layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"), (5, 5, 3)),
    "separable": (layers.SeparableConv2D(3, 3), (6, 6, 2)),
    "max": (layers.MaxPooling2D(3, strides=2, padding="same"), (6, 7, 2)),
    "average": (layers.AveragePooling2D(2, strides=1, padding="same"), (4, 5, 2)),
    "a single cell": (layers.Conv2D(2, 1), (1, 1, 1)),
}

# every place: what the page's own loops find, and what it says the layer gives
EVERY_PLACE = """
const stepper = document.querySelector('.stepper').stepper, found = [];
for (let o = 0; o < stepper.data.outputs.shown.length; o++) {
  stepper.chooseOutput(o);
  for (let place = 0; place <= stepper.last; place++) {
    stepper.go(place);
    const under = stepper.under(stepper.i).filter(value => value !== null);
    found.push({
      channel: stepper.data.outputs.shown[o], row: stepper.row, column: stepper.column,
      value: stepper.at(stepper.output),
      largest: Math.max(...under), mean: under.reduce((sum, value) => sum + value, 0) / under.length,
      sum: stepper.isConvolution ? stepper.data.sources[o].reduce((sum, i) => sum + stepper.sumOf(i), 0) : null,
      total: stepper.isConvolution ? stepper.at(stepper.totals) : null,
    });
  }
}
return found;
"""


@pytest.mark.parametrize("name", LAYERS)
def test_the_loops_of_the_page_find_what_the_layer_computes(open_stepper, name):
    layer, shape = LAYERS[name]
    inputs = numbers(shape)
    built(layer, shape)
    outputs = of_keras(layer, inputs)
    found = open_stepper(layer, inputs).execute_script(EVERY_PLACE)
    assert len(found) == outputs.size
    for one in found:
        expected = outputs[one["row"], one["column"], one["channel"]]
        assert one["value"] == pytest.approx(expected, abs=1e-5)
        if one["sum"] is None:
            assert one["largest" if name == "max" else "mean"] == pytest.approx(expected, rel=1e-4, abs=1e-5)
        else:
            step = explain(layer, inputs, at=(one["row"], one["column"]), channel=one["channel"])
            assert one["sum"] == pytest.approx(step.total, rel=1e-4, abs=1e-5)
            assert one["total"] == pytest.approx(step.total, rel=1e-4, abs=1e-5)


def test_padding_is_seen(open_stepper):
    inputs = numbers((6, 6, 1))
    browser = open_stepper(built(layers.Conv2D(1, 3, padding="same"), inputs.shape), inputs)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".stepper .padding")) == 5  # of nine, at the upper left corner
    assert find(browser, "map.in").get_dom_attribute("viewBox") == "-1 -1 8 8"


def test_channels_can_be_chosen(open_stepper):
    inputs = numbers((5, 5, 3))
    layer = built(layers.Conv2D(2, 3), inputs.shape)
    browser = open_stepper(layer, inputs, at=(1, 1), channel=0)
    Select(find(browser, "output")).select_by_visible_text("channel 1")
    assert value(browser) == pytest.approx(of_keras(layer, inputs)[1, 1, 1], abs=6e-4)
    sums = explain(layer, inputs, at=(1, 1), channel=1).channel_sums
    for number, expected in enumerate(sums):
        browser.find_elements(By.CSS_SELECTOR, ".stepper .shares button")[number].click()  # they are drawn anew
        assert float(find(browser, "addedup").text.replace("−", "-")) == pytest.approx(expected, abs=6e-4)


def test_of_many_channels_the_total_is_over_all(open_stepper):
    inputs = numbers((5, 5, 40))
    layer = built(layers.Conv2D(30, 3, activation="relu"), inputs.shape)
    browser = open_stepper(layer, inputs, at=(2, 1), channel=7)
    assert len(browser.find_elements(By.CSS_SELECTOR, ".stepper .shares button")) == MOST_CHANNELS
    ladder = dict(line.text.rsplit(" ", 1) for line in browser.find_elements(By.CSS_SELECTOR, ".stepper .ladder tr"))
    step = explain(layer, inputs, at=(2, 1), channel=7)
    said = {text: float(number.replace("−", "-")) for text, number in ladder.items()}
    assert said["sum of all 360 products"] == pytest.approx(step.total, abs=6e-4)
    assert said["sum and bias"] == pytest.approx(step.before, abs=6e-4)
    first, others = list(said.values())[:2]
    assert first + others == pytest.approx(step.total, abs=2e-3)


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(open_stepper, dark):
    inputs = numbers((13, 13, 32))
    browser = open_stepper(built(layers.Conv2D(64, 5), inputs.shape), inputs, width=390, dark=dark)
    assert browser.execute_script("return document.documentElement.scrollWidth") == 390


def test_paper_shows_the_place_and_no_buttons(open_stepper):
    browser = open_stepper(textbook_convolution(), NUMBERS, medium="print")
    assert not find(browser, "play").is_displayed()
    assert find(browser, "sum").is_displayed()


def test_who_wants_no_movement_sees_none(open_stepper):
    browser = open_stepper(textbook_convolution(), NUMBERS, still=True)
    assert find(browser, "moving").value_of_css_property("transition-duration") == "0s"


def test_a_coloured_image_is_shown_in_colour(open_stepper):
    image = np.random.default_rng(0).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    layer = built(layers.Conv2D(1, 3), image.shape)
    data = stepper_data(layer, image / 255, image=image)
    browser = open_stepper(layer, image / 255, image=image)
    assert find(browser, "in image").get_attribute("href") == data["image"]
    assert [each.text for each in Select(find(browser, "input")).options] == [
        "channel 0, red",
        "channel 1, green",
        "channel 2, blue",
    ]


def test_a_layer_of_28_by_28_with_64_channels_stays_small(tmp_path):
    inputs = numbers((28, 28, 64))
    write_stepper(tmp_path / "a.html", built(layers.Conv2D(64, 3, padding="same"), inputs.shape), inputs, title="a")
    assert (tmp_path / "a.html").stat().st_size < 1_500_000


def test_the_page_needs_no_network(tmp_path):
    write_stepper(tmp_path / "a.html", textbook_convolution(), NUMBERS, title="a")
    addresses = set(re.findall(r"https?://[^\"' ]+", (tmp_path / "a.html").read_text(encoding="utf-8")))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, which no browser asks for


def test_the_channel_asked_for_is_there_however_silent():
    inputs = np.ones((4, 4, 1), np.float32)
    layer = layers.Conv2D(40, 2)
    layer.build((None, 4, 4, 1))
    layer.set_weights([np.arange(40) * np.ones((2, 2, 1, 40)), np.zeros(40)])
    data = stepper_data(layer, inputs, at=(1, 2), channel=0)
    assert len(data["outputs"]["shown"]) == MOST_CHANNELS
    assert data["outputs"]["shown"][data["start"]["output"]] == 0
    assert data["start"]["place"] == 1 * 3 + 2
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.parametrize("layer", [layers.DepthwiseConv2D(2, depth_multiplier=2), layers.Conv2D(80, 2, groups=40)])
def test_every_channel_in_the_page_has_an_input_in_the_page(layer):
    data = stepper_data(built(layer, (5, 5, 40)), numbers((5, 5, 40)))
    assert all(data["sources"])


def test_a_layer_without_a_window_has_no_stepper():
    assert not has_stepper(layers.Flatten())
    with pytest.raises(RunError, match="is a Flatten, which slides no window. Those that do: AveragePooling2D, Conv2D"):
        stepper_data(layers.Flatten(), NUMBERS)


def test_a_place_outside_is_refused():
    with pytest.raises(RecipeError, match="has rows 0 to 1; there is no row 2"):
        stepper_data(textbook_convolution(), NUMBERS, at=(2, 0))


def test_a_pooling_says_that_it_stays_within_a_channel(open_stepper):
    browser = open_stepper(layers.MaxPooling2D(2), numbers((4, 4, 3)), channel=2)
    assert find(browser, "sees").text == "Output channel 2 sees input channel 2."
    assert "The map gets smaller" in find(browser, "controls").find_element(By.XPATH, "preceding-sibling::p[1]").text


def test_two_steppers_in_a_page_move_apart(look_at, tmp_path):
    page = tmp_path / "two.html"
    template = tmp_path / "two.html.j2"
    template.write_text(
        '{% import "stepper.html.j2" as stepping %}{% for data in steppers %}{{ stepping.stepper(data) }}{% endfor %}'
        "{{ stepping.script() }}",
        encoding="utf-8",
    )
    (tmp_path / "stepper.html.j2").write_text(FRAGMENT.read_text(encoding="utf-8"), encoding="utf-8")
    data = stepper_data(textbook_convolution(), NUMBERS, at=(0, 0))
    page.write_text(pages.render(template, steppers=[data, data]), encoding="utf-8")
    browser = look_at(page)
    browser.find_elements(By.CSS_SELECTOR, ".step")[1].click()
    assert [each.text for each in browser.find_elements(By.CSS_SELECTOR, ".value")] == ["−6", "−8"]


def test_a_coloured_image_of_224_by_224_has_all_its_channels_and_stays_small():
    data = stepper_data(built(layers.Conv2D(8, 3, padding="same"), (224, 224, 3)), numbers((224, 224, 3)))
    assert data["inputs"]["shown"] == [0, 1, 2]
    assert len(json.dumps(data)) < 1_400_000
