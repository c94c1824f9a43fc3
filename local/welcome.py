"""The text that is printed when the local server is up."""

import sys

from local.engine import Engine

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


def reachable(host: str) -> str:
    """A host in the form that a URL on this machine needs."""
    return _ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)


def show(host: str, port: int, *, engine: Engine, demo_key: str, admin_key: str) -> None:
    """Prints the addresses and the keys; the `ready` line comes last."""
    sys.stdout.write(text(host, port, engine=engine, demo_key=demo_key, admin_key=admin_key))
    sys.stdout.flush()


def text(host: str, port: int, *, engine: Engine, demo_key: str, admin_key: str) -> str:
    """The whole text that `show` prints."""
    base = f"http://{reachable(host)}:{port}"
    kept = "memory only: gone when this stops" if engine.embedded else f"kept by {engine.endpoint}"
    return f"""
Spacegarden, local run. Data: {kept}.

  Open           {base}/   (three calls to try, and links to everything)

  Partners' API  {base}/api/v1        Webhooks  {base}/webhooks
  Spaces API     {base}/api/v1        OAuth     {base}/oauth/authorize
  Admin          {base}/admin         Health    {base}/health/deep
  Console        {base}/console       Reference {base}/docs
  Holders        {base}/claim         (mailed codes are printed here, in the log)

  Demo partner "spacex", API key  {demo_key}
  Demo OAuth application          demo, demo-secret
  Admin key                       {admin_key}

In a second shell, from a mint to its webhook:  SPACEGARDEN_URL={base} .venv/bin/python docs/samples/quickstart.py
To receive webhooks yourself:  .venv/bin/python -m local.receiver 9000
and add the endpoint http://127.0.0.1:9000/ in the console.

Stop with Ctrl-C.
ready http://{host}:{port}
"""
