"""Measure what a box costs in the studio, in processor time: the word on the disk, the lists of a page, one photo.

    python benchmarks/box_labels.py                   # 3,000 photos with 10 boxes each, a minute on one core
    python benchmarks/box_labels.py --photos 300

The exit status is 1 when a word takes more than the target, or the lists that a page asks for after it.
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

TIMES = 10


def processor_ms(what):
    """Return the milliseconds of a processor that a call takes, the mean of some."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(TIMES):
        what()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / TIMES


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=3000)
    parser.add_argument("--boxes", type=int, default=10, help="of each photo [10]")
    parser.add_argument("--target", type=float, default=250, help="milliseconds [250]")
    options = parser.parse_args()
    from saccade.tasks.object_detection.labelling.session import BoxSession

    folder, rng = Path(tempfile.mkdtemp()), np.random.default_rng(0)
    for number in range(options.photos):
        Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(folder / f"{number:05}.jpg")
    session, boxes = BoxSession(folder), [["cat", 1, 1, 20, 20]] * options.boxes
    session.say([(row, boxes) for row in range(options.photos)])
    found = {
        "a word on one photo": processor_ms(lambda: session.say([(7, boxes)])),
        "the lists of the page": processor_ms(session.rows),
        "what a poll says": processor_ms(session.state),
        "one photo": processor_ms(lambda: session.at(3)),
    }
    print(f"{options.photos:,} photos, {options.boxes} boxes each")
    for name, milliseconds in found.items():
        print(f"  {name:24} {milliseconds:8.1f} ms")
    sys.exit(max(found.values()) > options.target)


if __name__ == "__main__":
    main()
