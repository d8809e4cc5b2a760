import threading

import pytest

from saccade.core.background import in_background


def test_work_goes_on_beside_and_its_result_is_there_when_it_is_asked_for():
    may_end = threading.Event()
    found = in_background(lambda: may_end.wait(60) and threading.get_ident())
    assert not found.done()
    may_end.set()
    assert found.result(60) not in (False, threading.get_ident())


def test_an_error_is_raised_where_the_result_is_asked_for():
    with pytest.raises(ZeroDivisionError):
        in_background(lambda: 1 // 0).result(60)
