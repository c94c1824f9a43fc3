"""`/console/missions`: the missions that mission systems ask this platform about."""

from typing import Any

from chalice.app import Response

from chalicelib.activity.domain import Identity, InvalidIdentity, identity_of
from chalicelib.activity.service import catalogue
from chalicelib.core.errors import BadRequest, Forbidden
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, page
from chalicelib.pages.routes.console.forms import Form
from chalicelib.partners.errors import PositionUnknown
from chalicelib.space3 import dialects
from chalicelib.space3.admin_schemas import AnsweredCreate, AnsweredRead, AnsweredUpdate
from chalicelib.space3.domain.dialect import Setting
from chalicelib.space3.models import AnsweredRow
from chalicelib.space3.service import answered, answering
from chalicelib.space3.service import missions as verified

MISSIONS = "/console/missions"
ANSWERED = MISSIONS + "/answered"
ONE = ANSWERED + "/{id}"
_PAGE = 50
_NEW = Form({"kind": "simple", "target": "1", "counting": "per_day"})


def _row(call: ConsoleCall, number: str) -> AnsweredRow:
    if not answered.MISSION_NUMBER.fullmatch(number):
        raise answered.AnsweredUnknown
    return answered.get_answered(call.origin, int(number))


def _form_page(call: ConsoleCall, fields: Form, row: AnsweredRow | None, *, verdict: Any = None) -> Response:
    mission = None if row is None else AnsweredRead.model_validate(row)
    return call.show(
        "mission_answered.html",
        form=fields,
        mission=mission,
        platforms=[] if mission is None else _platforms(mission),
        verdict=verdict,
        unknown_reward=None if row is None else answered.unknown_reward(row),
        activities=_activities(call),
        may_reward=call.allows("interactions"),
    )


def _tested_answered(call: ConsoleCall, id: str, fields: Form) -> Response:
    row = _row(call, id)
    return _form_page(call, fields.beside(_stored(row)), row)


@page(MISSIONS, "missions")
def list_missions(call: ConsoleCall) -> Response:
    """Lists the missions of both kinds."""
    after = call.query.get("after", "")
    if after and not answered.MISSION_NUMBER.fullmatch(after):
        raise PositionUnknown(after)
    ours = answered.list_answered(call.origin, limit=_PAGE, after=int(after) if after else None)
    theirs = verified.list_missions(call.origin, limit=_PAGE, after=call.query.get("later") or None)
    older = address("missions", after=int(ours.items[-1].mission)) if ours.has_more else None
    later = address("missions", later=theirs.items[-1].id) if theirs.has_more else None
    return call.show("missions.html", answered=ours.items, verified=theirs.items, older=older, later=later)


@page(ANSWERED, "missions")
def new_answered(call: ConsoleCall, fields: Form = _NEW) -> Response:
    """Shows the form for a new answered mission."""
    return _form_page(call, fields, None)


@form(ANSWERED, "missions", refused=new_answered)
def create_answered(call: ConsoleCall, fields: Form) -> Response:
    """Adds an answered mission."""
    value = {"mission": fields.whole("mission"), **_fields(fields)}
    body = fields.validated(AnsweredCreate, {name: given for name, given in value.items() if given is not None})
    _require_for_reward(call, body.reward_contract_id)
    answered.create_answered(call.origin, body)
    return call.done(address("missions", "answered", body.mission), "mission-created")


@page(ONE, "missions")
def show_answered(call: ConsoleCall, id: str, fields: Form | None = None) -> Response:
    """Shows an answered mission."""
    row = _row(call, id)
    return _form_page(call, Form(_stored(row)) if fields is None else fields, row)


@form(ONE, "missions", refused=show_answered)
def update_answered(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Changes a mission; an empty secret field keeps the stored secret."""
    row = _row(call, id)
    value = _fields(fields)
    _require_for_reward(call, row.reward_contract_id, value["reward_contract_id"])
    if value["secret"] is None and not fields.flag("no_secret"):
        value.pop("secret")
    answered.update_answered(call.origin, int(row.mission), fields.validated(AnsweredUpdate, value))
    return call.done(address("missions", "answered", id), "saved")


@form(ONE + "/delete", "missions")
def delete_answered(call: ConsoleCall, id: str) -> Response:
    """Ends a mission."""
    answered.delete_answered(call.origin, int(_row(call, id).mission))
    return call.done(MISSIONS, "mission-deleted")


@form(ONE + "/test", "missions", refused=_tested_answered)
def test_answered(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Shows what a mission system would be answered for one person; writes nothing."""
    row = _row(call, id)
    verdict = answering.try_out(row, answering.Asked(dialects.OWN, _identities(fields), None, None))
    return _form_page(call, fields.beside(_stored(row)), row, verdict=verdict.content)


def _require_for_reward(call: ConsoleCall, *contract_ids: str | None) -> None:
    """Raises `Forbidden` for a mission with a reward if the key may not apply interactions itself.

    A reward applies an interaction to everybody who completes the mission, so its settings decide what is written in
    Gardenlab.
    """
    if any(contract_ids) and not call.allows("interactions"):
        raise Forbidden(
            "reward_contract_id: a mission with a reward is set up and changed with a key that has the scope gardenlab",
            param="reward_contract_id",
        )


def _platforms(mission: AnsweredRead) -> list[tuple[str, list[Setting]]]:
    """How the mission is set up on each platform: the platform's name, and the fields of its form with their values."""
    return [
        (title, dialects.dialect(name).settings(mission.address_of(name), has_secret=mission.has_secret))
        for name, title in dialects.titles().items()
    ]


def _activities(call: ConsoleCall) -> list[str]:
    """The countable activities as form options; those that name the partner's own data, if the key may see them."""
    surfaces = [name for name in catalogue.surfaces() if name != "gardenlab" or call.allows("collections")]
    return [activity for name in surfaces for activity in catalogue.known_to(call.origin, name)]


def _fields(fields: Form) -> dict[str, Any]:
    target = fields.whole("target")
    return {
        "kind": fields.text("kind"),
        "activity": fields.text("activity"),
        "target": 1 if target is None else target,
        "counting": fields.text("counting"),
        "allow_unknown": fields.flag("allow_unknown"),
        "secret": fields.optional("secret"),
        "reward_contract_id": fields.optional("reward_contract_id"),
        "reward_action_id": fields.optional("reward_action_id"),
    }


def _stored(row: AnsweredRow) -> dict[str, Any]:
    names = ("kind", "activity", "counting", "reward_contract_id", "reward_action_id")
    return {name: getattr(row, name) for name in names} | {"target": int(row.target)}


def _identities(fields: Form) -> list[Identity]:
    found = []
    for kind in ("email", "wallet", "uid"):
        if value := fields.text(kind):
            try:
                found.append(identity_of(kind, value))
            except InvalidIdentity as error:
                raise BadRequest(f"{kind}: {error}", param=kind) from error
    if not found:
        raise BadRequest("email: give an e-mail address, a wallet or a uid", param="email")
    return found
