"""Rules of the whole route table, which no tool reports and AWS refuses late or never."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, cast

import pytest

from tests.package.gateway_events import request, unrouted
from tests.platform import Platform

_OPEN = (
    "/missions/{origin}/{subject}",
    "/missions/{origin}/{subject}/{mission}",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/jwks.json",
    "/.well-known/",
    "/health",
    "/nft/",
    "/ipfs/",
    "/openapi.json",
    "/postman.json",
    "/llms.txt",
)


def _ask(platform: Platform, method: str, route: str) -> Mapping[str, Any]:
    captured = dict.fromkeys(re.findall(r"\{(\w+)\}", route), "1")
    return cast(Mapping[str, Any], platform.app(request(method, route, captured=captured), None))


def _allowed(answer: Mapping[str, Any]) -> set[str]:
    return set(answer["headers"]["Allow"].split(", "))


def test_sibling_path_variables_have_one_name(platform: Platform) -> None:
    """API Gateway refuses `/u/{id}` beside `/u/{uid}/x`; Chalice and its local server do not notice."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for path in platform.app.routes:
        segments = path.strip("/").split("/")
        for depth, segment in enumerate(segments):
            if segment.startswith("{"):
                names["/".join("{}" if part.startswith("{") else part for part in segments[:depth])].add(segment)
    assert {parent: found for parent, found in names.items() if len(found) > 1} == {}


def test_the_api_has_room_for_more_paths(platform: Platform) -> None:
    """API Gateway allows 300 resources an API by default, and every part of a path is one."""
    resources = {
        tuple(segments[: depth + 1])
        for path in platform.app.routes
        for segments in [path.strip("/").split("/")]
        for depth in range(len(segments))
    }
    assert len(resources) <= 280


def test_every_route_says_what_it_does(platform: Platform) -> None:
    silent = [
        f"{method} {path}"
        for path, methods in platform.app.routes.items()
        for method, entry in methods.items()
        if not (entry.view_function.__doc__ or "").strip()
    ]
    assert silent == []


def test_an_unknown_path_is_404_in_the_words_of_its_surface(platform: Platform) -> None:
    admin = platform.app(unrouted("GET", "/admin/nothing"), None)
    assert admin["statusCode"] == 404
    assert '"code":"RESOURCE_NOT_FOUND"' in admin["body"]
    plain = platform.app(unrouted("GET", "/nothing"), None)
    assert plain["body"] == '{"message":"There is nothing at this address."}'


@pytest.mark.parametrize(("path", "code"), [("/webhooks/nothing/at/all", "RESOURCE_NOT_FOUND"), ("/i/a/b/c", None)])
def test_what_the_gateway_has_no_route_for_is_worded_by_the_surface(
    platform: Platform, path: str, code: str | None
) -> None:
    answer = platform.app(unrouted("GET", path), None)
    assert answer["statusCode"] == 404
    if code is None:
        assert answer["headers"]["Content-Type"].startswith("text/html")
    else:
        assert json.loads(answer["body"])["error"]["code"] == code
    assert platform.app(unrouted("HEAD", path), None)["body"] == ""


@pytest.mark.parametrize(
    ("sent", "same"),
    [
        ("/health%2F", "/health/"),
        ("/users%2F1%2F2", "/users/1/2"),
        ("/%75sers/1/2/3", "/users/1/2/3"),
        ("/%2561", "/a"),
    ],
)
def test_an_unknown_path_is_answered_alike_however_the_gateway_decodes_it(
    platform: Platform, sent: str, same: str
) -> None:
    encoded, decoded = (platform.app(unrouted("GET", path), None) for path in (sent, same))
    assert encoded == decoded


def test_prefixes_of_surfaces_are_whole_segments(platform: Platform) -> None:
    assert platform.app.surface_of("/administrators").name == "platform"
    assert platform.app.surface_of("/admin/nothing").name == "admin"


def test_what_is_beneath_a_route_of_one_surface_is_worded_by_it_beside_another(platform: Platform) -> None:
    assert platform.app.surface_of("/api/v1/nothing").name == "spaces"
    assert platform.app.surface_of("/api/v1/getNftByTokenId/7").name == "gardenlab"
    assert platform.app.surface_of("/oauth/nothing").name == "oauth"
    assert platform.app.surface_of("/oauth/grants/1/2").name == "grants"


def test_a_method_that_a_path_does_not_have_is_405_and_names_those_that_it_has(platform: Platform) -> None:
    for route, entries in platform.app.routes.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(entries):
            answer = _ask(platform, method, route)
            assert answer["statusCode"] == 405, (method, route)
            assert set(entries) <= _allowed(answer), (method, route)
            assert ("HEAD" in _allowed(answer)) is ("GET" in entries), (method, route)


def test_head_is_answered_wherever_get_is(platform: Platform) -> None:
    for route, entries in platform.app.routes.items():
        if "GET" in entries and "HEAD" not in entries:
            got, head = _ask(platform, "GET", route), _ask(platform, "HEAD", route)
            assert (head["statusCode"], head["body"]) == (got["statusCode"], ""), route


def test_options_is_answered_where_a_browser_may_call_and_nowhere_else(platform: Platform) -> None:
    for route, entries in platform.app.routes.items():
        answer = _ask(platform, "OPTIONS", route)
        if f"{route}/".startswith(_OPEN):
            assert (answer["statusCode"], answer["headers"]["Access-Control-Allow-Origin"]) == (204, "*"), route
            assert set(answer["headers"]["Access-Control-Allow-Methods"].split(", ")) == {*entries, "OPTIONS"}, route
        else:
            assert answer["statusCode"] in (403, 405), route
            assert not [name for name in answer["headers"] if name.startswith("Access-Control")], route


def test_errors_of_addresses_that_a_browser_may_call_can_be_read_by_its_scripts(platform: Platform) -> None:
    for route in (
        "/missions/{origin}/{subject}",
        "/oauth/token",
        "/nft/{contract}/{token}",
        "/ipfs/{cid}/metadata.json",
    ):
        for method in ("GET", "POST", "DELETE"):
            answer = _ask(platform, method, route)
            assert answer["statusCode"] >= 400, (method, route)
            assert answer["headers"]["Access-Control-Allow-Origin"] == "*", (method, route)
