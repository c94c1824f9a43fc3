"""Asking a partner whether a user has done a mission.

A try has 5 s, the whole 17 s. Only what tells nothing is asked again, after 0.5 s and 1 s: a partner's failure is never
"not done". Every verification is kept as evidence, with each try and without the user's data in its address; it is
stored before a try is waited for as well, so that none is lost with the function that made it.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from chalicelib.core.clock import now
from chalicelib.core.egress.exchange import ErrorKind, Exchange, OutboundRequest
from chalicelib.core.egress.refusals import EgressRefused
from chalicelib.core.egress.shared import egress, egress_policy
from chalicelib.core.egress.url import parse_target
from chalicelib.core.errors import NotFound, existing
from chalicelib.core.ids import EVIDENCE_PREFIX, sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.settings import settings
from chalicelib.core.times import stored_time
from chalicelib.partners.retention import retention_of
from chalicelib.space3.dialects import dialect
from chalicelib.space3.domain.answers import BadResponse, Reading, Reason, Verdict
from chalicelib.space3.domain.asking import Call, Question
from chalicelib.space3.domain.templates import MissingIdentity, TemplateRefused, UnsafeValue
from chalicelib.space3.domain.windows import OutsideWindow, TimeWindow, iso_millis, trial_window, window_at
from chalicelib.space3.models import EvidenceRow, MissionRow, UserRow
from chalicelib.space3.repository import missions as repository
from chalicelib.space3.service import told
from chalicelib.space3.service.missions import get_mission_and_users, secrets_of, template_of
from chalicelib.webhooks.signing import signature_header

USER_AGENT: Final = "Spacegarden-Missions/1"
TRY_SECONDS: Final = 5.0
ALL_SECONDS: Final = 17.0
PAUSES: Final = (0.0, 0.5, 1.0)
READ_LIMIT: Final = 64 * 1024
HEAD_BYTES: Final = 2048
# Less time than this is not worth a try.
_SHORTEST_TRY_SECONDS = 0.1
_REASONS: Final[Mapping[ErrorKind, Reason]] = {
    ErrorKind.REFUSED: "partner_down",
    ErrorKind.RESET: "partner_down",
    ErrorKind.DNS: "partner_down",
    ErrorKind.TLS: "partner_down",
    ErrorKind.TIMEOUT: "timeout",
    ErrorKind.TOO_SLOW: "timeout",
    ErrorKind.BLOCKED_ADDRESS: "blocked_address",
    ErrorKind.REDIRECT: "bad_response",
    ErrorKind.PROTOCOL: "bad_response",
}


class EvidenceUnknown(NotFound):
    """The caller has no such evidence."""

    def __init__(self) -> None:
        super().__init__("There is no such evidence.")


@dataclass
class Outcome:
    """The result of a verification so far."""

    verdict: Verdict = "unknown"
    reason: Reason | None = None
    progress: int | None = None
    window: TimeWindow | None = None
    tries: list[dict[str, Any]] = field(default_factory=list)


def verify(origin: str, mission_id: str, uid: str) -> EvidenceRow:
    """Asks about one user, and keeps the evidence. Raises `MissionUnknown` or `UserUnknown`."""
    mission, [user] = get_mission_and_users(origin, mission_id, {"uid": uid})
    return verify_user(mission, user)


def get_evidence(origin: str, evidence_id: str) -> EvidenceRow:
    """One verification with its tries. Raises `EvidenceUnknown`."""
    return existing(repository.find_evidence(origin, evidence_id), otherwise=EvidenceUnknown())


def list_evidence(origin: str, mission_id: str, *, limit: int, after: str | None) -> Page[EvidenceRow]:
    """A mission's verifications, newest first; `after` is the id of one."""
    return repository.list_evidence(origin, mission_id, limit=limit, after=after)


def verify_user(mission: MissionRow, user: UserRow, *, trial: bool = False) -> EvidenceRow:
    """Asks about a user. For a trial the mission's start and end do not matter."""
    evidence_id = sortable_id(EVIDENCE_PREFIX)
    evidence_of = partial(_evidence, mission, user, evidence_id)

    def keep(outcome: Outcome) -> None:
        repository.store_evidence(evidence_of(outcome))

    evidence = evidence_of(_ask(mission, user, evidence_id, trial=trial, keep=keep))
    is_told = evidence.verdict == "done" and not trial and told.store_completion(mission.origin, evidence)
    if not is_told:
        repository.store_evidence(evidence)
    return evidence


def _evidence(mission: MissionRow, user: UserRow, evidence_id: str, outcome: Outcome) -> EvidenceRow:
    """The verification's row, with its result so far."""
    window = outcome.window
    return repository.evidence_row(
        mission.origin,
        evidence_id,
        days=retention_of(mission.origin).evidence,
        mission_id=mission.id,
        uid=user.uid,
        at=now(),
        verdict=outcome.verdict,
        reason=outcome.reason,
        progress=outcome.progress,
        target=int(mission.target),
        from_date=iso_millis(window.start) if window else None,
        to_date=iso_millis(window.end) if window else None,
        tries=outcome.tries,
    )


def _ask(
    mission: MissionRow, user: UserRow, evidence_id: str, *, trial: bool, keep: Callable[[Outcome], object]
) -> Outcome:
    try:
        window = _window(mission, trial=trial)
    except OutsideWindow:
        return Outcome(reason="outside_window")
    try:
        question = _question(mission, user, window, evidence_id)
        call = dialect(mission.dialect).prepare(question)
    except MissingIdentity:
        return Outcome(reason="missing_identity", window=window)
    except UnsafeValue:
        return Outcome(reason="unsafe_value", window=window)
    except TemplateRefused:  # the operator's rules have changed since the mission was made
        return Outcome(reason="blocked_address", window=window)
    outcome = Outcome(window=window)
    ends = time.monotonic() + ALL_SECONDS
    for number, pause in enumerate(PAUSES, start=1):
        if outcome.tries:
            keep(outcome)
        time.sleep(settings().scaled(pause))
        left = ends - time.monotonic()
        if left < _SHORTEST_TRY_SECONDS:
            break
        _try(mission, question, call, outcome, number, seconds=min(TRY_SECONDS, left))
        if outcome.verdict != "unknown" or outcome.reason == "blocked_address":
            break
    return outcome


def _try(mission: MissionRow, question: Question, call: Call, outcome: Outcome, number: int, *, seconds: float) -> None:
    """Makes one call, and writes its result into the outcome."""
    at = now()
    exchange = _send(mission, call, question.request_id, seconds=seconds)
    detail = exchange.detail
    outcome.verdict, outcome.progress = "unknown", None
    outcome.reason = _reason(mission, exchange)
    if outcome.reason is None:
        try:
            reading: Reading = dialect(mission.dialect).read(question, exchange.status or 0, exchange.head)
        except BadResponse as error:
            outcome.reason, detail = "bad_response", str(error)
        else:
            outcome.verdict, outcome.progress = "done" if reading.is_done else "not_done", reading.progress
    outcome.tries.append(
        {
            "number": number,
            "at": iso_millis(at),
            "method": call.method,
            "url": call.shown,
            "status": exchange.status,
            "latency_ms": exchange.latency_ms,
            "sha256": hashlib.sha256(exchange.head).hexdigest() if exchange.status is not None else None,
            "head": exchange.head[:HEAD_BYTES].decode("utf-8", "replace"),
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "detail": detail,
        }
    )


def _reason(mission: MissionRow, exchange: Exchange) -> Reason | None:
    """Why the exchange itself tells nothing; None where the answer is to be read."""
    status = exchange.status
    if status is not None and status >= 500:
        return "partner_down"
    if exchange.error is not None:
        return _REASONS[exchange.error]
    if status in dialect(mission.dialect).statuses:
        return None
    return "bad_response"


def _send(mission: MissionRow, call: Call, evidence_id: str, *, seconds: float) -> Exchange:
    try:
        target = parse_target(call.url, egress_policy(verifying=True))
    except EgressRefused as refusal:
        return Exchange(None, {}, b"", ErrorKind.BLOCKED_ADDRESS, 0, 0, str(refusal))
    opened = secrets_of(mission)
    timestamp = int(now().timestamp())
    # The request target is signed with the body, so that a signature is good for this user and this window alone.
    signed = target.path_and_query.encode() + call.body
    headers = {
        "webhook-id": evidence_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_header(
            [opened["secret"]], message_id=evidence_id, timestamp=timestamp, body=signed
        ),
        "user-agent": USER_AGENT,
        "accept": "application/json",
        **({"content-type": "application/json"} if call.body else {}),
    }
    request = OutboundRequest(
        call.method, call.url, own_headers=headers, body=call.body, partner_headers=opened["headers"]
    )
    return egress().send(request, deadline_seconds=seconds, read_limit=READ_LIMIT, keep=READ_LIMIT, whole_body=True)


def _window(mission: MissionRow, *, trial: bool) -> TimeWindow:
    recurrence: Any = mission.recurrence
    if trial:
        return trial_window(recurrence, at=now())
    return window_at(
        recurrence,
        starts_at=stored_time(mission.starts_at) if mission.starts_at else None,
        ends_at=stored_time(mission.ends_at) if mission.ends_at else None,
        at=now(),
    )


def _question(mission: MissionRow, user: UserRow, window: TimeWindow, request_id: str) -> Question:
    kind: Any = mission.kind
    counting: Any = mission.counting
    recurrence: Any = mission.recurrence
    wallet = user.wallet.lower() if user.wallet and mission.lowercase_wallet else user.wallet
    identities = {
        "uid": user.uid,
        "email": user.email,
        "wallet": wallet,
        "discordId": user.discord_id,
        "discordUsername": user.discord_username,
        "xId": user.x_id,
        "xUsername": user.x_username,
        "twitterId": user.x_id,
        "telegramId": user.telegram_id,
    }
    return Question(
        kind=kind,
        template=template_of(mission),
        counting=counting,
        target=int(mission.target),
        identities=identities,
        window=window,
        request_id=request_id,
        recurrence=recurrence,
        sends_window=bool(mission.send_window),
        options=mission.chosen,
    )
