"""Every logical path up to the promised depth: which methods it answers, and what it leads to."""

from collections.abc import Iterator

import pytest

from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.paths import RELATIONS, Reach
from chalicelib.dreamspace.routes.addresses import DEPTH, METHODS
from tests.dreamspace.world import Dream, document, event, stamp
from tests.platform import Platform

_COLLECTION = {"GET", "POST"}
_OBJECT = {"GET", "PATCH", "DELETE"}


def logical_paths(depth: int) -> Iterator[tuple[str, set[str], str]]:
    """Every path of collections, ids and relations: its shape, its methods, the model or leaf it stands for."""

    def from_collection(path: str, model: Model, left: int) -> Iterator[tuple[str, set[str], str]]:
        yield path, _COLLECTION | ({"PUT"} if model is Model.STAMPS else set()), model.value
        if left:
            methods = {"GET"} if model is Model.TRANSACTIONS else _OBJECT
            yield from from_object(f"{path}/{{{model.noun}}}", model, left - 1, methods)

    def from_object(path: str, model: Model, left: int, methods: set[str]) -> Iterator[tuple[str, set[str], str]]:
        yield path, methods, model.noun
        for segment, relation in RELATIONS[model].items() if left else ():
            below = f"{path}/{segment}"
            if relation.reach is Reach.MANY:
                yield from from_collection(below, relation.model, left - 1)
            elif relation.reach is Reach.ONE:
                attaches = {"POST"} if (model, segment) == (Model.EVENTS, "document") else set()
                yield from from_object(below, relation.model, left - 1, _OBJECT | attaches)
            else:
                yield below, {"GET"}, segment

    for model in Model:
        yield from from_collection(f"/{model}", model, depth - 1)


@pytest.fixture(scope="module")
def whole(shared: Dream) -> dict[str, int]:
    """One object of each model, all of them related; gives their ids."""
    made = shared.post(
        "/events", event(user={"twitch_id": "1", "name": "ada"}, document=document(stamps=[stamp()]), user_name=None)
    )
    owner = {"owner_id": made["user_id"]}
    money = {"user_id": made["user_id"], "amount": 5, "description": "x"}
    return {
        "user": made["user_id"],
        "event": made["event_id"],
        "document": made["document_id"],
        "stamp": made["document"]["stamps"][0]["stamp_id"],
        "specimen": shared.post("/specimens", owner)["specimen_id"],
        "transaction": shared.post("/transactions", money)["transaction_id"],
    }


def test_paths_lead_where_they_say_and_answer_the_methods_they_have(shared: Dream, whole: dict[str, int]) -> None:
    plain = {f"{model.noun}": shared.get(f"/{model}/{whole[model.noun]}") for model in Model}
    lists = {model.value: shared.get(f"/{model}") for model in Model}
    leaves = {"wallet": {"user_id": whole["user"], "balance": 5}, "inventory": []}
    expected = plain | lists | leaves
    paths = list(logical_paths(5))
    assert len(paths) > 90
    for shape, _, leads_to in paths:
        path = shape.format(**whole)
        assert shared.get(path + "/" * (len(path) % 2)) == expected[leads_to], path
    for shape, methods, _ in logical_paths(3):
        for method in set(METHODS) - methods - {"HEAD"}:
            shared.refused(405, method, shape.format(**whole))


def test_eight_segments_are_walked(shared: Dream, whole: dict[str, int]) -> None:
    deep = [shape for shape, _, leads_to in logical_paths(DEPTH) if shape.count("/") == DEPTH]
    assert "/events/{event}/user/specimens/{specimen}/owner/transactions/{transaction}" in deep
    walked = shared.get("/events/{event}/user/specimens/{specimen}/owner/transactions/{transaction}".format(**whole))
    assert walked == shared.get(f"/transactions/{whole['transaction']}")
    chain = "/stamps/{stamp}/document/stamps/{stamp}/document/stamps/{stamp}".format(**whole)
    assert shared.get(chain) == shared.get(f"/stamps/{whole['stamp']}")


def test_every_depth_is_declared_with_every_method_and_one_name_a_position(platform: Platform) -> None:
    for model in Model:
        for depth in range(1, DEPTH + 1):
            path = "/".join(["", model, *(f"{{p{position}}}" for position in range(2, depth + 1))])
            assert set(platform.app.routes[path]) == set(METHODS)


@pytest.mark.parametrize(
    "path",
    [
        "/users/x",
        "/users/0",
        "/users/01",
        "/users/-1",
        "/users/1.0",
        "/users/1234567890123456",
        "/users/%31%00",
        "/users/%FF",
        "/users/1/friends",
        "/users/1/documents",
        "/users/1/wallet/1",
        "/users/1/inventory/1",
        "/users/1/specimen/1",
        "/transactions/1/owner",
        "/documents/1/event",
        "/stamps/1/stamps",
        "/events/1/document/1",
        "/users/1/2",
        "/users/999999999999999",
        "/events/999",
        "/events/999/document",
        "/events/999/user/events",
        "/users/999/wallet",
        "/users/999/inventory",
        "/users/999/specimen",
        "/users/999/events",
        "/users/999/transactions",
        "/users/999/specimens",
        "/documents/999/stamps",
        "/stamps/999/document",
        "/specimens/999/owner",
        "/transactions/999/user",
    ],
    ids=str,
)
def test_path_that_leads_to_nothing_is_404(shared: Dream, whole: dict[str, int], path: str) -> None:
    assert whole
    shared.refused(404, "GET", path)


def test_id_is_decoded_once(shared: Dream, whole: dict[str, int]) -> None:
    assert shared.get(f"/users/%3{whole['user']}") == shared.get(f"/users/{whole['user']}")
    shared.refused(404, "GET", f"/users/%253{whole['user']}")


def test_head_is_405_without_a_body(shared: Dream, whole: dict[str, int]) -> None:
    for path in ("/users", f"/users/{whole['user']}", "/users/1/nothing"):
        answer = shared.call("HEAD", path)
        assert (answer.status, answer.json) == (404 if path.endswith("nothing") else 405, "")


REFUSALS = {
    "method before missing object": (405, "PATCH", "/transactions/999", None),
    "method before missing parent": (405, "POST", "/users/999/specimen", None),
    "missing object before body": (404, "PATCH", "/users/999", b"{"),
    "missing event before body": (404, "PATCH", "/events/999", {"nonsense": 1}),
    "missing event before its document's body": (404, "POST", "/events/999/document", {}),
    "missing parent before body": (404, "POST", "/users/999/events", {"nonsense": 1}),
    "missing parent before an empty array": (404, "PUT", "/documents/999/stamps", []),
    "missing parent before stamps": (404, "PUT", "/documents/999/stamps", [{"nonsense": 1}]),
    "missing parent before query": (404, "GET", "/users/999/events?limit=x", None),
    "body before referenced object": (400, "POST", "/transactions", {"user_id": 999}),
    "referenced object last": (404, "POST", "/transactions", {"user_id": 999, "amount": 1, "description": ""}),
    "query before anything is read": (400, "GET", "/users?limit=x", None),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_come_in_order(shared: Dream, name: str) -> None:
    status, method, path, body = REFUSALS[name]
    shared.refused(status, method, path, body)
    stranger = shared.platform.call(method, path, body=body)
    assert stranger.status == 403
