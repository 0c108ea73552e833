// DeployKit
// SPDX-License-Identifier: Apache-2.0

public import DeployKit

/// How a command ended, and what it said.
public struct CommandOutcome: Hashable, Sendable {
    /// The ways to end.
    public enum Ending: Hashable, Sendable {
        /// The command exited with this code, 0 to 255.
        case exited(Int32)
        /// A signal that this runner did not send ended the command.
        case signaled(Int32)
        /// The time was up; the command and its descendants were ended.
        case timedOut
        /// The task that awaited the command was cancelled; it and its descendants were ended.
        case cancelled
    }

    /// How the command ended.
    public let ending: Ending
    /// Standard output, redacted.
    public let output: CapturedOutput
    /// Standard error, redacted.
    public let error: CapturedOutput
    /// How long the command ran, by a clock that never jumps.
    public let duration: Duration
    /// The process id, which was also the id of the process group.
    public let processID: Int32
    /// Whether processes of the command were left running.
    public let hasSurvivors: Bool

    /// An outcome of these parts.
    public init(
        ending: Ending,
        output: CapturedOutput,
        error: CapturedOutput,
        duration: Duration,
        processID: Int32,
        hasSurvivors: Bool
    ) {
        self.ending = ending
        self.output = output
        self.error = error
        self.duration = duration
        self.processID = processID
        self.hasSurvivors = hasSurvivors
    }
}

/// One stream of output, bounded: its start, its end, and how much is missing between them.
public struct CapturedOutput: Hashable, Sendable {
    /// The first bytes; all of them when nothing was dropped.
    public let head: [UInt8]
    /// The last bytes; empty when nothing was dropped.
    public let tail: [UInt8]
    /// How many bytes between ``head`` and ``tail`` were dropped.
    public let droppedBytes: Int
    /// The digest of the whole stream after redaction, dropped bytes included; `nil` when the
    /// runner has no ``ByteDigester``.
    public let digest: Digest?

    /// Output of these parts.
    public init(head: [UInt8], tail: [UInt8] = [], droppedBytes: Int = 0, digest: Digest? = nil) {
        self.head = head
        self.tail = tail
        self.droppedBytes = droppedBytes
        self.digest = digest
    }

    /// How many bytes the stream had.
    public var count: Int { head.count + droppedBytes + tail.count }

    /// The kept bytes as text, invalid UTF-8 replaced; a line says how many bytes were dropped.
    public var text: String {
        let start = String(decoding: head, as: UTF8.self)
        guard droppedBytes > 0 else { return start + String(decoding: tail, as: UTF8.self) }
        return start + "\n[\(droppedBytes) bytes dropped]\n" + String(decoding: tail, as: UTF8.self)
    }
}

/// Digests bytes as they arrive.
public protocol ByteDigester {
    /// Takes the next bytes.
    mutating func update(_ bytes: [UInt8])
    /// The digest of all bytes so far.
    func finish() -> Digest
}

/// A piece of output, as it arrives and after redaction.
public struct OutputChunk: Hashable, Sendable {
    /// The two streams of a command.
    public enum Stream: Hashable, Sendable {
        /// Standard output.
        case output
        /// Standard error.
        case error
    }

    /// Which stream it came from.
    public let stream: Stream
    /// The bytes; a character may be split between two chunks.
    public let bytes: [UInt8]
}

/// Runs commands.
public protocol CommandRunning: Sendable {
    /// Runs a command to its end.
    ///
    /// - Parameters:
    ///   - invocation: What to run.
    ///   - onStart: Called once with the process id, before any output.
    ///   - onOutput: Called with each piece of redacted output, in order within a stream, on a
    ///     thread of the runner; while it works, the command waits.
    /// - Returns: How the command ended, and what it said.
    /// - Throws: ``RunnerError`` when the command could not be started. A command that fails, is
    ///   ended by a signal, runs out of time or is cancelled is an outcome.
    func run(
        _ invocation: Invocation,
        onStart: @escaping @Sendable (Int32) -> Void,
        onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws(RunnerError) -> CommandOutcome
}

extension CommandRunning {
    /// Runs a command to its end, without looking at it meanwhile.
    ///
    /// - Throws: ``RunnerError`` when the command could not be started.
    public func run(
        _ invocation: Invocation,
        onOutput: @escaping @Sendable (OutputChunk) -> Void = { _ in }
    ) async throws(RunnerError) -> CommandOutcome {
        try await run(invocation, onStart: { _ in }, onOutput: onOutput)
    }
}
