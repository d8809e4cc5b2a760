"""What a training says while it goes on, kept for tests to look at."""

from saccade.training.progress import Progress


class HeardProgress(Progress):
    """Keeps all that it hears.

    Attributes:
        plan: the last one; None.
        moments: what moved, in order.
        rows: an epoch each, with whether it was the best.
        notes: sentences.
    """

    def __init__(self):
        self.plan, self.moments, self.rows, self.notes = None, [], [], []

    def planned(self, plan):
        self.plan = plan

    def moved(self, moment):
        self.moments.append(moment)

    def epoch_done(self, row, *, best):
        self.rows.append((row, best))

    def note(self, text):
        self.notes.append(text)
