"""Missions that we answer for: setting them up; every write leaves an audit entry."""

import hashlib
import re
from typing import Any

from chalicelib.activity.domain import UnknownReward
from chalicelib.activity.service import catalogue, rewards
from chalicelib.core.cache import TtlCache
from chalicelib.core.errors import BadRequest, existing
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried
from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited, fields_of
from chalicelib.space3.admin_schemas import AnsweredCreate, AnsweredRead, AnsweredUpdate, require_whole_reward
from chalicelib.space3.models import AnsweredRow
from chalicelib.space3.repository import answered as repository
from chalicelib.space3.repository.answered import AnsweredExists, AnsweredUnknown, is_same

__all__ = ["AnsweredExists", "AnsweredUnknown", "is_same"]
CONFIGURATION_SECONDS = 5.0
MISSION_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")

_AUDITED: Audited[AnsweredRow] = Audited(
    "mission", fields_of(AnsweredRead, without=frozenset({"url", "urls"})), target=lambda row: str(row.mission)
)
_missions: TtlCache[tuple[str, int], AnsweredRow] = TtlCache(seconds=CONFIGURATION_SECONDS)


class RewardRefused(BadRequest):
    """Only one half of a reward is given: a collection without an action, or an action without a collection."""


class NotThere(BadRequest):
    """The activity, or a part of the reward, names what does not exist, so that nothing could count or be given."""

    def __init__(self, unknown: str, *, param: str) -> None:
        super().__init__(f"{param}: {unknown} (allow_unknown: true takes what does not exist yet)", param=param)


def secret_hash(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def find_answered(origin: str, mission: int) -> AnsweredRow | None:
    """A mission by its number, cached for 5 s."""
    return _missions.get((origin, mission), lambda: repository.find_answered(origin, mission))


def find_again(row: AnsweredRow) -> AnsweredRow | None:
    """The mission of the same number as it is now: one read, which is cached."""
    _missions.forget((row.origin, int(row.mission)))
    return find_answered(row.origin, int(row.mission))


def create_answered(origin: str, body: AnsweredCreate) -> AnsweredRow:
    """Raises `PartnerUnknown`, `NotThere` or `AnsweredExists`."""
    partners.get_partner(origin)
    if not body.allow_unknown:
        _require_known(origin, body.activity)
        _require_known_reward(origin, body.reward_contract_id, body.reward_action_id)
    transaction = Transaction()
    row = repository.add_answered(transaction, origin, **_stored(body.model_dump()))
    _note_reward(transaction, row)
    _AUDITED.add_creation(transaction, row)
    transaction.commit()
    _forget(row)
    return row


def get_answered(origin: str, mission: int) -> AnsweredRow:
    """Raises `AnsweredUnknown`."""
    return existing(repository.find_answered(origin, mission), otherwise=AnsweredUnknown())


def list_answered(origin: str, *, limit: int, after: int | None) -> Page[AnsweredRow]:
    """By number, from behind a number on. Raises `PartnerUnknown`."""
    partners.get_partner(origin)
    return repository.list_answered(origin, limit=limit, after=after)


@retried("the mission")
def update_answered(origin: str, mission: int, body: AnsweredUpdate) -> AnsweredRow:
    """Changes the given fields. Raises `AnsweredUnknown`, `NotThere` or `RewardRefused`."""
    changes = _stored(body.model_dump(exclude_unset=True))
    row = get_answered(origin, mission)
    if not changes:
        return row
    if not body.allow_unknown and changes.get("activity", row.activity) != row.activity:
        _require_known(origin, changes["activity"])
    contract_id = changes.get("reward_contract_id", row.reward_contract_id)
    action_id = changes.get("reward_action_id", row.reward_action_id)
    try:
        require_whole_reward(contract_id, action_id)
    except ValueError as error:
        raise RewardRefused(str(error), param="reward_action_id") from error
    if not body.allow_unknown and (contract_id, action_id) != (row.reward_contract_id, row.reward_action_id):
        _require_known_reward(origin, contract_id, action_id)
    with _AUDITED.change(row) as transaction:
        repository.add_answered_change(transaction, row, changes)
        _note_reward(transaction, row)
    _forget(row)
    return row


@retried("the mission")
def delete_answered(origin: str, mission: int) -> AnsweredRow:
    """Ends a mission; rewards that it owes stay owed. Raises `AnsweredUnknown`."""
    row = get_answered(origin, mission)
    with _AUDITED.removal(row) as transaction:
        repository.add_answered_removal(transaction, row)
    _forget(row)
    return row


def _require_known(origin: str, activity: str) -> None:
    unknown = catalogue.unknown_in(origin, activity)
    if unknown is not None:
        raise NotThere(unknown, param="activity")


def unknown_reward(row: AnsweredRow) -> str | None:
    """What of the mission's reward does not exist any more, in words; None where it can be given, or there is none."""
    unknown = _unknown_reward(row.origin, row.reward_contract_id, row.reward_action_id)
    return None if unknown is None else unknown.words


def _unknown_reward(origin: str, contract_id: str | None, action_id: str | None) -> UnknownReward | None:
    if contract_id is None or action_id is None:
        return None
    return catalogue.unknown_reward_in(origin, contract_id, action_id)


def _require_known_reward(origin: str, contract_id: str | None, action_id: str | None) -> None:
    unknown = _unknown_reward(origin, contract_id, action_id)
    if unknown is not None:
        raise NotThere(unknown.words, param=f"reward_{unknown.part}")


def _stored(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields as they are stored: of a secret, its hash."""
    fields.pop("allow_unknown", None)
    if "secret" in fields:
        secret = fields.pop("secret")
        fields["secret_sha256"] = None if secret is None else secret_hash(secret)
    return fields


def _note_reward(transaction: Transaction, row: AnsweredRow) -> None:
    if row.reward_contract_id is not None:
        rewards.add_rewarding(transaction, row.origin, row.reward_contract_id)


def _forget(row: AnsweredRow) -> None:
    _missions.forget((row.origin, int(row.mission)))
    if row.reward_contract_id is not None:
        rewards.forget_rewarding(row.origin, row.reward_contract_id)
