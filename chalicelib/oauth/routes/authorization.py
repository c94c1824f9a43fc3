"""The steps of an authorization request as pages and redirects. Loaded on first use."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.request import source_ip
from chalicelib.core.settings import settings
from chalicelib.limits.service import LimitReached
from chalicelib.oauth import pages
from chalicelib.oauth.domain import MISSIONS, READ_ONLY, READ_WRITE
from chalicelib.oauth.service import consent
from chalicelib.oauth.service.protocol import Asked

_TOO_MANY_TRIES = "There were too many tries with keys that are wrong. Please wait a few minutes."
_OWN_FIELDS = ("api_key", "ticket", "decision")
_WISHES = {
    READ_ONLY: "read your customers, invoices, subscriptions and events",
    READ_WRITE: "read and change your customers, invoices, subscriptions and collections",
    MISSIONS: "tell whether your users have done what a mission asks",
}


def authorize(request: Request, form: dict[str, str]) -> Response:
    """The next page of an authorization request, or the redirect to the application."""
    parameters = _parameters(request, form)
    try:
        asked = consent.ask(parameters)
        return _answered(request, parameters, asked, form)
    except consent.BadRequestPage as error:
        return Response(pages.render("refused.html", problem=str(error)), status_code=400, headers=pages.headers())
    except consent.RedirectToApplication as error:
        return _redirect(str(error))


def _answered(request: Request, parameters: consent.Parameters, asked: Asked, form: dict[str, str]) -> Response:
    decision, api_key, address = form.get("decision"), form.get("api_key"), source_ip(request)
    try:
        if decision == "deny":
            return _redirect(consent.deny(parameters, asked))
        if decision == "allow":
            ticket = form.get("ticket")
            return _redirect(consent.allow(parameters, asked, api_key=api_key, ticket=ticket, address=address))
        if decision is not None:
            raise BadRequest("decision: must be allow or deny", param="decision")
        if api_key is not None:
            return _consent_page(asked, consent.sign_in(parameters, asked, api_key, address=address))
    except consent.SignInAgain as error:
        return _sign_in_page(asked, status=400, problem=str(error))
    except LimitReached as error:
        later = {"Retry-After": str(error.retry_after)}
        return _sign_in_page(asked, status=429, problem=_TOO_MANY_TRIES, headers=later)
    return _sign_in_page(asked)


def _sign_in_page(
    asked: Asked, *, status: int = 200, problem: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    demo_key = settings().demo_key if settings().is_local else None
    page = pages.render("sign_in.html", application=asked.application.name, problem=problem, demo_key=demo_key)
    return Response(page, status_code=status, headers={**pages.headers(asked.redirect_uri), **(headers or {})})


def _consent_page(asked: Asked, signed_in: consent.SignedIn) -> Response:
    parts = urlsplit(asked.redirect_uri)
    page = pages.render(
        "consent.html",
        application=asked.application.name,
        account=signed_in.name,
        ticket=signed_in.ticket,
        wishes=[_WISHES[scope] for scope in asked.scopes],
        target=parts.hostname or parts.scheme,
    )
    return Response(page, status_code=200, headers=pages.headers(asked.redirect_uri))


def _redirect(address: str) -> Response:
    return Response("", status_code=302, headers={**pages.headers(), "Location": address})


def _parameters(request: Request, form: dict[str, str]) -> consent.Parameters:
    """The authorization request: of the address, and of the form where a client posts it."""
    query: Any = request.query_params or {}
    given = [(name, value) for name in query for value in query.getlist(name)]
    return given + [(name, value) for name, value in form.items() if name not in _OWN_FIELDS]
