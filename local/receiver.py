"""A webhook receiver for developers: `python -m local.receiver 9000 [--secret whsec_…] [--status 500]`.

Prints each webhook, checks its Standard Webhooks signature where the endpoint's secret is given, and answers
200, 401 where the signature is wrong, or the status asked for, to watch retries.
"""

import argparse
import json
import sys
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

_SHOWN = ("webhook-id", "webhook-timestamp", "webhook-signature", "x-api-key", "content-type", "user-agent")


class Receiver(ThreadingHTTPServer):
    """Listens on loopback. `secret` is the endpoint's or None; `status` answers a good webhook."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, *, secret: str | None = None, status: int = 200) -> None:
        self.webhook = Webhook(secret) if secret else None
        self.status = status
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = {name.lower(): str(value) for name, value in self.headers.items()}
        verdict, status = self._judge(body, headers)
        sys.stdout.write(describe(self.path, headers, body, verdict=verdict, status=status))
        sys.stdout.flush()
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _judge(self, body: bytes, headers: dict[str, str]) -> tuple[str, int]:
        if self.server.webhook is None:
            return "not checked (no --secret)", self.server.status
        try:
            self.server.webhook.verify(body, headers)
        except WebhookVerificationError as error:
            return f"WRONG: {error}", 401
        except ValueError as error:
            # A good signature over a body that is not JSON: the package parses what it has verified.
            return f"right, but the body is not JSON: {error}", self.server.status
        return "right", self.server.status

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the webhook itself is printed."""


def describe(path: str, headers: dict[str, str], body: bytes, *, verdict: str, status: int) -> str:
    """The text printed for one webhook."""
    try:
        shown = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        shown = body.decode(errors="replace")
    lines = [f"── {datetime.now().astimezone():%H:%M:%S} POST {path} → {status}"]
    lines += [f"   {name}: {headers[name]}" for name in _SHOWN if name in headers]
    lines += [f"   signature {verdict}", shown, ""]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Receives until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m local.receiver", description="Prints the webhooks it receives.")
    parser.add_argument("port", type=int, nargs="?", default=9000)
    parser.add_argument("--secret", help="the endpoint's secret, whsec_…: signatures are checked")
    parser.add_argument("--status", type=int, default=200, help="what to answer, to watch retries")
    arguments = parser.parse_args()
    try:
        receiver = Receiver(arguments.port, secret=arguments.secret, status=arguments.status)
    except OSError as error:
        print(f"Cannot listen on 127.0.0.1:{arguments.port}: {error.strerror}.", file=sys.stderr)
        return 1
    print(f"receiving on http://127.0.0.1:{receiver.server_port}/", flush=True)
    try:
        receiver.serve_forever()
    except KeyboardInterrupt:
        receiver.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
