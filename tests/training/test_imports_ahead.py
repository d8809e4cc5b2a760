"""Parts of a task are imported beside the training, and none that fails ends it."""

import threading

from saccade.training.imports_ahead import TO_COMPLETE, TO_EVALUATE, TO_REPORT, ImportsAhead


class Task:
    def __init__(self):
        self.asked, self.go = [], threading.Event()

    def __getattr__(self, name):
        assert self.go.wait(60)
        self.asked.append((name, threading.current_thread() is threading.main_thread()))
        if name == "broken":
            raise ImportError(name)
        return name


def test_parts_are_imported_in_another_thread_once_and_waited_for_at_the_end():
    task = Task()
    ahead = ImportsAhead(task, ("evaluate", "broken", "complete"))
    ahead.on_epoch_begin(0)
    assert not task.asked
    task.go.set()
    ahead.on_epoch_begin(1)
    ahead.on_train_end()
    assert task.asked == [("evaluate", False), ("broken", False), ("complete", False)]


def test_a_training_without_an_epoch_imports_nothing():
    task = Task()
    ImportsAhead(task, ("evaluate",)).on_train_end()
    assert not task.asked


def test_every_part_is_one_that_tasks_have():
    from saccade.tasks.protocol import Task as Protocol

    assert all(hasattr(Protocol, name) for name in (*TO_COMPLETE, *TO_EVALUATE, *TO_REPORT))
