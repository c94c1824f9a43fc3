"""One thing that everybody changes at the same time: each call has an answer, and none is a fault of ours."""

from collections.abc import Callable
from functools import partial

import pytest

from chalicelib.core import retrying
from tests.dreamspace.world import Dream, new_dream, stamp
from tests.faults.crowd import SharedPlatform, at_once
from tests.faults.test_storage_faults import cancelled, in_conflict
from tests.faults.wire import answering
from tests.platform import Answer, Partner, Platform
from tests.spaces.world import new_account

_MANY = 60
_MANY_TRIES = 15


def _spaces(platform: Platform) -> Callable[[], Answer]:
    account = new_account(platform)
    return partial(account.call, "POST", "/invoices", account.order(account.customer()))


def _dreamspace(platform: Platform) -> Callable[[], Answer]:
    dream: Dream = new_dream(platform)
    made = dream.document()
    return partial(dream.call, "POST", "/stamps", stamp(document_id=made["document_id"]))


def _gardenlab(platform: Platform) -> Callable[[], Answer]:
    partner: Partner = platform.new_partner()
    partner.save_interaction()
    partner.announce()
    return partner.act


@pytest.mark.parametrize(
    ("prepare", "kind"),
    [(_spaces, "application/json"), (_dreamspace, "text/plain"), (_gardenlab, "application/json")],
    ids=["spaces", "dreamspace", "gardenlab"],
)
def test_call_that_others_overtake_again_and_again_is_told_when_to_come_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Platform], Callable[[], Answer]], kind: str
) -> None:
    call = prepare(platform)
    monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 0.2)
    with answering("dynamodb.TransactWriteItems", lambda request: cancelled(request, "ConditionalCheckFailed")):
        answer = call()
    assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (429, kind)
    assert "at the same time" in str(answer.json)
    assert 1 <= int(answer.headers["retry-after"]) <= 4
    monkeypatch.undo()
    assert call().status == 200


def _new_rule(platform: Platform) -> Callable[[], Answer]:
    return platform.new_partner().save_interaction


def _changed_rule(platform: Platform) -> Callable[[], Answer]:
    partner = platform.new_partner()
    interaction = partner.save_interaction().json["id"]
    path = f"/{partner.origin}/collections/summer_party/interactions/{interaction}"
    return partial(platform.admin, "PATCH", path, {"valid_until": "2035-01-01T00:00:00Z"})


def _new_category(platform: Platform) -> Callable[[], Answer]:
    partner = platform.new_partner()
    body = {"user_category_id": "FREE", "name": "Free"}
    return partial(platform.admin, "POST", f"/{partner.origin}/collections/summer_party/categories", body)


@pytest.mark.parametrize("prepare", [_gardenlab, _new_rule, _changed_rule, _new_category])
def test_call_whose_rows_others_hold_again_and_again_is_told_when_to_come_again(
    platform: Platform, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[Platform], Callable[[], Answer]]
) -> None:
    call = prepare(platform)
    monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 0.2)
    with answering("dynamodb.TransactWriteItems", in_conflict):
        answer = call()
    assert answer.status == 429
    assert "at the same time" in answer.json["error"]["message"]
    assert 1 <= int(answer.headers["retry-after"]) <= 4
    assert call().status == 200


def test_change_of_the_rules_outlasts_the_actions_that_hold_their_edition(platform: Platform) -> None:
    """A commit gives up after some tries; the change does not."""
    call, left = _changed_rule(platform), iter(range(_MANY_TRIES))
    with answering(
        "dynamodb.TransactWriteItems", lambda request: None if next(left, None) is None else in_conflict(request)
    ):
        assert call().status == 200
    assert next(left, None) is None


def test_crowd_of_orders_in_one_space_is_numbered_without_gap_and_each_is_answered(
    platform: Platform, shared_platform: SharedPlatform
) -> None:
    account = new_account(platform).through(shared_platform)
    body = account.order(account.customer())
    answers = at_once([partial(account.call, "POST", "/invoices", body)] * _MANY)
    assert {answer.status for answer in answers} <= {200, 429}
    numbers = sorted(answer.json["order_number"] for answer in answers if answer.status == 200)
    assert numbers == list(range(1, len(numbers) + 1))
    assert account.call("POST", "/invoices", body).json["order_number"] == len(numbers) + 1
