"""`/admin/partners/{origin}/collections/{id}/interactions/{interaction}/codes`: codes that holders use themselves."""

from chalicelib.core.pagination import Page
from chalicelib.gardenlab.code_schemas import CodeCreate, CodeRead
from chalicelib.gardenlab.models.codes import CodeRow
from chalicelib.gardenlab.routes.admin import INTERACTIONS
from chalicelib.gardenlab.service import codes
from chalicelib.gardenlab.service.administration import interaction_id_of
from chalicelib.partners.routes import AdminViews

CODES = INTERACTIONS + "/{interaction}/codes"

routes = AdminViews(__name__)


@routes.post(CODES, CodeRead)
def create_code(origin: str, id: str, interaction: str, body: CodeCreate) -> CodeRow:
    """Makes a code by which holders apply the interaction themselves, as a QR code or by a password."""
    return codes.create_code(origin, id, interaction_id_of(origin, id, interaction), body)


@routes.get(CODES, CodeRead)
def list_codes(origin: str, id: str, interaction: str, limit: int, after: str | None) -> Page[CodeRow]:
    """Lists an interaction's codes, newest first."""
    return codes.list_codes(origin, id, interaction_id_of(origin, id, interaction), limit=limit, after=after)


@routes.get(CODES + "/{code}", CodeRead)
def get_code(origin: str, id: str, interaction: str, code: str) -> CodeRow:
    """Shows a code, and how often it was used."""
    return codes.get_code(origin, id, interaction_id_of(origin, id, interaction), code)


@routes.delete(CODES + "/{code}", CodeRead)
def revoke_code(origin: str, id: str, interaction: str, code: str) -> CodeRow:
    """Revokes a code for good."""
    return codes.revoke_code(origin, id, interaction_id_of(origin, id, interaction), code)
