// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// The processes of one command: its process group, and those that left the group but still carry
/// the attempt's tag in their environment.
struct ProcessTree {
    /// The variable that tags the processes of an attempt.
    static let variable = "DEPLOYKIT_ATTEMPT"

    let group: Int32
    let attempt: String?

    /// Sends `signal` to the whole group at once, then to each process that escaped it.
    ///
    /// The group's leader must not have been reaped, so that its number cannot mean another group.
    func signal(_ signal: Int32) {
        kill(-group, signal)
        for process in members() where process.group != group {
            // The descriptor pins the process: a number that was reused meanwhile is seen by the
            // second look and left alone.
            let descriptor = dk_pidfd_open(process.id)
            guard descriptor >= 0 else { continue }
            if belongs(process.id) { _ = dk_pidfd_signal(descriptor, signal) }
            close(descriptor)
        }
    }

    /// The living processes of the tree; one that is a zombie does not count.
    func members() -> [(id: Int32, group: Int32)] {
        ProcessFacts.all().filter { facts in
            facts.isAlive && (facts.group == group || belongs(facts.id))
        }
        .map { ($0.id, $0.group) }
    }

    /// Whether nothing was started on this machine since the group's leader, which must not have
    /// been reaped: then it has left nothing behind, and the table of processes need not be read.
    ///
    /// Numbers are given in turn, and one that is taken is not given again; `/proc/loadavg` ends
    /// with the one given last (proc(5)).
    var isLeaderTheLast: Bool {
        guard let line = readWhole("/proc/loadavg", limit: 4096),
            let last = line.split(whereSeparator: { $0 <= UInt8(ascii: " ") }).last
        else { return false }
        return Int32(String(decoding: last, as: UTF8.self)) == group
    }

    private func belongs(_ id: Int32) -> Bool {
        guard let attempt, id != getpid(),
            let environment = readWhole("/proc/\(id)/environ", limit: 1 << 22)
        else { return false }
        let tag = Array("\(Self.variable)=\(attempt)".utf8)
        return environment.split(separator: 0).contains { $0.elementsEqual(tag) }
    }
}

/// What the kernel says of one process (proc(5), `/proc/pid/stat`).
struct ProcessFacts {
    let id: Int32
    let state: UInt8
    let group: Int32
    /// Clock ticks after the machine's start.
    let startTime: UInt64

    var isAlive: Bool { state != UInt8(ascii: "Z") && state != UInt8(ascii: "X") }

    /// Reads the facts, or `nil` when there is no such process.
    init?(id: Int32) {
        // The name stands in parentheses and may hold anything, so fields count from the last one.
        guard let line = readWhole("/proc/\(id)/stat", limit: 4096),
            let end = line.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = line[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let state = fields[0].first,
            let group = Int32(String(decoding: fields[2], as: UTF8.self)),
            let startTime = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        self.id = id
        self.state = state
        self.group = group
        self.startTime = startTime
    }

    /// The facts of every process that can be seen.
    static func all() -> [ProcessFacts] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [ProcessFacts] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let id = Int32(name), let facts = ProcessFacts(id: id) { found.append(facts) }
        }
        return found
    }
}

/// Reads a file of at most `limit` bytes whole, or `nil` when it cannot be read or is longer.
func readWhole(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = dk_open(path, O_RDONLY, 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    return readWhole(descriptor: descriptor, limit: limit)
}

/// Reads a descriptor to its end, or `nil` when that fails or exceeds `limit` bytes.
func readWhole(descriptor: Int32, limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 {
            if errno == EINTR { continue }
            return nil
        }
        if count == 0 { return bytes }
        bytes.append(contentsOf: buffer[..<count])
        guard bytes.count <= limit else { return nil }
    }
}
