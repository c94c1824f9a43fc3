"""One request to two addresses, and the answer of each, in a form that can be compared."""

import os
import re
from collections.abc import Mapping
from typing import NamedTuple

import requests

# What differs with every answer or between the sides: addresses, ids, times, the chain and its fees.
_OWN = (
    (re.compile(r"https?://[^/\s\"'<>]*[^/\s\"'<>.](/api)?(?=[/\s\"'<>.]|$)"), "ADDRESS"),
    # On a stage without a domain, addresses are beneath the gateway's stage.
    (re.compile(r"(?<=[\"'])/api/(?!v1/)"), "/"),
    (re.compile(r'(?<="stage":")(dev|staging)(?=")|(?<=\bsg_)(dev|staging)(?=_)'), "STAGE"),
    (re.compile(r'(?<="chain":")[a-z]+(?=")'), "CHAIN"),
    (re.compile(r'(?<="chain_id":)[0-9]+'), "CHAIN"),
    (re.compile(r'"(coins|mints|updates|changes)":"[0-9.]+"'), "COINS"),
    (re.compile(r'(?<="cursor":")[0-9A-Z]{9,}(?=")'), "TIME"),
    (re.compile(r'(?<="referral_code":")[0-9A-Z]+(?=")'), "CODE"),
    (re.compile(r'(?<="_nanoseconds":)[0-9]+|(?<="latency_ms":)[0-9]+'), "TIME"),
    (re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00)"), "TIME"),
    (re.compile(r"\b1[0-9]{9}\b"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{20,}"), "ID"),
)
_ID_HEADERS = frozenset({"x-request-id"})
# Of the connection or its transport rather than of the answer.
_OF_THE_CONNECTION = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})


class Asked(NamedTuple):
    """A request; the path is sent as it is, with its query."""

    method: str
    path: str
    body: bytes | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        body = "" if not self.body else f" {self.body[:80]!r}" + ("…" if len(self.body) > 80 else "")
        return f"{self.method} {self.path}{body}"


class Answer(NamedTuple):
    """An answer, with placeholders for what always differs. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str

    def without(self, *names: str) -> "Answer":
        """The same without some headers."""
        return self._replace(headers={name: value for name, value in self.headers.items() if name not in names})


def ask(address: str, asked: Asked) -> requests.Response:
    """Sends a request as it is written."""
    # Prepared by hand, since the library would put a path into its own form.
    prepared = requests.Request(asked.method, address, headers=dict(asked.headers), data=asked.body).prepare()
    prepared.url = f"{address}{asked.path}"
    with requests.Session() as session:
        session.verify = os.environ["REQUESTS_CA_BUNDLE"]
        return session.send(prepared, allow_redirects=False, timeout=90)


def answer_of(answer: requests.Response, names: Mapping[str, str] | None = None) -> Answer:
    """An answer in the form that is compared; `names` maps words of this side to the placeholders of both."""
    headers = {
        name.lower(): "ID" if name.lower() in _ID_HEADERS else _plain(value, names or {})
        for name, value in answer.headers.items()
        if name.lower() not in _OF_THE_CONNECTION
    }
    return Answer(answer.status_code, headers, _plain(answer.text, names or {}))


def _plain(text: str, names: Mapping[str, str]) -> str:
    for word in sorted(names, key=len, reverse=True):
        text = text.replace(word, names[word])
    for pattern, word in _OWN:
        text = pattern.sub(word, text)
    return text
