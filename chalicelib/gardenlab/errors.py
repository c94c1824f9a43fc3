"""The errors of the Gardenlab contract, each with its code; all are 400 except `NftNotFound`.

BadRequest (QUERY_INCOMPLETE)
├── ResourceNotFound            RESOURCE_NOT_FOUND
├── MiscError                   MISC_ERROR
├── MaxLevelReached             MAX_LEVEL_REACHED
├── InteractionConsumed         INTERACTION_ALREADY_CONSUMED
├── InteractionNoLongerValid    INTERACTION_NO_LONGER_VALID
├── InteractionNotYetValid      INTERACTION_NOT_YET_VALID
├── NftIsExpired                NFT_IS_EXPIRED
└── CodeRefusal                 of codes that holders use themselves, on pages alone
    ├── CodeExpired             CODE_EXPIRED
    ├── CodeRevoked             CODE_REVOKED
    ├── CodeUsed                CODE_ALREADY_USED
    └── CodeUsedUp              CODE_USED_UP
"""

from chalicelib.core.errors import BadRequest


class ResourceNotFound(BadRequest):
    """The named object does not exist, or belongs to another partner."""

    code = "RESOURCE_NOT_FOUND"


class MiscError(BadRequest):
    """The request conflicts with the stored state."""

    code = "MISC_ERROR"


class MaxLevelReached(BadRequest):
    """The interaction would lift the NFT above its `max_level`."""

    code = "MAX_LEVEL_REACHED"


class InteractionConsumed(BadRequest):
    """The interaction was applied to this NFT the maximum number of times."""

    code = "INTERACTION_ALREADY_CONSUMED"


class InteractionNoLongerValid(BadRequest):
    """The interaction's window has ended."""

    code = "INTERACTION_NO_LONGER_VALID"


class InteractionNotYetValid(BadRequest):
    """The interaction's window has not begun."""

    code = "INTERACTION_NOT_YET_VALID"


class NftIsExpired(BadRequest):
    """The NFT is past its expiration date."""

    code = "NFT_IS_EXPIRED"


def field_refusal(name: str, reason: str) -> BadRequest:
    """The refusal of a field of a body."""
    return BadRequest(f"{name}: {reason}", param=name)


class CodeRefusal(BadRequest):
    """A code that a holder may not use."""


class CodeExpired(CodeRefusal):
    """The code has expired."""

    code = "CODE_EXPIRED"


class CodeRevoked(CodeRefusal):
    """The partner revoked the code."""

    code = "CODE_REVOKED"


class CodeUsed(CodeRefusal):
    """This holder has used the code the maximum number of times."""

    code = "CODE_ALREADY_USED"


class CodeUsedUp(CodeRefusal):
    """All holders together have used the code the maximum number of times."""

    code = "CODE_USED_UP"
