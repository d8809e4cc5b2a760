import numpy as np
from each_case import each_case

from saccade.training.distributed.batch_rows import own_rows, rows_to_read


@each_case("size", [1, 2, 3, 4, 7])
@each_case("count", [1, 2, 3, 7, 32, 33, 50])
def test_each_row_is_of_one_rank_and_so_is_its_mirror_image(count, size):
    parts = [own_rows(count, rank=rank, size=size) for rank in range(size)]
    assert sorted(np.concatenate(parts)) == [*range(count)]
    for rows in parts:
        assert np.array_equal(rows, count - 1 - rows[::-1]), "reversing the part is reversing the batch"
        assert np.array_equal(rows, np.sort(rows))


def test_ranks_take_about_as_many_rows():
    assert [len(own_rows(64, rank=rank, size=3)) for rank in range(3)] == [20, 22, 22]


def test_a_rank_without_rows_runs_on_the_first():
    assert own_rows(2, rank=0, size=2).tolist() == []
    assert rows_to_read(2, rank=0, size=2).tolist() == [0]
