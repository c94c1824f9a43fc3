"""Every list of the API reference, plain and by each of its filters, for a partner that has one of everything."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from chalicelib.core.settings import settings
from tests.oauth.flows import register
from tests.platform import Answer, Platform
from tests.reference.examples import REWARD, Examples

A_PAGE = 5
# Bounds of time, by how a filter's name ends: everything is within them. But Dreamspace reads all that matches, since
# it answers by id; where it reads by time, nothing matches, however much there is.
_BOUNDS: Mapping[str, object] = {
    "[gte]": 0,
    "[lt]": 4_000_000_000,
    "since": "1970-01-01T00:00:00Z",
    "until": "2200-01-01T00:00:00Z",
    "_after": "1970-01-01",
    "_before": "2200-01-01",
}
_NOTHING: Mapping[str, object] = {"_after": "2200-01-01", "_before": "1970-01-01"}
_PAGING = frozenset({"limit", "starting_after", "starting_before", "ending_before"})


class Lists:
    """The lists of a partner for whom every example of the reference was sent but those that delete."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        partner = platform.new_partner()
        self.origin = partner.origin
        credentials = {
            "adminKey": {"Authorization": f"Bearer {settings().admin_key}"},
            "apiKey": {"Authorization": f"Bearer {partner.key}"},
            "apiKeyHeader": {"X-API-KEY": partner.key},
            "accessTokenBasic": {"Authorization": f"Bearer {register(partner).own_token()}"},
        }
        self._examples = Examples(platform.call("GET", "/openapi.json").json, partner.origin, credentials)
        reward = {"origin": partner.origin, "contract_id": "summer_party", "interaction": REWARD}
        partner.post("saveActionInteraction", reward)
        for name in self._examples.order():
            if self._examples.operations[name].method != "DELETE" and "limit" not in self._queries(name):
                self._send(name)
        platform.drain()

    def calls(self) -> dict[str, Callable[[], Answer]]:
        """A call for each list and filter, by its name. A filter has the value that the list's first row has."""
        found = {}
        for name, operation in self._examples.operations.items():
            if operation.method == "GET" and "limit" in self._queries(name):
                for what, query in self._filters(name):
                    found[f"GET {operation.path}{what}"] = self._call(name, query)
        return found

    def _queries(self, name: str) -> dict[str, Any]:
        parameters = self._examples.operations[name].described.get("parameters", ())
        return {each["name"]: each for each in parameters if each["in"] == "query"}

    def _filters(self, name: str) -> Iterator[tuple[str, dict[str, object]]]:
        yield "", {}
        answered = self._call(name, {})().json
        rows = answered if isinstance(answered, list) else answered["data"]
        for parameter in self._queries(name).keys() - _PAGING:
            is_nested = "{" in self._examples.operations[name].path
            bounds = _BOUNDS if is_nested else {**_BOUNDS, **_NOTHING}
            value = _value(parameter, rows[0] if rows else {}, bounds)
            if value is not None and "example" not in self._queries(name)[parameter]:
                yield f"?{parameter}", {parameter: value}

    def _call(self, name: str, query: Mapping[str, object]) -> Callable[[], Answer]:
        sent = self._examples.request(name)
        parts = urlsplit(sent.path)
        path = f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query)), **query, 'limit': A_PAGE})}"
        return lambda: self._platform.call("GET", path, headers=sent.headers)

    def _send(self, name: str) -> None:
        sent = self._examples.request(name)
        answer = self._platform.call(sent.method, sent.path, body=sent.body, headers=sent.headers)
        if answer.status == 200:
            self._examples.learn(name, answer.json)


def _value(parameter: str, row: Mapping[str, Any], bounds: Mapping[str, object]) -> object:
    """What to look for: a bound, else as the row has it; None where it does not show it."""
    for end, bound in bounds.items():
        if parameter.endswith(end):
            return bound
    value = row.get(parameter)
    if isinstance(value, dict):
        value = value.get("id")
    return str(value).lower() if isinstance(value, bool) else value
