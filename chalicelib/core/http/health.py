"""`/health`, which says that the function runs, and `/health/deep`, which asks what it stands on."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Blueprint, Response

from chalicelib.core import aws, logging
from chalicelib.core.http.respond import answer
from chalicelib.core.settings import settings

routes = Blueprint(__name__)
_log = logging.logger("health")


@routes.route("/health", methods=["GET"])
def health() -> Response:
    """Answers without asking anything."""
    return answer({"status": "ok", "stage": settings().stage})


@routes.route("/health/deep", methods=["GET"])
def deep_health() -> Response:
    """Asks the tables, the queues and the object storage."""
    checks = {
        "tables": lambda: aws.client("dynamodb").describe_table(TableName=f"{settings().prefix}partners"),
        "queues": lambda: aws.client("sqs").get_queue_url(QueueName=f"{settings().prefix}webhooks-fast"),
        "storage": lambda: aws.client("s3").head_bucket(Bucket=settings().bucket),
    }
    results = {name: _works(name, check) for name, check in checks.items()}
    healthy = all(results.values())
    shown = {name: "ok" if works else "unavailable" for name, works in results.items()}
    return answer({"status": "ok" if healthy else "unavailable", **shown}, status=200 if healthy else 503)


def _works(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except (BotoCoreError, ClientError):
        _log.exception("what we stand on does not answer", extra={"part": name})
        return False
    return True
