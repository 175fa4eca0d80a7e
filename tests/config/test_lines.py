from digest.config.lines import key_lines

TEXT = '''\
# a comment = not a key
top = 1

[newsletter]
name = "x"   # [[not.a.table]]
address = """
[inside]
no = 1
"""
list = [
  "a", # ]
  "b=c",
]
inline = { env = "X", file = "Y" }

[[sources]]
name = "one"
[[sources]]
"quoted name" = 'two'
a.b = 3

[editions.uk.newsletter]
language = "uk"
'''


def test_every_key_has_the_line_on_which_it_begins():
    assert key_lines(TEXT) == {
        ("top",): 2,
        ("newsletter",): 4,
        ("newsletter", "name"): 5,
        ("newsletter", "address"): 6,
        ("newsletter", "list"): 10,
        ("newsletter", "inline"): 14,
        ("sources",): 16,
        ("sources", 0): 16,
        ("sources", 0, "name"): 17,
        ("sources", 1): 18,
        ("sources", 1, "quoted name"): 19,
        ("sources", 1, "a"): 20,
        ("sources", 1, "a", "b"): 20,
        ("editions",): 22,
        ("editions", "uk"): 22,
        ("editions", "uk", "newsletter"): 22,
        ("editions", "uk", "newsletter", "language"): 23,
    }


def test_a_table_named_only_by_those_below_it_stands_where_its_own_header_comes_later():
    assert key_lines("[a.b]\n[a]\n") == {("a", "b"): 1, ("a",): 2}


def test_windows_line_ends_change_nothing():
    assert key_lines(TEXT.replace("\n", "\r\n")) == key_lines(TEXT)


def test_a_multi_line_string_that_ends_in_quotes_does_not_swallow_the_next_key():
    assert key_lines('a = """x""""\nb = 1\n') == {("a",): 1, ("b",): 2}


def test_an_array_table_inside_an_array_table_counts_in_its_own_parent():
    text = "[[a]]\n[[a.b]]\nx = 1\n[[a]]\n[[a.b]]\nx = 2\n"
    assert key_lines(text)["a", 1, "b", 0, "x"] == 6


def test_text_without_a_last_line_end_is_read():
    assert key_lines("a = 1") == {("a",): 1}
