"""`/admin/partners/{origin}/collections/{id}/changes`: what of a deployed contract is changed."""

from chalicelib.core.errors import Unprocessable
from chalicelib.core.http.request import raw_body, target_of
from chalicelib.core.http.views import Call, View
from chalicelib.core.pagination import Page
from chalicelib.gardenlab.change_schemas import ChangeCreate, ChangeRead
from chalicelib.gardenlab.models.changes import ChangeRow
from chalicelib.gardenlab.routes.admin import COLLECTIONS
from chalicelib.idempotency.service import Guard, KeyReused, guard_for, run_once
from chalicelib.partners.routes import AdminViews

CHANGES = COLLECTIONS + "/{id}/changes"


def key_reused() -> Unprocessable:
    """The error for an `Idempotency-Key` that was used with another request."""
    return Unprocessable("Idempotency-Key: was used for another request", param="Idempotency-Key")


class ChangeViews(AdminViews):
    """Routes of which one that takes a `guard` runs at most once for each `Idempotency-Key`."""

    def run(self, view: View, call: Call) -> object:
        """Raises `Unprocessable` for a key of another request."""
        if "guard" not in call.signature.parameters:
            return super().run(view, call)
        target = target_of(call.request)
        guard = guard_for(
            call.request.headers.get("idempotency-key"),
            partner=str(call.arguments["origin"]),
            route=f"{target.method} {target.template}",
            target=target,
            body=raw_body(call.request),
        )
        try:
            return run_once(guard, lambda guard: view(**call.arguments, guard=guard))
        except KeyReused as error:
            raise key_reused() from error


routes = ChangeViews(__name__)


@routes.post(CHANGES)
def create_change(origin: str, id: str, body: ChangeCreate, guard: Guard) -> ChangeRead:
    """Changes a contract's royalties, metadata or a token's lock."""
    from chalicelib.gardenlab.service import changes as service

    return service.create_change(origin, id, body, guard)


@routes.get(CHANGES, ChangeRead)
def list_changes(origin: str, id: str, limit: int, after: str | None) -> Page[ChangeRow]:
    """Lists a contract's changes, newest first."""
    from chalicelib.gardenlab.service import changes as service

    return service.list_changes(origin, id, limit=limit, after=after)


@routes.get(CHANGES + "/{change}", ChangeRead)
def get_change(origin: str, id: str, change: str) -> ChangeRow:
    """Shows a contract's change."""
    from chalicelib.gardenlab.service import changes as service

    return service.get_change(origin, id, change)
