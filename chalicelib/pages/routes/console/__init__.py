"""`/console`: a partner's view of its own data. Each section registers its pages with `calls.page` and `calls.form`."""

from chalicelib.pages.routes.console import (
    audit,
    collections,
    contracts,
    deliveries,
    dreamspace,
    events,
    finding,
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
from chalicelib.pages.routes.console.calls import routes, surface

__all__ = [
    "audit",
    "collections",
    "contracts",
    "deliveries",
    "dreamspace",
    "events",
    "finding",
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
