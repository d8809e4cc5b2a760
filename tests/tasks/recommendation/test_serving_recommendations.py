import json

import numpy as np
import pytest

from saccade import serving
from saccade.tasks.recommendation import service
from saccade.tasks.recommendation.predictor import RecommendationPredictor

testclient = pytest.importorskip("starlette.testclient")


@pytest.fixture(scope="module")
def client(of_run):
    app = serving.make_app(of_run, name="films")
    with testclient.TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened


def ask(client, address="/recommend", **body):
    return client.post(address, json=body)


def test_somebody_new_is_answered_as_python_answers(client, of_run):
    said = ask(client, ratings={"10": 5, "Ronin (1998)": 2}, count=3).json()
    (own,) = of_run.recommend(of_run.catalogue.codes({"10": 5, "50": 2})[None], count=3)
    assert said == {"model": "films", **own.to_dict()}


def test_a_user_of_the_run_is_answered_also_with_more_ratings(client):
    said = ask(client, user="anna", reasons=1).json()
    assert said["user"] == "anna"
    assert said["recommendations"][0]["title"] == "Aliens (1986)"
    assert len(said["recommendations"][0]["reasons"]) == 1
    assert ask(client, user="anna", ratings={"50": 5}).json()["rated"] == 4


def test_predict_is_another_name_for_it(client):
    assert ask(client, "/predict", user="anna").json() == ask(client, user="anna").json()


def test_without_reasons_none_are_tried(client):
    said = ask(client, ratings={"10": 5}, reasons=0).json()
    assert said["tried"] == 0
    assert not any(each["reasons"] for each in said["recommendations"])


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({}, 422, "Expected JSON such as"),
        ([1], 422, "Expected JSON such as"),
        ({"ratings": [5]}, 422, "Expected JSON such as"),
        ({"ratings": {}, "top": 3}, 422, "Expected JSON such as"),
        ({"user": ""}, 422, "user should be"),
        ({"user": None}, 422, "user should be"),
        ({"user": "zoe"}, 422, "There is no user 'zoe'"),
        ({"ratings": {"10": "5"}}, 422, "The rating of '10' should be a number"),
        ({"ratings": {"10": True}}, 422, "The rating of '10' should be a number"),
        ({"ratings": {"10": 7}}, 422, "7 is no rating here"),
        ({"ratings": {"10": 1e400}}, 422, "no rating here"),
        ({"ratings": {"10": 10**400}}, 422, "no rating here"),
        ({"ratings": {"99": 5}}, 422, "There is no item '99'"),
        ({"ratings": {"Aliens": 5}}, 422, "Did you mean 'Aliens (1986)'"),
        ({"ratings": {"10": 5, "Alien (1979)": 5}}, 422, "rated twice"),
        ({"ratings": {}, "count": 0}, 422, "count should be"),
        ({"ratings": {}, "count": True}, 422, "count should be"),
        ({"ratings": {}, "reasons": 101}, 422, "reasons should be"),
    ],
)
def test_what_is_no_such_request_is_refused_in_a_sentence(client, body, status, message):
    answer = client.post("/recommend", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_other_bodies_are_refused(client):
    assert client.post("/recommend", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert client.post("/recommend", content=b"x", headers={"Content-Type": "text/csv"}).status_code == 415
    assert client.get("/recommend").status_code == 405


def test_too_many_ratings_are_refused(of_run):
    app = serving.make_app(of_run, limits=serving.Limits(rows=2))
    with testclient.TestClient(app, base_url="http://127.0.0.1") as client:
        assert ask(client, ratings={"10": 5, "20": 5, "30": 5}).status_code == 413


def test_items_are_found_by_a_part_of_their_title(client):
    found = client.get("/items", params={"search": "alien"}).json()["items"]
    assert found[0] == {"item": "10", "title": "Alien (1979)", "ratings": 9}
    assert [each["item"] for each in found] == ["10", "20"]
    assert client.get("/items", params={"search": "<x>"}).json() == {"items": []}


def test_the_page_begins_with_what_most_rated_and_is_safe(of_run, catalogue, by_hand):
    titles = ("</script><b>x</b>", *catalogue.titles[1:])
    odd = type(catalogue)(catalogue.items, titles, catalogue.counts, catalogue.scale)
    app = serving.make_app(RecommendationPredictor("x", by_hand, odd, "by hand", of_run.known), name="films")
    with testclient.TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get("/").text
    assert "</script><b>" not in page
    assert "Ronin (1998)" in page
    assert "A user of the run" in page


def test_a_file_shows_no_field_for_users(of_file):
    with testclient.TestClient(serving.make_app(of_file), base_url="http://127.0.0.1") as client:
        assert "A user of the run" not in client.get("/").text
        refused = ask(client, user="anna")
    assert refused.status_code == 422
    assert "holds nobody's ratings" in refused.json()["error"]


def test_a_token_is_asked_for_at_its_own_addresses_too(of_run):
    app = serving.make_app(of_run, token="long-enough")
    with testclient.TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/items").status_code == 401
        assert ask(client, ratings={"10": 5}).status_code == 401
        with_token = {"Authorization": "Bearer long-enough"}
        assert client.get("/items", headers=with_token).status_code == 200


def test_the_open_inference_protocol_takes_codes(client, by_hand):
    described = client.get("/v2/models/films").json()
    assert described["inputs"][0]["datatype"] == "UINT8"
    assert [each["name"] for each in described["outputs"]] == ["expected", "scores"]
    tensor = {"name": "ratings", "shape": [1, 6], "datatype": "UINT8", "data": [5, 0, 0, 0, 0, 0]}
    outputs = client.post("/v2/models/films/infer", json={"inputs": [tensor]}).json()["outputs"]
    own = by_hand(np.array([[5, 0, 0, 0, 0, 0]], np.uint8))
    assert outputs[1]["data"] == pytest.approx(own["scores"][0].tolist())


def test_the_description_has_its_addresses(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert paths["/recommend"]["post"]["operationId"] == "recommend"
    assert paths["/predict"]["post"]["operationId"] == "predict"
    assert paths["/items"]["get"]["parameters"][0]["name"] == "search"
    assert "422" in paths["/recommend"]["post"]["responses"]


def test_items_that_a_page_begins_with_are_bounded():
    assert service.SHOWN <= 50
