"""Values that lie sealed by a data key, of which KMS is asked once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.envelopes import EnvelopeUnreadable, forget_keys, seal, unseal
from tests.faults.wire import listening
from tests.platform import Platform

pytestmark = pytest.mark.usefixtures("platform")

CONTEXT = {"origin": "a", "endpoint": "b"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=10,
)


@given(VALUES)
def test_a_sealed_value_is_read_again(value: object) -> None:
    assert unseal(seal(value, context=CONTEXT), context=dict(reversed(CONTEXT.items()))) == value


def test_nothing_of_the_value_can_be_seen() -> None:
    assert b"hush" not in seal({"secret": "hush" * 20}, context=CONTEXT)
    assert seal("hush", context=CONTEXT) != seal("hush", context=CONTEXT)


def test_a_value_opens_in_no_other_context() -> None:
    sealed = seal("hush", context=CONTEXT)
    for other in ({"origin": "a", "endpoint": "c"}, {"origin": "a"}, {}):
        with pytest.raises(EnvelopeUnreadable):
            unseal(sealed, context=other)


@given(st.data())
def test_a_changed_value_is_not_read(data: st.DataObject) -> None:
    sealed = seal("hush", context=CONTEXT)
    length = int.from_bytes(sealed[1:3], "big")
    place = data.draw(st.integers(3 + length, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(EnvelopeUnreadable):
        unseal(bytes(changed), context=CONTEXT)


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x02" + bytes(80), b"\x01\x00\x04abcd"])
def test_what_is_no_sealed_value_is_not_read(sealed: bytes) -> None:
    with pytest.raises(EnvelopeUnreadable):
        unseal(sealed, context=CONTEXT)


def test_kms_is_asked_once_to_seal_and_once_to_open(platform: Platform) -> None:
    del platform
    calls: list[str] = []

    def count(params: object, model: object, **_: object) -> None:
        del params
        calls.append(str(getattr(model, "name", "")))

    forget_keys()
    with listening("before-call.kms", count):
        sealed = [seal(number, context=CONTEXT) for number in range(20)]
        assert calls == ["Encrypt"]
        forget_keys()
        assert [unseal(each, context=CONTEXT) for each in sealed] == list(range(20))
        assert calls == ["Encrypt", "Decrypt"]
