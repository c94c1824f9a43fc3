"""Metadata documents in object storage, under the address that IPFS gives them."""

from botocore.exceptions import ClientError

from chalicelib.chain import repository
from chalicelib.chain.metadata import cid_of
from chalicelib.core import aws
from chalicelib.core.storage import bucket_name


def store_document(document: bytes) -> str:
    """Stores a document for ever and gives its CID; equal documents are one object."""
    cid = cid_of(document)
    aws.client("s3").put_object(
        Bucket=bucket_name(), Key=_object_key(cid), Body=document, ContentType="application/json"
    )
    return cid


def read_document(cid: str) -> bytes | None:
    """The document of a CID, None where none was ever made. One request, two while it is fresh."""
    try:
        answer = aws.client("s3").get_object(Bucket=bucket_name(), Key=_object_key(cid))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return repository.find_document(cid)
    document: bytes = answer["Body"].read()
    return document


def _object_key(cid: str) -> str:
    return f"{cid}/metadata.json"
