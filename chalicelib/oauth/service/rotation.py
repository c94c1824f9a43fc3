"""Replaces the older of the two keys that sign access tokens.

The API only records the rotation and sends a message. A separate worker creates the key, since the permission to create
and name keys allows signing any token. The rotation's row records each step, so a repeated message continues it.
"""

from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, Unavailable
from chalicelib.core.ids import sortable_id
from chalicelib.core.kms import forsake, new_signing_key
from chalicelib.core.logging import logger
from chalicelib.core.queues import send_best_effort
from chalicelib.oauth import repository
from chalicelib.oauth.queues import ROTATIONS, rotate_message
from chalicelib.oauth.service import keys

_log = logger("oauth")


class RotatedLately(Conflict):
    """The keys were rotated less than two hours ago; the one to be replaced signs, or its tokens may still be good."""

    def __init__(self) -> None:
        hours = keys.SHORTEST_LIFE.seconds // 3600
        super().__init__(f"The keys were made or rotated less than {hours} hours ago; their tokens are still good.")


class NotAsked(Unavailable):
    """SQS refused the message; repeating the request continues the same rotation."""

    def __init__(self) -> None:
        super().__init__("The rotation could not be asked for. Please send the request again.")


def ask() -> None:
    """Begins a rotation, or continues the one that has begun and is not done.

    Raises `RotatedLately`, `NotAsked`.
    """
    live = keys.live_keys_now()
    newest, *_, oldest = live
    at = now()
    open_rotation = repository.find_open_rotation()
    if open_rotation is None:
        newest_is_young = newest.created_at > at - keys.SHORTEST_LIFE and not keys.are_initial_keys(live)
        open_rotation = sortable_id("rot_")
        if (
            newest_is_young
            or oldest.alias == keys.signing().alias
            or not repository.take_rotation(
                open_rotation,
                alias=oldest.alias,
                replaced_key_id=oldest.key_id,
                at=at,
                not_since=at - keys.SHORTEST_LIFE,
            )
        ):
            raise RotatedLately
    if not send_best_effort([(ROTATIONS, rotate_message(open_rotation))]):
        raise NotAsked


def work(rotation_id: str) -> None:
    """Runs a rotation; the other key signs until all verifiers had time to fetch the new one."""
    kms = aws.client("kms")
    rotation = repository.find_rotation(rotation_id)
    if rotation is not None and rotation.made_key_id is None:
        made = str(new_signing_key(kms, spec=keys.SPEC, description=keys.DESCRIPTION)["KeyId"])
        if repository.note_new_key(rotation_id, made):
            rotation.made_key_id = made
        else:  # another worker has made one since the row was read
            forsake(kms, made)
            rotation = repository.find_rotation(rotation_id)
    if rotation is None or rotation.made_key_id is None:
        _log.info("rotation is done, or another one's turn", extra={"rotation_id": rotation_id})
        return
    kms.update_alias(AliasName=rotation.alias, TargetKeyId=rotation.made_key_id)
    forsake(kms, rotation.replaced_key_id)
    repository.finish_rotation(rotation_id)
