"""How a command finds the platform, and what it does when the platform does not do what was asked."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import trustme

from chalicelib.core.settings import Settings
from chalicelib.oauth import domain as oauth
from chalicelib.partners import domain as partners
from chalicelib.space3 import admin_schemas
from chalicelib.version import VERSION
from cli import api, session
from cli.commands import key, mission, oauth_client
from tests.cli.shell import Shell, fields_of
from tests.receivers import Answer, Receiver, hang, refusing_url, reset

_ROOT = Path(__file__).resolve().parents[2]
_OBJECT = {"Content-Type": "application/json"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else than Spacegarden."""
    with Receiver() as listening:
        yield listening


def test_the_local_run_is_what_is_spoken_to_unless_another_is_named() -> None:
    defaults = Settings()
    assert session.Session() == session.Session(
        defaults.public_url, defaults.admin_key, defaults.demo_key, as_json=False
    )


def test_it_runs_as_a_module(server_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--json", "health"],
        cwd=_ROOT,
        env={**os.environ, "SPACEGARDEN_URL": server_url},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, {"status": "ok", "stage": "dev"})


def test_it_loads_none_of_the_platform() -> None:
    code = "import sys, cli.main; print({'chalicelib', 'chalice', 'boto3', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_it_says_its_version(shell: Shell) -> None:
    assert shell.say("--version") == f"spacegarden {VERSION}\n"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("webhooks", "endpoints", "create"), "Add an endpoint"),
        (("users", "create"), "Announce a user"),
        (("key", "delete"), "Revoke a key"),
        (("category", "get"), "Show a user category"),
        (("oauth-client", "remove"), "Delete an application"),
    ],
)
def test_another_word_for_the_same_does_as_well(shell: Shell, words: tuple[str, ...], meant: str) -> None:
    assert meant in shell.say(*words, "--help")


def test_the_choices_are_the_platforms() -> None:
    assert key.SCOPES == partners.SCOPES
    assert oauth_client.SCOPES == oauth.SCOPES
    assert get_args(admin_schemas.Kind) == mission.KINDS
    assert get_args(admin_schemas.Counting) == mission.COUNTINGS


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: Shell, name: str) -> None:
    assert "_SPACEGARDEN_COMPLETE" in shell.say("completion", name)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_commands_and_choices(tmp_path: Path) -> None:
    command = tmp_path / "spacegarden"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m cli "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(spacegarden completion bash)"; COMP_WORDS=(spacegarden webhooks deliveries list --status "");'
        ' COMP_CWORD=5; _spacegarden_completion spacegarden; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=_ROOT, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["scheduled", "delivered", "exhausted", "disabled", "canceled"], done.stderr


@pytest.mark.parametrize(
    ("words", "path"), [([], "/console"), (["docs"], "/docs"), (["home"], "/"), (["claim"], "/claim")]
)
def test_open_prints_the_address_of_a_page(shell: Shell, words: list[str], path: str) -> None:
    assert shell.say("open", *words) == f"{shell.url}{path}\n"
    assert shell.json("open", *words) == {"url": f"{shell.url}{path}"}


@pytest.mark.parametrize("position", ["before", "after"])
def test_the_platform_may_be_named_before_and_after_the_command(shell: Shell, position: str) -> None:
    words = ["--url", shell.url, "--admin-key", "wrong"]
    command = ["partner", "list"]
    result = shell.run(*(words + command if position == "before" else command + words), SPACEGARDEN_URL=None)
    assert result.exit_code == 1
    assert "UNAUTHORIZED, 401" in result.stderr


def test_health_needs_no_key(shell: Shell, receiver: Receiver) -> None:
    assert fields_of(shell.say("health"))["status"] == "ok"
    receiver.answer_next(Answer(200, _OBJECT, b'{"status": "ok"}'))
    shell.run("health", "--url", receiver.url)
    assert "authorization" not in receiver.requests[0].headers


def test_deep_health_names_what_it_asked(shell: Shell) -> None:
    assert shell.json("health", "--deep") == {"status": "ok", "tables": "ok", "queues": "ok", "storage": "ok"}


def test_a_platform_that_is_not_well_fails_the_command(shell: Shell, receiver: Receiver) -> None:
    receiver.answer_next(Answer(503, _OBJECT, b'{"status": "unavailable", "tables": "unavailable"}'))
    result = shell.run("health", "--deep", "--url", receiver.url)
    assert result.exit_code == 1
    assert fields_of(result.stdout)["tables"] == "unavailable"


def test_a_refusal_is_told_with_its_code(shell: Shell) -> None:
    result = shell.run("partner", "show", "nobody-of-this-name")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: There is no partner nobody-of-this-name. (RESOURCE_NOT_FOUND, 404)\n"


def test_a_refusal_as_json_is_the_apis_answer(shell: Shell) -> None:
    result = shell.run("partner", "show", "nobody-of-this-name", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(result.stderr)["error"]["code"] == "RESOURCE_NOT_FOUND"


def test_a_wrong_key_is_told_how_to_give_the_right_one(shell: Shell) -> None:
    result = shell.run("partner", "list", SPACEGARDEN_ADMIN_KEY="sg_dev_admin_wrong")
    assert result.exit_code == 1
    assert "SPACEGARDEN_ADMIN_KEY" in result.stderr
    assert "sg_dev_admin_wrong" not in result.stderr


def test_a_refusal_by_the_gateway_is_told_too(shell: Shell, receiver: Receiver) -> None:
    receiver.answer_next(Answer(429, _OBJECT, b'{"message": "Too Many Requests"}'))
    result = shell.run("partner", "list", "--url", receiver.url)
    assert (result.exit_code, result.stderr) == (1, "Error: Too Many Requests (no code, 429)\n")


def test_a_local_platform_that_is_not_there_is_told_how_to_start(shell: Shell) -> None:
    with refusing_url() as url:
        result = shell.run("partner", "list", "--url", url)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "Connection refused" in result.stderr
    assert "make run" in result.stderr


def test_a_stage_that_is_not_there_is_no_local_run(shell: Shell) -> None:
    with refusing_url() as url:
        elsewhere = url.replace("127.0.0.1", "0.0.0.0")  # no loopback address, and yet this machine
        result = shell.run("partner", "list", "--url", elsewhere)
    assert result.exit_code == 3
    assert f"Cannot reach {elsewhere}: Connection refused" in result.stderr
    assert "make run" not in result.stderr


def test_silence_may_have_been_a_change(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "_TIMEOUT_SECONDS", 0.1)
    with Receiver(hang) as silent:
        result = shell.run("partner", "create", "somebody", "--url", silent.url)
    assert result.exit_code == 3
    assert "A change may have been made" in result.stderr


def test_a_connection_that_breaks_is_told(shell: Shell) -> None:
    with Receiver(reset) as broken:
        result = shell.run("partner", "list", "--url", broken.url)
    assert result.exit_code == 3
    assert "did not answer" in result.stderr


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"Content-Type": "text/html"}, b"<h1>Welcome</h1>"),
        Answer(200, _OBJECT, b"[]"),
        Answer(200, _OBJECT, b"{}"),
        Answer(404, {"Content-Type": "text/html"}, b"<h1>Not Found</h1>"),
    ],
)
def test_an_answer_that_is_not_spacegardens_is_told(shell: Shell, receiver: Receiver, answer: Answer) -> None:
    receiver.answer_next(answer)
    result = shell.run("partner", "list", "--url", receiver.url)
    assert result.exit_code == 3
    assert "is not Spacegarden" in result.stderr


@pytest.mark.parametrize(("words", "may_have_changed"), [(["list"], False), (["create", "somebody"], True)])
def test_an_answer_of_what_stands_before_the_platform_is_told(
    shell: Shell, receiver: Receiver, words: list[str], may_have_changed: bool
) -> None:
    receiver.answer_next(Answer(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"))
    result = shell.run("partner", *words, "--url", receiver.url)
    assert result.exit_code == 3
    assert "answered 502 in its place" in result.stderr
    assert ("A change may have been made" in result.stderr) is may_have_changed


def test_what_cannot_be_reached_is_told_as_json_where_that_is_the_form(shell: Shell) -> None:
    with refusing_url() as url:
        result = shell.run("partner", "list", "--json", "--url", url)
    assert (result.exit_code, result.stdout) == (3, "")
    assert json.loads(result.stderr)["error"]["code"] == "UNREACHABLE"


def test_a_certificate_that_nobody_vouches_for_is_told(shell: Shell) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with Receiver(tls=context, host="localhost") as receiver:
        result = shell.run("partner", "list", "--url", receiver.url)
    assert result.exit_code == 3
    assert "certificate verify failed" in result.stderr


@pytest.mark.parametrize("proxy", ["not a proxy", "http://a..b:1"])
def test_a_proxy_that_is_none_is_told(shell: Shell, proxy: str) -> None:
    result = shell.run("health", "--url", "http://stage.invalid/api", http_proxy=proxy)
    assert result.exit_code == 3
    assert "Nothing was sent" in result.stderr


def test_the_key_does_not_follow_a_redirection(shell: Shell, receiver: Receiver) -> None:
    with Receiver() as elsewhere:
        receiver.answer_next(Answer(307, {"Location": elsewhere.url}, b'{"message": "moved"}'))
        assert shell.run("partner", "list", "--url", receiver.url).exit_code == 3
        assert elsewhere.connections == 0


def test_a_proxy_of_the_environment_does_not_stand_before_the_local_run(shell: Shell, receiver: Receiver) -> None:
    assert shell.run("health", http_proxy=receiver.url).exit_code == 0
    assert receiver.connections == 0


def test_a_proxy_of_the_environment_stands_before_a_stage(shell: Shell, receiver: Receiver) -> None:
    receiver.answer_next(Answer(200, _OBJECT, b'{"status": "ok"}'))
    assert shell.run("health", "--url", "http://stage.invalid/api", http_proxy=receiver.url).exit_code == 0
    assert receiver.requests[0].target == "http://stage.invalid/api/health"


def test_a_secret_key_on_an_open_line_is_warned_of(shell: Shell, receiver: Receiver) -> None:
    receiver.answer_next(Answer(401, _OBJECT, b'{"message": "no"}'))
    words = ("partner", "list", "--url", "http://stage.invalid", "--admin-key", "secret")
    result = shell.run(*words, http_proxy=receiver.url)
    assert "unencrypted" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["partner", "show", ""],
        ["partner", "list", "--limit", "0"],
        ["partner", "list", "--all", "--limit", "5"],
        ["partner", "list", "--url", "127.0.0.1:8000"],
        ["partner", "list", "--url", "http://"],
        ["partner", "list", "--url", "http://key@127.0.0.1"],
        ["partner", "list", "--url", "http://127.0.0.1:99999"],
        ["partner", "list", "--url", "http://a..example"],
        ["partner", "list", "--url", f"http://{'a' * 64}.example"],
        ["partner", "list", "--url", "http://[::1"],
        ["partner", "list", "--admin-key", "line\nbreak"],
        ["partner", "explode"],
        ["partner", "create"],
    ],
)
def test_wrong_usage_ends_with_2_and_reaches_nobody(shell: Shell, words: list[str]) -> None:
    result = shell.run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: spacegarden partner" in result.stderr


def test_names_are_one_segment_of_the_address(shell: Shell, receiver: Receiver) -> None:
    receiver.answer_next(Answer(404, _OBJECT, b'{"message": "no"}'))
    shell.run("collection", "show", "a/b", "../é?x#y", "--url", f"{receiver.url}/")
    assert receiver.requests[0].target == "/hook/admin/partners/a%2Fb/collections/..%2F%C3%A9%3Fx%23y"


def _page(origins: list[str], *, has_more: bool) -> Answer:
    content = {
        "object": "list",
        "count": len(origins),
        "has_more": has_more,
        "url": "/admin/partners",
        "data": [{"origin": origin, "display_name": origin} for origin in origins],
    }
    return Answer(200, _OBJECT, json.dumps(content).encode())


def test_all_turns_every_page_and_shows_them_as_one(shell: Shell, receiver: Receiver) -> None:
    receiver.answer_next(_page(["a", "b c"], has_more=True), _page(["d"], has_more=False))
    shown = shell.json("partner", "list", "--all", "--url", receiver.url)
    assert (shown["count"], shown["has_more"]) == (3, False)
    assert [partner["origin"] for partner in shown["data"]] == ["a", "b c", "d"]
    targets = [request.target.partition("?")[2] for request in receiver.requests]
    assert targets == ["limit=100", "limit=100&starting_after=b+c"]


def test_a_limit_above_a_page_takes_several(shell: Shell, receiver: Receiver) -> None:
    first = [f"p{number}" for number in range(100)]
    receiver.answer_next(_page(first, has_more=True), _page(["q1", "q2"], has_more=True))
    result = shell.run("partner", "list", "--limit", "102", "--after", "z", "--url", receiver.url)
    assert len(result.stdout.splitlines()) == 103
    assert "There are more" in result.stderr
    targets = [request.target.partition("?")[2] for request in receiver.requests]
    assert targets == ["limit=100&starting_after=z", "limit=2&starting_after=p99"]
