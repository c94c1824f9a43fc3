"""`/console/collections/{id}/contract`: changes of a collection's deployed contract."""

from typing import Any

from chalice.app import Response

from chalicelib.gardenlab.admin_schemas import CollectionRead
from chalicelib.gardenlab.change_schemas import ChangeCreate, ChangeRead
from chalicelib.gardenlab.service import administration
from chalicelib.idempotency.service import Guard
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, page
from chalicelib.pages.routes.console.collections import ONE
from chalicelib.pages.routes.console.forms import EMPTY, Form

CONTRACT = ONE + "/contract"
_LATEST = 10


@page(CONTRACT, "collections")
def show_contract(call: ConsoleCall, id: str, fields: Form = EMPTY) -> Response:
    """Shows the properties of a contract that can be changed, and the latest changes."""
    from chalicelib.gardenlab.service import changes

    row = administration.get_collection(call.origin, id)
    found = changes.list_changes(call.origin, id, limit=_LATEST)
    shown = CollectionRead.model_validate(row)
    present = {**changes.metadata_of(row), **shown.model_dump(include={"royalty_receiver", "royalty_basis_points"})}
    return call.show(
        "contract.html",
        collection=shown,
        changes=[ChangeRead.model_validate(each) for each in found.items],
        has_more=found.has_more,
        form=fields if "kind" in fields else Form(present),
    )


@form(CONTRACT, "collections", refused=show_contract)
def change_contract(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Queues a change of the contract."""
    from chalicelib.gardenlab.service import changes  # rare, and loads with the first change

    changes.create_change(call.origin, id, fields.validated(ChangeCreate, _asked(fields)), Guard(None))
    return call.done(address("collections", id, "contract"), "change-queued")


def _asked(fields: Form) -> dict[str, Any]:
    kind = fields.text("kind")
    if kind == "royalties":
        points = fields.whole("royalty_basis_points") or 0
        return {"kind": kind, "royalty_receiver": fields.optional("royalty_receiver"), "royalty_basis_points": points}
    if kind == "metadata" and fields.text("contract_uri"):
        return {"kind": kind, "contract_uri": fields.text("contract_uri")}
    if kind == "metadata":
        return {"kind": kind, **{name: fields.text(name) for name in ("description", "imgUrl", "external_url")}}
    return {"kind": kind, "token_id": fields.optional("token_id")}
