// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

/// What one call of the built command left behind.
struct CommandRun {
    let code: Int32
    let output: String
    let errors: String

    /// The object that `--json` printed.
    func json() throws -> JSONValue {
        #expect(output.utf8.last == UInt8(ascii: "\n"), "one object, one line: \(output)")
        return try JSONValue(parsing: output, within: .definition)
    }
}

/// A folder of its own to call the command in; it goes with the last reference.
final class Bench: Sendable {
    let path: String
    private let scratch: String

    init() throws {
        var template = Array("/tmp/deploykit-cli.XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        scratch = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        path = scratch + "/project"
        try #require(mkdir(path, 0o755) == 0)
    }

    deinit {
        chmod(path + "/.deploykit", 0o700)
        if let process = Self.spawn(["/bin/rm", "-rf", scratch], environment: []) {
            _ = Self.end(of: process)
        }
    }

    func write(_ text: String, to name: String) throws {
        try write(Array(text.utf8), to: name)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        let file = try #require(fopen("\(path)/\(name)", "w"))
        defer { fclose(file) }
        try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    func read(_ name: String) throws -> String {
        try Self.read("\(path)/\(name)")
    }

    func makeFolder(_ name: String) throws {
        try #require(mkdir("\(path)/\(name)", 0o755) == 0)
    }

    /// Calls the command, by default as `tom@example.com`.
    @discardableResult
    func run(
        _ words: String...,
        in folder: String = ".",
        with variables: [String: String] = [:]
    ) throws -> CommandRun {
        try run(words: words, in: folder, with: variables)
    }

    /// Calls the command.
    func run(
        words: [String],
        in folder: String = ".",
        with variables: [String: String] = [:]
    ) throws -> CommandRun {
        let process = try begin(words: words, in: folder, with: variables)
        return CommandRun(
            code: Self.end(of: process),
            output: try Self.read(scratch + "/out"),
            errors: try Self.read(scratch + "/err")
        )
    }

    /// Calls the command and does not wait for it; or, in its place, a program whose next word is
    /// the command.
    func begin(
        words: [String],
        through program: [String] = [],
        in folder: String = ".",
        with variables: [String: String] = [:]
    ) throws -> pid_t {
        var environment = [
            "PATH": "/usr/bin:/bin", "HOME": scratch, "DEPLOYKIT_ACTOR": "tom@example.com",
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
        ]
        // posix_spawn sets no working directory here; a shell does, and gives way.
        let script = "cd \"$1\" && shift && exec \"$@\" >\"$OUT\" 2>\"$ERR\" </dev/null"
        environment["OUT"] = scratch + "/out"
        environment["ERR"] = scratch + "/err"
        environment.merge(variables) { _, new in new }
        return try #require(
            Self.spawn(
                ["/bin/sh", "-c", script, "sh", "\(path)/\(folder)"] + program
                    + [try Self.binary()] + words,
                environment: environment.map { "\($0)=\($1)" }
            )
        )
    }

    /// Runs another program in the folder and returns its exit code.
    func runProgram(_ words: String...) throws -> Int32 {
        try runProgram(words: words)
    }

    /// Runs another program in the folder and returns its exit code.
    func runProgram(words: [String]) throws -> Int32 {
        let script = "cd \"$1\" && shift && exec \"$@\" </dev/null"
        let process = Self.spawn(["/bin/sh", "-c", script, "sh", path] + words, environment: [])
        return Self.end(of: try #require(process))
    }

    /// Waits until the file of this name is there, ten seconds at the most.
    func wait(for name: String) throws {
        for _ in 0..<1000 {
            if access("\(path)/\(name)", F_OK) == 0 { return }
            usleep(10_000)
        }
        Issue.record("'\(name)' did not appear")
    }

    /// Waits for the end of a process; a signal counts as 128 and its number.
    static func end(of process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Starts the deployment of the fixture in `staging`.
    @discardableResult
    func start(version: String = "1.0", project: Bool = true) throws -> CommandRun {
        try write(Fixture.checklist, to: "checklist.json")
        if project { try write(Fixture.project, to: "deploykit.json") }
        return try run(
            "start",
            "checklist.json",
            "--environment",
            "staging",
            "--version",
            version
        )
    }

    private static func binary() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        try #require(count > 0)
        let tests = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folder = tests.split(separator: "/").dropLast().joined(separator: "/")
        let built = "/\(folder)/deploykit"
        try #require(access(built, X_OK) == 0, "\(built) is not built")
        return built
    }

    private static func spawn(_ words: [String], environment: [String]) -> pid_t? {
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, words[0], nil, nil, &arguments, &variables)
        return code == 0 ? process : nil
    }

    static func read(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return try #require(String(validating: bytes, as: UTF8.self))
    }
}

/// A small checklist with a conditional item, a command, a sign-off, a contract and a blank.
enum Fixture {
    static let checklist = #"""
        {"v": 1, "title": "Orders", "service": "orders",
         "phases": [
           {"id": "database", "title": "Database migration", "sections": [
             {"id": "database", "items": [
               {"id": "database/backup", "title": "Create the backup"},
               {"id": "database/tables", "title": "Tables looked at"},
               {"id": "database/sms", "title": "SMS templates", "requirement": {"if": "SMS is on"}}
             ]}]},
           {"id": "backend", "title": "Backend services", "sections": [
             {"id": "backend", "title": "Rollout", "items": [
               {"id": "backend/dashboards", "title": "Look at the dashboards"}
             ]}]}
         ],
         "signOffSlots": [
           {"id": "qa-engineer", "label": "QA Engineer", "gate": "phase/backend",
            "rule": {"count": 1, "roles": ["QA Engineer"]}}
         ],
         "fields": [{"id": "deployed-by", "title": "Deployed by"}]}
        """#

    static let project = #"""
        {"deploykit": 1,
         "environments": [
           {"name": "staging", "tier": "test", "aliases": ["stg"]},
           {"name": "production", "tier": "production"}
         ],
         "people": [
           {"id": "lena@example.com", "roles": ["QA Engineer"]},
           {"id": "tom@example.com", "aliases": ["tom"]}
         ]}
        """#
}
