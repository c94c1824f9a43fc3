"""Secrets of a deployed stage, kept by Secrets Manager and cached for 60 s: a new value needs no deployment."""

from chalicelib.core import aws
from chalicelib.core.cache import TtlCache

ROTATION_DELAY_SECONDS = 60

_secrets: TtlCache[str, str] = TtlCache(seconds=ROTATION_DELAY_SECONDS, max_entries=16)


def read_secret(secret_id: str) -> str | None:
    """The current value of a secret, at most 60 s old; None where it is empty, which is not cached."""
    return _secrets.get(secret_id, lambda: _current(secret_id))


def forget_secrets() -> None:
    """Makes the next read of every secret a request."""
    _secrets.clear()


def _current(secret_id: str) -> str | None:
    answer = aws.client("secretsmanager").get_secret_value(SecretId=secret_id)
    # A secret that was read from a file ends with a line break.
    return str(answer["SecretString"]).strip() or None
