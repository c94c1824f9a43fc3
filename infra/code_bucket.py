"""The bucket that holds the packages of an account: created where it is missing, and never another account's.

The bucket's name can be guessed, so somebody else may have created it first. Every request therefore names the owner
that the bucket must have, and S3 refuses it otherwise.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

_CLOSED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_ABSENT = ("404", "NoSuchBucket")
_FOREIGN = ("403", "AccessDenied", "BucketAlreadyExists")


class Refused(Exception):
    """The bucket is another account's, or whoever deploys may not use it; the message says which."""


class CodeBucket:
    """The account's bucket of packages in a region; `name` is there once the object is made. Raises `Refused`."""

    def __init__(self, session: Any, *, region: str) -> None:
        account = str(session.create_client("sts").get_caller_identity()["Account"])
        self.name = f"spacegarden-code-{account}-{region}"
        self._region = region
        self._owner = {"Bucket": self.name, "ExpectedBucketOwner": account}
        self._s3 = session.create_client("s3")
        try:
            self._make_if_missing()
        except ClientError as error:
            if error.response["Error"]["Code"] not in _FOREIGN:
                raise
            raise Refused(
                f"The bucket {self.name}, where packages are kept, belongs to another account or is closed to you. "
                "Nothing was uploaded."
            ) from error

    def upload(self, folder: str, path: Path, suffix: str) -> str:
        """Uploads a file to `folder`, named by the SHA-256 of its contents, and gives its key."""
        content = path.read_bytes()
        key = f"{folder}/{sha256(content).hexdigest()}.{suffix}"
        self._s3.put_object(Key=key, Body=content, **self._owner)
        return key

    def address(self, key: str) -> str:
        """Where CloudFormation finds an uploaded file."""
        return f"https://{self.name}.s3.{self._region}.amazonaws.com/{key}"

    def _make_if_missing(self) -> None:
        try:
            self._s3.head_bucket(**self._owner)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _ABSENT:
                raise
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
            self._s3.create_bucket(Bucket=self.name, **({} if self._region == "us-east-1" else place))
            closed = dict.fromkeys(_CLOSED, True)
            self._s3.put_public_access_block(PublicAccessBlockConfiguration=closed, **self._owner)
