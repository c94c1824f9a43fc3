"""`/admin/partners/{origin}/collections/{id}/jobs`: what is not on the chain yet."""

import re
from typing import Annotated

from chalicelib.chain.schemas import JobRead
from chalicelib.core.http.views import position_reader
from chalicelib.core.pagination import Page
from chalicelib.gardenlab.routes.admin import COLLECTIONS
from chalicelib.partners.routes import AdminViews

JOBS = COLLECTIONS + "/{id}/jobs"

_cursor = position_reader(re.compile(r"[A-Za-z0-9_-]{1,256}"))

routes = AdminViews(__name__)


@routes.get(JOBS)
def list_jobs(origin: str, id: str, limit: int, after: Annotated[str | None, _cursor]) -> Page[JobRead]:
    """Lists a collection's open jobs: those on their way by nonce, then those that wait, the next to be tried first."""
    # Reading transactions is heavy; these rare routes load it when they are called.
    from chalicelib.gardenlab.service import jobs as service

    return service.list_jobs(origin, id, limit=limit, after=after)


@routes.post(JOBS + "/{job}/retry")
def retry_job(origin: str, id: str, job: str) -> JobRead:
    """Tries a waiting job at once."""
    from chalicelib.gardenlab.service import jobs as service

    return service.retry_job(origin, id, job)


@routes.post(JOBS + "/{job}/cancel")
def cancel_job(origin: str, id: str, job: str) -> JobRead:
    """Ends a job that was never sent; the partner is told that it failed."""
    from chalicelib.gardenlab.service import jobs as service

    return service.cancel_job(origin, id, job)
