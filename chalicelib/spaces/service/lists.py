"""The lists: parse the query parameters and read one page in one Query."""

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.core.emails import InvalidEmail, canonical_email
from chalicelib.core.errors import BadRequest
from chalicelib.core.ids import first_position
from chalicelib.core.numbers import read_whole
from chalicelib.core.pagination import Page, parse_list_limit
from chalicelib.core.windows import Window
from chalicelib.spaces.domain import (
    DELIVERY,
    EVENT,
    HOOK,
    LARGEST_SPACE,
    SUBSCRIPTION,
)
from chalicelib.spaces.models import (
    CapturedEmailRow,
    CustomerRow,
    EventRow,
    InvoiceRow,
    SpaceRow,
    SubscriptionRow,
)
from chalicelib.spaces.repository import spaces as spaces_repository
from chalicelib.spaces.repository.records import Filters, list_records
from chalicelib.spaces.schemas import LAST_SECOND, DeliveryRead, HookRead
from chalicelib.spaces.service import identifiers, objects
from chalicelib.spaces.service.objects import Object, RowOfSpace
from chalicelib.spaces.webhook_events import OWNER
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.service import endpoints
from chalicelib.webhooks.service.deliveries import list_owned_deliveries

_CREATED = ("created[gte]", "created[lt]")
_CURSORS = ("starting_after", "starting_before", "ending_before")

Query = Mapping[str, str]


class _Cursor(NamedTuple):
    """The id that a page starts at, and its query parameter."""

    param: str
    id: str

    @property
    def side(self) -> str:
        """`after` if the page goes to older items, else `before`."""
        return "after" if self.param == "starting_after" else "before"


def list_customers(account: str, query: Query) -> Page[Object]:
    """Lists customers, newest first."""
    return _filtered(CustomerRow, account, query)


def list_invoices(account: str, query: Query) -> Page[Object]:
    """Lists invoices, newest first."""
    return _filtered(InvoiceRow, account, query)


def list_subscriptions(account: str, query: Query) -> Page[Object]:
    """Lists subscriptions, newest first."""
    return _filtered(SubscriptionRow, account, query)


def list_customer_subscriptions(account: str, id: str, query: Query) -> Page[Object]:
    """Lists a customer's subscriptions, newest first.

    Raises `NotFound`.
    """
    window = _window(SUBSCRIPTION, account, query)
    identifiers.require_record(CustomerRow, account, id)
    return _with_spaces(account, list_records(SubscriptionRow, account, window, Filters(customer_id=id)))


def list_captured_emails(account: str, query: Query) -> Page[Object]:
    """Lists captured e-mail addresses, newest first."""
    return _filtered(CapturedEmailRow, account, query)


def list_events(account: str, query: Query) -> Page[Object]:
    """Lists events, newest first."""
    page = list_records(EventRow, account, _window(EVENT, account, query), Filters())
    return Page([dict(row.content) for row in page.items], page.has_more)


def list_webhooks(account: str, query: Query) -> Page[Object]:
    """Lists webhooks that were sent or are to be sent, newest first."""
    page = list_owned_deliveries(account, OWNER, _window(DELIVERY, account, query, within=DELIVERY))
    return Page([_delivery_object(account, row) for row in page.items], page.has_more)


def list_hooks(account: str, query: Query) -> Page[Object]:
    """Lists subscriptions to events, newest first."""
    page = endpoints.list_hooks(account, _window(HOOK, account, query, within=HOOK))
    return Page([hook_object(account, row) for row in page.items], page.has_more)


def list_spaces(account: str, query: Query) -> Page[Object]:
    """Lists spaces, newest first.

    They are read by number, which is their id; by creation if `created` is given.
    """
    _require_known_filters(query, ())
    limit, cursor = parse_list_limit(query.get("limit")), _cursor(query)
    number = None if cursor is None else _space_number(cursor.id)
    if cursor is not None and number is None:
        raise _unknown_cursor(cursor)
    since, until = _created(query)
    if since is not None or until is not None:
        start = {} if cursor is None or number is None else {cursor.side: _space_position(account, cursor, number)}
        page = spaces_repository.list_by_creation(account, Window(limit, since=since, until=until, **start))
        return Page([objects.space_object(row) for row in page.items], page.has_more)
    first = {} if cursor is None else {cursor.side: number}
    rows, has_more = spaces_repository.list_by_number(account, limit=limit, **first)
    if cursor is not None:
        if not rows or rows[0].number != number:
            raise _unknown_cursor(cursor)
        rows = rows[1:]
    return Page([objects.space_object(row) for row in (rows[::-1] if "before" in first else rows)], has_more)


def hook_object(account: str, row: EndpointRow) -> Object:
    """A REST hook."""
    return HookRead(
        id=identifiers.id_at(account, HOOK, row.id.removeprefix(HOOK)),
        event=row.event_types[0],
        target_url=row.url,
        enabled=row.enabled,
        created=row.created,
    ).model_dump()


def _delivery_object(account: str, row: DeliveryRow) -> Object:
    return DeliveryRead(
        id=identifiers.id_at(account, DELIVERY, row.id.removeprefix(DELIVERY)),
        url=row.url or "",
        event=row.event_type,
        event_id=row.event_id,
        pending=row.status == "scheduled",
        status=row.status,
        created=int(row.created_at.timestamp()),
    ).model_dump()


def _filtered(model: type[RowOfSpace], account: str, query: Query) -> Page[Object]:
    """A page of rows of a kind, optionally of one space, of one address, or of both."""
    filters = _filters(query)
    window = _window(model.prefix, account, query, allowed=("space", "email"))
    return _with_spaces(account, list_records(model, account, window, filters))


def _with_spaces(account: str, page: Page[RowOfSpace]) -> Page[Object]:
    spaces = objects.find_spaces(account, {int(row.space) for row in page.items})
    return Page([objects.object_of(row, spaces) for row in page.items], page.has_more)


def _window(prefix: str, account: str, query: Query, *, allowed: tuple[str, ...] = (), within: str = "") -> Window:
    """The requested window of a list; the positions of its rows begin with `within`. Raises `BadRequest`."""
    _require_known_filters(query, allowed)
    limit, cursor = parse_list_limit(query.get("limit")), _cursor(query)
    position = None if cursor is None else identifiers.position_of(account, prefix, cursor.id)
    if cursor is not None and position is None:
        raise _unknown_cursor(cursor)
    since, until = _created(query, within=within)
    start = {} if cursor is None or position is None else {cursor.side: within + position}
    return Window(limit, since=since, until=until, **start)


def _require_known_filters(query: Query, allowed: tuple[str, ...]) -> None:
    known = {"limit", *_CURSORS, *_CREATED, *allowed}
    for name in query:
        if name not in known:
            raise BadRequest(f"The query parameter {name[:64]!r} is not known here.", param=name[:64])


def _cursor(query: Query) -> _Cursor | None:
    given = [name for name in _CURSORS if name in query]
    if len(given) > 1:
        raise BadRequest("starting_after and starting_before exclude each other", param=given[0])
    return _Cursor(given[0], query[given[0]]) if given else None


def _created(query: Query, *, within: str = "") -> tuple[str | None, str | None]:
    """The positions of the filter's start and end times, which begin with `within`."""
    bounds: list[str | None] = []
    for name in _CREATED:
        text = query.get(name)
        second = None if text is None else read_whole(text, least=0, most=LAST_SECOND)
        if text is not None and second is None:
            raise BadRequest(f"{name}: must be unix seconds", param=name)
        bounds.append(None if second is None else within + first_position(second * 1000))
    return bounds[0], bounds[1]


def _filters(query: Query) -> Filters:
    space, email = None, None
    if "space" in query:
        space = _space_number(query["space"])
        if space is None:
            raise BadRequest("space: must be the number of a space", param="space")
    if "email" in query:
        try:
            email = canonical_email(query["email"])
        except InvalidEmail as error:
            raise BadRequest(f"email: {error}", param="email") from error
    return Filters(space, email)


def _space_number(text: str) -> int | None:
    return read_whole(text, least=1, most=LARGEST_SPACE)


def _space_position(account: str, cursor: _Cursor, number: int) -> str:
    row: SpaceRow | None = spaces_repository.find_space(account, number)
    if row is None:
        raise _unknown_cursor(cursor)
    return str(row.position)


def _unknown_cursor(cursor: _Cursor) -> BadRequest:
    return BadRequest(f"{cursor.param}: is not an id of this list", param=cursor.param)
