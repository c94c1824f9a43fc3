"""The wire of partners, keys and the audit log (admin surface)."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from chalicelib.core.schemas import HANDLE, MailedEmail, Name, Read, Wire
from chalicelib.core.times import parse_query_time
from chalicelib.idempotency.repository import KEPT_HOURS
from chalicelib.partners.domain import LEAST_DAYS_KEPT, MOST_DAYS_KEPT, Scope
from chalicelib.partners.retention import CHANGE_DELAY_SECONDS, DEFAULT_DAYS

Origin = Annotated[str, StringConstraints(pattern=HANDLE)]
CollectionBudget = Annotated[int, Field(ge=0, le=1000)]
Days = Annotated[int, Field(ge=LEAST_DAYS_KEPT, le=MOST_DAYS_KEPT)]
_DAY_LENGTH = len("2026-11-22")
_LAST_DAY = datetime(9999, 12, 31, tzinfo=UTC)
_LONGEST_FILTER = 300


class PartnerCreate(Wire):
    """POST /admin/partners."""

    origin: Origin
    """The partner's name in addresses and bodies; never changes."""
    display_name: Name
    """The partner's name as people read it."""
    contact_email: MailedEmail | None = None
    """Where notices about failing webhooks are sent. Only ASCII before the @: the mail service takes nothing else."""
    collection_budget: CollectionBudget = 0
    """How many collections the partner may deploy itself, in the console; each takes one off."""


class RetentionUpdate(Wire):
    """How long rows are kept, in days; kinds that are not given stay as they are. It holds for rows of later."""

    webhook_bodies: Days = DEFAULT_DAYS
    attempts: Days = DEFAULT_DAYS
    evidence: Days = DEFAULT_DAYS

    @model_validator(mode="before")
    @classmethod
    def _refuse_fixed(cls, given: Any) -> Any:
        if isinstance(given, dict) and "idempotency" in given:
            raise ValueError(f"the answers of idempotency keys are kept {KEPT_HOURS} hours, which cannot be changed")
        return given


class PartnerUpdate(Wire):
    """PATCH /admin/partners/{origin}."""

    display_name: Name = ""
    contact_email: MailedEmail | None = None
    collection_budget: CollectionBudget = 0
    retention: RetentionUpdate = Field(
        default_factory=RetentionUpdate,
        description=(
            f"How long rows that are written from now on are kept: {LEAST_DAYS_KEPT} to {MOST_DAYS_KEPT} days for each "
            f"kind. Functions follow it within {CHANGE_DELAY_SECONDS} seconds. The answers of idempotency keys are "
            f"always kept {KEPT_HOURS} hours."
        ),
    )


class RetentionRead(Read):
    """How long what is written now is kept, in days. What is unfinished is kept until it has ended."""

    webhook_bodies: int = Field(default=DEFAULT_DAYS, description="Events of webhooks, and what they say.")
    attempts: int = Field(
        default=DEFAULT_DAYS, description="Attempts of deliveries; a delivery is kept as long as its event besides."
    )
    evidence: int = Field(default=DEFAULT_DAYS, description="Verifications of missions, with each try.")


class PartnerRead(Read):
    """A partner."""

    origin: str
    display_name: str
    contact_email: str | None
    collection_budget: Annotated[int, BeforeValidator(int)]
    """How many collections the partner may still deploy itself."""
    retention: Annotated[RetentionRead, BeforeValidator(lambda stored: stored or {})]
    """How long rows of the partner's are kept."""
    created_at: datetime
    """When it was made."""


class KeyCreate(Wire):
    """POST …/keys. Absent or empty scopes: all of them."""

    name: Name = "default"
    """What the key is for, such as a system or a person."""
    scopes: Annotated[list[Scope], Field(max_length=8)] | None = None
    """What the key opens; empty: everything."""


class KeyRead(Read):
    """A key without its secret."""

    id: str
    """Names it in addresses."""
    name: str
    """What the key is for."""
    prefix: str
    """The part of the key that may be shown."""
    scopes: list[str]
    revoked: bool
    """True once the key was revoked."""
    created_at: datetime
    last_used_at: datetime | None
    """When the key was last used, exact to a minute; null: never."""
    revoked_at: datetime | None
    """When the key was revoked."""


class KeyCreated(KeyRead):
    """The one answer that holds the whole key."""

    key: str
    """The whole key. It is shown here and never again."""


class AuditRead(Read):
    """Who changed what, and how it was before and after."""

    id: str
    at: datetime
    """When the change was made."""
    actor: str
    """Who made the change: `admin`, `key:<id>`, `console:<key id>`, `oauth:<client_id>`, `code:<id>`,
    `mission:<number>`, or `platform`."""
    action: str
    """What was done, such as `partner.create`."""
    target: str
    """What was changed."""
    before: Any
    """How it was before; null where it is new."""
    after: Any
    """How it was afterwards; null where it is gone."""


class AuditPage(Read):
    """A page of the audit log."""

    object: Literal["list"] = "list"
    """Always `list`."""
    count: int
    """How many entries the page has."""
    has_more: bool
    """Whether older entries may follow."""
    url: str
    """The list's own path."""
    data: list[AuditRead]
    """The entries, newest first."""
    next_after: str | None
    """The `starting_after` of the next page; null at the end of the log."""


def _until(value: str) -> datetime:
    moment = parse_query_time(value)
    is_day = len(value) == _DAY_LENGTH and moment < _LAST_DAY
    return moment + timedelta(days=1) if is_day else moment


class AuditQuery(Wire):
    """The filters of the audit log, in the query of the API and of the console's page."""

    who: Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_FILTER)] | None = None
    """Whose changes: an `actor`, such as `key:k3v9q2m4x8t1`, or all of a kind, such as `key`."""
    what: Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_FILTER)] | None = None
    """What the `action` begins with, such as `mission.update` or `mission`; or the whole `target`."""
    since: Annotated[datetime, BeforeValidator(parse_query_time, json_schema_input_type=str)] | None = None
    """Changes from then on: an ISO 8601 time, or a day, which begins at midnight in UTC."""
    until: Annotated[datetime, BeforeValidator(_until, json_schema_input_type=str)] | None = None
    """Changes before then: an ISO 8601 time; or a day, which is shown as well."""
