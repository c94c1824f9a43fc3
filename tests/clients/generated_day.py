"""A partner's day by the client that openapi-python-client makes; run in that client's environment."""

import importlib
import os
import pkgutil
from datetime import UTC, datetime
from typing import Any

import partner_client
from partner_client import AuthenticatedClient
from partner_client import models as of


def call(section: str, operation: str, client: Any, **given: Any) -> Any:
    """What an operation answers, as the client reads it."""
    module = importlib.import_module(f"partner_client.api.{section}.{section}_{operation}")
    answer = module.sync_detailed(client=client, **given)
    assert answer.status_code == 200, (operation, answer)
    assert answer.parsed is not None, operation
    return answer.parsed


for found in pkgutil.walk_packages(partner_client.__path__, "partner_client."):
    importlib.import_module(found.name)

base, origin = os.environ["API"], os.environ["ORIGIN"]
partner = AuthenticatedClient(base_url=base, token=os.environ["KEY"])
account = AuthenticatedClient(base_url=base, token=os.environ["TOKEN"])
dream = AuthenticatedClient(base_url=base, token=os.environ["KEY"], prefix="", auth_header_name="X-API-KEY")
collection = {"origin": origin, "contract_id": "summer_party"}

rule = of.GardenlabInteractionBody(type_="Shop", name="Purchase", action_id="generated", xp_increment=120)
saved = call(
    "gardenlab",
    "save_action_interaction",
    partner,
    body=of.GardenlabSaveActionInteraction(**collection, interaction=rule),
)
assert saved.interaction.auth_scan_count == -1
user = of.GardenlabNewUser(**collection, user_category_id="VIP", email="eve@example.com", uid="eve")
announced = call("gardenlab", "new_user_for_partner", partner, body=user)
act = of.GardenlabNewAction(**collection, action_id="generated", guest=of.GardenlabGuest(uid="eve"))
call("gardenlab", "new_action_for_user", partner, body=act)
nft = call("gardenlab", "get_nft_by_token_id", partner, contract_id="summer_party", token_id=announced.token_id)
assert nft.xp == 120

space = call("spaces", "create_space", account, body=of.SpacesSpaceCreate(url="https://shop.example"))
buyer = of.SpacesCustomerCreate(name="Eve", email="eve@example.com", space=space.n)
customer = call("spaces", "create_customer", account, body=buyer)
sale = of.SpacesInvoiceCreate(
    customer=customer.id, currency="EUR", items=[of.SpacesItemCreate(description="Ticket", unit_amount=2500)]
)
assert call("spaces", "create_invoice", account, body=sale).total == 2500
assert call("spaces", "list_customers", account, limit=10).data[0].id == customer.id

plain = of.DreamspacePlainCreate(
    user=of.DreamspaceUserCreate(twitch_id="105474572", name="eve"),
    user_name="eve",
    occurred_at=datetime.now(UTC),
    event_type="plain",
    message="Hello",
)
assert call("dreamspace", "post_events", dream, body=plain).message == "Hello"
assert call("dreamspace", "get_events", dream)[0].event_type == "plain"

stranger = AuthenticatedClient(base_url=base, token="sg_dev_nobody_x")
refused = importlib.import_module("partner_client.api.webhooks.webhooks_list_endpoints").sync_detailed(client=stranger)
assert (refused.status_code, refused.parsed.error.code) == (403, "FORBIDDEN")
print("a partner's day")
