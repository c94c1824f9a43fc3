"""The first page, and the demo application's callback page: in a local run, and on a deployed stage."""

import re
import shlex

import pytest

from chalicelib.core.settings import settings
from chalicelib.demo import CALLBACK
from chalicelib.pages.service.demo import demo_calls
from tests.platform import Platform


def test_first_page_of_a_local_run_has_the_keys_and_three_calls(platform: Platform) -> None:
    page = platform.call("GET", "/", headers={"Host": "127.0.0.1:8199"})
    assert page.status == 200
    assert settings().demo_key in page.json
    assert settings().admin_key in page.json
    assert page.json.count("curl -sS http://127.0.0.1:8199/api/v1/") == 2 * 3  # shown, and to be copied


@pytest.mark.parametrize("path", ["/docs", "/console", "/claim", "/health/deep", "/openapi.json"])
def test_first_page_leads_to_what_there_is(platform: Platform, path: str) -> None:
    assert f'href="{path}"' in platform.call("GET", "/").json
    assert platform.call("GET", path).status in (200, 303)


def test_first_page_of_a_deployed_stage_has_no_demo(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(settings()), "is_local", property(lambda _: False))
    page = platform.call("GET", "/")
    assert page.status == 200
    assert settings().demo_key not in page.json
    assert "curl" not in page.json


def test_demo_calls_are_shell_commands_with_json_bodies() -> None:
    for each in demo_calls("http://127.0.0.1:8000", "sg_dev_x"):
        words = shlex.split(each.command.replace("\\\n", " "))
        assert words[:2] == ["curl", "-sS"]
        assert words[-1].startswith('{"origin": "spacex"')


def test_callback_page_shows_the_code_and_the_next_call(platform: Platform) -> None:
    page = platform.call("GET", f"{CALLBACK}?code=ac_0123-abc")
    assert page.status == 200
    assert "-d grant_type=authorization_code -d code=ac_0123-abc" in page.json


@pytest.mark.parametrize("code", ["", "a'b", "a b", "$(id)", "a" * 201])
def test_callback_page_puts_no_other_text_into_a_command(platform: Platform, code: str) -> None:
    page = platform.call("GET", CALLBACK, query={"code": code} if code else None)
    assert page.status == 200
    assert "grant_type" not in page.json
    assert "Ask for consent" in page.json


def test_callback_page_shows_why_access_was_denied(platform: Platform) -> None:
    page = platform.call("GET", f"{CALLBACK}?error=access_denied")
    assert "access_denied" in page.json
    assert not re.search(r"grant_type", page.json)


def test_callback_page_is_missing_on_a_deployed_stage(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(settings()), "is_local", property(lambda _: False))
    assert platform.call("GET", f"{CALLBACK}?code=abc").status in (400, 404)
