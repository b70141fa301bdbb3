import re

import pytest
import yaml

from pointsman.demo import backends, services, tour


def test_curl_lines_can_be_pasted() -> None:
    lines = [stop.curl(8000) for stop in tour.STOPS]
    assert "curl -H 'Host: cheeses.minikube' http://127.0.0.1:8000/cheddar/call" in lines
    assert "curl http://localhost:8000/dm1/gm/call" in lines
    assert any(line.startswith("for i in $(seq 40); do curl -s ") and line.endswith("uniq -c") for line in lines)


def test_shares_count_services_not_replicas() -> None:
    answers = [(200, "cheddar-1: GET /"), (200, "cheddar-2: GET /"), (200, "gm-v2: game dm0"), (503, "x")]
    assert tour.shares(answers) == {"cheddar": 2, "gm-v2": 1, "503": 1}


@pytest.mark.parametrize("stop", tour.STOPS, ids=lambda stop: stop.title)
def test_no_stop_is_content_with_a_wrong_answer(stop: tour.Stop) -> None:
    assert not stop.judge([(502, "Bad Gateway")])
    assert not stop.judge([(200, "someone else: GET /call")])


def test_game_servers_answer_as_in_the_walk_through() -> None:
    assert backends.answer("gm-v1", "a", "GET /dm0/gm/call HTTP/1.1", [])[1].startswith("gm-v1: game dm0\n")
    assert backends.answer("gm-v2", "a", "GET /dm0/gm HTTP/1.1", []) == (404, "gm-v2: 404 not Found!\n")


def test_cheese_servers_say_what_they_received() -> None:
    status, text = backends.answer("stilton", "stilton-2", "GET /x HTTP/1.1", ["Host: a", "X-B: c"])
    assert (status, text) == (200, "stilton-2: GET /x HTTP/1.1\nHost: a\nX-B: c\n")


def test_every_service_of_the_demo_has_a_manifest() -> None:
    text = services.manifest({"a": [1, 2], "b": [3]})
    documents = list(yaml.safe_load_all(text))
    assert [item["metadata"]["name"] for item in documents] == ["a", "b"]
    assert documents[0]["metadata"]["annotations"]["pointsman.io/servers"] == "127.0.0.1:1, 127.0.0.1:2"
    assert re.search("kind: Service", text)
