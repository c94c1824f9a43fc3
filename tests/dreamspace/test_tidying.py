"""What changes leave behind is removed, whatever became of the message; nobody unseen is left in the table."""

import json
from datetime import timedelta

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import travelled
from chalicelib.core.queues import queue_url
from chalicelib.core.settings import settings
from chalicelib.dreamspace import tasks
from chalicelib.dreamspace.models import DocumentRow
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.repository import pending
from chalicelib.dreamspace.repository.documents import ObjectDiscarded
from chalicelib.dreamspace.repository.keys import document_pk
from chalicelib.dreamspace.schemas.documents import DocumentUpdate
from chalicelib.dreamspace.service import documents, storage, worker
from tests.dreamspace.test_documents import objects_of
from tests.dreamspace.world import Dream, stamp
from tests.faults.invariants import acts_of, rows_of
from tests.faults.lagging import indexes_standing_still
from tests.faults.recovery import let_time_pass, lose_messages
from tests.safe_calls import by_somebody_else

LARGE = "x" * 50_000


def kinds(dream: Dream) -> set[str]:
    """What rows the partner has, counters aside."""
    rows = [row for row in rows_of(dream.origin, "dreamspace") if "#COUNTER" not in row["pk"]]
    return {row["sk"].partition("#")[0] for row in rows}


def test_many_rows_of_a_deleted_user_go_however_many_messages_it_takes(
    dream: Dream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_BATCHES_AT_ONCE", 1)
    monkeypatch.setattr(worker, "_CHILDREN_AT_ONCE", 5)
    user = dream.user("1")["user_id"]
    for _ in range(12):
        dream.post("/transactions", {"user_id": user, "amount": 1, "description": "x"})
    dream.delete(f"/users/{user}")
    dream.platform.drain()
    assert kinds(dream) == set()
    assert acts_of(dream.origin) == []


def test_lost_message_is_made_up_for_by_the_sweep(dream: Dream) -> None:
    user, gone = dream.user("1")["user_id"], dream.document(stamp("a")["stamp_type"], document_data=LARGE)
    dream.post("/specimens", {"owner_id": user})
    dream.delete(f"/users/{user}")
    dream.delete(f"/documents/{gone['document_id']}")
    lose_messages()
    assert kinds(dream) >= {"PENDING", "SPECIMEN", "STAMPS", "OBJECT"}
    let_time_pass(dream.platform, rounds=2)
    assert kinds(dream) == set()
    assert objects_of(dream) == []


def test_message_worked_twice_or_for_nothing_changes_nothing(dream: Dream) -> None:
    kept = dream.event(user={"twitch_id": "1", "name": "x"}, document={"document_data": LARGE, "seal": 1})
    dream.patch(f"/documents/{kept['document_id']}", {"seal": 2})
    before = dream.get("/events")
    for sk in ("PENDING", "OBJECT#nothing"):
        for owner in ("U#1", "D#1", "D#77"):
            body = json.dumps({"version": 1, "task": "TidyUp", "pk": f"{dream.origin}#{owner}", "sk": sk})
            event = {"Records": [{"messageId": "m", "body": body}] * 2}
            assert tasks.tidy(event) == {"batchItemFailures": []}
    assert dream.get("/events") == before


@pytest.mark.parametrize(
    "body", ["{", "[]", '{"version": 2}', '{"version": 1, "task": "TidyUp"}', '{"version": 1, "task": "Other"}']
)
def test_message_that_nobody_understands_is_buried(body: str) -> None:
    url = queue_url(TIDYING.dead_letter_name)
    assert tasks.tidy({"Records": [{"messageId": "m", "body": body}]}) == {"batchItemFailures": []}
    received = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert body in {message["Body"] for message in received}
    for message in received:
        aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_object_that_nothing_came_to_refer_to_is_removed_and_never_referred_to(dream: Dream) -> None:
    made = dream.document()
    stored = storage.store(dream.origin, made["document_id"], LARGE)
    assert len(objects_of(dream)) == 1
    with travelled(timedelta(minutes=20)):
        dream.platform.sweep()
        dream.platform.drain()
    assert objects_of(dream) == []
    update = documents._Update(dream.origin, DocumentUpdate(document_data=LARGE), stored, None)
    with pytest.raises(ObjectDiscarded):
        update.attempt(documents.find(dream.origin, made["document_id"]))
    assert dream.get(f"/documents/{made['document_id']}") == made


def test_object_in_use_is_never_removed(dream: Dream) -> None:
    made = dream.document(document_data=LARGE)
    [object_key] = objects_of(dream)
    with travelled(timedelta(hours=1)):
        dream.platform.sweep()
        dream.platform.drain()
    assert dream.get(f"/documents/{made['document_id']}") == made
    assert [row for row in rows_of(dream.origin, "dreamspace") if row.get("object_key") == object_key]


def test_reader_whose_data_was_removed_meanwhile_reads_again(dream: Dream) -> None:
    made = dream.document(document_data=LARGE)
    path = f"/documents/{made['document_id']}"
    [old] = objects_of(dream)
    fetch = storage.fetch
    calls: list[str] = []

    def meanwhile(row: DocumentRow) -> str:
        calls.append(row.object_key or "")
        if len(calls) == 1:
            dream.patch(path, {"document_data": "new"})
            with by_somebody_else():
                aws.client("s3").delete_object(Bucket=settings().bucket, Key=old)
        return fetch(row)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "fetch", meanwhile)
        assert dream.get(path)["document_data"] == "new"
    assert calls[0] == old


@pytest.mark.parametrize("moved", [False, True], ids=["made", "moved to it"])
def test_event_that_the_index_does_not_show_yet_is_found_under_the_seal_that_its_document_gets(
    dream: Dream, moved: bool
) -> None:
    made, user = dream.document()["document_id"], dream.user("1")["user_id"]
    event = dream.event(user_id=user)["event_id"]
    with indexes_standing_still():
        if moved:
            dream.patch(f"/events/{event}", {"document_id": made})
        else:
            event = dream.event(user_id=user, document_id=made)["event_id"]
        dream.patch(f"/documents/{made}", {"seal": 9})
        dream.platform.drain()
    dream.platform.sweep()
    dream.platform.drain()
    assert [one["event_id"] for one in dream.get("/events", document_seal=9)] == [event]
    assert dream.get("/events", document_seal=1) == []


def test_document_is_looked_at_until_the_index_has_surely_followed_and_no_longer(dream: Dream) -> None:
    made = dream.document()["document_id"]
    dream.patch(f"/documents/{made}", {"seal": 9})
    for minutes in (0, 1):
        with travelled(timedelta(minutes=minutes)):
            dream.platform.sweep()
            dream.platform.drain()
            assert "PENDING" in kinds(dream)
    let_time_pass(dream.platform, rounds=2)
    assert "PENDING" not in kinds(dream)


def test_document_that_is_left_again_while_the_worker_looks_stays_left(dream: Dream) -> None:
    made = dream.document()["document_id"]
    dream.patch(f"/documents/{made}", {"seal": 9})
    old = pending.find_pending(document_pk(dream.origin, made))
    dream.patch(f"/documents/{made}", {"seal": 10})
    assert old is not None
    pending.postpone_pending(old)
    assert not pending.remove_pending(old)
    new = pending.find_pending(document_pk(dream.origin, made))
    assert new is not None
    assert (new.token != old.token, new.due_at > old.due_at) == (True, True)
