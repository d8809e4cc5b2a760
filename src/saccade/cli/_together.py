"""`saccade train` as a rank among others: rank 0 writes the run and speaks, the others write to a folder that goes."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from saccade.cli._train_options import Wanted
from saccade.core.run import Run
from saccade.training.distributed.cluster import Place
from saccade.training.distributed.joining import joined
from saccade.training.distributed.run_copy import pack, unpack
from saccade.training.distributed.world import World


@contextmanager
def as_rank(place: Place, wanted: Wanted) -> Iterator[tuple[Wanted, World]]:
    """Give what this rank is to do, and the ranks; what a rank other than 0 writes is gone at the end."""
    with joined(place) as world, tempfile.TemporaryDirectory(prefix=f"saccade-rank-{place.rank}-") as scratch:
        yield _own(wanted, world, Path(scratch)), world


def _own(wanted: Wanted, world: World, scratch: Path) -> Wanted:
    """Return what is asked of this rank; a run that is resumed comes from rank 0."""
    content = b""
    if wanted.resume:
        content = world.broadcast(pack(Run.open_to_resume(wanted.resume)) if world.is_first else b"")
    if world.is_first:
        return wanted
    if wanted.resume:
        unpack(content, scratch / "run")
    own = replace(wanted, run=None, runs=scratch / "runs", track=(), evaluate=False, strict=False, no_check=True)
    return replace(own, resume=scratch / "run" if wanted.resume else None, quiet=True, as_json=False)


@contextmanager
def prepared_in_turn(world: World | None) -> Iterator[None]:
    """Let rank 0 prepare the data first where ranks share a machine, so that the others find them in the cache."""
    in_turn = world is not None and world.local > 1
    if in_turn and world and not world.is_first:
        world.exchange(None)
    yield
    if in_turn and world and world.is_first:
        world.exchange(None)
