// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// One call of the command: what was asked, and the world it was asked in.
struct Call: Sendable {
    let arguments: Arguments
    let console: Console
    /// The environment variables.
    let environment: [String: String]
    /// The working directory, absolute.
    let directory: String
    /// What is told of what this call records.
    let hooks = HookQueue()

    /// An operand by its place.
    func operand(_ position: Int) -> String { arguments.operands[position] }

    /// An idempotency key, where one is given.
    var key: String? { arguments["key"] }

    /// A reason that the rules will look at; absent is blank.
    var reason: String { arguments["reason"] ?? "" }
}
