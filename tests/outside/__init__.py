"""Third-party clients at an address: the same tests of a local run and of a deployed stage.

A module here holds tests in a class, which is run where a subclass and the fixture `place` stand: beside the other
tests of the feature for a local run, and in `stage/checks` for a stage. Nothing here knows which of both it is.
"""

import pytest

pytest.register_assert_rewrite(
    "tests.outside.missions", "tests.outside.oauth", "tests.outside.stripes", "tests.outside.tokens"
)
