// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// Which values of a metric are better.
@nonexhaustive
public enum Direction: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// More is better, as of a success rate.
    case higherIsBetter
    /// Less is better, as of a latency.
    case lowerIsBetter
    /// Inside a range is better than outside.
    case withinRange
}

/// The bounds that divide the values of a metric.
///
/// The target is written as it is *satisfied* (`> 95%`), warning and critical as they are
/// *violated* (`< 90%`, `< 80%`). What lies in none of them is the band `offTarget`.
public struct Bands: Hashable, Sendable {
    /// Satisfied when a value is inside. Without one, what violates nothing is met.
    public var target: Bound?
    /// Violated when a value is inside.
    public var warning: Bound?
    /// Violated when a value is inside.
    public var critical: Bound?
    /// Once violated, the bands above stay violated until a value is inside.
    public var clear: Bound?

    /// The bounds, each of which may be absent.
    public init(
        target: Bound? = nil,
        warning: Bound? = nil,
        critical: Bound? = nil,
        clear: Bound? = nil
    ) {
        self.target = target
        self.warning = warning
        self.critical = critical
        self.clear = clear
    }

    /// The bounds that are there, with their names, in the order of the declaration.
    package var named: [(name: String, bound: Bound)] {
        [("target", target), ("warning", warning), ("critical", critical), ("clear", clear)]
            .compactMap { name, bound in bound.map { (name, $0) } }
    }
}

/// What is wrong with the bands of a metric, for people who define one.
public struct BandsFinding: Hashable, Sendable, CustomStringConvertible {
    /// The kinds of faults.
    @nonexhaustive
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// Two bounds, or a bound and the metric, measure different things.
        case dimension = "bands-dimension"
        /// A value satisfies the target and violates a band.
        case overlap = "bands-overlap"
        /// A value is critical without being a warning.
        case criticalOutsideWarning = "bands-critical-outside-warning"
        /// A bound faces against the metric's direction.
        case direction = "bands-direction"
        /// No value can be inside a bound.
        case unreachable = "bands-unreachable"
        /// A value clears a band that it violates, or satisfies the target and does not clear.
        case clear = "bands-clear"
    }

    /// What kind of fault it is.
    public let code: Code
    /// The bounds concerned, by name.
    public let bands: [String]
    /// What was found and what was expected.
    public let message: String

    /// The code and the message.
    public var description: String { "\(code.rawValue): \(message)" }
}

extension Bands {
    /// The faults of the bands for a metric of this unit and direction; none when they are sound.
    ///
    /// The rules, on sets of values: critical ⊆ warning; target ∩ warning = ∅ and
    /// target ∩ critical = ∅; clear ∩ warning = ∅ and target ⊆ clear; nothing is empty; all are of
    /// the metric's dimension; upwards closed where better lies upwards, and so on. Ratios are
    /// taken from 0 to 1 unless a bound is beyond, other quantities from 0 unless one is below.
    public func findings(unit: Unit, direction: Direction) -> [BandsFinding] {
        let foreign = named.filter { entry in
            !entry.bound.limits.allSatisfy { $0.unit.isComparable(with: unit) }
        }
        guard foreign.isEmpty else {
            return foreign.map { name, bound in
                BandsFinding(
                    code: .dimension,
                    bands: [name],
                    message: "\(name) '\(bound)' does not measure in '\(unit)'"
                )
            }
        }
        guard let line = ValueLine(bounds: named.map(\.bound), unit: unit) else {
            return [
                BandsFinding(
                    code: .dimension,
                    bands: named.map(\.name),
                    message: "the bounds do not compare with each other"
                )
            ]
        }
        return relations(on: line) + shapes(on: line, direction: direction)
    }

    private func relations(on line: ValueLine) -> [BandsFinding] {
        var findings: [BandsFinding] = []
        func require(_ isSound: Bool, _ code: BandsFinding.Code, _ bands: [String], _ text: String)
        {
            guard !isSound else { return }
            findings.append(BandsFinding(code: code, bands: bands, message: text))
        }
        let sets = [target, warning, critical, clear].map { $0.map(line.atoms) }
        if let target = sets[0], let warning = sets[1] {
            require(
                target.isDisjoint(with: warning),
                .overlap,
                ["target", "warning"],
                "values satisfy the target and violate the warning"
            )
        }
        if let target = sets[0], let critical = sets[2] {
            require(
                target.isDisjoint(with: critical),
                .overlap,
                ["target", "critical"],
                "values satisfy the target and are critical"
            )
        }
        if let warning = sets[1], let critical = sets[2] {
            require(
                critical.isSubset(of: warning),
                .criticalOutsideWarning,
                ["warning", "critical"],
                "values are critical without being a warning"
            )
        }
        if let clear = sets[3], let violated = sets[1] ?? sets[2] {
            require(
                clear.isDisjoint(with: violated),
                .clear,
                ["clear", sets[1] == nil ? "critical" : "warning"],
                "values clear what they violate"
            )
        }
        if let target = sets[0], let clear = sets[3] {
            require(
                target.isSubset(of: clear),
                .clear,
                ["target", "clear"],
                "values satisfy the target and do not clear"
            )
        }
        return findings
    }

    private func shapes(on line: ValueLine, direction: Direction) -> [BandsFinding] {
        named.compactMap { name, bound in
            let atoms = line.atoms(of: bound)
            guard !atoms.isEmpty else {
                return BandsFinding(
                    code: .unreachable,
                    bands: [name],
                    message: "no value is inside the \(name) '\(bound)'"
                )
            }
            let isGood = name == "target" || name == "clear"
            let isSound =
                switch direction {
                case .higherIsBetter: line.isClosed(atoms, upwards: isGood)
                case .lowerIsBetter: line.isClosed(atoms, upwards: !isGood)
                case .withinRange: line.isInterval(isGood ? atoms : line.all.subtracting(atoms))
                }
            return isSound
                ? nil
                : BandsFinding(
                    code: .direction,
                    bands: [name],
                    message: "the \(name) '\(bound)' contradicts \(direction.rawValue)"
                )
        }
    }
}

extension Bands: JSONConvertible {
    /// An object of the bounds that are there.
    public var json: JSONValue {
        .members([
            "target": target?.json, "warning": warning?.json, "critical": critical?.json,
            "clear": clear?.json,
        ])
    }

    /// Reads the object.
    ///
    /// - Throws: ``JSONError`` for anything else than ``json`` writes.
    public init(json: JSONValue) throws(JSONError) {
        var members = try JSONMembers(json)
        target = try members.optional("target")
        warning = try members.optional("warning")
        critical = try members.optional("critical")
        clear = try members.optional("clear")
        try members.finish()
    }
}
