"""All routes of the API, in parts that are loaded together.

Gardenlab is loaded when the API's function starts, when Lambda gives it more CPU. Every other part is loaded at the
first call of one of its paths, so that a cold start loads only what it needs. A feature with routes adds its blueprint
to a part, whose surface words the errors at its routes and beneath its prefixes. A prefix is written as routes are.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from chalicelib.core import aws
from chalicelib.core.http.application import Application, LoadPart, Part

API = "app.app"


def platform() -> Part:
    """Whether the function is well."""
    from chalicelib.core.http import health

    return Part((health.routes,), open_to_browsers=("/health",))


def gardenlab() -> Part:
    """The Gardenlab Partners API."""
    from chalicelib.gardenlab.routes import partners_api

    return Part((partners_api.routes,), partners_api.surface)


def webhooks() -> Part:
    """The endpoints, events and deliveries of partners' webhooks, and the catalogue of events."""
    from chalicelib.reference import event_type_routes
    from chalicelib.webhooks import routes

    return Part((routes.routes, event_type_routes.routes), routes.surface)


def usage() -> Part:
    """What happened at a partner's by day."""
    from chalicelib.gardenlab.routes import usage

    return Part((usage.routes,), usage.surface)


def spaces() -> Part:
    """The Spaces API."""
    from chalicelib.spaces.routes import access, resources

    return Part((resources.routes, resources.hook_routes), access.surface)


def mission_system() -> Part:
    """Missions that we verify."""
    from chalicelib.space3.routes import mission_system

    return Part((mission_system.routes,), mission_system.surface)


def missions() -> Part:
    """Missions that we answer for."""
    from chalicelib.space3.routes import partner_endpoint

    return Part((partner_endpoint.routes,), partner_endpoint.surface, open_to_browsers=("/missions",))


def dreamspace() -> Part:
    """The Dreamspace API."""
    from chalicelib.dreamspace.routes import addresses

    return Part((addresses.routes,), addresses.surface)


def oauth() -> Part:
    """Access tokens for partners' applications."""
    from chalicelib.oauth.routes import demo, protocol

    return Part(
        (protocol.routes, demo.routes),
        protocol.surface,
        open_to_browsers=(protocol.TOKEN, protocol.REVOKE, protocol.JWKS, "/.well-known"),
    )


def grants() -> Part:
    """What an account allows applications."""
    from chalicelib.oauth.routes import grants

    return Part((grants.routes,), grants.surface)


def admin() -> Part:
    """The operator's API: partners, their keys and the audit log."""
    from chalicelib.partners import routes as partners

    return Part((partners.routes,), partners.surface)


def admin_gardenlab() -> Part:
    """The operator's API: partners' collections."""
    from chalicelib.gardenlab.routes import admin as gardenlab
    from chalicelib.gardenlab.routes import changes, codes, jobs
    from chalicelib.partners import routes as partners

    return Part((gardenlab.routes, codes.routes, changes.routes, jobs.routes), partners.surface)


def admin_missions() -> Part:
    """The operator's API: missions that we answer for, and links between a person's identities."""
    from chalicelib.activity import routes as activity
    from chalicelib.partners import routes as partners
    from chalicelib.space3.routes import admin as missions

    return Part((activity.routes, missions.routes), partners.surface)


def admin_oauth() -> Part:
    """The operator's API: applications, what they may do, and the keys that sign their tokens."""
    from chalicelib.oauth.routes import admin as oauth
    from chalicelib.oauth.routes import grants
    from chalicelib.partners import routes as partners

    return Part((oauth.routes, grants.admin_routes), partners.surface)


def admin_stage() -> Part:
    """The operator's API: chains, gas budgets and queues."""
    from chalicelib.chain.routes import admin as chain
    from chalicelib.operations import routes as operations
    from chalicelib.partners import routes as partners

    return Part((chain.routes, operations.routes), partners.surface)


def home() -> Part:
    """The first page."""
    from chalicelib.pages.routes import home, visits

    return Part((home.routes,), visits.surface)


def nft_pages() -> Part:
    """The public pages of NFTs and of a local run's transactions."""
    from chalicelib.chain.routes import public as chain
    from chalicelib.pages.routes import nft, visits

    return Part((chain.pages, nft.routes), visits.surface, open_to_browsers=("/nft",))


def holders_pages() -> Part:
    """Where holders sign in, and see the NFTs that are theirs."""
    from chalicelib.pages.routes import claim, visits

    return Part((claim.routes,), visits.surface)


def claim_pages() -> Part:
    """Where holders claim an NFT."""
    from chalicelib.pages.routes import claim_nft, visits

    return Part((claim_nft.routes,), visits.surface)


def code_pages() -> Part:
    """The pages of codes that holders scan."""
    from chalicelib.pages.routes import codes, visits

    return Part((codes.routes,), visits.surface)


def egress() -> Part:
    """From where partners are called."""
    from chalicelib.core.http import egress_addresses

    return Part((egress_addresses.routes,))


def metadata() -> Part:
    """The documents that NFTs point to."""
    from chalicelib.chain.routes import public

    return Part((public.routes,), open_to_browsers=("/ipfs",))


def static() -> Part:
    """What pages are made of."""
    from chalicelib.core.http import static

    return Part((static.routes,))


def console() -> Part:
    """The partners' console: its first page and its search."""
    from chalicelib.pages.routes.console import calls, finding, overview

    return Part(calls.routes_of(finding, overview), calls.surface)


def console_session() -> Part:
    """The console's sign-in and its end."""
    from chalicelib.pages.routes.console import calls, session

    return Part(calls.routes_of(session), calls.surface)


def console_access() -> Part:
    """The console's pages of keys, applications and the audit log."""
    from chalicelib.pages.routes.console import audit, calls, grants, keys

    return Part(calls.routes_of(audit, grants, keys), calls.surface)


def console_gardenlab() -> Part:
    """The console's pages of collections, interactions and NFTs."""
    from chalicelib.pages.routes.console import calls, collections, contracts, interactions, nfts

    return Part(calls.routes_of(collections, contracts, interactions, nfts), calls.surface)


def console_missions() -> Part:
    """The console's pages of missions."""
    from chalicelib.pages.routes.console import calls, missions, verified

    return Part(calls.routes_of(missions, verified), calls.surface)


def console_spaces() -> Part:
    """The console's pages of Spaces."""
    from chalicelib.pages.routes.console import calls, spaces

    return Part(calls.routes_of(spaces), calls.surface)


def console_dreamspace() -> Part:
    """The console's pages of Dreamspace."""
    from chalicelib.pages.routes.console import calls, dreamspace

    return Part(calls.routes_of(dreamspace), calls.surface)


def console_webhooks() -> Part:
    """The console's pages of webhooks."""
    from chalicelib.pages.routes.console import calls, deliveries, webhooks

    return Part(calls.routes_of(deliveries, webhooks), calls.surface)


def docs() -> Part:
    """The pages of the reference."""
    from chalicelib.pages.routes import docs

    return Part((docs.routes,), docs.surface)


def reference() -> Part:
    """The reference as programs read it."""
    from chalicelib.reference import routes

    return Part((routes.routes,), open_to_browsers=_REFERENCE)


_OF_PARTNER = "/admin/partners/{origin}"
_REFERENCE = ("/openapi.json", "/postman.json", "/llms.txt")
AT_START: Final[Sequence[LoadPart]] = (platform, gardenlab)
PARTS: Final[Mapping[str, LoadPart]] = {
    "/webhooks": webhooks,
    "/usage": usage,
    "/api/v1": spaces,
    "/missions": missions,
    "/space3": mission_system,
    **{f"/{name}": dreamspace for name in ("documents", "events", "specimens", "stamps", "transactions", "users")},
    **{f"/{name}": oauth for name in ("oauth", ".well-known")},
    "/oauth/grants": grants,
    "/admin": admin,
    **{f"{_OF_PARTNER}/{name}": admin_gardenlab for name in ("collections", "usage")},
    **{f"{_OF_PARTNER}/{name}": admin_missions for name in ("links", "missions")},
    **dict.fromkeys(
        (f"{_OF_PARTNER}/oauth_clients", f"{_OF_PARTNER}/oauth_grants", "/admin/signing_keys"), admin_oauth
    ),
    **dict.fromkeys((f"{_OF_PARTNER}/gas_budgets", "/admin/chain", "/admin/queues"), admin_stage),
    "/": home,
    **{f"/{name}": nft_pages for name in ("nft", "tx")},
    "/claim": holders_pages,
    "/claim/{contract}": claim_pages,
    "/i": code_pages,
    "/ipfs": metadata,
    "/egress.json": egress,
    "/static": static,
    "/console": console,
    **{f"/console/{name}": console_session for name in ("sign-in", "sign-out")},
    **{f"/console/{name}": console_access for name in ("audit", "grants", "keys")},
    **{f"/console/{name}": console_gardenlab for name in ("apply", "collections", "interactions", "nfts")},
    "/console/missions": console_missions,
    "/console/spaces": console_spaces,
    "/console/dreamspace": console_dreamspace,
    "/console/webhooks": console_webhooks,
    "/docs": docs,
    **dict.fromkeys(_REFERENCE, reference),
}


def prepare(app: Application, handler: str | None) -> None:
    """Loads what the function named by `handler` needs for its first event; without Lambda, where it is None, all.

    Lambda gives a function more CPU while it starts than for an event.
    """
    if handler is None:
        app.load_all()
        return
    aws.client("dynamodb")
    if handler == API:
        app.load_at_start()
