"""What Keras fits: the network with augmentation before it, and many steps in one graph on TensorFlow."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from saccade.core.backend import keras
from saccade.training.averaging import Averages
from saccade.training.batches import Batches, Feed
from saccade.training.distributed import world
from saccade.training.fused_normalization import fused_normalization
from saccade.training.objective import Objective
from saccade.training.small_maps import small_maps_together

ops = keras.ops

Hopeless = Callable[[dict[str, float], int], bool]
"""Says, of results on the first so many batches, whether the others need not be seen."""


class Trainer(keras.Model):
    """A network in training. Keras' own `fit` runs it, with its callbacks, metrics and history.

    Augmentation, what changes inputs and targets together, and what the objective adjusts or adds act in training only,
    so validation numbers are those of the bare network.

    Attributes:
        resumes_within_epoch: whether training can start in the middle of an epoch.
        clock: what the learning rate follows where there is a budget of time; its variables are part of the state.
        averages: of the weights, where these are what is kept, updated as training goes on; likewise.
        watch: what ends the training at a target; likewise.
        uses_xla: whether its steps are compiled with XLA because that was chosen. Keras' own `jit_compile` stays off:
            it refuses XLA altogether where operations have to be deterministic, though few cannot be both.
    """

    resumes_within_epoch = False
    uses_xla = False

    def __init__(
        self,
        network: Any,
        objective: Objective,
    ) -> None:
        super().__init__(name="trainer", dtype="float32")
        self.network, self.objective = network, objective
        self.augmentation, self.paired = list(objective.augmentation), objective.paired
        self._moved: Any = None
        self.clock: Any = None
        self.averages: Averages | None = None
        self.watch: Any = None

    def build(self, input_shape: Any) -> None:
        """Do nothing: the network is built already."""

    def call(self, images: Any, training: bool = False) -> Any:
        """Return the network's answers for raw pixels (n, h, w, c) or raw columns (n, d)."""
        if training:
            for layer in self.augmentation:
                images = layer(images, training=True)
            if self.paired:
                images = self.paired.inputs(ops.cast(images, "float32"))
        return self.network(ops.cast(images, "float32"), training=training)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Return the scalar loss of a batch, regularisation included."""
        targets, self._moved = self.objective.encode(y), None
        if training:
            targets = self.paired.targets(targets) if self.paired else targets
            self._moved = targets if self.paired and self.paired.moves_targets else None
            targets, sample_weight = self.objective.adjust(targets, y)
        loss = super().compute_loss(x, targets, y_pred, sample_weight, training)
        penalty = self.objective.penalty(ops.cast(x, "float32")) if training and self.objective.penalty else None
        return loss if penalty is None else loss + penalty

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Update the metrics with the true targets of what was seen, unweighted, and return all results."""
        targets = self.objective.encode(y) if self._moved is None else self._moved  # `compute_loss` came before
        return super().compute_metrics(x, targets, y_pred)

    def train_step(self, *batch: Any) -> Any:
        """Take a step: the objective's own, or else Keras' gradient descent on the loss.

        Returned are the logs; on JAX, where a step is a function of (state, batch), with the new state.
        """
        return self.objective.step(self, *batch) if self.objective.step else super().train_step(*batch)

    def attach(self, training: Feed, validation: Feed | None) -> None:
        """Give the feeds and build every variable, so that state can be measured, saved and restored."""
        self.training_feed, self.validation_feed = training, validation
        for layer in self.augmentation:
            if hasattr(layer, "steps_a_pass"):
                layer.steps_a_pass = training.steps
        self._symbolic_build(data_batch=training.batch(0))
        self.optimizer.build(self.trainable_variables)

    @property
    def can_choose_xla(self) -> bool:
        """Whether its steps can be compiled with XLA or without; JAX knows no other way."""
        return False

    def compile_steps(self, *, xla: bool) -> None:
        """Make the functions of `fit` anew, their steps compiled with XLA or not; only where that can be chosen."""
        raise NotImplementedError

    def pace(self, *, stretch: int, last_step: int | None) -> None:
        """Set how many steps to run between two looks around, and the step after which to stop."""

    def stop_at(self, step: int) -> None:
        """Do no step after this one: looked at wherever several are done at once."""

    def look_every(self, steps: int) -> None:
        """Do not run past a multiple of so many steps at once."""

    def train_some(self, steps: int) -> None:
        """Train on the first steps of an epoch."""
        for step in range(steps):
            self.train_on_batch(*self.training_feed.batch(step))

    def validate_some(self, steps: int) -> None:
        """Validate on the first steps."""
        assert self.validation_feed is not None
        for step in range(steps):
            self.test_on_batch(*self.validation_feed.batch(step))

    def validated(self, is_hopeless: Hopeless, *, steps: int) -> dict[str, float] | None:
        """Return the results on the validation split in the middle of an epoch; only where one can be resumed."""
        raise NotImplementedError

    def fit_input(self, feed: Feed) -> Any:
        """Return what to hand to `fit` as x (or as validation data)."""
        return Batches(feed)

    @property
    def state(self) -> list[Any]:
        """All variables that training changes: weights, seeds of dropout and augmentation, metrics, optimizer."""
        paired = [self.paired.seed_generator.state] if self.paired else []
        clock = self.clock.variables if self.clock else []
        averages = self.averages.variables if self.averages else []
        watch = self.watch.variables if self.watch else []
        own = [*paired, *clock, *averages, *watch]
        found = [*self.variables, *self.metrics_variables, *self.optimizer.variables, *own]
        return list({id(variable): variable for variable in found}.values())


def make_trainer(*args: Any, **options: Any) -> Trainer:
    """Return the fastest trainer of the active backend, or that of several ranks; arguments as for Trainer."""
    kind = GraphTrainer if keras.backend.backend() == "tensorflow" else Trainer
    made: Trainer = (world.current().trainer or kind)(*args, **options)
    return made


class GraphTrainer(Trainer):
    """On TensorFlow: `steps_per_execution` batches in one graph that picks them from the images on the device.

    Keras' own loop asks `tf.data` for every batch; picking them inside the graph was measured 1.6 (CNN) to 4 times
    (dense network) as fast on a CPU. `fit` counts steps as always, so its callbacks see true step numbers.
    """

    resumes_within_epoch = True
    train_function: Any
    test_function: Any
    _last_step: int | None = None
    _look_every: int | None = None
    steps_per_execution: int

    def train_step(self, *batch: Any) -> Any:
        """Take a step, and its weights into the averages."""
        with self._normalizing(), small_maps_together():
            logs = super().train_step(*batch)
        if self.averages:
            self.averages.update(self.optimizer.iterations)
        return logs

    def _normalizing(self) -> AbstractContextManager[None]:
        """Return what a step is traced in; of several ranks, each would normalise by its own part of a batch."""
        return fused_normalization() if world.current().size == 1 else nullcontext()

    def validated(self, is_hopeless: Hopeless, *, steps: int) -> dict[str, float] | None:
        """Return the results on the validation split, and leave those of the running epoch as they are.

        Args:
            is_hopeless: says, of results on the first so many batches, whether the others need not be seen.
            steps: batches between two such questions.

        Returns:
            None where it was hopeless.
        """
        feed = self.validation_feed
        assert feed is not None
        running = [ops.convert_to_numpy(each) for each in self.metrics_variables]
        pace, self.steps_per_execution = self.steps_per_execution, min(steps, feed.most_at_once)
        try:
            return self._validated(feed, is_hopeless)
        finally:
            self.steps_per_execution = pace
            for variable, value in zip(self.metrics_variables, running, strict=True):
                variable.assign(value)

    def _validated(self, feed: Feed, is_hopeless: Hopeless) -> dict[str, float] | None:
        self.reset_metrics()
        feed.start_epoch(0)
        results = dict[str, float]()
        while feed.step < feed.steps:
            results = {name: float(value) for name, value in self.test_function(None).items()}
            if feed.step < feed.steps and is_hopeless(results, feed.step):
                return None
        return results

    @property
    def can_choose_xla(self) -> bool:
        """Always."""
        return True

    def compile_steps(self, *, xla: bool) -> None:
        """Make the functions of `fit` anew, their steps compiled with XLA or not."""
        self.uses_xla = xla
        self.make_train_function(force=True)
        if self.validation_feed:
            self.make_test_function(force=True)

    def pace(self, *, stretch: int, last_step: int | None) -> None:
        """Set how many steps go into one graph call, and the step after which to stop."""
        self.steps_per_execution, self._last_step = stretch, last_step

    def stop_at(self, step: int) -> None:
        """Do no step after this one."""
        self._last_step = step

    def look_every(self, steps: int) -> None:
        """Do not run past a multiple of so many steps at once."""
        self._look_every = steps

    def train_some(self, steps: int) -> None:
        """Train on the first steps of an epoch."""
        self.make_train_function()
        self.training_feed.start_epoch(0)
        self.steps_per_execution = steps
        self.train_function(None)

    def validate_some(self, steps: int) -> None:
        """Validate on the first steps."""
        assert self.validation_feed is not None
        self.make_test_function()
        self.validation_feed.start_epoch(0)
        self.steps_per_execution = steps
        self.test_function(None)

    def make_train_function(self, force: bool = False) -> None:
        """Make the function that `fit` calls for each stretch of steps."""
        if self.train_function is None or force:
            run = self._many_steps(self.train_step, self.training_feed.batch_size)
            self.train_function = lambda _: self._advance(self.training_feed, run)

    def make_test_function(self, force: bool = False) -> None:
        """Make the function that `fit` calls for each stretch of validation steps."""
        if self.test_function is None or force:
            assert self.validation_feed is not None
            run = self._many_steps(self.test_step, self.validation_feed.batch_size)
            self.test_function = lambda _: self._advance(self.validation_feed, run)

    def fit_input(self, feed: Feed) -> Any:
        """Return a counter of steps: the graph picks the images itself."""
        import tensorflow as tf  # noqa: PLC0415  (only on its own backend)

        return tf.data.Dataset.range(feed.steps + self._lost_to_looks(feed))

    def _lost_to_looks(self, feed: Feed) -> int:
        """Return the steps by which stretches may be cut short in an epoch, so that `fit` calls often enough.

        A call after the epoch's last step does nothing.
        """
        if not self._look_every or feed is not self.training_feed:
            return 0
        return self.steps_per_execution * (feed.steps // self._look_every + 1)

    def _advance(self, feed: Feed | None, run: Any) -> dict[str, Any]:
        assert feed is not None
        if feed.step < feed.steps:  # a resumed epoch has fewer steps left than `fit` counts
            run(*feed.next_stretch(self._stretch(feed)))
        return dict(self.get_metrics_result())

    def _stretch(self, feed: Feed) -> int:
        steps = self.steps_per_execution
        if feed is self.validation_feed:
            return steps
        done = int(self.optimizer.iterations)
        if self._look_every:
            steps = min(steps, self._look_every - done % self._look_every)
        return steps if self._last_step is None else min(steps, self._last_step - done)

    def _many_steps(self, one_step: Any, batch_size: int) -> Any:
        import tensorflow as tf  # noqa: PLC0415

        # not the loop, which may have any number of steps: XLA would compile it for each
        step = tf.function(one_step, autograph=False, jit_compile=True) if self.uses_xla else one_step
        any_number = [tf.TensorSpec((None, *values.shape[1:]), values.dtype) for values in self.training_feed.batch(0)]

        @tf.function(autograph=False, input_signature=(*any_number, tf.TensorSpec((None,), tf.int32)))
        def run(images: Any, labels: Any, positions: Any) -> None:
            def body(first: Any) -> Any:
                self._run_step(step, images, labels, positions[first : first + batch_size])
                return (first + batch_size,)

            def loop() -> None:
                tf.while_loop(lambda first: first < tf.size(positions), body, (tf.constant(0),), parallel_iterations=1)

            self._run_stretch(loop)

        return run

    def _run_stretch(self, loop: Callable[[], None]) -> None:
        """Run a loop of steps."""
        loop()

    def _run_step(self, one_step: Any, images: Any, labels: Any, picked: Any) -> None:
        """Take one step, on the inputs that are picked (n,)."""
        import tensorflow as tf  # noqa: PLC0415

        one_step((tf.gather(images, picked), tf.gather(labels, picked)))
