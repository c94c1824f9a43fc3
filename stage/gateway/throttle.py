"""The throttle of a stage: a token bucket, as API Gateway describes it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from stage.gateway.api import Limits


class Throttle:
    """Admits `limits.burst` requests at once, and as many a second as `limits.rate` in the long run."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._lock = Lock()
        self._tokens, self._at = limits.burst, clock()

    def admits(self) -> bool:
        """Whether one more request is admitted now; it takes a token."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._limits.burst, self._tokens + (now - self._at) * self._limits.rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True
