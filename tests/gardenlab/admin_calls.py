"""Calls to the admin surface as its tests make them."""

from typing import Any

from tests.platform import Answer, Partner


def below(partner: Partner, method: str, path: str, body: Any = None, **query: Any) -> Answer:
    """A call below the partner's collection summer_party."""
    return partner.platform.admin(method, f"/{partner.origin}/collections/summer_party{path}", body, query or None)


def audit_log(partner: Partner) -> list[dict[str, Any]]:
    """The partner's audit log, newest first."""
    return list(partner.platform.admin("GET", f"/{partner.origin}/audit", query={"limit": 100}).json["data"])
