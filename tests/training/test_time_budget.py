"""A budget of time, on a clock and a machine that the test turns itself."""

from types import SimpleNamespace

import pytest

from saccade.core import recipe as recipes
from saccade.training.optimizing import schedule
from saccade.training.time_budget import WHOLE, Clock, TimeBudget, TimedSchedule

pytestmark = pytest.mark.heavy


class Machine:
    """A trainer of which every step takes some seconds, and every validation with its files some others."""

    def __init__(self, *, epoch_steps=100, stretch=5, validation=1.0):
        self.training_feed = SimpleNamespace(steps=epoch_steps)
        self.clock, self.time, self.stop_training, self.last_step = Clock(), 0.0, False, None
        self.optimizer = SimpleNamespace(iterations=0)
        self._stretch, self._validation = stretch, validation

    def stop_at(self, step):
        self.last_step = step

    def run(self, budget, step_seconds, *, parts=None):
        """Train as Keras' fit does until it is told to stop; note the part of the schedule after each stretch."""
        epoch = 0
        while not self.stop_training:
            budget.on_epoch_begin(epoch)
            done = 0
            while done < self.training_feed.steps and (not self.stop_training or not done):
                steps = min(self._stretch, self.training_feed.steps - done, self.last_step - self.optimizer.iterations)
                self.time += steps * step_seconds(self.time)
                self.optimizer.iterations += steps
                done += steps
                if parts is not None:
                    parts.append(float(self.clock.part_at(self.optimizer.iterations)))
                budget.on_train_batch_end(done)
            self.time += self._validation
            epoch += 1
        return budget.outcome()


def kept(seconds, step_seconds, *, guessed=0.1, spent=0.0, parts=None, **options):
    machine = Machine(**options)
    times = {"step_seconds": guessed, "validation_seconds": 1.0, "now": lambda: machine.time}
    return machine.run(TimeBudget(machine, seconds, spent=spent, **times), step_seconds, parts=parts)


SPEEDS = {
    "as measured": lambda _: 0.1,
    "half as fast": lambda _: 0.2,
    "three times as fast": lambda _: 0.033,
    "slower in the middle": lambda now: 0.1 if now < 60 else 0.3,
    "faster in the middle": lambda now: 0.3 if now < 60 else 0.1,
    "slow for a while": lambda now: 0.4 if 40 < now < 60 else 0.1,
}


@pytest.mark.parametrize("speed", SPEEDS.values(), ids=SPEEDS)
def test_a_budget_is_kept_whatever_the_machine_does(speed):
    parts = []
    outcome = kept(120, speed, parts=parts, spent=5)
    assert outcome.taken == pytest.approx(120, rel=0.05)
    assert outcome.reason == ""
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1, abs=0.05)  # the schedule ends with the time


def test_a_budget_smaller_than_an_epoch_ends_within_it():
    outcome = kept(20, lambda _: 0.1, epoch_steps=10_000)
    assert outcome.taken == pytest.approx(20, rel=0.05)
    assert 100 < outcome.steps < 200


def test_a_budget_that_preparing_uses_up_says_so():
    outcome = kept(5, lambda _: 0.1, spent=8)
    assert outcome.taken > 5
    assert "Preparing took 8 s" in outcome.reason


def test_a_machine_that_stands_still_at_the_end_is_named():
    outcome = kept(60, lambda now: 0.1 if now < 57 else 5.0)
    assert outcome.taken > 63
    assert "times as long at the end" in outcome.reason


def test_what_was_used_before_a_kill_is_not_to_be_had_again():
    machine = Machine()
    budget = TimeBudget(machine, 60, spent=0, step_seconds=0.1, validation_seconds=1, now=lambda: machine.time)
    machine.clock.elapsed.assign(40.0)  # as a checkpoint restores it
    machine.clock.part.assign(0.6)
    outcome = machine.run(budget, lambda _: 0.1)
    assert machine.time == pytest.approx(20, rel=0.1)
    assert outcome.taken == pytest.approx(60, rel=0.05)


@pytest.mark.parametrize("name", ["one_cycle", "cosine"])
def test_the_learning_rate_follows_the_clock(name):
    recipe = recipes.make({"schedule": name, "learning_rate": 0.01})
    clock, whole = Clock(), schedule(recipe, total_steps=WHOLE)
    timed = TimedSchedule(clock, whole)
    clock.replan(0, 200)
    assert float(timed(50)) == pytest.approx(float(whole(WHOLE // 4)), rel=1e-3)
    clock.replan(50, 50)  # a quarter is done, and only 50 steps are left of the time
    assert float(timed(50)) == pytest.approx(float(whole(WHOLE // 4)), rel=1e-3)
    assert float(timed(75)) == pytest.approx(float(whole(WHOLE * 5 // 8)), rel=1e-3)
    assert float(timed(100)) == pytest.approx(0, abs=1e-6)
