"""What all pages share."""

import pytest

from saccade.core.pages import file_name

WRITTEN = {
    "cat/IMG_1234.jpg": 'cat/IMG_<span class="file-end">1234.jpg</span>',
    "a.png": '<span class="file-end">a.png</span>',
    "cat/7.jpeg": 'cat/<span class="file-end">7.jpeg</span>',
    "test/00042": "test/00042",
    "v1.0/00042": "v1.0/00042",
    "<b>.png": '<span class="file-end">&lt;b&gt;.png</span>',
    "long<i>name.png": 'long&lt;i&gt;<span class="file-end">name.png</span>',
}


@pytest.mark.parametrize(("name", "written"), WRITTEN.items())
def test_a_file_name_is_escaped_and_not_broken_in_its_ending(name, written):
    assert file_name(name) == written
