"""`/api/v1`: the account, spaces, customers, invoices, subscriptions, captured e-mails, events and webhooks."""

from collections.abc import Mapping

from chalice.app import Request

from chalicelib.core.pagination import Page
from chalicelib.idempotency.service import Guard
from chalicelib.oauth.domain import READ_WRITE
from chalicelib.spaces.routes.access import BASE, SpaceNumber, SpacesViews, account_of
from chalicelib.spaces.schemas import (
    CapturedEmailCreate,
    CustomerCreate,
    CustomerUpdate,
    HookCreate,
    InvoiceCreate,
    Nothing,
    ShipmentCreate,
    SpaceCreate,
    SpaceUpdate,
    SubscriptionCreate,
)
from chalicelib.spaces.service import cancellations, customers, events, hooks, lists, orders, spaces
from chalicelib.spaces.service.account import get_account as read_account
from chalicelib.spaces.service.objects import Object

SPACES = f"{BASE}/spaces"
CUSTOMERS = f"{BASE}/customers"
INVOICES = f"{BASE}/invoices"
SUBSCRIPTIONS = f"{BASE}/subscriptions"
CAPTURED_EMAILS = f"{BASE}/captured_emails"
EVENTS = f"{BASE}/events"
HOOKS = f"{BASE}/resource_subscriptions"

Query = Mapping[str, str]


class HookViews(SpacesViews):
    """Routes of an account's subscriptions to events, which need write access even to be read."""

    def authenticate(self, request: Request) -> tuple[str]:
        """The account. Raises as for other routes."""
        return (account_of(request, READ_WRITE),)


routes = SpacesViews(__name__)
hook_routes = HookViews(__name__)


@routes.get(f"{BASE}/account")
def get_account(account: str) -> Object:
    """Shows the account of the token."""
    return read_account(account)


@routes.post(SPACES)
def create_space(account: str, body: SpaceCreate, guard: Guard) -> Object:
    """Creates a space."""
    return spaces.create_space(account, body, guard)


@routes.get(SPACES)
def list_spaces(account: str, query: Query) -> Page[Object]:
    """Lists spaces, newest first."""
    return lists.list_spaces(account, query)


@routes.get(SPACES + "/{id}")
def get_space(account: str, id: SpaceNumber) -> Object:
    """Shows a space."""
    return spaces.get_space(account, id)


@routes.patch(SPACES + "/{id}")
def update_space(account: str, id: SpaceNumber, body: SpaceUpdate) -> Object:
    """Changes a space's address."""
    return spaces.update_space(account, id, body)


@routes.post(CUSTOMERS)
def create_customer(account: str, body: CustomerCreate, guard: Guard) -> Object:
    """Creates a customer of a space."""
    return customers.create_customer(account, body, guard)


@routes.get(CUSTOMERS)
def list_customers(account: str, query: Query) -> Page[Object]:
    """Lists customers, newest first."""
    return lists.list_customers(account, query)


@routes.get(CUSTOMERS + "/{id}")
def get_customer(account: str, id: str) -> Object:
    """Shows a customer."""
    return customers.get_customer(account, id)


@routes.patch(CUSTOMERS + "/{id}")
def update_customer(account: str, id: str, body: CustomerUpdate) -> Object:
    """Changes a customer's name or address."""
    return customers.update_customer(account, id, body)


@routes.delete(CUSTOMERS + "/{id}")
def delete_customer(account: str, id: str) -> Object:
    """Deletes a customer and cancels its subscriptions; its invoices stay."""
    return customers.delete_customer(account, id)


@routes.get(CUSTOMERS + "/{id}/subscriptions")
def list_customer_subscriptions(account: str, id: str, query: Query) -> Page[Object]:
    """Lists a customer's subscriptions, newest first."""
    return lists.list_customer_subscriptions(account, id, query)


@routes.get(CUSTOMERS + "/{id}/subscriptions/{token}")
def get_subscription(account: str, id: str, token: str) -> Object:
    """Shows a customer's subscription."""
    return orders.get_subscription(account, id, token)


@routes.post(INVOICES)
def create_invoice(account: str, body: InvoiceCreate, guard: Guard) -> Object:
    """Creates an invoice of a customer."""
    return orders.create_invoice(account, body, guard)


@routes.get(INVOICES)
def list_invoices(account: str, query: Query) -> Page[Object]:
    """Lists invoices, newest first."""
    return lists.list_invoices(account, query)


@routes.get(INVOICES + "/{id}")
def get_invoice(account: str, id: str) -> Object:
    """Shows an invoice."""
    return orders.get_invoice(account, id)


@routes.post(INVOICES + "/{id}/pay", checked_body=Nothing)
def pay_invoice(account: str, id: str, guard: Guard) -> Object:
    """Marks an invoice as paid."""
    return orders.pay_invoice(account, id, guard)


@routes.post(INVOICES + "/{id}/ship")
def ship_invoice(account: str, id: str, body: ShipmentCreate, guard: Guard) -> Object:
    """Marks an invoice as shipped."""
    return orders.ship_invoice(account, id, body, guard)


@routes.post(SUBSCRIPTIONS)
def create_subscription(account: str, body: SubscriptionCreate, guard: Guard) -> Object:
    """Creates a subscription of a customer."""
    return orders.create_subscription(account, body, guard)


@routes.get(SUBSCRIPTIONS)
def list_subscriptions(account: str, query: Query) -> Page[Object]:
    """Lists subscriptions, newest first."""
    return lists.list_subscriptions(account, query)


@routes.post(SUBSCRIPTIONS + "/{token}/cancel", checked_body=Nothing)
def cancel_subscription(account: str, token: str, guard: Guard) -> Object:
    """Cancels a subscription."""
    return cancellations.cancel_subscription(account, token, guard)


@routes.post(CAPTURED_EMAILS)
def create_captured_email(account: str, body: CapturedEmailCreate, guard: Guard) -> Object:
    """Captures an e-mail address in a space."""
    return customers.create_captured_email(account, body, guard)


@routes.get(CAPTURED_EMAILS)
def list_captured_emails(account: str, query: Query) -> Page[Object]:
    """Lists captured e-mail addresses, newest first."""
    return lists.list_captured_emails(account, query)


@routes.get(EVENTS)
def list_events(account: str, query: Query) -> Page[Object]:
    """Lists events, newest first."""
    return lists.list_events(account, query)


@routes.get(EVENTS + "/{id}")
def get_event(account: str, id: str) -> Object:
    """Shows an event."""
    return events.get_event(account, id)


@routes.get(f"{BASE}/webhooks")
def list_webhooks(account: str, query: Query) -> Page[Object]:
    """Lists webhooks that were sent or are to be sent, newest first."""
    return lists.list_webhooks(account, query)


@hook_routes.post(HOOKS)
def create_hook(account: str, body: HookCreate, guard: Guard) -> Object:
    """Subscribes an address to an event; this answer alone shows the secret."""
    return hooks.create_hook(account, body, guard)


@hook_routes.get(HOOKS)
def list_hooks(account: str, query: Query) -> Page[Object]:
    """Lists subscriptions to events, newest first."""
    return lists.list_resource_subscriptions(account, query)


@hook_routes.get(HOOKS + "/{id}")
def get_hook(account: str, id: str) -> Object:
    """Shows a subscription to an event."""
    return hooks.get_hook(account, id)


@hook_routes.delete(HOOKS + "/{id}")
def delete_hook(account: str, id: str) -> Object:
    """Ends a subscription to an event."""
    return hooks.delete_hook(account, id)
