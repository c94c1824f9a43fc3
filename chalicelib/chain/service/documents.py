"""Metadata documents in object storage, under the address that IPFS gives them."""

import time
from typing import Final

import urllib3
from botocore.exceptions import ClientError
from urllib3.util import make_headers, parse_url

from chalicelib.chain.metadata import LEAF_NAME, cid_of
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.core import aws
from chalicelib.core.json_reader import read_json
from chalicelib.core.logging import logger
from chalicelib.core.settings import settings

_log = logger("chain")
_PIN_SECONDS: Final = 5.0
# A batch has a document for each of its tokens: waiting for each of them would be waiting for minutes.
_SILENT_SECONDS: Final = 60.0
_silent_until: dict[str, float] = {}


def store_document(document: bytes) -> str:
    """Stores a document for ever and gives its CID; equal documents are one object.

    Where the settings name an IPFS node, it pins the document too. It is no condition: we serve the document anyway.
    One that did not answer is left alone for a minute.
    """
    cid = cid_of(document)
    aws.client("s3").put_object(
        Bucket=settings().bucket, Key=_object_key(cid), Body=document, ContentType="application/json"
    )
    api = settings().ipfs_api
    if api is not None and time.monotonic() < _silent_until.get(api, 0.0):
        _log.warning("document not pinned", extra={"cid": cid, "why": "the node was silent a moment ago"})
    elif api is not None:
        _pin(api, cid, document)
    return cid


def read_document(cid: str) -> bytes | None:
    """The document of a CID, None where none was ever made. One request, two while it is fresh."""
    try:
        answer = aws.client("s3").get_object(Bucket=settings().bucket, Key=_object_key(cid))
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return job_rows.find_document(cid)
    document: bytes = answer["Body"].read()
    return document


def _pin(api: str, cid: str, document: bytes) -> None:
    """Adds the document to the IPFS node at `api`, in the directory that its address names."""
    url = f"{api.rstrip('/')}/api/v0/add?cid-version=1&raw-leaves=true&wrap-with-directory=true&pin=true"
    parsed = parse_url(url)
    headers = make_headers(basic_auth=parsed.auth) if parsed.auth else {}
    fields = {"file": (LEAF_NAME, document, "application/json")}
    try:
        answer = urllib3.request(
            "POST",
            parsed._replace(auth=None).url,
            fields=fields,
            headers=headers,
            timeout=_PIN_SECONDS,
            retries=False,
            redirect=False,
        )
        pinned = [read_json(line).get("Hash") for line in answer.data.splitlines()]
    except (urllib3.exceptions.HTTPError, ValueError, AttributeError) as error:
        if isinstance(error, urllib3.exceptions.HTTPError):
            _silent_until[api] = time.monotonic() + _SILENT_SECONDS
        _log.warning("document not pinned", extra={"cid": cid, "why": type(error).__name__})
        return
    if cid not in pinned:
        _log.warning("document pinned under another address", extra={"cid": cid, "status": answer.status})


def _object_key(cid: str) -> str:
    return f"{cid}/metadata.json"
