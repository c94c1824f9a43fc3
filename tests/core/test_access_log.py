"""The line that every answer leaves: who asked for what, and how it ended; a cause where it was our own fault."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.errors import Unavailable
from chalicelib.core.logging import JsonFormatter
from chalicelib.core.settings import settings
from chalicelib.oauth.service import rotation
from tests.oauth.flows import register
from tests.package.gateway_events import unrouted
from tests.platform import Partner, Platform

ADDRESS = "127.0.0.1"


Lines = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Gives the lines of a level that were written since it was asked before."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())

    def since_then(level: str = "INFO") -> list[dict[str, Any]]:
        found = [json.loads(line) for line in written.getvalue().splitlines()]
        written.seek(0)
        written.truncate()
        ours = ("spacegarden.http", "spacegarden.health")
        return [line for line in found if line["level"] == level and line["logger"] in ours]

    root = logging.getLogger()
    root.addHandler(handler)
    yield since_then
    root.removeHandler(handler)


def test_an_answer_is_logged_with_partner_credential_source_route_and_status(partner: Partner, lines: Lines) -> None:
    token = register(partner).own_token()
    lines("INFO")
    partner.get("getAllInteractions", contract_id="summer_party", origin=partner.origin)
    partner.platform.call("GET", "/api/v1/spaces", key=token)
    partner.platform.call("GET", "/api/v1/spaces", key="nobody")
    by_key, by_token, by_nobody = lines("INFO")
    key_id = partner.key.split("_")[2]
    assert (by_key["partner"], by_key["actor"]) == (partner.origin, f"key:{key_id}")
    assert (by_key["method"], by_key["route"], by_key["status"]) == ("GET", "/api/v1/getAllInteractions", 200)
    assert by_token["partner"] == partner.origin
    assert by_token["actor"].startswith("oauth:")
    assert "partner" not in by_nobody
    assert by_nobody["status"] == 401
    assert len({line["source"] for line in (by_key, by_token, by_nobody)}) == 1
    told = json.dumps([by_key, by_token, by_nobody])
    assert partner.key not in told
    assert ADDRESS not in told


def test_sources_cannot_be_compared_between_stages(
    platform: Platform, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for salt in ("one", "other"):
        monkeypatch.setenv("SPACEGARDEN_LOG_SALT", salt)
        settings.cache_clear()
        lines("INFO")
        platform.call("GET", "/health")
        [line] = lines("INFO")
        found.append(line["source"])
    monkeypatch.undo()
    settings.cache_clear()
    assert len(set(found)) == 2


@pytest.mark.parametrize("path", ["/nothing", "/users/1/2/3/4", "/claim/nothing"])
def test_an_answer_to_an_unknown_path_is_logged_and_names_its_request(
    platform: Platform, lines: Lines, path: str
) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        answer = platform.app(unrouted(method, path), None)
        [line] = lines("INFO")
        assert (line["message"], line["status"], line["method"]) == ("answered", 404, method)
        assert line["route"] == "/{proxy+}"
        assert line["source"]
        assert answer["headers"]["X-Request-Id"] == line["request_id"]


def test_a_refusal_that_the_app_never_sees_is_logged(platform: Platform, lines: Lines) -> None:
    answer = platform.app.render_refusal("/admin/partners", 413)
    [line] = lines("INFO")
    assert (line["message"], line["status"], line["surface"]) == ("answered", 413, "admin")
    assert answer.headers["X-Request-Id"] == line["request_id"]


def test_a_refusal_by_what_we_stand_on_is_logged_with_its_cause(
    platform: Platform, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any, **__: Any) -> Any:
        try:
            raise TimeoutError("the table does not answer")
        except TimeoutError as error:
            raise Unavailable("Please try again.") from error

    monkeypatch.setattr(rotation, "ask", unavailable)
    assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 503
    [line] = lines("ERROR")
    assert "TimeoutError: the table does not answer" in line["error"]
    assert line["route"] == "/admin/signing_keys"


def test_what_the_deep_health_finds_missing_is_an_error_with_its_cause(
    platform: Platform, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws.client

    def refusing(service: str) -> Any:
        if service == "s3":
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")
        return client(service)

    monkeypatch.setattr(aws, "client", refusing)
    answer = platform.call("GET", "/health/deep")
    assert (answer.status, answer.json["storage"]) == (503, "unavailable")
    [line] = lines("ERROR")
    assert (line["part"], line["route"]) == ("storage", "/health/deep")
    assert "HeadBucket" in line["error"]
