"""Lists as they are asked for and answered where `starting_after` is the id of an entry."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from chalice.app import Request, Response
from pydantic import BaseModel

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.parse import LONGEST_NAME, query_of
from chalicelib.core.http.respond import answer, read_many
from chalicelib.core.pagination import Page, envelope, parse_list_limit


def answer_list(
    request: Request, path: str, page: Callable[[int, str | None], Page[Any]], model: type[BaseModel]
) -> Response:
    """A list route's answer: `limit` (1–100, default 20) and `starting_after`, in the list envelope."""
    query = query_of(request.query_params)
    limit = parse_list_limit(query.get("limit"))
    after = query.get("starting_after")
    if after is not None and not 1 <= len(after) <= LONGEST_NAME:
        raise BadRequest("starting_after: must be the id of an entry of this list", param="starting_after")
    rows = page(limit, after)
    return answer(envelope(Page(list(read_many(model, rows.items)), rows.has_more), url=quote(path)))
