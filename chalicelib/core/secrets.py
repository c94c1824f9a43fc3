"""Secrets that Secrets Manager keeps for a deployed stage, remembered for 60 s: a new value needs no deployment."""

from chalicelib.core import aws
from chalicelib.core.cache import TtlCache

ROTATION_DELAY_SECONDS = 60

_secrets: TtlCache[str, str] = TtlCache(seconds=ROTATION_DELAY_SECONDS, max_entries=16)


def read_secret(secret_id: str) -> str | None:
    """The current value of a secret, None where it is empty; one request a minute and process."""
    return _secrets.get(secret_id, lambda: _current(secret_id))


def forget_secrets() -> None:
    """Makes the next read of every secret a request."""
    _secrets.clear()


def _current(secret_id: str) -> str | None:
    answer = aws.client("secretsmanager").get_secret_value(SecretId=secret_id)
    # A secret that was read from a file ends with a line break.
    return str(answer["SecretString"]).strip() or None
