"""Identities, the persons they make, activities and windows: pure, without I/O."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, Literal, NamedTuple, get_args

from chalicelib.core.clock import epoch_micros, from_epoch_micros
from chalicelib.core.emails import InvalidEmail, canonical_email
from chalicelib.core.ids import digest

IdentityKind = Literal["email", "uid", "space3", "wallet", "discord", "x", "telegram", "twitch"]
IDENTITY_KINDS: Final[tuple[IdentityKind, ...]] = get_args(IdentityKind)
MAX_VALUE_LENGTH = 256
MAX_IDENTITIES = 32
MICROS_OF_AN_HOUR = 3_600_000_000
HOURS_OF_A_DAY = 24

# Positions count from two days before the year 1, so that every time of any offset has one, of 18 digits.
_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)
_SLACK = timedelta(days=2)
_ORIGIN_MICROS = epoch_micros(_BEFORE_ALL) - _SLACK // timedelta(microseconds=1)
_END_OF_TIME = 10**18 - 1
_WALLET = re.compile(r"0[xX][0-9a-fA-F]{40}")


class InvalidIdentity(ValueError):
    """The value cannot be one of its kind."""


class Identity(NamedTuple):
    """One way a person is known. `value` is canonical: equal values mean the same person."""

    kind: IdentityKind
    value: str

    @property
    def digest(self) -> str:
        """The identity in keys: of a fixed size, and unreadable."""
        return digest(self.kind, self.value)


def email_identity(text: str) -> Identity:
    """The identity of an address. Raises `InvalidEmail`."""
    return Identity("email", canonical_email(text))


class RewardPart(StrEnum):
    """What a reward names."""

    COLLECTION = "collection"
    ACTION = "action"


class UnknownReward(NamedTuple):
    """What of a reward does not exist, and that in words."""

    part: RewardPart
    words: str


class ActivitySource(NamedTuple):
    """A surface whose acts are counted.

    `unknown_in` takes the partner and what follows the surface's name and a colon in an activity; it gives in words
    what of it does not exist, None where it can count. The surface that keeps the NFTs has `unknown_reward`, which
    takes the partner, the collection and the action of a reward.
    """

    surface: str
    unknown_in: Callable[[str, str], str | None]
    unknown_reward: Callable[[str, str, str], UnknownReward | None] | None = None


def gardenlab_action(contract_id: str, action_id: str) -> str:
    """The activity of an applied interaction."""
    return f"gardenlab:{contract_id}:{action_id}"


def gardenlab_mint(contract_id: str) -> str:
    """The activity of a minted token."""
    return f"gardenlab:{contract_id}:mint"


def dreamspace_act(kind: str) -> str:
    """The activity of a Dreamspace event of this type, or of a `transaction`."""
    return f"dreamspace:{kind}"


def identity_of(kind: IdentityKind, value: str) -> Identity:
    """An identity as somebody wrote it. Raises `InvalidIdentity`."""
    if kind == "email":
        try:
            return email_identity(value)
        except InvalidEmail as error:
            raise InvalidIdentity(str(error)) from error
    if not 1 <= len(value) <= MAX_VALUE_LENGTH:
        raise InvalidIdentity(f"must have 1 to {MAX_VALUE_LENGTH} characters")
    if kind == "wallet":
        if not _WALLET.fullmatch(value):
            raise InvalidIdentity("is not an EVM address: 0x and 40 hex digits")
        return Identity(kind, value.lower())
    return Identity(kind, value)


def kinds_counted(activity: str) -> frozenset[IdentityKind]:
    """As whom acts of an activity are recorded, so that nobody else's are asked for."""
    surface = activity.partition(":")[0]
    if surface == "gardenlab":
        return frozenset({"email"})
    if surface == "dreamspace":
        return frozenset({"twitch"})
    return frozenset(IDENTITY_KINDS)


def position_of(moment: datetime) -> int:
    """A time as a number that sorts as text of 18 digits does; whole microseconds."""
    return epoch_micros(moment) - _ORIGIN_MICROS


def moment_at(position: int) -> datetime:
    """The inverse of `position_of`, in UTC."""
    return from_epoch_micros(position + _ORIGIN_MICROS)


class Window(NamedTuple):
    """Positions from `start` to just before `end`."""

    start: int = 0
    end: int = _END_OF_TIME

    @staticmethod
    def between(start: datetime | None, end: datetime | None) -> "Window":
        """[start, end); None for no bound."""
        first = 0 if start is None else position_of(start)
        return Window(first, _END_OF_TIME if end is None else max(first, position_of(end)))

    @property
    def is_empty(self) -> bool:
        """Whether no time lies in it."""
        return self.start >= self.end

    @property
    def hours(self) -> tuple[int, int]:
        """The hours that lie in it wholly: from the first to just before the second, none where they are equal."""
        first = -(-self.start // MICROS_OF_AN_HOUR)
        return first, max(first, self.end // MICROS_OF_AN_HOUR)

    @property
    def edges(self) -> list["Window"]:
        """What of it lies outside the whole hours."""
        first, last = (hour * MICROS_OF_AN_HOUR for hour in self.hours)
        if first >= last:
            return [] if self.is_empty else [self]
        edges = [Window(self.start, first), Window(last, self.end)]
        return [edge for edge in edges if not edge.is_empty]

    def pieces(self, number: int) -> list["Window"]:
        """It in so many parts of about one length, fewer where it is too short for that; none of none."""
        if number < 1:
            return []
        length = self.end - self.start
        cuts = [self.start + length * piece // number for piece in range(number + 1)]
        return [Window(start, end) for start, end in pairwise(cuts) if start < end]

    def touches(self, hour: int) -> bool:
        """Whether any time of the hour lies in it."""
        return self.start < (hour + 1) * MICROS_OF_AN_HOUR and hour * MICROS_OF_AN_HOUR < self.end


def day_of(position: int) -> int:
    """The number of a position's UTC day."""
    return position // (MICROS_OF_AN_HOUR * HOURS_OF_A_DAY)


def day_window(day: int) -> Window:
    """All of a UTC day."""
    length = MICROS_OF_AN_HOUR * HOURS_OF_A_DAY
    return Window(day * length, (day + 1) * length)


class Link(NamedTuple):
    """Two identities of one person. An automatic link with a wallet only says who claimed for it."""

    first: Identity
    second: Identity
    automatic: bool

    @property
    def is_claim(self) -> bool:
        """Whether it says no more than that a token of the first, an e-mail, was minted to the second, a wallet."""
        return self.automatic and self.second.kind == "wallet"

    def other(self, identity: Identity) -> Identity:
        """The identity at the other end."""
        return self.second if identity == self.first else self.first


class Closure:
    """Everybody whom the given identities may be, found link by link: at most 32 identities, the given ones first.

    A wallet that an e-mail claimed for belongs to that e-mail's person; but the way back, from the wallet to e-mails
    that claimed for it, is taken only where none of them is known yet: one wallet never joins two e-mails.
    """

    def __init__(self, given: Iterable[Identity]) -> None:
        self.identities: list[Identity] = list(dict.fromkeys(given))[:MAX_IDENTITIES]
        self._given = len(self.identities)
        self._links: dict[Identity, Sequence[Link]] = {}

    @property
    def unasked(self) -> list[Identity]:
        """The identities whose links are not known yet."""
        return [identity for identity in self.identities if identity not in self._links]

    def learn(self, links: Mapping[Identity, Sequence[Link]]) -> None:
        """Takes in the links of identities that were asked for."""
        self._links.update(links)
        self._follow(list(links))
        if not self.unasked:
            self._follow_claims()

    def persons(self) -> list[list[Identity]]:
        """The identities in groups, one a person: a wallet alone joins nobody, and belongs to each who claimed for it.

        In each group those come first that make it one person.
        """
        groups: list[list[Identity]] = []
        waiting = list(self.identities)
        while waiting:
            group = [waiting.pop(0)]
            for member in group:
                near = [link.other(member) for link in self._links.get(member, ()) if not link.is_claim]
                joined = [other for other in near if other in waiting]
                group += joined
                waiting = [other for other in waiting if other not in joined]
            groups.append(group)
        return _with_claimants(groups, self._claims())

    def _follow(self, known: Sequence[Identity]) -> None:
        for identity in known:
            for link in self._links[identity]:
                if not link.is_claim or link.first == identity:
                    self._add(link.other(identity))

    def _follow_claims(self) -> None:
        claims = self._claims()
        known = {email for email, _ in claims if email in self.identities}
        found: list[Identity] = []
        for wallet in [identity for identity in self.identities if identity.kind == "wallet"]:
            claimants = [email for email, claimed in claims if claimed == wallet]
            is_cut = len(self._links.get(wallet, ())) >= MAX_IDENTITIES and self._given > 1
            if not known.intersection(claimants) and not is_cut:
                found += claimants
        for email in found:
            self._add(email)

    def _claims(self) -> list[tuple[Identity, Identity]]:
        links = dict.fromkeys(link for links in self._links.values() for link in links if link.is_claim)
        return [(link.first, link.second) for link in links]

    def _add(self, identity: Identity) -> None:
        if identity not in self.identities and len(self.identities) < MAX_IDENTITIES:
            self.identities.append(identity)


def _with_claimants(groups: list[list[Identity]], claims: list[tuple[Identity, Identity]]) -> list[list[Identity]]:
    """Lays each group that is nothing but claimed wallets to the groups of those who claimed for them."""
    members = {identity: group for group in groups for identity in group}
    persons: list[list[Identity]] = []
    extra: list[tuple[list[Identity], list[Identity]]] = []
    for group in groups:
        owners = [members[email] for email, wallet in claims if wallet in group and email in members]
        if owners and all(identity.kind == "wallet" for identity in group):
            extra += [(owner, group) for owner in owners]
        else:
            persons.append(group)
    return [person + _wallets_of(person, extra) for person in persons]


def _wallets_of(person: list[Identity], extra: list[tuple[list[Identity], list[Identity]]]) -> list[Identity]:
    return list(dict.fromkeys(wallet for owner, wallets in extra if owner is person for wallet in wallets))


def is_one_persons(identity: Identity, person: Collection[Identity]) -> bool:
    """Whether an identity tells one person from all others: a claimed wallet does not, beside an e-mail."""
    return identity.kind != "wallet" or all(other.kind == "wallet" for other in person)
