"""What a request is about: its concrete path, never the template that Chalice calls its path."""

import ast
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Request

import chalicelib
from chalicelib.core.http.request import path_of, target_of, template_of
from tests.package.gateway_events import request

ROOT = Path(chalicelib.__file__).parent
READER = ROOT / "core" / "http" / "request.py"
# What a request of Chalice is called in this code.
_REQUESTS = {"request", "event", "current_request"}


def made(resource: str, captured: dict[str, str] | None = None, query: Any = None) -> Request:
    event = request("POST", resource, captured=captured)
    event["multiValueQueryStringParameters"] = query
    return Request(event)


@pytest.mark.parametrize(
    ("resource", "captured", "path"),
    [
        ("/", None, "/"),
        ("/api/v1/invoices", None, "/api/v1/invoices"),
        ("/api/v1/invoices/{id}/pay", {"id": "inv_1"}, "/api/v1/invoices/inv_1/pay"),
        ("/users/{p2}/{p3}", {"p2": "1", "p3": "events"}, "/users/1/events"),
        ("/console/collections/{contract_id}", {"contract_id": "a%20b%2Fc"}, "/console/collections/a%20b%2Fc"),
        ("/x/{a}/{b}", {"a": "{b}", "b": "2"}, "/x/{b}/2"),
    ],
)
def test_path_has_its_ids_as_received(resource: str, captured: dict[str, str] | None, path: str) -> None:
    asked = made(resource, captured)
    assert (path_of(asked), template_of(asked)) == (path, resource)


def test_path_is_without_the_stage_and_the_base_path_of_a_domain() -> None:
    event = request("POST", "/x/{id}", captured={"id": "1"})
    event["path"] = event["requestContext"]["path"] = "/base/x/1"
    assert path_of(Request(event)) == "/x/1"


def test_query_has_every_value_in_the_order_of_the_names() -> None:
    target = target_of(made("/x", query={"b": ["2", "1"], "a": ["ä b"]}))
    assert target.path_and_query == "/x?a=%C3%A4+b&b=2&b=1"
    assert target_of(made("/x")).path_and_query == "/x"


def test_one_place_reads_what_chalice_calls_the_path() -> None:
    readers = {
        str(source.relative_to(ROOT))
        for source in ROOT.rglob("*.py")
        if source != READER
        for node in ast.walk(ast.parse(source.read_text()))
        if _reads_path(node)
    }
    assert readers == set()
    assert any(_reads_path(node) for node in ast.walk(ast.parse(READER.read_text())))


def _reads_path(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "path" and _last_name(node.value) in _REQUESTS


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
