"""The gateway of a stage does to requests and answers what API Gateway documents."""

import base64
import gzip
import json
from typing import Any

import pytest

from stage.gateway.answers import own_answer, response_of
from stage.gateway.api import Api, Limits, OwnAnswer
from stage.gateway.events import NotReadable, Request, event_of
from stage.gateway.throttle import Throttle

_FUNCTION = {"ANY": "arn:function"}
_API = Api(
    name="spacegarden-staging",
    id="abc",
    stage="api",
    resources={
        (): {},
        ("events",): _FUNCTION,
        ("events", "{id}"): _FUNCTION,
        ("events", "latest"): _FUNCTION,
        ("files", "{path+}"): _FUNCTION,
        ("{proxy+}",): _FUNCTION,
    },
    binary_types=frozenset({"image/png"}),
    smallest_compressed=10,
    own_answers={
        "MISSING_AUTHENTICATION_TOKEN": OwnAnswer(404, '{"message":"Nothing here."}', {}),
        "DEFAULT_5XX": OwnAnswer(None, '{"message":"Our fault."}', {}),
    },
)


def _request(target: str = "/events/1", *headers: tuple[str, str], method: str = "GET", body: bytes = b"") -> Request:
    return Request(method, target, headers, body, "192.0.2.1")


def _event(request: Request, *, decoded: bool = False) -> dict[str, Any]:
    route = _API.find(request.target.partition("?")[0])
    assert route is not None
    event: dict[str, Any] = json.loads(event_of(request, _API, route, decoded=decoded))
    return event


def _answer(**fields: Any) -> bytes:
    return json.dumps({"statusCode": 200, "body": "", **fields}).encode()


@pytest.mark.parametrize(
    ("path", "resource", "variables"),
    [
        ("/events", "/events", {}),
        ("/events/", "/events", {}),
        ("/events//", "/events/{id}", {"id": ""}),
        ("/events/7", "/events/{id}", {"id": "7"}),
        ("/events/latest", "/events/latest", {}),
        ("/files/a/b/c", "/files/{path+}", {"path": "a/b/c"}),
        ("/events/1/2", "/{proxy+}", {"proxy": "events/1/2"}),
    ],
)
def test_a_path_leads_to_its_resource(path: str, resource: str, variables: dict[str, str]) -> None:
    route = _API.find(path)
    assert route is not None
    assert (route.resource, dict(route.variables)) == (resource, variables)


def test_a_path_of_no_resource_leads_nowhere() -> None:
    assert _API.find("/") is None
    bounded = _API._replace(resources={("events",): _FUNCTION})
    assert bounded.find("/events/1") is None


def test_path_variables_arrive_as_sent_or_decoded() -> None:
    request = _request("/events/a%2Fb%20c")
    assert _event(request)["pathParameters"] == {"id": "a%2Fb%20c"}
    assert _event(request, decoded=True)["pathParameters"] == {"id": "a/b c"}


def test_a_query_is_decoded_and_keeps_each_value() -> None:
    event = _event(_request("/events?a=1&a=2&b=%2B+x&c="))
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["+ x"], "c": [""]}
    assert event["queryStringParameters"] == {"a": "2", "b": "+ x", "c": ""}


def test_the_request_says_that_it_came_by_tls() -> None:
    headers = _event(_request())["headers"]
    assert (headers["X-Forwarded-Proto"], headers["X-Forwarded-For"]) == ("https", "192.0.2.1")


def test_a_compressed_body_arrives_plain() -> None:
    body = gzip.compress(b'{"a": 1}')
    event = _event(_request("/events", ("Content-Encoding", "gzip"), method="POST", body=body))
    assert event["body"] == '{"a": 1}'
    assert "Content-Encoding" not in event["headers"]


def test_a_body_that_is_not_compressed_as_it_says_is_refused() -> None:
    with pytest.raises(NotReadable, match="BAD_REQUEST_BODY"):
        _event(_request("/events", ("Content-Encoding", "gzip"), method="POST", body=b"plain"))


def test_a_binary_body_arrives_as_base64_and_any_other_as_text() -> None:
    image = _event(_request("/events", ("Content-Type", "image/png"), method="POST", body=b"\xff\x00"))
    assert (image["isBase64Encoded"], base64.b64decode(image["body"])) == (True, b"\xff\x00")
    text = _event(_request("/events", ("Content-Type", "application/json"), method="POST", body=b'"\xff"'))
    assert (text["isBase64Encoded"], text["body"]) == (False, '"�"')


def test_some_headers_of_an_answer_are_renamed() -> None:
    answer = _answer(headers={"WWW-Authenticate": "Bearer", "Date": "today", "X-Own": "1"})
    names = {name for name, _ in response_of(_request(), _API, answer).headers}
    assert {"x-amzn-Remapped-WWW-Authenticate", "x-amzn-Remapped-Date", "X-Own"} <= names
    assert "WWW-Authenticate" not in names


def test_a_long_answer_is_compressed_for_whoever_takes_it() -> None:
    answer = _answer(body="a" * 100)
    taken = response_of(_request("/events", ("Accept-Encoding", "gzip")), _API, answer)
    assert gzip.decompress(taken.body) == b"a" * 100
    assert ("Content-Encoding", "gzip") in taken.headers
    assert response_of(_request(), _API, answer).body == b"a" * 100


@pytest.mark.parametrize("answer", [b"null", b"[]", b'{"body": "no status"}', b'{"statusCode": "many"}'])
def test_an_answer_of_another_form_is_a_502(answer: bytes) -> None:
    assert response_of(_request(), _API, answer).status == 502


def test_the_gateways_own_answers_are_worded_by_the_template() -> None:
    missing = own_answer(_API, "MISSING_AUTHENTICATION_TOKEN")
    assert (missing.status, missing.body) == (404, b'{"message":"Nothing here."}')
    late = own_answer(_API, "INTEGRATION_TIMEOUT")
    assert (late.status, late.body) == (504, b'{"message":"Our fault."}')


def test_a_burst_is_admitted_at_once_and_more_as_time_passes() -> None:
    now = 0.0
    throttle = Throttle(Limits(rate=2, burst=3), clock=lambda: now)
    assert [throttle.admits() for _ in range(4)] == [True, True, True, False]
    now = 0.5
    assert [throttle.admits() for _ in range(2)] == [True, False]
    now = 100.0
    assert [throttle.admits() for _ in range(4)] == [True, True, True, False]
