"""The examples of the API reference as requests.

They are sent as they are printed, in an order in which each finds what it speaks of. What an answer names anew, such as
an id, stands in later requests in the place of what the reference printed.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

# The partner that the examples are about.
ORIGIN = "spacex"
# The interaction that rewards the mission of the examples; none of them makes it.
REWARD = {"type": "Quest", "name": "Quest done", "xpIncrement": 1, "action_id": "quest_done"}
# Whose path holds nothing that the day has not made by then.
DAY = (
    "partners_create_key",
    "applications_create_client",
    "links_create_link",
    "webhooks_create_endpoint",
    "collections_update_collection",
    "gardenlab_save_action_interaction",
    "answered_create_mission",
    "gardenlab_new_user_for_partner",
    "gardenlab_new_action_for_user",
    "gardenlab_mint_token_for_user",
    "space3_create_user",
    "space3_create_mission",
    "dreamspace_post_users",
    "dreamspace_patch_users_user_id",
    "dreamspace_post_specimens",
    "dreamspace_post_users_user_id_transactions",
    "dreamspace_post_events",
    "dreamspace_post_documents_document_id_stamps",
    "spaces_create_space",
    "spaces_create_customer",
    "spaces_create_captured_email",
    "spaces_create_hook",
)
_METHODS = ("get", "post", "patch", "put", "delete")
_SHORTEST_NAME = 12  # of what is replaced wherever it stands; shorter words may be parts of others


class Operation(NamedTuple):
    """An operation of the document."""

    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def example(self) -> Any:
        """The example of its answer; None where it has none."""
        return self.described["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("example")


class Sent(NamedTuple):
    """A request; the path has its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None


class Examples:
    """The requests of a partner of the name `origin`, with the headers of each security scheme.

    `words` are further ones of the examples, such as a receiver's host, with what is sent in their place.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        origin: str,
        credentials: Mapping[str, Mapping[str, str]],
        words: Mapping[str, str] | None = None,
    ) -> None:
        self.operations = {
            described["operationId"]: Operation(method.upper(), path, described)
            for path, methods in document["paths"].items()
            for method, described in methods.items()
        }
        self._credentials = credentials
        self._words = {ORIGIN: origin, **(words or {})}
        self._values: dict[tuple[str, str], str] = {}

    def order(self) -> list[str]:
        """The names of all operations: the day, then what reads, changes, and deletes, the deepest first."""
        rest = [name for name in self.operations if name not in DAY]

        def place(name: str) -> tuple[int, int]:
            operation = self.operations[name]
            depth = operation.path.count("/")
            return _METHODS.index(operation.method.lower()), -depth if operation.method == "DELETE" else depth

        return [*DAY, *sorted(rest, key=place)]

    def request(self, name: str) -> Sent:
        """The example of an operation."""
        method, path, described = self.operations[name]
        query: dict[str, str] = {}
        for parameter in described.get("parameters", ()):
            value = self._value(path, parameter["name"], parameter.get("example"))
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe="@:"))
            elif parameter["in"] == "query" and "example" in parameter and method == "GET":
                query[parameter["name"]] = value
        headers = {"Content-Type": "application/json"}
        for scheme in next(iter(described.get("security") or [{}])):
            headers |= self._credentials.get(scheme, {})
        body = None
        for media_type, content in described.get("requestBody", {}).get("content", {}).items():
            headers["Content-Type"] = media_type
            body = self._body(media_type, content["example"])
            break
        return Sent(method, f"{path}?{urlencode(query)}" if query else path, headers, body)

    def learn(self, name: str, answered: Any) -> None:
        """Notes what an answer names otherwise than the reference prints it."""
        _, path, _ = self.operations[name]
        for key, printed, real in _pairs(self.operations[name].example, answered):
            self._values[f"{path}/{{}}", printed] = real
            self._values[key, printed] = real
            if len(printed) >= _SHORTEST_NAME:
                self._words[printed] = real

    def printed(self) -> dict[str, str]:
        """What the answers named, with what the reference prints for it."""
        return {real: printed for printed, real in self._words.items() if len(real) >= _SHORTEST_NAME}

    def _value(self, path: str, name: str, example: Any) -> str:
        """A parameter: what was made at the path before it, else what was called by its name, else as printed."""
        printed = str(example)
        before = path.partition(f"/{{{name}}}")[0]
        found = self._values.get((f"{before}/{{}}", printed)) or self._values.get((name, printed))
        return found or self._filled(printed)

    def _body(self, media_type: str, example: Any) -> bytes:
        text = urlencode(example) if media_type.endswith("urlencoded") else json.dumps(example)
        return self._filled(text).encode()

    def _filled(self, text: str) -> str:
        for word in sorted(self._words, key=len, reverse=True):
            text = text.replace(word, self._words[word])
        return text


def _pairs(printed: Any, answered: Any, key: str = "") -> Iterator[tuple[str, str, str]]:
    """Each text and number that stands in both, with its key, where they are not the same."""
    if isinstance(printed, dict) and isinstance(answered, dict):
        for name in printed.keys() & answered.keys():
            yield from _pairs(printed[name], answered[name], name)
    elif isinstance(printed, str | int) and isinstance(answered, str | int) and str(printed) != str(answered):
        yield key, str(printed), str(answered)
