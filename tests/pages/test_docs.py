"""`/docs`: every operation has a page, small and with a strict content policy, on which nothing is left out."""

import json
import re
from typing import Any

import pytest

from chalicelib.core.html import rendering
from chalicelib.core.html.assets import asset_url, find_asset
from chalicelib.core.http.surfaces import surface_of
from chalicelib.core.settings import Settings
from chalicelib.pages.service import documentation
from chalicelib.reference.routes import document as served_document
from tests.platform import Answer, Platform

MOST_BYTES = 100_000
_ASSETS = ("style.css", "theme.js", "live.js", "docs.css", "docs.js", "favicon.svg")

_OWN_CODE = re.compile(r"""<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|(src|href)="(https?:)?//""")


@pytest.fixture(scope="module")
def document(platform: Platform) -> dict[str, Any]:
    del platform
    return served_document()


@pytest.fixture(scope="module")
def pages(platform: Platform, document: dict[str, Any]) -> dict[str, Answer]:
    """Every page, by the operation that it shows; the first one under an empty name."""
    names = [operation["operationId"] for item in _items(document) for operation in item.values()]
    return {"": platform.call("GET", "/docs"), **{name: platform.call("GET", f"/docs/{name}") for name in names}}


def _items(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*document["paths"].values(), *document["components"]["pathItems"].values()]


def test_every_operation_has_a_page_that_the_first_one_links_to(pages: dict[str, Answer]) -> None:
    links = set(re.findall(r'href="/docs/([^"]+)"', str(pages[""].json)))
    assert links == set(pages) - {""}
    assert {answer.status for answer in pages.values()} == {200}


def test_pages_are_light_and_bring_no_script_of_their_own(pages: dict[str, Answer]) -> None:
    shared = 0
    for name in _ASSETS:
        asset = find_asset(asset_url(name).rpartition("/")[2])
        assert asset is not None
        shared += len(asset.text.encode())
    for name, answer in pages.items():
        text = str(answer.json)
        assert len(text.encode()) + shared <= MOST_BYTES, name
        assert "unsafe" not in answer.headers["content-security-policy"], name
        assert not _OWN_CODE.search(text), name
        assert "max-age" in answer.headers["cache-control"], name


def test_each_page_holds_its_fields_errors_and_examples(pages: dict[str, Answer], document: dict[str, Any]) -> None:
    for item in _items(document):
        for operation in item.values():
            text = str(pages[operation["operationId"]].json)
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in text, (operation["operationId"], parameter["name"])
            for status in operation["responses"]:
                assert f"{status} " in text or f">{status}<" in text, (operation["operationId"], status)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for field in content["example"] if isinstance(content["example"], dict) else ():
                    assert f"<code>{field}</code>" in text, (operation["operationId"], field)


def test_the_curl_line_is_what_a_shell_needs(document: dict[str, Any]) -> None:
    shown = documentation.operation_view(document, "gardenlab_mint_token_for_user", url="https://api.example.com")
    assert shown.curl.startswith("curl -X POST https://api.example.com/api/v1/mintTokenForUser")
    assert '-H "Authorization: Bearer $KEY"' in shown.curl
    sent = re.search(r"-d '(.*)'", shown.curl)
    assert sent is not None
    assert json.loads(sent[1]) == json.loads(shown.sends)
    action = documentation.operation_view(document, "gardenlab_new_action_for_user", url="https://api.example.com")
    assert "newActionForUser?dry_run=false" in action.curl
    form = documentation.operation_view(document, "oauth_issue_token", url="https://api.example.com")
    assert "grant_type=client_credentials&scope=read_write" in form.curl
    assert '-u "$CLIENT_ID:$CLIENT_SECRET"' in form.curl


def test_operations_are_tried_behind_the_stages_name(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "settings", lambda: Settings(public_url="http://127.0.0.1:8000/api"))
    text = str(platform.call("GET", "/docs/gardenlab_get_all_interactions").json)
    assert 'data-path="/api/api/v1/getAllInteractions"' in text
    assert 'href="/api/docs/gardenlab_mint_token_for_user"' in text


def test_what_is_not_there_is_a_page_in_words(platform: Platform) -> None:
    answer = platform.call("GET", "/docs/nothing")
    assert answer.status == 404
    assert "<h1" in str(answer.json)
    assert surface_of("/docs/nothing", platform.app.surfaces).name == "docs"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 9}, "1 to 9 characters"),
        ({"type": "integer", "maximum": 9}, "at most 9"),
        ({"type": "array", "items": {}, "minItems": 1}, "at least 1 entries"),
        ({"anyOf": [{"type": "string", "pattern": "^a$"}, {"type": "null"}], "default": None}, "`^a$`"),
    ],
    ids=["text", "number", "array", "union"],
)
def test_limits_are_told_in_words(schema: dict[str, Any], expected: str) -> None:
    document = {
        "tags": [{"name": "T", "description": "t"}],
        "paths": {
            "/x": {
                "get": {
                    "operationId": "x",
                    "tags": ["T"],
                    "summary": "X",
                    "security": [],
                    "parameters": [
                        {"name": "p", "in": "query", "description": "P", "required": False, "schema": schema}
                    ],
                    "responses": {},
                }
            }
        },
        "components": {"pathItems": {}},
    }
    [(_, [row])] = documentation.operation_view(document, "x", url="").parameters
    assert row.limits == expected
