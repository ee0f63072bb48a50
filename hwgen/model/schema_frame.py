"""The schema of a description but for its layers: the picture, the head, and what they refer to."""

from collections.abc import Mapping
from typing import Any

__all__ = ["DEFINITIONS", "PROPERTIES"]

PROPERTIES: Mapping[str, Any] = {
    "name": {
        "description": "Name of the network; it names the Verilog top module and its files.",
        "$ref": "#/$defs/identifier",
    },
    "input": {
        "description": "The picture that the network reads, in HWC order, channel fastest; a "
        "signal has one row, a vector one pixel.",
        "type": "object",
        "required": ["height", "width", "channels", "type"],
        "additionalProperties": False,
        "properties": {
            "height": {
                "description": "Rows.",
                "$ref": "#/$defs/size",
            },
            "width": {
                "description": "Columns.",
                "$ref": "#/$defs/size",
            },
            "channels": {
                "description": "Channels of each pixel.",
                "$ref": "#/$defs/size",
            },
            "type": {
                "description": "Number type of the pixels: u for unsigned, and their bits.",
                "$ref": "#/$defs/number_type",
            },
            "transform": {
                "description": "What a pixel stands for; without it, a pixel is its number.",
                "$ref": "#/$defs/transform",
            },
        },
    },
    "layers": {
        "description": "The layers, in any order; the one that no other layer reads is the output.",
        "type": "array",
        "minItems": 1,
        "items": {
            "$ref": "#/$defs/layer",
        },
    },
    "classes": {
        "description": "Names of the output channels, in order.",
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
        },
    },
    "head": {
        "description": "What a host makes of the scores: with yolo_v1 boxes. It changes no "
        "hardware.",
        "type": "object",
        "required": ["kind", "grid", "boxes", "classes"],
        "additionalProperties": False,
        "properties": {
            "kind": {
                "enum": ["yolo_v1"],
            },
            "grid": {
                "description": "Cells: [rows, columns].",
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {
                    "$ref": "#/$defs/size",
                },
            },
            "boxes": {
                "description": "Boxes of a cell.",
                "$ref": "#/$defs/size",
            },
            "classes": {
                "description": "Classes that a box can have.",
                "$ref": "#/$defs/size",
            },
            "scale": {
                "description": "Value of one unit of a score, above 0; 1 by default.",
                "$ref": "#/$defs/rational",
            },
            "names": {
                "description": "Names of the classes, in order.",
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 200,
                },
            },
        },
    },
    "provenance": {
        "description": "Where the network comes from: any JSON that its author finds worth "
        "keeping.",
        "type": "object",
    },
}
"""Keys of a description besides its format."""

_FRACTION = "^-?[0-9]{1,400}/(?=0*[1-9])[0-9]{1,400}$"

_RATIONAL: Mapping[str, Any] = {
    "description": 'a number (taken as the float64 it reads as) or a fraction such as "1/128"',
    "type": ["number", "string"],
    "pattern": _FRACTION,
}

DEFINITIONS: Mapping[str, Any] = {
    "identifier": {
        "description": "a letter, then letters, digits or underscores, 64 characters at most",
        "type": "string",
        "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$",
    },
    "size": {
        "type": "integer",
        "minimum": 1,
        "maximum": 16777216,
    },
    "number_type": {
        "description": "uint1 to uint16, or int2 to int16",
        "type": "string",
        "pattern": "^(uint([1-9]|1[0-6])|int([2-9]|1[0-6]))$",
    },
    "rational": _RATIONAL,
    "figures": {
        "description": "one number or fraction for each channel, or a single one for all of them",
        "type": ["number", "string", "array"],
        "pattern": _FRACTION,
        "minItems": 1,
        "items": _RATIONAL,
    },
    "levels": {
        "type": "array",
        "minItems": 2,
        "maxItems": 256,
        "items": {
            "type": "integer",
            "minimum": -2147483648,
            "maximum": 2147483647,
        },
    },
    "transform": {
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {
                "description": "How a pixel is transformed.",
                "enum": ["affine", "table"],
            },
        },
        "allOf": [
            {
                "if": {
                    "properties": {
                        "kind": {
                            "const": "affine",
                        },
                    },
                },
                "then": {
                    "$ref": "#/$defs/affine",
                },
            },
            {
                "if": {
                    "properties": {
                        "kind": {
                            "const": "table",
                        },
                    },
                },
                "then": {
                    "$ref": "#/$defs/table",
                },
            },
        ],
    },
    "affine": {
        "description": "x = scale * pixel + offset.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "kind": {},
            "scale": {
                "description": "Factor, 1 by default.",
                "$ref": "#/$defs/rational",
            },
            "offset": {
                "description": "Summand, 0 by default.",
                "$ref": "#/$defs/rational",
            },
        },
    },
    "table": {
        "description": "x = scale * values[pixel], or values[channel][pixel], counted from the "
        "least pixel; for pixels of up to 8 bits.",
        "type": "object",
        "required": ["values"],
        "additionalProperties": False,
        "properties": {
            "kind": {},
            "values": {
                "description": "An integer for each pixel that there can be, 256 for 8 bits; or as "
                "many for each channel.",
                "type": "array",
                "minItems": 1,
                "if": {
                    "items": {
                        "type": "array",
                    },
                },
                "then": {
                    "items": {
                        "$ref": "#/$defs/levels",
                    },
                },
                "else": {
                    "$ref": "#/$defs/levels",
                },
            },
            "scale": {
                "description": "Factor, 1 by default.",
                "$ref": "#/$defs/rational",
            },
        },
    },
    "name": {
        "description": "Name of the layer; by default its kind and its count, such as conv2d_1.",
        "$ref": "#/$defs/identifier",
    },
    "inputs": {
        "description": 'Names of the layers it reads, "input" being the picture; by default '
        "the layer before it in the list.",
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
        },
    },
    "many_inputs": {
        "description": "Names of the layers it reads, two or more.",
        "type": "array",
        "minItems": 2,
        "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
        },
    },
}
"""What these refer to, and the layers of all kinds."""
