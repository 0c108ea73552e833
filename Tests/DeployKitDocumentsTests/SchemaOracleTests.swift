// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitDocuments
import Foundation
import Glibc
import Testing

/// The published schemas, as the Python module `jsonschema` understands them.
@Suite struct SchemaOracleTests {
    private static let script = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        kind = jsonschema.Draft202012Validator
        kind.check_schema(schema)
        validator, bad = kind(schema), 0
        for number, line in enumerate(open(sys.argv[2], "rb").read().split(b"\\n")[:-1], 1):
            errors = list(validator.iter_errors(json.loads(line)))
            bad += bool(errors)
            for error in errors[:1]:
                print("line %d: %s at %s" % (number, error.message[:300], list(error.path)))
        sys.exit(3 if bad else 0)
        """

    private static let hasModule = system("python3 -c 'import jsonschema' 2>/dev/null") == 0

    /// What the validator objects to in each of the texts.
    private func objections(to lines: [String], in schema: PublishedSchema) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("deploykit-schema-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ text: String, _ name: String) throws -> String {
            let file = folder.appendingPathComponent(name)
            try Data(text.utf8).write(to: file)
            return "'\(file.path)'"
        }
        let script = try write(Self.script, "validate.py")
        let text = try write(schema.text, "schema.json")
        let documents = try write(lines.map { $0 + "\n" }.joined(), "lines.json")
        let output = try write("", "output")
        let status = system("python3 \(script) \(text) \(documents) >\(output) 2>&1")
        let answer = try String(
            contentsOf: folder.appendingPathComponent("output"),
            encoding: .utf8
        )
        return status == 0 ? "" : "status \(status): \(answer)"
    }

    private static func pages() throws -> [ChecklistDocument] {
        var pages = try ([ferryChecklist] + PageFixture.all.flatMap { [$0.page, $0.sound] }).map(
            read
        )
        guard let folder = ChecklistCorpusTests.folder else {
            print("corpus absent: the schemas are tried on the fixtures alone")
            return pages
        }
        let isWhole = ProcessInfo.processInfo.environment["DEPLOYKIT_CORPUS_ALL"] != nil
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".md") }.sorted()
        for (index, name) in names.enumerated() where isWhole || index % 16 == 1 {
            let bytes = Array(try Data(contentsOf: folder.appendingPathComponent(name)))
            pages.append(try ChecklistDocument(markdown: bytes))
        }
        return pages
    }

    private static func report(_ files: [JSONValue]) -> JSONValue {
        .members([
            "schemaVersion": 1.json, "files": .array(files),
            "rules": LintRule.all.map(\.json).json,
        ])
    }

    private static func text(_ json: JSONValue) -> String {
        String(decoding: json.canonicalBytes, as: UTF8.self)
    }

    @Test(.enabled(if: hasModule, "the Python module jsonschema is not installed"))
    func whatIsWrittenFollowsTheSchemas() throws {
        let pages = try Self.pages()
        let checklists = pages.map { Self.text($0.checklist.json) } + [Self.text(Self.full.json)]
        #expect(try objections(to: checklists, in: .checklist) == "")
        let reports = pages.map { Self.text(Self.report([$0.json(path: "p.md")])) }
        #expect(try objections(to: reports, in: .report) == "")
        print("schemas: \(checklists.count) checklists and \(reports.count) reports follow them")
    }

    @Test(.enabled(if: hasModule, "the Python module jsonschema is not installed"))
    func whatTheReaderRefusesTheSchemaRefuses() throws {
        let faults: [(String, JSONValue)] = [
            ("v", 2.json), ("title", 1.json), ("color", "red".json), ("phases", .array([])),
            ("metrics", [JSONValue.members(["id": "x".json])].json),
        ]
        guard case .object(let whole) = Self.full.json else { return }
        let texts = faults.map { name, value in
            var members = whole
            members[name] = value
            return Self.text(.object(members))
        }
        let answer = try objections(to: texts, in: .checklist)
        for (index, fault) in faults.enumerated() {
            #expect(answer.contains("line \(index + 1):"), "\(fault.0)")
        }
        let page = try read(ferryChecklist).json(path: "p.md")
        guard case .object(var members) = page else { return }
        members["findings"] = [JSONValue.members(["rule": "Bad Rule".json])].json
        let text = Self.text(Self.report([.object(members)]))
        #expect(try objections(to: [text], in: .report).contains("line 1"))
    }

    /// The lines of a bundle that leaves a deployment out, and of none.
    @Test(.enabled(if: hasModule, "the Python module jsonschema is not installed"))
    func theLinesOfABundleAreWhatTheSchemaSays() async throws {
        let log = try await EvidenceBundleTests.log()
        for query in [EvidenceQuery(), EvidenceQuery(to: Timestamp(milliseconds: 0))] {
            var folder = MemoryFolder()
            let bundle = EvidenceBundle(
                of: log,
                generatedAt: EvidenceBundleTests.generatedAt,
                version: "test",
                query: query
            )
            _ = try await bundle.write(to: &folder)
            let lines = String(decoding: folder.files["entries.jsonl"] ?? [], as: UTF8.self)
                .split(separator: "\n").map(String.init)
            #expect(try objections(to: lines, in: .entry) == "")
            let wrong = lines.map { $0.replacing("\"leaf\":\"", with: "\"leaf\":\"x") }
            #expect(try objections(to: wrong, in: .entry).contains("line \(lines.count):"))
        }
    }

    @Test func schemasAreJSONAndNameEveryMember() throws {
        func object(_ schema: PublishedSchema) throws -> [String: Any] {
            let json = try JSONSerialization.jsonObject(with: Data(schema.text.utf8))
            return try #require(json as? [String: Any])
        }
        for schema in PublishedSchema.allCases {
            let dialect = try object(schema)["$schema"] as? String
            #expect(dialect?.contains("2020-12") == true)
        }
        let known = try #require(object(.checklist)["properties"] as? [String: Any])
        guard case .object(let used) = Self.full.json else { return }
        #expect(Set(known.keys) == Set(used.map(\.name)))
    }

    /// A checklist that uses every member.
    private static let full: Checklist = {
        let item = Item(
            id: "a/b",
            title: "B",
            kind: .capture("BUOY_ID", from: .shell("launch"), on: .stellarTestnet),
            effect: .irreversible,
            requirement: .conditional("if it rains"),
            scope: ["fjord"],
            when: Condition("tier=test"),
            after: ["a/c"],
            isWaivable: false,
            timeout: .seconds(5),
            offers: [.command("true", "x")],
            expectations: ["a wave"],
            evidence: ["a photo"],
            secrets: ["TOKEN"],
            inherits: ["HOME"],
            directory: "quay",
            suite: "smoke",
            isCleanup: true,
            retry: RetryPolicy(attempts: 3),
            output: ItemOutput("BUILD_ID", from: .jsonPointer("/id")),
            owner: "@ida"
        )
        var request = HTTPRequest("POST", "https://quay.example/$PATH_NAME", statuses: [200, 201])
        request.headers = [HTTPRequest.Header("Accept", "application/json")]
        request.body = "{}"
        request.claims = [HTTPRequest.Claim("/up", is: true.json)]
        request.within = .seconds(1)
        request.redirects = 1
        request.authorities = "ca.pem"
        let check = Item(
            id: "a/check",
            title: "Check",
            kind: .command(.command("true")),
            effect: Effect.none,
            suite: "smoke",
            check: .readOnly
        )
        let kinds: [ItemKind] = [
            .manual, .observation, .command(.command("true")), .metric("delay"),
            .probe(.get("https://quay.example", content: "fine")),
            .service(.shell("serve"), ready: .tcp(host: "quay", port: 80)), .probe(.http(request)),
        ]
        let items = kinds.enumerated().map { index, kind in
            Item(id: ItemID("a/\(index)"), title: "x", kind: kind, effect: .reversible)
        }
        let group = Item(id: "a/c", title: "C", kind: .group, children: items)
        return Checklist(
            title: "Ferry",
            edition: "2",
            service: "ferry",
            infersScopes: true,
            phases: [
                Phase(
                    id: "a",
                    title: "A",
                    scope: ["fjord"],
                    conditions: [.completed(environment: "lake", within: .days(7))],
                    concurrency: 2,
                    isFollowUp: true,
                    risk: .medium,
                    timing: "at dawn",
                    sections: [
                        Section(
                            id: "a",
                            title: "S",
                            scope: ["fjord"],
                            requirement: .optional,
                            items: [item, check, group]
                        )
                    ]
                )
            ],
            signOffSlots: [
                SignOffSlot(
                    id: "mate",
                    label: "Mate",
                    isStatement: true,
                    group: "Crew",
                    requirement: .optional,
                    rule: SignOffRule(
                        count: 2,
                        roles: ["Mate"],
                        people: ["ida"],
                        assurance: .sshKey
                    ),
                    gate: .phase("a")
                )
            ],
            rollbackPlan: RollbackPlan(
                levels: [
                    RollbackLevel(
                        id: "l",
                        title: "L",
                        number: 1,
                        situations: ["fog"],
                        impact: .high,
                        mode: .revert,
                        losesData: false,
                        steps: [
                            RollbackStep(
                                title: "row",
                                command: .shell("row"),
                                compensates: "a/b",
                                requirement: .optional
                            )
                        ],
                        verification: [RollbackStep(title: "count")]
                    )
                ],
                triggers: [
                    RollbackTrigger(
                        id: "t",
                        title: "T",
                        metric: "delay",
                        suite: "smoke",
                        level: "l",
                        policy: .automatic
                    )
                ],
                verification: [RollbackStep(title: "count")]
            ),
            metrics: metrics,
            windows: [
                try? MonitoringWindow(
                    id: "w",
                    title: "W",
                    startAfter: .hours(1),
                    duration: .days(1),
                    cadence: .hours(1),
                    initialDelay: .minutes(5)
                )
            ].compactMap(\.self),
            gatePolicies: [
                GatePolicy(
                    gate: .completion,
                    deadline: .days(2),
                    atDeadline: .escalate(["Harbour master"]),
                    breakGlassRoles: ["Pilot"],
                    prompt: "Is the water high enough?"
                )
            ],
            reviews: LocalTime("2026-12-01").map { [ReviewDate(title: "The buoys", by: $0)] } ?? [],
            suites: [
                SmokeSuite(
                    "smoke",
                    minimumChecks: 2,
                    deadline: .seconds(60),
                    identity: "buyer",
                    credential: SmokeSuite.Credential(
                        "KEY",
                        rotateBy: Timestamp(milliseconds: 1_800_000_000_000)
                    )
                )
            ].compactMap(\.self),
            contractSlots: [
                try? ContractSlot("BUOY_ID", title: "Buoy", kind: .stellarContract)
            ].compactMap(\.self),
            variables: [
                Variable(name: "HOST", defaultValue: "quay", minimumLength: 3, isSecret: true)
            ],
            fields: [Field(id: "by", title: "By", group: "Notes")],
            references: [ReferenceCommand(title: "Look", commands: [.shell("look")])],
            contacts: [Contact(title: "Harbour", value: "4711")],
            hooks: ["tell-ops"]
        )
    }()

    private static let metrics: [SuccessMetric] = {
        let bound = Bound.compare(.greater, Quantity(5, .seconds))
        let aggregations: [Aggregation?] = [
            nil, .last, .quantile(ExactDecimal.half, .r7), .rate(per: .minutes(1)),
            .ratio(RatioTerms("good", .total("all"))), .ratio(RatioTerms("good", .others("bad"))),
        ]
        return aggregations.enumerated().map { index, aggregation in
            SuccessMetric(
                id: MetricID("m\(index)"),
                title: "M",
                unit: .seconds,
                direction: .lowerIsBetter,
                aggregation: aggregation,
                bands: Bands(target: nil, warning: bound, critical: bound, clear: nil),
                window: .minutes(5),
                sustain: [
                    .instant, try? Sustain(.lasting(.minutes(1), gap: .hold), keepFor: .minutes(1)),
                    try? Sustain(.consecutive(2)), try? Sustain(.mOfN(2, of: 3)),
                    try? Sustain(.total(2)),
                ].compactMap(\.self)[index % 5],
                minimumSamples: 10,
                noData: NoDataPolicies(absent: .breach, nan: .treatAs(Quantity(1, .seconds))),
                role: index == 0 ? .scored(2) : .advisory,
                windows: ["w"],
                baseline: index == 0
                    ? try? Baseline(
                        .previousDeployments(3, accepts: .passOrWarning),
                        reduction: .p90,
                        tolerance: .relative(Quantity(10, .percent)),
                        severity: .critical,
                        whenMissing: .pass
                    )
                    : index == 1
                        ? try? Baseline(
                            .beforeDeployment(.hours(1)),
                            tolerance: .absolute(Quantity(1, .seconds))
                        ) : nil
            )
        }
    }()
}

extension ExactDecimal {
    fileprivate static let half = (try? ExactDecimal("0.5")) ?? .one
}
