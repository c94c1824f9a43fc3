"""`/openapi.json`, `/postman.json` and `/llms.txt` as clients get them."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.core.settings import settings
from chalicelib.reference import guide
from tests.platform import Platform

LARGEST_ANSWER = 6_000_000
_SECRETS = {*guide.SECRET_OF_SCHEME.values(), *guide.PASSWORD_OF_SCHEME.values()}


def test_it_is_the_document_of_this_app(platform: Platform, document: dict[str, Any]) -> None:
    answer = platform.call("GET", "/openapi.json")
    assert answer.status == 200
    served = {**answer.json, "servers": [], "components": {**answer.json["components"], "securitySchemes": {}}}
    made = json.loads(json.dumps(document))
    assert served == {**made, "servers": [], "components": {**made["components"], "securitySchemes": {}}}
    assert answer.json["servers"] == [{"url": settings().public_url}]
    assert len(json.dumps(json.dumps(answer.json))) < LARGEST_ANSWER


def test_anybody_may_read_it_and_keep_it_while_it_is_the_same(platform: Platform) -> None:
    answer = platform.call("GET", "/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    tag = answer.headers["etag"]
    for asked in (tag, f'W/{tag}, "another"', "*"):
        again = platform.call("GET", "/openapi.json", headers={"If-None-Match": asked})
        assert (again.status, again.headers["etag"]) == (304, tag)
    assert platform.call("GET", "/openapi.json", headers={"If-None-Match": '"another"'}).status == 200


def test_the_text_for_language_models_names_every_group_and_leads_to_every_operation(
    platform: Platform, document: dict[str, Any]
) -> None:
    answer = platform.call("GET", "/llms.txt")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    lines = str(answer.json).splitlines()
    assert [line[3:] for line in lines if line.startswith("## ")] == [
        *guide.PARTS,
        *(tag["name"] for tag in document["tags"]),
    ]
    led = {found[1] for line in lines if (found := re.match(r"- \[.+\]\(.+/docs/([\w-]+)\): .", line))}
    assert led == {operation["operationId"] for operation in _operations(document)}
    assert all(f"`{name}`" in str(answer.json) for name in guide.SECRET_OF_SCHEME.values())


def test_the_postman_collection_has_a_folder_for_each_group_and_all_its_requests(
    platform: Platform, document: dict[str, Any]
) -> None:
    answer = platform.call("GET", "/postman.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    folders = {folder["name"]: folder["item"] for folder in answer.json["item"]}
    assert list(folders) == [tag["name"] for tag in document["tags"] if tag["name"] != guide.SENT]
    for name, requests in folders.items():
        wanted = [method.upper() for method, tag in _methods(document) if tag == name]
        assert [each["request"]["method"] for each in requests] == wanted


def test_the_postman_collection_asks_for_each_secret_and_holds_none(platform: Platform) -> None:
    collection = platform.call("GET", "/postman.json").json
    values = {each["key"]: each["value"] for each in collection["variable"]}
    assert values.pop("base_url") == settings().public_url
    assert set(values.values()) == {""}
    used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(collection))) - {"base_url"}
    assert used <= set(values) == {name.lower() for name in _SECRETS}


@pytest.mark.parametrize("path", ["/openapi.json", "/postman.json", "/llms.txt"])
def test_no_key_stands_in_it(platform: Platform, path: str) -> None:
    answer = platform.call("GET", path)
    text = answer.json if isinstance(answer.json, str) else json.dumps(answer.json)
    assert [key for key in (settings().admin_key, settings().demo_key) if key and key in text] == []


def test_each_scheme_has_the_name_of_its_secret(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert set(guide.SECRET_OF_SCHEME) == set(schemes)
    assert set(guide.PASSWORD_OF_SCHEME) <= {name for name, each in schemes.items() if each.get("scheme") == "basic"}


def test_routes_load_nothing_that_makes_it() -> None:
    script = (
        "import chalicelib.reference.routes, sys; print(*sorted(each for each in sys.modules if 'chalicelib' in each))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = said.stdout.split()
    assert "chalicelib.reference.routes" in loaded
    assert [name for name in loaded if name.endswith((".document", ".contents", ".components", "core.reference"))] == []


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    items = (*document["paths"].values(), *document["components"]["pathItems"].values())
    return [operation for methods in items for operation in methods.values()]


def _methods(document: dict[str, Any]) -> list[tuple[str, str]]:
    """The method and the group of each operation."""
    return [
        (method, operation["tags"][0])
        for methods in document["paths"].values()
        for method, operation in methods.items()
    ]
