"""Search a data set for near-duplicates as the audit does: what it costs, what it finds, and a sheet of pairs to judge.

    SACCADE_DATA_HOME=folder python benchmarks/near_duplicates.py mnist
    SACCADE_DATA_HOME=folder python benchmarks/near_duplicates.py cifar10 --sheet pairs.png   # two images a pair
    SACCADE_DATA_HOME=folder python benchmarks/near_duplicates.py trashnet --features         # a network's too
    SACCADE_DATA_HOME=folder python benchmarks/near_duplicates.py cifar10 --planted 300       # which changes are found

Nothing is remembered. Seconds are of processor time, of all cores together. Planted copies are those of random images,
each changed in one way, and families are six exposures of an image; the search sees them among all others.
"""

import argparse
import io
import os
import resource
import tempfile
import time

import numpy as np
from PIL import Image, ImageDraw

CELL, COLUMNS, ON_SHEET = 72, 10, 100
GAINS = (0.4, 0.55, 0.7, 0.85, 1.2)
"""Of the five other exposures of a family."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", nargs="?", default="mnist", help="a name or folder [mnist]")
    parser.add_argument("--features", action="store_true", help="with what a pretrained network makes of the images")
    parser.add_argument("--planted", type=int, metavar="COUNT", help="copies of each kind, and families, to be found")
    parser.add_argument("--sheet", metavar="FILE", help="write up to 100 pairs, evenly by distance, as an image")
    parser.add_argument("--other", action="store_true", help="the sheet shows pairs of test and training only")
    parser.add_argument("--size", type=int, help="pixels a side [as the data say]")
    options = parser.parse_args()
    os.environ["SACCADE_CACHE"] = tempfile.mkdtemp()  # nothing remembered
    from saccade.modalities.images.loading import load

    dataset = load(options.data, quiet=True, **({"image_size": options.size} if options.size else {}))
    images = np.asarray(dataset.images)
    if options.planted:
        images, planted = with_planted(images, options.planted)
    vectors = features_of(images) if options.features else None
    found = searched(images, vectors)
    if options.planted:
        report_planted(found, len(dataset.images), planted)
        return
    across = report(found, dataset)
    if options.sheet:
        write_sheet(options.sheet, images, found, np.flatnonzero(across) if options.other else None)


def features_of(images):
    from saccade.tasks.image_features import features

    return features(images, quiet=True).vectors


def searched(images, vectors):
    """Return the near-duplicates, and print what finding them costs."""
    from saccade.modalities.images.audit.measuring import measure
    from saccade.modalities.images.audit.near_duplicates import find_duplicates

    before = peak()
    started = time.process_time(), time.perf_counter()
    measures = measure(images, quiet=True)
    measured = time.process_time()
    found = find_duplicates(images, measures, vectors=vectors)
    shape = "×".join(str(length) for length in images.shape[1:])
    print(f"{len(images):,} images of {shape}: {len(found.first):,} pairs, {found.mirrored.sum():,} of them mirrored")
    print(
        f"processor seconds: measuring {measured - started[0]:.1f}, searching {time.process_time() - measured:.1f}; "
        f"{time.perf_counter() - started[1]:.0f} s by the clock; peak memory {peak() - before:+,.0f} MB"
    )
    return found


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(found, dataset):
    """Print how many test images have a duplicate in training; return which near pairs are of both."""
    from saccade.modalities.images.audit.matching import match

    test, train = (np.flatnonzero(dataset.splits == split) for split in ("test", "train"))
    if len(test) and len(train):
        matches = match(found, test, train)
        share = len(matches.rows) / len(test)
        print(f"test images with a duplicate in training: {len(matches.rows):,} of {len(test):,}, {share:.2%}")
    return (dataset.splits[found.first] == "test") != (dataset.splits[found.second] == "test")


def as_jpeg(image):
    file = io.BytesIO()
    pixels = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(pixels).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file)).reshape(image.shape)


def stretched(image, top, left, height, width):
    """Return a part of an image at the size of the whole."""
    part = image[top : top + height, left : left + width]
    part = Image.fromarray(part[..., 0] if image.shape[-1] == 1 else part)
    return np.asarray(part.resize(image.shape[1::-1], Image.Resampling.BICUBIC)).reshape(image.shape)


def smaller_and_back(image):
    side = round(0.8 * len(image))
    small = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    small = small.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(small.resize(image.shape[1::-1], Image.Resampling.BICUBIC)).reshape(image.shape)


def lit(image, gain):
    return np.clip(np.rint(image * gain), 0, 255).astype(np.uint8)


def cropped(image):
    edge = round(len(image) / 16)
    return stretched(image, edge, edge, len(image) - 2 * edge, image.shape[1] - 2 * edge)


def moved(image):
    """Return the image a fifteenth further down and right, with its edges repeated."""
    step = round(len(image) / 15)
    return np.pad(image, ((step, 0), (step, 0), (0, 0)), mode="edge")[: len(image), : image.shape[1]]


CHANGES = {
    "saved as JPEG": as_jpeg,
    "made smaller and back": smaller_and_back,
    "brighter by a third": lambda image: lit(image, 1.33),
    "darker by half": lambda image: lit(image, 0.5),
    "mirrored": lambda image: image[:, ::-1],
    "cropped by an eighth": cropped,
    "cropped and mirrored": lambda image: cropped(image)[:, ::-1],
    "moved by a fifteenth": moved,
}


def with_planted(images, count):
    """Return the images with changed copies behind them, and which rows were copied for each kind."""
    rng = np.random.default_rng(0)
    asked = {name: rng.choice(len(images), count, replace=False) for name in [*CHANGES, "six exposures"]}
    made = [change(images[row]) for name, change in CHANGES.items() for row in asked[name]]
    made += [lit(images[row], gain) for gain in GAINS for row in asked["six exposures"]]
    return np.concatenate([images, np.stack(made)]), asked


def report_planted(found, before, asked):
    """Print which part of each kind of copy is in one group with its original."""
    groups, start = found.groups, before
    for name, rows in asked.items():
        many = len(GAINS) if name == "six exposures" else 1
        copies = groups[start : start + many * len(rows)].reshape(many, len(rows))
        print(f"  {name}: {(copies == groups[rows]).all(axis=0).mean():.1%}")
        start += many * len(rows)
    print(f"pairs among the others: {(found.second < before).sum():,}")


def write_sheet(path, images, found, chosen):
    """Write pairs, evenly over all distances, each with its place in that order and its distance."""
    chosen = np.arange(len(found.first)) if chosen is None else chosen
    ordered = chosen[np.argsort(found.distance[chosen], kind="stable")]
    shown = ordered[np.unique(np.linspace(0, len(ordered) - 1, ON_SHEET).round().astype(int))] if len(ordered) else []
    rows = -(-len(shown) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (2 * CELL + 8), max(1, rows) * (CELL + 16)), "white")
    draw = ImageDraw.Draw(sheet)
    for place, pair in enumerate(shown):
        left, top = place % COLUMNS * (2 * CELL + 8), place // COLUMNS * (CELL + 16)
        for at, row in enumerate((found.first[pair], found.second[pair])):
            sheet.paste(shown_as(images[row]), (left + at * (CELL + 2), top + 14))
        mirror = " mirrored" if found.mirrored[pair] else ""
        draw.text((left, top + 1), f"{place + 1}: {found.distance[pair]:.2f}{mirror}", fill="black")
    sheet.save(path)
    print(f"{len(shown)} pairs on {path}")


def shown_as(image):
    plain = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).convert("RGB")
    return plain.resize((CELL, CELL), Image.Resampling.BICUBIC)


if __name__ == "__main__":
    main()
