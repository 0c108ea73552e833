// DeployKit
// SPDX-License-Identifier: Apache-2.0

/// One command to run, complete: nothing of the caller's own environment is added.
public struct Invocation: Hashable, Sendable {
    /// What is executed.
    @nonexhaustive
    public enum Program: Hashable, Sendable {
        /// A program and its arguments, without a shell. A name without `/` is looked up in the
        /// `PATH` of ``Invocation/environment``; a relative path starts at the directory.
        case executable(String, arguments: [String])
        /// A script handed to an interpreter as a sealed anonymous file (`/dev/fd/3`), so that its
        /// text never stands in an argument list.
        case script(String, interpreter: [String])
    }

    /// The interpreter of shell scripts: any failing command, unset variable or failing part of a
    /// pipe ends the script.
    public static let bash = ["/bin/bash", "-euo", "pipefail"]

    /// What is executed.
    public var program: Program
    /// The whole environment of the command.
    public var environment: [String: String]
    /// The working directory.
    public var directory: String
    /// What the command reads on standard input; `nil` is the null device.
    public var input: [UInt8]?
    /// How long the command may run; `nil` is without end.
    public var timeout: Duration?
    /// How long processes that were asked to end (SIGTERM) may take before they are killed.
    public var grace: Duration
    /// How many bytes of each output stream are kept, half from the start and half from the end.
    public var outputLimit: Int
    /// What must not appear in the output.
    public var secrets: [Secret]
    /// The value of `DEPLOYKIT_ATTEMPT` in the environment, by which processes that left the
    /// process group are found and ended; it must be unique to this attempt.
    public var attempt: String?
    /// Whether processes that outlive the command are ended; otherwise they are reported.
    public var endsSurvivors: Bool
    /// Whether what looks like a secret is taken out of the output as well (``SecretSieve``).
    public var siftsOutput = false
    /// Whether a command that says more on standard output than is kept is not listened to any
    /// longer: its next write fails.
    public var closesAtLimit = false

    /// A command of these parts.
    public init(
        _ program: Program,
        environment: [String: String],
        directory: String,
        input: [UInt8]? = nil,
        timeout: Duration? = nil,
        grace: Duration = .seconds(1),
        outputLimit: Int = 1 << 20,
        secrets: [Secret] = [],
        attempt: String? = nil,
        endsSurvivors: Bool = false
    ) {
        self.program = program
        self.environment = environment
        self.directory = directory
        self.input = input
        self.timeout = timeout
        self.grace = grace
        self.outputLimit = outputLimit
        self.secrets = secrets
        self.attempt = attempt
        self.endsSurvivors = endsSurvivors
    }
}
