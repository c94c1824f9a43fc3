"""Texts in the bucket of this stage, under keys of the caller's choice."""

from botocore.exceptions import ClientError

from chalicelib.core import aws
from chalicelib.core.settings import settings

_ABSENT = ("NoSuchKey", "404")


def put_text(object_key: str, text: str) -> None:
    """Stores a text."""
    aws.client("s3").put_object(
        Bucket=settings().bucket, Key=object_key, Body=text.encode(), ContentType="text/plain; charset=utf-8"
    )


def find_text(object_key: str) -> str | None:
    """A stored text, or None."""
    try:
        answer = aws.client("s3").get_object(Bucket=settings().bucket, Key=object_key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _ABSENT:
            raise
        return None
    return str(answer["Body"].read(), "utf-8")


def remove(object_key: str) -> None:
    """Removes an object; one that is not there is removed already."""
    aws.client("s3").delete_object(Bucket=settings().bucket, Key=object_key)
