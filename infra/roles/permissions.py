"""Which AWS calls each deployed function makes, as recorded by the tests in `permissions.json`.

The roles allow these and what the code leads to besides (`infra.roles.allowed`).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

CATALOGUE = Path(__file__).with_name("permissions.json")
API = "api_handler"
DEAD_LETTERS = "dead-letters"
SECRETS_KEY, SIGNER_KEYS, TOKEN_KEYS = "secrets-key", "signer-keys", "token-keys"
NEW_KEYS, TOKEN_ALIASES = "new-keys", "aliases"


class Call(NamedTuple):
    """An IAM action that a function needs on a resource, which is named without stage and account.

    A table, queue or bucket has its name without the stage's prefix, with `/index/<name>`, `/*` or `/dead` where the
    action needs it. The others are `dead-letters` (those of every queue), `secrets-key`, `signer-keys`, `token-keys`,
    `new-keys`, `aliases`, `secrets`, `sender`, and `*` where IAM knows no resource.
    """

    function: str
    service: str
    action: str
    resource: str

    def __str__(self) -> str:
        return f"{self.function}: {self.service}:{self.action} on {self.resource}"


def dead_letters(queue: str) -> str:
    """The resource that is one queue's dead letters."""
    return f"{queue}/dead"


# Calls that not every run of the tests makes, each with the reason. Roles allow them; a run that makes none of them
# misses nothing.
_FIRST_OF_A_PROCESS = (
    "a signer is found once a process; that of the tests is one for all functions, and any may be the first"
)
RARE: dict[Call, str] = {
    Call("follow_chains", "kms", "DescribeKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("follow_chains", "kms", "GetPublicKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("read_chains", "kms", "DescribeKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("read_chains", "kms", "GetPublicKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("sweep_chain", "kms", "DescribeKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("sweep_chain", "kms", "GetPublicKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("watch_chains", "kms", "DescribeKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
    Call("watch_chains", "kms", "GetPublicKey", SIGNER_KEYS): _FIRST_OF_A_PROCESS,
}


def load() -> frozenset[Call]:
    """The calls that the tests saw, and the rare ones."""
    content = json.loads(CATALOGUE.read_text())
    return frozenset(RARE) | frozenset(
        Call(function, service, action, resource)
        for function, actions in content.items()
        for service, action, resources in ((*name.split(":"), listed) for name, listed in actions.items())
        for resource in resources
    )


def store(calls: Iterable[Call]) -> None:
    """Writes `permissions.json` again, sorted, without the rare calls."""
    content: dict[str, dict[str, list[str]]] = {}
    for call in sorted(set(calls) - RARE.keys()):
        content.setdefault(call.function, {}).setdefault(f"{call.service}:{call.action}", []).append(call.resource)
    CATALOGUE.write_text(json.dumps(content, indent=2) + "\n")


def services() -> frozenset[str]:
    """The AWS services that any function uses, as botocore names them."""
    return frozenset(call.service for call in load())


def lacking(made: Iterable[Call], allowed: Iterable[Call]) -> list[Call]:
    """Calls that were made and that no role allows: a deployed function would be refused."""
    return sorted(set(made) - set(allowed))


def unused(made: Iterable[Call], allowed: Iterable[Call]) -> list[Call]:
    """Recorded calls that were not made; useful only if `made` comes from every test."""
    return sorted(set(allowed) - set(made) - RARE.keys())
