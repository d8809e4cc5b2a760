import pytest

from saccade.core.pasted_path import pasted_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("photos/", "photos/"),
        ("  my photos \n", "my photos"),
        ('"C:\\my photos"', "C:\\my photos"),
        ("'/home/me/my photos/'", "/home/me/my photos/"),
        ("“my photos”", "my photos"),
        ("file:///home/me/my%20photos/M%C3%BCll", "/home/me/my photos/Müll"),
        ("it's", "it's"),
        ("'tis", "'tis"),
        ("''", "''"),
        ("", ""),
    ],
)
def test_what_surrounds_a_pasted_path_is_left_off(text, path):
    assert pasted_path(text) == path
