"""Each surface says what is wrong with a credential, in its own form and status, and what it takes instead."""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import travelled
from chalicelib.core.credentials import Accepted, CredentialRefused, Reason, basic_pair, presented
from chalicelib.core.settings import settings
from tests.oauth.flows import Application, register
from tests.platform import Answer, Partner, Platform


class Surface(NamedTuple):
    """One address of a surface: its statuses for what is refused and for what lacks a scope, and what it takes."""

    path: str
    refused: int
    lacking: int
    takes: tuple[str, ...]
    challenges: bool = True
    scope: str = ""


SURFACES = {
    "gardenlab": Surface(
        "/api/v1/getAllInteractions?contract_id=x", 403, 403, ("bearer key", "x-api-key", "token"), scope="gardenlab"
    ),
    "webhooks": Surface("/webhooks/endpoints", 403, 403, ("bearer key", "x-api-key"), scope="webhooks"),
    "space3": Surface("/space3/missions", 401, 403, ("bearer key", "x-api-key", "token"), scope="missions"),
    "spaces": Surface("/api/v1/account", 401, 403, ("token", "basic"), scope="read_only"),
    "grants": Surface("/oauth/grants", 401, 403, ("bearer key", "x-api-key"), scope="spaces"),
    "admin": Surface("/admin/partners", 401, 401, ("admin key",)),
    "dreamspace": Surface("/events", 403, 403, ("x-api-key",), challenges=False, scope="dreamspace"),
}


@pytest.fixture(scope="module")
def holder(platform: Platform) -> Partner:
    """A partner whose credentials are presented."""
    return platform.new_partner(collection=False)


@pytest.fixture(scope="module")
def application(holder: Partner) -> Application:
    """Its application."""
    return register(holder)


def _ask(platform: Platform, surface: Surface, headers: Mapping[str, str]) -> Answer:
    return platform.call("GET", surface.path, headers=headers)


def _message(answer: Answer) -> str:
    if isinstance(answer.json, str):
        return answer.json
    error = answer.json.get("error", answer.json)
    return str(error["message"] if isinstance(error, dict) and "message" in error else answer.json["message"])


def _assert_refused(answer: Answer, surface: Surface, words: str, error: str | None) -> None:
    assert answer.status == (surface.lacking if error == "insufficient_scope" else surface.refused)
    assert re.search(words, _message(answer)), answer
    told = answer.headers.get("www-authenticate", "")
    assert ("Bearer realm=" in told) == surface.challenges
    if surface.challenges:
        assert (f'error="{error}"' in told) if error else ("error=" not in told)


@pytest.mark.parametrize("name", SURFACES)
@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer  "}, {"X-API-KEY": " "}])
def test_missing_credential_is_called_missing(platform: Platform, name: str, header: dict[str, str]) -> None:
    _assert_refused(_ask(platform, SURFACES[name], header), SURFACES[name], "is missing", None)


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "dreamspace"])
def test_another_scheme_is_called_so(platform: Platform, name: str) -> None:
    schemes = ["Digest x", "Token x", "sg_dev_a_b"] + ([] if name == "spaces" else ["Basic eDp5"])
    for value in schemes:
        answer = _ask(platform, SURFACES[name], {"Authorization": value})
        _assert_refused(answer, SURFACES[name], "scheme .* is not read", None)


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "admin"])
def test_malformed_credential_is_called_malformed(platform: Platform, name: str) -> None:
    for text in ("x", "sg_dev_", "a.b.c", "é", "x" * 9000):
        header = {"X-API-KEY": text} if name == "dreamspace" else {"Authorization": f"Bearer {text}"}
        _assert_refused(_ask(platform, SURFACES[name], header), SURFACES[name], "malformed", "invalid_token")


@pytest.mark.parametrize("name", SURFACES)
def test_unknown_or_revoked_credential_is_called_so(
    platform: Platform, holder: Partner, application: Application, name: str
) -> None:
    surface = SURFACES[name]
    made = platform.admin("POST", f"/{holder.origin}/keys", {"name": "old"}).json
    assert platform.admin("DELETE", f"/{holder.origin}/keys/{made['id']}").status == 200
    token = application.own_token()
    application.revoke(token)
    keys = [made["key"], holder.key[:-1], holder.key.replace("sg_dev_", "sg_prod_")]
    for text in (*(keys if name != "spaces" else ()), *([token] if "token" in surface.takes else [])):
        header = {"X-API-KEY": text} if name == "dreamspace" else {"Authorization": f"Bearer {text}"}
        _assert_refused(_ask(platform, surface, header), surface, "unknown", "invalid_token")


@pytest.mark.parametrize("name", [name for name, surface in SURFACES.items() if "token" in surface.takes])
def test_expired_token_is_called_expired(platform: Platform, application: Application, name: str) -> None:
    token = application.own_token()
    with travelled(timedelta(hours=1)):
        answer = _ask(platform, SURFACES[name], {"Authorization": f"Bearer {token}"})
        _assert_refused(answer, SURFACES[name], "has expired", "invalid_token")


@pytest.mark.parametrize("name", [name for name in SURFACES if name not in ("admin", "spaces")])
def test_key_that_lacks_the_scope_is_told_which(platform: Platform, holder: Partner, name: str) -> None:
    surface = SURFACES[name]
    other = "dreamspace" if name != "dreamspace" else "gardenlab"
    key = platform.admin("POST", f"/{holder.origin}/keys", {"name": "other", "scopes": [other]}).json["key"]
    answer = _ask(platform, surface, {"X-API-KEY": key})
    _assert_refused(answer, surface, f"lacks the scope {surface.scope}", "insufficient_scope")
    if surface.challenges:
        assert re.search(f'scope="{surface.scope}[" ]', answer.headers["www-authenticate"])


def test_token_that_lacks_the_scope_is_told_which(platform: Platform, application: Application) -> None:
    missions, reader = application.own_token("missions"), application.own_token("read_only")
    cases: list[tuple[str, str, str, str]] = [
        ("GET", "/api/v1/account", missions, "read_only"),
        ("POST", "/api/v1/customers", reader, "read_write"),
        ("GET", "/api/v1/getAllInteractions", missions, "read_only"),
        ("POST", "/api/v1/newUserForPartner", reader, "read_write"),
        ("GET", "/space3/missions", reader, "missions"),
    ]
    for method, path, token, scope in cases:
        answer = platform.call(method, path, key=token, body={})
        assert answer.status == 403, path
        assert f'error="insufficient_scope", scope="{scope}"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("name", SURFACES)
def test_what_a_surface_takes_it_takes_with_blanks_around(
    platform: Platform, holder: Partner, application: Application, name: str
) -> None:
    token = application.own_token("read_write missions")
    pair = base64.b64encode(f"{token}:".encode()).decode()
    ways: dict[str, Callable[[str], dict[str, str]]] = {
        "bearer key": lambda blank: {"Authorization": f"{blank}Bearer {blank}{holder.key}{blank}"},
        "x-api-key": lambda blank: {"X-API-KEY": f"{blank}{holder.key}{blank}"},
        "token": lambda blank: {"Authorization": f"{blank}bearer {blank}{token}{blank}"},
        "basic": lambda blank: {"Authorization": f"{blank}basic {blank}{pair}{blank}"},
        "admin key": lambda blank: {"Authorization": f"{blank}Bearer {settings().admin_key}{blank}"},
    }
    for way in SURFACES[name].takes:
        for blank in ("", " ", "\t", "  "):
            assert _ask(platform, SURFACES[name], ways[way](blank)).status not in (401, 403), (way, blank)


@given(header=st.text(max_size=60), other=st.text(max_size=30))
def test_any_header_is_read_or_refused_with_a_reason(header: str, other: str) -> None:
    accepted = Accepted("token", basic_user=True, key_header=True)
    headers = {"authorization": header, "x-api-key": other}
    try:
        text = presented(headers, accepted)
    except CredentialRefused as error:
        reason, message = error.reason, str(error)
    else:
        assert text == text.strip(" \t") != ""
        return
    assert reason in (Reason.MISSING, Reason.WRONG_SCHEME, Reason.MALFORMED)
    assert message.endswith(".")


@given(user=st.binary(max_size=40).filter(lambda raw: b":" not in raw), password=st.binary(max_size=40))
def test_basic_is_read_as_bytes(user: bytes, password: bytes) -> None:
    assert basic_pair(base64.b64encode(user + b":" + password).decode()) == (user, password)
    assert basic_pair(base64.b64encode(user).decode()) == (user, None)
