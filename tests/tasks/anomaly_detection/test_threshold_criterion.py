import pytest
from each_case import each_case

from saccade.core.errors import RecipeError, UnknownNameError
from saccade.tasks.anomaly_detection.threshold_criterion import METHODS, parse, read


@pytest.mark.parametrize(
    ("method", "said", "numbers"),
    [
        ("alarms", "20/day", {"per_day": 20}),
        ("alarms", "0.5/day", {"per_day": 0.5}),
        ("alarms", "5/1000", {"share": 0.005}),
        ("alarms", "1%", {"share": 0.01}),
        ("alarms", "0.001", {"share": 0.001}),
        ("budget", "50/10000", {"look_at": 50, "of": 10_000, "share": 0.005}),
        ("cost", "miss=500,alarm=10", {"miss": 500, "alarm": 10}),
        ("cost", "alarm=10, miss=500", {"miss": 500, "alarm": 10}),
        ("f_beta", "2", {"beta": 2}),
        ("p_value", "0.01", {"share": 0.01}),
        ("extreme_value", "1e-4", {"share": 0.0001}),
    ],
)
def test_what_a_person_says_is_understood(method, said, numbers):
    assert parse(method, said).numbers == pytest.approx(numbers)


@each_case(
    ("method", "said"),
    [
        *(("alarms", said) for said in ("20", "20/hour", "0", "-1%", "100%", "nan", "inf/day", "", "5/0", "many")),
        *(("budget", said) for said in ("50", "50/50", "60/50", "0/10")),
        *(("cost", said) for said in ("500", "miss=500", "miss=500,alarm=0", "miss=1,alarm=1,miss=2", "a=1,b=2")),
        *(("f_beta", said) for said in ("0", "-1", "two")),
        *(("p_value", said) for said in ("1", "0", "2%%")),
    ],
)
def test_what_cannot_be_meant_is_refused_with_an_example(method, said):
    with pytest.raises(RecipeError, match="such as"):
        parse(method, said)


def test_a_miss_that_costs_less_than_an_alarm_needs_no_threshold():
    with pytest.raises(RecipeError, match="no alarm pays"):
        parse("cost", "miss=5,alarm=10")


def test_an_unknown_method_names_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'budget'"):
        parse("budged", "50/10000")


EXAMPLES = {
    "alarms": "20/day",
    "budget": "50/10000",
    "cost": "miss=500,alarm=10",
    "f_beta": "2",
    "p_value": "1%",
    "extreme_value": "0.0001",
}


@pytest.mark.parametrize("method", METHODS)
def test_written_as_one_word_it_can_be_read_again(method):
    asked = parse(method, EXAMPLES[method])
    assert read(str(asked)) == asked
    assert "{" not in asked.words


def test_it_is_said_in_words_as_it_was_asked():
    assert read("alarms=5/1000").words == "at most 5/1000 of the normal rows as false alarms"
    assert read("alarms=20/day").words == "at most 20 false alarms a day"
    assert read("budget=50/10000").words == "of 10,000 rows, a person can look at 50"


def test_what_was_asked_is_said_of_what_the_inputs_are():
    asked = parse("alarms", "1%")
    assert asked.words_for("images") == "at most 1% of the normal images as false alarms"
    assert asked.words_for("rows") == asked.words
