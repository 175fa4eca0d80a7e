"""A vendor's own description of its API as a judge of what is sent and of what our fakes answer.

OpenAPI 2 and 3 and Amazon's service models are read as one shape, their schemas as JSON Schema 2020-12. Where a
schema lists properties, others are unknown, whether it says so or not: a misspelt name is then seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import jsonschema_rs
import yaml

from tests.fakes import Answer, Call
from tests.fakes.mailgun import fields

Json = dict[str, Any]
PLAIN = {"accept", "authorization", "content-length", "content-type", "host", "user-agent"}
"""Headers of HTTP itself, which a description need not name."""


class Spec:
    """One or more descriptions of one API. Complaints name the place, with `*` for a number in a list."""

    def __init__(self, *descriptions: Json) -> None:
        self._documents = [Document(description) for description in descriptions]

    def sent(self, request: httpx.Request) -> list[str]:
        """What is wrong with a request; its address is the vendor's."""
        found = self._operation(request)
        if found is None:
            return [f"no operation {request.method} {request.url.path}"]
        document, operation = found
        return [*document.address(request), *document.outside(operation, request), *document.inside(operation, request)]

    def answered(self, request: httpx.Request, answer: Answer) -> list[str]:
        """What is wrong with an answer to it."""
        found = self._operation(request)
        return found[0].answered(found[1], answer) if found else []

    def _operation(self, request: httpx.Request) -> tuple[Document, Json] | None:
        for document in self._documents:
            if operation := document.operation(request.method, request.url.path):
                return document, operation
        return None


class Document:
    """One file."""

    def __init__(self, document: Json) -> None:
        self._all = document
        self._shared: Json = {}
        self._validators: dict[int, jsonschema_rs.Draft202012Validator] = {}
        servers = [server["url"] for server in document.get("servers", [])]
        if "host" in document:
            servers = [f"https://{document['host']}{document.get('basePath', '')}"]
        self._servers = [server.rstrip("/") for server in servers]
        below = {re.sub("https?://[^/]*", "", server) for server in self._servers} or {""}
        self._paths = [
            (re.compile(f"(?:{'|'.join(map(re.escape, below))}){_pattern(path)}"), methods)
            for path, methods in document["paths"].items()
        ]

    def operation(self, method: str, path: str) -> Json | None:
        """The operation with all its parameters; a path without places comes first."""
        found = [(p, methods) for p, methods in self._paths if p.fullmatch(path) and method.lower() in methods]
        if not found:
            return None
        _, methods = min(found, key=lambda pair: pair[0].pattern.count("[^/]+"))
        operation = methods[method.lower()]
        parameters = [*methods.get("parameters", []), *operation.get("parameters", [])]
        return operation | {"parameters": [self._at(parameter) for parameter in parameters]}

    def address(self, request: httpx.Request) -> Iterator[str]:
        """Another host than the vendor's."""
        known = [server for server in self._servers if server.startswith("https:")]
        if known and not any(str(request.url).startswith(f"{server}/") for server in known):
            yield f"at none of {', '.join(known)}: {request.url.copy_with(query=None)}"

    def outside(self, operation: Json, request: httpx.Request) -> Iterator[str]:
        """Of the query, the headers and the credentials."""
        places: dict[str, dict[str, Json]] = {"query": {}, "header": {}}
        for parameter in operation["parameters"]:
            name = parameter.get("name", "")
            places.get(parameter["in"], {})[name.lower() if parameter["in"] == "header" else name] = parameter
        given: dict[str, Json] = {"query": _query(request.url), "header": dict(request.headers)}
        secret = list(self._credentials(operation))
        for place, known in places.items():
            for name, parameter in known.items():
                if parameter.get("required") and name not in given[place]:
                    yield f"{place} {name} is required"
            for name, value in given[place].items():
                if name in known:
                    schema = known[name].get("schema", known[name])
                    yield from self._wrong(schema, _typed(self._at(schema), value), f"{place} {name}")
                elif place == "query" or name not in {*PLAIN, *(where for where, _ in secret)}:
                    yield f"{place} {name} is unknown"
        if secret and not any(re.match(f"{start}.", given["header"].get(where, "")) for where, start in secret):
            yield f"no credentials as {secret}"

    def inside(self, operation: Json, request: httpx.Request) -> Iterator[str]:
        """Of the body."""
        kind = request.headers.get("content-type", "").partition(";")[0]
        in_body = [p for p in operation["parameters"] if p["in"] == "body"]
        body = self._at(operation.get("requestBody", {}))
        kinds = body.get("content", {each: p for each in ("application/json",) for p in in_body})
        if not request.content:
            if any(each.get("required") for each in [body, *in_body]):
                yield "the body is missing"
            return
        if kind not in kinds:
            yield f"a body of the type {kind or 'nothing'}, not {sorted(kinds) or 'none'}"
            return
        schema = kinds[kind]["schema"]
        given = self._form(schema, request) if kind == "multipart/form-data" else json.loads(request.content)
        yield from self._wrong(schema, given, "")

    def answered(self, operation: Json, answer: Answer) -> list[str]:
        """Of the status and the body of an answer."""
        status = str(answer.status)
        responses = {str(name).upper(): value for name, value in operation["responses"].items()}
        response = responses.get(status, responses.get(f"{status[0]}XX", responses.get("DEFAULT")))
        if response is None:
            return [f"{status} is not among {', '.join(responses)}"]
        response = self._at(response)
        kind = answer.headers.get("x-amzn-errortype", "").partition(":")[0]
        if kind not in response.get("kinds", [kind]):
            return [f"{status}: the error {kind} is not among {', '.join(response['kinds'])}"]
        content = response.get("content", {"application/json": response} if "schema" in response else {})
        media = content.get("application/json", next(iter(content.values()), {}))
        if "schema" not in media:
            return [f"{status}: a body where there is none"] if answer.body not in ("", None) else []
        return [f"{status}: {wrong}" for wrong in self._wrong(media["schema"], answer.body, "")]

    def _credentials(self, operation: Json) -> Iterator[tuple[str, str]]:
        """The header that each permitted way needs, in small letters, and how its value begins."""
        known = self._all.get("securityDefinitions") or self._all.get("components", {}).get("securitySchemes", {})
        for way in operation.get("security", self._all.get("security", [])):
            for name in way:
                scheme = known[name]
                if scheme["type"] == "apiKey" and scheme["in"] == "header":
                    yield scheme["name"].lower(), ""
                elif scheme["type"] in ("http", "basic"):
                    yield "authorization", f"{scheme.get('scheme', 'basic').capitalize()} "

    def _form(self, schema: Json, request: httpx.Request) -> Json:
        """A form as an object: lists where the schema wants them, the rest texts or numbers."""
        call = Call(request.method, request.url.path, dict(request.headers), request.content)
        properties = self._at(schema)["properties"]
        lists = {name for name, each in properties.items() if self._at(each).get("type") == "array"}
        return {
            name: values if name in lists else _typed(self._at(properties.get(name, {})), values[0])
            for name, values in fields(call).items()
        }

    def _wrong(self, schema: Json, value: object, place: str) -> list[str]:
        key = id(schema)
        if key not in self._validators:
            closed = self._schema(schema)
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                {**closed, "$defs": self._shared}, validate_formats=True
            )
        found: dict[str, None] = {}
        for error in _deepest(self._validators[key].iter_errors(value)):
            path = ["*" if isinstance(step, int) else step for step in error.instance_path]
            for name in getattr(error.kind, "unexpected", [""]):
                said = "is unknown" if name else error.message[:300]
                where = " ".join(filter(None, (place, ".".join([*path, name] if name else path))))
                found[f"{where}: {said}".removeprefix(": ")] = None
        return list(found)

    def _at(self, item: Json) -> Json:
        """What a reference refers to, or the item itself."""
        while isinstance(item.get("$ref"), str):
            found: Any = self._all
            for step in item["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            item = found
        return item

    def _schema(self, given: Json, *, closed: bool = True) -> Json:
        """A schema as JSON Schema 2020-12, in which names that it does not list are wrong."""
        if isinstance(given.get("$ref"), str):
            name = re.sub(r"\W", "_", given["$ref"])
            if name not in self._shared:
                self._shared[name] = {}  # a schema may hold itself
                self._shared[name].update(self._schema(self._at(given), closed=False))
            made: Json = {"$ref": f"#/$defs/{name}"}
        else:
            made = {key: value for key, value in given.items() if key in KEYWORDS and KEYWORDS[key](value)}
            made |= {key: [self._schema(each, closed=False) for each in given[key]] for key in PARTS if key in given}
            for key in ("items", "additionalProperties"):
                if isinstance(given.get(key), dict):
                    made[key] = self._schema(given[key])
            if isinstance(given.get("properties"), dict):
                made["properties"] = {name: self._schema(each) for name, each in given["properties"].items()}
            if isinstance(given.get("additionalProperties"), bool) and not made.get("properties"):
                made["additionalProperties"] = given["additionalProperties"]
            if given.get("nullable") and isinstance(given.get("type"), str):
                made["type"] = [given["type"], "null"]
            if "enum" in made and "null" in made.get("type", ()):  # which some forget to list
                made["enum"] = [*made["enum"], None]
        if closed and self._lists(given):
            made["unevaluatedProperties"] = False
        return made

    def _lists(self, given: Json) -> bool:
        given = self._at(given)
        return bool(given.get("properties")) or any(self._lists(each) for key in PARTS for each in given.get(key, []))


def _deepest(errors: Iterable[jsonschema_rs.ValidationError]) -> Iterator[jsonschema_rs.ValidationError]:
    """The errors, and instead of "none of these" those of the way that came furthest."""
    for error in errors:
        ways = [way for way in getattr(error.kind, "context", []) if way]
        best = max(ways, key=lambda way: max(len(each.instance_path) for each in way), default=[])
        further = any(len(each.instance_path) > len(error.instance_path) for each in best)
        yield from _deepest(best) if further else [error]


class Pages:
    """Like a `Spec`, of an API that is described in prose: its samples and lists show the names that there are."""

    def __init__(self, *texts: str, free: tuple[str, ...]) -> None:
        """`free`: names whose values are maps with names of anybody's choice."""
        self._text, self._free = "\n".join(texts), free
        self._names = {name for found in _NAMES.findall(self._text) for name in re.split(r"[,\s]+", "".join(found))}

    def sent(self, request: httpx.Request) -> list[str]:
        """Names of the body, the query and the headers that are nowhere shown, and the path if it is not."""
        words = [request.url.path.removeprefix("/api"), *(name for name in request.headers if name not in PLAIN)]
        names = [*request.url.params, *self._within(json.loads(request.content or b"null"))]
        nowhere = [word for word in words if word not in self._text]
        return [f"{name} is shown nowhere" for name in [*nowhere, *self._unknown(names)]]

    def answered(self, request: httpx.Request, answer: Answer) -> list[str]:
        """Names of an answer that are nowhere shown."""
        return [f"{answer.status}: {name} is shown nowhere" for name in self._unknown(self._within(answer.body))]

    def _unknown(self, names: Iterable[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if name not in self._names]

    def _within(self, value: object) -> Iterator[str]:
        if isinstance(value, list):
            for each in value:
                yield from self._within(each)
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield name
                if name not in self._free:
                    yield from self._within(inner)


_NAMES = re.compile(
    r'"([\w-]+)"\s*:|^\s*\+ `?(\w+)`?:? ?\(|\{\?([\w,]+)\}|<code>(\w+)</code>|^(\w+) \||[?&](\w+)=', re.MULTILINE
)
"""A key of a sample; an attribute or a parameter in a list, an address, a sentence or a table; and in an address."""

PARTS = ("allOf", "anyOf", "oneOf")
KEYWORDS = {
    "type": lambda value: value != "file",
    "required": lambda value: isinstance(value, list),  # in some files a property says true of itself
    **{key: lambda value: not isinstance(value, bool) for key in ("exclusiveMinimum", "exclusiveMaximum")},
    **dict.fromkeys(
        "enum const format pattern minLength maxLength minimum maximum multipleOf minItems maxItems uniqueItems "
        "minProperties maxProperties".split(),
        lambda value: value is not None,
    ),
}
"""What is taken over from a schema, and when."""


def _pattern(path: str) -> str:
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", path))


def _query(url: httpx.URL) -> Json:
    """`a=1&b[c][d]=2` as `{"a": "1", "b": {"c": {"d": "2"}}}`."""
    query: Json = {}
    for name, value in parse_qsl(url.query.decode(), keep_blank_values=True):
        *outer, last = re.findall(r"[^\[\]]+", name)
        place = query
        for step in outer:
            place = place.setdefault(step, {})
        place[last] = value
    return query


def _typed(schema: Mapping[str, Any], value: object) -> object:
    """A text of a query or a form as the type that is meant."""
    if not isinstance(value, str):
        return value
    ways = [each.get("type", []) for each in [schema, *schema.get("oneOf", []), *schema.get("anyOf", [])]]
    kinds = {kind for way in ways for kind in ([way] if isinstance(way, str) else way)}
    if {"integer", "number"} & kinds and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "boolean" in kinds and value in ("true", "false"):
        return value == "true"
    return [value] if "array" in kinds else value


def read(file: Path) -> Json:
    """A description from its file, as OpenAPI."""
    text = file.read_text()
    found: Json = json.loads(text) if file.suffix == ".json" else yaml.load(text, Texts)
    return _of_amazon(found) if "shapes" in found else found


class Texts(yaml.CSafeLoader):
    """YAML in which a day stays a text, as in JSON."""


Texts.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in known if not tag.endswith(":timestamp")]
    for first, known in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _of_amazon(model: Json) -> Json:
    """A service model as botocore has it; an error's status stands at its shape, and its body is a message."""
    shapes = model["shapes"]
    paths: dict[str, Json] = {}
    for operation in model["operations"].values():
        responses: dict[str, Json] = {"200": {"content": _json(operation["output"]["shape"])}}
        for error in operation["errors"]:
            status = str(shapes[error["shape"]]["error"]["httpStatusCode"])
            responses.setdefault(status, {"content": _json(""), "kinds": []})["kinds"].append(error["shape"])
        made: Json = {"responses": responses}
        if operation["http"]["method"] != "GET":
            made["requestBody"] = {"required": True, "content": _json(operation["input"]["shape"])}
        paths.setdefault(operation["http"]["requestUri"], {})[operation["http"]["method"].lower()] = made
    return {"paths": paths, "shapes": {name: _of_shape(shape) for name, shape in shapes.items()}}


def _json(shape: str) -> Json:
    schema = (
        {"$ref": f"#/shapes/{shape}"} if shape else {"type": "object", "properties": {"message": {"type": "string"}}}
    )
    return {"application/json": {"schema": schema}}


SIMPLE = {"boolean": "boolean", "integer": "integer", "long": "integer", "blob": "string"}


def _of_shape(shape: Json) -> Json:
    def at(member: Json) -> Json:
        return {"$ref": f"#/shapes/{member['shape']}"}

    match shape["type"]:
        case "structure":
            members = {name: at(member) for name, member in shape["members"].items() if "location" not in member}
            return {
                "type": "object",
                "properties": members,
                "required": [name for name in shape.get("required", []) if name in members],
                "additionalProperties": False,
            }
        case "list":
            limits = {"minItems": shape.get("min"), "maxItems": shape.get("max")}
            return {"type": "array", "items": at(shape["member"]), **limits}
        case "map":
            return {"type": "object", "additionalProperties": at(shape["value"])}
        case "string":
            whole = f"^(?:{shape['pattern']})$" if "pattern" in shape else None
            limits = {"minLength": shape.get("min"), "maxLength": shape.get("max"), "pattern": whole}
            return {"type": "string", "enum": shape.get("enum"), **limits}
    return {"type": SIMPLE.get(shape["type"], "number")}
