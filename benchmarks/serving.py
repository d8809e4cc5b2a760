"""Requests a second and waiting times of `saccade serve` against a plain FastAPI + ONNX Runtime handler.

    pip install fastapi; apt install wrk
    python benchmarks/serving.py RUN/export/model.onnx

Each server is a process of its own (saccade serve starts several, unless told not to), and so is the load: 1, 8 and
64 connections to 127.0.0.1, each of which asks again as soon as it has an answer, for a fixed time; the servers take
turns, several rounds; medians are printed. On a machine with other work, look at the processor time that a request
costs: it depends less on the others. The load is `wrk` where it is installed, else a loop in Python, which needs a core
for itself and is slower than some servers: "nothing", which reads the body and answers "ok", shows how much the load
can ask.

The others get the same PNG as a raw body. "plain" is what one writes first: read the body, decode it, run the session,
return the probabilities; "plain, threads" is the same as `def`, which FastAPI runs in its thread pool. Neither has
limits, log or measures. All run on the same web server with the same parser and loop.
"""

import argparse
import asyncio
import contextlib
import io
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

CONNECTIONS = (1, 8, 64)
MOST_REQUESTS = 100_000


def plain(model, port, *, threads):
    import numpy as np
    import onnxruntime
    import uvicorn
    from fastapi import Body, FastAPI, Request
    from PIL import Image

    session = onnxruntime.InferenceSession(model)
    (pixels,) = session.get_inputs()
    height, width, channels = pixels.shape[1:]
    app = FastAPI()

    def answer(content):
        image = Image.open(io.BytesIO(content)).convert("L" if channels == 1 else "RGB").resize((width, height))
        batch = np.asarray(image, np.uint8).reshape(1, height, width, channels)
        (probabilities,) = session.run(["probabilities"], {pixels.name: batch})
        return {"probabilities": probabilities[0].tolist()}

    if threads:

        @app.post("/predict")
        def predict(content: bytes = Body(media_type="image/png")):
            return answer(content)

    else:

        @app.post("/predict")
        async def predict(request: Request):
            return answer(await request.body())

    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def nothing(port):
    import uvicorn

    async def app(scope, receive, send):
        if scope["type"] == "http":
            while (await receive()).get("more_body"):
                pass
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})

    uvicorn.run(app, port=port, log_level="warning", access_log=False, lifespan="off")


async def load(port, connections, seconds, content):
    """Ask on several connections for some seconds; return the waiting time of each request, in seconds."""
    head = f"POST /predict HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: image/png\r\n"
    head += f"Content-Length: {len(content)}\r\n\r\n"
    request, waits, end = head.encode() + content, [], time.perf_counter() + seconds

    async def ask():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (asked := time.perf_counter()) < end and len(waits) < MOST_REQUESTS:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            waits.append(time.perf_counter() - asked)
        writer.close()

    await asyncio.gather(*(ask() for _ in range(connections)))
    return waits


def loaded(process, port, connections, seconds):
    """Return (requests a second, p50, p99, processor time a request; in milliseconds); the load is its own process."""
    ask = by_wrk if shutil.which("wrk") else by_python
    ask(port, connections, 1)  # warms up
    before = processor_seconds(process)
    requests, middle, slow, taken = ask(port, connections, seconds)
    used = (processor_seconds(process) - before) / requests
    return requests / taken, 1000 * middle, 1000 * slow, 1000 * used


def by_wrk(port, connections, seconds):
    """Return (requests, p50, p99, time taken; in seconds)."""
    script = """
        wrk.method, wrk.headers["Content-Type"] = "POST", "image/png"
        wrk.body = io.open("BODY", "rb"):read("*a")
        done = function(summary, latency)
            local bad = summary.errors
            local failed = bad.connect + bad.read + bad.write + bad.status + bad.timeout
            io.write(string.format("\\nDONE %d %d %d %d %d\\n", summary.requests, failed, summary.duration,
                latency:percentile(50), latency:percentile(99)))
        end"""
    with tempfile.TemporaryDirectory() as folder:
        body, file = Path(folder, "body.png"), Path(folder, "ask.lua")
        body.write_bytes(image())
        file.write_text(script.replace("BODY", str(body)))
        address = f"http://127.0.0.1:{port}/predict"
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(file), address]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    requests, failed, taken, middle, slow = map(int, re.search(r"DONE (\d+) (\d+) (\d+) (\d+) (\d+)", said).groups())
    assert not failed, said
    return requests, middle / 1e6, slow / 1e6, taken / 1e6


def by_python(port, connections, seconds):
    """Return (requests, p50, p99, time taken; in seconds)."""
    command = [sys.executable, __file__, "-", "--as-load", f"{port},{connections},{seconds}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["the load gave no reason"])[-1])
    waits = json.loads(done.stdout)
    if len(waits) < 2:
        raise RuntimeError(f"it answered less than twice in {seconds:g} seconds")
    cuts = statistics.quantiles(waits, n=100)
    return len(waits), cuts[49], cuts[98], seconds


def processor_seconds(process):
    parent = psutil.Process(process.pid)
    every = [each.cpu_times() for each in (parent, *parent.children(recursive=True))]
    return sum(times.user + times.system for times in every)


def as_load(port, connections, seconds):
    print(json.dumps(asyncio.run(load(port, connections, seconds, image()))))


def image():
    import numpy as np
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (28, 28), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


@contextlib.contextmanager
def server(command, port):
    """Start a server and wait until it listens; raises RuntimeError with the last thing it said where it ends."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stderr=said, stdout=subprocess.DEVNULL)
        try:
            wait_for(process, port, said)
            yield process
        finally:
            process.terminate()
            process.wait(30)


def wait_for(process, port, said):
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None:
            said.seek(0)
            raise RuntimeError((said.read().decode().strip().splitlines() or ["it gave no reason"])[-1])
        time.sleep(0.1)
    raise RuntimeError("it did not listen within 30 seconds")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def commands(model, port):
    ours = [sys.executable, "-m", "saccade", "serve", model, "--port", str(port)]
    itself = [sys.executable, __file__, model, "--as-server"]
    return {
        "saccade serve": ours,
        "--workers 1": [*ours, "--workers", "1"],
        "plain": [*itself, f"plain,{port}"],
        "plain, threads": [*itself, f"threads,{port}"],
        "nothing": [*itself, f"nothing,{port}"],
    }


def measure(model, rounds, seconds):
    """Return what was measured by connections and server, and why a server did not run, by its name."""
    results, missing = {}, {}
    for name in [each for _ in range(rounds) for each in commands(model, 0)]:
        port = free_port()
        try:
            with server(commands(model, port)[name], port) as process:
                for connections in CONNECTIONS:
                    found = loaded(process, port, connections, seconds)
                    results.setdefault((connections, name), []).append(found)
        except RuntimeError as error:
            missing[name] = str(error)
    return results, missing


def medians(results):
    """Yield connections, server, requests a second, and p50, p99 and processor time a request in milliseconds."""
    for (connections, name), runs in sorted(results.items()):
        yield connections, name, *(statistics.median(column) for column in zip(*runs, strict=True))


def as_json(results, missing):
    names = ("connections", "server", "rate", "p50", "p99", "processor")
    return json.dumps({"rows": [dict(zip(names, row, strict=True)) for row in medians(results)], "missing": missing})


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--json", action="store_true", help="print what was measured as JSON")
    parser.add_argument("--as-load", help=argparse.SUPPRESS)
    parser.add_argument("--as-server", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_load:
        port, connections, seconds = given.as_load.split(",")
        as_load(int(port), int(connections), float(seconds))
    elif given.as_server:
        kind, port = given.as_server.split(",")
        nothing(int(port)) if kind == "nothing" else plain(given.model, int(port), threads=kind == "threads")
    else:
        assert Path(given.model).is_file(), given.model
        results, missing = measure(given.model, given.rounds, given.seconds)
        print(as_json(results, missing) if given.json else "\n".join(lines(results, missing)))


def lines(results, missing):
    """Yield the lines of a table for the terminal."""
    yield f"asked by {'wrk' if shutil.which('wrk') else 'a loop in Python'}"
    yield f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    yield f"{'connections':>11}  {'server':<16}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'processor ms':>14}"
    for connections, name, speed, middle, slow, used in medians(results):
        yield f"{connections:>11}  {name:<16}{speed:>11,.0f}{middle:>9.2f}{slow:>9.2f}{used:>14.3f}"
    yield from (f"{name} did not run: {why}" for name, why in missing.items())


if __name__ == "__main__":
    main()
