from digest import config


def test_an_edition_may_set_every_table_but_the_store_and_must_set_nothing():
    found = config.schema()
    assert found["properties"]["editions"]["patternProperties"] == {
        "^[a-z][a-z0-9-]{0,39}$": {"$ref": "#/$defs/Edition"}
    }
    tables = found["$defs"]["Edition"]["properties"]
    assert list(tables) == [name for name in config.Settings.model_fields if name != "store"]
    newsletter = tables["newsletter"]
    assert newsletter["properties"].keys() == config.NewsletterSettings.model_fields.keys()
    assert "required" not in newsletter
    assert "default" not in newsletter["properties"]["language"]


def test_a_list_below_an_edition_is_whole_and_a_table_in_a_table_is_partial():
    tables = config.schema()["$defs"]["Edition"]["properties"]
    assert tables["themes"]["items"] == {"$ref": "#/$defs/ThemeSettings"}
    resend = tables["send"]["properties"]["resend"]["anyOf"][0]
    assert resend["properties"]["token"] == {"$ref": "#/$defs/Secret"}
    assert "required" not in resend


def test_the_main_tables_keep_what_they_require():
    found = config.schema()
    assert found["required"] == ["newsletter", "sources", "themes"]
    assert "name" in found["$defs"]["NewsletterSettings"]["required"]


def test_the_schema_of_an_overlay_knows_its_keys():
    found = config.overlay_schema()
    assert found["properties"].keys() == config.Overlay.model_fields.keys()
    assert found["additionalProperties"] is False
    assert found["$schema"] == config.schema()["$schema"]
