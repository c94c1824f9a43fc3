"""The platform's HTTP surface as the commands use it.

ApiError
├── Refused          the platform answered with an error; `body` is its answer
└── Unreachable      no platform answered
"""

import json
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse, InvalidURL
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPErrorProcessor, HTTPHandler, OpenerDirector, ProxyHandler, Request, build_opener

_TIMEOUT_SECONDS = 35.0  # the gateway ends its calls after 29
_LARGEST_PAGE = 100


class ApiError(Exception):
    """Base class of failed calls; the message is for the user."""


class Refused(ApiError):
    """The platform answered with an error. `body` is its JSON answer."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body
        error = body.get("error")
        fields = error if isinstance(error, dict) else body
        super().__init__(f"{fields.get('message') or 'Refused.'} ({fields.get('code') or 'no code'}, {status})")


class Unreachable(ApiError):
    """No answer, or one that is not Spacegarden's."""


class Part(NamedTuple):
    """At most `limit` entries of a list (None: all), after the entry that `after` names by its cursor."""

    limit: int | None = None
    after: str | None = None


class Api:
    """Calls to one platform. `url` is its base, a stage's path included; `key` is a partner's API key."""

    def __init__(self, url: str, *, admin_key: str, key: str = "") -> None:
        self._url = url
        self._admin_key = admin_key
        self._key = key
        self._is_local = is_loopback(urlsplit(url).hostname or "")
        self._opener = _plain_opener() if self._is_local and url.startswith("http://") else self._any_opener()

    def call(
        self,
        method: str,
        *path: str,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        once: str | None = None,
    ) -> Any:
        """The answer to an admin call below `/admin/partners`; `once` is its idempotency key.

        Raises `Refused` or `Unreachable`.
        """
        headers = {"Authorization": f"Bearer {self._admin_key}", **({"Idempotency-Key": once} if once else {})}
        return self._ask(method, ("admin", "partners", *path), headers=headers, body=body, query=query)

    def call_as_partner(
        self,
        method: str,
        *path: str,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """The answer to a call with the partner's API key, an object or an array. Raises `Refused` or `Unreachable`."""
        headers = {"Authorization": f"Bearer {self._key}"}
        return self._ask(method, path, headers=headers, body=body, query=query, arrays=True)

    def call_queues(self, method: str, *path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer to an admin call below `/admin/queues`. Raises `Refused` or `Unreachable`."""
        headers = {"Authorization": f"Bearer {self._admin_key}"}
        answer = self._ask(method, ("admin", "queues", *path), headers=headers, body=body, query=None)
        return dict(answer)

    def call_signing_keys(self, method: str) -> dict[str, Any]:
        """The answer to an admin call of `/admin/signing_keys`. Raises `Refused` or `Unreachable`."""
        headers = {"Authorization": f"Bearer {self._admin_key}"}
        return dict(self._ask(method, ("admin", "signing_keys"), headers=headers, body=None, query=None))

    def signers(self, *chain: str) -> dict[str, Any]:
        """Every chain's signer, or one chain's. Raises `Refused` or `Unreachable`."""
        headers = {"Authorization": f"Bearer {self._admin_key}"}
        answer = self._ask("GET", ("admin", "chain", "signers", *chain), headers=headers, body=None, query=None)
        return dict(answer)

    def local_node(self) -> str:
        """Where the local run's chain answers JSON-RPC. Raises `Refused` or `Unreachable`."""
        headers = {"Authorization": f"Bearer {self._admin_key}"}
        return str(self._ask("GET", ("admin", "chain", "rpc"), headers=headers, body=None, query=None)["url"])

    def json_rpc(self, method: str, *params: Any) -> Any:
        """The result of a JSON-RPC call; the client's `url` must be a node's. Raises `Refused` or `Unreachable`."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self._ask("POST", (), headers={}, body=body, query=None)
        if "result" not in answer:
            raise Refused(200, answer)
        return answer["result"]

    def health(self, *, deep: bool) -> Any:
        """The platform's health; needs no key. Raises `Refused` or `Unreachable`."""
        return self._ask("GET", ("health", "deep") if deep else ("health",), headers={}, body=None, query=None)

    def read_list(self, *path: str, cursor: str, part: Part, **filters: str | None) -> dict[str, Any]:
        """A part of an admin list as one list object, its pages joined. Raises `Refused` or `Unreachable`.

        `cursor` is the field of the last entry after which the next page begins, unless the page gives `next_after`.
        """
        query = _given(filters)
        return self._join(lambda window: self.call("GET", *path, query={**query, **window}), cursor, part)

    def read_partner_list(self, *path: str, part: Part, **filters: str | None) -> dict[str, Any]:
        """The same of a list that a partner reads, whose cursor is the field `id`."""
        query = _given(filters)
        return self._join(lambda window: self.call_as_partner("GET", *path, query={**query, **window}), "id", part)

    def _join(self, read: Callable[[dict[str, Any]], Any], cursor: str, part: Part) -> dict[str, Any]:
        limit, after = part
        entries: list[Any] = []
        while True:
            size = _LARGEST_PAGE if limit is None else min(_LARGEST_PAGE, limit - len(entries))
            page = read({"limit": size, **({"starting_after": after} if after is not None else {})})
            if not isinstance(page, dict) or page.get("object") != "list":
                raise Unreachable(self._foreign(200))
            entries += page["data"]
            after = page.get("next_after") or (str(page["data"][-1][cursor]) if page["data"] else None)
            if not page["has_more"] or after is None or len(entries) == limit:
                return {**page, "count": len(entries), "data": entries}

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        headers: Mapping[str, str],
        body: Any,
        query: Mapping[str, Any] | None,
        arrays: bool = False,
    ) -> Any:
        address = "/".join([self._url.rstrip("/"), *(quote(part, safe="") for part in path)])
        sent = {"Accept": "application/json", "User-Agent": "spacegarden-cli", **headers}
        data = None
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = Request(f"{address}?{urlencode(query)}" if query else address, data, sent, method=method)
        try:
            status, answer = self._exchange(request)
        except (OSError, HTTPException, ValueError) as error:  # ValueError for an invalid address or proxy
            raise Unreachable(self._unreached(error)) from error
        return self._read(method, status, answer, kinds=(dict, list) if arrays else (dict,))

    def _any_opener(self) -> OpenerDirector:
        # Calls to this machine ignore proxy settings.
        return build_opener(KeepErrorAnswers, *([ProxyHandler({})] if self._is_local else []))

    def _exchange(self, request: Request) -> tuple[int, bytes]:
        with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
            return response.status, response.read()

    def _read(self, method: str, status: int, answer: bytes, *, kinds: tuple[type, ...]) -> Any:
        try:
            value = json.loads(answer)
        except ValueError:
            value = None
        if not isinstance(value, kinds) or 300 <= status < 400:
            if status >= 500:
                again = "" if method == "GET" else " A change may have been made: look before you repeat it."
                raise Unreachable(f"Something before {self._url} answered {status} in its place.{again}")
            raise Unreachable(self._foreign(status))
        if status >= 400:
            raise Refused(status, value if isinstance(value, dict) else {})
        return value

    def _foreign(self, status: int) -> str:
        return f"What answers at {self._url} ({status}) is not Spacegarden. Is --url (SPACEGARDEN_URL) right?"

    def _unreached(self, error: Exception) -> str:
        reason = error.reason if isinstance(error, URLError) else error
        words = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        if isinstance(error, InvalidURL | UnicodeError) or isinstance(reason, ValueError):
            return f"Nothing was sent to {self._url}: {words}. Are the address and the environment's proxy right?"
        if not isinstance(error, URLError):  # it took the request, and then no whole answer came
            return f"{self._url} did not answer: {words}. A change may have been made: look before you repeat it."
        advice = (
            "Start the platform with `make run`, or name another with --url or SPACEGARDEN_URL."
            if self._is_local
            else "Is --url (SPACEGARDEN_URL) right, and the network up?"
        )
        return f"Cannot reach {self._url}: {words}. {advice}"


def _given(filters: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in filters.items() if value is not None}


class KeepErrorAnswers(HTTPErrorProcessor):
    """Returns error answers and redirects unchanged: an error's body is read, and a redirect would leak the key."""

    def http_response(self, request: Request, response: HTTPResponse) -> HTTPResponse:
        del request
        return response

    https_response: Callable[..., HTTPResponse] = http_response


def _plain_opener() -> OpenerDirector:
    """An opener for HTTP to this machine, without loading certificate authorities (30 ms and more)."""
    opener = OpenerDirector()
    for handler in (HTTPHandler(), KeepErrorAnswers()):
        opener.add_handler(handler)
    return opener


def is_loopback(host: str) -> bool:
    """True for loopback names and addresses."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
