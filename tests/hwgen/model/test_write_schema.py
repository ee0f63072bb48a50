"""The schema that is published is the one that the layer kinds make."""

import json
from typing import get_args

from hwgen.model import Layer, schema_path
from hwgen.model.layers import KINDS
from hwgen.model.write_schema import make_schema, schema_text


def test_the_committed_schema_is_what_the_kinds_say():
    assert schema_path().read_text(encoding="utf-8") == schema_text(), "run `make schema`"


def test_another_key_of_a_kind_would_be_seen(monkeypatch):
    monkeypatch.setattr(KINDS["sign"], "schema", {"type": "object"})
    assert schema_path().read_text(encoding="utf-8") != schema_text()


def test_every_kind_of_the_closed_list_has_its_place():
    layer = make_schema()["$defs"]["layer"]
    assert layer["properties"]["kind"]["enum"] == [kind.kind for kind in get_args(Layer)]
    assert len(layer["allOf"]) == len(get_args(Layer))


def test_all_that_is_referred_to_is_there():
    schema = make_schema()
    text = json.dumps(schema)
    named = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert named == set(schema["$defs"])
