// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension PublishedSchema {
    static let entryText = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:deploykit:schema:entry:1",
          "title": "A line of entries.jsonl in an evidence bundle",
          "description": "An entry that the query of the bundle leaves out has its header and leaf only.",
          "type": "object",
          "required": ["header", "leaf"],
          "dependentRequired": {
            "body": ["salt", "event"], "salt": ["body", "event"], "event": ["body", "salt"]
          },
          "properties": {
            "header": {
              "$ref": "#/$defs/base64",
              "description": "The exact bytes of the header; SHA-256 of a zero byte and these is the leaf."
            },
            "leaf": {"$ref": "#/$defs/digest"},
            "body": {
              "$ref": "#/$defs/base64",
              "description": "The exact bytes of the body; SHA-256 of salt and these stands in the header."
            },
            "salt": {"$ref": "#/$defs/digest"},
            "event": {"type": "object", "description": "A readable copy of the body."}
          },
          "additionalProperties": false,
          "$defs": {
            "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "base64": {
              "type": "string",
              "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
            }
          }
        }
        """#
}
