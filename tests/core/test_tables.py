"""Writes that depend on what was read: `as_read` holds exactly as long as nobody has changed it."""

from typing import Any

import pytest
from pynamodb.expressions.update import Action

from chalicelib.core.ids import random_token
from chalicelib.core.tables import as_read, find, update_if
from chalicelib.oauth import repository
from chalicelib.oauth.models import ClientRow
from tests.platform import Platform

SEEN = ("name", "redirect_uris", "secret_sha256", "refresh_grace_seconds")


@pytest.fixture
def row(platform: Platform) -> ClientRow:
    """A stored row: one attribute absent, one its default."""
    del platform
    fields: dict[str, Any] = {"redirect_uris": ["https://a.example/x"], "scopes": ["read_only"], "confidential": False}
    made = repository.client_row(f"app_{random_token(20)}", origin="tables", name="Ünï", **fields)
    made.save()
    return _again(made)


def _again(row: ClientRow) -> ClientRow:
    found = find(ClientRow, row.pk, row.sk)
    assert found is not None
    return found


def _holds(row: ClientRow) -> bool:
    return update_if(ClientRow(row.pk, row.sk), [ClientRow.list_sort.set("x")], as_read(row, *SEEN))


def test_holds_while_nothing_of_it_has_changed(row: ClientRow) -> None:
    row.update([ClientRow.scopes.set(["read_write"])])  # which is not among what was seen
    assert _holds(row)


@pytest.mark.parametrize(
    "change",
    [
        ClientRow.name.set("other"),
        ClientRow.redirect_uris.set(["https://a.example/y"]),
        ClientRow.secret_sha256.set("now there is one"),
        ClientRow.refresh_grace_seconds.set(1),
        ClientRow.name.remove(),
    ],
    ids=str,
)
def test_fails_once_any_of_it_has_changed(row: ClientRow, change: Action) -> None:
    ClientRow(row.pk, row.sk).update([change])
    assert not _holds(row)


def test_default_may_be_absent_in_an_older_row(row: ClientRow) -> None:
    ClientRow(row.pk, row.sk).update([ClientRow.refresh_grace_seconds.remove()])
    assert _again(row).refresh_grace_seconds == 0
    assert _holds(_again(row))


def test_fails_for_a_row_that_is_gone(row: ClientRow) -> None:
    ClientRow(row.pk, row.sk).delete()
    assert not update_if(ClientRow(row.pk, row.sk), [ClientRow.list_sort.set("x")], as_read(row))
