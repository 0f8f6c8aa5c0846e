"""From a pydantic model to the rows of a Markdown table: one row a field, in the words of the protocol."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from protocol.addressing import AGENT_ID, HANDLE, MESSAGE_ID, ROOM_NAME

Schema = dict[str, Any]

NAMES = {AGENT_ID: "agent id", HANDLE: "handle", ROOM_NAME: "room name", MESSAGE_ID: "message id"}
WORDS = {"string": "text", "object": "object", "integer": "integer", "number": "number", "boolean": "boolean"}
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
SIZES = {"string": ("minLength", "maxLength", "characters"), "array": ("minItems", "maxItems", "items")}


def schema_of(model: type[BaseModel]) -> Schema:
    """Return the JSON schema of a model with its parts under `$defs`."""
    return model.model_json_schema(by_alias=True, ref_template="{model}")


def table_of(model: type[BaseModel]) -> str:
    """Draw a model's fields as a Markdown table, or say that it has none."""
    schema = schema_of(model)
    rows = [
        (f"`{name}`", described(field, schema.get("$defs", {})), default_of(name, field, schema))
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("field", "type", "default"), rows) if rows else "No fields: `{}`."


def brief_of(model: type[BaseModel]) -> str:
    """Name a model's fields in one line; what may be left out bears a question mark."""
    schema = schema_of(model)
    required = schema.get("required", [])
    names = [name if name in required else f"{name}?" for name in schema.get("properties", {})]
    return f"`{{{', '.join(names)}}}`"


def default_of(name: str, field: Schema, schema: Schema) -> str:
    """Return a field's default, or that it has none."""
    if name in schema.get("required", []):
        return "**required**"
    default = field.get("default")
    return "-" if default is None else f"`{json.dumps(default, ensure_ascii=False)}`"


def described(field: Schema, parts: dict[str, Schema]) -> str:
    """Say in words what a value may be."""
    if "$ref" in field:
        return _reference(field["$ref"], parts)
    if choices := field.get("anyOf") or field.get("oneOf"):
        return " or ".join(described(choice, parts) for choice in choices if choice != {"type": "null"})
    if values := field.get("enum") or ([field["const"]] if "const" in field else None):
        return " · ".join(f"`{json.dumps(value)}`" for value in values)
    return _plain(field, parts)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Draw a Markdown table."""
    lines = [head, tuple("---" for _ in head), *(tuple(map(_escaped, row)) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _reference(name: str, parts: dict[str, Schema]) -> str:
    part = parts[name]
    return described(part, parts) if "enum" in part else f"[{name}](#{name.lower()})"


def _plain(field: Schema, parts: dict[str, Schema]) -> str:
    kind: str = field.get("type", "anything")
    if kind == "array":
        word = f"list of {_grouped(described(field['items'], parts))}" if field.get("items") else "list"
    elif "propertyNames" in field:
        word = f"object of room id: {described(field['additionalProperties'], parts)}"
    else:
        word = NAMES.get(field.get("pattern", "")) or WORDS.get(kind, kind)
    return ", ".join([word, *_limits(kind, field)])


def _grouped(words: str) -> str:
    return f"({words})" if "," in words else words


def _limits(kind: str, field: Schema) -> Iterator[str]:
    yield from (f"{sign} {_number(field[key])}" for key, sign in BOUNDS.items() if key in field)
    least_key, most_key, unit = SIZES.get(kind, ("", "", ""))
    least: int | None = field.get(least_key)
    most: int | None = field.get(most_key)
    if most is not None:
        yield f"{least} to {_number(most)} {unit}" if least is not None else f"≤ {_number(most)} {unit}"
    elif least is not None:
        yield f"≥ {least} {unit}"


def _number(value: float) -> str:
    return "2^53" if value == 2**53 else f"{value:,}".replace(",", " ").removesuffix(".0")
