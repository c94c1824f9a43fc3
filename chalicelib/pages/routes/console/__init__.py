"""`/console`: where a partner sees and runs what is its own; every section registers its pages at the one desk."""

from chalicelib.pages.routes.console import (
    collections,
    deliveries,
    dreamspace,
    grants,
    interactions,
    keys,
    missions,
    nfts,
    overview,
    session,
    spaces,
    verified,
    webhooks,
)
from chalicelib.pages.routes.console.desk import routes, surface

__all__ = [
    "collections",
    "deliveries",
    "dreamspace",
    "grants",
    "interactions",
    "keys",
    "missions",
    "nfts",
    "overview",
    "routes",
    "session",
    "spaces",
    "surface",
    "verified",
    "webhooks",
]
