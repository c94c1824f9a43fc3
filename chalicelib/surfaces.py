"""All routes of the API, in parts that are loaded together.

Gardenlab is loaded when the API's function starts, when Lambda gives it more CPU. Every other part is loaded at the
first call of one of its paths, so that a cold start loads only what it needs. A feature with routes adds its blueprint
to a part, whose surface words the errors at its routes and beneath its prefixes.
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
    """The operator's API."""
    from chalicelib.activity import routes as activity
    from chalicelib.chain.routes import admin as chain
    from chalicelib.gardenlab.routes import admin as gardenlab
    from chalicelib.gardenlab.routes import changes, codes, jobs
    from chalicelib.oauth.routes import admin as oauth
    from chalicelib.oauth.routes import grants
    from chalicelib.operations import routes as operations
    from chalicelib.partners import routes as partners
    from chalicelib.space3.routes import admin as missions

    return Part(
        (
            partners.routes,
            gardenlab.routes,
            codes.routes,
            changes.routes,
            jobs.routes,
            chain.routes,
            operations.routes,
            oauth.routes,
            grants.admin_routes,
            activity.routes,
            missions.routes,
        ),
        partners.surface,
    )


def holders_pages() -> Part:
    """The first page, and the pages of NFT holders and users of codes."""
    from chalicelib.chain.routes import public as chain
    from chalicelib.pages.routes import claim, claim_nft, codes, home, nft, visits

    blueprints = (home.routes, chain.pages, claim.routes, claim_nft.routes, nft.routes, codes.routes)
    return Part(blueprints, visits.surface, open_to_browsers=("/nft",))


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
    """The partners' console."""
    from chalicelib.pages.routes import console

    return Part((console.routes,), console.surface)


def docs() -> Part:
    """The pages of the reference."""
    from chalicelib.pages.routes import docs

    return Part((docs.routes,), docs.surface)


def reference() -> Part:
    """The reference as programs read it."""
    from chalicelib.reference import routes

    return Part((routes.routes,), open_to_browsers=_REFERENCE)


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
    **{f"/{name}": holders_pages for name in ("", "claim", "i", "nft", "tx")},
    "/ipfs": metadata,
    "/egress.json": egress,
    "/static": static,
    "/console": console,
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
