"""Every route that the API answers by, in the parts that are loaded together.

What partners' programs call is one part, loaded when the API's function starts: then Lambda's processor is at its
fastest. What people look at and what operators call is rare, and is loaded with the first such call. A feature with
routes adds its blueprint to a part, and its surface where its errors have a form of their own.
"""

from collections.abc import Mapping
from typing import Final

from chalicelib.core import aws
from chalicelib.core.http.application import THE_REST, Application, LoadPart, Part

API = "app.app"


def partners_apis() -> Part:
    """Gardenlab, Space3 and missions, Spaces, Dreamspace, webhooks and OAuth."""
    from chalicelib.core.http import health
    from chalicelib.dreamspace import routes as dreamspace
    from chalicelib.gardenlab.routes import partners_api as gardenlab
    from chalicelib.oauth.routes import protocol as oauth
    from chalicelib.space3.routes import mission_system as space3
    from chalicelib.space3.routes import partner_endpoint as missions
    from chalicelib.spaces.routes import access as spaces_access
    from chalicelib.spaces.routes import resources as spaces
    from chalicelib.webhooks import routes as webhooks

    return Part(
        (
            health.routes,
            gardenlab.routes,
            webhooks.routes,
            oauth.routes,
            spaces.routes,
            missions.routes,
            space3.routes,
            dreamspace.routes,
        ),
        (
            gardenlab.surface,
            webhooks.surface,
            oauth.surface,
            spaces_access.surface,
            missions.surface,
            space3.surface,
            dreamspace.surface,
        ),
    )


def admin() -> Part:
    """What operators call, and the command line for them."""
    from chalicelib.activity import routes as activity
    from chalicelib.chain.routes import admin as chain
    from chalicelib.gardenlab.routes import admin as gardenlab
    from chalicelib.gardenlab.routes import codes
    from chalicelib.oauth.routes import admin as oauth
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
            activity.routes,
            missions.routes,
        ),
        (partners.surface,),
    )


def holders_pages() -> Part:
    """What the holders of NFTs and the users of codes see, and what those pages are made of."""
    from chalicelib.chain.routes import public as chain
    from chalicelib.core.http import static
    from chalicelib.pages.routes import claim, claim_nft, codes, nft, visits

    blueprints = (static.routes, chain.routes, claim.routes, claim_nft.routes, nft.routes, codes.routes)
    return Part(blueprints, (visits.surface,))


def developers_pages() -> Part:
    """The console and the reference."""
    from chalicelib.pages.routes import console, docs
    from chalicelib.reference import routes as reference

    return Part((console.routes, docs.routes, reference.routes), (console.surface, docs.surface))


PARTS: Final[Mapping[str, LoadPart]] = {
    "admin": admin,
    "claim": holders_pages,
    "i": holders_pages,
    "ipfs": holders_pages,
    "nft": holders_pages,
    "static": holders_pages,
    "tx": holders_pages,
    "console": developers_pages,
    "docs": developers_pages,
    "openapi.json": developers_pages,
    THE_REST: partners_apis,
}


def prepare(app: Application, handler: str | None) -> None:
    """Loads what the function named by `handler` needs for its first event; without Lambda, where it is None, all.

    While a function starts, Lambda gives it more of a processor than it has for an event.
    """
    if handler is None:
        app.load_all()
        return
    aws.client("dynamodb")
    if handler == API:
        app.load_for(f"/{THE_REST}")
