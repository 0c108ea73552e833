// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// What the rules must know besides a deployment, as it was at some place of the log: gathered by
/// taking the entries before that place, in the order of each stream.
package struct LogFacts: Sendable {
    private var directory = Directory()
    private var environments: [StreamID: EnvironmentState] = [:]
    private var registries: [Environment.ID: ContractRegistry] = [:]
    private let zones: any ZoneSource

    /// The facts of a log without entries.
    ///
    /// - Parameter zones: What knows the zones by whose clocks freezes and maintenance windows are.
    package init(zones: any ZoneSource = NoZones()) {
        self.zones = zones
    }

    /// Takes the next entry of a stream; those of other streams than ``streams(for:)`` names are
    /// passed over.
    ///
    /// - Throws: ``DeploymentError``, cause `damaged`.
    package mutating func take(_ entry: AuditEntry) throws(DeploymentError) {
        if entry.stream == .directory {
            do {
                directory = try Directory(applied: entry) ?? directory
            } catch {
                throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
            }
        } else if entry.stream.text.utf8.starts(with: "environment/".utf8) {
            try Projections.apply(entry, to: &environments[entry.stream, default: .init()])
        } else if let name = entry.stream.registryName {
            let event = try Projections.contractEvent(entry)
            do {
                try registries[name, default: ContractRegistry(environment: name)].apply(event)
            } catch {
                throw DeploymentError(.damaged("entry \(entry.position): \(error)"))
            }
        }
    }

    /// The streams that the gates of a deployment depend on, besides its own.
    package static func streams(for state: Deployment) -> [StreamID] {
        var streams: [StreamID] = [.directory]
        if !state.checklist.contractSlots.isEmpty {
            streams.append(.registry(state.subject.environment.name))
        }
        for name in environments(for: state) {
            streams.append(.environment(name, of: state.subject.service))
        }
        return streams
    }

    /// The facts for a deployment at a moment.
    package func facts(for state: Deployment, at moment: Timestamp) -> Facts {
        var known: [Environment.ID: EnvironmentState] = [:]
        for name in Self.environments(for: state) {
            known[name] = environments[.environment(name, of: state.subject.service)]
        }
        return Facts(
            now: moment,
            directory: directory,
            environments: known,
            registries: registries,
            calendar: calendar(for: state)
        )
    }

    /// The zones by whose clocks the environment's freezes and maintenance windows are, and of which
    /// nothing is known here, in order: where there are any, the calendar is not judged.
    package func unknownZones(for state: Deployment) -> [String] {
        declaredCalendar(for: state)?.unknownZones(of: state.subject.environment) ?? []
    }

    // By other clocks a freeze would be at another time.
    private func calendar(for state: Deployment) -> DeployCalendar {
        unknownZones(for: state).isEmpty
            ? declaredCalendar(for: state) ?? DeployCalendar() : DeployCalendar()
    }

    /// What the project declared, as far as the log knows; `nil` for nothing.
    private func declaredCalendar(for state: Deployment) -> DeployCalendar? {
        let (service, environment) = (state.subject.service, state.subject.environment)
        let place = StreamID.environment(environment.name, of: service)
        guard let declared = environments[place]?.calendar, declared != EnvironmentCalendar() else {
            return nil
        }
        var rules: [String: ZoneRules] = [:]
        for name in declared.zoneNames(of: environment) { rules[name] = zones.rules(named: name) }
        return DeployCalendar(zones: rules, freezes: declared.freezes, windows: declared.windows)
    }

    private static func environments(for state: Deployment) -> Set<Environment.ID> {
        var names: Set = [state.subject.environment.name]
        for condition in state.checklist.phases.flatMap(\.conditions) {
            switch condition {
            case .completed(let environment, _), .rehearsed(_, let environment, _):
                names.insert(environment)
            case .metrics: break
            }
        }
        return names
    }
}

extension StreamID {
    /// The environment whose contracts the stream is about, where it is about any.
    fileprivate var registryName: Environment.ID? {
        let prefix = "registry/"
        guard text.utf8.starts(with: prefix.utf8) else { return nil }
        return Environment.ID(String(Substring(text.utf8.dropFirst(prefix.utf8.count))))
    }
}
