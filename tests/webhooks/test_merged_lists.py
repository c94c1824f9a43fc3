"""A partner's list is merged from its endpoints'; what waits for a first attempt is found in the outbox."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.webhooks.domain import MAX_OWN_LISTS
from chalicelib.webhooks.models.deliveries import DeliveryRow, deliveries_list, status_keys
from chalicelib.webhooks.models.endpoints import EndpointRow, OwnListRow, endpoints_pk, own_list_sk, own_lists_pk
from chalicelib.webhooks.repository.deliveries import find_delivery
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain, handle, message, sweep, waiting

pytestmark = pytest.mark.usefixtures("storage")

HOOK = "https://hooks.example.com/in"


def _ids(reply: Any) -> list[str]:
    return [each["id"] for each in reply["data"]]


def _row(partner: Partner, delivery_id: str) -> DeliveryRow:
    row = find_delivery(partner.origin, delivery_id)
    assert row is not None
    return row


def _walked(partner: Partner, query: str) -> list[str]:
    """All of a list, two at a time, newest first; and the same backwards."""
    down: list[str] = []
    page = partner.get(f"/webhooks/deliveries?limit=2{query}")
    while True:
        down += _ids(page)
        if not page["has_more"]:
            break
        page = partner.get(f"/webhooks/deliveries?limit=2{query}&starting_after={down[-1]}")
    up = down[-1:]
    while True:
        page = partner.get(f"/webhooks/deliveries?limit=2{query}&ending_before={up[0]}")
        up = _ids(page) + up
        if not page["has_more"]:
            break
    assert up == down
    return down


def _as_before(partner: Partner, delivery_id: str) -> None:
    """Gives a delivery the form of rows from before: the body in it, and an entry in every list."""
    row = _row(partner, delivery_id)
    changes = {"list_key": deliveries_list(partner.origin), "body": '{"from":"before"}'}
    if row.status != "delivered":
        changes |= status_keys(partner.origin, row.endpoint_id, row.status)
    row.update(actions=[getattr(DeliveryRow, name).set(value) for name, value in changes.items()])


def _endpoint_as_before(partner: Partner, endpoint_id: str) -> None:
    EndpointRow(endpoints_pk(partner.origin), endpoint_id).update(actions=[EndpointRow.own_list.remove()])
    OwnListRow(own_lists_pk(partner.origin), own_list_sk(endpoint_id)).delete()


def test_delivery_that_waits_is_in_one_list_and_in_no_index_by_status(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK)["id"]
    partner.emit()
    [shown] = partner.deliveries("?status=scheduled")
    row = _row(partner, shown["id"])
    assert [row.list_key, row.status_key, row.group_status_key, row.body] == [None] * 4
    for query in ("", f"?endpoint={endpoint}", f"?endpoint={endpoint}&status=scheduled"):
        assert partner.deliveries(query) == [shown]
    assert partner.deliveries("?endpoint=ep_00000000000000000000&status=scheduled") == []
    assert partner.get("/webhooks/stats")["backlog"] == 1


def test_lists_are_merged_in_order_and_can_be_walked_both_ways(partner: Partner) -> None:
    with Receiver(answers=[Answer(500), Answer(200), Answer(500)]) as receiver:
        tried = partner.endpoint(receiver.url, schedule="hourly", event_types=["customer.created"])["id"]
        untried = partner.endpoint(HOOK, event_types=["customer.updated"])["id"]
        with travelled(timedelta(0)) as further:
            for number in range(9):
                further(timedelta(seconds=1))
                partner.emit(event_type="customer.updated" if number % 2 else "customer.created")
            mine = [each for each in partner.deliveries("?limit=100") if each["endpoint_id"] == tried]
            for each in mine[:3]:
                handle(message(partner.origin, each["id"]))
            everything = partner.deliveries("?limit=100")
            assert len(everything) == 9
            for endpoint in (None, tried, untried):
                for status in (None, "scheduled", "delivered", "disabled"):
                    expected = [
                        each["id"]
                        for each in everything
                        if endpoint in (None, each["endpoint_id"]) and status in (None, each["status"])
                    ]
                    query = f"&endpoint={endpoint}" if endpoint else ""
                    query += f"&status={status}" if status else ""
                    assert (_walked(partner, query) if expected else partner.deliveries(f"?{query[1:]}")) == expected
            assert partner.get("/webhooks/stats")["backlog"] == 8
            assert partner.get(f"/webhooks/stats?endpoint={tried}")["backlog"] == 4


def test_what_waits_is_listed_however_late_it_is(partner: Partner) -> None:
    """Swept again and again, claimed late, or begun anew: always scheduled, and always in the list."""
    with Receiver(then=Answer(500)) as receiver:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        [shown] = partner.deliveries()
        with travelled(timedelta(0)) as further:
            for _ in range(3):
                further(timedelta(minutes=3))
                assert sweep() == 1
                assert partner.deliveries("?status=scheduled") == [shown]
            further(timedelta(minutes=1, seconds=59))
            for _ in range(3):
                drain()
                assert _ids({"data": partner.deliveries("?status=scheduled")}) == [shown["id"]]
                assert partner.call("POST", f"/webhooks/deliveries/{shown['id']}/replay").status == 200
                assert _ids({"data": partner.deliveries("?status=scheduled")}) == [shown["id"]]
                further(timedelta(hours=5))
                sweep()


def test_partners_do_not_see_what_waits_of_others(partner: Partner) -> None:
    other = Partner()
    for each in (partner, other):
        each.endpoint(HOOK)
        each.emit()
    [mine], [theirs] = partner.deliveries("?status=scheduled"), other.deliveries("?status=scheduled")
    assert mine["id"] != theirs["id"]


def test_deleted_endpoint_leaves_its_deliveries_in_the_partners_list(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.emit()
    drain()
    partner.emit()
    before = _ids({"data": partner.deliveries()})
    assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint}").status == 200
    assert [(each["id"], each["status"]) for each in partner.deliveries()] == [
        (before[0], "disabled"),
        (before[1], "delivered"),
    ]
    assert partner.deliveries("?status=scheduled") == []


def test_only_so_many_endpoints_have_lists_of_their_own(partner: Partner) -> None:
    for _ in range(MAX_OWN_LISTS):
        partner.call("DELETE", f"/webhooks/endpoints/{partner.endpoint(HOOK)['id']}")
    partner.endpoint(HOOK)
    partner.emit()
    [shown] = partner.deliveries()
    assert _row(partner, shown["id"]).list_key == deliveries_list(partner.origin)


def test_rows_from_before_are_delivered_and_listed_beside_others(partner: Partner, receiver: Receiver) -> None:
    old = partner.endpoint(receiver.url, event_types=["customer.created"])["id"]
    _endpoint_as_before(partner, old)
    new = partner.endpoint(receiver.url, event_types=["customer.updated"])["id"]
    made: list[str] = []
    with travelled(timedelta(0)) as further:
        for number in range(6):
            further(timedelta(seconds=1))
            partner.emit(event_type="customer.updated" if number % 2 else "customer.created")
            [newest] = partner.deliveries("?limit=1")
            made.insert(0, newest["id"])
            if newest["endpoint_id"] == old:
                _as_before(partner, newest["id"])
        assert _walked(partner, "") == _walked(partner, "&status=scheduled") == made
        assert _walked(partner, f"&endpoint={old}") == made[1::2]
        assert partner.get("/webhooks/stats")["backlog"] == 6
        assert handle(*waiting(partner)) == []
        assert _walked(partner, "&status=delivered") == made
        assert partner.deliveries("?status=scheduled") == []
        assert sorted(request.body for request in receiver.requests)[:3] == [b'{"from":"before"}'] * 3
        # With its next change the endpoint gets a list of its own; what was in both lists is shown once.
        changed = partner.call("PATCH", f"/webhooks/endpoints/{old}", {"description": "changed"})
        assert changed.status == 200
        further(timedelta(seconds=1))
        partner.emit()
        [newest] = partner.deliveries("?limit=1")
        assert _row(partner, newest["id"]).list_key is None
        assert _walked(partner, "") == [newest["id"], *made]
        assert new in {each["endpoint_id"] for each in partner.deliveries()}
