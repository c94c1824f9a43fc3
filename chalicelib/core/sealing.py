"""Secrets of partners that must be read again, encrypted by KMS; only ciphertext reaches a table.

A secret is bound to a context, such as the row that holds it: copied into another row, it cannot be opened.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.core import aws
from chalicelib.core.settings import settings

MAX_BYTES = 4096  # what KMS encrypts itself


def key_alias() -> str:
    """The name of the stage's symmetric key."""
    return f"alias/{settings().prefix}secrets"


def size_of(value: Any) -> int:
    """Bytes of a value as it is sealed; at most `MAX_BYTES` can be."""
    return len(_encoded(value))


def seal(value: Any, *, context: Mapping[str, str]) -> str:
    """A JSON value as ciphertext in base64."""
    answer = aws.client("kms").encrypt(KeyId=key_alias(), Plaintext=_encoded(value), EncryptionContext=dict(context))
    return base64.b64encode(answer["CiphertextBlob"]).decode()


def unseal(text: str, *, context: Mapping[str, str]) -> Any:
    """The value of a ciphertext; the context must be the one that it was sealed with, else KMS refuses."""
    answer = aws.client("kms").decrypt(CiphertextBlob=base64.b64decode(text), EncryptionContext=dict(context))
    return json.loads(answer["Plaintext"])


def _encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
