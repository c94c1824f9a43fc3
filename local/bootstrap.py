"""Everything a local run needs before its first request: resources, the chain, and demo data."""

import os
from contextlib import nullcontext, suppress

from chalicelib.activity.domain import gardenlab_action
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.signing import SigningFailed
from chalicelib.core.clock import now, travelled
from chalicelib.core.settings import settings
from chalicelib.demo import ACTION, CALLBACK, CATEGORY, CLIENT_ID, CLIENT_SECRET, COLLECTION, MISSION, ORIGIN
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.schemas.documents import DocumentCreate, StampBody
from chalicelib.dreamspace.schemas.events import CREATES
from chalicelib.dreamspace.schemas.users import SpecimenCreate, TransactionCreate, UserCreate
from chalicelib.dreamspace.service import events, lists, specimens, transactions
from chalicelib.gardenlab.admin_schemas import CategoryCreate, CollectionCreate
from chalicelib.gardenlab.repository.collections import Exists
from chalicelib.gardenlab.schemas import InteractionBody, SaveActionInteraction
from chalicelib.gardenlab.service import administration, interactions
from chalicelib.idempotency.service import Guard
from chalicelib.oauth.domain import SCOPES
from chalicelib.oauth.schemas import ClientCreate, ClientUpdate
from chalicelib.oauth.service import applications
from chalicelib.partners import service as partners
from chalicelib.partners.domain import parse_key
from chalicelib.partners.errors import PartnerExists
from chalicelib.partners.schemas import KeyCreate, PartnerCreate
from chalicelib.space3.admin_schemas import AnsweredCreate
from chalicelib.space3.service import answered
from local import chain, history
from local.drawing import drawing
from local.engine import resources
from local.failures import LocalRunFailed


class UnusableDemoKey(LocalRunFailed):
    """SPACEGARDEN_DEMO_KEY does not have the form of an API key."""


def bootstrap(*, port: int) -> None:
    """Creates what is missing and keeps what exists. `port` is where the run listens.

    Raises `LocalRunFailed`.
    """
    # The partner and the chain begin in the past, since a chain's blocks never go back in time.
    has_history = not os.environ.get("SPACEGARDEN_CHAIN_RPC") and os.environ.get("SPACEGARDEN_DEMO_HISTORY") != "off"
    resources.create_missing()
    resources.release_fifo_groups()
    try:
        with travelled(-history.SPAN) if has_history else nullcontext() as further:
            chain.start_chain()
            chain.fund_signer()
            chain.rebuild()
            _demo_partner()
            if further is not None:
                history.make_history(further)
        _demo_collection()
    except (RpcError, SigningFailed, OSError) as error:
        raise LocalRunFailed(
            f"The chain of this run cannot be used: {error}. Look at SPACEGARDEN_CHAIN_RPC and "
            "SPACEGARDEN_CHAIN_FUNDER, or leave them out: then the run brings a chain of its own."
        ) from error
    _demo_application(port)
    _demo_mission()
    _demo_dreamspace()


def _demo_partner() -> None:
    body = PartnerCreate(origin=ORIGIN, display_name="SpaceX", contact_email="partners@spacex.example")
    with suppress(PartnerExists):
        partners.create_partner(body)
    key = parse_key(settings().demo_key)
    if key is None:
        raise UnusableDemoKey("SPACEGARDEN_DEMO_KEY must look like sg_dev_<id>_<at least 16 letters or digits>")
    with suppress(PartnerExists):
        partners.create_key(ORIGIN, KeyCreate(name="demo"), given=key)


def _demo_collection() -> None:
    try:
        administration.create_collection(
            ORIGIN, CollectionCreate(contract_id=COLLECTION, name="Summer Party", symbol="PARTY")
        )
    except Exists:
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


def _demo_application(port: int) -> None:
    """An application with all scopes. Its redirect address is that of this run, even if an earlier run had another."""
    redirect_uris = [f"http://127.0.0.1:{port}{CALLBACK}"]
    body = ClientCreate.model_validate({"name": "Demo", "redirect_uris": redirect_uris, "scopes": list(SCOPES)})
    try:
        applications.create_application(ORIGIN, body, client_id=CLIENT_ID, secret=CLIENT_SECRET)
    except applications.ApplicationExists:
        applications.update_application(ORIGIN, CLIENT_ID, ClientUpdate(redirect_uris=redirect_uris))


def _demo_mission() -> None:
    body = AnsweredCreate(mission=MISSION, kind="simple", activity=gardenlab_action(COLLECTION, ACTION))
    with suppress(answered.AnsweredExists):
        answered.create_answered(ORIGIN, body)


def _demo_dreamspace() -> None:
    if lists.list_page(lists.Listing(ORIGIN, Model.EVENTS, {}, limit=1)).items:
        return
    document = DocumentCreate(
        document_data=drawing(),
        seal=1,
        metadata="A drawing for the wall",
        stamps=[
            StampBody(stamp_type="approve", pos_x=58, pos_y=40, rotation=-12.0),
            StampBody(stamp_type="wow", pos_x=186, pos_y=44, rotation=8.5),
        ],
    )
    event = CREATES["plain"].model_validate(
        {
            "user": UserCreate(twitch_id="demo-dreamer", name="dreamer"),
            "document": document,
            "user_name": "dreamer",
            "occurred_at": now().isoformat(),
            "event_type": "plain",
            "message": "A drawing for the wall.",
        }
    )
    user_id = events.create(ORIGIN, event).user_id or 0
    specimens.create(ORIGIN, SpecimenCreate(owner_id=user_id))
    transactions.create(ORIGIN, TransactionCreate(user_id=user_id, amount=100, description="A welcome"))
