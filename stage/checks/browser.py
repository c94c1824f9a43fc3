"""A browser without scripts: keeps cookies, follows redirects of its own address, fills in forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests


class _Forms(HTMLParser):
    """A page's forms: each one's action, and the fields that are filled in already."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes forms and their inputs."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and self.forms and given.get("name"):
            checkable = given.get("type") in ("radio", "checkbox")
            if not checkable or "checked" in given:
                self.forms[-1][1][given["name"]] = given.get("value", "")


class Browser:
    """`page` is the last answer."""

    def __init__(self) -> None:
        self._http = requests.Session()
        self.page = requests.Response()

    def open(self, address: str, *, within: str = "") -> requests.Response:
        """Opens an address; redirects are followed while they stay `within` an address."""
        return self._show(self._http.get(address, allow_redirects=False, timeout=60), within or address)

    def submit(self, action: str, *, within: str, **fields: str) -> requests.Response:
        """Fills in and sends the form of the page whose action contains these words; other fields keep their values."""
        parser = _Forms()
        parser.feed(self.page.text)
        for target, held in parser.forms:
            if action in (target or self.page.url):
                address = urljoin(self.page.url, target)
                answer = self._http.post(address, data={**held, **fields}, allow_redirects=False, timeout=60)
                return self._show(answer, within)
        raise AssertionError(f"no form to {action}: {self.page.status_code} {self.page.text[:2000]}")

    def _show(self, answer: requests.Response, within: str) -> requests.Response:
        while answer.is_redirect and urljoin(answer.url, answer.headers["Location"]).startswith(within):
            onward = urljoin(answer.url, answer.headers["Location"])
            answer = self._http.get(onward, allow_redirects=False, timeout=60)
        self.page = answer
        return answer
