"""Use cases of partners and their keys."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.core.acting import ADMIN, act_as
from chalicelib.core.cache import TtlCache
from chalicelib.core.comparing import is_same_secret
from chalicelib.core.credentials import CredentialRefused, Reason
from chalicelib.core.errors import existing
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried
from chalicelib.core.secrets import read_secret
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.partners import repository
from chalicelib.partners.audits import Audited
from chalicelib.partners.domain import ApiKey, Credential, new_key, parse_key
from chalicelib.partners.errors import BudgetSpent, KeyUnknown, PartnerExists, PartnerUnknown, PositionUnknown
from chalicelib.partners.models import AuditRow, KeyRow, PartnerRow

if TYPE_CHECKING:
    # Only what operators call makes and shows these; every function that checks a key would load them.
    from chalicelib.partners.schemas import AuditQuery, KeyCreate, PartnerCreate, PartnerUpdate

T = TypeVar("T")
REVOCATION_DELAY_SECONDS = 60
_MOST_NAMES = 100
_keys: TtlCache[str, KeyRow] = TtlCache(seconds=REVOCATION_DELAY_SECONDS, max_entries=4096)


def authenticate(text: str) -> Credential:
    """The holder of an API key. Raises `CredentialRefused`, which says what is wrong with it.

    Answers from memory for 60 s, which is the stated delay of a revocation. Otherwise it makes one request, which also
    stores the time of use if the key is valid. A valid key becomes the actor of what follows.
    """
    presented = parse_key(text)
    if presented is None:
        raise CredentialRefused(Reason.MALFORMED, "The API key is malformed: keys begin with sg_ and are sent whole.")
    if presented.stage != settings().stage:
        raise CredentialRefused(Reason.UNKNOWN, f"The API key is of the stage {presented.stage}, and unknown here.")
    secret_sha256 = presented.secret_sha256
    row = _keys.get(presented.id, lambda: repository.use_key(presented.id, secret_sha256=secret_sha256))
    if row is None or not presented.matches(row.secret_sha256):
        raise CredentialRefused(Reason.UNKNOWN, "The API key is unknown, or was revoked.")
    act_as(f"key:{row.id}", partner=row.origin)
    return _credential(row)


def holder_of(key_id: str) -> Credential | None:
    """The holder of a key that was checked before, by its id; None once it is revoked.

    Answers from memory for 60 s, as `authenticate` does, and does not count as a use.
    """
    row = _keys.get(key_id, lambda: _live_key(key_id))
    return None if row is None else _credential(row)


def require_key(transaction: Transaction, key_id: str, *, otherwise: Exception) -> None:
    """Adds the condition that a key is not revoked; otherwise the commit raises `otherwise`."""
    repository.add_key_check(transaction, key_id, otherwise=otherwise)


def is_admin(text: str) -> bool:
    """Whether the text is the platform's admin key, compared in constant time; never where no admin key is set.

    If it is, the operator becomes the actor of what follows.
    """
    admin_key = _admin_key()
    if not admin_key or not is_same_secret(admin_key, text):
        return False
    act_as(ADMIN)
    return True


def require_admin(text: str) -> None:
    """Raises `CredentialRefused` for anything but the platform's admin key."""
    if not is_admin(text):
        raise CredentialRefused(Reason.UNKNOWN, "The admin key is unknown: it is not that of this stage.")


def create_partner(body: "PartnerCreate") -> PartnerRow:
    """Raises `PartnerExists`."""
    row = repository.partner_row(body.origin, **body.model_dump(exclude={"origin"}))
    transaction = Transaction()
    transaction.create(row, otherwise=PartnerExists(body.origin))
    _PARTNERS.add_creation(transaction, row)
    transaction.commit()
    return row


def get_partner(origin: str) -> PartnerRow:
    """Raises `PartnerUnknown`."""
    return existing(repository.find_partner(origin), otherwise=PartnerUnknown(origin))


def list_partners(*, limit: int, after: str | None) -> Page[PartnerRow]:
    """Newest first. Raises `PositionUnknown`."""
    return repository.list_partners(limit=limit, after=position_of(after, repository.find_partner))


@retried("the partner")
def update_partner(origin: str, body: "PartnerUpdate") -> PartnerRow:
    """Changes the given fields, and of the retention the given kinds. Raises `PartnerUnknown`."""
    from chalicelib.partners.retention import forget_retention

    changes = body.model_dump(exclude_unset=True)
    row = get_partner(origin)
    if "retention" in changes:
        changes["retention"] = {**(row.retention or {}), **changes["retention"]}
    if changes:
        with _PARTNERS.change(row) as transaction:
            repository.add_partner_change(transaction, row, changes)
        forget_retention(origin)
    return row


def take_collection(transaction: Transaction, origin: str) -> None:
    """Takes one off the collections that the partner may deploy itself; the commit may raise `BudgetSpent`."""
    repository.add_collection_taken(transaction, origin, otherwise=BudgetSpent())


def create_key(origin: str, body: "KeyCreate", *, given: ApiKey | None = None) -> tuple[KeyRow, str]:
    """A new key and its one full text; `given` sets the key of a local run. Raises `PartnerUnknown`."""
    get_partner(origin)
    secret = given or new_key(settings().stage)
    row = repository.key_row(origin, secret, name=body.name, scopes=body.scopes or [])
    transaction = Transaction()
    transaction.create(row, otherwise=PartnerExists(secret.id))
    _KEYS.add_creation(transaction, row)
    transaction.commit()
    return row, str(secret)


def get_key(origin: str, key_id: str) -> KeyRow:
    """Raises `KeyUnknown`, also for another partner's key."""
    return existing(_find_key(origin, key_id), otherwise=KeyUnknown(key_id))


def list_keys(origin: str, *, limit: int, after: str | None) -> Page[KeyRow]:
    """Newest first. Raises `PartnerUnknown`, `PositionUnknown`."""
    get_partner(origin)
    position = position_of(after, lambda key_id: _find_key(origin, key_id))
    return repository.list_keys(origin, limit=limit, after=position)


def key_names(origin: str) -> dict[str, str]:
    """The names of a partner's newest hundred API keys, revoked ones included, by their ids."""
    return {row.id: row.name for row in repository.list_keys(origin, limit=_MOST_NAMES, after=None).items}


@retried("the key")
def revoke_key(origin: str, key_id: str) -> KeyRow:
    """Revokes for good, here at once and elsewhere within 60 s; again: the same answer. Raises `KeyUnknown`."""
    row = get_key(origin, key_id)
    if not row.revoked:
        with _KEYS.change(row, "revoke") as transaction:
            repository.add_key_end(transaction, row)
    _keys.forget(key_id)
    return row


def search_audit(
    origin: str, query: "AuditQuery", *, limit: int, after: str | None
) -> tuple[list[AuditRow], str | None]:
    """Entries of the audit log, newest first, and the id after which more may follow; None at the end of the log.

    Without `who` and `what` a page is full where more follow. With one of them a request looks at 250 entries, so it
    may find few. Raises `PartnerUnknown`, `PositionUnknown`.
    """
    get_partner(origin)
    position = position_of(after, lambda entry_id: repository.find_audit(origin, entry_id))
    window = Window(limit, after=position.sk if position else None)
    return repository.search_audit(
        origin, who=query.who, what=query.what, since=query.since, until=query.until, window=window
    )


def position_of(after: str | None, find: Callable[[str], T | None]) -> T | None:
    """The entry that a list goes on after, None at its beginning. Raises `PositionUnknown`."""
    if after is None:
        return None
    return existing(find(after), otherwise=PositionUnknown(after))


def _credential(row: KeyRow) -> Credential:
    return Credential(origin=row.origin, key_id=row.id, scopes=frozenset(row.scopes), key_name=row.name)


def _live_key(key_id: str) -> KeyRow | None:
    row = repository.find_key(key_id)
    return None if row is None or row.revoked else row


def _find_key(origin: str, key_id: str) -> KeyRow | None:
    row = repository.find_key(key_id)
    return row if row is not None and row.origin == origin else None


def _shown(row: PartnerRow | KeyRow) -> dict[str, Any]:
    from chalicelib.partners.schemas import KeyRead, PartnerRead

    model = PartnerRead if isinstance(row, PartnerRow) else KeyRead
    return model.model_validate(row).model_dump(mode="json")


def _admin_key() -> str | None:
    secret_id = settings().admin_key_secret_id
    return settings().admin_key if secret_id is None else read_secret(secret_id)


_PARTNERS: Audited[PartnerRow] = Audited("partner", _shown, target=lambda row: row.origin)
_KEYS: Audited[KeyRow] = Audited("key", _shown, target=lambda row: row.id)
