"""A job that begins while somebody looks is never taken for one whose process is gone."""

import json
import os

import psutil

from saccade.studio.job import QUEUED, RUNNING, Job, Order


def test_one_that_begins_in_the_middle_of_a_look_is_not_killed(tmp_path, monkeypatch):
    job = Job.create(tmp_path / "1", Order("train", "A training", ("train",)))
    real = Job.process.fget

    def begins(self):
        found = real(self)
        own = {"pid": os.getpid(), "created": psutil.Process().create_time()}
        (self.path / "process.json").write_text(json.dumps(own), encoding="utf-8")
        return found

    monkeypatch.setattr(Job, "process", property(begins))
    assert job.state == QUEUED
    assert job.state == RUNNING
