"""Endpoints: where a partner wants its events."""

from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged, retried, until_unchanged
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.webhooks.domain import MAX_ENDPOINTS, MAX_OWN_LISTS
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.named import CHANGE_DELAY_SECONDS, forget_named
from chalicelib.webhooks.repository import endpoints as repository
from chalicelib.webhooks.service import audits, sealed
from chalicelib.webhooks.service.errors import EndpointUnknown, TooManyEndpoints
from chalicelib.webhooks.signing import first_secret, new_secret, rotated

if TYPE_CHECKING:
    # Loaded where endpoints are made or changed; else every function that records an event would load them.
    from chalicelib.webhooks.schemas import EndpointCreate, EndpointUpdate

_endpoints: TtlCache[str, tuple[EndpointRow, ...]] = TtlCache(seconds=CHANGE_DELAY_SECONDS, max_entries=1024)


def all_endpoints(origin: str) -> tuple[EndpointRow, ...]:
    """A partner's endpoints as they are now, in one request."""
    return repository.all_endpoints(origin)


def forget_endpoints(origin: str) -> None:
    """Drops what this process remembers of a partner's endpoints, after a change."""
    _endpoints.forget(origin)
    forget_named(origin)


def endpoints_of(origin: str) -> tuple[EndpointRow, ...]:
    """A partner's endpoints, as they were at most 10 s ago; a change made in this process shows at once."""
    return _endpoints.get(origin, lambda: repository.all_endpoints(origin)) or ()


def endpoint_to_call(origin: str, endpoint_id: str) -> EndpointRow | None:
    """An enabled endpoint, or None, which it never answers from memory alone."""
    remembered = _enabled(endpoints_of(origin), endpoint_id)
    if remembered is not None:
        return remembered
    _endpoints.forget(origin)
    return _enabled(endpoints_of(origin), endpoint_id)


def create_endpoint(origin: str, body: "EndpointCreate") -> tuple[EndpointRow, str]:
    """A new endpoint, and the secret that its deliveries are signed with. Raises `TooManyEndpoints`."""
    transaction = Transaction()
    row, secret = _add_endpoint(transaction, origin, body, prefix=repository.PREFIX)
    transaction.commit()
    forget_endpoints(origin)
    return row, secret


@retried("the endpoint's secrets")
def get_endpoint(origin: str, endpoint_id: str) -> EndpointRow:
    """Raises `EndpointUnknown`."""
    row = repository.find_endpoint(origin, endpoint_id)
    if row is None:
        raise EndpointUnknown()
    _seal_old(row)
    return row


def list_endpoints(origin: str, window: Window) -> Page[EndpointRow]:
    """Newest first."""
    page = repository.list_endpoints(origin, window)
    for row in page.items:
        with suppress(RowChanged):  # whoever changed them has sealed them
            _seal_old(row)
    return page


def update_endpoint(origin: str, endpoint_id: str, body: "EndpointUpdate") -> EndpointRow:
    """Changes the given fields; an endpoint that is enabled again, or is given a URL, begins as healthy.

    Raises `EndpointUnknown`.
    """
    changes = body.model_dump(exclude_unset=True)
    if changes.get("enabled") or "url" in changes:
        changes["health"] = {}

    def once() -> EndpointRow:
        row = get_endpoint(origin, endpoint_id)
        if not changes:
            return row
        with audits.ENDPOINTS.change(row) as transaction:
            stored = sealed.sealed_changes(row, changes)
            if not row.own_list:
                stored["own_list"] = _takes_own_list(transaction, row)
            repository.add_endpoint_change(transaction, row, stored)
        return row

    row = until_unchanged("the endpoint", once)
    forget_endpoints(origin)
    return row


def delete_endpoint(origin: str, endpoint_id: str) -> EndpointRow:
    """Deletes the endpoint; its deliveries stay, those not delivered yet as `disabled`. Raises `EndpointUnknown`."""
    from chalicelib.webhooks.service import closures  # loads with the first deletion

    def once() -> EndpointRow:
        row = get_endpoint(origin, endpoint_id)
        with audits.ENDPOINTS.removal(row) as transaction:
            repository.remove_endpoint(transaction, row)
            closures.add_closure(transaction, origin, endpoint_id)
        return row

    row = until_unchanged("the endpoint", once)
    forget_endpoints(origin)
    closures.begin(origin, endpoint_id)
    return row


@retried("the endpoint's secrets")
def rotate_secret(origin: str, endpoint_id: str, *, keep_seconds: int) -> str:
    """A new secret; the older ones sign as well for `keep_seconds`. Raises `EndpointUnknown`."""
    secret, row = new_secret(), get_endpoint(origin, endpoint_id)
    secrets = rotated(sealed.secrets_of(row), secret, at=now(), keep_seconds=keep_seconds)
    changes = {"secrets": None, "sealed_secrets": sealed.sealed_secrets(row, secrets)}
    transaction = Transaction()
    repository.add_secrets(transaction, row, changes)
    audits.ENDPOINTS.add(transaction, row, "rotate_secret", after={"keep_seconds": keep_seconds})
    transaction.commit()
    forget_endpoints(origin)
    return secret


def _seal_old(row: EndpointRow) -> None:
    """Seals what a row of an earlier version holds in plain text. Raises `RowChanged`."""
    changes = sealed.changes_of_old(row)
    if changes:
        transaction = Transaction()
        repository.add_secrets(transaction, row, changes)
        transaction.commit()
        for name, value in changes.items():
            setattr(row, name, value)


def add_hook(transaction: Transaction, origin: str, *, url: str, event_type: str) -> tuple[EndpointRow, str]:
    """Adds a REST hook, which gets one type of event on the hourly schedule and ends with the first 410.

    It is an endpoint with an id of its own kind, so that neither list shows the other's. After the commit the caller
    calls `forget_endpoints`. The commit may raise `TooManyEndpoints`.
    """
    from chalicelib.webhooks.schemas import EndpointCreate

    body = EndpointCreate(url=url, event_types=[event_type], schedule="hourly")
    return _add_endpoint(transaction, origin, body, prefix=repository.HOOK_PREFIX)


def list_hooks(origin: str, window: Window) -> Page[EndpointRow]:
    """A partner's REST hooks, newest first."""
    return repository.list_endpoints(origin, window, prefix=repository.HOOK_PREFIX)


def end_hook(hook: EndpointRow) -> bool:
    """Ends a REST hook; its open deliveries become `disabled`. False, without an effect, for other endpoints."""
    if not hook.id.startswith(repository.HOOK_PREFIX):
        return False
    with suppress(EndpointUnknown):
        delete_endpoint(hook.origin, hook.id)
    return True


def _add_endpoint(
    transaction: Transaction, origin: str, body: "EndpointCreate", *, prefix: str
) -> tuple[EndpointRow, str]:
    fields = body.model_dump()
    secret = new_secret()
    partners = {name: fields.pop(name) for name in ("api_key_header", "headers")}
    row = repository.endpoint_row(origin, prefix=prefix, **fields)
    row.sealed_secrets = sealed.sealed_secrets(row, first_secret(secret))
    for name, value in sealed.sealed_changes(row, partners).items():
        setattr(row, name, value)
    row.own_list = _takes_own_list(transaction, row)
    repository.add_endpoint(transaction, row, at_most=MAX_ENDPOINTS, too_many=TooManyEndpoints())
    audits.ENDPOINTS.add_creation(transaction, row)
    return row, secret


def _takes_own_list(transaction: Transaction, row: EndpointRow) -> bool:
    """Gives the endpoint a list of its own; False where the partner has `MAX_OWN_LISTS` of them already.

    Calls at the same moment may give a few too many, each of which costs the partner's list a request.
    """
    if len(repository.own_lists(row.origin)) >= MAX_OWN_LISTS:
        return False
    repository.add_own_list(transaction, row.origin, row.id)
    return True


def _enabled(endpoints: tuple[EndpointRow, ...], endpoint_id: str) -> EndpointRow | None:
    return next((row for row in endpoints if row.id == endpoint_id and row.enabled), None)
