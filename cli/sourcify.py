"""Sourcify's API, version 2, to which a contract's source is submitted: https://docs.sourcify.dev/docs/api/.

A submission becomes a job, which compiles the source and compares it with the chain.
"""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cli.api import Api, ApiError, Refused

PUBLIC_SERVER: Final = "https://sourcify.dev/server"
_ARTIFACTS: Final = Path(__file__).resolve().parent.parent / "contracts" / "artifacts"
_NAMES: Final = {"v1": "SpacegardenCollection", "v2": "SpacegardenCollectionV2"}
_SUBMITTED: Final = ("stdJsonInput", "compilerVersion", "contractIdentifier")
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 5.0
_ALREADY_VERIFIED: Final = 409


class SourceMissing(ApiError):
    """The command does not run in a checkout, which has the sources."""


def submission_of(version: str) -> dict[str, Any]:
    """The source and the settings of a version of the contract, as they are submitted. Raises `SourceMissing`."""
    path = _ARTIFACTS / f"{_NAMES[version]}.json"
    try:
        published = json.loads(path.read_text())
    except OSError as error:
        raise SourceMissing(f"The contract's source is not at {path}: run the command from a checkout.") from error
    return {name: published[name] for name in _SUBMITTED}


class Sourcify(Api):
    """Calls to a Sourcify server. No key is sent."""

    def __init__(self, url: str) -> None:
        super().__init__(url, admin_key="")
        self.url = url

    def verify(self, chain_id: int, address: str, submission: Mapping[str, Any], *, patience: float) -> dict[str, Any]:
        """The job when it has ended, or as it is after `patience` seconds.

        A contract that is verified already gives a job that has ended, with the contract's entry.

        Raises `Refused`, `Unreachable`.
        """
        place = (str(chain_id), address)
        try:
            job = self._call("POST", "verify", *place, body=submission)
        except Refused as refusal:
            if refusal.status != _ALREADY_VERIFIED:
                raise
            return {"isJobCompleted": True, "contract": self._call("GET", "contract", *place)}
        return self._end_of(str(job.get("verificationId")), patience=patience)

    def _end_of(self, verification_id: str, *, patience: float) -> dict[str, Any]:
        ends, pause = time.monotonic() + patience, _FIRST_PAUSE_SECONDS
        while True:
            job = self._call("GET", "verify", verification_id)
            if job.get("isJobCompleted") or time.monotonic() >= ends:
                return job
            time.sleep(min(pause, max(ends - time.monotonic(), 0)))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _call(self, method: str, *path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            return dict(self._ask(method, ("v2", *path), headers={}, body=body, query=None))
        except Refused as refusal:
            said = {"message": refusal.body.get("message"), "code": refusal.body.get("customCode")}
            raise Refused(refusal.status, said) from refusal

    def _foreign(self, status: int) -> str:
        return f"What answers at {self.url} ({status}) is not Sourcify. Is --sourcify (SPACEGARDEN_SOURCIFY) right?"

    def _unreached(self, error: Exception) -> str:
        reason = getattr(error, "reason", error)
        return f"The verifier at {self.url} did not answer: {getattr(reason, 'strerror', None) or reason}."
