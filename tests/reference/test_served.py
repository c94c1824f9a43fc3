"""`/openapi.json` as clients get it."""

import json
import subprocess
import sys
from typing import Any

from chalicelib.core.settings import settings
from tests.platform import Platform

LARGEST_ANSWER = 6_000_000


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


def test_routes_load_nothing_that_makes_it() -> None:
    script = (
        "import chalicelib.reference.routes, sys; print(*sorted(each for each in sys.modules if 'chalicelib' in each))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = said.stdout.split()
    assert "chalicelib.reference.routes" in loaded
    assert [name for name in loaded if name.endswith((".document", ".contents", ".components", "core.reference"))] == []
