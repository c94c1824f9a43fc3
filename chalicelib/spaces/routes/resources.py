"""`/api/v1`: the account, spaces, customers, invoices, subscriptions, captured e-mails, events and webhooks."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.core.http.respond import answer
from chalicelib.core.pagination import Page
from chalicelib.spaces.routes.access import (
    BASE,
    answer_list,
    authenticate_reader,
    authenticate_writer,
    path_id,
    path_number,
    read_body,
    run_once_per_key,
)
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

SPACES = f"{BASE}/spaces"
CUSTOMERS = f"{BASE}/customers"
INVOICES = f"{BASE}/invoices"
SUBSCRIPTIONS = f"{BASE}/subscriptions"
CAPTURED_EMAILS = f"{BASE}/captured_emails"
EVENTS = f"{BASE}/events"
HOOKS = f"{BASE}/resource_subscriptions"

routes = Blueprint(__name__)


@routes.route(f"{BASE}/account", methods=["GET"])
def get_account() -> Response:
    """Shows the account of the token."""
    return answer(read_account(authenticate_reader(routes.current_request)))


@routes.route(SPACES, methods=["POST"])
def create_space() -> Response:
    """Creates a space."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, SpaceCreate)
    return run_once_per_key(routes.current_request, account, lambda guard: spaces.create_space(account, body, guard))


@routes.route(SPACES, methods=["GET"])
def list_spaces() -> Response:
    """Lists spaces, newest first."""
    return _listed("/spaces", lists.list_spaces)


@routes.route(SPACES + "/{id}", methods=["GET"])
def get_space(id: str) -> Response:
    """Shows a space."""
    account = authenticate_reader(routes.current_request)
    return answer(spaces.get_space(account, path_number(id)))


@routes.route(SPACES + "/{id}", methods=["PATCH"])
def update_space(id: str) -> Response:
    """Changes a space's address."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, SpaceUpdate)
    return answer(spaces.update_space(account, path_number(id), body))


@routes.route(CUSTOMERS, methods=["POST"])
def create_customer() -> Response:
    """Creates a customer of a space."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, CustomerCreate)
    return run_once_per_key(
        routes.current_request, account, lambda guard: customers.create_customer(account, body, guard)
    )


@routes.route(CUSTOMERS, methods=["GET"])
def list_customers() -> Response:
    """Lists customers, newest first."""
    return _listed("/customers", lists.list_customers)


@routes.route(CUSTOMERS + "/{id}", methods=["GET"])
def get_customer(id: str) -> Response:
    """Shows a customer."""
    account = authenticate_reader(routes.current_request)
    return answer(customers.get_customer(account, path_id(id)))


@routes.route(CUSTOMERS + "/{id}", methods=["PATCH"])
def update_customer(id: str) -> Response:
    """Changes a customer's name or address."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, CustomerUpdate)
    return answer(customers.update_customer(account, path_id(id), body))


@routes.route(CUSTOMERS + "/{id}", methods=["DELETE"])
def delete_customer(id: str) -> Response:
    """Deletes a customer and cancels its subscriptions; its invoices stay."""
    account = authenticate_writer(routes.current_request)
    return answer(customers.delete_customer(account, path_id(id)))


@routes.route(CUSTOMERS + "/{id}/subscriptions", methods=["GET"])
def list_customer_subscriptions(id: str) -> Response:
    """Lists a customer's subscriptions, newest first."""
    account = authenticate_reader(routes.current_request)
    customer_id = path_id(id)
    return answer_list(
        routes.current_request,
        f"/customers/{quote(customer_id, safe='')}/subscriptions",
        lambda query: lists.list_customer_subscriptions(account, customer_id, query),
    )


@routes.route(CUSTOMERS + "/{id}/subscriptions/{token}", methods=["GET"])
def get_subscription(id: str, token: str) -> Response:
    """Shows a customer's subscription."""
    account = authenticate_reader(routes.current_request)
    return answer(orders.get_subscription(account, path_id(id), path_id(token)))


@routes.route(INVOICES, methods=["POST"])
def create_invoice() -> Response:
    """Creates an invoice of a customer."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, InvoiceCreate)
    return run_once_per_key(routes.current_request, account, lambda guard: orders.create_invoice(account, body, guard))


@routes.route(INVOICES, methods=["GET"])
def list_invoices() -> Response:
    """Lists invoices, newest first."""
    return _listed("/invoices", lists.list_invoices)


@routes.route(INVOICES + "/{id}", methods=["GET"])
def get_invoice(id: str) -> Response:
    """Shows an invoice."""
    account = authenticate_reader(routes.current_request)
    return answer(orders.get_invoice(account, path_id(id)))


@routes.route(INVOICES + "/{id}/pay", methods=["POST"])
def pay_invoice(id: str) -> Response:
    """Marks an invoice as paid."""
    account = authenticate_writer(routes.current_request)
    read_body(routes.current_request, Nothing)
    return run_once_per_key(
        routes.current_request, account, lambda guard: orders.pay_invoice(account, path_id(id), guard)
    )


@routes.route(INVOICES + "/{id}/ship", methods=["POST"])
def ship_invoice(id: str) -> Response:
    """Marks an invoice as shipped."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, ShipmentCreate)
    return run_once_per_key(
        routes.current_request, account, lambda guard: orders.ship_invoice(account, path_id(id), body, guard)
    )


@routes.route(SUBSCRIPTIONS, methods=["POST"])
def create_subscription() -> Response:
    """Creates a subscription of a customer."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, SubscriptionCreate)
    return run_once_per_key(
        routes.current_request, account, lambda guard: orders.create_subscription(account, body, guard)
    )


@routes.route(SUBSCRIPTIONS, methods=["GET"])
def list_subscriptions() -> Response:
    """Lists subscriptions, newest first."""
    return _listed("/subscriptions", lists.list_subscriptions)


@routes.route(SUBSCRIPTIONS + "/{token}/cancel", methods=["POST"])
def cancel_subscription(token: str) -> Response:
    """Cancels a subscription."""
    account = authenticate_writer(routes.current_request)
    read_body(routes.current_request, Nothing)
    return run_once_per_key(
        routes.current_request,
        account,
        lambda guard: cancellations.cancel_subscription(account, path_id(token), guard),
    )


@routes.route(CAPTURED_EMAILS, methods=["POST"])
def create_captured_email() -> Response:
    """Captures an e-mail address in a space."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, CapturedEmailCreate)
    return run_once_per_key(
        routes.current_request, account, lambda guard: customers.create_captured_email(account, body, guard)
    )


@routes.route(CAPTURED_EMAILS, methods=["GET"])
def list_captured_emails() -> Response:
    """Lists captured e-mail addresses, newest first."""
    return _listed("/captured_emails", lists.list_captured_emails)


@routes.route(EVENTS, methods=["GET"])
def list_events() -> Response:
    """Lists events, newest first."""
    return _listed("/events", lists.list_events)


@routes.route(EVENTS + "/{id}", methods=["GET"])
def get_event(id: str) -> Response:
    """Shows an event."""
    account = authenticate_reader(routes.current_request)
    return answer(events.get_event(account, path_id(id)))


@routes.route(f"{BASE}/webhooks", methods=["GET"])
def list_webhooks() -> Response:
    """Lists webhooks that were sent or are to be sent, newest first."""
    return _listed("/webhooks", lists.list_webhooks)


@routes.route(HOOKS, methods=["POST"])
def create_hook() -> Response:
    """Subscribes an address to an event; this answer alone shows the secret."""
    account = authenticate_writer(routes.current_request)
    body = read_body(routes.current_request, HookCreate)
    return run_once_per_key(routes.current_request, account, lambda guard: hooks.create_hook(account, body, guard))


@routes.route(HOOKS, methods=["GET"])
def list_hooks() -> Response:
    """Lists subscriptions to events, newest first."""
    account = authenticate_writer(routes.current_request)
    return answer_list(
        routes.current_request,
        "/resource_subscriptions",
        lambda query: lists.list_resource_subscriptions(account, query),
    )


@routes.route(HOOKS + "/{id}", methods=["GET"])
def get_hook(id: str) -> Response:
    """Shows a subscription to an event."""
    account = authenticate_writer(routes.current_request)
    return answer(hooks.get_hook(account, path_id(id)))


@routes.route(HOOKS + "/{id}", methods=["DELETE"])
def delete_hook(id: str) -> Response:
    """Ends a subscription to an event."""
    account = authenticate_writer(routes.current_request)
    return answer(hooks.delete_hook(account, path_id(id)))


def _listed(path: str, page: Callable[[str, Mapping[str, str]], Page[Any]]) -> Response:
    account = authenticate_reader(routes.current_request)
    return answer_list(routes.current_request, path, lambda query: page(account, query))
