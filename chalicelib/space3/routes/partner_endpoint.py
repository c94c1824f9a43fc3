"""`/missions/{origin}/…`: where mission systems ask how far somebody is.

The last part of the path is the mission's number, with a dialect before it where that is not Space3's own
(`questn:7`); a part before it is an e-mail.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from chalice.app import Blueprint, Response

from chalicelib.activity.domain import Identity, IdentityKind, InvalidIdentity, identity_of
from chalicelib.core.credentials import KEY_HEADER, header_value
from chalicelib.core.egress.policy import ANSWERING
from chalicelib.core.errors import BadRequest, MethodNotAllowed, NotFound, Unauthorized
from chalicelib.core.http.parse import path_name, path_value, query_of
from chalicelib.core.http.request import json_body
from chalicelib.core.http.respond import answer
from chalicelib.core.http.surfaces import Surface, render_plain
from chalicelib.core.times import InvalidTime, parse_query_time
from chalicelib.space3 import dialects
from chalicelib.space3.service import answering as service
from chalicelib.space3.service.answered import MISSION_NUMBER, AnsweredUnknown

T = TypeVar("T")
ONE = ANSWERING + "/{origin}/{subject}"
TWO = ONE + "/{mission}"
_UNFILLED = re.compile(r"<[^<>]*>|\{[^{}]*\}|\$[A-Za-z]+")
# By lower-case name. A mission system's uid may be Space3's or the partner's own.
_PARAMETERS: Mapping[str, tuple[IdentityKind, ...]] = {
    "uid": ("space3", "uid"),
    "email": ("email",),
    "wallet": ("wallet",),
    "discordid": ("discord",),
    "xid": ("x",),
    "twitterid": ("x",),
    "telegramid": ("telegram",),
}
_ADDRESS = "address"

routes = Blueprint(__name__)
surface = Surface(name="missions", prefixes=(ANSWERING,), render_error=render_plain, answers_for_partners=True)


@routes.route(ONE, methods=["GET", "POST"])
def ask(origin: str, subject: str) -> Response:
    """Tells how far whoever the query names is with a mission."""
    return _answer(origin, subject, email=None)


@routes.route(TWO, methods=["GET", "POST"])
def ask_by_email(origin: str, subject: str, mission: str) -> Response:
    """Tells how far whoever the path and the query name is with a mission."""
    return _answer(origin, mission, email=path_value(subject))


def _answer(origin: str, mission: str, *, email: str | None) -> Response:
    request = routes.current_request
    dialect, number = _addressed(path_value(mission))
    secret = header_value(request.headers, KEY_HEADER) or None
    row = _admitted(lambda: service.open_mission(path_name(origin), number, secret=secret))
    spoken = dialects.dialect(dialect)
    if request.method != spoken.asks_by:
        raise MethodNotAllowed(f"This address is asked by {spoken.asks_by}.", allowed=(spoken.asks_by,))
    query = query_of(request.query_params)
    named = [("email", email)] if email else []
    named += _of_query(query, address=dialect != dialects.OWN)
    if request.method == "POST":
        named += [each for each in spoken.identities(json_body(request)) if isinstance(each[1], str)]
    asked = service.Asked(dialect, _identities(named), _time(query, "fromDate"), _time(query, "toDate"))
    if asked.start is not None and asked.end is not None and asked.start > asked.end:
        raise BadRequest("fromDate: is later than toDate", param="fromDate")
    try:
        verdict = _admitted(lambda: service.answer(row, asked, secret=secret))
    except service.TooManyActs as error:
        raise BadRequest(
            f"fromDate: more than {service.MAX_LISTED:,} acts to list one by one; ask for a shorter time",
            param="fromDate",
        ) from error
    return answer(verdict.content, status=verdict.status)


def _admitted(call: Callable[[], T]) -> T:
    """What the call gives. Raises `NotFound` or `Unauthorized` where the caller may not ask about the mission."""
    try:
        return call()
    except AnsweredUnknown as error:
        raise NotFound("There is no such mission.") from error
    except service.SecretWrong as error:
        raise Unauthorized("The mission's secret is missing or wrong: x-api-key.") from error


def _addressed(name: str) -> tuple[str, int]:
    """The dialect and the number of a mission's name. Raises `NotFound`."""
    dialect, colon, number = name.rpartition(":")
    dialect = dialect if colon else dialects.OWN
    if dialect not in dialects.names() or not MISSION_NUMBER.fullmatch(number):
        raise NotFound("There is no such mission.")
    return dialect, int(number)


def _of_query(query: Mapping[str, str], *, address: bool) -> list[tuple[IdentityKind, str]]:
    named: list[tuple[IdentityKind, str]] = []
    for name, value in query.items():
        lowered = name.lower()
        if lowered == "email":
            value = value.replace(" ", "+")  # what an unencoded plus sign has become
        named += [(kind, value) for kind in _PARAMETERS.get(lowered, ())]
        if address and lowered == _ADDRESS:
            named.append(("wallet", value))
    return named


def _identities(named: Iterable[tuple[str, str]]) -> list[Identity]:
    """The identities that can be somebody's; empty values and places that nobody filled are passed over."""
    identities: dict[Identity, None] = {}
    for kind, value in named:
        if not value or _UNFILLED.fullmatch(value):
            continue
        try:
            identities[identity_of(kind, value)] = None  # type: ignore[arg-type]  # only kinds are named above
        except InvalidIdentity:
            continue
    return list(identities)


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name, "")
    if not value or _UNFILLED.fullmatch(value):
        return None
    try:
        return parse_query_time(value)
    except InvalidTime as error:
        raise BadRequest(f"{name}: {error}", param=name) from error
