"""Documents and their stamps: replaced, added, moved, many of them; data of any size."""

from itertools import pairwise
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.dreamspace.world import Dream, compact, document, event, stamp


def objects_of(dream: Dream) -> list[str]:
    """Keys of what lies in object storage."""
    found = aws.client("s3").list_objects_v2(Bucket=settings().bucket, Prefix=f"dreamspace/{dream.origin}/")
    return [entry["Key"] for entry in found.get("Contents", [])]


def types_of(found: Any) -> list[str]:
    """The types of a document's stamps, in order."""
    return [one["stamp_type"] for one in found["stamps"]]


def test_stamps_are_replaced_with_new_ids_or_cleared(dream: Dream) -> None:
    made = dream.document("a", "b")
    path = f"/documents/{made['document_id']}"
    replaced = dream.patch(path, {"stamps": [stamp("c", document_id=77)], "seal": 2})
    assert (types_of(replaced), replaced["seal"]) == (["c"], 2)
    assert replaced["stamps"][0]["stamp_id"] > made["stamps"][1]["stamp_id"]
    for gone in made["stamps"]:
        dream.refused(404, "GET", f"/stamps/{gone['stamp_id']}")
        dream.refused(404, "PATCH", f"/stamps/{gone['stamp_id']}", {"pos_x": 1})
        dream.refused(404, "DELETE", f"/stamps/{gone['stamp_id']}")
    assert dream.get("/stamps") == replaced["stamps"] == dream.get(f"{path}/stamps")
    assert dream.get("/stamps", stamp_type="a") == dream.get("/documents", stamp_type="a") == []
    assert dream.patch(path, {"stamps": []})["stamps"] == [] == dream.get("/stamps")
    dream.platform.drain()
    assert dream.get(path)["stamps"] == [] == dream.get("/stamps")


def test_stamp_is_changed_moved_and_removed(dream: Dream) -> None:
    first, second = dream.document("a", "b"), dream.document()
    one = f"/stamps/{first['stamps'][0]['stamp_id']}"
    changed = dream.patch(one, {"stamp_type": "A", "pos_x": 9, "rotation": -0.0})
    assert repr(changed["rotation"]) == "-0.0"
    assert dream.get(f"/documents/{first['document_id']}")["stamps"] == [changed, first["stamps"][1]]
    assert dream.get("/stamps", stamp_type="A") == [changed]
    moved = dream.patch(one, {"document_id": second["document_id"], "pos_y": 4})
    assert dream.get(one) == moved == {**changed, "document_id": second["document_id"], "pos_y": 4}
    assert dream.get(f"/documents/{second['document_id']}")["stamps"] == [moved]
    assert types_of(dream.get(f"/documents/{first['document_id']}")) == ["b"]
    inside = f"/documents/{second['document_id']}{one}"
    assert dream.patch(inside, {"document_id": first["document_id"]}) == moved
    dream.refused(404, "GET", f"/documents/{first['document_id']}{one}")
    assert dream.delete(inside) == moved
    dream.refused(404, "GET", one)
    assert dream.get(f"/documents/{second['document_id']}")["stamps"] == []


def test_many_stamps_are_all_there_in_order(dream: Dream) -> None:
    """So many, and so long, that the document's own row cannot hold them."""
    made = dream.document()
    path = f"/documents/{made['document_id']}"
    count = 0
    for number in range(4):
        added = dream.put(f"{path}/stamps", [stamp("é" * 200 + str(number)) for _ in range(60)])
        count += len(added)
    found = dream.get(path)
    assert len(found["stamps"]) == count == 240
    assert all(first["stamp_id"] < second["stamp_id"] for first, second in pairwise(found["stamps"]))
    assert dream.get(f"{path}/stamps") == found["stamps"] == dream.get("/stamps")
    assert [one for page in dream.walked(f"{path}/stamps", limit=99) for one in page] == found["stamps"]
    user = dream.user()["user_id"]
    assert dream.event(user_id=user, document_id=made["document_id"])["document"] == found
    assert dream.get("/documents") == [found] == [dream.get("/events")[0]["document"]]
    last = found["stamps"][-1]
    renamed = dream.patch(f"/stamps/{last['stamp_id']}", {"stamp_type": "last"})
    first = dream.patch(f"/stamps/{found['stamps'][0]['stamp_id']}", {"stamp_type": "ü" * 255})
    dream.delete(f"/stamps/{found['stamps'][-2]['stamp_id']}")
    assert dream.get(path)["stamps"] == [first, *found["stamps"][1:-2], renamed]
    other = dream.document()
    back = f"/stamps/{last['stamp_id']}"
    dream.patch(back, {"document_id": other["document_id"]})
    dream.patch(back, {"document_id": made["document_id"]})
    assert dream.get(path)["stamps"] == [first, *found["stamps"][1:-2], renamed]
    replaced = dream.patch(path, {"stamps": [stamp("é" * 255) for _ in range(60)]})
    assert len(replaced["stamps"]) == 60
    assert dream.get("/stamps") == replaced["stamps"]
    dream.platform.drain()
    assert dream.get(path) == replaced
    dream.delete(path)
    dream.platform.drain()
    assert dream.get("/stamps") == []


def test_array_of_stamps_is_added_whole_or_not_at_all(dream: Dream) -> None:
    first, second = dream.document(), dream.document()
    numbers = [first["document_id"], second["document_id"], first["document_id"]]
    added = dream.put("/stamps", [stamp(str(position), document_id=n) for position, n in enumerate(numbers)])
    assert [one["document_id"] for one in added] == numbers
    assert types_of(dream.get(f"/documents/{numbers[0]}")) == ["0", "2"]
    said = dream.refused(404, "PUT", "/stamps", [stamp(document_id=numbers[0]), stamp(document_id=999)])
    assert said.startswith("stamps[1].document_id: ")
    said = dream.refused(400, "PUT", "/stamps", [stamp(document_id=numbers[0]), {**stamp(), "pos_x": True}])
    assert said.startswith("stamps[1].pos_x: ")
    assert dream.get("/stamps") == sorted(added, key=lambda one: int(one["stamp_id"]))
    assert dream.put("/stamps", []) == []
    dream.refused(400, "PUT", "/stamps", stamp(document_id=numbers[0]))
    dream.refused(405, "PUT", f"/stamps/{added[0]['stamp_id']}", [])


@pytest.mark.parametrize("count", [60, 61])
def test_sixty_stamps_are_the_most_of_one_call(shared: Dream, count: int) -> None:
    user, target = shared.user("sixty")["user_id"], shared.document()["document_id"]
    stamps = [stamp() for _ in range(count)]
    status = 200 if count == 60 else 400
    with_foreign_key = [{**one, "document_id": target} for one in stamps]
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/documents", document(stamps=stamps)),
        ("POST", "/events", event(user={"twitch_id": f"n{count}", "name": "x"}, document=document(stamps=stamps))),
        ("PATCH", f"/documents/{target}", {"stamps": stamps, "seal": 5}),
        ("PUT", "/stamps", with_foreign_key),
        ("PUT", f"/documents/{target}/stamps", stamps),
    ]
    for method, path, body in calls:
        answer = shared.call(method, path, body)
        assert answer.status == status, (path, answer)
        if status == 400:
            assert "60" in answer.json
    assert user


def test_document_of_an_event_is_created_where_there_is_none(dream: Dream) -> None:
    made = dream.event(user_id=dream.user()["user_id"])
    path = f"/events/{made['event_id']}/document"
    dream.refused(404, "GET", path)
    dream.refused(404, "PATCH", path, {"seal": 2})
    dream.refused(404, "GET", f"{path}/stamps")
    attached = dream.post(path, document(stamps=[stamp()]))
    assert dream.get(path) == attached == dream.get(f"/events/{made['event_id']}")["document"]
    dream.refused(400, "POST", path, document())
    assert len(dream.get("/documents")) == 1
    assert dream.patch(path, {"seal": 9})["seal"] == 9
    assert dream.get("/events", document_seal=9) == [dream.get(f"/events/{made['event_id']}")]
    assert dream.delete(path)["seal"] == 9
    found = dream.get(f"/events/{made['event_id']}")
    assert (found["document_id"], found["document"]) == (None, None)
    dream.post(path, document(seal=3))
    dream.patch(f"/events/{made['event_id']}", {"document_id": None})
    dream.refused(404, "GET", path)
    assert dream.get("/events", document_seal=3) == []


def test_seal_of_an_event_is_that_of_its_document_however_many_share_it(dream: Dream) -> None:
    user, shared_one = dream.user()["user_id"], dream.document(seal=1)["document_id"]
    made = [dream.event(user_id=user, document_id=shared_one)["event_id"] for _ in range(30)]
    dream.patch(f"/documents/{shared_one}", {"seal": 2})
    assert dream.get("/events", document_seal=1) == []
    dream.platform.drain()
    assert [found["event_id"] for found in dream.get("/events", document_seal=2)] == made
    dream.delete(f"/documents/{shared_one}")
    assert dream.get("/events", document_seal=2) == dream.get("/events", document_id=shared_one) == []
    dream.platform.drain()
    assert {found["document"] for found in dream.get("/events")} == {None}


SIZES = {"small": 10, "largest in a row": 32 * 1024, "just too large for a row": 32 * 1024 + 1, "4 MB": 4_000_000}


@pytest.mark.parametrize("name", SIZES)
def test_data_is_kept_as_given_whatever_its_size(dream: Dream, name: str) -> None:
    data = ('ü\\"\n😀 ' * SIZES[name]).encode()[: SIZES[name]].decode(errors="ignore")
    if name == "4 MB":
        data = "a" * SIZES[name]
    made = dream.document("a", document_data=data)
    path = f"/documents/{made['document_id']}"
    assert made["document_data"] == data
    assert dream.get(path) == made
    user = dream.user()["user_id"]
    assert dream.event(user_id=user, document_id=made["document_id"])["document"] == made
    assert dream.get("/documents") == [made] == [dream.get("/events")[0]["document"]]
    assert len(objects_of(dream)) == (len(data.encode()) > 32 * 1024)
    changed = dream.patch(path, {"document_data": "y" * 40_000})
    assert changed == dream.get(path) == {**made, "document_data": "y" * 40_000}
    assert dream.patch(path, {"document_data": "z"})["document_data"] == "z"
    dream.patch(path, {"document_data": data})
    assert dream.delete(path) == made


def test_data_over_four_million_bytes_is_400(dream: Dream) -> None:
    said = dream.refused(400, "POST", "/documents", document(document_data="a" * 4_000_001))
    assert said.startswith("document_data: ")
    said = dream.refused(400, "POST", "/documents", compact(document(document_data="€" * 1_333_334)).encode())
    assert said.startswith("document_data: ")
    dream.refused(400, "POST", "/documents", b" " * 4_500_001)
    dream.refused(400, "POST", "/users", b" " * (1024 * 1024 + 1))


def test_list_is_cut_before_five_megabytes_and_goes_on(dream: Dream) -> None:
    made = [dream.document(document_data=str(number) * 1_200_000) for number in range(6)]
    pages = dream.walked("/documents")
    assert [len(page) for page in pages] == [4, 2]
    assert [one for page in pages for one in page] == made
    assert [len(page) for page in dream.walked("/documents", limit=3)] == [3, 3]


def test_answers_hold_no_escapes_that_json_does_not_need(dream: Dream) -> None:
    dream.user("ü", "🎉")
    raw = dream.platform.client.http.get("/users", headers={"X-API-KEY": dream.partner.key}).body
    assert "🎉".encode() in raw
    assert b"\\u" not in raw
