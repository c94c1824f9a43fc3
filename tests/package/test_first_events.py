"""The first event of a function's life, in a process that has nothing but the zip.

Parts and tasks are loaded by need, so what comes first meets modules that nothing has imported before it. Each event
here goes to a process of its own, with rows that the platform of the tests has made.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

import chalicelib
from chalicelib import inventory
from chalicelib.chain.queues import JOBS, LOOKS
from chalicelib.chain.service.outbox import CATCH_UP, CONFIRM_TRANSACTION, FOLLOW_SIGNER
from chalicelib.core import aws
from chalicelib.core.queues import Queue, queue_url
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.oauth.queues import ROTATIONS, rotate_message
from chalicelib.surfaces import PARTS
from chalicelib.webhooks.queues import SLOW, cancel_message, close_message, tell_message
from chalicelib.webhooks.service import notices
from chalicelib.webhooks.service.endpoints import get_endpoint
from infra.lambda_runtime import Function
from local.queues.lambda_events import schedule_event, sqs_event
from tests.dreamspace.world import Dream
from tests.oauth.flows import FORM, Request, register
from tests.operations.queues import empty_queues, fill
from tests.package.accounts import REGION
from tests.package.gateway_events import request
from tests.platform import Partner, Platform
from tests.receivers import Receiver
from tests.space3.missions import Missions

_DAY = "2026-01-01T00:00:00Z"


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _gardenlab(partner: Partner) -> dict[str, Any]:
    return request("POST", "/api/v1/newUserForPartner", headers=_bearer(partner.key), body=partner.user("grace"))


def _webhooks(partner: Partner) -> dict[str, Any]:
    endpoint = {"url": "https://receiver.example/hook"}
    return request("POST", "/webhooks/endpoints", headers=_bearer(partner.key), body=endpoint)


def _usage(partner: Partner) -> dict[str, Any]:
    return request("GET", "/usage", headers=_bearer(partner.key))


def _spaces(partner: Partner) -> dict[str, Any]:
    return request("GET", "/api/v1/spaces", headers=_bearer(register(partner).own_token()))


def _mission(partner: Partner) -> dict[str, Any]:
    captured = {"origin": partner.origin, "subject": str(Missions(partner).answer_for(activity="dreamspace:plain"))}
    return request("GET", "/missions/{origin}/{subject}", captured=captured, query={"uid": "ada"})


def _mission_system(partner: Partner) -> dict[str, Any]:
    return request("POST", "/space3/users", headers=_bearer(partner.key), body={"email": "ada@example.com"})


def _dreamspace(partner: Partner) -> dict[str, Any]:
    body = {"name": "ada", "twitch_id": "7"}
    return request("POST", "/users", headers={"X-API-KEY": partner.key}, body=body)


def _token(partner: Partner) -> dict[str, Any]:
    application = register(partner)
    event = request("POST", "/oauth/token", headers={**application.header, "content-type": FORM["Content-Type"]})
    return event | {"body": urlencode({"grant_type": "client_credentials", "scope": "read_write"})}


def _consent(partner: Partner) -> dict[str, Any]:
    return request("GET", "/oauth/authorize", query=Request(register(partner)).query)


def _grants(partner: Partner) -> dict[str, Any]:
    return request("GET", "/oauth/grants", headers=_bearer(partner.key))


def _admin(partner: Partner) -> dict[str, Any]:
    body = {"origin": f"{partner.origin}2", "display_name": "Second"}
    return request("POST", "/admin/partners", headers=_bearer(settings().admin_key), body=body)


def _nft_page(partner: Partner) -> dict[str, Any]:
    token = str(partner.announce().json["tokenId"])
    contract = partner.nft(token)["contract"]
    return request("GET", "/nft/{contract}/{token}", captured={"contract": contract, "token": token})


def _administered(path: str) -> Callable[[Partner], dict[str, Any]]:
    def make(partner: Partner) -> dict[str, Any]:
        captured = {"origin": partner.origin} if "{origin}" in path else None
        return request("GET", path, headers=_bearer(settings().admin_key), captured=captured)

    return make


def _claim(partner: Partner) -> dict[str, Any]:
    token = str(partner.announce().json["tokenId"])
    captured = {"contract": partner.nft(token)["contract"], "token": token}
    return request("GET", "/claim/{contract}/{token}", captured=captured)


def _page(path: str, **captured: str) -> Callable[[Partner], dict[str, Any]]:
    return lambda _: request("GET", path, captured=captured)


# Pages of the console, each of another part; they lead to the sign-in.
_CONSOLE = (
    "/console",
    "/console/keys",
    "/console/nfts",
    "/console/missions",
    "/console/spaces",
    "/console/dreamspace",
    "/console/webhooks",
)
# A call of each part, and a second where a part loads more by need.
_FIRST_CALLS: dict[str, tuple[Callable[[Partner], dict[str, Any]], int]] = {
    "/": (_page("/"), 200),
    "/health": (_page("/health"), 200),
    "/api/v1/newUserForPartner": (_gardenlab, 200),
    "/webhooks": (_webhooks, 200),
    "/usage": (_usage, 200),
    "/api/v1": (_spaces, 200),
    "/missions": (_mission, 200),
    "/space3": (_mission_system, 200),
    "/users": (_dreamspace, 200),
    "/oauth": (_token, 200),
    "/oauth/authorize": (_consent, 200),
    "/oauth/grants": (_grants, 200),
    "/.well-known": (_page("/.well-known/oauth-authorization-server"), 200),
    "/admin": (_admin, 200),
    "/admin/partners/{origin}/collections": (_administered("/admin/partners/{origin}/collections"), 200),
    "/admin/partners/{origin}/missions": (_administered("/admin/partners/{origin}/missions"), 200),
    "/admin/partners/{origin}/oauth_grants": (_administered("/admin/partners/{origin}/oauth_grants"), 200),
    "/admin/queues": (_administered("/admin/queues"), 200),
    "/claim": (_page("/claim/sign-in"), 200),
    "/claim/{contract}": (_claim, 303),
    "/nft": (_nft_page, 200),
    "/i": (_page("/i"), 200),
    "/ipfs": (_page("/ipfs/{cid}/metadata.json", cid="none"), 404),
    "/egress.json": (_page("/egress.json"), 200),
    "/static": (_page("/static/{name}", name="style.000000000000.css"), 200),
    "/console/sign-in": (_page("/console/sign-in"), 200),
    **{path: (_page(path), 303) for path in _CONSOLE},
    "/docs": (_page("/docs"), 200),
    "/openapi.json": (_page("/openapi.json"), 200),
    "/postman.json": (_page("/postman.json"), 200),
    "/llms.txt": (_page("/llms.txt"), 200),
}


@pytest.mark.parametrize("prefix", _FIRST_CALLS)
def test_the_first_call_of_a_part_is_answered(
    task: Path, variables: dict[str, str], partner: Partner, prefix: str
) -> None:
    make, status = _FIRST_CALLS[prefix]
    event = make(partner)
    with Function(task, "app.app", variables) as function:
        answer = function.invoke(event)
        assert answer["statusCode"] == status, (answer, function.output)
        assert '"level": "ERROR"' not in function.output


@pytest.mark.parametrize("order", [list(_FIRST_CALLS), list(reversed(_FIRST_CALLS))], ids=["there", "back"])
def test_parts_are_answered_whichever_was_loaded_before(
    task: Path, variables: dict[str, str], partner: Partner, order: list[str]
) -> None:
    """Of any two parts each comes first in one of both orders."""
    with Function(task, "app.app", variables) as function:
        for prefix in order:
            make, status = _FIRST_CALLS[prefix]
            answer = function.invoke(make(partner))
            assert answer["statusCode"] == status, (prefix, answer, function.output)
        assert '"level": "ERROR"' not in function.output


def test_every_part_has_a_first_call() -> None:
    assert {PARTS[prefix] for prefix in PARTS if prefix in _FIRST_CALLS} == set(PARTS.values())


class _Tried(NamedTuple):
    handler: str
    task: str


class _Workers:
    """Works queues by packed functions, each task's first message by a fresh process of its handler."""

    def __init__(self, platform: Platform, task: Path, variables: Mapping[str, str]) -> None:
        self._platform, self._task, self._variables = platform, task, variables
        self._processes: dict[_Tried, Function] = {}
        self.results: list[Any] = []

    @property
    def tried(self) -> set[_Tried]:
        """What was worked, by its handler."""
        return set(self._processes)

    def drain(self) -> None:
        """Until no message can be received."""
        while sum(self._work(source.name, source.queue_name) for source in self._platform.pump.queues):
            pass

    def close(self) -> None:
        """Ends the processes. Fails where one had something to complain of."""
        outputs = {tried: process.output for tried, process in self._processes.items()}
        for process in self._processes.values():
            process.close()
        for tried, output in outputs.items():
            assert '"level": "ERROR"' not in output, (tried, output)
        assert all(result == {"batchItemFailures": []} for result in self.results), self.results

    def _work(self, handler: str, queue: str) -> int:
        sqs, url = aws.client("sqs"), queue_url(queue)
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, AttributeNames=["All"]).get("Messages", [])
        for message in got:
            tried = _Tried(handler, json.loads(message["Body"])["task"])
            if tried not in self._processes:
                self._processes[tried] = Function(self._task, f"app.{handler}", self._variables)
            arn = f"arn:aws:sqs:{REGION}:123456789012:{queue}"
            self.results.append(self._processes[tried].invoke(sqs_event([message], queue_arn=arn, region=REGION)))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(got)


@pytest.fixture
def workers(platform: Platform, task: Path, variables: dict[str, str]) -> Iterator[_Workers]:
    """Workers on queues that hold nothing yet."""
    empty_queues()
    made = _Workers(platform, task, variables)
    yield made
    made.close()


def test_the_first_message_of_every_task_is_worked(workers: _Workers, platform: Platform, partner: Partner) -> None:
    with Receiver() as receiver:
        delivered, missed = partner.add_endpoint(receiver.url)["id"], partner.add_endpoint(f"{receiver.url}2")["id"]
        _call(partner, "POST", f"/webhooks/endpoints/{delivered}/test", {"event_type": "newBcNftMint"})
        _call(partner, "PATCH", f"/webhooks/endpoints/{missed}", {"enabled": False})
        _mint_with_a_reward(partner)
        _verification_of_many(partner, receiver)
        _deletion(platform, partner)
        fill(ROTATIONS.full_name, rotate_message("rot_0").encode())
        fill(JOBS.full_name, json.dumps({"version": 1, "task": CATCH_UP, "pk": "local"}), group="local")
        # Of a transaction that is final already, as when the sweep asks once too often.
        final = {"version": 1, "task": CONFIRM_TRANSACTION, "pk": "local", "sk": "TX#0"}
        fill(JOBS.full_name, json.dumps(final), group="confirm")
        fill(LOOKS.full_name, json.dumps({"version": 1, "task": FOLLOW_SIGNER, "pk": "SIGNER#local#0", "look_at": "0"}))
        workers.drain()
        platform.pump.tick("sweep_chain")
        workers.drain()
        _call(partner, "PATCH", f"/webhooks/endpoints/{missed}", {"enabled": True})
        _call(partner, "POST", f"/webhooks/endpoints/{missed}/recover", {"since": _DAY})
        fill(SLOW.full_name, cancel_message(partner.origin, "cnl_0").encode())  # else only of more than a page
        _call(partner, "DELETE", f"/webhooks/endpoints/{delivered}", None)
        fill(SLOW.full_name, close_message(partner.origin, delivered).encode())  # else only where much is left to close
        fill(SLOW.full_name, tell_message(partner.origin, _letter_about(partner, missed)).encode())
        workers.drain()
    declared = set(_declared_tasks())
    assert {tried.task for tried in workers.tried} == declared
    assert {tried.handler for tried in workers.tried} == {source.name for source in platform.pump.queues}


def _call(partner: Partner, method: str, path: str, body: Any) -> None:
    assert partner.platform.call(method, path, key=partner.key, body=body).status == 200


def _mint_with_a_reward(partner: Partner) -> None:
    """A mint, a reward of a mission, and an identity that may wake another."""
    missions = Missions(partner)
    partner.save_interaction()
    partner.save_interaction("bonus")
    number = missions.answer_for(reward_contract_id="summer_party", reward_action_id="bonus")
    partner.announce()
    partner.act()
    assert missions.ask(f"ada@example.com/{number}").json == {"success": True}
    assert missions.link(("email", "ada@example.com"), ("uid", "ada2")).status == 200
    assert partner.mint().status == 200


def _verification_of_many(partner: Partner, receiver: Receiver) -> None:
    missions = Missions(partner)
    mission = missions.mission(receiver.url)
    uid = missions.user(email="ada@example.com")
    assert missions.call("POST", f"/missions/{mission}/verify_many", {"uids": [uid]}).status == 200


def _letter_about(partner: Partner, endpoint_id: str) -> str:
    """A letter whose worker died before it was sent."""
    transaction = Transaction()
    letter = notices.add(transaction, get_endpoint(partner.origin, endpoint_id), notices.FIRST)
    transaction.commit()
    return letter.id


def _deletion(platform: Platform, partner: Partner) -> None:
    dream = Dream(platform, partner)
    dream.delete(f"/users/{dream.user('1')['user_id']}")


def _declared_tasks() -> Iterator[str]:
    """The first argument of every `Message(…)` in our modules."""
    for path in Path(chalicelib.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message":
                assert isinstance(node.args[0], ast.Name), f"{path}: a task is a constant"
                module = ".".join(("chalicelib", *path.relative_to(chalicelib.__path__[0]).with_suffix("").parts))
                yield str(getattr(import_module(module), node.args[0].id))


@pytest.mark.parametrize("queue", inventory.queues(), ids=lambda queue: str(queue.name))
def test_a_first_message_that_nobody_understands_ends_among_the_dead(
    task: Path, variables: dict[str, str], platform: Platform, queue: Queue
) -> None:
    handler = next(source.name for source in platform.pump.queues if source.queue_name == queue.full_name)
    arn = f"arn:aws:sqs:{REGION}:123456789012:{queue.full_name}"
    poison = {"MessageId": "m", "ReceiptHandle": "r", "Body": "not a message", "MD5OfBody": ""}
    with Function(task, f"app.{handler}", variables) as function:
        outcome = function.invoke(sqs_event([poison], queue_arn=arn, region=REGION))
        function.wait_for("message not understood")
    dead = aws.client("sqs").get_queue_attributes(
        QueueUrl=queue_url(queue.dead_letter_name), AttributeNames=["ApproximateNumberOfMessages"]
    )
    # Either it is put there at once, or SQS does it after five receives.
    buried = int(dead["Attributes"]["ApproximateNumberOfMessages"]) > 0
    assert buried is not bool(outcome["batchItemFailures"])
    empty_queues()


def test_the_first_run_of_every_schedule_ends_well(task: Path, variables: dict[str, str], platform: Platform) -> None:
    for schedule in platform.pump.schedules:
        with Function(task, f"app.{schedule.name}", variables) as function:
            function.invoke(schedule_event(schedule.name, region=REGION))
            assert '"level": "ERROR"' not in function.output, (schedule.name, function.output)
