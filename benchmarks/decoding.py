"""Folders of photos: how near `predict` comes to the decoder's own speed.

    python benchmarks/decoding.py                                  # 10,000 photos, made once in the temporary folder
    python benchmarks/decoding.py --folder mine                    # your own, all of them
    python benchmarks/decoding.py --photos 10000 --folder mine     # so many, some again where there are fewer
    python benchmarks/decoding.py --model RUN/export/model.onnx    # a network of yours in place of the small one
    python benchmarks/decoding.py --before 6f459eb^                # also the decoding of another commit

Each row is a process of its own. "decoder" is the limit: Pillow reads and decodes each file, JPEGs by its draft mode
no larger than needed, resized to 224 pixels, in threads on all cores, and the pixels are thrown away. "decode" is ours,
with all that it looks at first; "simplejpeg" the same by another decoder, where it is installed. "network" answers for
so many images that are there already. "predict" is all of it: found, read, decoded, answered and interpreted. By the
processor's seconds `predict` can be no better than decoder and network together; on a machine with other work only
these seconds mean anything.
"""

import argparse
import io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SIDE = 224
SIZES = ((640, 480), (800, 600), (1024, 768), (1280, 960), (1600, 1200))


def make_photos(folder, count):
    """Write JPEGs of usual sizes that are about as hard to decode as photos: soft shapes and the noise of sensors."""
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    grain = rng.normal(0, 6, (1200, 1600, 3))

    def write(number):
        path = folder / f"{number:05}.jpg"
        if path.exists():
            return
        own = np.random.default_rng(number)
        width, height = SIZES[number % len(SIZES)]
        coarse = Image.fromarray(
            own.integers(0, 256, (int(own.integers(3, 40)), int(own.integers(4, 50)), 3), np.uint8)
        )
        shapes = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), float)
        pixels = (shapes + np.roll(grain, number, axis=1)[:height, :width]).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(path, quality=85)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(count)))


def photos_in(folder, most):
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})[:most]


def repeated(photos, count, folder):
    """Return a folder in which each photo has several names, until there are so many."""
    for number in range(count):
        photo = photos[number % len(photos)].resolve()
        name = folder / f"{number:05}{photo.suffix}"
        try:
            os.link(photo, name)
        except OSError:  # on another disk
            shutil.copyfile(photo, name)
    return folder


def by_pillow(path):
    from PIL import Image

    image = Image.open(io.BytesIO(path.read_bytes()))
    image.draft(None, (2 * SIDE, 2 * SIDE))
    return image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0).tobytes()


def by_simplejpeg(path):
    import simplejpeg
    from PIL import Image

    pixels = simplejpeg.decode_jpeg(path.read_bytes(), min_height=2 * SIDE, min_width=2 * SIDE, min_factor=1)
    image = Image.fromarray(pixels)
    return image.resize((SIDE, SIDE), Image.Resampling.BICUBIC, reducing_gap=3.0).tobytes()


def ours():
    """Return our own decoding, also of older commits, whose modules have other names."""
    try:
        from saccade.modalities.images.decoding import decode
    except ImportError:
        from saccade.data.pictures import open_picture, to_pixels

        return lambda path: to_pixels(open_picture(path.read_bytes()), size=(SIDE, SIDE), channels=3)
    return lambda path: decode(path.read_bytes(), size=(SIDE, SIDE), channels=3)


def network(model, count):
    """Answer for images that are there already, in batches."""
    import numpy as np

    from saccade.inference import open_file

    predictor = open_file(Path(model))
    batch = np.random.default_rng(0).integers(0, 256, (64, *predictor.image_shape), dtype=np.uint8)
    for start in range(0, count, len(batch)):
        predictor.answer(batch[: count - start])


def predict(model, paths):
    from saccade.inference import open_file

    answers = sum(1 for _ in open_file(Path(model)).predict_files(paths))
    assert answers == len(paths), answers


def small_network(folder):
    """Write a small classifier for photos of 224 pixels, with random weights: its answers mean nothing."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np

    from saccade import export, models
    from saccade.core import recipe
    from saccade.core.run import Run
    from saccade.tasks import base

    photos = folder / "learned"
    for name in ("a", "b"):
        make_photos(photos / name, 20)
    options = {"data": str(photos), "model": "quick", "image_size": SIDE, "channels": 3, "fit": "stretch"}
    settled, dataset = base.prepare(recipe.make(options), quiet=True)
    run = Run.create(settled, folder=folder / "run")
    run.write_data(dataset.record())
    rows = zip(dataset.names, dataset.labels, dataset.splits, dataset.reasons, strict=True)
    run.write_split((name, dataset.classes[label], split, reason) for name, label, split, reason in rows)
    run.save_model(models.build("quick", dataset.image_shape, len(dataset.classes), {"width": 8}).save)
    assert np.prod(dataset.image_shape)
    return export.export(run, timed=False, quiet=True).path


def work(kind, model, paths):
    """Do one row's work, timed."""
    each = {"decoder": by_pillow, "simplejpeg": by_simplejpeg, "decode": ours}.get(kind)
    if kind == "decode":
        each = ours()
    if each:  # what is imported and opened is not what is measured
        each(paths[0])
    else:
        network(model, 1)
    started, before = time.perf_counter(), processor()
    if each:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(each, paths, chunksize=1):
                pass
    else:
        network(model, len(paths)) if kind == "network" else predict(model, paths)
    return {"seconds": time.perf_counter() - started, "processor": processor() - before, "photos": len(paths)}


def processor():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def row(kind, model, folder, most, *, source=None):
    """Return what one row's process measured; None where it cannot run."""
    command = [sys.executable, __file__, "--one", kind, str(model), str(folder), str(most)]
    environment = {**os.environ, **({"PYTHONPATH": str(source)} if source else {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        print(f"{kind}: {(done.stderr.strip().splitlines() or ['no reason'])[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measure(folder, most, model, *, before=None):
    """Return what was measured, by row."""
    kinds = ["decoder", "simplejpeg", "decode", "network", "predict"]
    found = {kind: row(kind, model, folder, most) for kind in kinds}
    if before:
        with tempfile.TemporaryDirectory() as place:
            repository = Path(__file__).parents[1]
            archive = subprocess.run(["git", "archive", before, "src"], cwd=repository, capture_output=True, check=True)
            subprocess.run(["tar", "-x", "-C", place], input=archive.stdout, check=True)
            found[f"decode at {before}"] = row("decode", model, folder, most, source=Path(place) / "src")
    return {kind: each for kind, each in found.items() if each}


def table(found):
    """Yield the lines of a Markdown table."""
    limit = found["decoder"]
    yield "| | photos a second | processor ms a photo | of the decoder's speed | of its processor time |"
    yield "| --- | --- | --- | --- | --- |"
    for kind, each in found.items():
        rate, milliseconds = each["photos"] / each["seconds"], 1000 * each["processor"] / each["photos"]
        share, part = limit["seconds"] / each["seconds"], each["processor"] / limit["processor"]
        yield f"| {kind} | {rate:,.0f} | {milliseconds:.2f} | {share:.0%} | {part:.2f} |"
    if {"network", "predict"} <= set(found):
        needed = limit["processor"] + found["network"]["processor"]
        yield ""
        yield (
            f"Decoder and network together need {1000 * needed / limit['photos']:.2f} ms of a core a photo, which is "
            f"{needed / found['predict']['processor']:.0%} of what `predict` used."
        )


def photos_of(options, temporary):
    """Return a folder of photos and how many of them are asked for."""
    if options.folder is None:
        folder = Path(tempfile.gettempdir()) / "saccade-benchmark-photos"
        make_photos(folder, count := options.photos or 10_000)
        return folder, count
    photos = photos_in(options.folder, options.photos)
    if not photos:
        sys.exit(f"There are no .jpg or .jpeg files in {options.folder}.")
    if len(photos) >= (options.photos or 0):
        return options.folder, len(photos)
    temporary.mkdir()
    return repeated(photos, options.photos, temporary), options.photos


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, help="how many [10,000 that are made; all of your folder]")
    parser.add_argument("--folder", type=Path, help="of your own photos; left out: they are made")
    parser.add_argument("--model", type=Path, help="an exported classifier of photos [a small one of random weights]")
    parser.add_argument("--before", help="a commit whose decoding is measured too")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        kind, model, folder, most = options.one
        print(json.dumps(work(kind, model, photos_in(Path(folder), int(most)))))
        return
    with tempfile.TemporaryDirectory() as place:
        folder, count = photos_of(options, Path(place) / "photos")
        model = options.model or small_network(Path(place))
        found = measure(folder, count, model, before=options.before)
    print(json.dumps(found) if options.json else "\n".join(table(found)))


if __name__ == "__main__":
    main()
