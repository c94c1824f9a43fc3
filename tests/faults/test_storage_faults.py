"""DynamoDB in trouble: throttled, in conflict, silent after it wrote, broken, partial, behind.

Each call succeeds once, or says that the fault is ours and changes nothing.
Faults are put in at botocore's own events, so botocore's retries and ours are both at work.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import botocore.endpoint
import pytest
from botocore.awsrequest import AWSResponse

from chalicelib.core import aws, retrying, tables, transactions
from chalicelib.core.settings import settings
from chalicelib.gardenlab.repository.tokens import token_key
from tests.faults.invariants import assert_sound, rows_of
from tests.faults.recovery import let_time_pass
from tests.faults.wire import answer_lost, answering, body_of, response
from tests.platform import Answer, Partner, Platform

Fault = Callable[[Any], AWSResponse | None]


@pytest.fixture(autouse=True)
def fresh_clients() -> Iterator[None]:
    """The clients count their failures and stop retrying after many; each test begins with new ones."""
    aws.forget_clients()
    yield
    aws.forget_clients()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between tries: botocore would wait seconds after throttling."""
    for module in (botocore.endpoint, retrying, tables, transactions):
        monkeypatch.setattr(module, "time", _Impatient(module.time))


class _Impatient:
    """The module `time`, without its sleep."""

    def __init__(self, time: Any) -> None:
        self.monotonic = time.monotonic
        self.time = time.time

    def sleep(self, seconds: float) -> None:
        """Returns at once."""


def refusal(request: Any, code: str, *, status: int = 400, **fields: Any) -> AWSResponse:
    """DynamoDB's answer of an error."""
    return response(request, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **fields}, status)


def cancelled(request: Any, *codes: str) -> AWSResponse:
    """A transaction's cancellation; a reason for each write, the last code standing for the rest."""
    writes = len(body_of(request)["TransactItems"])
    reasons = [{"Code": code, "Message": code} for code in [*codes, *[codes[-1]] * writes][:writes]]
    return refusal(request, "TransactionCanceledException", CancellationReasons=reasons)


@contextmanager
def troubled(operation: str, *faults: Fault) -> Iterator[list[str]]:
    """Meets the next requests of an operation with these faults, one each; the value lists what was met."""
    waiting = list(faults)
    met: list[str] = []

    def trouble(request: Any) -> AWSResponse | None:
        if not waiting:
            return None
        met.append(operation)
        return waiting.pop(0)(request)

    with answering(f"dynamodb.{operation}", trouble):
        yield met
    assert not waiting, f"{len(waiting)} faults were never met"


@contextmanager
def index_as_it_was(index: str, entries: list[Any]) -> Iterator[list[str]]:
    """An index that is behind: it answers these entries, newest first. The value lists the queries it answered."""
    asked: list[str] = []

    def behind(request: Any) -> AWSResponse | None:
        if body_of(request).get("IndexName") != index:
            return None
        asked.append(index)
        return response(request, {"Items": entries, "Count": len(entries), "ScannedCount": len(entries)})

    with answering("dynamodb.Query", behind):
        yield asked
    assert asked


def entries_of(partner: Partner, *token_ids: str) -> list[Any]:
    """What an index holds of these NFTs now."""
    table = f"{settings().prefix}gardenlab"
    keys = [token_key(partner.origin, "summer_party", token_id) for token_id in token_ids]
    rows = [{"pk": {"S": pk}, "sk": {"S": "NFT"}} for pk in keys]
    return [aws.client("dynamodb").get_item(TableName=table, Key=row)["Item"] for row in rows]


def _scans(partner: Partner) -> int:
    return sum(row["sk"].startswith("SCAN#") for row in rows_of(partner.origin, "gardenlab"))


def _busy(code: str) -> Fault:
    return partial(refusal, code=code)


THROTTLED = _busy("ProvisionedThroughputExceededException")
IN_PROGRESS = _busy("TransactionInProgressException")
BROKEN = partial(refusal, code="InternalServerError", status=500)


def in_conflict(request: Any) -> AWSResponse:
    """Another transaction holds one of the rows."""
    return cancelled(request, "None", "TransactionConflict")


def throttled_within(request: Any) -> AWSResponse:
    """One of the transaction's tables or indexes is throttled."""
    return cancelled(request, "ThrottlingError", "None")


def unprocessed(request: Any) -> AWSResponse:
    """A batch of which nothing was read."""
    return response(request, {"Responses": {}, "UnprocessedKeys": body_of(request)["RequestItems"]})


TROUBLES: dict[str, Fault] = {
    "throttled": THROTTLED,
    "in conflict": in_conflict,
    "throttled in part": throttled_within,
    "in progress": IN_PROGRESS,
    "broken": BROKEN,
}
# Which end once others have let go of the rows, or there is room again.
_OF_OTHERS = ("in conflict", "throttled in part", "in progress")


@pytest.fixture
def ready(partner: Partner) -> Partner:
    """A partner with an interaction of +5 XP and the user ada, who has acted once."""
    return _made_ready(partner)


@pytest.fixture
def ready_on_chain(chain_partner: Partner) -> Partner:
    """The same with a contract on the chain."""
    return _made_ready(chain_partner)


def _made_ready(partner: Partner) -> Partner:
    partner.save_interaction()
    partner.announce()
    partner.act()
    return partner


@pytest.mark.parametrize("name", TROUBLES)
def test_write_that_meets_trouble_twice_succeeds_once(ready: Partner, name: str) -> None:
    with troubled("TransactWriteItems", TROUBLES[name], TROUBLES[name]):
        assert ready.act().status == 200
    assert _scans(ready) == 2
    assert_sound(ready)


@pytest.mark.parametrize("name", TROUBLES)
def test_write_in_trouble_for_good_changes_nothing_and_is_our_fault_or_put_off(
    ready: Partner, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 0.2)
    key = {"Idempotency-Key": "k"}
    with answering("dynamodb.TransactWriteItems", TROUBLES[name]):
        answer = ready.act(headers=key)
    told = (429, "TOO_MANY_REQUESTS") if name in _OF_OTHERS else (500, "INTERNAL")
    assert (answer.status, answer.error_code) == told
    assert "dynamodb" not in str(answer.json).lower()
    assert _scans(ready) == 1
    aws.forget_clients()
    assert ready.act(headers=key).status == 200
    assert _scans(ready) == 2


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN])
def test_read_that_meets_trouble_twice_succeeds(ready: Partner, fault: Fault) -> None:
    with troubled("Query", fault, fault):
        assert ready.act().status == 200
    with troubled("GetItem", fault, fault):
        assert ready.nft(ready.announce().json["tokenId"])["xp"] == 10


@pytest.mark.parametrize("call", ["act", "announce"])
def test_write_whose_answer_was_lost_is_not_made_twice(ready: Partner, call: str) -> None:
    calls: dict[str, Callable[[], Answer]] = {"act": ready.act, "announce": partial(ready.announce, "bob")}
    with answer_lost("TransactWriteItems"):
        assert calls[call]().status == 200
    assert _scans(ready) == (2 if call == "act" else 1)
    assert_sound(ready)


def test_mint_whose_answer_was_lost_is_not_made_twice(platform: Platform, ready_on_chain: Partner) -> None:
    with answer_lost("TransactWriteItems"):
        assert ready_on_chain.mint().status == 200
    platform.drain()
    assert_sound(ready_on_chain)


@pytest.mark.parametrize("call", ["act", "announce"])
def test_repeated_call_answers_what_was_written_before_the_answer_was_lost_for_good(ready: Partner, call: str) -> None:
    key = {"Idempotency-Key": "k"}
    calls = {"act": partial(ready.act, headers=key), "announce": partial(ready.announce, "bob", headers=key)}
    with answer_lost("TransactWriteItems", for_good=True):
        assert calls[call]().status == 500
    assert calls[call]().status == 200
    assert _scans(ready) == (2 if call == "act" else 1)
    assert_sound(ready)


def test_mint_whose_answer_was_lost_for_good_is_made_all_the_same(platform: Platform, ready_on_chain: Partner) -> None:
    key = {"Idempotency-Key": "k"}
    with answer_lost("TransactWriteItems", for_good=True):
        assert ready_on_chain.mint(headers=key).status == 500
    assert ready_on_chain.mint(headers=key).status == 200
    let_time_pass(platform, rounds=1)  # the message was never sent
    assert_sound(ready_on_chain)


def test_transaction_still_in_progress_after_a_lost_answer_is_not_made_twice(ready: Partner) -> None:
    # botocore's own four tries meet it, so that ours come into play: under another token they would write again.
    in_progress = [lambda _: None, IN_PROGRESS, IN_PROGRESS, IN_PROGRESS]
    with answer_lost("TransactWriteItems"), troubled("TransactWriteItems", *in_progress):
        assert ready.act().status == 200
    assert _scans(ready) == 2
    assert_sound(ready)


def test_lost_answer_of_a_lease_costs_ids_and_nothing_else(partner: Partner) -> None:
    with answer_lost("UpdateItem"):
        assert partner.announce().status == 200
    assert partner.announce("bob").status == 200
    assert_sound(partner)


def test_keys_left_unprocessed_are_asked_for_again(ready: Partner) -> None:
    users = [ready.user(f"u{number}") for number in range(10)]
    before = ready.post("newUserForPartner", users).json

    def half(request: Any) -> AWSResponse:
        [(table, wanted)] = body_of(request)["RequestItems"].items()
        later = {table: {**wanted, "Keys": wanted["Keys"][5:]}}
        found = aws.client("dynamodb").batch_get_item(RequestItems={table: {**wanted, "Keys": wanted["Keys"][:5]}})
        return response(request, {"Responses": found["Responses"], "UnprocessedKeys": later})

    with troubled("BatchGetItem", unprocessed, half, lambda _: None):
        assert ready.post("newUserForPartner", users).json == before
    assert_sound(ready)


def test_keys_left_unprocessed_for_good_are_our_fault(ready: Partner) -> None:
    with answering("dynamodb.BatchGetItem", unprocessed):
        assert ready.post("newUserForPartner", [ready.user("bob"), ready.user("eve")]).status == 500


# An index that is behind


BY = {"by_uid": {"uid": "ada"}, "by_email": {"email": "ada@example.com"}}


@pytest.mark.parametrize("index", BY)
def test_action_on_an_old_entry_counts_on_top_of_what_it_does_not_know(ready: Partner, index: str) -> None:
    token_id = ready.announce().json["tokenId"]
    old = entries_of(ready, token_id)
    ready.act()
    with index_as_it_was(index, old):
        assert ready.act(guest=BY[index]).status == 200
    assert ready.nft(token_id)["xp"] == 15
    assert_sound(ready)


@pytest.mark.parametrize("index", BY)
@pytest.mark.parametrize("knows_of_newer", [False, True])
def test_action_goes_to_the_newest_nft_though_the_index_lacks_it(
    ready: Partner, index: str, knows_of_newer: bool
) -> None:
    ready.add_category("summer_party", "BACKSTAGE")
    first = ready.announce().json["tokenId"]
    old = entries_of(ready, first)
    newest = ready.announce(user_category_id="BACKSTAGE").json["tokenId"]
    # Each entry of an index comes in its own time: that of the first may be up to date before the newest is there.
    entries = entries_of(ready, first) if knows_of_newer else old
    with index_as_it_was(index, entries):
        assert ready.act(guest=BY[index]).json["tokenId"] == newest
    assert_sound(ready)


@pytest.mark.parametrize("index", BY)
def test_action_passes_over_an_expired_nft_to_the_newest_though_the_index_lacks_it(ready: Partner, index: str) -> None:
    for category in ("EXPIRED", "BACKSTAGE"):
        ready.add_category("summer_party", category)
    first = ready.announce().json["tokenId"]
    past = {"expiration_date": (datetime.now(UTC) - timedelta(days=1)).isoformat()}
    expired = ready.announce(user_category_id="EXPIRED", additional_fields=past).json["tokenId"]
    old = entries_of(ready, expired, first)
    newest = ready.announce(user_category_id="BACKSTAGE").json["tokenId"]
    with index_as_it_was(index, old):
        assert ready.act(guest=BY[index]).json["tokenId"] == newest
    assert_sound(ready)


@pytest.mark.parametrize("index", BY)
def test_action_finds_a_guest_whom_the_index_does_not_know_yet(ready: Partner, index: str) -> None:
    with index_as_it_was(index, []):
        assert ready.act(guest=BY[index]).status == 200


@pytest.mark.parametrize("knows_of_newer", [False, True])
def test_mint_asks_which_nft_though_the_index_lacks_the_second(ready: Partner, knows_of_newer: bool) -> None:
    ready.add_category("summer_party", "BACKSTAGE")
    first = ready.announce().json["tokenId"]
    old = entries_of(ready, first)
    ready.announce(user_category_id="BACKSTAGE")
    entries = entries_of(ready, first) if knows_of_newer else old
    with index_as_it_was("by_uid", entries):
        assert ready.mint().error_code == "MISC_ERROR"
    assert ready.nft(first)["status"] == "reserved"


def test_mint_of_an_nft_that_the_index_shows_as_reserved_still_is_no_second_mint(
    platform: Platform, ready_on_chain: Partner
) -> None:
    first = ready_on_chain.announce().json["tokenId"]
    old = entries_of(ready_on_chain, first)
    answer = ready_on_chain.mint().json
    with index_as_it_was("by_uid", old):
        assert ready_on_chain.mint().json == answer
    platform.drain()
    with index_as_it_was("by_uid", old):
        assert ready_on_chain.mint().json == answer
    platform.drain()
    assert_sound(ready_on_chain)
