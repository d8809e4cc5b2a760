import pytest

from saccade.export.publishing.licences import doubt


@pytest.mark.parametrize("licence", ["", "apache-2.0", "cc-by-4.0", "other"])
def test_what_the_hub_knows_is_not_doubted(licence):
    assert not doubt(licence)


@pytest.mark.parametrize(("licence", "meant"), [("Apache2", "apache-2.0"), ("MIT", "mit"), ("cc-by-4", "cc-by-4.0")])
def test_what_it_does_not_know_is_noted_with_the_nearest(licence, meant):
    assert doubt(licence).endswith(f"--licence {meant}?")


def test_a_licence_of_ones_own_is_another():
    assert "--licence other" in doubt("qqqqq")
