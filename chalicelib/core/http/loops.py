"""Requests of our own that lead back to us: a partner's endpoint that calls the API would never end.

A request that this service sends names what it tells of in `webhook-id`: an event, or the verification of a user.
"""

from typing import Final

from chalice.app import Request

from chalicelib.core.errors import LoopDetected
from chalicelib.core.http.surfaces import Surface
from chalicelib.core.ids import EVENT_PREFIX, EVIDENCE_PREFIX

HEADER: Final = "webhook-id"


def refuse_loops(request: Request, surface: Surface) -> None:
    """Raises `LoopDetected` for a request that one of our own calls has become.

    A verification may ask a surface that answers for partners, which calls nobody itself.
    """
    message_id = request.headers.get(HEADER, "").strip()
    if message_id.startswith(EVENT_PREFIX):
        raise LoopDetected("This is a webhook of this service. It must not lead to a call of this service.")
    if message_id.startswith(EVIDENCE_PREFIX) and not surface.answers_for_partners:
        raise LoopDetected("This is a verification by this service. It must not lead to this address.")
