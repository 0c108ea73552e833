// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension PublishedSchema {
    /// The second half of the schema of a checklist: sign-offs, rollback, metrics, and the rest.
    static let checklistParts = #"""
            "slot": {
              "type": "object",
              "required": ["id", "label", "rule", "gate"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "label": {"type": "string"},
                "isStatement": {"const": true},
                "group": {"type": "string"},
                "requirement": {"$ref": "#/$defs/requirement"},
                "rule": {
                  "type": "object",
                  "required": ["count"],
                  "additionalProperties": false,
                  "properties": {
                    "count": {"type": "integer", "minimum": 1},
                    "roles": {"$ref": "#/$defs/ids"},
                    "people": {"$ref": "#/$defs/ids"},
                    "assurance": {"$ref": "#/$defs/assurance"},
                    "validFor": {"type": "integer", "minimum": 0, "description": "Milliseconds."}
                  }
                },
                "gate": {"type": "string", "pattern": "^(completion|closure|phase/[\\s\\S]+|rollback/[\\s\\S]+)$"}
              }
            },
            "plan": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "levels": {
                  "type": "array",
                  "minItems": 1,
                  "items": {
                    "type": "object",
                    "required": ["id", "title"],
                    "additionalProperties": false,
                    "properties": {
                      "id": {"$ref": "#/$defs/id"},
                      "title": {"type": "string"},
                      "number": {"type": "integer"},
                      "situations": {"$ref": "#/$defs/texts"},
                      "impact": {"$ref": "#/$defs/level"},
                      "mode": {"enum": ["freeze", "redeploy", "restore", "revert"]},
                      "losesData": {"type": "boolean"},
                      "steps": {"$ref": "#/$defs/steps"},
                      "verification": {"$ref": "#/$defs/steps"}
                    }
                  }
                },
                "triggers": {
                  "type": "array",
                  "minItems": 1,
                  "items": {
                    "type": "object",
                    "required": ["id", "title", "policy"],
                    "additionalProperties": false,
                    "properties": {
                      "id": {"$ref": "#/$defs/id"},
                      "title": {"type": "string"},
                      "metric": {"$ref": "#/$defs/id"},
                      "suite": {"type": "string"},
                      "item": {"$ref": "#/$defs/id"},
                      "level": {"$ref": "#/$defs/id"},
                      "policy": {"enum": ["automatic", "proposed", "requiresSignOff"]}
                    }
                  }
                },
                "verification": {"$ref": "#/$defs/steps"}
              }
            },
            "steps": {
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "required": ["title"],
                "additionalProperties": false,
                "properties": {
                  "title": {"type": "string"},
                  "command": {"$ref": "#/$defs/command"},
                  "effect": {"enum": ["none", "idempotent", "reversible", "irreversible"]},
                  "probe": {"$ref": "#/$defs/probe"},
                  "ready": {"$ref": "#/$defs/probe"},
                  "compensates": {"$ref": "#/$defs/id"},
                  "requirement": {"$ref": "#/$defs/requirement"},
                  "when": {"type": "string"},
                  "timeout": {"$ref": "#/$defs/milliseconds"},
                  "secrets": {"$ref": "#/$defs/texts"},
                  "inherits": {"$ref": "#/$defs/texts"},
                  "directory": {"type": "string"}
                }
              }
            },
            "metric": {
              "type": "object",
              "required": ["id", "title", "unit", "direction"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "title": {"type": "string"},
                "unit": {"type": "string", "minLength": 1, "description": "A unit's symbol, or what is counted."},
                "direction": {"enum": ["higherIsBetter", "lowerIsBetter", "withinRange"]},
                "aggregation": {"$ref": "#/$defs/aggregation"},
                "bands": {
                  "type": "object",
                  "additionalProperties": false,
                  "minProperties": 1,
                  "properties": {
                    "target": {"$ref": "#/$defs/bound"},
                    "warning": {"$ref": "#/$defs/bound"},
                    "critical": {"$ref": "#/$defs/bound"},
                    "clear": {"$ref": "#/$defs/bound"}
                  }
                },
                "window": {"$ref": "#/$defs/milliseconds"},
                "sustain": {
                  "type": "object",
                  "additionalProperties": false,
                  "properties": {
                    "for": {"$ref": "#/$defs/milliseconds"},
                    "gap": {"enum": ["reset", "hold"]},
                    "consecutive": {"type": "integer", "minimum": 1},
                    "m": {"type": "integer", "minimum": 1},
                    "of": {"type": "integer", "minimum": 1},
                    "total": {"type": "integer", "minimum": 1},
                    "keepFor": {"$ref": "#/$defs/milliseconds"}
                  },
                  "dependentRequired": {"for": ["gap"], "gap": ["for"], "m": ["of"], "of": ["m"]}
                },
                "minimumSamples": {"type": "integer", "minimum": 0},
                "noData": {
                  "type": "object",
                  "additionalProperties": false,
                  "minProperties": 1,
                  "properties": {
                    "absent": {"$ref": "#/$defs/noData"},
                    "nan": {"$ref": "#/$defs/noData"},
                    "error": {"$ref": "#/$defs/noData"},
                    "tooFew": {"$ref": "#/$defs/noData"}
                  }
                },
                "role": {
                  "oneOf": [
                    {"enum": ["advisory", "informational"]},
                    {
                      "type": "object",
                      "required": ["scored"],
                      "additionalProperties": false,
                      "properties": {"scored": {"type": "integer", "minimum": 1}}
                    }
                  ]
                },
                "windows": {"$ref": "#/$defs/ids"},
                "baseline": {"$ref": "#/$defs/baseline"}
              }
            },
            "noData": {
              "oneOf": [
                {"enum": ["breach", "notBreach", "keepLast"]},
                {
                  "type": "object",
                  "required": ["treatAs"],
                  "additionalProperties": false,
                  "properties": {"treatAs": {"type": "string", "minLength": 1}}
                }
              ]
            },
            "baseline": {
              "type": "object",
              "required": ["reduction", "severity"],
              "additionalProperties": false,
              "properties": {
                "previousDeployments": {"type": "integer", "minimum": 1, "maximum": 100},
                "accepts": {"enum": ["pass", "passOrWarning", "all"]},
                "before": {"$ref": "#/$defs/milliseconds"},
                "reduction": {"enum": ["mean", "p50", "p90", "p95"]},
                "relative": {"type": "string", "minLength": 1},
                "absolute": {"type": "string", "minLength": 1},
                "severity": {"enum": ["warning", "critical"]},
                "whenMissing": {"const": "pass"}
              },
              "allOf": [
                {"oneOf": [{"required": ["previousDeployments", "accepts"]}, {"required": ["before"]}]},
                {"oneOf": [{"required": ["relative"]}, {"required": ["absolute"]}]}
              ]
            },
            "aggregation": {
              "type": "object",
              "required": ["kind"],
              "oneOf": [
                {
                  "properties": {"kind": {"enum": ["last", "sum", "min", "max", "mean", "increase"]}},
                  "additionalProperties": false
                },
                {
                  "required": ["p", "estimator"],
                  "properties": {
                    "kind": {"const": "quantile"},
                    "p": {"$ref": "#/$defs/decimal"},
                    "estimator": {"enum": ["r6", "r7", "nearestRank", "histogram", "tDigest", "unspecified"]}
                  },
                  "additionalProperties": false
                },
                {
                  "required": ["per"],
                  "properties": {"kind": {"const": "rate"}, "per": {"$ref": "#/$defs/milliseconds"}},
                  "additionalProperties": false
                },
                {
                  "required": ["part"],
                  "properties": {
                    "kind": {"const": "ratio"},
                    "part": {"type": "string"},
                    "total": {"type": "string"},
                    "others": {"type": "string"}
                  },
                  "oneOf": [{"required": ["total"]}, {"required": ["others"]}],
                  "additionalProperties": false
                }
              ]
            },
            "window": {
              "type": "object",
              "required": ["id", "title", "duration"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "title": {"type": "string"},
                "startAfter": {"$ref": "#/$defs/milliseconds"},
                "duration": {"$ref": "#/$defs/milliseconds"},
                "cadence": {"$ref": "#/$defs/milliseconds"},
                "initialDelay": {"$ref": "#/$defs/milliseconds"}
              }
            },
            "gatePolicy": {
              "type": "object",
              "required": ["gate"],
              "additionalProperties": false,
              "properties": {
                "gate": {"$ref": "#/$defs/id"},
                "deadline": {"$ref": "#/$defs/milliseconds"},
                "atDeadline": {
                  "oneOf": [
                    {"const": "reject"},
                    {
                      "type": "object",
                      "required": ["escalate"],
                      "additionalProperties": false,
                      "properties": {"escalate": {"$ref": "#/$defs/ids"}}
                    }
                  ]
                },
                "breakGlass": {"$ref": "#/$defs/ids"},
                "prompt": {"type": "string"}
              }
            },
            "review": {
              "type": "object",
              "required": ["title", "by"],
              "additionalProperties": false,
              "properties": {
                "title": {"type": "string"},
                "by": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
              }
            },
            "contract": {
              "type": "object",
              "required": ["name", "title", "kind", "required"],
              "additionalProperties": false,
              "properties": {
                "name": {"$ref": "#/$defs/id"},
                "title": {"type": "string"},
                "kind": {"enum": ["stellar.contract", "evm.address", "opaque"]},
                "network": {"$ref": "#/$defs/id"},
                "required": {"type": "boolean"}
              }
            },
            "variable": {
              "type": "object",
              "required": ["name"],
              "additionalProperties": false,
              "properties": {
                "name": {"type": "string"},
                "default": {"type": "string"},
                "minimumLength": {"type": "integer"},
                "isSecret": {"const": true}
              }
            },
            "field": {
              "type": "object",
              "required": ["id", "title"],
              "additionalProperties": false,
              "properties": {
                "id": {"$ref": "#/$defs/id"},
                "title": {"type": "string"},
                "group": {"type": "string"},
                "choices": {"$ref": "#/$defs/texts"}
              }
            },
            "reference": {
              "type": "object",
              "required": ["title"],
              "additionalProperties": false,
              "properties": {
                "title": {"type": "string"},
                "commands": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/command"}}
              }
            },
            "contact": {
              "type": "object",
              "required": ["title"],
              "additionalProperties": false,
              "properties": {"title": {"type": "string"}, "value": {"type": "string"}}
            }
          }
        }

        """#
}
