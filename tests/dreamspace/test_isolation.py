"""No answer reveals another partner's data: on every path and method, what is foreign is what does not exist."""

from typing import Any

import pytest

from chalicelib.dreamspace.domain.models import Model
from tests.dreamspace.test_paths import logical_paths
from tests.dreamspace.world import Dream, document, event, new_dream, stamp
from tests.platform import Platform

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "users"): {"twitch_id": None, "name": None},
    ("POST", "events"): event(),
    ("POST", "transactions"): {"amount": 1, "description": "x"},
    ("POST", "specimens"): {},
    ("POST", "documents"): document(),
    ("POST", "document"): document(),
    ("POST", "stamps"): stamp(),
    ("PUT", "stamps"): [stamp()],
}


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Dream:
    """A partner with something of everything, several times, so that its ids are nobody else's."""
    owner = new_dream(platform)
    for number in range(4):
        made = owner.event(user={"twitch_id": f"secret{number}", "name": "secret"}, document=document(stamps=[stamp()]))
        owner.post("/specimens", {"owner_id": made["user_id"]})
        owner.post("/transactions", {"user_id": made["user_id"], "amount": 1, "description": "secret"})
    return owner


@pytest.fixture(scope="module")
def thief(platform: Platform) -> Dream:
    """A partner with a user and a document of its own."""
    thief = new_dream(platform)
    thief.user("mine")
    thief.document("mine")
    return thief


def snapshot(dream: Dream) -> dict[str, Any]:
    """Everything the API shows of a partner."""
    return {model: dream.get(f"/{model}") for model in Model}


def test_foreign_ids_are_missing_on_every_path_and_method(owner: Dream, thief: Dream) -> None:
    mine, theirs = snapshot(thief), snapshot(owner)
    last = {model.noun: theirs[model][-1][model.id_field] for model in Model}
    missing = dict.fromkeys(last, 999)
    tried = 0
    for shape, methods, leads_to in logical_paths(4):
        if "{" not in shape:
            continue
        for method in sorted(methods):
            body = BODIES.get((method, leads_to), {} if method == "PATCH" else None)
            foreign = thief.call(method, shape.format(**last), body)
            nothing = thief.call(method, shape.format(**missing), body)
            assert (foreign.status, foreign.json) == (404, nothing.json), (method, shape)
            tried += 1
    assert tried > 100
    assert snapshot(owner) == theirs
    assert snapshot(thief) == mine


def test_foreign_references_in_bodies_and_filters_are_missing(owner: Dream, thief: Dream) -> None:
    theirs = snapshot(owner)
    user, target = theirs["users"][-1]["user_id"], theirs["documents"][-1]["document_id"]
    mine = thief.get("/users")[0]["user_id"]
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/events", event(user_id=user)),
        ("POST", "/events", event(user_id=mine, document_id=target)),
        ("POST", "/transactions", {"user_id": user, "amount": 1, "description": ""}),
        ("POST", "/specimens", {"owner_id": user}),
        ("POST", "/stamps", stamp(document_id=target)),
        ("PUT", "/stamps", [stamp(document_id=target)]),
        ("PATCH", f"/stamps/{thief.get('/stamps')[0]['stamp_id']}", {"document_id": target}),
    ]
    for method, path, body in calls:
        thief.refused(404, method, path, body)
    for path, query in (
        ("/users", {"twitch_id": "secret1"}),
        ("/users", {"name": "secret"}),
        ("/events", {"user_id": user}),
        ("/events", {"document_seal": 1}),
        ("/events", {"event_type": "plain"}),
        ("/transactions", {"created_after": "2000-01-01"}),
        ("/stamps", {"stamp_type": "approve"}),
        ("/stamps", {"document_id": target}),
        ("/specimens", {"forgotten": "false"}),
    ):
        assert thief.get(path, **query) == []
    assert snapshot(owner) == theirs


def test_same_twitch_id_is_another_user_with_another_partner(owner: Dream, thief: Dream) -> None:
    before = owner.get("/users", twitch_id="secret0")
    thief.user("secret0", "changed")
    assert owner.get("/users", twitch_id="secret0") == before
