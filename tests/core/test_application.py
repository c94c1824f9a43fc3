"""Errors in the words of the surface that owns the path, whatever raised them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from chalice.app import Blueprint, Response
from chalice.test import Client, HTTPResponse
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import ApiError, BadRequest, NotFound, PayloadTooLarge, ServerError, error_for_status
from chalicelib.core.http.application import Application, Part
from chalicelib.core.http.request import raw_body
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import PLAIN, Surface, json_body, render_coded, shortened, wording
from tests.package.gateway_events import request, unrouted


def _shouted(error: ApiError, request_id: str) -> Response:
    return json_body({"loud": error.code, "id": request_id}, status=error.status)


CODED = Surface("coded", render_coded)
LOUD = Surface("loud", _shouted)


class Unheard(Exception):
    """Something that nobody foresaw."""


def application() -> Application:
    app = Application("errors")
    app.add(Part((), CODED), ["/api/v1/one", "/api/v1/two"])
    app.add(Part((), LOUD), ["/api"])
    raised: dict[str, Exception] = {
        "/api/v1/one": BadRequest("It is wrong.", code="VERY_WRONG"),
        "/api/v1/two": Unheard("a secret"),
        "/api/v1/two/more": ServerError("a secret"),
        "/api/other": NotFound("It is not there."),
        "/elsewhere": Unheard("a secret"),
    }

    def view(error: Exception) -> Any:
        def fail() -> Response:
            raise error

        return fail

    for path, error in raised.items():
        app.route(path, methods=["GET"], name=path)(view(error))

    @app.route("/api/form", methods=["POST"])
    def form() -> Response:
        assert app.current_request is not None
        return answer({"read": raw_body(app.current_request).decode()})

    return app


@pytest.fixture(scope="module")
def client() -> Client:
    return Client(application())


def get(client: Client, path: str) -> HTTPResponse:
    return client.http.get(path)


def test_a_refusal_is_worded_by_the_surface_of_its_path(client: Client) -> None:
    coded = get(client, "/api/v1/one")
    assert coded.status_code == 400
    assert coded.json_body == {"error": {"status": 400, "code": "VERY_WRONG", "message": "It is wrong."}}
    loud = get(client, "/api/other")
    assert (loud.status_code, loud.json_body["loud"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/v1/two", "/api/v1/two/more", "/elsewhere"])
def test_a_fault_of_ours_is_500_and_names_the_request_alone(client: Client, path: str) -> None:
    response = get(client, path)
    assert response.status_code == 500
    assert "secret" not in response.body.decode()
    assert response.headers["X-Request-Id"] in response.body.decode()


def test_each_answer_has_a_request_id_of_its_own(client: Client) -> None:
    assert len({get(client, "/api/v1/one").headers["X-Request-Id"] for _ in range(5)}) == 5


def test_a_wrong_method_is_worded_by_the_surface(client: Client) -> None:
    response = client.http.post("/api/v1/one", body=b"{}")
    assert response.status_code == 405
    assert response.json_body["error"]["code"] == "METHOD_NOT_ALLOWED"
    assert response.headers["Allow"] == "GET, HEAD"


def test_every_content_type_reaches_the_view(client: Client) -> None:
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "application/json"):
        response = client.http.post("/api/form", body=b"a=b", headers={"Content-Type": content_type})
        assert response.json_body == {"read": "a=b"}


@pytest.mark.parametrize("status", [404, 413, 415, 400])
def test_what_reaches_no_view_is_worded_by_the_surface(status: int) -> None:
    response = application().render_refusal("/api/v1/one/other", status)
    error = json.loads(response.body)["error"]
    assert (response.status_code, error["status"]) == (status, status)
    assert response.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/api/v1/one", CODED),
        ("/api/v1/one/x", CODED),
        ("/api/v1/oneself", LOUD),
        ("/api", LOUD),
        ("/apiary", PLAIN),
        ("/", PLAIN),
        ("", PLAIN),
    ],
)
def test_the_longest_prefix_of_whole_segments_owns_a_path(path: str, surface: Surface) -> None:
    assert application().surface_of(path) is surface


def _failing(path: str) -> Blueprint:
    routes = Blueprint(path)

    @routes.route(path, methods=["GET"], name=path)
    def fail(**_: str) -> Response:
        raise BadRequest("It is wrong.")

    return routes


@pytest.mark.parametrize("prefixes", [[], ["/shop"]])
def test_a_new_module_of_routes_has_the_form_of_errors_of_its_part(prefixes: list[str]) -> None:
    def part() -> Part:
        return Part((_failing("/shop/{thing}"), _failing("/shop/new")), LOUD)

    parts = dict.fromkeys(prefixes, part)
    app = Application("new", parts=parts, at_start=[] if prefixes else [part])
    for event in (request("GET", "/shop/new"), request("GET", "/shop/{thing}", captured={"thing": "cup"})):
        assert json.loads(app(event, None)["body"])["loud"] == "QUERY_INCOMPLETE"
    assert json.loads(app(unrouted("GET", "/shop/new/none"), None)["body"])["loud"] == "RESOURCE_NOT_FOUND"
    assert json.loads(app(request("POST", "/shop/new"), None)["body"])["loud"] == "METHOD_NOT_ALLOWED"


def test_an_unknown_path_is_worded_alike_whatever_is_loaded() -> None:
    app = Application("unknown", parts={"/shop": lambda: Part((_failing("/shop/{thing}"),), LOUD)})
    before = app(unrouted("GET", "/shop/cup/none"), None)
    app.load_all()
    assert app(unrouted("GET", "/shop/cup/none"), None) == before
    assert app.surface_of("/shopping") is PLAIN


def test_a_part_is_loaded_once_with_the_first_call_beneath_it() -> None:
    loaded: list[str] = []

    def part(name: str, path: str) -> Callable[[], Part]:
        def load() -> Part:
            loaded.append(name)
            routes = Blueprint(name)
            routes.route(path, methods=["GET"], name=name)(lambda **_: answer({"part": name}))
            return Part((routes,))

        return load

    shop = part("shop", "/shop/{thing}")
    app = Application("parts", parts={"/shop": shop, "/shop/old": shop}, at_start=[part("rest", "/shopping")])
    assert app(request("GET", "/shopping"), None)["body"] == '{"part":"rest"}'
    assert loaded == ["rest"]
    for _ in range(2):
        assert app(request("GET", "/shop/{thing}", captured={"thing": "cup"}), None)["body"] == '{"part":"shop"}'
    app.load_for("/shop/old/cup")
    app.load_all()
    assert loaded == ["rest", "shop"]


def test_a_refusal_quotes_control_characters_by_their_numbers() -> None:
    assert wording(BadRequest("na\nme\x1b\u2028: is unknown"), "r1") == "na\\nme\\x1b\\u2028: is unknown"


@given(st.text(), st.integers(10, 60))
def test_a_shortened_text_keeps_its_beginning_and_its_end(text: str, length: int) -> None:
    short = shortened(text, length)
    if len(text) <= length:
        assert short == text
    else:
        kept = (length - 1) // 2
        assert len(short) == length
        assert (short[:kept], short[1 - kept :]) == (text[:kept], text[1 - kept :])


def test_an_event_that_no_gateway_sent_is_refused() -> None:
    assert application()({}, None)["statusCode"] == 500


def test_an_error_of_a_status_knows_it() -> None:
    assert isinstance(error_for_status(413, "x"), PayloadTooLarge)
    assert [error_for_status(status, "x").status for status in (414, 418, 431, 501, 505)] == [400, 400, 400, 500, 500]
