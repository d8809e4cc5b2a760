"""Run the command line in the folder given, and die by SIGKILL in the second training: run by test_killing.py."""

import os
import signal
import sys

from saccade.cli import run
from saccade.core.run import Run
from saccade.core.run_writing import write_file
from saccade.training import racing


def killing(train):
    def trained(recipe, *args, **options):
        if recipe.seed == 1:  # while a file is being written
            Run.save_checkpoint = lambda self, save: write_file(self.checkpoint_path, die)
        return train(recipe, *args, **options)

    return trained


def die(temporary):
    temporary.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    racing.train = killing(racing.train)
    sys.exit(run(sys.argv[1:]))
