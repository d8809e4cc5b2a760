"""The batcher without HTTP around it."""

import asyncio

import numpy as np
import pytest

pytest.importorskip("starlette")

from saccade.serving.batching import Batcher


@pytest.fixture
def batcher(network):
    batcher = Batcher(lambda images: {"brightness": network(images)}, batch=8, most_waiting=64)
    batcher.start()
    yield batcher
    batcher.stop()


def grey(level, count=1):
    return np.full((count, 8, 8, 1), level, np.uint8)


def test_those_who_come_together_are_answered_together_and_each_gets_its_own(batcher, network):
    async def ask():
        return await asyncio.gather(*(batcher.answer(grey(level)) for level in (0, 255, 51)))

    answers = asyncio.run(ask())
    assert [round(float(answer["brightness"][0, 0]), 4) for answer in answers] == [0, 1, 0.2]
    assert network.batches == [3]


def test_more_than_a_batch_is_answered_in_several(batcher, network):
    answers = asyncio.run(batcher.answer(grey(255, count=20)))
    assert answers["brightness"][:, 0].tolist() == [1] * 20
    assert network.batches == [8, 8, 4]


def test_who_gives_up_does_not_keep_those_who_came_with_it_waiting(batcher, network):
    async def ask():
        first, second = (asyncio.create_task(batcher.answer(grey(level))) for level in (0, 255))
        await asyncio.sleep(0)  # both have come
        first.cancel()
        answer = await asyncio.wait_for(second, 5)
        with pytest.raises(asyncio.CancelledError):
            await first
        return answer

    assert asyncio.run(ask())["brightness"][0, 0] == 1
    assert batcher.waiting == 0
