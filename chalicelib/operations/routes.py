"""`/admin/queues`: message counts, and redrive of dead letters."""

from chalicelib.core.pagination import Page
from chalicelib.operations import service
from chalicelib.operations.schemas import QueueRead, Redrive, RedriveRead
from chalicelib.partners.routes import AdminViews

BASE = "/admin/queues"

routes = AdminViews(__name__)


@routes.get(BASE)
def list_queues() -> Page[QueueRead]:
    """Lists the queues: what waits, what is in work, delayed and dead, and how old the oldest message is."""
    return Page(service.list_queues(), has_more=False)


@routes.post(BASE + "/{name}/redrive", body_is_optional=True)
def redrive(name: str, body: Redrive) -> RedriveRead:
    """Sends dead letters back to the queue they came from, for as long as one call may last."""
    return service.redrive(name, limit=body.limit)
