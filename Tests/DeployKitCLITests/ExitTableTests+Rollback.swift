// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import Glibc
import Testing

@testable import deploykit_cli

extension ExitTableTests {
    static let rollbacks: [Row] = [
        Row("run", .rolledBack) { try page($0, failing: "smoke") },
        Row("run", .rollbackFailed) { bench in
            try bench.write("", to: "off")
            try page(bench, failing: "smoke")
        },
        Row("rollback", .done, "--propose", "--reason", "x") { try page($0, running: 4) },
        Row("rollback", .done, "--dry-run") { try page($0, running: 4) },
        Row("rollback", .no, "--reason", "x") { try page($0) },
        Row("rollback", .no, "--dismiss", "--reason", "x") { try page($0) },
        Row("rollback", .usage, "--level", "9", "--reason", "x") { try page($0) },
        Row("rollback", .usage, "--propose", "--dismiss", "--reason", "x") { try page($0) },
        Row("rollback", .personNeeded, "--level", "2", "--reason", "x") { bench in
            try page(bench, running: 4)
        },
        // The item may have happened, and the level that was chosen does not undo it.
        Row("rollback", .undecided, "--level", "2", "--reason", "x") { bench in
            try page(bench, running: 2, failing: "on")
            try #require(
                bench.run("rollback", "--level", "2", "--reason", "x").code
                    == ExitCode.personNeeded.rawValue
            )
            for step in ["R1", "V1"] { try #require(bench.run("done", step).code == 0) }
        },
        Row("rollback", .rolledBack, "--reason", "x") { try page($0, running: 4) },
        Row("rollback", .rollbackFailed, "--reason", "x") { bench in
            try page(bench, running: 4)
            try bench.write("", to: "off")
        },
        rehearsal(.done, "test", after: { try page($0, running: 4) }),
        rehearsal(.no, "live", after: { try page($0) }),
        rehearsal(.personNeeded, "test", of: "restore", after: { try page($0) }),
        rehearsal(.rollbackFailed, "test", after: { try page($0, failing: "off") }),
        Row("unlock", .done, "--reason", "x"),
        Row("unlock", .done, "--reason", "x") { bench in
            try page(bench, running: 6, failing: "smoke")
        },
        Row("unlock", .no, "--reason", "x") { bench in
            try page(bench, running: 6, failing: "smoke")
            let words = ["start", "page.md", "--environment", "live", "--version", "1"]
            try #require(bench.run(words: words).code == 0)
            try loseTheEnd(bench)
        },
    ]

    private static func rehearsal(
        _ code: ExitCode,
        _ environment: String,
        of level: String = "stop",
        after prepare: @escaping @Sendable (Bench) throws -> Void
    ) -> Row {
        Row(
            "rehearse",
            code,
            level,
            "page.md",
            "--environment",
            environment,
            after: prepare
        )
    }

    /// A deployment of the page with a rollback plan in the place of the one that is open, run with
    /// this exit code where one is given.
    private static func page(
        _ bench: Bench,
        running code: Int32? = nil,
        failing: String...
    ) throws {
        try #require(bench.run("abort", "--reason", "another").code == 0)
        for name in failing { try bench.write("", to: name) }
        try RollbackPage.start(bench)
        if let code { try #require(bench.run("run").code == code) }
    }
}
