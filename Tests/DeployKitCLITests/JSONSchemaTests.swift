// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

/// What verbs print with `--json` is what their published schemas say. Every row of
/// ``ExitTableTests`` is compared with them there.
@Suite struct JSONSchemaTests {
    /// Compares what a call printed with the schema of its verb, unknown members included.
    static func expect(_ run: CommandRun, isOf name: String) throws {
        // What this prints has a schema in DeployKitDocuments, and tests of its own.
        if name == "check" { return }
        let verb = try #require(Verb.all.first { $0.name == name })
        let strangers = VerbSchema.strangers(in: try run.json(), of: verb)
        #expect(
            strangers.isEmpty,
            """
            'deploykit \(name) --json' is not as Sources/deploykit-cli/Schemas/VerbSchema+Forms.swift \
            says: \(strangers.joined(separator: "; "))
            """
        )
    }

    @Test func everyVerbHasASchema() {
        for verb in Verb.all {
            #expect(
                VerbSchema.text(for: verb) != nil,
                "give '\(verb.name)' its form in Schemas/VerbSchema+Forms.swift"
            )
        }
        let known = Set(Verb.all.map(\.name)).union(["store grant"])
        #expect(Set(VerbSchema.verbs.keys).subtracting(known) == [])
    }

    @Test func everySharedFormIsThere() {
        let named = VerbSchema.verbs.values.reduce(into: Set<String>()) {
            $0.formUnion($1.references)
        }
        let all = VerbSchema.shared.values.reduce(into: named) { $0.formUnion($1.references) }
        #expect(all.subtracting(VerbSchema.shared.keys) == [])
    }

    @Test func aStrangerIsFound() throws {
        let shape = JSONShape("{a: [{b: integer}], c?: string or boolean}")
        func strangers(_ text: String) throws -> [String] {
            shape.strangers(in: try JSONValue(parsing: text, within: .definition), shared: [:])
        }
        #expect(try strangers(#"{"a": [{"b": 1}], "c": true}"#) == [])
        #expect(try strangers(#"{"a": [{"b": "1"}]}"#) == [".a[0].b: no integer"])
        #expect(try strangers(#"{"c": "x"}"#) == [".: 'a' is missing"])
        #expect(try strangers(#"{"a": [], "d": 1}"#) == [".: 'd' is not in the schema"])
    }

    /// The schemas are valid, and accept what the verbs print, as the Python module `jsonschema` has
    /// it.
    @Test func anIndependentValidatorAccepts() throws {
        let python = "python3"
        let bench = try Bench()
        try bench.start()
        let script = """
            import json, sys, jsonschema
            for line in sys.stdin:
                schema, value = line.split("\\t")
                schema = json.loads(schema)
                kind = jsonschema.Draft202012Validator
                kind.check_schema(schema)
                if value.strip():
                    kind(schema).validate(json.loads(value))
            """
        try bench.write(script, to: "validate.py")
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let check = try bench.begin(
            words: [],
            through: ["/bin/sh", "-c", "\(python) -c 'import jsonschema'"],
            with: ["PATH": path]
        )
        guard Bench.end(of: check) == 0 else {
            print("the Python module jsonschema is absent: schemas are tried by ourselves alone")
            return
        }
        var lines = ""
        for verb in Verb.all {
            let call = ExitTableTests.calls[verb.name] ?? []
            let words = verb.name.split(separator: " ").map(String.init) + call
            let isQuick = ["status", "list", "inbox", "gate", "run", "audit log"].contains(
                verb.name
            )
            let output = isQuick ? try bench.run(words: words + ["--json"]).output : "\n"
            lines += (VerbSchema.text(for: verb) ?? "").replacing("\n", with: "") + "\t" + output
        }
        try bench.write(lines, to: "lines")
        let process = try bench.begin(
            words: [],
            through: ["/bin/sh", "-c", "\(python) validate.py <lines"],
            with: ["PATH": path]
        )
        let code = Bench.end(of: process)
        let errors = try bench.lastErrors()
        #expect(code == 0, "\(errors)")
    }
}
