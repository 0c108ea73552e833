// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension PublishedSchema {
    /// The schema of a checklist, written in two parts.
    static let checklistText = checklistRoot + checklistParts

    private static let checklistRoot = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:deploykit:schema:checklist:1",
          "title": "A deployment checklist",
          "description": "The canonical form: members that are empty or have their default are left out. The identity of a checklist is the SHA-256 of its bytes as RFC 8785 writes them.",
          "type": "object",
          "required": ["v", "title"],
          "additionalProperties": false,
          "properties": {
            "v": {"const": 1},
            "title": {"type": "string"},
            "edition": {"type": "string", "description": "The edition of the checklist itself."},
            "service": {"type": "string"},
            "infersScopes": {"const": true, "description": "All scopes were guessed from headings."},
            "phases": {"$ref": "#/$defs/phases"},
            "signOffSlots": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/slot"}},
            "rollbackPlan": {"$ref": "#/$defs/plan"},
            "metrics": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/metric"}},
            "windows": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/window"}},
            "gatePolicies": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/gatePolicy"}},
            "reviews": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/review"}},
            "suites": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/suite"}},
            "contractSlots": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/contract"}},
            "variables": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/variable"}},
            "fields": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/field"}},
            "references": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/reference"}},
            "contacts": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/contact"}},
            "hooks": {"$ref": "#/$defs/texts", "description": "The hooks of the project that are told."}
          },
          "$defs": {
            "id": {"type": "string", "minLength": 1},
            "texts": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "ids": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/id"}},
            "milliseconds": {"type": "integer"},
            "decimal": {"type": "string", "pattern": "^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$"},
            "bound": {"type": "string", "minLength": 1, "description": "Such as '> 95%' or '0/h..5/h'."},
            "level": {"enum": ["low", "medium", "high"]},
            "assurance": {"enum": ["asserted", "asserted(ci)", "osUser", "sshKey", "serviceKey"]},
            "requirement": {
              "oneOf": [
                {"const": "optional"},
                {
                  "type": "object",
                  "required": ["if"],
                  "additionalProperties": false,
                  "properties": {"if": {"type": "string"}}
                }
              ]
            },
            "phases": {
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "required": ["id", "title"],
                "additionalProperties": false,
                "properties": {
                  "id": {"$ref": "#/$defs/id"},
                  "title": {"type": "string"},
                  "scope": {"$ref": "#/$defs/texts"},
                  "conditions": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "object",
                      "oneOf": [
                        {"required": ["completed"]},
                        {"required": ["rehearsed", "level"]},
                        {"required": ["metrics"]}
                      ],
                      "additionalProperties": false,
                      "properties": {
                        "completed": {"$ref": "#/$defs/id"},
                        "rehearsed": {"$ref": "#/$defs/id"},
                        "level": {"$ref": "#/$defs/id"},
                        "within": {"$ref": "#/$defs/milliseconds"},
                        "metrics": {"type": "array", "items": {"$ref": "#/$defs/id"}},
                        "bake": {"$ref": "#/$defs/milliseconds"}
                      }
                    }
                  },
                  "concurrency": {"type": "integer", "minimum": 2},
                  "isFollowUp": {"const": true},
                  "risk": {"$ref": "#/$defs/level"},
                  "timing": {"type": "string"},
                  "hooks": {"$ref": "#/$defs/texts"},
                  "sections": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/section"}}
                }
              }
            },
            "section": {
              "type": "object",
              "required": ["id"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "title": {"type": "string", "minLength": 1},
                "scope": {"$ref": "#/$defs/texts"},
                "requirement": {"$ref": "#/$defs/requirement"},
                "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}}
              }
            },
            "item": {
              "type": "object",
              "required": ["id", "title"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "title": {"type": "string"},
                "kind": {"$ref": "#/$defs/kind"},
                "effect": {"enum": ["none", "idempotent", "reversible", "irreversible"]},
                "requirement": {"$ref": "#/$defs/requirement"},
                "scope": {"$ref": "#/$defs/texts"},
                "when": {"type": "string", "description": "Such as 'tier=production and network!=sepolia'."},
                "after": {"$ref": "#/$defs/ids"},
                "isWaivable": {"const": false},
                "offset": {"$ref": "#/$defs/milliseconds", "description": "When it is due, counted from the deployment; before it when negative."},
                "timeout": {"$ref": "#/$defs/milliseconds"},
                "offers": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/command"}},
                "expectations": {"$ref": "#/$defs/texts"},
                "evidence": {"$ref": "#/$defs/texts"},
                "secrets": {"$ref": "#/$defs/texts"},
                "inherits": {"$ref": "#/$defs/texts"},
                "directory": {"type": "string"},
                "suite": {"type": "string"},
                "isCleanup": {"const": true},
                "check": {"enum": ["readOnly", "writesSynthetic", "movesValue"]},
                "retry": {
                  "type": "object",
                  "required": ["attempts", "delay"],
                  "additionalProperties": false,
                  "properties": {
                    "attempts": {"type": "integer", "minimum": 2, "maximum": 20},
                    "delay": {"$ref": "#/$defs/milliseconds"}
                  }
                },
                "output": {
                  "type": "object",
                  "required": ["name"],
                  "additionalProperties": false,
                  "properties": {
                    "name": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
                    "source": {"type": "string", "minLength": 1}
                  }
                },
                "owner": {"type": "string"},
                "hooks": {"$ref": "#/$defs/texts"},
                "children": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}}
              }
            },
            "kind": {
              "type": "object",
              "required": ["is"],
              "oneOf": [
                {"properties": {"is": {"enum": ["observation", "group"]}}, "additionalProperties": false},
                {
                  "properties": {"is": {"const": "command"}, "command": {"$ref": "#/$defs/command"}},
                  "required": ["command"],
                  "additionalProperties": false
                },
                {
                  "properties": {
                    "is": {"const": "service"},
                    "command": {"$ref": "#/$defs/command"},
                    "ready": {"$ref": "#/$defs/probe"}
                  },
                  "required": ["command", "ready"],
                  "additionalProperties": false
                },
                {
                  "properties": {"is": {"const": "probe"}, "probe": {"$ref": "#/$defs/probe"}},
                  "required": ["probe"],
                  "additionalProperties": false
                },
                {
                  "properties": {
                    "is": {"const": "capture"},
                    "slot": {"$ref": "#/$defs/id"},
                    "command": {"$ref": "#/$defs/command"},
                    "network": {"$ref": "#/$defs/network"},
                    "taking": {
                      "type": "object",
                      "required": ["source"],
                      "additionalProperties": false,
                      "properties": {
                        "source": {"type": "string", "minLength": 1, "description": "stdout, stdout#/pointer, a path, or path#/pointer."},
                        "derivation": {"type": "object", "required": ["by"]}
                      }
                    }
                  },
                  "required": ["slot", "command"],
                  "additionalProperties": false
                },
                {
                  "properties": {"is": {"const": "metric"}, "metric": {"$ref": "#/$defs/id"}},
                  "required": ["metric"],
                  "additionalProperties": false
                }
              ]
            },
            "command": {
              "type": "object",
              "oneOf": [
                {
                  "required": ["arguments"],
                  "additionalProperties": false,
                  "properties": {"arguments": {"$ref": "#/$defs/texts"}}
                },
                {
                  "required": ["script", "interpreter"],
                  "additionalProperties": false,
                  "properties": {"script": {"type": "string"}, "interpreter": {"type": "string"}}
                }
              ]
            },
            "probe": {
              "type": "object",
              "oneOf": [
                {
                  "required": ["method", "url", "statuses"],
                  "additionalProperties": false,
                  "properties": {
                    "method": {"type": "string"},
                    "url": {"type": "string"},
                    "statuses": {"type": "array", "items": {"type": "integer"}},
                    "content": {"type": "string"},
                    "headers": {
                      "type": "array",
                      "minItems": 1,
                      "items": {
                        "type": "object",
                        "required": ["name", "value"],
                        "additionalProperties": false,
                        "properties": {"name": {"type": "string"}, "value": {"type": "string"}}
                      }
                    },
                    "body": {"type": "string"},
                    "claims": {
                      "type": "array",
                      "minItems": 1,
                      "items": {
                        "type": "object",
                        "required": ["pointer", "is"],
                        "additionalProperties": false,
                        "properties": {"pointer": {"type": "string"}, "is": true}
                      }
                    },
                    "within": {"$ref": "#/$defs/milliseconds"},
                    "redirects": {"type": "integer", "minimum": 1, "maximum": 10},
                    "authorities": {"type": "string"}
                  }
                },
                {
                  "required": ["host", "port"],
                  "additionalProperties": false,
                  "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}
                }
              ]
            },
            "suite": {
              "type": "object",
              "required": ["name"],
              "additionalProperties": false,
              "properties": {
                "name": {"type": "string", "minLength": 1},
                "minimumChecks": {"type": "integer", "minimum": 2},
                "deadline": {"$ref": "#/$defs/milliseconds"},
                "identity": {"type": "string"},
                "credential": {
                  "type": "object",
                  "required": ["secret"],
                  "additionalProperties": false,
                  "properties": {"secret": {"type": "string"}, "rotateBy": {"type": "string"}}
                }
              }
            },
            "network": {
              "type": "object",
              "required": ["id", "tier", "fingerprint"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "tier": {"enum": ["production", "test", "development"]},
                "fingerprint": {"type": "string"},
                "aliases": {"$ref": "#/$defs/texts"},
                "pattern": {
                  "type": "object",
                  "required": ["alphabet", "minimum", "maximum"],
                  "additionalProperties": false,
                  "properties": {
                    "prefix": {"type": "string", "minLength": 1},
                    "alphabet": {"type": "string"},
                    "minimum": {"type": "integer"},
                    "maximum": {"type": "integer"}
                  }
                }
              }
            },

        """#
}
