// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Collects the parts of a checklist, a phase or a section that are written one below the other.
@resultBuilder
public enum ChecklistBuilder<Part>: Sendable {
    /// One part.
    public static func buildExpression(_ part: Part) -> [Part] { [part] }
    /// Several parts that were made elsewhere.
    public static func buildExpression(_ parts: [Part]) -> [Part] { parts }
    /// Parts one after the other.
    public static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap(\.self) }
    /// Parts that are there or not.
    public static func buildOptional(_ parts: [Part]?) -> [Part] { parts ?? [] }
    /// One of two choices.
    public static func buildEither(first parts: [Part]) -> [Part] { parts }
    /// The other of two choices.
    public static func buildEither(second parts: [Part]) -> [Part] { parts }
    /// Parts made in a loop.
    public static func buildArray(_ parts: [[Part]]) -> [Part] { parts.flatMap(\.self) }
}

/// Why a checklist written in Swift does not fit together.
public struct ChecklistError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of fault.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable {
        /// Two parts declare the same id.
        case duplicateName = "duplicate-name"
        /// An item names a predecessor that does not exist, or several fit.
        case unknownName = "unknown-name"
        /// A command or a capture that a run executes declares no effect.
        case effectMissing = "effect-missing"
        /// A contract has a name that cannot be a variable's.
        case contractName = "contract-name"
        /// Items wait for each other in a circle.
        case dependencyCycle = "dependency-cycle"
        /// A part of a smoke suite contradicts itself, or must not be done by a machine.
        case smokeSuite = "smoke-suite"
    }

    /// What kind of fault it is.
    public let code: Code
    /// What was found, and what was expected.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension Duration {
    /// A whole number of days of 24 hours.
    public static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }

    /// A whole number of hours.
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }

    /// A whole number of minutes.
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
}

extension ItemKind {
    /// A program and its arguments, started without a shell.
    public static func command(_ program: String, _ arguments: String...) -> Self {
        .command(.arguments([program] + arguments))
    }

    /// A script for `bash -euo pipefail`.
    public static func shell(_ script: String) -> Self {
        .command(.shell(script))
    }
}

extension Item {
    /// An item as it is written in Swift. Its name comes from its title unless `id` is given.
    public init(
        _ title: String,
        _ kind: ItemKind = .manual,
        id: ItemID? = nil,
        effect: Effect? = nil,
        requirement: Requirement = .required,
        environment: String? = nil,
        when: Condition? = nil,
        after: [ItemID] = [],
        isWaivable: Bool = true,
        timeout: Duration? = nil,
        retry: RetryPolicy? = nil,
        output: ItemOutput? = nil,
        suite: String? = nil,
        check: CheckEffect? = nil,
        isCleanup: Bool = false,
        secrets: [String] = [],
        evidence: [String] = [],
        hooks: [String] = []
    ) {
        self.init(
            id: id ?? "",
            title: title,
            kind: kind,
            effect: effect,
            requirement: requirement,
            scope: environment.map { [$0] } ?? [],
            when: when,
            after: after,
            isWaivable: isWaivable,
            timeout: timeout,
            evidence: evidence,
            secrets: secrets,
            suite: suite,
            isCleanup: isCleanup,
            check: check,
            retry: retry,
            output: output,
            hooks: hooks
        )
    }

    /// A group as it is written in Swift.
    public init(
        group title: String,
        id: ItemID? = nil,
        requirement: Requirement = .required,
        after: [ItemID] = [],
        @ChecklistBuilder<Item> children: () -> [Item]
    ) {
        self.init(
            id: id ?? "",
            title: title,
            kind: .group,
            requirement: requirement,
            after: after,
            children: children()
        )
    }
}

extension Section {
    /// A section as it is written in Swift.
    public init(
        _ title: String,
        environment: String? = nil,
        requirement: Requirement = .required,
        @ChecklistBuilder<Item> items: () -> [Item]
    ) {
        self.init(
            id: "",
            title: title,
            scope: environment.map { [$0] } ?? [],
            requirement: requirement,
            items: items()
        )
    }
}

extension Phase {
    /// A phase of items as it is written in Swift. Its name comes from its title unless `id` is
    /// given.
    public init(
        _ title: String,
        id: PhaseID? = nil,
        environment: String? = nil,
        gate: PhaseGate? = nil,
        concurrency: Int = 1,
        isFollowUp: Bool = false,
        hooks: [String] = [],
        @ChecklistBuilder<Item> items: () -> [Item]
    ) {
        self.init(
            title,
            id: id,
            environment: environment,
            gate: gate,
            concurrency: concurrency,
            isFollowUp: isFollowUp,
            hooks: hooks,
            sections: { Section(id: "", title: "", items: items()) }
        )
    }

    /// A phase of sections as it is written in Swift.
    public init(
        _ title: String,
        id: PhaseID? = nil,
        environment: String? = nil,
        gate: PhaseGate? = nil,
        concurrency: Int = 1,
        isFollowUp: Bool = false,
        hooks: [String] = [],
        @ChecklistBuilder<Section> sections: () -> [Section]
    ) {
        self.init(
            id: id ?? "",
            title: title,
            scope: environment.map { [$0] } ?? [],
            conditions: gate?.conditions ?? [],
            concurrency: max(concurrency, 1),
            isFollowUp: isFollowUp,
            hooks: hooks,
            sections: sections()
        )
        places = gate?.places ?? []
    }
}

extension Checklist {
    /// A checklist as it is written in Swift: names are given to its parts, predecessors are looked
    /// up, and contracts are collected from the items that capture them.
    ///
    /// - Parameters:
    ///   - title: What is deployed, in a few words.
    ///   - edition: The edition of the checklist itself.
    ///   - service: The service that is deployed.
    ///   - signOffs: Who signs before the deployment is completed.
    ///   - rollbackPlan: How to go back.
    ///   - metrics: What is measured to judge success.
    ///   - windows: When it is looked after what was deployed.
    ///   - gatePolicies: What gates do besides waiting.
    ///   - suites: The smoke suites that declare more than their checks.
    ///   - variables: The values that must be known.
    ///   - phases: The phases in order.
    /// - Throws: ``ChecklistError`` when parts do not fit together.
    public init(
        _ title: String,
        edition: String? = nil,
        service: String? = nil,
        signOffs: [SignOffPlace] = [],
        rollbackPlan: RollbackPlan? = nil,
        metrics: [SuccessMetric] = [],
        windows: [MonitoringWindow] = [],
        gatePolicies: [GatePolicy] = [],
        suites: [SmokeSuite] = [],
        variables: [Variable] = [],
        @ChecklistBuilder<Phase> phases: () -> [Phase]
    ) throws(ChecklistError) {
        var assembly = ChecklistAssembly()
        let named = try assembly.named(phases())
        self.init(
            title: title,
            edition: edition,
            service: service,
            phases: named,
            signOffSlots: assembly.slots + assembly.slots(for: signOffs, at: .completion),
            rollbackPlan: rollbackPlan,
            metrics: metrics,
            windows: windows,
            gatePolicies: gatePolicies,
            suites: suites,
            contractSlots: assembly.contracts,
            variables: variables
        )
        if let fault = Outline(self).cycleFault {
            throw ChecklistError(.dependencyCycle, fault)
        }
    }
}
