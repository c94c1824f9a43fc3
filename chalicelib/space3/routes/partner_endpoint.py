"""`/missions/{origin}/…`: where mission systems ask how far somebody is.

The last part of the path is the mission's number, with a dialect before it where that is not Space3's own
(`questn:7`); a part before it is an e-mail.
"""

from chalice.app import Blueprint, Request, Response

from chalicelib.core.credentials import KEY_HEADER, header_value
from chalicelib.core.egress.policy import ANSWERING
from chalicelib.core.errors import ApiError, MethodNotAllowed
from chalicelib.core.http.parse import path_name, path_value, query_of
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import Surface, render_plain
from chalicelib.space3 import dialects
from chalicelib.space3.domain.asked import EVERYWHERE, identities_of
from chalicelib.space3.domain.dialect import Dialect, Verdict
from chalicelib.space3.service import answering as service
from chalicelib.space3.service.answered import MISSION_NUMBER, AnsweredUnknown

ONE = ANSWERING + "/{origin}/{subject}"
TWO = ONE + "/{mission}"

routes = Blueprint(__name__)
surface = Surface(name="missions", render_error=render_plain, answers_for_partners=True)


@routes.route(ONE, methods=["GET", "POST"])
def ask(origin: str, subject: str) -> Response:
    """Tells how far whoever the query names is with a mission."""
    return _answer(origin, subject, email=None)


@routes.route(TWO, methods=["GET", "POST"])
def ask_by_email(origin: str, subject: str, mission: str) -> Response:
    """Tells how far whoever the path and the query name is with a mission."""
    return _answer(origin, mission, email=path_value(subject))


def _answer(origin: str, mission: str, *, email: str | None) -> Response:
    dialect, _, number = path_value(mission).rpartition(":")
    dialect = dialect or dialects.OWN
    if dialect not in dialects.names():
        raise AnsweredUnknown
    spoken = dialects.dialect(dialect)
    try:
        verdict = _verdict(origin, dialect, number, email=email)
    except MethodNotAllowed:
        raise
    except ApiError as error:
        if spoken.refuses_with is None or error.status >= 500:
            raise
        raise spoken.refuses_with(error.message) from error
    return answer(verdict.content, status=verdict.status)


def _verdict(origin: str, dialect: str, number: str, *, email: str | None) -> Verdict:
    request = routes.current_request
    if not MISSION_NUMBER.fullmatch(number):
        raise AnsweredUnknown
    secrets = _secrets(request)
    row = service.open_mission(path_name(origin), int(number), secrets=secrets)
    asked = _asked(request, dialect, dialects.dialect(dialect), email=email)
    return service.answer(row, asked, secrets=secrets)


def _secrets(request: Request) -> list[str]:
    """What the caller sent as the mission's secret: the header of keys, and the Bearer token."""
    scheme, _, token = header_value(request.headers, "authorization").partition(" ")
    given = [header_value(request.headers, KEY_HEADER), token.strip() if scheme.lower() == "bearer" else ""]
    return [secret for secret in given if secret]


def _asked(request: Request, dialect: str, spoken: Dialect, *, email: str | None) -> service.Asked:
    """The question in the caller's dialect. Raises `MethodNotAllowed` or `BadRequest`."""
    if request.method not in spoken.asks_by:
        raise MethodNotAllowed(f"This address is asked by {' or '.join(spoken.asks_by)}.", allowed=spoken.asks_by)
    query = query_of(request.query_params)
    body = spoken.fields_of(json_body(request)) if request.method == "POST" else {}
    identifiers = {**EVERYWHERE, **spoken.identifiers}
    found = [identities_of(fields, identifiers) for fields in ({"email": email} if email else {}, query, body)]
    identities = list(dict.fromkeys(identity for each in found for identity in each))
    window = spoken.window({**body, **query})
    return service.Asked(dialect, identities, window.start, window.end, form=query.get("format", ""))
