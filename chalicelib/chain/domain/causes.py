"""Why a job waits, and why one has failed: the codes that operators and partners read.

| code | waits | ends a job |
| --- | --- | --- |
| `out_of_funds` | yes | never: coins can come at any time |
| `chain_halted` | yes | never: the chain's time stands still |
| `behind_another` | yes | never: an earlier transaction of the signer is not mined |
| `receipt_missing` | yes | never: the chain is past the nonce, and no node shows the receipt |
| `fee_limit` | yes | after 24 h without a signature, or when no bid up to the limit was mined |
| `node_fee_cap`, `node_refused`, `chain_unreachable` | yes | after 24 h |
| `not_mined` | no | 24 h after it was sent, by a chain that goes on |
| `reverted`, `invalid_recipient`, `token_taken`, `not_minted` | no | at once |
| `internal_error` | yes | after 24 h |
"""

from enum import StrEnum
from typing import Literal


class Cause(StrEnum):
    """The code of a cause."""

    OUT_OF_FUNDS = "out_of_funds"
    CHAIN_HALTED = "chain_halted"
    BEHIND_ANOTHER = "behind_another"
    RECEIPT_MISSING = "receipt_missing"
    FEE_LIMIT = "fee_limit"
    NODE_FEE_CAP = "node_fee_cap"
    NODE_REFUSED = "node_refused"
    CHAIN_UNREACHABLE = "chain_unreachable"
    NOT_MINED = "not_mined"
    REVERTED = "reverted"
    INVALID_RECIPIENT = "invalid_recipient"
    TOKEN_TAKEN = "token_taken"
    NOT_MINTED = "not_minted"
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
    Cause.INTERNAL_ERROR,
]
"""Those that can end a job."""
