import pytest

from tests.fakes import ALL
from tests.faults import chaos


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
@pytest.mark.parametrize("lie", chaos.LIES)
def test_whatever_a_provider_answers_nobody_gets_two_and_nobody_is_forgotten(kind, lie):
    verdict = chaos.lied(kind, lie)

    assert (verdict.clean, verdict.people) == (True, chaos.PEOPLE), verdict
