"""Who may call: partners' keys with the scope, and on a developer's machine the key of the published examples."""

import pytest

from chalicelib.core.settings import settings
from tests.dreamspace.world import Dream, new_dream
from tests.package.gateway_events import unrouted
from tests.platform import Platform


@pytest.mark.parametrize(
    "key", [None, "", "securetoken", "sg_dev_x_y", "é", "x" * 5000, "sg_dev_demo_wrongwrongwrongwrong"]
)
def test_call_without_a_valid_key_is_403(platform: Platform, key: str | None) -> None:
    headers = {} if key is None else {"X-API-KEY": key}
    for path in ("/users", "/users/1", "/stamps", "/events/1/user/nonsense", "/users/x"):
        answer = platform.call("GET", path, headers=headers)
        assert (answer.status, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")


def test_bearer_token_is_no_x_api_key(platform: Platform, dream: Dream) -> None:
    assert platform.call("GET", "/users", key=dream.partner.key).status == 403


def test_key_needs_the_scope(platform: Platform, dream: Dream) -> None:
    def status(scopes: list[str]) -> int:
        body = {"name": "scoped", "scopes": scopes}
        key = platform.admin("POST", f"/{dream.origin}/keys", body).json["key"]
        return platform.call("GET", "/users", headers={"X-API-KEY": key}).status

    assert status(["gardenlab"]) == 403
    assert status(["dreamspace"]) == 200


def test_published_key_is_a_second_key_of_spacex_here(platform: Platform) -> None:
    for key in ("SecureToken", "SecureToken \t"):  # blanks around a value are no part of it
        assert platform.call("GET", "/users", headers={"X-API-KEY": key}).status == 200


def test_published_key_is_nobodys_where_the_platform_is_deployed(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings().is_local
    monkeypatch.setattr(type(settings()), "is_local", False)
    assert platform.call("GET", "/users", headers={"X-API-KEY": "SecureToken"}).status == 403


def test_unknown_depths_are_refused_in_plain_text(platform: Platform) -> None:
    answer = platform.app(unrouted("GET", "/users/1/2/3/4/5/6/7/8"), None)
    assert (answer["statusCode"], answer["body"]) == (404, "There is nothing at this address.")
    assert answer["headers"]["Content-Type"] == "text/plain; charset=utf-8"


def test_partners_do_not_share_ids(platform: Platform) -> None:
    first, second = new_dream(platform), new_dream(platform)
    assert [first.user()["user_id"], second.user()["user_id"]] == [1, 1]
