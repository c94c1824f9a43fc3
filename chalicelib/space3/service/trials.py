"""Trying a mission out before it goes live: one user who has done it, one who has not."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from chalicelib.space3.models import EvidenceRow
from chalicelib.space3.schemas import VerdictRead
from chalicelib.space3.service.missions import get_mission_and_users
from chalicelib.space3.service.verification import verify_user


def report(origin: str, mission_id: str, *, completed_uid: str, not_completed_uid: str) -> dict[str, Any]:
    """Whether the partner keeps the contract, and where not. Raises `MissionUnknown` or `UserUnknown`.

    The partner is asked about both users at the same time. The mission's start and end do not matter.
    """
    uids = {"completed_uid": completed_uid, "not_completed_uid": not_completed_uid}
    mission, users = get_mission_and_users(origin, mission_id, uids)
    with ThreadPoolExecutor(len(users), thread_name_prefix="trial") as threads:
        asked = [threads.submit(copy_context().run, verify_user, mission, user, trial=True) for user in users]
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
