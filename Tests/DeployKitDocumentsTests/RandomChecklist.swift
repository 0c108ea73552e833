// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitTesting

/// Checklists that hold anything a checklist can hold, often nonsense, from a seed.
final class RandomChecklist {
    private var random: SplitMix64
    private var count = 0

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    static let awkward = [
        "Read the changelog", "Run `npm test`", "1. one", "- dash", "# hash", "[ ] box",
        "[x] [ ] two",
        "a *b* _c_ **d**", "<b>x</b>", "<!-- deploykit: id=a -->", "-->", "a--b", "x \"quoted\"",
        "Date: ____", "______", "a|b", "tab\there", "line\nbreak", " space ", "", "ü", "e\u{301}",
        "部署", "🚀 ✅", "\u{202E}right", "&amp; &", "\\", "```", "~~~", "---", "===", "> quote",
        "http://example.org", "www.example.org", "a@example.org", "[link](x)", "![i](x)",
        "{\"a\":1}",
        "\u{0903}", "\u{7F}", "\u{FEFF}", "x:", ":", "key=value", "a, b", "100%", "Rollback",
        "Sign-off", "Testnet Deployment", "[1]: /x", "    four", "\r", "\u{2028}", "*", "+ plus",
    ]

    func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &random) < percent
    }

    func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: values.indices, using: &random)]
    }

    func text() -> String {
        if chance(60) { return pick(Self.awkward) }
        return pick(Self.awkward) + pick(["", " ", ": ", "`", "_"]) + pick(Self.awkward)
    }

    func maybe<Value>(_ value: @autoclosure () throws -> Value) rethrows -> Value? {
        chance(30) ? try value() : nil
    }

    func number(_ most: Int) -> Int { Int.random(in: 0...most, using: &random) }

    func texts() -> [String] {
        chance(70) ? [] : (0..<Int.random(in: 1...3, using: &random)).map { _ in text() }
    }

    /// A name that nothing else has.
    func name() -> String {
        count += 1
        let text = text()
        return "\(text.isEmpty ? "n" : text)/\(count)"
    }

    func list<Value>(_ most: Int, _ make: (RandomChecklist) throws -> Value) rethrows -> [Value] {
        try (0..<Int.random(in: 0...most, using: &random)).map { _ in try make(self) }
    }

    // MARK: Parts

    func checklist() throws -> Checklist {
        Checklist(
            title: text(),
            edition: maybe(pick(["2", "2.1-b", " x", ""])),
            service: maybe(pick(["ferry", "a b", "--"])),
            infersScopes: chance(20),
            phases: try list(4) { try $0.phase() },
            signOffSlots: list(4) { $0.slot() },
            rollbackPlan: maybe(plan()),
            metrics: try list(3) { try $0.metric() },
            windows: try list(2) { try $0.window() },
            gatePolicies: chance(30) ? [gatePolicy()] : [],
            reviews: reviews(),
            suites: list(2) { $0.suite() }.compactMap(\.self),
            contractSlots: try list(3) { try $0.contract() },
            variables: list(3) { random in
                Variable(
                    name: random.text(),
                    defaultValue: random.maybe(random.text()),
                    minimumLength: random.maybe(random.number(64)),
                    isSecret: random.chance(30)
                )
            },
            fields: list(4) { random in
                Field(
                    id: FieldID(random.name()),
                    title: random.text(),
                    group: random.maybe(random.text())
                )
            },
            references: list(2) { random in
                ReferenceCommand(title: random.text(), commands: random.list(2) { $0.command() })
            },
            contacts: list(2) { Contact(title: $0.text(), value: $0.maybe($0.text())) },
            hooks: texts()
        )
    }

    private func gatePolicy() -> GatePolicy {
        GatePolicy(
            gate: pick([.completion, .closure, .phase(PhaseID(name()))]),
            deadline: maybe(.minutes(1 + number(1000))),
            atDeadline: pick([.expire, .reject, .escalate([Role(name())])]),
            breakGlassRoles: list(2) { Role($0.name()) },
            prompt: maybe(text())
        )
    }

    private func reviews() -> [ReviewDate] {
        list(2) { random in
            ReviewDate(
                title: random.text(),
                by: LocalTime("2026-0\(1 + random.number(8))-1\(random.number(9))T00:00")
                    ?? ZoneRules.utc.local(at: Timestamp(milliseconds: 0))
            )
        }
    }

    private func phase() throws -> Phase {
        Phase(
            id: PhaseID(name()),
            title: text(),
            scope: texts(),
            conditions: list(2) { random in
                .completed(
                    environment: Environment.ID(random.name()),
                    within: random.maybe(random.duration())
                )
            },
            concurrency: pick([1, 1, 2, 17]),
            isFollowUp: chance(30),
            risk: maybe(pick(Level.allCases)),
            timing: maybe(text()),
            sections: try list(3) { random in
                Section(
                    id: SectionID(random.name()),
                    title: random.chance(40) ? "" : random.text(),
                    scope: random.texts(),
                    requirement: random.requirement(),
                    items: try random.list(4) { try $0.item(depth: 0) }
                )
            }
        )
    }

    private func item(depth: Int) throws -> Item {
        let isGroup = depth < 4 && chance(25)
        let effect = maybe(pick(Effect.allCases))
        let suite = maybe(text())
        let isCleanup = chance(20)
        let mayCheck = suite?.isEmpty == false && !isCleanup && effect != .irreversible
        return Item(
            id: ItemID(name()),
            title: text(),
            kind: isGroup ? .group : try kind(),
            effect: effect,
            requirement: requirement(),
            scope: texts(),
            when: maybe(Condition(pick(["tier=production", "a!=b,c and d=e", "x=\"y\" and z=--"])))
                .flatMap(\.self),
            after: list(2) { ItemID($0.name()) },
            isWaivable: chance(80),
            timeout: maybe(duration()),
            offers: list(2) { $0.command() },
            expectations: texts(),
            evidence: texts(),
            secrets: texts(),
            inherits: texts(),
            directory: maybe(text()),
            suite: suite,
            isCleanup: isCleanup,
            check: mayCheck ? maybe(.writesSynthetic) : nil,
            retry: chance(20) ? RetryPolicy(attempts: pick([2, 20]), delay: .seconds(1)) : nil,
            output: chance(20)
                ? ItemOutput("BUILD_ID", from: pick([.standardOutput, .jsonPointer("/id")])) : nil,
            owner: maybe(text()),
            children: isGroup ? try list(3) { try $0.item(depth: depth + 1) } : []
        )
    }

    private func kind() throws -> ItemKind {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .command(command())
        case 1: .service(command(), ready: probe())
        case 2: .probe(probe())
        case 3:
            .capture(
                ContractSlot.Name(name()),
                from: command(),
                on: chance(50) ? nil : .stellarTestnet,
                taking: try capture()
            )
        case 4: .metric(MetricID(name()))
        case 5: .observation
        default: .manual
        }
    }

    private func capture() throws -> ContractCapture {
        let account = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
        let salt = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        return ContractCapture(
            from: pick([
                .standardOutput, .jsonPointer("/id"), .file("out/id.txt", pointer: nil),
                .file("out.json", pointer: "/a~1b/0"),
            ]),
            derivation: chance(50) ? nil : .address(try StrKey(account), salt: salt)
        )
    }

    private func command() -> ItemCommand {
        if chance(30) { return .arguments(["true"] + texts()) }
        let lines = list(4) { random in
            random.pick(["make it", "  indented", "\ttab", "", "```", "````", "~~~", "$ x", "   "])
        }
        return .script(
            chance(20) ? text() : lines.joined(separator: "\n"),
            interpreter: pick([
                "bash", "bash", "sql", "SQL", "node-18", "", "a b", "deploykit", "`",
            ])
        )
    }

    private func probe() -> Probe {
        chance(30)
            ? .tcp(host: text(), port: Int.random(in: 0...70_000, using: &random))
            : .http(request())
    }

    private func request() -> HTTPRequest {
        var request = HTTPRequest(
            pick(["GET", "POST"]),
            text(),
            statuses: pick([[200], [], [200, 204]]),
            content: maybe(text())
        )
        guard chance(30) else { return request }
        request.headers = list(2) { HTTPRequest.Header($0.text(), $0.text()) }
        request.body = maybe(text())
        request.claims = list(2) { HTTPRequest.Claim("/a", is: $0.text().json) }
        request.within = maybe(duration())
        request.redirects = pick([0, 1, 10])
        request.authorities = maybe(text())
        return request
    }

    private func suite() -> SmokeSuite? {
        SmokeSuite(
            text(),
            minimumChecks: pick([1, 2, 17]),
            deadline: pick([.seconds(1), SmokeSuite.usualDeadline]),
            identity: maybe(text()),
            credential: chance(50)
                ? nil
                : SmokeSuite.Credential(
                    text(),
                    rotateBy: maybe(Timestamp(milliseconds: 1_800_000_000_000))
                )
        )
    }

    private func requirement() -> Requirement {
        pick([.required, .required, .optional, .conditional(text())])
    }

    private func duration() -> Duration {
        .milliseconds(pick([0, 1, 999, 1000, 60_000, 90_000, 3_600_000, 86_400_000, 604_800_001]))
    }

    private func slot() -> SignOffSlot {
        let label = text()
        let usual = SignOffRule(roles: label.isEmpty ? [] : [Role(label)])
        let other = SignOffRule(
            count: Int.random(in: 1...3, using: &random),
            roles: list(2) { Role($0.name()) },
            people: list(2) { ActorID($0.name()) },
            assurance: maybe(.sshKey)
        )
        return SignOffSlot(
            id: SignOffSlotID(name()),
            label: label,
            isStatement: chance(20),
            group: maybe(text()),
            requirement: requirement(),
            rule: chance(60) ? usual : other,
            gate: pick([.completion, .closure, .phase(PhaseID(name()))])
        )
    }

    private func plan() -> RollbackPlan {
        RollbackPlan(
            levels: list(3) { random in
                RollbackLevel(
                    id: RollbackLevelID(random.name()),
                    title: random.text(),
                    number: random.maybe(random.number(9)),
                    situations: random.texts(),
                    impact: random.maybe(random.pick(Level.allCases)),
                    mode: random.maybe(random.pick([.freeze, .redeploy, .restore, .revert])),
                    losesData: random.maybe(random.chance(50)),
                    steps: random.list(12) { $0.step() },
                    verification: random.list(2) { $0.step() }
                )
            },
            triggers: list(3) { random in
                RollbackTrigger(
                    id: RollbackTriggerID(random.name()),
                    title: random.text(),
                    metric: random.maybe(MetricID(random.name())),
                    suite: random.maybe(random.text()),
                    level: random.maybe(RollbackLevelID(random.name())),
                    policy: random.pick([.automatic, .proposed, .requiresSignOff])
                )
            },
            verification: list(2) { $0.step() }
        )
    }

    private func step() -> RollbackStep {
        RollbackStep(
            title: text(),
            command: maybe(command()),
            ready: maybe(.tcp(host: "localhost", port: 8080)),
            compensates: maybe(ItemID(name())),
            requirement: requirement()
        )
    }

    private func metric() throws -> SuccessMetric {
        let bound = Bound.compare(.greater, Quantity(5, .seconds))
        return SuccessMetric(
            id: MetricID(name()),
            title: text(),
            unit: .seconds,
            direction: pick(Direction.allCases),
            aggregation: pick([
                nil, .last, .quantile(try ExactDecimal("0.5"), .r7), .rate(per: .minutes(1)),
                .ratio(RatioTerms("good", .total("all"))), .ratio(RatioTerms("a", .others("b"))),
            ]),
            bands: Bands(
                target: maybe(bound),
                warning: maybe(bound),
                critical: maybe(bound),
                clear: maybe(bound)
            ),
            window: maybe(duration()),
            sustain: pick([
                .instant, try Sustain(.lasting(.minutes(1), gap: .hold), keepFor: .minutes(1)),
                try Sustain(.consecutive(2)), try Sustain(.mOfN(2, of: 3)), try Sustain(.total(2)),
            ]),
            minimumSamples: maybe(10),
            noData: NoDataPolicies(
                absent: pick([.incomplete, .breach]),
                nan: pick([.incomplete, .treatAs(Quantity(1, .seconds))])
            ),
            role: pick([.key, .scored(2), .advisory, .informational]),
            windows: list(2) { Identifier<MonitoringWindow>($0.name()) }
        )
    }

    private func window() throws -> MonitoringWindow {
        try MonitoringWindow(
            id: Identifier<MonitoringWindow>(name()),
            title: text(),
            startAfter: duration(),
            duration: .hours(1),
            cadence: maybe(.minutes(5)),
            initialDelay: duration()
        )
    }

    private func contract() throws -> ContractSlot {
        count += 1
        return try ContractSlot(
            ContractSlot.Name("SLOT_\(count)"),
            title: text(),
            kind: pick([.stellarContract, .evmAddress]),
            network: maybe(Network.stellarTestnet.id),
            isRequired: chance(50)
        )
    }
}
