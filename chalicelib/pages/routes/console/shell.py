"""Shell commands that pages show: the same call as curl, with the partner's own values."""

import json
from typing import Any, NamedTuple

from chalicelib import demo
from chalicelib.core.settings import settings
from chalicelib.pages.service.console import Operator
from chalicelib.partners.domain import parse_key

_TOKEN = """ACCESS_TOKEN=$(curl -sS {server}/oauth/token -u {client} \\
  -d grant_type=client_credentials -d scope=read_write \\
  | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
"""


class Shell(NamedTuple):
    """What commands are made with: the API's address, an API key, and an OAuth application as `id:secret`.

    The key and the application are shell variables, but for the demo partner of a local run: its are no secrets.
    """

    server: str
    api_key: str
    client: str

    def command(self, path: str, body: Any, credential: str) -> str:
        """A POST of a JSON body. `credential` is `key`, `header key` (`X-API-KEY`) or `token`, which it gets first."""
        before, option = "", f'-H "Authorization: Bearer {self.api_key}"'
        if credential == "header key":
            option = f'-H "X-API-KEY: {self.api_key}"'
        elif credential == "token":
            before, option = _TOKEN.format(server=self.server, client=self.client), '-u "$ACCESS_TOKEN:"'
        text = json.dumps(body, ensure_ascii=False).replace("'", "\\u0027")
        lines = (
            f"{before}curl -sS {self.server}{path} \\",
            f"  {option} \\",
            "  -H 'Content-Type: application/json' \\",
        )
        return "\n".join((*lines, f"  -d '{text}'"))


def shell_for(operator: Operator, server: str) -> Shell:
    """The commands of a signed-in operator."""
    key = parse_key(settings().demo_key) if settings().is_local else None
    if key is None or key.id != operator.key_id:
        return Shell(server, "$SPACEGARDEN_KEY", '"$CLIENT_ID:$CLIENT_SECRET"')
    return Shell(server, settings().demo_key, f"{demo.CLIENT_ID}:{demo.CLIENT_SECRET}")
