"""Every blueprint that the API answers by, and the surfaces that word the errors beneath their paths.

A feature with routes adds a line to `BLUEPRINTS`, and one to `SURFACES` where its errors have a form of their own.
"""

from chalicelib.activity import routes as activity
from chalicelib.chain import routes as chain
from chalicelib.core.http import health, static
from chalicelib.dreamspace import routes as dreamspace
from chalicelib.gardenlab.routes import admin as gardenlab_admin
from chalicelib.gardenlab.routes import codes
from chalicelib.gardenlab.routes import partners_api as gardenlab
from chalicelib.oauth.routes import admin as oauth_admin
from chalicelib.oauth.routes import protocol as oauth
from chalicelib.operations import routes as operations
from chalicelib.pages.routes import claim as claim_pages
from chalicelib.pages.routes import claim_nft, console, docs, nft
from chalicelib.pages.routes import codes as code_pages
from chalicelib.pages.routes import visits as pages
from chalicelib.partners import routes as partners
from chalicelib.reference import routes as reference
from chalicelib.space3.routes import admin as missions_admin
from chalicelib.space3.routes import mission_system as space3
from chalicelib.space3.routes import partner_endpoint as missions
from chalicelib.spaces.routes import access as spaces_access
from chalicelib.spaces.routes import resources as spaces
from chalicelib.webhooks import routes as webhooks

BLUEPRINTS = (
    health.routes,
    static.routes,
    partners.routes,
    gardenlab_admin.routes,
    codes.routes,
    chain.routes,
    gardenlab.routes,
    webhooks.routes,
    operations.routes,
    oauth.routes,
    oauth_admin.routes,
    spaces.routes,
    activity.routes,
    missions_admin.routes,
    missions.routes,
    space3.routes,
    dreamspace.routes,
    reference.routes,
    claim_pages.routes,
    console.routes,
    claim_nft.routes,
    nft.routes,
    code_pages.routes,
    docs.routes,
)

SURFACES = (
    gardenlab.surface,
    partners.surface,
    webhooks.surface,
    oauth.surface,
    spaces_access.surface,
    missions.surface,
    space3.surface,
    dreamspace.surface,
    pages.surface,
    console.surface,
    docs.surface,
)
