"""The routes of the Spaces API."""

from typing import Annotated, Any

from pydantic import Field

from chalicelib.core.errors import ApiError, BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from chalicelib.core.reference import BOTH_WAYS, FORM, JSON, Listed, Operation, Parameter, Section, variable
from chalicelib.idempotency.reference import IDEMPOTENCY_KEY
from chalicelib.spaces.examples import (
    ACCOUNT,
    CAPTURED_EMAIL,
    CREATED,
    CUSTOMER,
    CUSTOMER_ID,
    EVENT_ID,
    HOOK,
    HOOK_ID,
    INVOICE,
    INVOICE_ID,
    SPACE,
    SUBSCRIPTION,
    SUBSCRIPTION_ID,
    WEBHOOK,
)
from chalicelib.spaces.reference.shown import (
    AccountShown,
    CapturedEmailShown,
    CustomerDeleted,
    CustomerShown,
    EventShown,
    HookDeleted,
    InvoiceShown,
    SpacesError,
    SpaceShown,
    SubscriptionShown,
    WebhookShown,
)
from chalicelib.spaces.routes import resources as routes
from chalicelib.spaces.routes.access import key_reused, request_in_flight, surface
from chalicelib.spaces.schemas import LAST_SECOND, HookCreated, HookRead
from chalicelib.spaces.webhook_events import example_of

_EVENT = example_of("invoice.paid", event_id=EVENT_ID, created=CREATED)
_READ = ({"accessTokenBasic": ()}, {"accessToken": ("read_only",)})
_WRITE = ({"accessTokenBasic": ()}, {"accessToken": ("read_write",)})
_SECOND = Annotated[int, Field(ge=0, le=LAST_SECOND)]
_PAGE = (
    *BOTH_WAYS,
    Parameter("created[gte]", "Only what was made at this time or later, in unix seconds.", _SECOND),
    Parameter("created[lt]", "Only what was made before this time, in unix seconds.", _SECOND),
)
_FILTERED = (
    *_PAGE,
    Parameter("space", "Only of the space of this number.", Annotated[int, Field(ge=1)]),
    Parameter("email", "Only of this e-mail address."),
)
_SALE = {
    "customer": CUSTOMER_ID,
    "currency": "EUR",
    "items": [{"item_id": "ticket", "description": "Ticket", "quantity": 2, "discount": 500, "unit_amount": 2500}],
}
_UNKNOWN_SPACE = BadRequest("space: You have no such space.", param="space")
_UNKNOWN_CUSTOMER = BadRequest("customer: You have no such customer.", param="customer")


def _guarded(*variables: Parameter, refusals: tuple[ApiError, ...] = (), **said: Any) -> Operation:
    """An operation that runs once for each `Idempotency-Key`."""
    every = (*refusals, key_reused(), request_in_flight())
    return Operation(parameters=(*variables, IDEMPOTENCY_KEY), refusals=every, **said)


def _list(item: Any, path: str, example: Any, parameters: tuple[Parameter, ...] = _FILTERED) -> Operation:
    """A list at a path below the API's base."""
    return Operation(answer=Listed(item, f"/v1/{path}"), example=example, parameters=parameters)


def _id(what: str, example: str) -> Parameter:
    return variable("id", f"The {what}'s id.", example)


_OF_CUSTOMER = _id("customer", CUSTOMER_ID)
_OF_INVOICE = _id("invoice", INVOICE_ID)
_OF_HOOK = _id("subscription", HOOK_ID)
_OF_SPACE = variable("id", "The space's number.", 1, int)
_URL = {"url": "https://spacex.example"}
_TRACKED = {"shipping_details": {"carrier": "DHL", "tracking_number": "00340434161094042557"}}

SPACES = Section(
    name="Spaces",
    slug="spaces",
    description=(
        "An account's spaces, customers, invoices, subscriptions and captured e-mails, and the events that tell of "
        "them. Amounts are in minor units. HTTPS only. An access token goes into HTTP Basic as the user name, or "
        "behind `Authorization: Bearer`. Bodies are JSON or forms (`items[0][quantity]=2`)."
    ),
    surface=surface,
    error=SpacesError,
    security=_READ,
    security_of_writes=_WRITE,
    sent_as=(JSON, FORM),
    refusals=(
        BadRequest("Requests must be made over HTTPS.", code="https_required"),
        Unauthorized("The access token has expired."),
        Forbidden("The access token lacks the scope read_write."),
    ),
    refusals_of_addresses=(NotFound("You have no such customer."),),
    refusals_of_input=(BadRequest("email: is required", param="email"),),
    variables=(
        variable("token", "The subscription's token, which is its id.", SUBSCRIPTION_ID),
        _OF_CUSTOMER,
    ),
    operations={
        routes.get_account: Operation(answer=AccountShown, example=ACCOUNT),
        routes.create_space: _guarded(
            sends=_URL,
            body_is_optional=True,
            answer=SpaceShown,
            example=SPACE,
        ),
        routes.list_spaces: _list(SpaceShown, "spaces", SPACE, _PAGE),
        routes.get_space: Operation(parameters=(_OF_SPACE,), answer=SpaceShown, example=SPACE),
        routes.update_space: Operation(
            parameters=(_OF_SPACE,),
            sends=_URL,
            body_is_optional=True,
            answer=SpaceShown,
            example=SPACE,
        ),
        routes.create_customer: _guarded(
            sends={"name": "Ada", "email": "ada@example.com", "space": 1},
            answer=CustomerShown,
            example=CUSTOMER,
            refusals=(_UNKNOWN_SPACE,),
        ),
        routes.list_customers: _list(CustomerShown, "customers", CUSTOMER),
        routes.get_customer: Operation(answer=CustomerShown, example=CUSTOMER),
        routes.update_customer: Operation(
            sends={"name": "Ada L."},
            body_is_optional=True,
            answer=CustomerShown,
            example={**CUSTOMER, "name": "Ada L."},
        ),
        routes.delete_customer: Operation(
            answer=CustomerDeleted,
            example={"id": CUSTOMER_ID, "object": "customer", "deleted": True},
        ),
        routes.list_customer_subscriptions: _list(
            SubscriptionShown, f"customers/{CUSTOMER_ID}/subscriptions", SUBSCRIPTION, _PAGE
        ),
        routes.get_subscription: Operation(answer=SubscriptionShown, example=SUBSCRIPTION),
        routes.create_invoice: _guarded(
            sends=_SALE,
            answer=InvoiceShown,
            example=INVOICE,
            refusals=(_UNKNOWN_CUSTOMER,),
        ),
        routes.list_invoices: _list(InvoiceShown, "invoices", INVOICE),
        routes.get_invoice: Operation(parameters=(_OF_INVOICE,), answer=InvoiceShown, example=INVOICE),
        routes.pay_invoice: _guarded(
            _OF_INVOICE,
            description="An invoice that is paid already is answered as it is, without another event.",
            sends={},
            body_is_optional=True,
            answer=InvoiceShown,
            example={**INVOICE, "paid": True},
        ),
        routes.ship_invoice: _guarded(
            _OF_INVOICE,
            description="Again with the same details: the same answer, without another event.",
            sends=_TRACKED,
            body_is_optional=True,
            answer=InvoiceShown,
            example={**INVOICE, "shipped": True, **_TRACKED},
            refusals=(Conflict("The invoice was shipped already, with other details."),),
        ),
        routes.create_subscription: _guarded(
            sends=_SALE,
            answer=SubscriptionShown,
            example=SUBSCRIPTION,
            refusals=(_UNKNOWN_CUSTOMER,),
        ),
        routes.list_subscriptions: _list(SubscriptionShown, "subscriptions", SUBSCRIPTION),
        routes.cancel_subscription: _guarded(
            sends={},
            body_is_optional=True,
            answer=SubscriptionShown,
            example={**SUBSCRIPTION, "status": "canceled"},
        ),
        routes.create_captured_email: _guarded(
            sends={"email": "ada@example.com", "space": 1},
            answer=CapturedEmailShown,
            example=CAPTURED_EMAIL,
            refusals=(_UNKNOWN_SPACE,),
        ),
        routes.list_captured_emails: _list(CapturedEmailShown, "captured_emails", CAPTURED_EMAIL),
        routes.list_events: _list(EventShown, "events", _EVENT, _PAGE),
        routes.get_event: Operation(parameters=(_id("event", EVENT_ID),), answer=EventShown, example=_EVENT),
        routes.list_webhooks: _list(WebhookShown, "webhooks", WEBHOOK, _PAGE),
        routes.create_hook: _guarded(
            sends={"event": "invoice.paid", "target_url": "https://hooks.spacex.example/orders"},
            answer=HookCreated,
            example={**HOOK, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw1p4nE6d0mQ8="},
        ),
        routes.list_hooks: Operation(
            security=_WRITE,
            answer=Listed(HookRead, "/v1/resource_subscriptions"),
            example=HOOK,
            parameters=_PAGE,
        ),
        routes.get_hook: Operation(security=_WRITE, parameters=(_OF_HOOK,), answer=HookRead, example=HOOK),
        routes.delete_hook: Operation(
            parameters=(_OF_HOOK,),
            answer=HookDeleted,
            example={"id": HOOK_ID, "object": "resource_subscription", "deleted": True},
        ),
    },
)
