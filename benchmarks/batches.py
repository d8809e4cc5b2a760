"""What a row costs on Spark, on Ray and without an engine, and whether memory grows with the rows.

    python benchmarks/batches.py --model model.onnx --images 5000 --engine spark

Answers one image as often as a table names it with an exported classifier, and prints rows, seconds of the clock and of
the processors (of this process and its children), and the largest resident memory of any of them. Run it with --images
5000 and 50000.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from saccade.inference.batch_predictor import BatchPredictor

CHUNK = 256


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--engine", choices=["none", "spark", "ray"], default="none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo.jpg"
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (160, 160, 3), np.uint8)).save(file)
        began = time.perf_counter()
        answered, skipped = RUN[options.engine](BatchPredictor.of(options.model, column="path"), file, options.images)
        seconds = time.perf_counter() - began
    print(
        f"{options.engine}: {answered:,} rows, {skipped:,} skipped, {seconds:.1f} s, {_processor():.1f} s of processors"
    )
    print(f"largest resident memory: {_memory():.0f} MB; {options.images / seconds:,.0f} rows a second")


def without_engine(predictor: BatchPredictor, file: Path, images: int) -> tuple[int, int]:
    answered = skipped = 0
    for first in range(0, images, CHUNK):
        count = min(CHUNK, images - first)
        batch = predictor({"path": np.array([str(file)] * count, object)})
        answered += count
        skipped += sum(reason is not None for reason in batch["skipped"])
    return answered, skipped


def on_spark(predictor: BatchPredictor, file: Path, images: int) -> tuple[int, int]:
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import lit

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", str(CHUNK)).getOrCreate()
    given = spark.range(images).repartition(2).withColumn("path", lit(str(file)))
    found = predictor.on_spark(given).selectExpr("count(*) as answered", "count(skipped) as skipped").first()
    spark.stop()
    return found["answered"], found["skipped"]


def on_ray(predictor: BatchPredictor, file: Path, images: int) -> tuple[int, int]:
    import ray

    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR")
    given = ray.data.range(images).map_batches(lambda batch: {"path": np.array([str(file)] * len(batch["id"]), object)})
    answered = skipped = 0
    for batch in predictor.on_ray(given).iter_batches(batch_format="numpy"):
        answered += len(batch["skipped"])
        skipped += sum(reason is not None for reason in batch["skipped"])
    ray.shutdown()
    return answered, skipped


RUN = {"none": without_engine, "spark": on_spark, "ray": on_ray}


def _processor() -> float:
    own, children = os.times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.user + own.system + children.ru_utime + children.ru_stime


def _memory() -> float:
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in whose) / 1024


if __name__ == "__main__":
    main()
