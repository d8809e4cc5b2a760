from saccade.core.many_classes import are_many, first_of_many


def test_a_hundred_classes_are_all_shown_and_of_more_the_first_twenty():
    classes = list(range(100))
    assert not are_many(classes)
    assert are_many([*classes, 100])
    assert first_of_many([*classes, 100], key=lambda number: -number) == list(range(100, 80, -1))
