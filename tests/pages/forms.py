"""A browser without scripts: keeps cookies, follows redirects, fills in forms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from chalicelib.core.ids import random_token
from local.server.gateway import Gateway
from tests.platform import Answer, Platform

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_MOST_REDIRECTS = 5


class _Forms(HTMLParser):
    """Forms of a page: action and the fields that are filled in already."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[dict[str, str], dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms and their inputs."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given, {}))
        elif tag in ("input", "button") and self.forms and given.get("name"):
            checkable = given.get("type") in ("radio", "checkbox")
            if tag == "input" and (not checkable or "checked" in given):
                self.forms[-1][1][given["name"]] = given.get("value", "")


@dataclass
class Surfer:
    """A browser at the platform. `page` is the last answer, `path` where it came from."""

    platform: Platform
    ip: str = field(default_factory=lambda: f"client-{random_token(10)}")
    cookies: dict[str, str] = field(default_factory=dict)
    page: Answer = field(default_factory=lambda: Answer(0, "", {}))
    path: str = ""

    @property
    def html(self) -> str:
        """The page's text."""
        return str(self.page.json)

    @property
    def words(self) -> str:
        """What a reader sees of the page, blanks made one."""
        shown = re.sub(r"<(head|script|style)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(shown).split())

    def get(self, path: str, **headers: str) -> Answer:
        """Opens a page."""
        return self._send("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Sends a form as it is given."""
        return self._send("POST", path, urlencode(fields).encode(), headers)

    def submit(self, action: str, **fields: str) -> Answer:
        """Fills in and sends the page's form whose action begins so, with what it holds already."""
        for form, held in self.forms():
            target = form.get("action") or self.path
            if target.startswith(action):
                return self.post(target, {**held, **fields})
        raise AssertionError(f"no form to {action} on this page: {self.words}")

    def forms(self) -> list[tuple[dict[str, str], dict[str, str]]]:
        """Attributes and fields of the page's forms."""
        parser = _Forms()
        parser.feed(self.html)
        return parser.forms

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        for _ in range(_MOST_REDIRECTS):
            sent: dict[str, str] = {"Host": "spacegarden.test", **FORM, **headers}
            if self.cookies:
                sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            gateway = Gateway(self.platform.app)
            answer = gateway.handle(method, path, list(sent.items()), body, source_ip=self.ip)
            given = {name.lower(): value for name, value in answer.headers}
            self.page, self.path = Answer(answer.status, answer.body.decode(), given), path
            self._keep([value for name, value in answer.headers if name.lower() == "set-cookie"])
            if self.page.status not in (302, 303):
                return self.page
            method, path, body = "GET", _path(self.page.headers["location"]), None
        raise AssertionError("redirected in a circle")

    def _keep(self, given: list[str]) -> None:
        for line in given:
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0]
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)


def _path(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
