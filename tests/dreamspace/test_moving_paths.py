"""Relations that lead elsewhere by the time that a call acts on what it found along them."""

from functools import partial

import pytest

from tests.dreamspace.world import Dream, stamp
from tests.faults.wire import meanwhile

_EARLIER, _LATER = "2025-02-01T00:00:00+00:00", "2035-02-01T00:00:00+00:00"


@pytest.fixture
def owner(dream: Dream) -> Dream:
    """Two users, of whom the first has two specimens; the second specimen is the current one."""
    dream.user("1")
    dream.user("2")
    for born_at in ("2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00"):
        dream.post("/specimens", {"owner_id": 1, "born_at": born_at})
    return dream


def test_change_of_the_current_specimen_is_made_to_the_one_that_is_current(owner: Dream) -> None:
    with meanwhile(partial(owner.patch, "/specimens/2", {"forgotten_at": _EARLIER}), before="dynamodb.BatchGetItem"):
        assert owner.patch("/users/1/specimen", {"forgotten_at": _LATER})["specimen_id"] == 1
    assert [one["forgotten_at"] for one in owner.get("/specimens")] == [_LATER, _EARLIER]


@pytest.mark.parametrize("change", [{"forgotten_at": _EARLIER}, {"owner_id": 2}], ids=["forgotten", "given away"])
def test_current_specimen_is_never_shown_as_one_that_was(owner: Dream, change: dict[str, object]) -> None:
    with meanwhile(partial(owner.patch, "/specimens/2", change), before="dynamodb.BatchGetItem"):
        assert owner.get("/users/1/specimen")["specimen_id"] == 1


def test_removal_of_the_current_specimen_removes_the_one_that_is_current(owner: Dream) -> None:
    with meanwhile(partial(owner.patch, "/specimens/2", {"owner_id": 2})):
        assert owner.delete("/users/1/specimen")["specimen_id"] == 1
    assert [(one["specimen_id"], one["owner_id"]) for one in owner.get("/specimens")] == [(2, 2)]


def test_removal_of_a_specimen_s_owner_removes_who_owns_it(owner: Dream) -> None:
    with meanwhile(partial(owner.patch, "/specimens/2", {"owner_id": 2})):
        assert owner.delete("/specimens/2/owner")["user_id"] == 2
    assert [one["user_id"] for one in owner.get("/users")] == [1]


@pytest.mark.parametrize("stamps", [1, 60], ids=["in the document's row", "in a row of their own"])
def test_removal_of_a_stamp_s_document_removes_the_one_that_it_is_on(dream: Dream, stamps: int) -> None:
    dream.document()
    dream.document()
    dream.put("/documents/1/stamps", [stamp("x" * 255) for _ in range(stamps)])
    with meanwhile(partial(dream.patch, "/stamps/1", {"document_id": 2})):
        assert dream.delete("/stamps/1/document")["document_id"] == 2
    assert [(one["document_id"], len(one["stamps"])) for one in dream.get("/documents")] == [(1, stamps - 1)]
