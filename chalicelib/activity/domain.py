"""Identities, the persons they make, activities and windows: pure, without I/O."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
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

# Positions count from two days before the year 1, so that times of every offset are positive numbers of 18 digits.
_ORIGIN_MICROS = epoch_micros(datetime(1, 1, 1, tzinfo=UTC)) - 2 * HOURS_OF_A_DAY * MICROS_OF_AN_HOUR
_END_OF_TIME = 10**18 - 1
_WALLET = re.compile(r"0[xX][0-9a-fA-F]{40}")


class InvalidIdentity(ValueError):
    """The value cannot be one of its kind."""


class Identity(NamedTuple):
    """An identity of a person. `value` is canonical: equal values mean the same person."""

    kind: IdentityKind
    value: str

    @property
    def digest(self) -> str:
        """The identity as a digest for keys."""
        return digest(self.kind, self.value)


def email_identity(text: str) -> Identity:
    """The identity of an address. Raises `InvalidEmail`."""
    return Identity("email", canonical_email(text))


class UnknownReward(NamedTuple):
    """The part of a reward that does not exist, and a message."""

    part: Literal["contract_id", "action_id"]
    words: str


class ActivitySource(NamedTuple):
    """The activities of a surface that can be counted.

    `unknown_in` takes the partner and the activity's text after the surface's name and a colon. It returns a message if
    a part does not exist, else None. `known` lists activities of a partner to choose from, of its first collections
    where there are many. The surface of NFTs also has `unknown_reward`, which checks the partner's collection and
    action of a reward.
    """

    surface: str
    unknown_in: Callable[[str, str], str | None]
    known: Callable[[str], list[str]]
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
    """The canonical identity of a written one: handles on X have no case. Raises `InvalidIdentity`."""
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
    if kind == "x":
        return Identity(kind, value.removeprefix("@").lower() or value)
    return Identity(kind, value)


def identities_of(kind: IdentityKind, value: str) -> list[Identity]:
    """What a written identity may be stored as: canonical, and as handles on X stood in older links.

    Raises `InvalidIdentity`.
    """
    found = [identity_of(kind, value)]
    if kind == "x":
        found += [Identity(kind, value), Identity(kind, value.removeprefix("@") or value)]
    return list(dict.fromkeys(found))


def kinds_counted(activity: str) -> frozenset[IdentityKind]:
    """The kinds of identities under which acts of an activity are recorded; only these are read."""
    surface = activity.partition(":")[0]
    if surface == "gardenlab":
        return frozenset({"email"})
    if surface == "dreamspace":
        return frozenset({"twitch"})
    return frozenset(IDENTITY_KINDS)


def position_of(moment: datetime) -> int:
    """A time in microseconds that sorts as text of 18 digits."""
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
        """True if no time is in the window."""
        return self.start >= self.end

    @property
    def hours(self) -> tuple[int, int]:
        """The full hours of the window, from the first to before the second; equal numbers mean none."""
        first = -(-self.start // MICROS_OF_AN_HOUR)
        return first, max(first, self.end // MICROS_OF_AN_HOUR)

    @property
    def edges(self) -> list["Window"]:
        """The parts of the window outside its full hours."""
        first, last = (hour * MICROS_OF_AN_HOUR for hour in self.hours)
        if first >= last:
            return [] if self.is_empty else [self]
        edges = [Window(self.start, first), Window(last, self.end)]
        return [edge for edge in edges if not edge.is_empty]

    def pieces(self, number: int) -> list["Window"]:
        """The window in about equal parts; fewer parts if it is too short, none if it is empty."""
        if number < 1:
            return []
        length = self.end - self.start
        cuts = [self.start + length * piece // number for piece in range(number + 1)]
        return [Window(start, end) for start, end in pairwise(cuts) if start < end]

    def touches(self, hour: int) -> bool:
        """True if the window overlaps the hour."""
        return self.start < (hour + 1) * MICROS_OF_AN_HOUR and hour * MICROS_OF_AN_HOUR < self.end


def day_of(position: int) -> int:
    """The number of a position's UTC day."""
    return position // (MICROS_OF_AN_HOUR * HOURS_OF_A_DAY)


def day_window(day: int) -> Window:
    """The window of a UTC day."""
    length = MICROS_OF_AN_HOUR * HOURS_OF_A_DAY
    return Window(day * length, (day + 1) * length)


class Hours(NamedTuple):
    """The acts of a window's hours, from the rows of their days.

    `acts` counts all acts of each hour, by the hour's number. `kept` are the positions of those in the rows of days.
    """

    acts: dict[int, int]
    kept: list[int]

    def whole(self, window: Window) -> dict[int, int]:
        """The acts of the hours that are completely in the window."""
        first, end = window.hours
        return {hour: acts for hour, acts in self.acts.items() if first <= hour < end}

    def apart(self, window: Window) -> dict[int, int]:
        """The acts that have rows of their own, of the hours that the window touches."""
        kept = Counter(position // MICROS_OF_AN_HOUR for position in self.kept)
        left = {hour: acts - kept[hour] for hour, acts in self.acts.items() if window.touches(hour)}
        return {hour: acts for hour, acts in left.items() if acts > 0}

    def kept_in(self, window: Window) -> list[int]:
        """The positions of the acts in the window that lie in the days' rows."""
        return [position for position in self.kept if window.start <= position < window.end]


class Link(NamedTuple):
    """Two identities of one person. An automatic link with a wallet only records a claim for that wallet."""

    first: Identity
    second: Identity
    automatic: bool

    @property
    def is_claim(self) -> bool:
        """True if the link only records that the e-mail's token was minted to the wallet."""
        return self.automatic and self.second.kind == "wallet"

    def other(self, identity: Identity) -> Identity:
        """The other identity of the link."""
        return self.second if identity == self.first else self.first


class Closure:
    """The identities that are linked with the given ones: at most 32, the given ones first.

    A wallet belongs to the person of each e-mail that claimed for it. From the wallet back to its e-mails, links are
    followed only if none of these e-mails is known yet, so one wallet never joins two e-mails.
    """

    def __init__(self, given: Iterable[Identity]) -> None:
        self.identities: list[Identity] = list(dict.fromkeys(given))[:MAX_IDENTITIES]
        self._given = len(self.identities)
        self._links: dict[Identity, Sequence[Link]] = {}

    @property
    def unread(self) -> list[Identity]:
        """The identities whose links were not read yet."""
        return [identity for identity in self.identities if identity not in self._links]

    def add_links(self, links: Mapping[Identity, Sequence[Link]]) -> None:
        """Adds the links that were read of some identities."""
        self._links.update(links)
        self._follow(list(links))
        if not self.unread:
            self._follow_claims()

    def persons(self) -> list[list[Identity]]:
        """The identities grouped by person. A wallet joins nobody, and belongs to each person who claimed for it.

        The identities that define the person come first in each group.
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
    """Merges each group of claimed wallets only into the groups of those who claimed for them."""
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
    """True if an identity belongs to one person only; a wallet that an e-mail claimed for may belong to several."""
    return identity.kind != "wallet" or all(other.kind == "wallet" for other in person)
