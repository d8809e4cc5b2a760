import json
from itertools import pairwise

import pytest

from saccade.core.errors import RecipeError
from saccade.training.distributed.cluster import PORTS, Cluster, Place, choose, of_machines, of_tf_config, split_address

TWO = "10.0.0.1:7000,10.0.0.2:7000"


def chosen(**given):
    return choose(**{"processes": None, "machines": None, "rank": None, "tf_config": None, **given})


def tf_config(kind, index, **roles):
    return json.dumps({"cluster": roles, "task": {"type": kind, "index": index}})


def test_one_process_is_no_cluster():
    assert chosen() is None
    assert chosen(processes=1) is None
    assert chosen(tf_config=tf_config("worker", 0, worker=["a:2222"])) is None


def test_processes_of_a_machine_have_ports_of_their_own():
    found = chosen(processes=3)
    ports = sorted(split_address(address)[1] for address in found.addresses)
    assert found.local == (0, 1, 2)
    assert not found.spans_machines
    assert all(second - first >= PORTS for first, second in pairwise(ports))


def test_machines_are_named_alike_everywhere_and_each_says_its_rank():
    found = chosen(machines=TWO, rank=1)
    assert found == Cluster(("10.0.0.1:7000", "10.0.0.2:7000"), (1,))
    assert found.spans_machines
    assert found.control(2) == ("10.0.0.1", 7002)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"processes": 2, "machines": TWO}, "choose one"),
        ({"rank": 1}, "--rank says which of the --machines"),
        ({"machines": TWO}, "no --rank"),
        ({"machines": TWO, "rank": 2}, "0 to 1: --rank 2"),
        ({"machines": "10.0.0.1:7000", "rank": 0}, "two ranks or more"),
        ({"machines": "a:7000,a:7000", "rank": 0}, "one address twice"),
        ({"machines": "a,b", "rank": 0}, "'a' is not an address: write host:port"),
        ({"machines": "a:70000,b:1", "rank": 0}, "'a:70000' is not an address"),
        ({"tf_config": "{"}, "TF_CONFIG is not what a cluster sets, no JSON: '{' instead of"),
        ({"tf_config": "[]"}, r"TF_CONFIG is not what a cluster sets, not of that form: '\[\]' instead of"),
        ({"tf_config": '{"task": {"type": "worker", "index": "x"}}'}, "not of that form: .* Unset it to train alone"),
        ({"tf_config": tf_config("worker", 5, worker=["a:1", "b:1"])}, "worker 5, which its cluster does not have"),
        ({"tf_config": tf_config("worker", 0, worker=["a:1", "b:1"], ps=["c:1"])}, "has the role ps"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(given, said):
    with pytest.raises(RecipeError, match=said):
        chosen(**given)


def test_the_chief_of_tf_config_is_rank_0_and_workers_follow():
    roles = {"chief": ["a:2222"], "worker": ["b:2222", "c:2222"]}
    assert of_tf_config(tf_config("chief", 0, **roles)).local == (0,)
    assert of_tf_config(tf_config("worker", 1, **roles)) == Cluster(("a:2222", "b:2222", "c:2222"), (2,))
    assert of_tf_config(tf_config("worker", 1, worker=["b:1", "c:1"])).local == (1,)


def test_a_process_reads_its_place_from_where_the_supervisor_wrote_it(monkeypatch):
    assert Place.of_environment() is None
    place = Place(of_machines(TWO, 1).addresses, 1, 1)
    for name, value in place.to_environment().items():
        monkeypatch.setenv(name, value)
    assert Place.of_environment() == place
