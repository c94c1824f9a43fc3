"""HEAD and OPTIONS, which an address answers beside the methods that its routes declare, and the header `Allow`.

HEAD is answered wherever GET is. OPTIONS is answered at addresses that are open to browsers, which are those that
scripts of any web site may call. A route that declares one of the two answers it itself.
"""

import re
from collections.abc import Collection
from typing import Final

from chalice.app import Response

_ORDER: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ALWAYS_ALLOWED: Final = frozenset({"HEAD"})  # browsers send it whatever the preflight's answer says
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_MOST_HEADER_NAMES: Final = 32
_SECONDS_TO_KEEP: Final = 7200  # the longest that Chromium keeps an answer
# Scripts may read every header of an answer; requests with cookies are not allowed (Fetch Standard).
OPEN_HEADERS: Final = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "*"}


def answered_methods(methods: Collection[str], *, declared: Collection[str], open_to_browsers: bool) -> list[str]:
    """All methods that an address answers, in the usual order.

    `methods` are those that its views answer, `declared` those of the route, which may be more.
    """
    answered = set(methods)
    if "GET" in methods and "HEAD" not in declared:
        answered.add("HEAD")
    if open_to_browsers and "OPTIONS" not in declared:
        answered.add("OPTIONS")
    return [method for method in _ORDER if method in answered]


def preflight(methods: Collection[str], asked_headers: str) -> Response:
    """The answer to a browser that asks whether a script may send a request with the headers `asked_headers`."""
    headers: dict[str, str | list[str]] = {
        **OPEN_HEADERS,
        "Access-Control-Allow-Methods": ", ".join(method for method in methods if method not in _ALWAYS_ALLOWED),
        "Access-Control-Max-Age": str(_SECONDS_TO_KEEP),
        "Allow": ", ".join(methods),
        "Vary": "Access-Control-Request-Headers",
    }
    names = [name.strip() for name in asked_headers.split(",", _MOST_HEADER_NAMES)[:_MOST_HEADER_NAMES]]
    if allowed := [name for name in names if _HEADER_NAME.fullmatch(name)]:
        headers["Access-Control-Allow-Headers"] = ", ".join(allowed)
    return Response("", status_code=204, headers=headers)
