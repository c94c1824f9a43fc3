"""`/admin/queues`: message counts, and redrive of dead letters."""

from chalice.app import Blueprint, Response

from chalicelib.core.http.parse import path_name, validated
from chalicelib.core.http.request import json_body, raw_body
from chalicelib.core.http.respond import answer, read_many
from chalicelib.core.pagination import Page, envelope
from chalicelib.operations import service
from chalicelib.operations.schemas import QueueRead, Redrive, RedriveRead
from chalicelib.partners.routes import require_admin

BASE = "/admin/queues"

routes = Blueprint(__name__)


@routes.route(BASE, methods=["GET"])
def list_queues() -> Response:
    """Lists the queues: what waits, what is in work, delayed and dead, and how old the oldest message is."""
    require_admin(routes.current_request)
    rows = read_many(QueueRead, service.list_queues())
    return answer(envelope(Page(rows, has_more=False), url=BASE))


@routes.route(BASE + "/{name}/redrive", methods=["POST"])
def redrive(name: str) -> Response:
    """Sends dead letters back to the queue they came from, for as long as one call may last."""
    request = routes.current_request
    require_admin(request)
    queue = path_name(name)
    body = validated(Redrive, json_body(request) if raw_body(request) else {})
    return answer(RedriveRead.model_validate(service.redrive(queue, limit=body.limit)))
