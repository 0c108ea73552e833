// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension PublishedSchema {
    static let reportText = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:deploykit:schema:report:1",
          "title": "What 'deploykit check --json' prints",
          "description": "Lines count from 1. A later version may add members.",
          "type": "object",
          "required": ["schemaVersion", "files", "rules"],
          "properties": {
            "schemaVersion": {"const": 1},
            "files": {
              "type": "array",
              "items": {
                "oneOf": [
                  {"$ref": "#/$defs/page"}, {"$ref": "#/$defs/definition"}, {"$ref": "#/$defs/refusal"}
                ]
              }
            },
            "rules": {
              "type": "array",
              "description": "The rules that findings of these files name.",
              "items": {
                "type": "object",
                "required": ["name", "severity", "sentence"],
                "properties": {
                  "name": {"$ref": "#/$defs/rule"},
                  "severity": {"$ref": "#/$defs/severity"},
                  "sentence": {"type": "string"}
                }
              }
            }
          },
          "$defs": {
            "line": {"type": "integer", "minimum": 1},
            "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "rule": {"type": "string", "pattern": "^[a-z]+(-[a-z]+)*$"},
            "severity": {"enum": ["error", "warning", "note"]},
            "named": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["line", "name"],
                "properties": {"line": {"$ref": "#/$defs/line"}, "name": {"type": "string"}}
              }
            },
            "lines": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["line"],
                "properties": {"line": {"$ref": "#/$defs/line"}}
              }
            },
            "findings": {
              "type": "array",
              "items": {
                "type": "object",
                "required": ["rule", "severity", "line", "message"],
                "properties": {
                  "rule": {"$ref": "#/$defs/rule"},
                  "severity": {"$ref": "#/$defs/severity"},
                  "line": {"$ref": "#/$defs/line"},
                  "message": {"type": "string"}
                }
              }
            },
            "refusal": {
              "description": "A file that cannot be read as a checklist.",
              "type": "object",
              "required": ["path", "error"],
              "properties": {
                "path": {"type": "string"},
                "error": {
                  "type": "object",
                  "required": ["code", "message"],
                  "properties": {"code": {"type": "string"}, "message": {"type": "string"}}
                }
              }
            },
            "definition": {
              "description": "A checklist in JSON, which has no lines.",
              "type": "object",
              "required": ["path", "hash", "tasks", "findings"],
              "not": {"required": ["prose"]},
              "properties": {
                "path": {"type": "string"},
                "hash": {"$ref": "#/$defs/hash"},
                "tasks": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["id", "text", "kind", "source"],
                    "properties": {
                      "id": {"type": "string"},
                      "text": {"type": "string"},
                      "kind": {"type": "string"},
                      "source": {"const": "declared"}
                    }
                  }
                },
                "findings": {"$ref": "#/$defs/findings"}
              }
            },
            "page": {
              "type": "object",
              "required": [
                "path", "hash", "tasks", "signOffs", "thresholds", "rollback", "code",
                "contracts", "variables", "fields", "steps", "prose", "findings"
              ],
              "properties": {
                "path": {"type": "string"},
                "hash": {"$ref": "#/$defs/hash"},
                "tasks": {
                  "type": "array",
                  "description": "Every task item in document order, those that are no items of a run too.",
                  "items": {
                    "type": "object",
                    "required": [
                      "id", "line", "checked", "depth", "taskDepth", "text", "headingPath", "kind",
                      "source"
                    ],
                    "properties": {
                      "id": {"type": "string", "minLength": 1},
                      "slot": {"type": "string"},
                      "line": {"$ref": "#/$defs/line"},
                      "checked": {"type": "boolean"},
                      "depth": {"type": "integer", "minimum": 1},
                      "taskDepth": {"type": "integer", "minimum": 1},
                      "text": {"type": "string"},
                      "headingPath": {"type": "array", "items": {"type": "string"}},
                      "kind": {"type": "string"},
                      "source": {"enum": ["declared", "inferred"]}
                    }
                  }
                },
                "signOffs": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["line", "id", "role"],
                    "properties": {
                      "line": {"$ref": "#/$defs/line"},
                      "id": {"type": "string"},
                      "role": {"type": "string"},
                      "group": {"type": "string"},
                      "condition": {"type": "string"}
                    }
                  }
                },
                "thresholds": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["line", "role", "op", "value", "unit"],
                    "properties": {
                      "line": {"$ref": "#/$defs/line"},
                      "role": {
                        "enum": [
                          "target", "warning", "critical", "alert", "normal", "stop",
                          "rollback-trigger"
                        ]
                      },
                      "op": {"enum": ["<", "<=", ">", ">=", "=", "!=", "range", "outside"]},
                      "value": {"type": "string"},
                      "unit": {"type": "string"},
                      "metric": {"type": "string"},
                      "statistic": {"type": "string"}
                    }
                  }
                },
                "rollback": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["line", "title", "steps", "triggers", "verification"],
                    "properties": {
                      "line": {"$ref": "#/$defs/line"},
                      "id": {"type": "string"},
                      "title": {"type": "string"},
                      "steps": {"$ref": "#/$defs/lines"},
                      "triggers": {"$ref": "#/$defs/lines"},
                      "verification": {"$ref": "#/$defs/lines"}
                    }
                  }
                },
                "code": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["line", "language", "use", "destructive"],
                    "properties": {
                      "line": {"$ref": "#/$defs/line"},
                      "language": {"type": "string"},
                      "use": {"enum": ["executable", "instructions", "environment", "output"]},
                      "destructive": {"type": "boolean"}
                    }
                  }
                },
                "contracts": {"$ref": "#/$defs/named"},
                "variables": {"$ref": "#/$defs/named"},
                "fields": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["id", "title"],
                    "properties": {
                      "id": {"type": "string"},
                      "title": {"type": "string"},
                      "group": {"type": "string"}
                    }
                  }
                },
                "steps": {"$ref": "#/$defs/named"},
                "prose": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["line", "text"],
                    "properties": {"line": {"$ref": "#/$defs/line"}, "text": {"type": "string"}}
                  }
                },
                "findings": {"$ref": "#/$defs/findings"}
              }
            }
          }
        }

        """#
}
