import pytest

from tests.fakes import ALL, MailgunFake, ResendFake
from tests.faults import chaos

CASES = [(kind, lie) for kind in ALL for lie in (chaos.LIES if kind in (MailgunFake, ResendFake) else chaos.SHORT)]


@pytest.mark.parametrize(("kind", "lie"), CASES, ids=lambda value: getattr(value, "name", value))
def test_whatever_a_provider_answers_nobody_gets_two_and_nobody_is_forgotten(kind, lie):
    verdict = chaos.lied(kind, lie)

    assert (verdict.clean, verdict.people) == (True, chaos.PEOPLE), verdict
