"""The `gardenlab` table.

| access pattern | by | cost |
| --- | --- | --- |
| a collection by its `contract_id` | GetItem `{origin}#COLLECTIONS`/`{contract_id}`, cached 5 s | ½–1 read unit |
| a collection by its address | Query of `CONTRACT#{address}`, then as above, cached | 1 read unit more |
| a partner's collections | Query `{origin}#COLLECTIONS`, a page | its page |
| a category | GetItem `{origin}#{contract_id}`/`CATEGORY#{user_category_id}`, or with guests in a batch | 1 read unit |
| categories, interactions | Query `{origin}#{contract_id}`, prefix `CATEGORY#`, `INTERACTION#` | its page |
| an interaction by `action_id` | BatchGet of `ACTION#{action_id}` and the edition, then of \
`INTERACTION#{id}` and its collection, cached 5 s | 4 read units |
| the edition of a collection's rules | check of `{origin}#{contract_id}#EDITION#{copy}`/`EDITION`, one of 16, in \
the action's transaction | 2 write units |
| an NFT by token id | GetItem `{origin}#{contract_id}#T#{token_id}`/`NFT`, strong | its size (1–20 KB) |
| an NFT by an id that it took later | as above, which gives its first id, then as above | 1 read unit more |
| a guest's NFTs, newest first | Query of index `by_uid` or `by_email` | the guest's NFTs |
| what an e-mail holds at all partners | Query of index `by_holder`, BatchGet of the NFTs | the NFTs shown |
| what a uid holds, strongly | GetItem `{origin}#{contract_id}#U#{uid}`/`GUEST` | 1 read unit |
| scans of a token, oldest first | Query of the token's key, prefix `SCAN#` | its page |
| final transactions of a token | Query of the token's key, prefix `TX#` | its page |
| how a token changed hands, newest first | Query of the token's key, prefix `MOVE#` | its page |
| a code by its text or password | GetItem `CODE#{id}`/`PLACE`, cached 5 s, then the code itself | 1–2 read units |
| changes of a contract, newest first | Query `{origin}#{contract_id}`, prefix `CHANGE#`, a page | its page |
| codes of an interaction | Query `{origin}#{contract_id}#I#{id}`, prefix `CODE#`, a page | its page |
| use a code | updates of the code and of its holder's count, in the action's transaction | 4 write units |
| next token ids, in blocks | UpdateItem `{origin}#{contract_id}`/`COUNTER` | 1 write unit a block |
| a collection's newest NFTs | GetItem of its `COUNTER`, BatchGet of the ids below, 100 at a time | the NFTs shown |
| what happened at a partner's, newest first | Query of index `timeline`, BatchGet of the NFTs | its page |
| how much happened, by day | GetItem `{origin}#TALLY`/`TALLY`, Query of `timeline` from there | what is new since |
| what updates and changes cost, by day | GetItem `{origin}#TALLY`/`COSTS`, Query of `timeline` by `{origin}#COSTS` | \
what is new since |

Any entry of an index may lag by a moment. Every write requires that the NFT's `version` is unchanged; it also rises
when the guest gets a newer NFT. Of NFTs from an index, only one without `newer` is changed. So a stale read is noticed,
and repeated strongly consistent.

The index `timeline` holds only keys, of every row with an `origin` and a `created_key`, by the time of writing: NFTs,
scans and mints. A reader of the daily counts adds the new entries and stores the sums, so announcing and scanning
update no counter. Final URI updates and changes of contracts lie in the same index under an `origin` of their own, for
their costs alone.
"""

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.emails import canonical_email
from chalicelib.core.tables import JsonText, Row, WholeNumber, index

RESERVATION, HOLDER = "reservation", "holder"
RESERVED, MINTING, MINTED, MINT_FAILED = "reserved", "minting", "minted", "mint_failed"
SCAN_PREFIX, TRANSACTION_PREFIX, MOVE_PREFIX, CHANGE_PREFIX = "SCAN#", "TX#", "MOVE#", "CHANGE#"


class GardenlabRow(Row):
    """Any row of the table."""

    table = "gardenlab"

    # The NFTs of one uid in one collection, by creation.
    by_uid = index("by_uid", uid_key=UnicodeAttribute, created_key=UnicodeAttribute)
    # The NFTs reserved to one e-mail in one collection, by creation.
    by_email = index("by_email", email_key=UnicodeAttribute, created_key=UnicodeAttribute)
    # What happened at a partner's: NFTs announced, scans, mints, by time.
    timeline = index("timeline", origin=UnicodeAttribute, created_key=UnicodeAttribute, holds=[])
    # Where the NFTs reserved to one e-mail lie, at whatever partner, by creation.
    by_holder = index("by_holder", holder_key=UnicodeAttribute, created_key=UnicodeAttribute, holds=[])
    holder_key = UnicodeAttribute(null=True)
    uid_key = UnicodeAttribute(null=True)
    email_key = UnicodeAttribute(null=True)
    created_key = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)


class OnContract(GardenlabRow):
    """What belongs to a contract: an address on a chain. One address may be a contract on each of several chains.

    `shares_address` is set where a collection on another chain had the address first.
    """

    contract = UnicodeAttribute()
    chain = UnicodeAttribute()
    shares_address = BooleanAttribute(null=True)

    @property
    def place(self) -> str:
        """The contract as pages' addresses name it: its address, with its chain before it where others share that."""
        return f"{self.chain}:{self.contract}" if self.shares_address else self.contract


class CollectionRow(OnContract):
    """pk: `{origin}#COLLECTIONS`; sk: `{contract_id}`.

    `xp_follows` says whose act an applied interaction is: of the person that the NFT was reserved to, or of the token's
    holder. Without `contract_version` the contract is of version 1. The fields after it are the settings of a contract
    of version 2, as of the latest final change, which lies at the place `settings_at` on the chain.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    name = UnicodeAttribute()
    symbol = UnicodeAttribute()
    level_thresholds = JsonText(null=True)
    may_change_token_id = BooleanAttribute(null=True)
    xp_follows = UnicodeAttribute(default=RESERVATION)
    contract_version = UnicodeAttribute(null=True)
    contract_uri = UnicodeAttribute(null=True)
    royalty_receiver = UnicodeAttribute(null=True)
    royalty_basis_points = NumberAttribute(null=True)
    lock = UnicodeAttribute(null=True)
    settings_at = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()


class ContractRow(GardenlabRow):
    """pk: `CONTRACT#{address, lower-case}`; sk: `OWNER`, or `OWNER#{chain}` where another chain's was there before.

    One contract, which is an address on a chain, belongs to one collection of one partner. A row without `chain` is of
    a collection whose own row names it.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    chain = UnicodeAttribute(null=True)


class CategoryRow(GardenlabRow):
    """pk: `{origin}#{contract_id}`; sk: `CATEGORY#{user_category_id}`. `issued` counts where `max_supply` is set.

    `version` counts changes of the other fields; older rows have none until their next change. A category that was
    deleted and made anew has another `created_at`.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    user_category_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    img_url = UnicodeAttribute()
    attributes_map = JsonText()
    max_supply = NumberAttribute(null=True)
    issued = NumberAttribute(default=0)
    created_at = UTCDateTimeAttribute()
    version = NumberAttribute(null=True)


class InteractionRow(GardenlabRow):
    """pk: `{origin}#{contract_id}`; sk: `INTERACTION#{id}`; ids sort by creation."""

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    id = UnicodeAttribute()
    type = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    xp_micros = NumberAttribute()
    no_xp = BooleanAttribute()
    custom_xp = BooleanAttribute()
    auth_scan_count = NumberAttribute()
    action_id = UnicodeAttribute()
    valid_from = UnicodeAttribute(null=True)
    valid_until = UnicodeAttribute(null=True)
    version = NumberAttribute()


class ActionRow(GardenlabRow):
    """pk: `{origin}#{contract_id}`; sk: `ACTION#{action_id}`: which interaction holds the name."""

    interaction_id = UnicodeAttribute()


class EditionRow(GardenlabRow):
    """pk: `{origin}#{contract_id}#EDITION#{copy}`; sk: `EDITION`: how often the rules of a collection have changed.

    Its rules are its interactions and its level thresholds. All copies have the same number.
    """

    number = WholeNumber(default=0)


class CounterRow(GardenlabRow):
    """pk: `{origin}#{contract_id}`; sk: `COUNTER`. `next_token` is the lowest id never leased."""

    next_token = NumberAttribute()


class GuestRow(GardenlabRow):
    """pk: `{origin}#{contract_id}#U#{uid digest}`; sk: `GUEST`. `tokens` maps category to token id."""

    email = UnicodeAttribute()
    tokens = JsonText()
    newest = UnicodeAttribute()
    version = NumberAttribute()


class TokenRow(OnContract):
    """pk: `{origin}#{contract_id}#T#{token_id}`; sk: `NFT`. `email` is as given; `mailbox` is for comparisons.

    `mint_url` is the URI that the latest mint was asked with; `token_url` what the chain holds, at finality.
    `mint_failure` is the code of the latest mint's failure; rows from before do not have it. `newer` is the NFT that
    its guest was given next.

    `owner` holds the token since the move at the place `owner_at` on the chain, or since the mint if that is absent;
    nobody does after `burned_at`. `is_locked` says that the token cannot be transferred, since the event at the place
    `lock_at`; it is not set where a collection locks all its tokens.

    `announced_by` is who announced the user, as `core.acting` names them; rows from before do not say.

    The key of an NFT always has the id that it was reserved under, as have those of its scans and transactions, and the
    guest's row. If `token_id` is another one, taken later, `reserved_id` is the first; a `TakenIdRow` under the other
    one leads to it.
    """

    origin = UnicodeAttribute()
    contract_id = UnicodeAttribute()
    token_id = UnicodeAttribute()
    uid = UnicodeAttribute()
    email = UnicodeAttribute()
    email_canonical = UnicodeAttribute()
    user_category_id = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    img_url = UnicodeAttribute()
    attributes_map = JsonText()
    counts = JsonText()
    xp_micros = NumberAttribute()
    level = NumberAttribute()
    max_level = NumberAttribute(null=True)
    max_level_reached = BooleanAttribute()
    scan_count = NumberAttribute()
    expiration_date = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    mint_attempts = NumberAttribute()
    mint_failure = UnicodeAttribute(null=True)
    reserved_id = UnicodeAttribute(null=True)
    announced_by = UnicodeAttribute(null=True)
    user_addr = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    owner_at = UnicodeAttribute(null=True)
    burned_at = UTCDateTimeAttribute(null=True)
    is_locked = BooleanAttribute(null=True)
    lock_at = UnicodeAttribute(null=True)
    mint_url = UnicodeAttribute(null=True)
    token_url = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    minted_at = UTCDateTimeAttribute(null=True)
    newer = UnicodeAttribute(null=True)
    version = NumberAttribute()

    @property
    def mailbox(self) -> str:
        """The address that the NFT is reserved to, in its canonical form.

        In old rows `email_canonical` and the keys of the indexes may be another mailbox's, since the canonical form
        once folded other letters than ASCII.
        """
        return self.email_canonical if self.email.isascii() else canonical_email(self.email)

    @property
    def lies_under(self) -> str:
        """The token id that the NFT was reserved under, where its rows lie."""
        return self.reserved_id or self.token_id

    @property
    def lies_elsewhere(self) -> bool:
        """True of a `TakenIdRow`, which is no NFT; the NFT's key has its `reserved_id`."""
        return self.reserved_id is not None and self.pk.rpartition("#")[2] != self.reserved_id


class TakenIdRow(GardenlabRow):
    """pk: `{origin}#{contract_id}#T#{token_id}`; sk: `NFT`: an id that an NFT took after its first."""

    reserved_id = UnicodeAttribute()


class ScanRow(GardenlabRow):
    """pk: the token's; sk: `SCAN#{number in 10 digits}`, from 1. Rows from before do not say who applied it."""

    at_micros = NumberAttribute()
    xp_before = NumberAttribute()
    xp_after = NumberAttribute()
    level_before = NumberAttribute()
    level_after = NumberAttribute()
    max_level_reached = BooleanAttribute()
    interaction_name = UnicodeAttribute()
    type = UnicodeAttribute()
    actor = UnicodeAttribute(null=True)


class FinalTransactionRow(ScanRow):
    """pk: the token's; sk: `TX#{number of the scan}`, the mint's being 0: the final transaction of a scan.

    `cost_wei` is its share of what the transaction cost; absent where that is unknown, and in older rows.
    """

    tx_hash = UnicodeAttribute()
    transaction_url = UnicodeAttribute()
    new_uri = UnicodeAttribute()
    cost_wei = WholeNumber(null=True)


class MoveRow(GardenlabRow):
    """pk: the token's; sk: `MOVE#{place on the chain}`: a change of hands, without `recipient` where it was burned."""

    sender = UnicodeAttribute()
    recipient = UnicodeAttribute(null=True)
    at = UTCDateTimeAttribute()
    tx_hash = UnicodeAttribute()
    transaction_url = UnicodeAttribute()


class TallyRow(GardenlabRow):
    """pk: `{origin}#TALLY`; sk: `TALLY` of the timeline, `COSTS` of updates and changes.

    The entries up to `position`, counted by UTC day. `days` maps a day, as 2026-11-22, to the counts of `announced`,
    `scanned` and `minted`, or of `updated` and `changed`, and to what they cost in wei: of mints the `cost of <chain>`,
    of the others the `<kind> cost of <chain>`.
    """

    position = UnicodeAttribute()
    days = JsonText()


ROWS = (GardenlabRow,)
