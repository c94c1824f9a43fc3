"""`/console/missions/verified`: missions that this platform verifies with a partner, their users and evidence."""

from typing import Any

from chalice.app import Response

from chalicelib.pages.routes.console import mission_options
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, page
from chalicelib.pages.routes.console.forms import EMPTY, Form, local_time
from chalicelib.partners.retention import retention_of
from chalicelib.space3 import dialects
from chalicelib.space3.domain.windows import Recurrence, is_beginning
from chalicelib.space3.models import MissionRow
from chalicelib.space3.schemas import MissionCreate, MissionUpdate, TrialBody, UserCreate, VerifyBody
from chalicelib.space3.service import missions as service
from chalicelib.space3.service import trials, verification

VERIFIED = "/console/missions/verified"
ONE = VERIFIED + "/{id}"
USERS = "/console/missions/users"
EVIDENCE = "/console/missions/evidence/{id}"
_PAGE = 25
_NEW = Form({"kind": "simple", "dialect": dialects.OWN, "target": "1", "counting": "sum", "recurrence": "once"})
_SIMPLE = ("name", "kind", "url_template", "dialect", "counting", "recurrence")
WINDOWS: dict[Recurrence, str] = {
    "once": "from the start until now",
    "daily": "today, from midnight UTC",
    "weekly": "this week, from Monday, midnight UTC",
    "monthly": "this month, from its first day, midnight UTC",
}
VERDICTS = {"done": ("Done", "good"), "not_done": ("Not done", ""), "unknown": ("Unknown", "warn")}


def _form_page(call: ConsoleCall, fields: Form, row: MissionRow | None) -> Response:
    return call.show(
        "mission_form.html",
        form=fields,
        mission=row,
        dialects=dialects.titles().items(),
        option_groups=mission_options.groups(),
        windows=WINDOWS.items(),
    )


def _row(call: ConsoleCall, mission_id: str) -> MissionRow:
    return service.get_mission(call.origin, mission_id)


@page(VERIFIED, "missions")
def new_mission(call: ConsoleCall, fields: Form = _NEW) -> Response:
    """Shows the form for a new verified mission."""
    return _form_page(call, fields, None)


@form(VERIFIED, "missions", refused=new_mission)
def create_mission(call: ConsoleCall, fields: Form) -> Response:
    """Adds a mission and shows its signing secret once."""
    row, secret = service.create_mission(call.origin, fields.validated(MissionCreate, _fields(fields, None)))
    return call.show("mission_secret.html", mission=row, secret=secret)


@page(ONE, "missions")
def show_mission(call: ConsoleCall, id: str, fields: Form = EMPTY, *, report: Any = None) -> Response:
    """Shows a mission with its evidence, and a test's `report`."""
    row = _row(call, id)
    found = verification.list_evidence(call.origin, row.id, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "mission.html",
        mission=row,
        form=fields,
        report=report,
        evidence=found.items,
        kept_days=retention_of(call.origin).evidence,
        verdicts=VERDICTS,
        windows=WINDOWS,
        platform=dialects.dialect(row.dialect).title,
        **call.links(found, "missions", "verified", row.id),
        users=service.list_users(call.origin, limit=_PAGE, after=None).items,
    )


@page(ONE + "/edit", "missions")
def edit_mission(call: ConsoleCall, id: str, fields: Form | None = None) -> Response:
    """Shows the form to change a mission."""
    row = _row(call, id)
    return _form_page(call, Form(_stored(row)) if fields is None else fields, row)


@form(ONE + "/edit", "missions", refused=edit_mission)
def update_mission(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Changes a mission; without new headers, the stored ones stay."""
    value = _fields(fields, _row(call, id))
    if not value["headers"]:
        value.pop("headers")
    service.update_mission(call.origin, id, fields.validated(MissionUpdate, value))
    return call.done(address("missions", "verified", id), "saved")


@form(ONE + "/delete", "missions")
def delete_mission(call: ConsoleCall, id: str) -> Response:
    """Deletes a mission; its evidence stays."""
    service.delete_mission(call.origin, _row(call, id).id)
    return call.done("/console/missions", "mission-deleted")


@form(ONE + "/verify", "missions", refused=show_mission)
def verify_user(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Verifies one user now and shows the evidence."""
    row = _row(call, id)
    body = fields.validated(VerifyBody, {"uid": fields.text("uid")})
    evidence = verification.verify(call.origin, row.id, body.uid)
    return call.redirect(address("missions", "evidence", evidence.id))


@form(ONE + "/test", "missions", refused=show_mission)
def test_mission(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Tests the mission with a user who has completed it and one who has not."""
    row = _row(call, id)
    body = fields.validated(TrialBody, {name: fields.text(name) for name in TrialBody.model_fields})
    report = trials.report(
        call.origin, row.id, completed_uid=body.completed_uid, not_completed_uid=body.not_completed_uid
    )
    return show_mission(call, id, fields, report=report)


@page(EVIDENCE, "missions")
def show_evidence(call: ConsoleCall, id: str) -> Response:
    """Shows a verification with every attempt."""
    row = verification.get_evidence(call.origin, id)
    return call.show(
        "evidence.html",
        evidence=row,
        verdict=VERDICTS[row.verdict],
        from_the_start=row.from_date is not None and is_beginning(row.from_date),
    )


@page(USERS, "missions")
def list_users(call: ConsoleCall, fields: Form = EMPTY) -> Response:
    """Lists the users of verified missions."""
    found = service.list_users(call.origin, limit=_PAGE, after=call.query.get("after"))
    return call.show(
        "mission_users.html", form=fields, users=found.items, **call.links(found, "missions", "users", by="uid")
    )


@form(USERS, "missions", refused=list_users)
def create_user(call: ConsoleCall, fields: Form) -> Response:
    """Adds a user."""
    given = {name: fields.optional(name) for name in UserCreate.model_fields}
    service.create_user(call.origin, fields.validated(UserCreate, given))
    return call.done(USERS, "user-created")


def _fields(fields: Form, stored: MissionRow | None) -> dict[str, Any]:
    target = fields.whole("target")
    return {
        **{name: fields.text(name) for name in _SIMPLE},
        "target": 1 if target is None else target,
        "headers": fields.headers(),
        "lowercase_wallet": fields.flag("lowercase_wallet"),
        "starts_at": fields.moment("starts_at", stored=stored.starts_at if stored else None),
        "ends_at": fields.moment("ends_at", stored=stored.ends_at if stored else None),
        "send_window": fields.flag("send_window"),
        "options": mission_options.read(fields, fields.text("dialect")),
    }


def _stored(row: MissionRow) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(row, name) for name in _SIMPLE}
    shown |= {"target": int(row.target), **mission_options.shown(row.dialect, row.chosen)}
    shown |= {name: local_time(getattr(row, name)) for name in ("starts_at", "ends_at")}
    return shown | {name: "1" for name in ("lowercase_wallet", "send_window") if getattr(row, name)}
