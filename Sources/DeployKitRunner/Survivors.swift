// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// Processes of an attempt whose runner is gone, found by the tag in their environment.
struct Survivors {
    let tag: String
    private static let grace: Duration = .seconds(2)

    /// Ends them: asked first, killed after the grace period.
    ///
    /// - Throws: `RunnerError`, code `system`, when one of them cannot be ended.
    func end() async throws(RunnerError) {
        for signal in [SIGTERM, SIGKILL] {
            if members.isEmpty { return }
            send(signal)
            let deadline = ContinuousClock.now + Self.grace
            while !members.isEmpty, ContinuousClock.now < deadline {
                do {
                    try await Task.sleep(for: .milliseconds(20))
                } catch {
                    break  // cancelled: what has not ended is killed at once
                }
            }
        }
        if let one = members.first {
            throw RunnerError(
                .system,
                "process \(one) of a lost attempt still runs and cannot be ended"
            )
        }
    }

    /// Whether none is left.
    var isEmpty: Bool { members.isEmpty }

    // No process group has this number, so that the tag alone decides.
    private var members: [Int32] {
        ProcessTree(group: .max, attempt: tag).members().map(\.id)
    }

    private func send(_ signal: Int32) {
        for process in members {
            // The descriptor pins the process; the second look sees a number that was reused.
            let descriptor = dk_pidfd_open(process)
            guard descriptor >= 0 else { continue }
            if members.contains(process) { _ = dk_pidfd_signal(descriptor, signal) }
            close(descriptor)
        }
    }
}
