"""Changes of objects are told to endpoints that name them: each by the call that makes it, within its transaction."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from operator import itemgetter
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.dreamspace.domain.changes import KINDS
from tests.budgets.calls import kept_warm
from tests.budgets.metering import metered
from tests.dreamspace.world import Dream, document, event, new_dream, stamp
from tests.faults.wire import Lifeline
from tests.platform import Platform
from tests.receivers import Receiver

_NOWHERE = "http://127.0.0.1:9/"
_EMBEDDED = ("user", "owner", "document", "document_data", "specimen", "inventory", "wallet")


@pytest.fixture
def dream(platform: Platform) -> Dream:
    """A Dreamspace of this test's own."""
    return new_dream(platform)


class Listener:
    """An endpoint that names every change."""

    def __init__(self, dream: Dream, receiver: Receiver) -> None:
        self._dream = dream
        self._receiver = receiver
        self._known: set[str] = set()
        dream.partner.add_endpoint(receiver.url, event_types=sorted(KINDS))

    def told(self) -> dict[str, Any]:
        """What was told since it was last asked, by the type: the object, or several."""
        self._dream.platform.drain()
        new = [each for each in self._receiver.requests if each.headers["webhook-id"] not in self._known]
        self._known |= {each.headers["webhook-id"] for each in new}
        bodies = [json.loads(each.body) for each in new]
        assert len({each["actionType"] for each in bodies}) == len(bodies)
        return {
            each["actionType"].removeprefix("dreamspace."): each.get("object", each.get("objects")) for each in bodies
        }


@pytest.fixture
def listener(dream: Dream) -> Iterator[Listener]:
    """Hears what this test changes."""
    with Receiver() as receiver:
        yield Listener(dream, receiver)


def _own(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in _EMBEDDED}


def test_an_event_with_all_that_it_brings(dream: Dream, listener: Listener) -> None:
    body = event(user={"twitch_id": "7", "name": "ada"}, document=document(stamps=[stamp(), stamp("reject")]))
    made = dream.post("/events", body)
    told = listener.told()
    assert told == {
        "user.created": made["user"],
        "document.created": _own(made["document"]),
        "event.created": _own(made),
    }
    assert len(told["document.created"]["stamps"]) == 2
    again = dream.post("/events", event(user={"twitch_id": "7", "name": "Ada"}, document_id=made["document_id"]))
    assert listener.told() == {"user.updated": again["user"], "event.created": _own(again)}
    same = dream.post("/events", event(user={"twitch_id": "7", "name": "Ada"}))
    assert listener.told() == {"event.created": _own(same)}
    attached = dream.post(f"/events/{same['event_id']}/document", document())
    assert listener.told() == {
        "document.created": _own(attached),
        "event.updated": {**_own(same), "document_id": attached["document_id"]},
    }
    path = f"/events/{made['event_id']}"
    changed = dream.patch(path, {"message": "Hello"})
    assert listener.told() == {"event.updated": _own(changed)}
    dream.patch(path, {"message": "Hello"})
    dream.patch(path, {})
    assert listener.told() == {}
    moved = dream.patch(path, {"user_id": dream.user()["user_id"]})
    assert listener.told() | {"user.created": {}} == {"event.updated": _own(moved), "user.created": {}}
    gone = dream.delete(path)
    assert listener.told() == {"event.deleted": _own(gone)}


def test_users_with_their_specimens_and_transactions(dream: Dream, listener: Listener) -> None:
    user = dream.user("1")
    assert listener.told() == {"user.created": _own(user)}
    dream.user("1")
    assert listener.told() == {}
    renamed = dream.user("1", "eve")
    assert listener.told() == {"user.updated": _own(renamed)}
    path = f"/users/{user['user_id']}"
    patched = dream.patch(path, {"preferences": "{}", "twitch_id": "2"})
    assert listener.told() == {"user.updated": _own(patched)}
    paid = dream.post(f"{path}/transactions", {"amount": 5, "description": "Quiz"})
    assert listener.told() == {"transaction.created": _own(paid)}
    born = dream.post("/specimens", {"owner": {"twitch_id": "3", "name": "bob"}})
    assert listener.told() == {"user.created": born["owner"], "specimen.created": _own(born)}
    specimen = f"/specimens/{born['specimen_id']}"
    forgotten = dream.patch(specimen, {"forgotten_at": "2025-07-01T08:00:00Z"})
    assert listener.told() == {"specimen.updated": _own(forgotten)}
    dream.patch(specimen, {"forgotten_at": "2025-07-01T08:00:00Z"})
    assert listener.told() == {}
    given = dream.patch(specimen, {"owner_id": user["user_id"]})
    assert listener.told() == {"specimen.updated": _own(given)}
    assert listener.told() == {}
    assert dream.delete(specimen) == given
    assert listener.told() == {"specimen.deleted": _own(given)}
    dream.post(f"{path}/specimens", {})
    listener.told()
    gone = dream.delete(path)
    assert listener.told() == {"user.deleted": _own(gone)}
    dream.platform.sweep()
    assert listener.told() == {}


def test_documents_with_their_stamps(dream: Dream, listener: Listener) -> None:
    made = dream.document("approve", document_data="x" * 100_000, metadata="short")
    assert listener.told() == {"document.created": _own(made)}
    path = f"/documents/{made['document_id']}"
    replaced = dream.patch(path, {"seal": 2, "stamps": [stamp("reject"), stamp()]})
    assert listener.told() == {"document.updated": _own(replaced)}
    data = dream.patch(path, {"document_data": "y"})
    assert listener.told() == {"document.updated": _own(data)}
    dream.patch(path, {"seal": 2})
    assert listener.told() == {}
    added = dream.put(f"{path}/stamps", [stamp(), stamp("reject")])
    assert listener.told() == {"stamp.created": added}
    dream.put(f"{path}/stamps", [])
    assert listener.told() == {}
    one = dream.post(f"{path}/stamps", stamp())
    assert listener.told() == {"stamp.created": [one]}
    turned = dream.patch(f"/stamps/{one['stamp_id']}", {"rotation": 9.5})
    assert listener.told() == {"stamp.updated": turned}
    dream.patch(f"/stamps/{one['stamp_id']}", {"rotation": 9.5})
    assert listener.told() == {}
    assert listener.told() == {} == listener.told()
    assert dream.delete(f"/stamps/{one['stamp_id']}") == turned
    assert listener.told() == {"stamp.deleted": turned}
    gone = dream.delete(path)
    assert listener.told() == {"document.deleted": _own(gone)}


@pytest.mark.parametrize(
    ("text", "is_told"),
    [("x" * 32_000, True), ("x" * 33_000, False), ("\u0001" * 65_536, False), ("𝄞" * 65_536, False)],
)
def test_long_texts_are_left_out_and_named(dream: Dream, text: str, is_told: bool) -> None:
    with Receiver() as receiver:
        dream.partner.add_endpoint(receiver.url, event_types=["dreamspace.document.created"])
        dream.document(*["\u0001" * 255] * 60, metadata=text)
        dream.platform.drain()
        [told] = [json.loads(each.body) for each in receiver.requests]
    assert told["omitted"] == ["document_data", *([] if is_told else ["metadata"])]
    assert told["object"].get("metadata") == (text if is_told else None)
    assert len(told["object"]["stamps"]) == 60


def test_what_nobody_names_is_not_recorded_and_costs_nothing(dream: Dream) -> None:
    dream.partner.add_endpoint(_NOWHERE)
    dream.partner.add_endpoint(_NOWHERE, event_types=["nft.burned"])
    dream.event(user={"twitch_id": "1", "name": "a"})
    with kept_warm():
        dream.event(user={"twitch_id": "2", "name": "a"}, document=document())
        with metered() as bill:
            dream.event(user_id=1, document_id=1)
    assert bill.operations == ["BatchGetItem", "TransactWriteItems"]
    assert dream.platform.call("GET", "/webhooks/events", key=dream.partner.key).json["data"] == []


def test_a_change_that_is_refused_is_not_told(dream: Dream, listener: Listener) -> None:
    dream.user("1")
    listener.told()
    other = dream.user("2")
    listener.told()
    dream.refused(400, "PATCH", f"/users/{other['user_id']}", {"twitch_id": "1"})
    dream.refused(404, "POST", "/events", event(user_id=99))
    dream.refused(404, "DELETE", "/documents/1")
    assert listener.told() == {}


def test_what_does_not_fit_into_one_transaction_is_refused_as_a_whole(dream: Dream) -> None:
    """Sixty stamps leave room for a few endpoints that name all; fewer stamps, for the most that there can be."""
    for number in range(20):
        dream.partner.add_endpoint(f"{_NOWHERE}{number}", event_types=sorted(KINDS))
    body = event(user={"twitch_id": "7", "name": "ada"}, document=document(stamps=[stamp()] * 60))
    assert "endpoints" in dream.refused(400, "POST", "/events", body)
    assert dream.get("/users") == dream.get("/documents") == dream.get("/events") == []
    body["document"]["stamps"] = [stamp()] * 20
    assert len(dream.post("/events", body)["document"]["stamps"]) == 20


def test_a_change_is_told_once_though_the_process_dies_at_any_step(dream: Dream) -> None:
    with Receiver() as receiver:
        dream.partner.add_endpoint(receiver.url, event_types=["dreamspace.event.created"])
        user = dream.user()["user_id"]
        dream.event(user_id=user)
        for fatal in count(1):
            life = Lifeline(fatal)
            with life.held():
                dream.call("POST", "/events", event(user_id=user))
            with travelled(timedelta(minutes=3)):  # for deliveries whose messages were not sent
                dream.platform.pump.tick("sweep_webhooks")
                dream.platform.drain()
            told = {each.headers["webhook-id"]: json.loads(each.body)["object"] for each in receiver.requests}
            assert sorted(told.values(), key=itemgetter("event_id")) == [_own(each) for each in dream.get("/events")]
            if not life.killed:
                break
        assert fatal > 4
