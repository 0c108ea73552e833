// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// One promise of `AuditStore`, made testable.
///
/// Authors of a store run all of them, with whatever test framework they like:
///
///     @Test(arguments: AuditStoreRule.all)
///     func keepsItsPromises(_ rule: AuditStoreRule) async throws {
///         #expect(try await rule.breaches { try await MyStore() } == [])
///     }
public struct AuditStoreRule: Sendable, CustomStringConvertible {
    /// The name, in lowercase words with hyphens.
    public let name: String
    /// What a store promises, in one sentence.
    public let promise: String

    private let check: @Sendable (inout StoreTrial) async throws -> Void
    private let checkAfterReopening: (@Sendable (inout StoreTrial) async throws -> Void)?

    init(
        _ name: String,
        _ promise: String,
        afterReopening: (@Sendable (inout StoreTrial) async throws -> Void)? = nil,
        check: @escaping @Sendable (inout StoreTrial) async throws -> Void
    ) {
        self.name = name
        self.promise = promise
        self.check = check
        checkAfterReopening = afterReopening
    }

    /// Every rule; a store that keeps them all keeps its promises.
    public static let all: [AuditStoreRule] =
        appending + reading + listing + surviving + erasing

    /// The name.
    public var description: String { name }

    /// Tries the rule on an empty store.
    ///
    /// - Parameters:
    ///   - makeStore: Makes a store that nobody else uses, with an empty log. Called once.
    ///   - reopen: Opens once more the log of the store it is given, as after the end of a
    ///     process; a store that cannot outlive its process returns what it was given, which is
    ///     the default.
    /// - Returns: How the promise was broken, in sentences; empty when it was kept.
    /// - Throws: What `makeStore` or `reopen` threw.
    public func breaches(
        makeStore: () async throws -> any AuditStore,
        reopen: (any AuditStore) async throws -> any AuditStore = { $0 }
    ) async throws -> [String] {
        var trial = StoreTrial(store: try await makeStore())
        await run(check, on: &trial)
        if let checkAfterReopening {
            trial.store = try await reopen(trial.store)
            await run(checkAfterReopening, on: &trial)
        }
        return trial.breaches
    }

    private func run(
        _ check: (inout StoreTrial) async throws -> Void,
        on trial: inout StoreTrial
    ) async {
        do {
            try await check(&trial)
        } catch {
            trial.expect(false, "the store failed where it must not: \(error)")
        }
    }
}
