// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// One process of one boot of one host, told apart from a later process with the same number.
public struct ProcessIdentity: Hashable, Sendable {
    /// The host's name (`uname -n`). Containers that share a kernel have names, and process
    /// numbers, of their own.
    public let host: String
    /// The boot's id (`/proc/sys/kernel/random/boot_id`).
    public let bootID: String
    /// The process number.
    public let processID: Int32
    /// When the process started, in clock ticks after the boot (proc(5), field 22 of `stat`).
    public let startTime: UInt64

    /// An identity as it was recorded.
    public init(host: String, bootID: String, processID: Int32, startTime: UInt64) {
        self.host = host
        self.bootID = bootID
        self.processID = processID
        self.startTime = startTime
    }

    /// The identity of a process that runs on this host now.
    ///
    /// - Throws: ``RunnerError``: `notFound` when there is no such process; `system` when this
    ///   host cannot be identified.
    public init(processID: Int32) throws(RunnerError) {
        (host, bootID) = try Self.here()
        guard let facts = ProcessFacts(id: processID) else {
            throw RunnerError(.notFound, "there is no process \(processID)")
        }
        self.processID = processID
        startTime = facts.startTime
    }

    /// The identity of this process.
    ///
    /// - Throws: ``RunnerError``, code `system`, when this host cannot be identified.
    public static func current() throws(RunnerError) -> ProcessIdentity {
        try ProcessIdentity(processID: getpid())
    }

    /// Whether the process still runs; `nil` when it belongs to another host, where only that host
    /// can tell. A zombie does not run.
    ///
    /// - Throws: ``RunnerError``, code `system`, when this host cannot be identified.
    public func isAlive() throws(RunnerError) -> Bool? {
        let here = try Self.here()
        guard here.host == host else { return nil }
        guard here.bootID == bootID, let facts = ProcessFacts(id: processID) else { return false }
        return facts.startTime == startTime && facts.isAlive
    }

    private static func here() throws(RunnerError) -> (host: String, bootID: String) {
        var name = utsname()
        guard uname(&name) == 0,
            let bootID = readWhole("/proc/sys/kernel/random/boot_id", limit: 128)
        else {
            throw RunnerError(.system, "could not find out the host's name and boot id")
        }
        let host = withUnsafeBytes(of: name.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return (host, String(decoding: bootID.prefix { $0 != 10 }, as: UTF8.self))
    }
}
