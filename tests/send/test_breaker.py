import pytest

from digest.models import Batch, Counts, InDoubt, NotSent, Outcome, Refused, Regrets, Settled, Stopped
from digest.send.breaker import MOST_BOUNCED, MOST_COMPLAINED, Breaker, regretted
from tests.send.scene import KEY, NOW, delivery


def batch(first, last, *, replay=False):
    return Batch(KEY, 1, 1, tuple(delivery(n) for n in range(first, last + 1)), "k", NOW if replay else None)


def settled(of, rejected=0):
    states = ["rejected"] * rejected + ["accepted"] * (len(of.deliveries) - rejected)
    return Settled(tuple(Outcome(d.number, state) for d, state in zip(of.deliveries, states, strict=True)))


@pytest.mark.parametrize("answer", [settled(batch(1, 4)), InDoubt("reset")], ids=["accepted", "in doubt"])
def test_who_was_handed_over_is_not_handed_over_again_in_the_same_run(answer):
    breaker = Breaker(Counts(audience=10))
    breaker.learn(batch(1, 4), answer)

    assert "holds delivery 4, which this run handed over already" in breaker.twice(batch(4, 6))
    assert breaker.twice(batch(5, 6)) == ""
    assert breaker.twice(batch(1, 4, replay=True)) == ""


@pytest.mark.parametrize("answer", [NotSent("429"), Stopped("401"), Refused("bad address")])
def test_who_was_not_taken_may_be_handed_over_again(answer):
    breaker = Breaker(Counts(audience=10))
    breaker.learn(batch(1, 4), answer)

    assert breaker.twice(batch(1, 4)) == ""


def test_of_an_answer_in_part_only_those_who_were_not_taken_may_come_again():
    breaker = Breaker(Counts(audience=4))
    breaker.learn(batch(1, 4), Settled((Outcome(1, "accepted"), Outcome(3, "accepted")), NotSent("throttled")))

    assert [bool(breaker.twice(batch(n, n))) for n in (1, 2, 3, 4)] == [True, False, True, False]


@pytest.mark.parametrize(
    ("size", "rejected", "limit", "stops"),
    [(100, 5, 0.05, False), (100, 6, 0.05, True), (99, 50, 0.05, False), (200, 100, None, False)],
    ids=["at the limit", "over it", "too few to tell", "accepted by a person"],
)
def test_too_many_rejections_stop_the_run(size, rejected, limit, stops):
    said = Breaker(Counts(audience=size), limit).learn(batch(1, size), settled(batch(1, size), rejected))

    assert bool(said) == stops
    if stops:
        assert said.startswith("6 recipients were rejected, 6% of 100, more than 5%; look at the list")


def test_single_refusals_count_as_rejections_and_those_of_a_batch_do_not():
    breaker = Breaker(Counts(audience=300))
    breaker.learn(batch(1, 100), settled(batch(1, 100)))
    assert [breaker.learn(batch(101, 110), Refused("bad")) for _ in range(9)] == [""] * 9
    assert [bool(breaker.learn(batch(n, n), Refused("bad"))) for n in range(101, 107)] == [False] * 5 + [True]


def test_three_unknown_answers_in_a_row_stop_the_run_and_a_known_one_begins_anew():
    breaker = Breaker(Counts(audience=20))
    answers = [InDoubt("reset"), InDoubt("reset"), settled(batch(5, 6)), *[InDoubt("reset")] * 3]

    said = [breaker.learn(batch(2 * n + 1, 2 * n + 2), answer) for n, answer in enumerate(answers)]

    assert said == [""] * 5 + ["3 batches in a row may have been taken or not: reset"]


@pytest.mark.parametrize(
    ("accepted", "complained", "bounced", "says"),
    [
        (10, 1, 9, ""),
        (10, 5, 20, ""),
        (2_000, 6, 200, ""),
        (1_999, 6, 0, "6 recipients called it spam, 0.3% of the 1,999 that went out, more than 0.3%: mail providers"),
        (2_000, 0, 201, "201 emails bounced, 10.1% of the 2,000 that went out, more than 10.0%"),
        (0, 6, 0, "6 recipients called it spam"),
        (1_000_000, 3_000, 100_000, ""),
        (1_000_000, 3_001, 0, "3,001 recipients called it spam"),
    ],
)
def test_too_many_complaints_or_bounces_stop_the_run(accepted, complained, bounced, says):
    counts, regrets = Counts(audience=2 * accepted, accepted=accepted), Regrets(complained, bounced)

    said = regretted(KEY, counts, regrets, MOST_COMPLAINED, MOST_BOUNCED)

    assert (bool(said), said.startswith(says)) == (bool(says), True), said
    assert regretted(KEY, counts, regrets, None, None) == ""
