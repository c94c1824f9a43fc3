"""HEAD, OPTIONS, 405 and the headers by which scripts of other web sites may read an answer."""

from typing import Any

import pytest
from chalice.app import Blueprint, Response

from chalicelib.core.errors import BadRequest, MethodNotAllowed
from chalicelib.core.http.application import Application, Part
from chalicelib.core.http.respond import answer
from tests.package.gateway_events import request, unrouted


@pytest.fixture(scope="module")
def app() -> Application:
    routes = Blueprint("methods")

    @routes.route("/closed", methods=["GET", "DELETE"], name="closed")
    def closed() -> Response:
        return answer({"seen": routes.current_request.method}, headers={"ETag": '"1"'})

    @routes.route("/open/{name}", methods=["GET", "POST"], name="open")
    def open_to_all(name: str) -> Response:
        if name == "wrong":
            raise BadRequest("It is wrong.")
        if name == "get" and routes.current_request.method != "GET":
            raise MethodNotAllowed("It is asked by GET.", allowed=("GET",))
        return answer({"name": name})

    @routes.route("/open/sent", methods=["POST"], name="sent")
    def sent() -> Response:
        return answer({})

    @routes.route("/own", methods=["GET", "HEAD", "OPTIONS"], name="own")
    def own() -> Response:
        raise MethodNotAllowed("Never.", allowed=("GET",))

    made = Application("methods")
    made.add(Part((routes,), open_to_browsers=("/open",)))
    return made


def ask(app: Application, method: str, route: str, **given: Any) -> dict[str, Any]:
    return app(request(method, route, **given), None)


def test_head_is_answered_as_get_without_the_body(app: Application) -> None:
    got, head = ask(app, "GET", "/closed"), ask(app, "HEAD", "/closed")
    assert (got["body"], head["body"]) == ('{"seen":"GET"}', "")
    for name in ("ETag", "Content-Type"):
        assert head["headers"][name] == got["headers"][name]
    assert head["statusCode"] == 200


def test_head_of_a_refused_get_has_its_status(app: Application) -> None:
    head = ask(app, "HEAD", "/open/{name}", captured={"name": "wrong"})
    assert (head["statusCode"], head["body"]) == (400, "")


@pytest.mark.parametrize(
    ("method", "route", "name", "allow"),
    [
        ("PUT", "/closed", "", "GET, HEAD, DELETE"),
        ("OPTIONS", "/closed", "", "GET, HEAD, DELETE"),
        ("BREW", "/closed", "", "GET, HEAD, DELETE"),
        ("PATCH", "/open/{name}", "x", "GET, HEAD, POST, OPTIONS"),
        ("POST", "/open/{name}", "get", "GET, HEAD, OPTIONS"),
        ("HEAD", "/open/sent", "", "POST, OPTIONS"),
        ("HEAD", "/own", "", "GET"),
        ("OPTIONS", "/own", "", "GET"),
    ],
)
def test_a_405_names_what_is_allowed(app: Application, method: str, route: str, name: str, allow: str) -> None:
    refused = ask(app, method, route, captured={"name": name})
    assert (refused["statusCode"], refused["headers"]["Allow"]) == (405, allow)
    assert bool(refused["body"]) is (method != "HEAD")


def test_options_of_an_open_address_allows_what_it_is_asked_for(app: Application) -> None:
    asked = {"origin": "https://quests.example", "access-control-request-headers": "content-type,x-api-key"}
    told = ask(app, "OPTIONS", "/open/{name}", captured={"name": "<Email>"}, headers=asked)
    assert (told["statusCode"], told["body"]) == (204, "")
    assert told["headers"]["Access-Control-Allow-Origin"] == "*"
    assert told["headers"]["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    assert told["headers"]["Access-Control-Allow-Headers"] == "content-type, x-api-key"


@pytest.mark.parametrize("asked", ["", "x y", "a\r\nset-cookie: b", "é", "x" * 65, ",,"])
def test_names_of_headers_that_are_none_are_not_repeated(app: Application, asked: str) -> None:
    told = ask(app, "OPTIONS", "/open/sent", headers={"access-control-request-headers": asked})
    assert told["statusCode"] == 204
    assert "Access-Control-Allow-Headers" not in told["headers"]


@pytest.mark.parametrize("name", ["x", "wrong"])
def test_answers_and_errors_of_an_open_address_may_be_read_by_scripts(app: Application, name: str) -> None:
    assert ask(app, "GET", "/open/{name}", captured={"name": name})["headers"]["Access-Control-Allow-Origin"] == "*"
    assert app(unrouted("GET", "/open/x/y"), None)["headers"]["Access-Control-Allow-Origin"] == "*"


def test_nothing_else_may_be_read_by_scripts(app: Application) -> None:
    for method in ("GET", "PUT", "OPTIONS"):
        assert not [name for name in ask(app, method, "/closed")["headers"] if name.startswith("Access-Control")]
    assert not [name for name in app(unrouted("GET", "/opened"), None)["headers"] if name.startswith("Access-Control")]
