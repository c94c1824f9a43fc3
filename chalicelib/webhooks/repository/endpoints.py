"""Endpoints, and how many a partner has."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, assign, find, read_page
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.webhooks.models.endpoints import (
    COUNT_SK,
    EndpointCountRow,
    EndpointRow,
    OwnListRow,
    endpoints_pk,
    own_list_sk,
    own_lists_pk,
)

_HEADERS = ("api_key_header", "sealed_header", "sealed_headers")
# What answers and the audit log show: what the partner sets, and the health, by its version.
_GIVEN = ("url", "event_types", "filter", "schedule", "ordering", "rate_limit", "description", "enabled", *_HEADERS)
SHOWN_FIELDS = (*_GIVEN, "health_version")
PREFIX = "ep_"
HOOK_PREFIX = "hook_"
# The lower bound keeps out the row of the count.
_EVERYTHING = Window(limit=100, since=PREFIX)


def endpoint_row(origin: str, *, prefix: str = PREFIX, **fields: Any) -> EndpointRow:
    """A new endpoint's row, without its secrets and not yet stored."""
    endpoint_id = sortable_id(prefix)
    return EndpointRow(
        endpoints_pk(origin),
        endpoint_id,
        id=endpoint_id,
        origin=origin,
        created_at=now(),
        **fields,
    )


def add_endpoint(transaction: Transaction, row: EndpointRow, *, at_most: int, too_many: Exception) -> None:
    """Adds the endpoint and counts it; commits only while the partner has fewer than `at_most`."""
    count = EndpointCountRow(row.pk, COUNT_SK)
    transaction.update(
        count,
        [EndpointCountRow.endpoints.add(1)],
        condition=EndpointCountRow.pk.does_not_exist() | (EndpointCountRow.endpoints < at_most),
        otherwise=too_many,
    )
    transaction.put(row)


def own_lists(origin: str) -> list[str]:
    """Ids of the endpoints, deleted ones too, whose deliveries are in lists of their own, in one request."""
    return [row.endpoint_id for row in OwnListRow.query(own_lists_pk(origin), consistent_read=True)]


def add_own_list(transaction: Transaction, origin: str, endpoint_id: str) -> None:
    """Notes that the endpoint's deliveries are in its own list alone, from this transaction on."""
    transaction.put(OwnListRow(own_lists_pk(origin), own_list_sk(endpoint_id), endpoint_id=endpoint_id))


def remove_endpoint(transaction: Transaction, row: EndpointRow) -> None:
    """Removes the endpoint and counts it no more; commits only while it is as it was read."""
    transaction.delete(row, condition=as_read(row, *SHOWN_FIELDS), otherwise=RowChanged())
    transaction.update(EndpointCountRow(row.pk, COUNT_SK), [EndpointCountRow.endpoints.add(-1)])


def find_endpoint(origin: str, endpoint_id: str) -> EndpointRow | None:
    """One endpoint, as it is now."""
    return find(EndpointRow, endpoints_pk(origin), endpoint_id)


def all_endpoints(origin: str) -> tuple[EndpointRow, ...]:
    """All of a partner's endpoints, as they are now, in one request."""
    return tuple(read_page(EndpointRow, endpoints_pk(origin), _EVERYTHING, sort=EndpointRow.sk).items)


def list_endpoints(origin: str, window: Window, *, prefix: str = PREFIX) -> Page[EndpointRow]:
    """A page of a partner's endpoints, or of its REST hooks, newest first."""
    bounded = window._replace(since=window.since or prefix, until=window.until or f"{prefix}~")
    return read_page(EndpointRow, endpoints_pk(origin), bounded, sort=EndpointRow.sk)


def add_endpoint_change(transaction: Transaction, row: EndpointRow, changes: Mapping[str, Any]) -> None:
    """Changes the named fields (None removes one), also on `row`; commits only while it is as it was read."""
    unchanged = as_read(row, *SHOWN_FIELDS)
    actions = assign(row, changes)
    if "health" in changes:
        actions.append(EndpointRow.health_version.add(1))
    transaction.update(row, actions, condition=unchanged, otherwise=RowChanged())


def add_enabled_check(transaction: Transaction, row: EndpointRow, *, otherwise: Exception) -> None:
    """Lets the transaction happen only while the endpoint is enabled; its commit raises `otherwise` else."""
    transaction.check(EndpointRow, row.pk, row.sk, condition=as_read(row, "enabled"), otherwise=otherwise)


def add_presence_check(transaction: Transaction, row: EndpointRow, *, otherwise: Exception) -> None:
    """Lets the transaction happen only while the endpoint is there; its commit raises `otherwise` else."""
    transaction.check(EndpointRow, row.pk, row.sk, condition=EndpointRow.pk.exists(), otherwise=otherwise)


def add_secrets(transaction: Transaction, row: EndpointRow, changes: Mapping[str, Any]) -> None:
    """Stores other secrets; commits only while all that is sealed, or is to be, is as it was read."""
    unchanged = as_read(row, "secrets", "sealed_secrets", *_HEADERS)
    fresh = EndpointRow(row.pk, row.sk)
    transaction.update(fresh, assign(fresh, changes), condition=unchanged, otherwise=RowChanged())
