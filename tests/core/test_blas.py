import threading

import numpy as np
from threadpoolctl import threadpool_info

from saccade.core.blas import find, one_thread


def threads():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def test_products_of_matrices_are_computed_by_one_thread_and_by_as_many_as_before_afterwards():
    before = threads()
    with one_thread():
        assert set(threads()) == {1}
        assert (np.eye(3) @ np.eye(3)).trace() == 3
    assert threads() == before


def test_the_libraries_are_looked_for_once_a_process(monkeypatch):
    find()
    monkeypatch.setattr("threadpoolctl.ThreadpoolController.__init__", lambda self: 1 / 0)
    with one_thread():
        done = threading.Thread(target=lambda: one_thread().__enter__())
        done.start()
        done.join(60)
