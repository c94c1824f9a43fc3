"""Retries: what moved is decided anew, anything else is raised at once."""

import pytest

from chalicelib.core.retrying import until_unchanged


class _Moved(Exception):
    pass


class _Unknown(Exception):
    pass


def test_what_moved_is_decided_anew() -> None:
    tries: list[int] = []

    def once() -> int:
        tries.append(len(tries))
        if len(tries) < 3:
            raise _Moved
        return len(tries)

    assert until_unchanged("it", once, moved=_Moved) == 3


def test_other_refusals_end_it_at_once() -> None:
    tries: list[int] = []

    def once() -> int:
        tries.append(1)
        raise _Unknown

    with pytest.raises(_Unknown):
        until_unchanged("it", once, moved=_Moved)
    assert tries == [1]
