"""The chain's worker with a queue that repeats, reorders and loses, and a node that fails, forgets and is shared."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.activity import service as activity
from chalicelib.activity.domain import email_identity
from chalicelib.chain import contract, tasks
from chalicelib.chain.domain.causes import SENTENCES, Cause
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository.jobs import job_pk
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.rpc_errors import NodeUnreachable, error_from_response
from chalicelib.chain.service import jobs
from chalicelib.chain.service.nodes import ChainUnknown, node_of
from chalicelib.chain.service.outbox import CONFIRM_TRANSACTION, WORK_TOKEN
from chalicelib.chain.signing import Eip1559Transaction
from chalicelib.core import aws
from chalicelib.core.clock import travelled
from chalicelib.core.queues import queue_url
from chalicelib.gardenlab.repository import tokens
from chalicelib.gardenlab.repository.tokens import find_token
from chalicelib.gardenlab.service.history import why_mint_waits
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from tests.faults.crowd import at_once
from tests.faults.invariants import assert_sound, rows_of
from tests.faults.recovery import heard, let_time_pass, listen, lose_messages
from tests.faults.wire import answering, body_of, response
from tests.platform import HOLDER, OTHER_HOLDER, Partner, Platform
from tests.receivers import Receiver

_OWNER = GardenlabTokens()


@pytest.fixture
def minting(chain_partner: Partner, receiver: Receiver) -> Iterator[Partner]:
    """A partner whose user's mint is queued; its message is lost, and each test sends what it likes."""
    listen(chain_partner, receiver)
    chain_partner.save_interaction()
    chain_partner.announce()
    chain_partner.mint()
    lose_messages()
    yield chain_partner
    lose_messages()


def _message(partner: Partner, **changes: Any) -> dict[str, Any]:
    content = {"version": 1, "task": WORK_TOKEN, "pk": job_pk(partner.origin, "summer_party", "1")}
    return _record(json.dumps({**content, **changes}))


def _record(body: str, *, group: str = "local") -> dict[str, Any]:
    return {"messageId": uuid4().hex, "body": body, "attributes": {"MessageGroupId": group}}


def _work(*records: dict[str, Any]) -> list[str]:
    """Works a batch; gives the ids of the messages that stay in the queue."""
    outcome = tasks.work({"Records": list(records)}, _OWNER)
    return [failure["itemIdentifier"] for failure in outcome["batchItemFailures"]]


def _assert_minted_once(partner: Partner, receiver: Receiver) -> None:
    partner.platform.drain()
    let_time_pass(partner.platform)
    assert partner.nft("1")["status"] == "minted"
    assert len(heard(partner, receiver)) == 1
    assert_sound(partner, heard(partner, receiver))


@contextmanager
def node_calls(around: Callable[[str, Callable[[], Any]], Any]) -> Iterator[None]:
    """Makes `around(method, call)` of every call to the chain's node."""
    call = JsonRpc.call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JsonRpc, "call", lambda rpc, method, *params: around(method, lambda: call(rpc, method, *params)))
        yield


def _unreachable(method: str, call: Callable[[], Any]) -> Any:
    del call
    raise NodeUnreachable(f"no answer to {method}")


# The queue


def test_repeated_message_does_nothing(minting: Partner, receiver: Receiver) -> None:
    message = _message(minting)
    assert _work(message, message) == []
    assert _work(message) == []
    _assert_minted_once(minting, receiver)


def test_same_message_in_the_hands_of_several_workers_mints_once(minting: Partner, receiver: Receiver) -> None:
    assert at_once([partial(_work, _message(minting))] * 4) == [[]] * 4
    _assert_minted_once(minting, receiver)


def test_message_that_is_out_of_date_does_nothing(minting: Partner, receiver: Receiver) -> None:
    _work(_message(minting))
    [sent] = minting.transactions("1")
    nowhere = {"pk": "nobody#nothing#1"}
    submission = {"task": CONFIRM_TRANSACTION, "pk": "SIGNER#local#nobody", "sk": "TX#000000000001"}
    assert _work(_message(minting), _message(minting, **nowhere), _message(minting, **submission)) == []
    assert minting.transactions("1") == [sent]
    _assert_minted_once(minting, receiver)


def test_update_whose_message_comes_before_the_mints_waits_for_it(minting: Partner, receiver: Receiver) -> None:
    minting.act()
    minting.act()
    lose_messages()
    assert _work(_message(minting), _message(minting)) == []
    let_time_pass(minting.platform)
    assert [row["interactionName"] for row in minting.transactions("1")] == ["mint", "Check-in", "Check-in"]
    assert_sound(minting, heard(minting, receiver))


def test_messages_that_nobody_understands_are_buried_and_hold_up_nobody(minting: Partner, receiver: Receiver) -> None:
    poison = [
        "not JSON",
        "[1]",
        '{"task": "WorkToken", "pk": "a"}',
        '{"version": 2, "task": "WorkToken", "pk": "a"}',
        '{"version": 1, "task": "Dance", "pk": "a"}',
        '{"version": 1, "task": "WorkToken", "pk": 7}',
        "[" * 100_000,
    ]
    _buried()
    assert _work(*map(_record, poison), _message(minting)) == []
    assert sorted(_buried()) == sorted(poison)
    _assert_minted_once(minting, receiver)


def test_message_that_cannot_be_buried_stays_with_those_behind_it_and_holds_up_no_other_chain(
    minting: Partner, receiver: Receiver
) -> None:
    poison, behind = _record("not JSON", group="other"), _record("not JSON either", group="other")
    with answering("sqs.SendMessage", partial(response, content={}, status=400)):
        assert _work(poison, behind, _message(minting)) == [poison["messageId"], behind["messageId"]]
    assert minting.nft("1")["status"] == "minted"
    _assert_minted_once(minting, receiver)


@pytest.mark.usefixtures("impatient_queues")
def test_message_that_keeps_failing_ends_among_the_dead_and_its_work_is_done_all_the_same(
    platform: Platform, minting: Partner, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_HAND_BACK_SECONDS", 0)

    def broken(request: Any) -> AWSResponse | None:
        asked = body_of(request).get("ExpressionAttributeValues", {})
        is_ours = any(minting.origin in str(value) for value in asked.values())
        return response(request, {"__type": "ValidationException"}, 400) if is_ours else None

    _buried()
    minting.act()  # sends the token's message
    with answering("dynamodb.Query", broken):
        drained = platform.drain()
    assert drained.failed == 5
    [dead] = _buried()
    _assert_scan_and_mint(minting, receiver)
    aws.client("sqs").send_message(
        QueueUrl=queue_url(JOBS.full_name), MessageBody=dead, MessageGroupId="g", MessageDeduplicationId=uuid4().hex
    )
    assert platform.drain().succeeded == 1  # redriven, it finds nothing to do
    _assert_scan_and_mint(minting, receiver)


def _assert_scan_and_mint(partner: Partner, receiver: Receiver) -> None:
    let_time_pass(partner.platform)
    assert len(partner.transactions("1")) == 2
    assert_sound(partner, heard(partner, receiver))


def _buried() -> list[str]:
    """Takes all messages out of the dead-letter queue."""
    sqs, url = aws.client("sqs"), queue_url(JOBS.dead_letter_name)
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


@pytest.mark.parametrize("is_partial", [False, True])
def test_messages_that_sqs_did_not_take_are_made_up_for_by_the_sweep(
    chain_partner: Partner, receiver: Receiver, is_partial: bool
) -> None:
    def refuse(request: Any) -> AWSResponse:
        entries = body_of(request)["Entries"]
        failed = [{"Id": entry["Id"], "Code": "InternalError", "SenderFault": False} for entry in entries]
        return response(request, {"Failed": failed}) if is_partial else response(request, {}, 400)

    listen(chain_partner, receiver)
    chain_partner.announce()
    with answering("sqs.SendMessageBatch", refuse):
        assert chain_partner.mint().status == 200
    chain_partner.platform.drain()
    [token] = [row for row in rows_of(chain_partner.origin, "gardenlab") if row["sk"] == "NFT"]
    assert token["status"] == "minting"
    _assert_minted_once(chain_partner, receiver)


def test_sweeps_at_the_same_time_send_one_message_a_job(platform: Platform, minting: Partner) -> None:
    with travelled(timedelta(minutes=3)):
        platform.sweep()
        lose_messages()
    with travelled(timedelta(minutes=6)):
        found = at_once([tasks.sweep] * 4)
    mine = [row for row in rows_of(minting.origin, "chain") if row["sk"].startswith("MINT#")]
    assert len(mine) == 1
    assert sum(found) == _received_jobs()


def _received_jobs() -> int:
    sqs, url = aws.client("sqs"), queue_url(JOBS.full_name)
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_job_of_a_chain_that_is_not_configured_waits_and_holds_up_nobody(minting: Partner, receiver: Receiver) -> None:
    def unknown(chain: str) -> None:
        raise ChainUnknown(chain)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "node_of", unknown)
        assert _work(_message(minting)) == []
    assert minting.nft("1")["status"] == "minting"
    _assert_minted_once(minting, receiver)


# The node


def test_node_that_is_down_fails_no_message_and_the_mint_comes_later(minting: Partner, receiver: Receiver) -> None:
    with node_calls(_unreachable):
        assert _work(_message(minting)) == []
    assert minting.nft("1")["status"] == "minting"
    _assert_minted_once(minting, receiver)


def test_mint_of_an_empty_signer_says_why_it_waits_and_comes_with_coins(minting: Partner, receiver: Receiver) -> None:
    with node_calls(lambda method, call: "0x0" if method == "eth_getBalance" else call()):
        assert _work(_message(minting)) == []
    token = tokens.find_token(minting.origin, "summer_party", "1")
    assert token is not None
    assert why_mint_waits(token) == SENTENCES[Cause.OUT_OF_FUNDS]
    assert heard(minting, receiver) == []
    _assert_minted_once(minting, receiver)


def test_node_that_goes_down_after_it_took_the_transaction_fails_no_message(
    minting: Partner, receiver: Receiver
) -> None:
    def down_after_broadcast(method: str, call: Callable[[], Any]) -> Any:
        if method in ("eth_getTransactionReceipt", "eth_blockNumber"):
            raise NodeUnreachable("no answer")
        return call()

    with node_calls(down_after_broadcast):
        assert _work(_message(minting)) == []
        [job] = rows_of(minting.origin, "chain")
        confirm = {"task": CONFIRM_TRANSACTION, "pk": job["transaction_pk"], "sk": job["transaction_sk"]}
        assert _work(_message(minting, **confirm)) == []
    assert (job["state"], job["failures"]) == ("sent", 0)
    _assert_minted_once(minting, receiver)


def test_node_that_is_down_for_a_day_ends_the_mint_which_may_be_asked_for_again(
    minting: Partner, receiver: Receiver
) -> None:
    with travelled(timedelta(hours=25)):
        with node_calls(_unreachable):
            assert _work(_message(minting)) == []
        minting.platform.drain()
    assert minting.nft("1")["status"] == "mint_failed"
    assert [json.loads(request.body)["success"] for request in heard(minting, receiver)] == [False]
    assert minting.mint(user_addr=OTHER_HOLDER).status == 200
    minting.platform.drain()
    assert minting.nft("1")["owner"] == OTHER_HOLDER


def test_transaction_that_the_node_dropped_is_broadcast_again(minting: Partner, receiver: Receiver) -> None:
    dropped: list[str] = []

    def drop(method: str, call: Callable[[], Any]) -> Any:
        if method != "eth_sendRawTransaction":
            return call()
        dropped.append(method)
        return "0x" + "0" * 64

    with node_calls(drop):
        assert _work(_message(minting)) == []
    assert dropped
    assert minting.nft("1")["status"] == "minting"
    _assert_minted_once(minting, receiver)


@pytest.mark.parametrize("who", ["nobody", "the token"])
def test_nonce_that_another_sender_took_costs_a_second_transaction_and_no_second_token(
    minting: Partner, receiver: Receiver, who: str
) -> None:
    """The other sender's transaction does something else, or mints this very token as it was promised."""
    node, address, row = node_of("local"), minting.nft("1")["contract"], find_token(minting.origin, "summer_party", "1")
    assert row is not None
    data = b"" if who == "nobody" else contract.mint_call(HOLDER, 1, str(row.mint_url))
    taken: list[str] = []

    def take_nonce(method: str, call: Callable[[], Any]) -> Any:
        if method == "eth_sendRawTransaction" and not taken:
            taken.append(method)
            taken.append(_send_foreign(data, to=node.signer.address if who == "nobody" else address))
        return call()

    with node_calls(take_nonce):
        assert _work(_message(minting)) == []
    minting.platform.drain()
    let_time_pass(minting.platform)
    assert minting.nft("1")["status"] == "minted"
    [mint] = minting.transactions("1")
    assert (mint["txHash"] == taken[1]) == (who == "the token")
    assert len(heard(minting, receiver)) == 1


def test_mint_that_was_reverted_because_the_token_is_taken_fails_and_links_nobody(
    minting: Partner, receiver: Receiver
) -> None:
    """Another sender with our role mints the token between our estimate and our transaction."""
    address = minting.nft("1")["contract"]
    hashes: list[str] = []

    def mint_first(method: str, call: Callable[[], Any]) -> Any:
        answer = call()
        if method == "eth_estimateGas" and not hashes:
            hashes.append(_send_foreign(contract.mint_call(OTHER_HOLDER, 1, "ipfs://elsewhere"), to=address))
        return answer

    with node_calls(mint_first):
        assert _work(_message(minting)) == []
    minting.platform.drain()
    let_time_pass(minting.platform)
    shown = minting.nft("1")
    assert (shown["status"], shown["owner"], shown["tokenUrl"]) == ("mint_failed", None, None)
    assert minting.transactions("1") == []
    [told] = [json.loads(request.body) for request in heard(minting, receiver)]
    assert (told["success"], told["code"]) == (False, "token_taken")
    assert OTHER_HOLDER in told["error"]
    assert hashes[0] in told["error"]
    assert activity.linked(minting.origin, email_identity("ada@example.com"), "wallet") == []


@pytest.mark.parametrize("told_by", ["data", "message"])
def test_reason_of_hundreds_of_kilobytes_ends_the_mint_like_any_other(
    minting: Partner, receiver: Receiver, told_by: str
) -> None:
    reason = "A" * 360_000
    data = bytes.fromhex("08c379a0") + (32).to_bytes(32) + len(reason).to_bytes(32) + reason.encode()
    by_data = {"code": 3, "message": "execution reverted", "data": f"0x{data.hex()}"}
    error = by_data if told_by == "data" else {"code": 3, "message": f"execution reverted: {reason}\ud800"}

    def refuse(method: str, call: Callable[[], Any]) -> Any:
        if method == "eth_estimateGas":
            raise error_from_response(error)
        return call()

    with node_calls(refuse):
        assert _work(_message(minting)) == []
    minting.platform.drain()
    assert minting.nft("1")["status"] == "mint_failed"
    [told] = [json.loads(request.body) for request in heard(minting, receiver)]
    assert (told["success"], told["code"]) == (False, "reverted")
    assert len(told["error"]) == 1_000


def _send_foreign(data: bytes, *, to: str) -> str:
    """Signs with the platform's key past the platform, as somebody would who holds it too."""
    node = node_of("local")
    fees = node.rpc.fees()
    signed = node.signer.sign(
        Eip1559Transaction(
            chain_id=node.chain_id,
            nonce=node.rpc.nonce(node.signer.address, "pending"),
            max_priority_fee_per_gas=fees.priority_fee,
            max_fee_per_gas=2 * fees.base_fee + fees.priority_fee,
            gas=400_000,
            to=to,
            data=data,
        )
    )
    return node.rpc.send_raw(signed.raw)
