// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit

/// What curl reads on its standard input (`curl -q -K -`), so that no header, body or URL stands in
/// an argument list; curl(1), option `--config`.
struct CurlConfiguration {
    private(set) var text = ""

    /// Adds an option, with or without a value.
    mutating func add(_ option: String, _ value: String? = nil) throws(RunnerError) {
        guard let value else {
            text += "\(option)\n"
            return
        }
        guard !value.utf8.contains(0) else {
            throw RunnerError(.invalid, "the probe's \(option) holds a NUL byte")
        }
        var quoted = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": quoted += "\\\\"
            case "\"": quoted += "\\\""
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0B}": quoted += "\\v"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        text += "\(option) = \"\(quoted)\"\n"
    }

    static func seconds(_ duration: Duration) -> String {
        let milliseconds = max(1, duration.wholeMilliseconds)
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
    }

    /// Runs curl; its standard error holds what `write-out` says.
    func run(
        with runner: some CommandRunning,
        environment: [String: String],
        timeout: Duration,
        outputLimit: Int,
        secrets: [Secret]
    ) async throws(RunnerError) -> CommandOutcome {
        var variables = environment
        variables["LC_ALL"] = "C"
        var invocation = Invocation(
            .executable("curl", arguments: ["-q", "-K", "-"]),
            environment: variables,
            directory: "/",
            input: Array(text.utf8),
            // curl keeps the time itself; this is for a curl that hangs.
            timeout: timeout + .seconds(1),
            grace: .milliseconds(200),
            outputLimit: outputLimit,
            secrets: secrets
        )
        // curl knows the size of an answer beforehand only where the server says it.
        invocation.closesAtLimit = true
        do {
            return try await runner.run(invocation)
        } catch  where error.code == .notFound {
            throw RunnerError(
                .notFound,
                "probes need the program 'curl', which is not in the PATH; on Debian, install the "
                    + "package 'curl'"
            )
        }
    }
}
