// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What a run of a smoke suite does in the environment of one deployment.
///
/// Every way to make a check leads through this value, and it cannot be made for what must not
/// happen: a machine that moves value where value is real, synthetic data under a real name, or a
/// suite that checks nothing.
public struct SmokePlan: Hashable, Sendable {
    /// The suite.
    public let suite: SmokeSuite
    /// The checks that a machine makes here, in document order.
    public let checks: [Outline.Entry]
    /// What is done after them, whatever became of them, in document order.
    public let cleanup: [Outline.Entry]

    /// Plans a suite.
    ///
    /// - Parameters:
    ///   - name: The suite.
    ///   - deployment: In whose environment.
    ///   - directory: The real people, of whom the synthetic identity must be none.
    /// - Throws: ``Refusal``: `unknownName` when there is no such suite; `suiteRefused` when it
    ///   must not run here, or has fewer checks than it asks for.
    public init(
        _ name: String,
        of deployment: Deployment,
        directory: Directory
    ) throws(Refusal) {
        guard let suite = deployment.checklist.suite(name) else {
            let known = deployment.checklist.suiteNames
            throw Refusal(
                .unknownName,
                "the checklist has no smoke suite '\(name)'; it has "
                    + (known.isEmpty ? "none" : known.joined(separator: ", "))
            )
        }
        let steps = deployment.outline.leaves.filter { entry in
            entry.item.suite == name && entry.item.kind.isAutomatic
                && deployment.items.state(of: entry) != .notApplicable
        }
        self.suite = suite
        checks = steps.filter { !$0.item.isCleanup }
        cleanup = steps.filter(\.item.isCleanup)
        for entry in steps {
            if let fault = entry.item.suiteFault { throw Refusal(.suiteRefused, fault) }
        }
        try Self.check(checks, suite, in: deployment.subject.environment, directory)
        guard checks.count >= suite.minimumChecks else {
            throw Refusal(
                .suiteRefused,
                "the smoke suite '\(name)' has \(checks.count) checks that a machine makes in "
                    + "'\(deployment.subject.environment.name)', and asks for "
                    + "\(suite.minimumChecks): a suite that checks nothing proves nothing"
            )
        }
    }

    /// Whether these checks may be made by a machine in an environment at all.
    static func check(
        _ checks: [Outline.Entry],
        _ suite: SmokeSuite,
        in environment: Environment,
        _ directory: Directory
    ) throws(Refusal) {
        let holdsValue =
            environment.tier == .production
            || environment.networks.contains { $0.tier == .production }
        if let identity = suite.identity, let person = directory.person(named: identity) {
            throw Refusal(
                .suiteRefused,
                "the synthetic identity '\(identity)' of the smoke suite '\(suite.name)' is "
                    + "'\(person.id)', a real person"
            )
        }
        guard holdsValue else { return }
        for entry in checks {
            switch entry.item.checkEffect {
            case .movesValue?:
                throw Refusal(
                    .suiteRefused,
                    "'\(entry.item.id)' moves value, and '\(environment.name)' is production: a "
                        + "person does that, as an item of kind manual"
                )
            case .writesSynthetic? where suite.identity == nil:
                throw Refusal(
                    .suiteRefused,
                    "'\(entry.item.id)' writes, and '\(environment.name)' is production: the smoke "
                        + "suite '\(suite.name)' declares the synthetic identity as which it does "
                        + "(identity=)"
                )
            default: break
            }
        }
    }
}

extension Deployment {
    /// Refuses a checklist that could not be run, or must not be run by a machine, here.
    func checkRunnable(in environment: Environment, _ directory: Directory) throws(Refusal) {
        if let fault = outline.cycleFault { throw Refusal(.dependencyCycle, fault) }
        for name in checklist.suiteNames {
            guard let suite = checklist.suite(name) else { continue }
            let checks = outline.leaves.filter { entry in
                entry.item.suite == name && entry.item.checkEffect != nil
                    && items.state(of: entry) != .notApplicable
            }
            for entry in checks {
                if let fault = entry.item.suiteFault { throw Refusal(.suiteRefused, fault) }
            }
            try SmokePlan.check(checks, suite, in: environment, directory)
        }
    }
}

extension Directory {
    // A name in capitals is the same person's.
    fileprivate func person(named name: String) -> Person? {
        let name = name.trimmed.lowercased()
        return people.first { person in
            ([person.id] + person.aliases).contains { $0.text.lowercased() == name }
        }
    }
}
