"""The storage engine of a local run: moto in this process, or whatever `AWS_ENDPOINT_URL` points at.

Start it before any botocore client is made: moto reaches only the clients made after its import. A single
service can be pointed elsewhere (`AWS_ENDPOINT_URL_DYNAMODB`, for DynamoDB Local) while moto serves the
others: moto answers for Amazon's host names alone.

moto is repaired where it is slow or loses writes (`moto_*`), by way of its internals. So another version of moto than
the repairs were written for is refused.
"""

import os
from dataclasses import dataclass
from threading import Lock
from typing import Final

# The version whose internals `moto_*` replace.
WRITTEN_FOR: Final = "moto 5.2.5"
REGION = "eu-central-1"
_CREDENTIAL = "localonly"
_lock = Lock()
_started: "Engine | None" = None


class EngineMoved(Exception):
    """The installed version of moto is not the one that the repairs were written for."""


@dataclass(frozen=True)
class Engine:
    """The engine of this process. `endpoint` is None for the embedded one, whose state is memory only."""

    endpoint: str | None

    @property
    def embedded(self) -> bool:
        """Whether the engine is moto in this process."""
        return self.endpoint is None

    @property
    def long_poll_seconds(self) -> int:
        """How many seconds a receive should wait: few where a wait cannot be interrupted."""
        return 20 if self.embedded else 1

    def interrupt_long_polls(self) -> None:
        """Wakes the receivers that wait inside the embedded engine; does nothing with another engine."""
        if self.embedded:
            from local.engine.moto_repairs import interrupt_long_polls

            interrupt_long_polls()


def start_engine() -> Engine:
    """Starts the engine once a process and returns it; later calls return the same one.

    No real account can be reached by mistake: the embedded engine answers every Amazon host name itself and
    ignores the developer's AWS profile, and a given endpoint is used with credentials made up where none are
    set.
    """
    global _started
    with _lock:
        if _started is None:
            endpoint = os.environ.get("AWS_ENDPOINT_URL") or None
            for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
                os.environ.setdefault(name, REGION)
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                os.environ.setdefault(name, _CREDENTIAL)
            if endpoint is None:
                _embed()
            _started = Engine(endpoint)
        return _started


def _embed() -> None:
    # A profile's endpoint, region or absence would reach into the embedded engine.
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        os.environ[name] = os.devnull
    # Imported here because moto takes half a second, which a run on another engine need not spend.
    import moto

    from local.engine.moto_repairs import repair

    if f"moto {moto.__version__}" != WRITTEN_FOR:
        raise EngineMoved(f"The engine is written for {WRITTEN_FOR}, and {moto.__version__} is installed: make setup")
    repair()
    moto.mock_aws().start()
