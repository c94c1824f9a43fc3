"""OAuth: an application, the key that consents, a code that waits, a sign-in that waits, and tokens of a grant.

One operation is one line of `_STEPS`: the things that it touches, its method and path, its body.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.scene import Scene, Step, step
from tests.oauth.flows import Application, Request, callback_of, register
from tests.platform import Answer, Partner

_HIDDEN = ("id", "client_secret", "last_used_at", "access_token", "refresh_token")
_TOKENS = ("access_token", "refresh_token")
_NEW = {"name": "Another", "redirect_uris": ["https://shop.example/a"], "scopes": ["read_only"], "confidential": False}


@dataclass(frozen=True)
class _Consent:
    partner: Partner
    key: str
    app: Application
    code: str
    ticket: str
    grant: str
    access: str
    refresh: str
    given: list[tuple[str, str]] = field(default_factory=list)
    """The codes and tokens that the steps of this run gave, each by its kind."""

    def path(self, template: str) -> str:
        return template.format(o=self.partner.origin, k=self.key, a=self.app.client_id, g=self.grant)


def _shown(answer: Answer) -> Any:
    content = answer.json if isinstance(answer.json, dict) else {}
    return {"status": answer.status, "json": {name: each for name, each in content.items() if name not in _HIDDEN}}


def _admin(on: str, method: str, path: str, body: Any = None) -> Step[_Consent]:
    def run(consent: _Consent) -> Any:
        return _shown(consent.partner.platform.admin(method, consent.path(path), body))

    return step(run, on, f"{method} /admin/partners{path}")


def _tokens(on: str, ask: Callable[[_Consent], Answer]) -> Step[_Consent]:
    def run(consent: _Consent) -> Any:
        answer = ask(consent)
        consent.given.extend((kind, answer.json[kind]) for kind in _TOKENS if kind in answer.json)
        return _shown(answer)

    return step(run, on, "POST /oauth/token")


def _allow(consent: _Consent) -> Any:
    answer = Request(consent.app).answered(ticket=consent.ticket, decision="allow")
    back = callback_of(answer) if answer.status == 302 else {}
    consent.given.extend((kind, back[kind]) for kind in ("code",) if kind in back)
    return {"status": answer.status, "back": sorted(back)}


def _sign_in(consent: _Consent) -> Any:
    return Request(consent.app).answered(api_key=consent.partner.key).status


def _end_grant(consent: _Consent) -> Any:
    path = consent.path("/oauth/grants/{g}")
    return _shown(consent.partner.platform.call("DELETE", path, key=consent.partner.key))


_STEPS = {
    "app name": _admin("app", "PATCH", "/{o}/oauth_clients/{a}", {"name": "Newer"}),
    "app uris": _admin("app", "PATCH", "/{o}/oauth_clients/{a}", {"redirect_uris": ["https://shop.example/other"]}),
    "app scopes": _admin("app", "PATCH", "/{o}/oauth_clients/{a}", {"scopes": ["read_only"]}),
    "app grace": _admin("app", "PATCH", "/{o}/oauth_clients/{a}", {"refresh_grace_seconds": 30}),
    "app delete": _admin("app grant", "DELETE", "/{o}/oauth_clients/{a}"),
    "app create": _admin("app", "POST", "/{o}/oauth_clients", _NEW),
    "key revoke": _admin("grant", "DELETE", "/{o}/keys/{k}"),
    "sign in": step(_sign_in, "app grant", "POST /oauth/authorize"),
    "allow": step(_allow, "app grant", "POST /oauth/authorize"),
    "redeem": _tokens("app grant", lambda consent: consent.app.redeem(consent.code)),
    "refresh": _tokens("app grant", lambda consent: consent.app.refresh(consent.refresh)),
    "revoke refresh": step(lambda consent: consent.app.revoke(consent.refresh).status, "grant", "POST /oauth/revoke"),
    "revoke access": step(lambda consent: consent.app.revoke(consent.access).status, "grant", "POST /oauth/revoke"),
    "grant end": step(_end_grant, "grant", "DELETE /oauth/grants/{g}"),
    "grant end of operator": _admin("grant", "DELETE", "/{o}/oauth_grants/{g}"),
}


def _make(platform: SharedPlatform, **fields: Any) -> _Consent:
    partner = platform.new_partner(collection=False)
    key = platform.admin("POST", f"/{partner.origin}/keys", {"name": "consents"}).json
    app = register(partner, **fields)
    request = Request(app)
    code, ticket = request.allowed_by(key["key"])["code"], request.signed_in(key["key"])
    tokens = app.redeem(request.allowed_by(key["key"])["code"]).json
    [grant] = platform.call("GET", "/oauth/grants", key=partner.key).json["data"]
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    return _Consent(partner, key["id"], app, code, ticket, grant["id"], access, refresh)


def _make_gracious(platform: SharedPlatform) -> _Consent:
    return _make(platform, refresh_grace_seconds=60)


def _look(consent: _Consent) -> Any:
    platform, origin = consent.partner.platform, consent.partner.origin

    def listed(path: str) -> list[dict[str, Any]]:
        rows = platform.admin("GET", f"/{origin}{path}", query={"limit": 100}).json["data"]
        return [{name: each for name, each in row.items() if name not in _HIDDEN} for row in rows]

    audit = [{name: one[name] for name in ("action", "actor", "before", "after")} for one in listed("/audit")]
    seen = {
        "keys": [row["revoked"] for row in listed("/keys")],
        "apps": listed("/oauth_clients"),
        "grants": listed("/oauth_grants"),
        "audit": [{**one, "actor": one["actor"].partition(":")[0]} for one in audit],
    }
    # Using them changes what is listed, so it comes last.
    own = [("access_token", consent.access), ("code", consent.code), ("refresh_token", consent.refresh)]
    uses = [[f"{kind}: {_used(consent, kind, value)}" for kind, value in each] for each in (consent.given, own)]
    return {**seen, "given": sorted(uses[0]), "own": uses[1]}


def _used(consent: _Consent, kind: str, value: str) -> str:
    """What comes of a code or token that is used now: a status, and the scope that is given for it."""
    if kind == "access_token":
        return str(consent.partner.platform.call("GET", "/api/v1/account", key=value).status)
    answer = consent.app.redeem(value) if kind == "code" else consent.app.refresh(value)
    return f"{answer.status} {answer.json.get('scope')}"


def _first_look(consent: _Consent) -> Any:
    """All ids of the world; nothing is used."""
    return [consent.key, consent.app.client_id, consent.grant, consent.code, consent.access, consent.refresh]


def _begin(consent: _Consent) -> _Consent:
    return replace(consent, given=[])


SCENES = {
    "oauth": Scene(_make, _STEPS, _look, _first_look, begin=_begin),
    "oauth with a grace": Scene(_make_gracious, _STEPS, _look, _first_look, begin=_begin),
}
