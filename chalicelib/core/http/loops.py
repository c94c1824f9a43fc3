"""Refuses our own requests that come back to us: an endpoint that leads to the API would cause an endless loop.

A request that this service sends carries an id in `webhook-id`: that of an event, or of the verification of a user.
"""

from typing import Final

from chalice.app import Request

from chalicelib.core.errors import LoopDetected
from chalicelib.core.http.surfaces import Surface
from chalicelib.core.ids import EVENT_PREFIX, EVIDENCE_PREFIX

HEADER: Final = "webhook-id"


def refuse_loops(request: Request, surface: Surface) -> None:
    """Raises `LoopDetected` for a request with the id of one of our own.

    A verification may ask a surface that answers for partners: that one calls nobody.
    """
    message_id = request.headers.get(HEADER, "").strip()
    if message_id.startswith(EVENT_PREFIX):
        raise LoopDetected("This is a webhook of this service. It must not lead to a call of this service.")
    if message_id.startswith(EVIDENCE_PREFIX) and not surface.answers_for_partners:
        raise LoopDetected("This is a verification by this service. It must not lead to this address.")
