"""Sample calls with the partner's own values: as curl commands, and as links that fill in the API reference's form."""

import json
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from chalicelib import demo
from chalicelib.core.settings import settings
from chalicelib.pages.service.console import Operator
from chalicelib.partners.domain import parse_key

_TOKEN = """ACCESS_TOKEN=$(curl -sS {server}/oauth/token -u {client} \\
  -d grant_type=client_credentials -d scope=read_write \\
  | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
"""
# The reference's name of the operation that is a POST to each path.
OPERATIONS: Final = {
    "/api/v1/newUserForPartner": "gardenlab_new_user_for_partner",
    "/api/v1/newActionForUser": "gardenlab_new_action_for_user",
    "/api/v1/spaces": "spaces_create_space",
    "/api/v1/customers": "spaces_create_customer",
    "/api/v1/invoices": "spaces_create_invoice",
    "/events": "dreamspace_post_events",
    "/webhooks/endpoints": "webhooks_create_endpoint",
}


class Shell(NamedTuple):
    """What commands are made with: the API's address, an API key, and an OAuth application as `id:secret`.

    The key and the application are shell variables, except for a local run's demo partner, whose are no secrets.
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

    def reference(self, path: str, body: Any) -> str:
        """Where the reference tries the call out, its form filled in; what follows the `#` stays in the browser."""
        filled = urlencode({"body": json.dumps(body, ensure_ascii=False)})
        return f"/docs/{OPERATIONS[path]}#{filled}"


def shell_for(operator: Operator, server: str) -> Shell:
    """The commands of a signed-in operator."""
    key = parse_key(settings().demo_key) if settings().is_local else None
    if key is None or key.id != operator.key_id:
        return Shell(server, "$SPACEGARDEN_KEY", '"$CLIENT_ID:$CLIENT_SECRET"')
    return Shell(server, settings().demo_key, f"{demo.CLIENT_ID}:{demo.CLIENT_SECRET}")
