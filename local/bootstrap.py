"""Everything a local run needs before its first request: resources, the chain, and demo data."""

from contextlib import suppress

from chalicelib.core.settings import settings
from chalicelib.gardenlab.admin_schemas import CategoryCreate, CollectionCreate
from chalicelib.gardenlab.schemas import InteractionBody, SaveActionInteraction
from chalicelib.gardenlab.service import administration, interactions
from chalicelib.idempotency.service import Guard
from chalicelib.partners import service as partners
from chalicelib.partners.domain import parse_key
from chalicelib.partners.schemas import KeyCreate, PartnerCreate
from local import chain, resources

ORIGIN, COLLECTION, CATEGORY, ACTION = "spacex", "summer_party", "VIP", "event_checkin"


class UnusableDemoKey(Exception):
    """SPACEGARDEN_DEMO_KEY has not the form of a key."""


def bootstrap() -> None:
    """Makes what is missing and leaves alone what is there."""
    resources.create_missing()
    resources.release_fifo_groups()
    chain.start_chain()
    chain.fund_signer()
    chain.rebuild()
    _demo_partner()
    _demo_collection()


def _demo_partner() -> None:
    body = PartnerCreate(origin=ORIGIN, display_name="SpaceX", contact_email="partners@spacex.example")
    with suppress(partners.PartnerExists):
        partners.create_partner(body)
    key = parse_key(settings().demo_key)
    if key is None:
        raise UnusableDemoKey("SPACEGARDEN_DEMO_KEY must look like sg_dev_<id>_<at least 16 letters or digits>")
    with suppress(partners.PartnerExists):
        partners.create_key(ORIGIN, KeyCreate(name="demo"), given=key)


def _demo_collection() -> None:
    try:
        administration.create_collection(
            ORIGIN, CollectionCreate(contract_id=COLLECTION, name="Summer Party", symbol="PARTY")
        )
    except administration.Exists:
        return
    category = CategoryCreate(
        user_category_id=CATEGORY,
        name="Summer Party VIP",
        description="A guest of honour at the summer party.",
        attributes={"tier": "gold"},
    )
    administration.create_category(ORIGIN, COLLECTION, category)
    interaction = InteractionBody(
        type="IRL Event",
        name="Event checkin",
        description="The interaction applied when a user gets access to the event",
        xpIncrement=5,
        action_id=ACTION,
    )
    body = SaveActionInteraction(origin=ORIGIN, contract_id=COLLECTION, interaction=interaction)
    interactions.save(ORIGIN, body, Guard(None, ""))
