"""Who may use the admin surface, on every one of its routes."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.ids import random_token
from chalicelib.core.secrets import forget_secrets
from chalicelib.core.settings import Settings, settings
from chalicelib.partners import service
from tests.platform import Partner, Platform

_NOBODY = "nobody-of-this-name"


def _admin_routes(platform: Platform) -> Iterator[tuple[str, str]]:
    for path, methods in platform.app.routes.items():
        if path.startswith("/admin"):
            yield from ((method, path) for method in methods)


def _filled(path: str, **values: str) -> str:
    return "/".join(values.get(part[1:-1], "x") if part.startswith("{") else part for part in path.split("/"))


def _status_with(platform: Platform, authorization: str | None) -> int:
    headers = {} if authorization is None else {"Authorization": authorization}
    return platform.call("GET", "/admin/partners", headers=headers).status


def test_every_route_wants_the_admin_key_before_anything_else(platform: Platform) -> None:
    routes = list(_admin_routes(platform))
    assert ("POST", "/admin/partners") in routes
    for method, path in routes:
        answer = platform.call(method, _filled(path), body=b"{not json")
        assert (answer.status, answer.error_code) == (401, "UNAUTHORIZED"), (method, path)


def test_a_partners_own_key_opens_no_route(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    for method, path in _admin_routes(platform):
        answer = platform.call(method, _filled(path, origin=partner.origin), key=partner.key, body={})
        assert answer.status == 401, (method, path)


def test_an_unknown_origin_is_not_found_on_every_route_without_a_body(platform: Platform) -> None:
    for method, path in _admin_routes(platform):
        if "{origin}" in path and method in ("GET", "DELETE"):
            answer = platform.call(method, _filled(path, origin=_NOBODY), key=settings().admin_key)
            assert (answer.status, answer.error_code) == (404, "RESOURCE_NOT_FOUND"), (method, path)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"display_name": "x"}),
        ("POST", "/keys", {"name": "x"}),
        ("POST", "/collections", {"contract_id": "x", "name": "x", "symbol": "X"}),
        ("PATCH", "/collections/x", {"level_thresholds": [0]}),
        ("POST", "/collections/x/categories", {"user_category_id": "x", "name": "x"}),
        ("PATCH", "/collections/x/categories/x", {"name": "x"}),
        ("PATCH", "/collections/x/interactions/x", {"valid_from": "2026-01-01"}),
    ],
)
def test_an_unknown_origin_is_not_found_on_every_route_with_a_body(
    platform: Platform, method: str, path: str, body: dict[str, Any]
) -> None:
    answer = platform.admin(method, f"/{_NOBODY}{path}", body)
    assert (answer.status, answer.error_code) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("name", ["", "x" * 129, "x" * 3000, "%23", "é" * 128])
def test_a_name_that_no_partner_can_have_is_not_found(platform: Platform, name: str) -> None:
    assert platform.admin("GET", f"/{name}/keys").status == 404


def test_a_path_that_is_not_text_is_refused(platform: Platform) -> None:
    assert platform.admin("GET", "/%ff/keys").status == 400
    assert platform.admin("GET", "/a%00b/keys").status == 400


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {} "])
def test_the_admin_key_is_a_bearer_credential_in_any_case(platform: Platform, form: str) -> None:
    assert _status_with(platform, form.format(settings().admin_key)) == 200


def test_no_other_way_of_giving_the_admin_key_is_accepted(platform: Platform) -> None:
    key = settings().admin_key
    basic = base64.b64encode(f"admin:{key}".encode()).decode()
    refused = [None, "", key, f"Basic {key}", f"Basic {basic}", f"Token {key}", f"Bearer:{key}"]
    assert [_status_with(platform, given) for given in refused] == [401] * len(refused)
    assert platform.call("GET", "/admin/partners", headers={"X-API-KEY": key}).status == 401


@pytest.mark.parametrize("wrong", ["", " ", "wrong", "é", "\udcff", "x" * 20_000, "sg_dev_admin_"])
def test_a_wrong_admin_key_is_refused(platform: Platform, wrong: str) -> None:
    assert _status_with(platform, f"Bearer {wrong}") == 401


def test_the_admin_key_is_compared_whole(platform: Platform) -> None:
    key = settings().admin_key
    for wrong in (key[:-1], key + "0", key.upper(), f"{key} {key}"):
        assert _status_with(platform, f"Bearer {wrong}") == 401


@pytest.fixture
def deployed(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the secret that holds the admin key, on a stage that is not the local run."""
    del platform
    name = f"admin-key-{random_token(10)}"
    stage = Settings(stage="prod", public_url="https://spacegarden.test", admin_key_secret_id=name)
    monkeypatch.setattr(service, "settings", lambda: stage)
    forget_secrets()
    return name


def test_a_deployed_stage_reads_its_admin_key_from_its_secret(deployed: str) -> None:
    aws.client("secretsmanager").create_secret(Name=deployed, SecretString="a real key\n")
    assert service.is_admin("a real key")
    assert not service.is_admin(Settings().admin_key)


def test_nobody_is_admin_where_the_secret_is_blank(deployed: str) -> None:
    aws.client("secretsmanager").create_secret(Name=deployed, SecretString="\n")
    assert not service.is_admin("")
    assert not service.is_admin("\n")


def test_the_local_chains_address_is_told_to_the_admin(platform: Platform) -> None:
    answer = platform.call("GET", "/admin/chain/rpc", key=settings().admin_key)
    assert answer.status == 200
    assert answer.json["url"].startswith("http://")


def test_paths_that_differ_in_case_of_the_origin_are_others(platform: Platform) -> None:
    partner: Partner = platform.new_partner(collection=False)
    assert platform.admin("GET", f"/{partner.origin.upper()}").status == 404
