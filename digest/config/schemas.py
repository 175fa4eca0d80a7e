"""JSON Schemas of config.toml and of an overlay: editors get completion from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from digest.config.edits import Overlay
from digest.config.tables import Settings
from digest.config.values import KEY

_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def schema() -> dict[str, Any]:
    """Of config.toml. An edition has the same tables, and nothing in them is required."""
    found = Settings.model_json_schema()
    definitions = found["$defs"]
    tables = {name: _partial(each, definitions) for name, each in found["properties"].items() if name != "store"}
    edition = {
        "type": "object",
        "title": "Edition",
        "description": "The same newsletter in another language or for other readers: what it sets, it sets otherwise.",
        "additionalProperties": False,
        "properties": tables,
    }
    found["properties"]["editions"] = {
        "type": "object",
        "title": "Editions",
        "additionalProperties": False,
        "patternProperties": {f"^{KEY}$": {"$ref": "#/$defs/Edition"}},
    }
    return _DIALECT | found | {"$defs": definitions | {"Edition": edition}}


def overlay_schema() -> dict[str, Any]:
    """Of issues/ISSUE.toml."""
    return _DIALECT | Overlay.model_json_schema()


def _partial(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """A table without what it requires, nor defaults: both come from the main table. A list stays as it is."""
    name = str(node.get("$ref", "")).rpartition("/")[2]
    if name and name != "Secret":
        table = {key: value for key, value in definitions[name].items() if key != "required"}
        keys = {key: _partial(each, definitions) for key, each in table["properties"].items()}
        return table | {"properties": keys}
    found = {key: value for key, value in node.items() if key != "default"}
    if "anyOf" in node:
        found["anyOf"] = [_partial(each, definitions) for each in node["anyOf"]]
    return found
