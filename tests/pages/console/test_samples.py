"""The commands that empty pages show: each works for the partner that sees it, as it stands."""

import re
import shlex
from html import unescape

import pytest

from chalicelib import demo
from chalicelib.core.settings import settings
from chalicelib.pages.routes.console.shell import OPERATIONS, shell_for
from chalicelib.pages.service.console import Operator
from tests.oauth.flows import register
from tests.pages.console.world import sign_in
from tests.pages.forms import Surfer
from tests.platform import Answer, Partner, Platform


@pytest.fixture
def newcomer(platform: Platform) -> Partner:
    """A partner with a collection and a category of other names than the demo's, and nothing else."""
    partner = platform.new_partner(collection=False)
    partner.add_collection("spring_fair")
    return partner


def _commands(surfer: Surfer, path: str) -> list[str]:
    surfer.get(path)
    assert surfer.page.status == 200
    return [unescape(text) for text in re.findall(r'data-copy="([^"]*curl[^"]*)"', surfer.html)]


def _run(partner: Partner, command: str, token: str | None = None) -> Answer:
    """Sends what a shell would send, with the partner's key or token in the place of the variables."""
    last = command[command.rindex("curl -sS ") :].replace("\\\n", " ")
    words = iter(shlex.split(last)[2:])
    url, headers, body = next(words), {}, b""
    for option in words:
        value = next(words)
        if option == "-H":
            name, _, given = value.partition(": ")
            headers[name] = given.replace("$SPACEGARDEN_KEY", partner.key)
        elif option == "-d":
            body = value.encode()
        else:
            assert (option, value) == ("-u", "$ACCESS_TOKEN:")
            headers["Authorization"] = f"Bearer {token}"
    path = "/" + url.split("/", 3)[3]
    return partner.platform.call("POST", path, body=body, headers=headers)


def test_a_new_partner_gets_from_one_empty_page_to_the_next(newcomer: Partner) -> None:
    surfer = sign_in(newcomer)
    assert _commands(surfer, "/console/nfts") == []
    assert 'href="/console/collections/spring_fair/categories"' in surfer.html
    newcomer.add_category("spring_fair", "Grower's")
    (overview,), (nfts,) = _commands(surfer, "/console"), _commands(surfer, "/console/nfts")
    assert overview == nfts
    assert _run(newcomer, nfts).status == 200
    assert "Grower" in str(
        newcomer.platform.admin("GET", f"/{newcomer.origin}/collections/spring_fair/categories").json
    )
    assert _commands(surfer, "/console/nfts") == []


def test_spaces_customers_and_invoices_begin_with_what_is_there(newcomer: Partner) -> None:
    surfer, token = sign_in(newcomer), register(newcomer).own_token()
    assert _commands(surfer, "/console/spaces/customers") == []
    assert _commands(surfer, "/console/spaces/invoices") == []
    for path in ("/console/spaces", "/console/spaces/customers", "/console/spaces/invoices"):
        (command,) = _commands(surfer, path)
        assert "grant_type=client_credentials" in command
        answer = _run(newcomer, command, token)
        assert answer.status == 200, (path, answer)


@pytest.mark.parametrize("path", ["/console/dreamspace/events", "/console/webhooks"])
def test_other_empty_pages_show_a_call_that_works(newcomer: Partner, path: str) -> None:
    (command,) = _commands(sign_in(newcomer), path)
    answer = _run(newcomer, command.replace("https://example.com/hooks", "http://127.0.0.1:9/hooks"))
    assert answer.status == 200, answer


def test_every_call_leads_to_its_operation_in_the_reference(platform: Platform) -> None:
    paths = platform.call("GET", "/openapi.json").json["paths"]
    assert {path: paths[path]["post"]["operationId"] for path in OPERATIONS} == OPERATIONS


def test_demo_partner_needs_no_variables() -> None:
    key_id = settings().demo_key.split("_")[2]
    shell = shell_for(Operator(demo.ORIGIN, key_id, "demo", frozenset()), "http://127.0.0.1:8000")
    assert "$" not in shell.command("/events", {}, "header key")
    assert f"-u {demo.CLIENT_ID}:{demo.CLIENT_SECRET}" in shell.command("/api/v1/spaces", {}, "token")


def test_a_quote_in_a_value_ends_no_command() -> None:
    command = shell_for(Operator("acme", "k", "shop", frozenset()), "https://api.example").command(
        "/x", {"name": "it's"}, "key"
    )
    assert '{"name": "it\\u0027s"}' in command
    assert shlex.split(command)[-1] == '{"name": "it\\u0027s"}'
