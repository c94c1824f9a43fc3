"""What holders do in a browser: sign in by a mailed code, claim an NFT, and find an interaction by a password.

One browser waits for its code, another is signed in. Forms are sent, not fetched. What a step gives its browser is used
at rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from eth_account import Account
from eth_account.messages import encode_defunct

from chalicelib.core.emails import canonical_email
from chalicelib.gardenlab.repository.tokens import find_token
from local.server.gateway import Gateway
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.letters import collected
from tests.pages.forms import FORM, Surfer
from tests.platform import HOLDER, OTHER_HOLDER, Partner

_PASSWORD = "the roof garden"
_ACCOUNT = Account.from_key("0x" + "11" * 32)


@dataclass(frozen=True)
class _Browser:
    platform: SharedPlatform
    cookie: str
    csrf: str
    ip: str

    @staticmethod
    def of(surfer: Surfer, platform: SharedPlatform) -> "_Browser":
        cookie = "; ".join(f"{name}={value}" for name, value in surfer.cookies.items())
        csrf = next(held["csrf"] for _, held in surfer.forms() if "csrf" in held)
        return _Browser(platform, cookie, csrf, surfer.ip)

    def send(self, method: str, path: str, cookie: str | None = None, **fields: str) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of an answer."""
        headers = {"Host": "spacegarden.test", **FORM, "Cookie": cookie or self.cookie}
        body = urlencode({"csrf": self.csrf, **fields}).encode() if method == "POST" else None
        answer = Gateway(self.platform.app).handle(method, path, list(headers.items()), body, source_ip=self.ip)
        return answer.status, {name.lower(): value for name, value in answer.headers}, answer.body.decode()


@dataclass(frozen=True)
class _Visit:
    partner: Partner
    email: str
    token: str
    nft: str
    codes: str
    code: str
    waiting: _Browser
    mailed: str
    holder: _Browser
    message: str
    signature: str
    given: list[str] = field(default_factory=list)
    """The cookies that the steps of this run gave."""


def _holder(on: str, path: str, call: str, **fields: str) -> Step[_Visit]:
    def run(visit: _Visit) -> int:
        shown = {
            "nft": visit.nft,
            "message": visit.message,
            "signature": visit.signature,
            "origin": visit.partner.origin,
        }
        filled = {name: value.format(**shown) for name, value in fields.items()}
        return visit.holder.send("POST", path.format(**shown), **filled)[0]

    return step(run, on, f"POST {call}")


def _code(pick: Callable[[str], str]) -> Callable[[_Visit], int]:
    def run(visit: _Visit) -> int:
        status, headers, _ = visit.waiting.send("POST", "/claim/code", code=pick(visit.mailed))
        if status == 303:
            visit.given.append(headers["set-cookie"].partition(";")[0])
        return status

    return run


def _mail(visit: _Visit) -> int:
    email = f"again-{visit.partner.origin}@example.com"
    return visit.waiting.send("POST", "/claim/sign-in", email=email)[0]


def _mint_other(visit: _Visit) -> int:
    return visit.partner.mint(user_addr=OTHER_HOLDER, email=visit.email).status


def _end_code(visit: _Visit) -> int:
    return visit.partner.platform.admin("DELETE", f"{visit.codes}/{visit.code}").status


_NFT = "/claim/{contract}/{token}"
_STEPS = {
    "code": step(_code(lambda code: code), "code", "POST /claim/code"),
    "wrong code": step(_code(lambda code: f"{(int(code) + 1) % 10**6:06d}"), "code", "POST /claim/code"),
    "mail": step(_mail, "code", "POST /claim/sign-in"),
    "sign out": _holder("session nft", "/claim/sign-out", "/claim/sign-out"),
    "address": _holder("session nft", "{nft}/address", f"{_NFT}/address", address=HOLDER),
    "message": _holder("session nft", "{nft}/message", f"{_NFT}/message", address=_ACCOUNT.address),
    "mint": _holder("session nft", "{nft}/mint", f"{_NFT}/mint", address=HOLDER),
    "mint other": step(_mint_other, "nft", "POST /api/v1/mintTokenForUser"),
    "signed": _holder("session nft", "{nft}/signed", f"{_NFT}/signed", message="{message}", signature="{signature}"),
    "act": step(lambda visit: visit.partner.act().status, "nft", "POST /api/v1/newActionForUser"),
    "password": _holder("passwords", "/i", "/i", password=_PASSWORD, partner="{origin}"),
    "password end": step(
        _end_code,
        "passwords",
        "DELETE /admin/partners/{origin}/collections/{id}/interactions/{interaction}/codes/{code}",
    ),
}


def _make(platform: SharedPlatform) -> _Visit:
    platform.drain()
    partner = platform.new_partner()
    interaction = partner.save_interaction().json["id"]
    email = f"ada-{partner.origin}@example.com"
    token = partner.announce(email=email).json["tokenId"]
    nft = f"/claim/{partner.nft(token)['contract']}/{token}"
    codes = f"/{partner.origin}/collections/summer_party/interactions/{interaction}/codes"
    code = platform.admin("POST", codes, {"name": "c", "password": _PASSWORD}).json["id"]
    waiting, holder = Surfer(platform), Surfer(platform)
    with collected() as letters:
        for surfer in (waiting, holder):
            surfer.get(f"/claim/sign-in?next={nft}")
            surfer.submit("/claim/sign-in", email=email)
            mailed = letters.code_for(canonical_email(email))
            if surfer is waiting:
                kept = _Browser.of(waiting, platform), mailed
        holder.submit("/claim/code", code=mailed)
    browser = _Browser.of(holder, platform)
    message = browser.send("POST", f"{nft}/message", address=_ACCOUNT.address)[2]
    signature = "0x" + bytes(_ACCOUNT.sign_message(encode_defunct(text=message)).signature).hex()
    return _Visit(partner, email, token, nft, codes, code, *kept, browser, message, signature)


def _look(visit: _Visit) -> Any:
    row = find_token(visit.partner.origin, "summer_party", visit.token)
    assert row is not None
    return {
        "nft": (row.status, row.user_addr, visit.partner.nft(visit.token)["xp"]),
        "holder": visit.holder.send("GET", visit.nft)[0],
        "given": [visit.waiting.send("GET", visit.nft, cookie)[0] for cookie in visit.given],
        "code again": visit.waiting.send("POST", "/claim/code", code=visit.mailed)[0],
        "signed again": visit.holder.send(
            "POST", f"{visit.nft}/signed", message=visit.message, signature=visit.signature
        )[0],
        "password again": visit.holder.send("POST", "/i", password=_PASSWORD, partner=visit.partner.origin)[0],
        "codes": [one["revoked_at"] is None for one in visit.partner.platform.admin("GET", visit.codes).json["data"]],
    }


def _begin(visit: _Visit) -> _Visit:
    return replace(visit, given=[])


SCENES = {"claim": Scene(_make, _STEPS, _look, lambda _: None, begin=_begin)}
