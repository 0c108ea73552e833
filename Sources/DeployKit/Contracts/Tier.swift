// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// How much depends on an environment, or on a network.
public enum Tier: String, Hashable, Sendable, CaseIterable, JSONConvertible {
    /// Real users and real money.
    case production
    /// Shared, without real money; wiped now and then.
    case test
    /// Of one person or one machine.
    case development
}
