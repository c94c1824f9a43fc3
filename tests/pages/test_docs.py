"""`/docs`: every operation has a page, small and with a strict content policy, on which nothing is left out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.html import rendering
from chalicelib.core.html.assets import asset_url, find_asset
from chalicelib.core.schemas import HEX_ADDRESS
from chalicelib.core.settings import Settings
from chalicelib.pages.service import chapters, documentation
from chalicelib.reference.routes import document as served_document
from chalicelib.version import VERSION
from tests.oauth.flows import register
from tests.platform import Answer, Platform
from tests.served import served

MOST_BYTES = 100_000
_ASSETS = ("style.css", "theme.js", "live.js", "docs.css", "docs.js", "favicon.svg")

CHAPTERS = {"events", "errors", "changelog"}
LARGEST_CHAPTER = 60_000

_OWN_CODE = re.compile(r"""<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|(src|href)="(https?:)?//""")


@pytest.fixture(scope="module")
def document(platform: Platform) -> dict[str, Any]:
    return served_document(platform.app)


@pytest.fixture(scope="module")
def pages(platform: Platform, document: dict[str, Any]) -> dict[str, Answer]:
    """Every page, by the operation that it shows; the first one under an empty name."""
    names = [operation["operationId"] for item in _items(document) for operation in item.values()]
    return {"": platform.call("GET", "/docs"), **{name: platform.call("GET", f"/docs/{name}") for name in names}}


def _items(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*document["paths"].values(), *document["components"]["pathItems"].values()]


def test_every_operation_has_a_page_that_the_first_one_links_to(pages: dict[str, Answer]) -> None:
    links = set(re.findall(r'href="/docs/([^"]+)"', str(pages[""].json)))
    assert links == set(pages) - {""} | CHAPTERS
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


def test_backquotes_of_the_document_are_code_on_the_pages(pages: dict[str, Answer]) -> None:
    for name, answer in pages.items():
        outside_code = re.sub(r"<(pre|textarea)\b.*?</\1>|<button\b[^>]*>", "", str(answer.json), flags=re.DOTALL)
        assert "`" not in outside_code, name


def _samples(document: dict[str, Any], name: str) -> dict[str, str]:
    shown = documentation.operation_view(document, name, url="https://api.example.com")
    return {each.language: each.text for each in shown.samples}


def test_the_curl_line_is_what_a_shell_needs(document: dict[str, Any]) -> None:
    mint = _samples(document, "gardenlab_mint_token_for_user")["curl"]
    assert mint.startswith("curl -X POST https://api.example.com/api/v1/mintTokenForUser")
    assert '-H "Authorization: Bearer $API_KEY"' in mint
    sent = re.search(r"-d '(.*)'", mint)
    assert sent is not None
    shown = documentation.operation_view(document, "gardenlab_mint_token_for_user", url="https://api.example.com")
    assert json.loads(sent[1]) == json.loads(shown.sends)
    assert "newActionForUser?dry_run=false" in _samples(document, "gardenlab_new_action_for_user")["curl"]
    form = _samples(document, "oauth_issue_token")["curl"]
    assert "grant_type=client_credentials&scope=read_write" in form
    assert '-u "$CLIENT_ID:$CLIENT_SECRET"' in form


def test_every_python_sample_is_python(document: dict[str, Any]) -> None:
    for name in _names(document["paths"]):
        compile(_samples(document, name)["Python"], name, "exec")


def test_every_javascript_sample_is_javascript(document: dict[str, Any], tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    script = tmp_path / "samples.mjs"
    blocks = (f"async () => {{\n{_samples(document, name)['JavaScript']}\n}};" for name in _names(document["paths"]))
    script.write_text("\n".join(blocks))
    checked = subprocess.run([node, "--check", script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def _names(items: dict[str, Any]) -> list[str]:
    return [operation["operationId"] for methods in items.values() for operation in methods.values()]


@pytest.mark.parametrize("language", ["curl", "Python", "JavaScript"])
@pytest.mark.parametrize("name", ["gardenlab_get_all_interactions", "spaces_create_space", "oauth_issue_token"])
def test_samples_run(platform: Platform, document: dict[str, Any], tmp_path: Path, language: str, name: str) -> None:
    command = {"curl": "bash", "Python": sys.executable, "JavaScript": "node"}[language]
    if shutil.which(command) is None or (language == "curl" and shutil.which("curl") is None):
        pytest.skip(f"{language} is not installed")
    partner = platform.new_partner()
    application = register(partner)
    with served(platform.app) as base:
        shown = documentation.operation_view(document, name, url=base)
        text = next(each.text for each in shown.samples if each.language == language)
        script = tmp_path / {"curl": "sample.sh", "Python": "sample.py", "JavaScript": "sample.mjs"}[language]
        script.write_text(text.replace("origin=spacex", f"origin={partner.origin}"))
        secrets = {
            "API_KEY": partner.key,
            "ACCESS_TOKEN": application.own_token(),
            "CLIENT_ID": application.client_id,
            "CLIENT_SECRET": str(application.client_secret),
        }
        ran = subprocess.run(
            [command, script], env={**os.environ, **secrets}, capture_output=True, text=True, check=False
        )
    assert ran.returncode == 0, ran.stderr
    assert "error" not in ran.stdout.lower(), ran.stdout


def test_the_events_chapter_shows_each_type_and_leads_to_its_fields(
    platform: Platform, document: dict[str, Any]
) -> None:
    text = str(platform.call("GET", "/docs/events").json)
    assert len(text.encode()) < LARGEST_CHAPTER
    for event_type, item in document["components"]["pathItems"].items():
        assert f'id="{event_type}"' in text
        assert f'href="/docs/{item["post"]["operationId"]}"' in text
        fields = str(platform.call("GET", f"/docs/{item['post']['operationId']}").json)
        example = item["post"]["requestBody"]["content"]["application/json"]["example"]
        for field in example:
            assert f"<code>{field}</code>" in fields, (event_type, field)


def test_the_errors_chapter_has_each_surfaces_codes(platform: Platform, document: dict[str, Any]) -> None:
    groups = {each.name: each.refusals for each in chapters.errors(document)}
    spaces = next(refusals for name, refusals in groups.items() if name.startswith("Spaces"))
    assert {("404", "not_found"), ("401", "unauthorized")} & {(each.status, each.code) for each in spaces}
    text = str(platform.call("GET", "/docs/errors").json)
    for refusals in groups.values():
        for each in refusals:
            assert not each.code or f"<code>{each.code}</code>" in text


def test_the_changelog_is_shown_as_it_is_written(platform: Platform) -> None:
    text = str(platform.call("GET", "/docs/changelog").json)
    assert f'<h2 id="release-1">{chapters.changelog()[0].title}</h2>' in text or VERSION in text
    written = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()
    assert text.count("<li>") >= len(re.findall(r"^- ", written, flags=re.MULTILINE))


def test_the_search_knows_fields_parameters_and_codes(platform: Platform, document: dict[str, Any]) -> None:
    terms = platform.call("GET", "/docs/search.json").json
    assert set(terms) == set(_names(document["paths"])) | set(_names(document["components"]["pathItems"]))
    assert {"contract_id", "origin"} <= set(terms["gardenlab_get_all_interactions"].split())


def test_operations_are_tried_behind_the_stages_name(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "settings", lambda: Settings(public_url="http://127.0.0.1:8000/api"))
    text = str(platform.call("GET", "/docs/gardenlab_get_all_interactions").json)
    assert 'data-path="/api/api/v1/getAllInteractions"' in text
    assert 'href="/api/docs/gardenlab_mint_token_for_user"' in text


def test_what_is_not_there_is_a_page_in_words(platform: Platform) -> None:
    answer = platform.call("GET", "/docs/nothing")
    assert answer.status == 404
    assert "<h1" in str(answer.json)
    assert platform.app.surface_of("/docs/nothing").name == "docs"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 9}, "1 to 9 characters"),
        ({"type": "integer", "maximum": 9}, "at most 9"),
        ({"type": "array", "items": {}, "minItems": 1}, "at least 1 entries"),
        ({"anyOf": [{"type": "string", "pattern": HEX_ADDRESS}, {"type": "null"}]}, "0x and 40 hexadecimal digits"),
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
