"""Missions that we verify, and their users."""

import secrets as random_source
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from chalicelib.core.cache import TtlCache
from chalicelib.core.egress.headers import check_headers
from chalicelib.core.egress.refusals import HeaderRefused
from chalicelib.core.egress.shared import egress_policy
from chalicelib.core.errors import BadRequest, Conflict, NotFound, existing
from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried
from chalicelib.core.sealing import MAX_BYTES, seal, size_of, unseal
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited, fields_of
from chalicelib.space3.dialects import dialect
from chalicelib.space3.domain.templates import Template, TemplateRefused, parse_template
from chalicelib.space3.models import MissionRow, UserRow
from chalicelib.space3.repository import missions as repository
from chalicelib.space3.schemas import (
    MissionCreate,
    MissionRead,
    MissionUpdate,
    UserCreate,
    UserRead,
    UserUpdate,
)
from chalicelib.webhooks.signing import new_secret

SECRETS_SECONDS = 300.0
_MISSIONS: Audited[MissionRow] = Audited("verified_mission", fields_of(MissionRead), target=lambda row: row.id)
_USERS: Audited[UserRow] = Audited("mission_user", fields_of(UserRead), target=lambda row: row.uid)
_secrets: TtlCache[tuple[str, int], dict[str, Any]] = TtlCache(seconds=SECRETS_SECONDS)


class MissionUnknown(NotFound):
    """The caller has no such mission."""

    def __init__(self) -> None:
        super().__init__("There is no such mission.")


class UserUnknown(NotFound):
    """The caller has no such user; `param` is the field that named it."""

    def __init__(self, *, param: str | None = None) -> None:
        super().__init__("There is no such user.", param=param)


class UserExists(Conflict):
    """The uid is taken."""

    def __init__(self, uid: str) -> None:
        super().__init__(f"The user {uid} exists already.", param="uid")


class MissionRefused(BadRequest):
    """The mission cannot be verified as it is described; `param` names the field."""


def create_mission(origin: str, body: MissionCreate) -> tuple[MissionRow, str]:
    """A new mission, and the secret that its calls are signed with. Raises `MissionRefused`."""
    fields = body.model_dump()
    headers = fields.pop("headers")
    fields["options"] = _options(fields["dialect"], fields["options"])
    _check(fields, headers)
    secret, mission_id = new_secret(), sortable_id("msn_")
    sealed = _sealed(origin, mission_id, secret=secret, headers=headers)
    transaction = Transaction()
    row = repository.add_mission(transaction, origin, mission_id, header_names=list(headers), sealed=sealed, **fields)
    _MISSIONS.add_creation(transaction, row)
    transaction.commit()
    return row, secret


def get_mission_and_users(origin: str, mission_id: str, uids: Mapping[str, str]) -> tuple[MissionRow, list[UserRow]]:
    """A mission and users, in one request; `uids` are by the fields that name them.

    Raises `MissionUnknown` or `UserUnknown`.
    """
    mission, users = repository.find_mission_and_users(origin, mission_id, list(uids.values()))
    if mission is None:
        raise MissionUnknown
    return mission, [existing(user, otherwise=UserUnknown(param=name)) for name, user in zip(uids, users, strict=True)]


def get_mission(origin: str, mission_id: str) -> MissionRow:
    """Raises `MissionUnknown`."""
    return existing(repository.find_mission(origin, mission_id), otherwise=MissionUnknown())


def list_missions(origin: str, *, limit: int, after: str | None) -> Page[MissionRow]:
    """Newest first. Raises `PositionUnknown`."""
    partners.position_of(after, lambda mission_id: repository.find_mission(origin, mission_id))
    return repository.list_missions(origin, limit=limit, after=after)


@retried("the mission")
def update_mission(origin: str, mission_id: str, body: MissionUpdate) -> MissionRow:
    """Changes the given fields; `headers` replace all that were set. Raises `MissionUnknown`, `MissionRefused`."""
    given = body.model_dump(exclude_unset=True)
    headers = given.pop("headers", None)
    row = get_mission(origin, mission_id)
    if not given and headers is None:
        return row
    changes = {**given, **_changed_options(row, given)}
    whole = {name: changes.get(name, getattr(row, name)) for name in MissionUpdate.model_fields if name != "headers"}
    _check(whole, headers or {})
    resealed = {}
    if headers is not None:
        sealed = _sealed(origin, mission_id, secret=secrets_of(row)["secret"], headers=headers)
        resealed = {"header_names": list(headers), "sealed": sealed}
    with _MISSIONS.change(row) as transaction:
        repository.add_mission_change(transaction, row, {**changes, **resealed})
    return row


@retried("the mission")
def delete_mission(origin: str, mission_id: str) -> MissionRow:
    """Deletes a mission; its evidence stays. Raises `MissionUnknown`."""
    row = get_mission(origin, mission_id)
    with _MISSIONS.removal(row) as transaction:
        repository.add_mission_removal(transaction, row)
    return row


def secrets_of(row: MissionRow) -> dict[str, Any]:
    """The mission's signing `secret` and its `headers` with their values; decrypted once in five minutes."""
    opened = _secrets.get((row.pk, int(row.version)), lambda: unseal(row.sealed, context=_context(row.origin, row.id)))
    return opened or {}


def template_of(row: MissionRow) -> Template:
    """The mission's template, as it was accepted. Raises `TemplateRefused` where it no longer would be."""
    return parse_template(row.url_template, egress_policy(verifying=True), spellings=dialect(row.dialect).places)


def create_user(origin: str, body: UserCreate) -> UserRow:
    """A new user; without a uid of the caller's one is made. Raises `UserExists`."""
    fields = body.model_dump()
    uid = fields.pop("uid") or random_source.token_hex(12)
    transaction = Transaction()
    row = repository.add_user(transaction, origin, uid, otherwise=UserExists(uid), **fields)
    _USERS.add_creation(transaction, row)
    transaction.commit()
    return row


def get_user(origin: str, uid: str) -> UserRow:
    """Raises `UserUnknown`."""
    return existing(repository.find_user(origin, uid), otherwise=UserUnknown())


def list_users(origin: str, *, limit: int, after: str | None) -> Page[UserRow]:
    """Newest first; `after` is a uid. Raises `PositionUnknown`."""
    position = partners.position_of(after, lambda uid: repository.find_user(origin, uid))
    return repository.list_users(origin, limit=limit, after=position.list_sort if position else None)


@retried("the user")
def update_user(origin: str, uid: str, body: UserUpdate) -> UserRow:
    """Changes the given fields. Raises `UserUnknown`."""
    changes = body.model_dump(exclude_unset=True)
    row = get_user(origin, uid)
    if not changes:
        return row
    with _USERS.change(row) as transaction:
        repository.add_user_change(transaction, row, changes)
    return row


def _changed_options(row: MissionRow, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options after a change: given ones replace the old, null removes one, and another dialect begins empty."""
    spoken = given.get("dialect", row.dialect)
    if "options" not in given and spoken == row.dialect:
        return {}
    kept = row.chosen if spoken == row.dialect and given.get("options", {}) is not None else {}
    return {"options": _options(spoken, {**kept, **(given.get("options") or {})})}


def _options(spoken: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The options as they are stored. Raises `MissionRefused` where the dialect does not take them."""
    options = {name: value for name, value in (given or {}).items() if value is not None}
    schema = dialect(spoken).options
    if schema is None:
        if options:
            raise MissionRefused(f"options: the dialect {spoken} has no {', '.join(options)}", param="options")
        return {}
    try:
        return schema.model_validate(options).model_dump(exclude_unset=True)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        name = ".".join(["options", *map(str, found["loc"])])
        raise MissionRefused(f"{name}: {found['msg'].removeprefix('Value error, ')}", param="options") from error


def _check(fields: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Raises `MissionRefused` for a mission, new or changed, whose fields do not fit together."""
    spoken = dialect(fields["dialect"])
    if fields["kind"] == "accumulative" and not spoken.counts:
        raise MissionRefused(f"kind: a mission in the dialect {fields['dialect']} is simple", param="kind")
    starts_at, ends_at = fields["starts_at"], fields["ends_at"]
    if starts_at and ends_at and stored_time(starts_at) >= stored_time(ends_at):
        raise MissionRefused("ends_at: must be later than starts_at", param="ends_at")
    try:
        parse_template(fields["url_template"], egress_policy(verifying=True), spellings=spoken.places)
    except TemplateRefused as refusal:
        raise MissionRefused(f"url_template: {refusal}", param="url_template") from refusal
    try:
        check_headers(headers)
    except HeaderRefused as refusal:
        raise MissionRefused(f"headers: {refusal}", param="headers") from refusal


def _sealed(origin: str, mission_id: str, *, secret: str, headers: Mapping[str, str]) -> str:
    value = {"secret": secret, "headers": dict(headers)}
    if size_of(value) > MAX_BYTES:
        raise MissionRefused(f"headers: are longer than {MAX_BYTES - 256} bytes together", param="headers")
    return seal(value, context=_context(origin, mission_id))


def _context(origin: str, mission_id: str) -> dict[str, str]:
    return {"origin": origin, "mission": mission_id}
