// DeployKit
// SPDX-License-Identifier: Apache-2.0

extension ContractRegistry {
    /// Takes records out of use whose deployment was undone: each gives way to the one that it had
    /// superseded, which is the ID of its slot again, or, where that may not be used any more or there
    /// is none, to none. Nothing is deleted, and what is not active stays as it is.
    ///
    /// - Parameters:
    ///   - undone: Whether the deployment of a record's contract was undone.
    ///   - environment: The environment of this registry.
    ///   - moment: Now.
    ///   - others: The registries of the other environments.
    /// - Returns: The events in order, none when nothing of it is in use.
    public func withdraw(
        where undone: (ContractRecord) -> Bool,
        in environment: Environment,
        at moment: Timestamp,
        others: [ContractRegistry] = []
    ) -> [Event] {
        records.filter { $0.status == .active && undone($0) }.flatMap { record -> [Event] in
            let leaves = Event.superseded(record.number, by: nil, at: moment)
            guard let earlier = predecessor(of: record, passing: undone) else { return [leaves] }
            do throws(ContractRegistryError) {
                return try restore(earlier.number, in: environment, at: moment, others: others)
                    .events
            } catch {
                // It may not be used any more, for whatever reason: nothing takes its place.
                return [leaves]
            }
        }
    }

    /// The last record that gave way to this one, and was not undone with it.
    private func predecessor(
        of record: ContractRecord,
        passing undone: (ContractRecord) -> Bool
    ) -> ContractRecord? {
        let earlier = records.last {
            $0.number < record.number && $0.status == .superseded(by: record.number)
        }
        guard let earlier else { return nil }
        return undone(earlier) ? predecessor(of: earlier, passing: undone) : earlier
    }
}
