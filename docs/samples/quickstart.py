"""A partner's first minutes: announce a user, apply an interaction, mint the NFT, and receive the signed webhook.

It needs Python 3.11 or newer and a local run of the platform (`make run`). `SPACEGARDEN_URL`, `SPACEGARDEN_KEY` and
`SPACEGARDEN_ORIGIN` name another run or partner. A deployed stage sends webhooks to public https addresses only.
"""

import base64
import hashlib
import hmac
import json
import os
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

URL = os.environ.get("SPACEGARDEN_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("SPACEGARDEN_KEY", "sg_dev_demo_localonly0localonly0localonly0")
ORIGIN = os.environ.get("SPACEGARDEN_ORIGIN", "spacex")
COLLECTION = "summer_party"
WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OLDEST_SECONDS = 5 * 60


def call(method: str, path: str, body: object = None) -> dict:
    """Calls the API and returns its JSON answer; a refusal ends the program with what the API says."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(URL + path, data, headers, method=method), timeout=30) as answer:
            return json.load(answer)
    except HTTPError as error:
        raise SystemExit(f"{method} {path}: {error.code} {error.read().decode()}") from error
    except URLError as error:
        advice = "Start it with `make run`, or name another address in SPACEGARDEN_URL."
        raise SystemExit(f"Nothing answers at {URL}: {error.reason}. {advice}") from error


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a webhook is signed with the endpoint's secret and not old (standardwebhooks.com)."""
    sent_at = headers["webhook-timestamp"]
    if abs(time.time() - int(sent_at)) > OLDEST_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{sent_at}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    # After a rotation of the secret there are two signatures, separated by a space.
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split())


def main() -> None:
    """Runs the whole story once."""
    received: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put(({name.lower(): value for name, value in self.headers.items()}, body))
            # Answer at once and work later: a slow answer counts as a failure.
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = call("POST", "/webhooks/endpoints", {"url": f"http://127.0.0.1:{server.server_port}/"})

    uid = f"guest-{time.time_ns()}"
    guest = {"uid": uid, "email": f"{uid}@example.com"}
    where = {"origin": ORIGIN, "contract_id": COLLECTION}
    nft = call("POST", "/api/v1/newUserForPartner", {**where, **guest, "user_category_id": "VIP"})
    print("announced", uid, "with the NFT", nft["tokenId"])

    call("POST", "/api/v1/newActionForUser", {**where, "action_id": "event_checkin", "guest": {"uid": uid}})
    call("POST", "/api/v1/mintTokenForUser", {**where, **guest, "user_addr": WALLET})

    headers, body = received.get(timeout=120)
    assert is_genuine(endpoint["secret"], headers, body), "This webhook is not from the platform."
    print("received", json.dumps(json.loads(body), indent=2))
    call("DELETE", f"/webhooks/endpoints/{endpoint['id']}")


if __name__ == "__main__":
    main()
