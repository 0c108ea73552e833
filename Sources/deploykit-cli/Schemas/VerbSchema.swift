// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments

/// The published form of what a verb prints with `--json`: its own object, or one that says why it
/// ended early. Every object has the member `schemaVersion`, which is raised when a member changes
/// its meaning or goes.
enum VerbSchema {
    /// The forms that several verbs print, in the notation of ``JSONShape``.
    static let shared: [String: JSONShape] = texts(of: sharedTexts)

    /// The form of each verb, by its name, without `schemaVersion`.
    static let verbs: [String: JSONShape] = texts(of: verbTexts)

    /// The JSON Schema of what a verb prints; `nil` for a verb that has none.
    static func text(for verb: Verb) -> String? {
        if verb.name == "check" { return PublishedSchema.report.text }
        guard let shape = verbs[verb.name] else { return nil }
        var names: Set<String> = ["error"]
        var open = shape.references
        while let name = open.popFirst() {
            guard names.insert(name).inserted else { continue }
            open.formUnion(shared[name]?.references ?? [])
        }
        let definitions = names.sorted().map { ($0, shared[$0]?.schema ?? .members([:])) }
        let json = JSONValue.members([
            "$schema": "https://json-schema.org/draft/2020-12/schema".json,
            "$id": "urn:deploykit:schema:\(verb.name.replacing(" ", with: "-")):1".json,
            "title": "What 'deploykit \(verb.name) --json' prints".json,
            "description": "A later version may add members.".json,
            "type": "object".json,
            "required": ["schemaVersion"].json,
            "properties": .members(["schemaVersion": .members(["const": 1.json])]),
            "anyOf": .array([shape.schema, JSONShape.shared("error").schema]),
            "$defs": JSONShape.object(definitions),
        ])
        return String(decoding: json.canonicalBytes, as: UTF8.self) + "\n"
    }

    /// What in an object that a verb printed is not in its schema.
    static func strangers(in value: JSONValue, of verb: Verb) -> [String] {
        guard let shape = verbs[verb.name] else { return ["'\(verb.name)' has no schema"] }
        guard value["schemaVersion"] == 1.json else { return ["schemaVersion is not 1"] }
        let isError = value["error"] != nil
        let form = isError ? JSONShape.shared("error") : shape
        guard case .object(var members) = value else { return ["no object"] }
        members["schemaVersion"] = nil
        return form.strangers(in: .object(members), shared: shared)
    }

    private static func texts(of list: [(name: String, text: String)]) -> [String: JSONShape] {
        Dictionary(list.map { ($0.name, JSONShape($0.text)) }) { first, _ in first }
    }
}
