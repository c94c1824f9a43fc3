"""All routes of the API, in parts that are loaded together.

Gardenlab is loaded when the API's function starts, when Lambda gives it more CPU. Every other part is loaded at the
first call of one of its paths, so that a cold start loads only what it needs. A feature with routes adds its blueprint
to a part, and its surface if its errors have a form of their own.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.core import aws
from chalicelib.core.http.application import ROOT, THE_REST, Application, LoadPart, Part

API = "app.app"


def gardenlab() -> Part:
    """The Gardenlab Partners API, and the function's health."""
    from chalicelib.core.http import health
    from chalicelib.gardenlab.routes import partners_api

    return Part((health.routes, partners_api.routes), (partners_api.surface,), open_to_browsers=("/health",))


def webhooks() -> Part:
    """The endpoints, events and deliveries of partners' webhooks."""
    from chalicelib.webhooks import routes

    return Part((routes.routes,), (routes.surface,))


def spaces() -> Part:
    """The Spaces API."""
    from chalicelib.spaces.routes import access, resources

    return Part((resources.routes,), (access.surface,))


def missions() -> Part:
    """Missions, both sides."""
    from chalicelib.space3.routes import mission_system, partner_endpoint

    return Part(
        (mission_system.routes, partner_endpoint.routes),
        (mission_system.surface, partner_endpoint.surface),
        open_to_browsers=("/missions",),
    )


def dreamspace() -> Part:
    """The Dreamspace API."""
    from chalicelib.dreamspace.routes import addresses

    return Part((addresses.routes,), (addresses.surface,))


def oauth() -> Part:
    """Access tokens for partners' applications."""
    from chalicelib.oauth.routes import demo, grants, protocol

    return Part(
        (protocol.routes, grants.routes, demo.routes),
        (protocol.surface, grants.surface),
        open_to_browsers=(protocol.TOKEN, protocol.REVOKE, protocol.JWKS, "/.well-known"),
    )


def admin() -> Part:
    """The operator's API."""
    from chalicelib.activity import routes as activity
    from chalicelib.chain.routes import admin as chain
    from chalicelib.gardenlab.routes import admin as gardenlab
    from chalicelib.gardenlab.routes import codes
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
            chain.routes,
            operations.routes,
            oauth.routes,
            grants.admin_routes,
            activity.routes,
            missions.routes,
        ),
        (partners.surface,),
    )


def holders_pages() -> Part:
    """The first page, the pages of NFT holders and users of codes, and their assets."""
    from chalicelib.chain.routes import public as chain
    from chalicelib.core.http import static
    from chalicelib.pages.routes import claim, claim_nft, codes, home, nft, visits

    blueprints = (static.routes, home.routes, chain.routes, claim.routes, claim_nft.routes, nft.routes, codes.routes)
    return Part(blueprints, (visits.surface,), open_to_browsers=("/nft", "/ipfs"))


def developers_pages() -> Part:
    """The console and the reference."""
    from chalicelib.pages.routes import console, docs
    from chalicelib.reference import routes as reference

    return Part(
        (console.routes, docs.routes, reference.routes),
        (console.surface, docs.surface),
        open_to_browsers=("/openapi.json", "/postman.json", "/llms.txt"),
    )


_SPACES = (
    "account",
    "captured_emails",
    "customers",
    "events",
    "invoices",
    "resource_subscriptions",
    "spaces",
    "subscriptions",
    "webhooks",
)
PARTS: Final[Mapping[str, LoadPart]] = {
    ROOT: holders_pages,
    THE_REST: gardenlab,
    "/webhooks": webhooks,
    **{f"/api/v1/{name}": spaces for name in _SPACES},
    **{f"/{name}": missions for name in ("missions", "space3")},
    **{f"/{name}": dreamspace for name in ("documents", "events", "specimens", "stamps", "transactions", "users")},
    **{f"/{name}": oauth for name in ("oauth", ".well-known")},
    "/admin": admin,
    **{f"/{name}": holders_pages for name in ("claim", "i", "ipfs", "nft", "static", "tx")},
    **{f"/{name}": developers_pages for name in ("console", "docs", "openapi.json", "postman.json", "llms.txt")},
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
        app.load_for(THE_REST)
