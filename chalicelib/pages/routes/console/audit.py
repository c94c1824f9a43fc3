"""`/console/audit`: who changed what."""

import json
from typing import Any

from chalice.app import Response

from chalicelib.core.http.parse import validated
from chalicelib.pages.routes.console.calls import ConsoleCall, page
from chalicelib.pages.service.console import BY_CONSOLE, BY_KEY
from chalicelib.partners import service
from chalicelib.partners.schemas import AuditQuery

AUDIT = "/console/audit"
_PAGE = 25
_SHOWN_VALUE = 4_000
# Actors, as `core.acting` names them, or kinds of actors.
_ACTORS = (
    (BY_KEY, "API keys (key)"),
    (BY_CONSOLE, "People at the console (console)"),
    ("oauth", "Applications (oauth)"),
    ("code", "Holders, by a code (code)"),
    ("mission", "Rewards of missions (mission)"),
    ("admin", "The operator of this stage (admin)"),
    ("platform", "Jobs of the platform (platform)"),
)


@page(AUDIT, "audit")
def list_audit(call: ConsoleCall) -> Response:
    """Lists the changes of the partner's data, newest first, or those that meet the filters in the address."""
    given = {name: call.query[name] for name in AuditQuery.model_fields if name in call.query}
    filters = validated(AuditQuery, given)
    rows, position = service.search_audit(call.origin, filters, limit=_PAGE, after=call.query.get("after"))
    names = service.key_names(call.origin)
    return call.show(
        "audit.html",
        entries=[{"row": row, "before": _json_text(row.before), "after": _json_text(row.after)} for row in rows],
        key_names=names,
        actors=_choices(given.get("who", ""), names),
        given=given,
        **call.links_after(position, "audit", **given),
    )


def _choices(chosen: str, names: dict[str, str]) -> list[tuple[str, str]]:
    """The choices of the filter by actor: kinds, each key by API and at the console, and the one chosen by a link."""
    keys = [
        choice
        for key_id, name in names.items()
        for choice in ((f"{BY_KEY}:{key_id}", f"{name}, by API"), (f"{BY_CONSOLE}:{key_id}", f"{name}, at the console"))
    ]
    choices = [*_ACTORS, *keys]
    return choices if not chosen or chosen in dict(choices) else [*choices, (chosen, chosen)]


def _json_text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, indent=1)[:_SHOWN_VALUE]
