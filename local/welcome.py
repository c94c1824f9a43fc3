"""What a developer reads when the local server is up."""

import sys

from local.engine import Engine

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}
_WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def reachable(host: str) -> str:
    """A host as it stands in an address that this machine can open."""
    return _ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)


def show(host: str, port: int, *, engine: Engine, demo_key: str, admin_key: str) -> None:
    """Prints the address, the keys and three calls that work; the `ready` line comes last."""
    sys.stdout.write(text(host, port, engine=engine, demo_key=demo_key, admin_key=admin_key))
    sys.stdout.flush()


def text(host: str, port: int, *, engine: Engine, demo_key: str, admin_key: str) -> str:
    """The whole text that `show` prints."""
    base = f"http://{reachable(host)}:{port}"
    guest = '"email":"ada@example.com","uid":"ada"'
    collection = '"origin":"spacex","contract_id":"summer_party"'

    def call(path: str, body: str) -> str:
        return (
            f"  curl -sS {base}/{path} -H 'Authorization: Bearer {demo_key}'"
            f" -H 'Content-Type: application/json' -d '{{{body}}}'\n"
        )

    kept = "memory only: gone when this stops" if engine.embedded else f"kept by {engine.endpoint}"
    return f"""
Spacegarden, local run. Data: {kept}.

  Partners' API  {base}/api/v1        Webhooks  {base}/webhooks
  Spaces API     {base}/api/v1        OAuth     {base}/oauth/authorize
  Admin          {base}/admin         Health    {base}/health/deep
  Console        {base}/console       Reference {base}/docs
  Holders        {base}/claim         (mailed codes are told here, in the log)

  Demo partner "spacex", API key  {demo_key}
  Demo OAuth application          demo, demo-secret
  Admin key                       {admin_key}

Three calls that work:

{call("api/v1/newUserForPartner", f'{collection},{guest},"user_category_id":"VIP"')}
{call("api/v1/mintTokenForUser", f'{collection},{guest},"user_addr":"{_WALLET}"')}
{call("api/v1/newActionForUser", f'{collection},"action_id":"event_checkin","guest":{{{guest}}}')}
Watch webhooks arrive: in a second shell run  .venv/bin/python -m local.receiver 9000
and tell the platform where to send them:

{call("webhooks/endpoints", '"url":"http://127.0.0.1:9000/"')}
Stop with Ctrl-C.
ready http://{host}:{port}
"""
