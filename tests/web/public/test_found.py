"""Which doors there are for providers: by their tables in config.toml, and the secrets that are said."""

from digest import config
from digest.web.public import hooks
from tests import builders

MAILGUN = """
[send.mailgun]
token = { env = "A_TOKEN_THAT_IS_NOT_SET" }
webhook = { file = "webhook.key" }
domain = "mg.example.org"
"""


def test_a_provider_has_a_door_when_its_table_says_the_secret_whoever_sends(tmp_path):
    shipped = (builders.REPOSITORY / "config.toml").read_text(encoding="utf-8")
    (tmp_path / "config.toml").write_text(shipped + MAILGUN, encoding="utf-8")
    editions = config.editions(tmp_path / "config.toml")
    assert dict(hooks.found(editions)) == {}
    (tmp_path / "webhook.key").write_text("secret", encoding="utf-8")
    assert list(hooks.found(editions)) == ["mailgun"]
