"""Why a job waits, and why one has failed: the codes that operators and partners read.

| code | waits | ends a job |
| --- | --- | --- |
| `out_of_funds` | yes | never: coins can come at any time |
| `waiting_for_budget` | yes | never: it goes on with the next day, or when the budget is raised |
| `chain_halted` | yes | never: the chain's time stands still |
| `behind_another` | yes | never: an earlier transaction of the signer is not mined |
| `receipt_missing` | yes | never: the chain is past the nonce, and no node shows the receipt |
| `nodes_disagree` | yes | never: one node shows what another denies |
| `fee_limit` | yes | after 24 h without a signature, or when no bid up to the limit was mined |
| `node_fee_cap`, `node_refused`, `chain_unreachable` | yes | after 24 h |
| `not_mined` | no | 24 h after it was sent, by a chain that goes on |
| `reverted`, `invalid_recipient`, `token_taken`, `not_minted` | no | at once |
| `cancelled` | no | at once, by the operator |
| `internal_error` | yes | after 24 h |
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal


class Cause(StrEnum):
    """The code of a cause."""

    OUT_OF_FUNDS = "out_of_funds"
    WAITING_FOR_BUDGET = "waiting_for_budget"
    CHAIN_HALTED = "chain_halted"
    BEHIND_ANOTHER = "behind_another"
    RECEIPT_MISSING = "receipt_missing"
    NODES_DISAGREE = "nodes_disagree"
    FEE_LIMIT = "fee_limit"
    NODE_FEE_CAP = "node_fee_cap"
    NODE_REFUSED = "node_refused"
    CHAIN_UNREACHABLE = "chain_unreachable"
    NOT_MINED = "not_mined"
    REVERTED = "reverted"
    INVALID_RECIPIENT = "invalid_recipient"
    TOKEN_TAKEN = "token_taken"
    NOT_MINTED = "not_minted"
    CANCELLED = "cancelled"
    INTERNAL_ERROR = "internal_error"


FailureCode = Literal[
    Cause.REVERTED,
    Cause.INVALID_RECIPIENT,
    Cause.TOKEN_TAKEN,
    Cause.NOT_MINTED,
    Cause.FEE_LIMIT,
    Cause.NOT_MINED,
    Cause.NODE_FEE_CAP,
    Cause.NODE_REFUSED,
    Cause.CHAIN_UNREACHABLE,
    Cause.CANCELLED,
    Cause.INTERNAL_ERROR,
]
"""Those that can end a job."""

SENTENCES: Final[Mapping[Cause, str]] = {
    Cause.OUT_OF_FUNDS: "The signer has too few coins; it goes on once it has more.",
    Cause.WAITING_FOR_BUDGET: (
        "The partner's gas budget of the day is spent; it goes on with the next day (UTC), or soon after it is raised."
    ),
    Cause.CHAIN_HALTED: "The chain makes no new blocks.",
    Cause.BEHIND_ANOTHER: "An earlier transaction of the signer is not mined yet.",
    Cause.RECEIPT_MISSING: "The chain is past the transaction, and no node shows its receipt yet.",
    Cause.NODES_DISAGREE: "The chain's nodes do not agree about the transaction.",
    Cause.FEE_LIMIT: "The chain's fees are higher than may be paid.",
    Cause.NODE_FEE_CAP: "It costs more than the chain's node takes for a transaction.",
    Cause.NODE_REFUSED: "The chain's node refuses it.",
    Cause.CHAIN_UNREACHABLE: "The chain's node does not answer.",
    Cause.INTERNAL_ERROR: "It could not be prepared.",
}
"""What a waiting job's cause means, for people."""
