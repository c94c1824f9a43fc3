"""A partner's day by the client that openapi-generator makes; run in that client's environment."""

import importlib
import os
import pkgutil

import partner_sdk as sdk

ORIGIN = os.environ["ORIGIN"]


def client(**credentials: object) -> sdk.ApiClient:
    """A client of the run with a credential."""
    return sdk.ApiClient(sdk.Configuration(host=os.environ["API"], **credentials))


for found in pkgutil.walk_packages(sdk.__path__, "partner_sdk."):
    importlib.import_module(found.name)

partner, account = client(access_token=os.environ["KEY"]), client(access_token=os.environ["TOKEN"])
gardenlab, spaces = sdk.GardenlabApi(partner), sdk.SpacesApi(account)
dreamspace = sdk.DreamspaceApi(client(api_key={"apiKeyHeader": os.environ["KEY"]}))
collection = {"origin": ORIGIN, "contract_id": "summer_party"}

rule = sdk.GardenlabInteractionBody(type="Shop", name="Purchase", action_id="from_a_jar", xpIncrement=120)
body = sdk.GardenlabSaveActionInteraction(**collection, interaction=rule)
assert gardenlab.gardenlab_save_action_interaction(body).interaction.auth_scan_count == -1
user = sdk.GardenlabNewUser(**collection, user_category_id="VIP", email="bob@example.com", uid="bob")
announced = gardenlab.gardenlab_new_user_for_partner(sdk.GardenlabNewUserForPartnerRequest(user)).actual_instance
act = sdk.GardenlabNewAction(**collection, action_id="from_a_jar", guest=sdk.GardenlabGuest(uid="bob"))
gardenlab.gardenlab_new_action_for_user(act)
nft = gardenlab.gardenlab_get_nft_by_token_id(contract_id="summer_party", token_id=announced.token_id)
assert (nft.xp, nft.status) == (120, "reserved")

space = spaces.spaces_create_space(spaces_space_create=sdk.SpacesSpaceCreate(url="https://shop.example"))
customer = spaces.spaces_create_customer(sdk.SpacesCustomerCreate(name="Bob", email="bob@example.com", space=space.n))
items = [sdk.SpacesItemCreate(description="Ticket", unit_amount=2500)]
sale = sdk.SpacesInvoiceCreate(customer=customer.id, currency="EUR", items=items)
assert spaces.spaces_create_invoice(sale).total == 2500
assert spaces.spaces_list_customers(limit=10).data[0].id == customer.id

person = sdk.DreamspaceUserCreate(twitch_id="105474573", name="bob")
told = dreamspace.dreamspace_post_users(person)
assert told.name == "bob"
assert told.user_id in [each.user_id for each in dreamspace.dreamspace_get_users()]

status, code = None, None
try:
    sdk.WebhooksApi(client(access_token="sg_dev_nobody_x")).webhooks_list_endpoints()
except sdk.ApiException as refusal:
    status, code = refusal.status, refusal.data.error.code
assert (status, code) == (403, "FORBIDDEN")
print("a partner's day")
