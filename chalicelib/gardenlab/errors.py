"""The refusals of the Gardenlab contract, each with its code; all are 400 but for `NftNotFound`.

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
    """What the request names does not exist, or is another partner's."""

    code = "RESOURCE_NOT_FOUND"


class MiscError(BadRequest):
    """The request conflicts with what is stored."""

    code = "MISC_ERROR"


class MaxLevelReached(BadRequest):
    """The interaction would lift the NFT above its `max_level`."""

    code = "MAX_LEVEL_REACHED"


class InteractionConsumed(BadRequest):
    """The interaction was applied to this NFT as often as it may be."""

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


class CodeRefusal(BadRequest):
    """A code that a holder may not use (any more)."""


class CodeExpired(CodeRefusal):
    """The code's time is over."""

    code = "CODE_EXPIRED"


class CodeRevoked(CodeRefusal):
    """The partner took the code back."""

    code = "CODE_REVOKED"


class CodeUsed(CodeRefusal):
    """This holder used the code as often as one holder may."""

    code = "CODE_ALREADY_USED"


class CodeUsedUp(CodeRefusal):
    """All holders together used the code as often as they may."""

    code = "CODE_USED_UP"
