"""Secrets that only KMS can read again."""

import pytest
from botocore.exceptions import ClientError

from chalicelib.core.sealing import seal, unseal
from tests.platform import Platform

pytestmark = pytest.mark.usefixtures("platform")


def test_a_sealed_value_is_read_again_in_its_context(platform: Platform) -> None:
    del platform
    value = {"x-api-key": "hush", "größe": ["ß", 1, None]}
    sealed = seal(value, context={"mission": "a"})
    assert "hush" not in sealed
    assert unseal(sealed, context={"mission": "a"}) == value


def test_a_sealed_value_opens_in_no_other_context() -> None:
    sealed = seal("hush", context={"mission": "a"})
    with pytest.raises(ClientError):
        unseal(sealed, context={"mission": "b"})


def test_the_same_value_is_never_sealed_alike() -> None:
    assert seal("hush", context={"mission": "a"}) != seal("hush", context={"mission": "a"})
