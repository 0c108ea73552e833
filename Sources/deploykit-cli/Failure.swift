// DeployKit
// SPDX-License-Identifier: Apache-2.0

import DeployKit
import DeployKitRunner

/// A command line that makes no sense.
struct UsageError: Error, Hashable, Sendable {
    /// What was found and what was expected.
    let message: String
    /// What to try instead, as further lines.
    var hints: [String] = []

    init(_ message: String, hints: [String] = []) {
        self.message = message
        self.hints = hints
    }
}

/// A file that cannot be used.
struct InputError: Error, Hashable, Sendable {
    /// What is wrong with it.
    enum Code: String, Hashable, Sendable {
        case absent = "input-absent"
        case unreadable = "input-unreadable"
        case tooLarge = "input-too-large"
        case empty = "input-empty"
        case notText = "input-not-utf-8"
        case invalid = "input-invalid"
        case unsafe = "input-unsafe"
    }

    let code: Code
    let message: String
    /// What to try instead, as further lines.
    var hints: [String] = []

    init(_ code: Code, _ message: String, hints: [String] = []) {
        self.code = code
        self.message = message
        self.hints = hints
    }
}

/// Why a command ended early, as the person and the script are told.
struct Failure: Hashable, Sendable {
    let exit: ExitCode
    /// A stable name for programs.
    let code: String
    let message: String
    let hints: [String]

    private init(_ exit: ExitCode, _ code: String, _ message: String, hints: [String] = []) {
        self.exit = exit
        self.code = code
        self.message = message
        self.hints = hints
    }

    /// The one place that says how every error ends the command.
    init(_ error: any Error) {
        switch error {
        case let error as UsageError:
            self.init(.usage, "usage", error.message, hints: error.hints)
        case let error as InputError:
            self.init(.invalidData, error.code.rawValue, error.message, hints: error.hints)
        case let error as DeploymentError:
            self.init(error)
        case let error as Refusal:
            self.init(
                ExitCode(error.code),
                error.code.rawValue,
                error.message,
                hints: Self.hints(error)
            )
        case let error as AuditStoreError:
            self.init(ExitCode(error.code), error.code.rawValue, error.message)
        case let error as RunnerError:
            self.init(ExitCode(error.code), error.code.rawValue, error.message)
        case let error as ContractRegistryError:
            self.init(ExitCode(error.code), error.code.rawValue, error.message)
        case let error as ContractIDError:
            self.init(.no, error.code.rawValue, error.message)
        case let error as EnvironmentFileError:
            self.init(.no, error.code.rawValue, error.message)
        case let error as Diverged:
            self.init(.no, "log-diverged", error.message, hints: error.hints)
        case let error as KeepingError:
            if let cause = error.underlying as? AuditStoreError {
                self.init(cause)
            } else {
                self.init(ExitCode(error.code), error.code.rawValue, error.message)
            }
        case let error as SignatureError:
            self.init(.undecided, "signature-unavailable", error.message)
        case let error as CheckpointError:
            self.init(.invalidData, "checkpoint-malformed", error.message)
        case let error as JSONError:
            self.init(.invalidData, error.code.rawValue, error.message)
        default:
            self.init(.internalError, "internal", "\(error)")
        }
    }

    // What the rules ask for has a name on the command line.
    private static func hints(_ refusal: Refusal) -> [String] {
        refusal.code == .reasonMissing && refusal.message.contains("reason")
            ? ["say it with --reason TEXT"] : []
    }

    private init(_ error: DeploymentError) {
        exit = ExitCode(error.cause)
        hints = if case .refused(let refusal) = error.cause { Self.hints(refusal) } else { [] }
        switch error.cause {
        case .refused(let refusal):
            (code, message) = (refusal.code.rawValue, refusal.message)
        case .store(let error):
            (code, message) = (error.code.rawValue, error.message)
        case .signature(let error):
            (code, message) = ("signature-unavailable", error.message)
        case .notFound(let id):
            (code, message) = ("deployment-not-found", "there is no deployment '\(id)'")
        case .damaged(let what):
            (code, message) = ("deployment-damaged", what)
        case .keyReused:
            (code, message) =
                ("key-reused", "the idempotency key was used for another command already")
        }
    }

    /// The object that `--json` prints.
    var json: JSONValue {
        .members([
            "schemaVersion": 1.json,
            "error": .members([
                "code": code.json, "message": message.json, "exit": Int(exit.rawValue).json,
            ]),
        ])
    }
}
