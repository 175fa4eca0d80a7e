import pytest

from digest.send import addresses
from digest.send.providers.provider import ascii_only


@pytest.mark.parametrize(
    ("known", "wire"),
    [
        ("ann@readers.org", "ann@readers.org"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ганна@пошта.укр", "ганна@xn--80a1acn3a.xn--j1amh"),
    ],
)
def test_a_domain_goes_out_in_ascii_and_comes_back_in_its_letters(known, wire):
    assert (addresses.on_the_wire(known), addresses.as_known(wire)) == (wire, known)


@pytest.mark.parametrize("odd", ["ann@☃️☃️.example", "ann@-ü.example", "ann@xn--a.example", "ann@", ""])
def test_a_domain_without_such_a_form_stays(odd):
    assert (addresses.on_the_wire(odd), addresses.as_known(odd)) == (odd, odd)


def test_only_letters_before_the_at_need_smtputf8():
    assert ascii_only("ann@bücher.example") == ""
    assert ascii_only("jürgen@example.org") == "the provider takes no address with letters beyond ASCII before its @"
