"""The API reference of the `Idempotency-Key` header."""

from typing import Annotated, Final

from pydantic import Field

from chalicelib.core.reference import Parameter
from chalicelib.idempotency.repository import KEPT_HOURS
from chalicelib.idempotency.service import MAX_KEY_LENGTH

IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    f"Makes the call safe to repeat: for {KEPT_HOURS} hours the same key with the same request answers the first "
    "answer again.",
    Annotated[str, Field(min_length=1, max_length=MAX_KEY_LENGTH)],
    "9b2c7f0e-1d7a-4f7e-9f0a-2f6b1c3d4e5f",
    place="header",
)
