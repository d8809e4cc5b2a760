"""A reader goes through the page: on a phone and at a desk, by touch, by mouse and by keyboard."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from saccade import report
from saccade.tasks.classification.evaluation import Evaluation

REACHED = (
    "return performance.getEntriesByType('resource').map(entry => entry.name).filter(name => !name.startsWith('data:'))"
)
PIXELS = "return [...document.querySelectorAll(arguments[0])].every(image => image.complete && image.naturalWidth > 0)"


@pytest.fixture(params=[390, 1280])
def page(request, written, look_at):
    return look_at(written, width=request.param, dark=request.param == 390)


def find(page, selector):
    return page.find_elements(By.CSS_SELECTOR, selector)


def press(page, element):
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def test_nothing_sticks_out_and_nothing_is_fetched(page):
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert page.execute_script(PIXELS, "img")
    assert page.execute_script(REACHED) == []


def test_on_a_phone_a_wide_table_shows_that_there_is_more(written, look_at):
    page = look_at(written, width=390)
    is_wide = "box => !box.closest('details:not([open])') && box.scrollWidth > box.clientWidth + 2"
    wide = page.execute_script(f"return [...document.querySelectorAll('.scroll')].filter({is_wide})")
    assert wide
    for box in wide:
        hint = box.find_element(By.XPATH, "following-sibling::*[1]")
        assert "more" in box.get_attribute("class").split()
        assert hint.is_displayed()
        assert hint.text == "more to the right →"
    page.execute_script("arguments[0].scrollLeft = 9999", wide[0])
    WebDriverWait(page, 5).until(lambda _: "more" not in wide[0].get_attribute("class").split())
    assert not wide[0].find_element(By.XPATH, "following-sibling::*[1]").is_displayed()


def test_file_names_are_not_broken_in_their_ending(page):
    count = "each => each.getClientRects().length"
    pieces = page.execute_script(f"return [...document.querySelectorAll('.file-end')].map({count})")
    assert pieces
    assert set(pieces) <= {0, 1}  # 0: in what is closed


def test_a_cell_shows_its_images(page, run):
    evaluation = Evaluation.from_dict(run.evaluation)
    mistake = evaluation.confusions[0]
    numbers = [evaluation.classes.index(name) for name in (mistake.true, mistake.predicted)]
    (cell,) = find(page, f"td button[data-cell='{numbers[0]},{numbers[1]}']:not(.as-link)")
    assert cell.text == str(mistake.count)
    assert not find(page, "#cell")[0].is_displayed()
    press(page, cell)
    panel = find(page, "#cell")[0]
    assert panel.is_displayed()
    assert f"{mistake.true}, taken for {mistake.predicted}: {mistake.count} image" in panel.text
    tiles = find(page, "#cell .tile")
    assert len(tiles) == min(mistake.count, 24)
    assert all(f"says {mistake.predicted}" in tile.text and f"is {mistake.true}" in tile.text for tile in tiles)
    assert page.execute_script(PIXELS, "#cell img")
    assert cell.get_attribute("aria-pressed") == "true"


def test_a_cell_opens_by_the_keyboard(page):
    cell = find(page, ".matrix td.right button")[0]
    page.execute_script("arguments[0].focus()", cell)
    cell.send_keys(Keys.ENTER)
    assert "recognised" in find(page, "#cell h3")[0].text


def test_a_mistake_is_enlarged_and_closed_again(page):
    first = find(page, "#mistakes .tile")[0]
    name = first.find_element(By.TAG_NAME, "small").text
    press(page, first)
    dialog = find(page, "#enlarged")[0]
    assert dialog.is_displayed()
    assert name in dialog.text
    assert "The network says" in dialog.text
    assert page.execute_script(PIXELS, "#enlarged img")
    find(page, "#enlarged button")[0].click()
    assert not dialog.is_displayed()
    press(page, first)
    dialog.send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()


def test_the_table_of_classes_is_sorted_by_a_press(page, run):
    evaluation = Evaluation.from_dict(run.evaluation)
    recall = dict(zip(evaluation.classes, (score.value for score in evaluation.per_class["recall"]), strict=True))
    heading = next(each for each in find(page, "#per-class th") if each.text.startswith("recall"))
    button = heading.find_element(By.TAG_NAME, "button")
    press(page, button)
    assert heading.get_attribute("aria-sort") == "ascending"
    assert [recall[name] for name in classes(page)] == sorted(recall.values())
    button.click()
    assert [recall[name] for name in classes(page)] == sorted(recall.values(), reverse=True)
    press(page, find(page, "#per-class th button")[0])
    assert classes(page) == sorted(recall)


def classes(page):
    return [cell.text for cell in find(page, "#per-class tbody td:first-child")]


def test_hostile_names_are_text(hostile_run, look_at):
    page = look_at(report.report(hostile_run), width=390)
    for cell in find(page, ".matrix button"):
        page.execute_script("arguments[0].click()", cell)
        assert not find(page, "#cell script, #cell img[src='x']")
    press(page, find(page, "#mistakes .tile")[0])
    assert not find(page, "img[src='x']")
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert "<img src=x onerror=alert(1)>" in classes(page)


def test_on_paper_everything_is_open(written, look_at):
    page = look_at(written, medium="print")
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert not find(page, "details:not([open])")
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert find(page, "details:not([open])")


def test_a_page_without_the_test_has_no_script_error(make_run, look_at):
    page = look_at(report.report(make_run(evaluated=False)), width=390)
    assert "not opened yet" in find(page, "body")[0].text
