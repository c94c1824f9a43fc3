"""What the fields of missions mean."""

from chalicelib.activity.service.counting import MAX_LISTED
from chalicelib.space3 import dialects
from chalicelib.space3.schemas import BESIDE, MAX_JOB
from chalicelib.space3.service.verification import HEAD_BYTES, PAUSES

_ENTRIES = (
    "What an entry of an accumulative answer stands for: a day, an act, or the acts so far. Of more than "
    f"{MAX_LISTED:,} acts `running_total` lists the newest {MAX_LISTED:,} with their true totals, and `per_act` is 400."
)
WORDS = {
    "origin": "The partner. Needed where an admin key calls; else the credential's own.",
    "id": "Names it in addresses.",
    "name": "What the mission is called.",
    "kind": "`simple`: done or not. `accumulative`: counted.",
    "url_template": "The partner's address, with placeholders such as `<Email>` or `{wallet}` in path or query.",
    "headers": "Sent with every call; the values are kept encrypted and never answered.",
    **dict.fromkeys(("MissionRead.headers", "MissionCreated.headers"), "The names of the headers that are sent."),
    "dialect": "How the partner is asked and answers.",
    "options": "What the dialect is told beside what all missions are; a change keeps those that it does not name.",
    "send_window": (
        "True: a platform without fields of its own for it is sent the window as `fromDate` and `toDate` as well. "
        "Space3 always is."
    ),
    **{
        name: f"The same as `options`, for the dialect `{name}`."
        for name in dialects.names()
        if dialects.dialect(name).options is not None
    },
    **dict.fromkeys(BESIDE, "The same as in `options`."),
    "lowercase_wallet": "True: wallets are sent in lower case, not by EIP-55.",
    "counting": "How the entries of an accumulative answer make up the progress.",
    **{f"{schema}.counting": _ENTRIES for schema in ("AnsweredCreate", "AnsweredUpdate", "AnsweredRead")},
    "target": "How often it must be done.",
    "starts_at": "ISO 8601; nothing before counts.",
    "ends_at": "ISO 8601; nothing from then on counts.",
    "recurrence": "The time that is asked about: all of it, or the present day, week or month in UTC.",
    "created_at": "When it was made.",
    "signing_secret": "What calls to the partner are signed with. It is shown here and never again.",
    "uid": "The user: 24 hex digits.",
    "NamedUserCreate.uid": "24 hex digits; made by us where absent.",
    "email": "The user's e-mail address.",
    "wallet": "The user's wallet.",
    "discord_id": "The user's id on Discord.",
    "discord_username": "The user's name on Discord.",
    "x_id": "The user's id on X.",
    "x_username": "The user's handle on X.",
    "telegram_id": "The user's id on Telegram.",
    "completed_uid": "A user who has done the mission.",
    "not_completed_uid": "A user who has not.",
    "uids": f"The users to verify, at most {MAX_JOB:,}.",
    "verdict": "Whether it is done; a partner's failure is `unknown`, never `not_done`.",
    "reason": "Why nothing is known; null where something is.",
    "progress": "How often it was done; null where nothing is known.",
    "evidence_id": "Where every try can be read.",
    "mission_id": "The mission.",
    "at": "When it was asked.",
    "fromDate": "The beginning of the time asked about.",
    "toDate": "The end of the time asked about.",
    "tries": f"Every call to the partner, at most {len(PAUSES)}.",
    "number": "Counts from 1.",
    "method": "How the partner was asked.",
    "url": "The address without the user's data.",
    "AnsweredRead.url": "The pattern to register with Space3.",
    "urls": "The addresses to register with other mission systems.",
    "status": "The answer's HTTP status; null where there was none.",
    "JobRead.status": "How far the job is.",
    "latency_ms": "How long it took.",
    "sha256": "The hash of the answer's beginning.",
    "head": f"The beginning of the answer, at most {HEAD_BYTES // 1024} KiB.",
    "detail": "What was wrong, as a sentence; empty where nothing was.",
    "job_id": "The job.",
    "total": "How many users it has.",
    "processed": "How many were asked about.",
    "done": "How many have done it.",
    "not_done": "How many have not.",
    "unknown": "Of how many nothing is known.",
    "ok": "Whether it is as it should be.",
    "format_ok": "Whether both answers could be read.",
    "completed": "What was said of the user who has done it.",
    "not_completed": "What was said of the user who has not.",
    "expected": "What should have been said.",
    "mission": "The mission's number, unique for the partner.",
    "allow_unknown": "True takes an activity or a reward that names what does not exist yet.",
    "activity": (
        "What counts: `gardenlab:<contract_id>:<action_id>`, `gardenlab:<contract_id>:mint` or `dreamspace:<type>`."
    ),
    "secret": "What mission systems must send as `x-api-key` or `Authorization: Bearer`; null: nothing.",
    "has_secret": "Whether there is a secret.",
    "reward_contract_id": "The collection whose interaction is applied on the first success.",
    "reward_action_id": "The interaction that is applied on the first success.",
}
