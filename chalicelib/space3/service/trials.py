"""Trying a mission out before it goes live: one user who has done it, one who has not."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from chalicelib.space3.models import EvidenceRow
from chalicelib.space3.repository import missions as repository
from chalicelib.space3.schemas import VerdictRead
from chalicelib.space3.service.missions import MissionUnknown, UserUnknown
from chalicelib.space3.service.verification import verify_user


def report(origin: str, mission_id: str, *, completed_uid: str, not_completed_uid: str) -> dict[str, Any]:
    """Whether the partner keeps the contract, and where not. Raises `MissionUnknown` or `UserUnknown`.

    Both are asked side by side, whatever the mission's own times, so that the whole takes as long as the slower one.
    """
    uids = {"completed_uid": completed_uid, "not_completed_uid": not_completed_uid}
    mission, users = repository.find_mission_and_users(origin, mission_id, list(uids.values()))
    if mission is None:
        raise MissionUnknown
    for param, user in zip(uids, users, strict=True):
        if user is None:
            raise UserUnknown(param=param)
    with ThreadPoolExecutor(len(users), thread_name_prefix="trial") as threads:
        asked = [
            threads.submit(copy_context().run, verify_user, mission, user, trial=True)
            for user in users
            if user is not None
        ]
        completed, not_completed = (future.result() for future in asked)
    return {
        "ok": completed.verdict == "done" and not_completed.verdict == "not_done",
        "format_ok": completed.verdict != "unknown" and not_completed.verdict != "unknown",
        "latency_ms": max(_latency(completed), _latency(not_completed)),
        "completed": _part(completed, expected="done"),
        "not_completed": _part(not_completed, expected="not_done"),
    }


def _part(row: EvidenceRow, *, expected: str) -> dict[str, Any]:
    shown = VerdictRead.model_validate(row).model_dump(mode="json")
    detail = row.tries[-1]["detail"] if row.tries else ""
    return {**shown, "expected": expected, "ok": row.verdict == expected, "latency_ms": _latency(row), "detail": detail}


def _latency(row: EvidenceRow) -> int:
    """The slowest try's."""
    return max((int(each["latency_ms"]) for each in row.tries), default=0)
