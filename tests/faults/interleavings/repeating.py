"""Runs that can be compared to the letter: their clock stands still within a turn, and steps decide what is random.

Every turn of an actor is some microseconds later than the one before, so that what happened first has the earlier time.
"""

import hashlib
import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from botocore.awsrequest import AWSPreparedRequest

from chalicelib.core import clock, ids

_TURN = timedelta(microseconds=20)
_NO_ID = (0, 0)
_KMS = "TrentService."
_stream: ContextVar["_Stream | None"] = ContextVar("stream", default=None)
_ids: ContextVar["_Stream | None"] = ContextVar("ids", default=None)


class _Stream:
    """Bytes that a name decides."""

    def __init__(self, name: str) -> None:
        self._hash = hashlib.shake_256(name.encode())
        self._given = 0

    def read(self, size: int) -> bytes:
        """The next ones."""
        start, self._given = self._given, self._given + size
        return self._hash.digest(self._given)[start:]


class _Secrets:
    """The module `secrets` as ids know it: what else a step takes, or did not since it remembers, changes no id."""

    @staticmethod
    def token_bytes(size: int) -> bytes:
        """As there."""
        stream = _ids.get()
        return secrets.token_bytes(size) if stream is None else stream.read(size)

    @classmethod
    def randbits(cls, bits: int) -> int:
        """As there."""
        size = (bits + 7) // 8
        return int.from_bytes(cls.token_bytes(size)) >> (size * 8 - bits)


class Moment(NamedTuple):
    """Where a run stands."""

    turns: int
    taken: Counter[str]


class Repeating:
    """The clock and the randomness of one run after the other."""

    def __init__(self) -> None:
        self._start = datetime.now(UTC).replace(microsecond=0)
        self._turns = 0
        self._taken: Counter[str] = Counter()

    def begin(self) -> None:
        """Another run: the same moment, the same randomness."""
        self.resume(Moment(0, Counter()))

    def moment(self) -> Moment:
        """Where the run stands, for `resume`."""
        return Moment(self._turns, self._taken.copy())

    def resume(self, moment: Moment) -> None:
        """The run stands there again."""
        self._turns, self._taken = moment.turns, moment.taken.copy()

    @contextmanager
    def taking(self, name: str) -> Iterator[None]:
        """Within the block a step of this name is taken."""
        self._turns += 1
        number = self._taken[name]
        self._taken[name] += 1
        token, of_ids = _stream.set(_Stream(f"{name} {number}")), _ids.set(_Stream(f"ids of {name} {number}"))
        newest, ids._newest = ids._newest, _NO_ID  # another process, which has made none
        try:
            yield
        finally:
            _ids.reset(of_ids)
            _stream.reset(token)
            ids._newest = newest
            self._turns += 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Stops the clock of the platform, not that of the chain, and decides what is random in a step."""
        from moto.core.models import botocore_stubber

        urandom, ask = os.urandom, botocore_stubber.process_request

        def read(size: int) -> bytes:
            stream = _stream.get()
            return urandom(size) if stream is None else stream.read(size)

        def engine(request: AWSPreparedRequest) -> Any:
            """Takes nothing of the step's randomness; what KMS encrypts comes out the same each time."""
            is_kms = _KMS in str(request.headers.get("X-Amz-Target"))
            token = _stream.set(_Stream(str(request.body)) if is_kms else None)
            try:
                return ask(request)
            finally:
                _stream.reset(token)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(botocore_stubber, "process_request", engine)
            patch.setattr(ids, "secrets", _Secrets)
            patch.setattr(clock, "datetime", _Clock(self))
            patch.setattr(os, "urandom", read)
            patch.setattr(random, "_urandom", read)
            patch.setattr(random, "uniform", lambda low, high: low + (high - low) * read(1)[0] / 256)
            yield

    def now(self) -> datetime:
        """The moment of this turn."""
        return self._start + self._turns * _TURN


class _Clock:
    def __init__(self, repeating: Repeating) -> None:
        self._repeating = repeating

    def now(self, _: Any) -> datetime:
        """As `datetime.now`."""
        return self._repeating.now()
