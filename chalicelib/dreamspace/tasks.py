"""What the tidying queue starts."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.logging import logger
from chalicelib.core.messages import BatchAnswer, Fields, require_task, text_of, work_batch
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.service.tidying import TIDY_UP

_log = logger("dreamspace")


def tidy(event: Mapping[str, Any]) -> BatchAnswer:
    """Processes a Lambda SQS event."""
    return work_batch(event, _tidy_up, poison_of=TIDYING)


def _tidy_up(message: Fields) -> None:
    from chalicelib.dreamspace.service.worker import TidyingIncomplete, tidy_up

    require_task(message, TIDY_UP)
    try:
        tidy_up(text_of(message, "pk"), text_of(message, "sk"))
    except TidyingIncomplete as error:
        # The request stays for the next sweep; a message that keeps failing would become a dead letter.
        _log.info("not tidy yet", extra={"why": str(error)})
