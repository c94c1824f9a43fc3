"""One function a queue message of Dreamspace's worker."""

from typing import Any

from chalicelib.core.logging import logger
from chalicelib.core.messages import NotUnderstood, batch_answer, read_message, text_of
from chalicelib.core.queues import bury
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.service import tidying
from chalicelib.dreamspace.service.tidying import TIDY_UP

_log = logger("dreamspace")


def tidy(event: dict[str, Any]) -> dict[str, Any]:
    """Works a Lambda SQS event; what fails is handed back and comes again."""
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return batch_answer(failed)


def sweep() -> int:
    """The scheduled sweep; gives how many rows were due."""
    return tidying.sweep()


def _is_done(record: dict[str, Any]) -> bool:
    from chalicelib.dreamspace.service.worker import Untidy, tidy_up

    try:
        tidy_up(*_read(record["body"]))
    except NotUnderstood as error:
        _log.error("message not understood", extra={"message_id": record["messageId"], "why": str(error)})
        return bury(TIDYING, record["body"])
    except Untidy as error:
        # The row stays, and the sweep comes back to it; a message that fails again and again would end up dead.
        _log.info("not tidy yet", extra={"message_id": record["messageId"], "why": str(error)})
    except Exception:
        _log.exception("tidying failed", extra={"message_id": record["messageId"]})
        return False
    return True


def _read(body: str) -> tuple[str, str]:
    """The key that a message names. Raises `NotUnderstood`."""
    message = read_message(body)
    if message.get("task") != TIDY_UP:
        raise NotUnderstood("unknown task")
    return text_of(message, "pk"), text_of(message, "sk")
