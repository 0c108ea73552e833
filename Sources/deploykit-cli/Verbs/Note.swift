// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

extension Verb {
    static let note = Verb(
        "note",
        "write something down, such as an issue and how it was solved",
        details: [
            "TEXT is a remark. --issue is a problem that was met, --resolution how it was solved; "
                + "with --of, the resolution of the issue of that number, as 'status' counts them."
        ],
        operands: [Operand("TEXT", .optional)],
        options: [
            Option("issue", "TEXT", "a problem that was met"),
            Option("resolution", "TEXT", "how it was solved"),
            Option("of", "NUMBER", "the issue that was solved"),
        ],
        examples: [
            "deploykit note \"latency rose to 300 ms for two minutes\"",
            "deploykit note --issue \"the CDN kept the old bundle\" --resolution \"purged it\"",
            "deploykit note --resolution \"fixed in 1.4.3\" --of 2",
        ],
        exits: .changing
    ) { call in
        let command = try command(call)
        return try await Changing.perform(call) { _ in (command, nil) }
    }

    private static func command(_ call: Call) throws(UsageError) -> DeploymentCommand {
        let resolution = call.arguments["resolution"]
        switch (call.arguments.operands.first, call.arguments["issue"], call.arguments["of"]) {
        case (let text?, nil, nil) where resolution == nil: return .note(text)
        case (nil, let issue?, nil): return .noteIssue(issue, resolution: resolution)
        case (nil, nil, let text?):
            guard let number = Int(text), let resolution else {
                throw UsageError("--of NUMBER needs the --resolution of the issue of that number")
            }
            return .resolveIssue(number, resolution: resolution)
        default:
            throw UsageError("give a TEXT, or an --issue, or a --resolution --of an issue")
        }
    }
}
