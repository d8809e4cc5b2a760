from saccade.inspection.ablation_extent import LEFT_OUT, Extent, Wish, extents


def spent(wishes, found):
    return sum(each.work * found[name].images * (each.splits + found[name].channels) for name, each in wishes.items())


def test_all_is_done_where_the_work_is_small():
    wishes = {"first": Wish(1e6, splits=2, channels=16), "last": Wish(1e3, splits=3, channels=5)}
    assert extents(wishes, 300, bound=1e12) == {"first": Extent(300, 16), "last": Extent(300, 5)}


def test_the_work_stays_within_the_bound_and_uses_most_of_it():
    wishes = {f"layer {at}": Wish(1e9 / 1.3**at, splits=2, channels=16) for at in range(30)}
    found = extents(wishes, 300, bound=1e12)
    assert 0.9e12 < spent(wishes, found) <= 1e12
    assert list(found) == list(wishes)


def test_layers_with_little_work_after_them_are_ablated_on_more_images():
    found = extents({"dear": Wish(1e9, 2, 16), "cheap": Wish(1e6, 2, 16)}, 300, bound=5e11)
    assert found["cheap"] == Extent(300, 16)
    assert 30 <= found["dear"].images < 300
    assert found["dear"].channels >= 2


def test_layers_that_do_not_fit_are_left_out_the_dearest_first():
    wishes = {"dearest": Wish(1e9, 2, 16), "dear": Wish(1e8, 2, 16), "cheap": Wish(1e7, 2, 16)}
    found = extents(wishes, 300, bound=3e10)
    assert found["dearest"] == LEFT_OUT
    assert found["dear"].images >= 30
    assert found["cheap"].images >= found["dear"].images
    assert spent(wishes, found) <= 3e10


def test_of_few_images_all_are_taken():
    assert extents({"only": Wish(1e9, 2, 0)}, 12, bound=1e12)["only"] == Extent(12, 0)


def test_a_layer_with_a_single_channel_is_ablated_by_it():
    assert extents({"one": Wish(1e6, 0, 1)}, 300, bound=1e12)["one"] == Extent(300, 1)


def test_a_layer_in_which_nothing_can_be_replaced_is_left_out():
    assert extents({"dead": Wish(1e3, 0, 0)}, 300, bound=1e12)["dead"] == LEFT_OUT
