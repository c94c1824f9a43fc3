"""XP, levels and the applying of interactions, against a plain model in exact fractions."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.errors import BadRequest
from chalicelib.gardenlab import domain
from chalicelib.gardenlab.domain import Applied, Rule, Standing, apply, counted_up, level_of, xp_micros, xp_number
from chalicelib.gardenlab.errors import MiscError

START = datetime(2026, 1, 1, tzinfo=UTC)
amounts = st.integers(0, 10**15)  # millionths, up to 10⁹ XP
thresholds = st.none() | st.lists(st.integers(1, 10**10), max_size=8).map(lambda steps: [0, *sorted(set(steps))])
scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
values = scalars | st.sampled_from(["", "7", "x"]) | st.lists(scalars, max_size=2)
names = st.sampled_from(["", "a", "b", "é"])
moments = st.integers(-5, 5).map(lambda hours: START + timedelta(hours=hours))


@given(amounts)
def test_an_amount_survives_the_way_in_and_out(micros: int) -> None:
    shown = json.loads(json.dumps(xp_number(micros)))
    assert xp_micros(shown) == micros
    assert Fraction(repr(shown)) == Fraction(micros, 10**6)


@given(st.floats(0, 10**9) | st.integers(0, 10**9))
def test_an_amount_is_taken_exactly_or_refused(value: float) -> None:
    exact = Fraction(repr(value)) * 10**6
    if exact.denominator == 1:
        assert xp_micros(value) == exact
    else:
        with pytest.raises(ValueError, match="six decimals"):
            xp_micros(value)


@given(st.floats(max_value=-5e-324, allow_nan=False) | st.floats(min_value=1000000000.0000002) | st.integers(10**9 + 1))
def test_an_amount_below_zero_or_above_a_billion_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        xp_micros(value)


@given(amounts)
def test_default_level_n_is_the_last_whose_50_n_n_minus_1_is_reached(micros: int) -> None:
    level = level_of(micros, None)
    assert 50 * level * (level - 1) * 10**6 <= micros < 50 * (level + 1) * level * 10**6


@given(amounts, thresholds.filter(lambda steps: steps is not None))
def test_a_given_level_is_the_number_of_thresholds_reached(micros: int, steps: list[int]) -> None:
    level = level_of(micros, steps)
    assert steps[level - 1] <= micros
    assert level == len(steps) or micros < steps[level]


@given(st.dictionaries(names, values, max_size=4), names)
def test_counting_up_changes_one_attribute_alone(attributes: dict[str, Any], name: str) -> None:
    after = counted_up(attributes, name)
    before = attributes.get(name)
    number = before if isinstance(before, int | float) and not isinstance(before, bool) else 0
    assert after[name] == number + 1
    assert {key: value for key, value in after.items() if key != name} == {
        key: value for key, value in attributes.items() if key != name
    }
    assert json.loads(json.dumps(after)) == after


rules = st.builds(
    Rule,
    id=st.sampled_from(["one", "two", "three"]),
    name=st.just("Check-in"),
    type=st.sampled_from(["Visit", "Purchase", "tier"]),
    xp_micros=amounts,
    no_xp=st.booleans(),
    custom_xp=st.booleans(),
    auth_scan_count=st.sampled_from([-1, -1, 1, 2]),
    valid_from=st.none() | moments,
    valid_until=st.none() | moments,
)
beginnings = st.builds(
    Standing,
    xp_micros=amounts,
    level=st.just(1),
    max_level=st.none() | st.integers(1, 12),
    expires_at=st.none() | moments,
    attributes=st.dictionaries(st.sampled_from(["Visit", "tier"]), values),
    counts=st.just({}),
)
steps = st.lists(st.tuples(rules, st.none() | amounts, moments), max_size=12)


class Model:
    """An NFT in the plainest words: fractions and lists."""

    def __init__(self, begun: Standing, limits: list[int] | None) -> None:
        self.xp = Fraction(begun.xp_micros, 10**6)
        self.limits = [Fraction(limit, 10**6) for limit in limits] if limits else None
        self.max_level, self.expires_at = begun.max_level, begun.expires_at
        self.level = begun.level
        self.scans: list[tuple[str, str, bool]] = []

    def level_at(self, xp: Fraction) -> int:
        if self.limits is not None:
            return len([limit for limit in self.limits if limit <= xp])
        level = 1
        while 50 * (level + 1) * level <= xp:
            level += 1
        return level

    def refusal(self, rule: Rule, custom: int | None, at: datetime) -> str | None:
        """The code of the first refusal in the contract's order."""
        used = len([scan for scan in self.scans if scan[0] == rule.id])
        level = self.level_at(self.xp + self.increment(rule, custom))
        checks = [
            (self.expires_at is not None and self.expires_at < at, "NFT_IS_EXPIRED"),
            (rule.valid_from is not None and at < rule.valid_from, "INTERACTION_NOT_YET_VALID"),
            (rule.valid_until is not None and rule.valid_until <= at, "INTERACTION_NO_LONGER_VALID"),
            (rule.auth_scan_count != -1 and used >= rule.auth_scan_count, "INTERACTION_ALREADY_CONSUMED"),
            (self.max_level is not None and self.max_level < level, "MAX_LEVEL_REACHED"),
        ]
        return next((code for failed, code in checks if failed), None)

    def increment(self, rule: Rule, custom: int | None) -> Fraction:
        if rule.no_xp:
            return Fraction(0)
        return Fraction(custom if rule.custom_xp and custom is not None else rule.xp_micros, 10**6)


@settings(max_examples=200)
@given(begun=beginnings, limits=thresholds, actions=steps)
def test_any_sequence_of_actions_ends_as_the_plain_model_says(
    begun: Standing, limits: list[int] | None, actions: list[tuple[Rule, int | None, datetime]]
) -> None:
    begun = begun._replace(xp_micros=begun.xp_micros % 10**9, level=1)
    model, standing = Model(begun, limits), begun
    for rule, custom, at in actions:
        custom = None if custom is None else custom % 10**10
        rule = rule._replace(xp_micros=rule.xp_micros % 10**10)
        outcome = outcome_of(rule, standing, custom=custom, limits=limits, at=at)
        refusal = model.refusal(rule, custom, at)
        if refusal is not None:
            assert outcome == refusal
            continue
        assert isinstance(outcome, Applied)
        before = model.xp
        model.xp += model.increment(rule, custom)
        assert Fraction(outcome.xp_before, 10**6) == before
        assert Fraction(outcome.xp_after, 10**6) == model.xp
        assert (outcome.level_before, outcome.level_after) == (model.level, model.level_at(model.xp))
        model.level = outcome.level_after
        assert outcome.max_level_reached == (model.max_level is not None and model.level >= model.max_level)
        assert outcome.attributes == counted_up(standing.attributes, rule.type)
        model.scans.append((rule.id, rule.type, outcome.max_level_reached))
        standing = moved(standing, outcome)
    assert dict(standing.counts) == {
        name: len([scan for scan in model.scans if scan[0] == name]) for name in {scan[0] for scan in model.scans}
    }


def outcome_of(
    rule: Rule, standing: Standing, *, custom: int | None, limits: list[int] | None, at: datetime
) -> Applied | str:
    try:
        return apply(rule, standing, custom_micros=custom, thresholds=limits, at=at)
    except BadRequest as error:
        return error.code


def moved(standing: Standing, outcome: Applied) -> Standing:
    changes: Mapping[str, Any] = {
        "xp_micros": outcome.xp_after,
        "level": outcome.level_after,
        "attributes": outcome.attributes,
        "counts": outcome.counts,
    }
    return standing._replace(**changes)


def rule_named(name: str, kind: str = "Visit") -> Rule:
    return Rule(name, "Check-in", kind, 0, False, False, -1, None, None)


def test_an_nft_takes_a_bounded_number_of_different_interactions() -> None:
    counts = {f"{number:020d}": 10**9 for number in range(domain.MAX_INTERACTIONS_OF_ONE_NFT)}
    standing = Standing(0, 1, None, None, {}, counts)
    with pytest.raises(MiscError):
        apply(rule_named("another"), standing, custom_micros=None, thresholds=None, at=START)
    known = apply(rule_named("0" * 20), standing, custom_micros=None, thresholds=None, at=START)
    assert known.counts["0" * 20] == 10**9 + 1
    assert domain.json_size(known.counts) + domain.MAX_GROWN_ATTRIBUTES_BYTES < 350_000  # of 400 KB an item may have


def test_the_attributes_of_an_nft_grow_up_to_a_bound() -> None:
    attributes = {f"{number:04d}" + "é" * 60: 1 for number in range(400)}
    standing = Standing(0, 1, None, None, attributes, {})
    assert domain.json_size(attributes) > domain.MAX_GROWN_ATTRIBUTES_BYTES
    with pytest.raises(MiscError):
        apply(rule_named("one"), standing, custom_micros=None, thresholds=None, at=START)
    known = apply(
        rule_named("one", kind=next(iter(attributes))), standing, custom_micros=None, thresholds=None, at=START
    )
    assert len(known.attributes) == len(attributes)
