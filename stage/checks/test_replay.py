"""Every example of the API reference, sent to the stage and to a local run, is answered alike."""

import json
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import requests

from stage.checks.answers import Answer, Asked, answer_of, ask
from stage.checks.conftest import DeployedStage, Site
from stage.checks.differences import unexplained
from stage.checks.receivers import Receiver
from stage.checks.waiting import eventually
from tests.reference.examples import DAY, REWARD, Examples

pytestmark = pytest.mark.long
_ORIGIN = "replayed"
_COLLECTION = "summer_party"
# What these tell is of the whole site, or of the second in which they are asked: only its shape is compared.
_OF_THE_SITE = frozenset(
    {
        "chains_list_signers",
        "chains_get_signer",
        "partners_list_partners",
        "queues_list_queues",
        "queues_redrive",
        "applications_list_signing_keys",
        "webhooks_get_statistics",
    }
)
# What makes deliveries, which the workers then change in their own time.
_TOLD = frozenset({"gardenlab_mint_token_for_user", "webhooks_test_endpoint", "webhooks_replay_delivery"})


class Side(NamedTuple):
    """One of both sites, with a partner of its own for the examples."""

    site: Site
    examples: Examples
    names: dict[str, str]

    def send(self, name: str) -> tuple[Asked, requests.Response]:
        """Sends an operation's example."""
        sent = self.examples.request(name)
        asked = Asked(sent.method, sent.path, sent.body, tuple(sent.headers.items()))
        return asked, ask(self.site.address, asked)

    def ask(self, name: str) -> tuple[Asked, Answer]:
        """Sends an operation's example and learns from the answer."""
        asked, answer = self.send(name)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("application/json"):
            self.examples.learn(name, answer.json())
        heard = answer_of(answer, {**self.examples.printed(), **self.names})
        return asked, heard._replace(body=_shape(heard.body)) if name in _OF_THE_SITE else heard


def _shape(body: str) -> str:
    """The names of a JSON body's fields; of a list, those of any member."""

    def of(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: of(each) for name, each in sorted(value.items())}
        return sorted({str(of(each)) for each in value}) if isinstance(value, list) else None

    return str(of(json.loads(body)))


def _side(site: Site, document: dict[str, Any], hook_host: str) -> Side:
    site.command("partner", "create", _ORIGIN, "--name", "Replayed")
    # Once its keys are rotated, each site refuses to rotate them again for a while.
    site.call("POST", "/admin/signing_keys", headers={"Authorization": f"Bearer {site.admin_key}"})
    made = site.command("key", "create", _ORIGIN, "--name", "production")
    key = made["key"]
    site.command("collection", "deploy", _ORIGIN, _COLLECTION, "--name", "Summer Party", "--symbol", "PARTY")
    site.command("category", "create", _ORIGIN, _COLLECTION, "VIP", "--name", "VIP")
    asked = {"origin": _ORIGIN, "contract_id": _COLLECTION, "interaction": REWARD}
    saved = site.call("POST", "/api/v1/saveActionInteraction", asked, headers={"X-API-KEY": key})
    assert saved.status_code == 200, saved.text
    scopes = ("--scope", "read_only", "--scope", "read_write")
    application = site.command(
        "oauth-client", "create", _ORIGIN, "--name", "Shop", "--redirect-uri", "https://shop.example/cb", *scopes
    )
    client = (application["client_id"], application["client_secret"])
    form = {"grant_type": "client_credentials", "scope": "read_write"}
    token = site.call("POST", "/oauth/token", data=form, auth=client).json()["access_token"]
    basic = requests.Request("GET", site.address, auth=client).prepare().headers["Authorization"]
    credentials = {
        "adminKey": {"Authorization": f"Bearer {site.admin_key}"},
        "apiKey": {"Authorization": f"Bearer {key}"},
        "apiKeyHeader": {"X-API-KEY": key},
        "accessTokenBasic": {"Authorization": f"Bearer {token}"},
        "clientBasic": {"Authorization": basic},
        "missionSecret": {"X-API-KEY": "a-secret-of-the-partner"},
    }
    words = {"hooks.spacex.example": hook_host}
    return Side(site, Examples(document, _ORIGIN, credentials, words), {made["id"]: "KEY"})


def _is_all_delivered(side: Side) -> bool:
    """Whether the partner has received everything, after which nothing changes by itself."""
    _, answer = side.send("webhooks_list_deliveries")
    return {each["status"] for each in answer.json()["data"]} == {"delivered"}


def test_every_example_is_answered_alike(stage: DeployedStage, local_run: Site, receiver: Receiver) -> None:
    document = local_run.call("GET", "/openapi.json").json()
    host = urlsplit(receiver.url).netloc
    here, there = _side(local_run, document, host), _side(stage, document, host)
    assert set(here.examples.order()) > _TOLD
    differences, refused = [], []
    for name in here.examples.order():
        (asked, local), (_, deployed) = here.ask(name), there.ask(name)
        if words := unexplained(asked, local, deployed, set()):
            differences.append(words)
        if name in DAY and deployed.status != 200:
            refused.append(f"{name}: {deployed}")
        if name in _TOLD:
            for side in (here, there):
                eventually(partial(_is_all_delivered, side), bool)
    assert refused == []
    assert not differences, f"{len(differences)} differ:\n" + "\n".join(differences)
