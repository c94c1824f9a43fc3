"""Pages: limits, opaque positions, list envelopes and the `Link` header."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from chalicelib.core import base64url
from chalicelib.core.errors import BadRequest
from chalicelib.core.numbers import read_whole
from chalicelib.core.windows import Window

T = TypeVar("T")
R = TypeVar("R")
# Entries of an envelope's page: by default, and at most. A bare array is whole by default.
LIST_LIMIT, MAX_LIST_LIMIT = 20, 100
MAX_ARRAY_LIMIT = 1000
MAX_ANSWER_BYTES = 5_000_000
_MAX_WRAPPED_BYTES = 5_900_000


class Page(NamedTuple, Generic[T]):
    """Some items and whether more follow."""

    items: list[T]
    has_more: bool


def filled_page(
    window: Window,
    read: Callable[[Window], Page[T]],
    choose: Callable[[Sequence[T]], Sequence[R]],
    *,
    position_of: Callable[[T], str],
    at_once: int = 0,
) -> Page[R]:
    """A page of what `choose` keeps of entries; reads on until the page is full and it is known whether more follow.

    Each read asks for one entry more than the page has, or for `at_once` if that is more.
    """
    upwards = window.before is not None
    found: list[R] = []
    rest = window._replace(limit=max(at_once, window.limit + 1))
    while True:
        page = read(rest)
        chosen = choose(page.items)
        found = [*chosen, *found] if upwards else [*found, *chosen]
        if len(found) > window.limit or not page.has_more or not page.items:
            break
        last = position_of(page.items[0 if upwards else -1])
        rest = rest._replace(before=last) if upwards else rest._replace(after=last)
    has_more = len(found) > window.limit
    return Page(found[-window.limit :] if upwards else found[: window.limit], has_more)


class AnswerRoom:
    """Counts the bytes of an answer's JSON array: at most 5 MB, and 5.9 MB in the form that Lambda sends on.

    Lambda takes 6 MB, and sends the answer as a JSON string, in which every quote and backslash is one byte longer.
    """

    def __init__(self) -> None:
        self._size = self._wrapped = 2

    def takes(self, item: bytes) -> bool:
        """Adds a rendered item; False where the answer would be too large with it."""
        self._size += len(item) + 1
        self._wrapped += len(item) + 1 + item.count(b'"') + item.count(b"\\")
        return self._size <= MAX_ANSWER_BYTES and self._wrapped <= _MAX_WRAPPED_BYTES


def parse_list_limit(value: str | None) -> int:
    """How many entries a page of an envelope may have. Raises `BadRequest`."""
    return parse_limit(value, default=LIST_LIMIT, maximum=MAX_LIST_LIMIT) or LIST_LIMIT


def parse_limit(text: str | None, *, default: int | None, maximum: int) -> int | None:
    """The `limit` parameter. Raises `BadRequest` for anything but a whole number from 1 to `maximum`."""
    if text is None:
        return default
    limit = read_whole(text, least=1, most=maximum)
    if limit is None:
        raise BadRequest(f"limit: must be a whole number from 1 to {maximum}", param="limit")
    return limit


def encode_position(position: str) -> str:
    """A sort key as an opaque cursor."""
    return base64url.encode(position.encode())


def decode_position(cursor: str, *, pattern: str) -> str:
    """The sort key of a cursor. Raises `BadRequest` where it does not match `pattern`, the form of this list's keys."""
    try:
        position = base64url.decode(cursor).decode("ascii")
    except ValueError:
        position = ""
    if not re.fullmatch(pattern, position):  # compiled when a cursor comes, not with every start
        raise BadRequest("starting_after: is not a cursor of this list", param="starting_after")
    return position


def envelope(page: Page[Any], *, url: str) -> dict[str, Any]:
    """A list object, in the form of Stripe's."""
    return {
        "object": "list",
        "count": len(page.items),
        "has_more": page.has_more,
        "url": url,
        "data": page.items,
    }


def next_link(url: str, query: Mapping[str, str], position: str) -> str:
    """A `Link` header's value: this list's address with its filters, after `position`."""
    parameters = {**query, "starting_after": encode_position(position)}
    return f'<{url}?{urlencode(parameters)}>; rel="next"'
