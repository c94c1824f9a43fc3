"""Who may call: 403 before anything else, and `origin` names the caller."""

from typing import Any

import pytest

from chalicelib.core.settings import settings
from tests.gardenlab.api import GETS, POSTS, assert_error, assert_refused, saving
from tests.platform import Partner, Platform

ROUTES = [*(("POST", name) for name in POSTS), *(("GET", name) for name in GETS)]


def test_the_eight_routes_are_all_there_are(platform: Platform) -> None:
    served = {
        (method, path.removeprefix("/api/v1/"))
        for path, methods in platform.app.routes.items()
        if path.removeprefix("/api/v1/") in POSTS + GETS
        for method in methods
    }
    assert served == set(ROUTES)


def wrong_credentials(key: str) -> dict[str, str | None]:
    """Authorization headers that are no valid credential, by what is wrong with them."""
    stage, key_id, secret = key.split("_")[1:]
    return {
        "missing": None,
        "empty": "",
        "scheme alone": "Bearer",
        "blank": "Bearer  ",
        "no scheme": key,
        "another scheme": f"Basic {key}",
        "truncated": f"Bearer {key[:-1]}",
        "prolonged": f"Bearer {key}x",
        "another secret": f"Bearer sg_{stage}_{key_id}_{secret.swapcase()}",
        "unknown id": f"Bearer sg_{stage}_{key_id[::-1]}0_{secret}",
        "another stage": f"Bearer sg_prod_{key_id}_{secret}",
        "two keys": f"Bearer {key} {key}",
        "oversized": "Bearer " + "x" * 9000,
        "the admin key": f"Bearer {settings().admin_key}",
        "not ASCII": "Bearer sg_dév_é_é",
        "unsigned JWT": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJzcGFjZXgifQ.",
    }


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_a_wrong_credential_is_403_on_every_route(club: Partner, method: str, route: str) -> None:
    for what, header in wrong_credentials(club.key).items():
        headers = {} if header is None else {"Authorization": header}
        answer = club.platform.call(method, f"/api/v1/{route}", body=saving(club), headers=headers)
        assert answer.status == 403, what
        assert_refused(answer, "FORBIDDEN", status=403)


@pytest.mark.parametrize(("method", "route"), ROUTES)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"{", {}),
        (b"[" * 20_000, {}),
        (b" " * (1024 * 1024 + 1), {}),
        (b"{}", {"Content-Type": "text/plain"}),
        (b"{}", {"Idempotency-Key": "k" * 256}),
    ],
    ids=["empty", "broken", "deep", "too large", "wrong type", "long key"],
)
def test_403_comes_before_every_other_refusal(
    club: Partner, method: str, route: str, body: bytes, headers: dict[str, str]
) -> None:
    answer = club.platform.call(
        method,
        f"/api/v1/{route}?limit=x&limit=y&tokenId=z&dry_run=z",
        key="sg_dev_nobody_00000000",
        body=body,
        headers=headers,
    )
    assert_refused(answer, "FORBIDDEN", status=403)


def test_a_key_without_the_scope_is_403_and_one_with_it_serves(club: Partner) -> None:
    def key(*scopes: str) -> str:
        made = club.platform.admin("POST", f"/{club.origin}/keys", {"name": "scoped", "scopes": list(scopes)})
        return str(made.json["key"])

    query = {"origin": club.origin, "contract_id": "summer_party"}
    refused = club.platform.call("GET", "/api/v1/getAllInteractions", key=key("webhooks", "spaces"), query=query)
    assert_refused(refused, "FORBIDDEN", status=403)
    assert club.platform.call("GET", "/api/v1/getAllInteractions", key=key("gardenlab"), query=query).status == 200


def test_a_revoked_key_is_403_at_once_where_it_was_revoked(club: Partner) -> None:
    made = club.platform.admin("POST", f"/{club.origin}/keys", {"name": "old"}).json
    query = {"origin": club.origin, "contract_id": "summer_party"}
    assert club.platform.call("GET", "/api/v1/getAllInteractions", key=made["key"], query=query).status == 200
    assert club.platform.admin("DELETE", f"/{club.origin}/keys/{made['id']}").status == 200
    answer = club.platform.call("GET", "/api/v1/getAllInteractions", key=made["key"], query=query)
    assert_refused(answer, "FORBIDDEN", status=403)


def test_the_scheme_is_read_without_case(club: Partner) -> None:
    query = {"origin": club.origin, "contract_id": "summer_party"}
    answer = club.platform.call(
        "GET", "/api/v1/getAllInteractions", query=query, headers={"Authorization": f"bearer {club.key}"}
    )
    assert answer.status == 200


@pytest.mark.parametrize("route", POSTS)
def test_another_origin_is_403_before_the_rest_of_the_body_is_judged(club: Partner, rival: Partner, route: str) -> None:
    for origin in (rival.origin, "nobody", club.origin.upper(), f" {club.origin}", "x" * 5000):
        for extra in ({}, {"contract_id": 5, "unknown": None}):
            answer = club.post(route, {"origin": origin, **extra}, headers={"Idempotency-Key": "k" * 256})
            assert_refused(answer, "FORBIDDEN", status=403)


@pytest.mark.parametrize("route", GETS)
def test_another_origin_is_403_before_the_rest_of_the_query_is_judged(
    club: Partner, rival: Partner, route: str
) -> None:
    for query in ({}, {"tokenId": "x", "limit": "0", "contract": "0x"}):
        assert_refused(club.get(route, origin=rival.origin, **query), "FORBIDDEN", status=403)


@pytest.mark.parametrize("origin", [None, "", 5, True, [], {}])
@pytest.mark.parametrize("route", POSTS)
def test_an_origin_that_names_nobody_is_400(club: Partner, route: str, origin: Any) -> None:
    assert_refused(club.post(route, {"origin": origin, "contract_id": "summer_party"}), "QUERY_INCOMPLETE")


def test_the_origin_is_required_but_for_get_nft_by_token_id(club: Partner) -> None:
    for route in POSTS:
        assert_refused(club.post(route, {"contract_id": "summer_party"}), "QUERY_INCOMPLETE")
    for route in GETS:
        if route != "getNftByTokenId":
            assert_refused(club.get(route, contract_id="summer_party", tokenId="1"), "QUERY_INCOMPLETE")
    assert_refused(
        club.get("getNftByTokenId", contract_id="summer_party", tokenId="9999"), "RESOURCE_NOT_FOUND", status=404
    )


def test_an_item_of_another_origin_is_403_in_its_place_alone(club: Partner, rival: Partner, uid: str) -> None:
    answer = club.post("newUserForPartner", [rival.user(uid), club.user(uid)])
    assert answer.status == 200
    assert_error(answer.json[0], "FORBIDDEN", status=403)
    assert answer.json[1]["uid"] == uid


@pytest.mark.parametrize(("method", "route"), ROUTES)
def test_another_method_is_405_in_the_form_of_the_surface(club: Partner, method: str, route: str) -> None:
    other = "GET" if method == "POST" else "POST"
    answer = club.platform.call(other, f"/api/v1/{route}", key=club.key, body={})
    assert_refused(answer, "METHOD_NOT_ALLOWED", status=405)
