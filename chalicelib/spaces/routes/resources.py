"""`/api/v1`: the account, spaces, customers, invoices, subscriptions, captured e-mails, events and webhooks.

A use case is the view of its route: its parameters are the variables of the path, and the first line of its docstring
is the route's summary in the API reference.
"""

from chalice.app import Request

from chalicelib.oauth.domain import READ_WRITE
from chalicelib.spaces.routes.access import BASE, SpaceNumber, SpacesViews, account_of
from chalicelib.spaces.schemas import Nothing, SpaceUpdate
from chalicelib.spaces.service import cancellations, customers, events, hooks, lists, orders, spaces
from chalicelib.spaces.service.objects import Object

SPACES = f"{BASE}/spaces"
CUSTOMERS = f"{BASE}/customers"
INVOICES = f"{BASE}/invoices"
SUBSCRIPTIONS = f"{BASE}/subscriptions"
CAPTURED_EMAILS = f"{BASE}/captured_emails"
EVENTS = f"{BASE}/events"
HOOKS = f"{BASE}/resource_subscriptions"


class HookViews(SpacesViews):
    """Routes of an account's subscriptions to events, which need write access even to be read."""

    def authenticate(self, request: Request) -> tuple[str]:
        """The account. Raises as for other routes."""
        return (account_of(request, READ_WRITE),)


routes = SpacesViews(__name__)
hook_routes = HookViews(__name__)

get_account = routes.get(f"{BASE}/account")(spaces.get_account)

create_space = routes.post(SPACES)(spaces.create_space)
list_spaces = routes.get(SPACES)(lists.list_spaces)


@routes.get(SPACES + "/{id}")
def get_space(account: str, id: SpaceNumber) -> Object:
    """Shows a space."""
    return spaces.get_space(account, id)


@routes.patch(SPACES + "/{id}")
def update_space(account: str, id: SpaceNumber, body: SpaceUpdate) -> Object:
    """Changes a space's address."""
    return spaces.update_space(account, id, body)


create_customer = routes.post(CUSTOMERS)(customers.create_customer)
list_customers = routes.get(CUSTOMERS)(lists.list_customers)
get_customer = routes.get(CUSTOMERS + "/{id}")(customers.get_customer)
update_customer = routes.patch(CUSTOMERS + "/{id}")(customers.update_customer)
delete_customer = routes.delete(CUSTOMERS + "/{id}")(customers.delete_customer)
list_customer_subscriptions = routes.get(CUSTOMERS + "/{id}/subscriptions")(lists.list_customer_subscriptions)
get_subscription = routes.get(CUSTOMERS + "/{id}/subscriptions/{token}")(orders.get_subscription)

create_invoice = routes.post(INVOICES)(orders.create_invoice)
list_invoices = routes.get(INVOICES)(lists.list_invoices)
get_invoice = routes.get(INVOICES + "/{id}")(orders.get_invoice)
pay_invoice = routes.post(INVOICES + "/{id}/pay", checked_body=Nothing)(orders.pay_invoice)
ship_invoice = routes.post(INVOICES + "/{id}/ship")(orders.ship_invoice)

create_subscription = routes.post(SUBSCRIPTIONS)(orders.create_subscription)
list_subscriptions = routes.get(SUBSCRIPTIONS)(lists.list_subscriptions)
cancel_subscription = routes.post(SUBSCRIPTIONS + "/{token}/cancel", checked_body=Nothing)(
    cancellations.cancel_subscription
)

create_captured_email = routes.post(CAPTURED_EMAILS)(customers.create_captured_email)
list_captured_emails = routes.get(CAPTURED_EMAILS)(lists.list_captured_emails)

list_events = routes.get(EVENTS)(lists.list_events)
get_event = routes.get(EVENTS + "/{id}")(events.get_event)

list_webhooks = routes.get(f"{BASE}/webhooks")(lists.list_webhooks)
create_hook = hook_routes.post(HOOKS)(hooks.create_hook)
list_hooks = hook_routes.get(HOOKS)(lists.list_hooks)
get_hook = hook_routes.get(HOOKS + "/{id}")(hooks.get_hook)
delete_hook = hook_routes.delete(HOOKS + "/{id}")(hooks.delete_hook)
