// DeployKit
// SPDX-License-Identifier: Apache-2.0

import CRunnerShims
import Glibc

/// Runs commands as processes of this machine, each in a process group of its own.
///
/// The command gets exactly the environment of the ``Invocation``, default signal dispositions, an
/// empty signal mask and no descriptor but its three streams (and, for a script, `/dev/fd/3`).
/// At the deadline and on cancellation SIGTERM goes to the whole group and to tagged processes
/// that left it, and SIGKILL after the grace period. Reading stops 200 ms after the command has
/// exited, even when something it left behind keeps the streams open.
public struct ProcessRunner: CommandRunning {
    private let makeDigester: (@Sendable () -> any ByteDigester)?

    /// A runner.
    ///
    /// - Parameter digester: Makes the digester of one stream; without it no output has a digest.
    public init(digester: (@Sendable () -> any ByteDigester)? = nil) {
        makeDigester = digester
    }

    /// Runs a command to its end, on a thread of its own.
    ///
    /// - Throws: ``RunnerError``: `notFound`, `notExecutable`, `badDirectory`, `invalid` or
    ///   `system`.
    public func run(
        _ invocation: Invocation,
        onStart: @escaping @Sendable (Int32) -> Void,
        onOutput: @escaping @Sendable (OutputChunk) -> Void
    ) async throws(RunnerError) -> CommandOutcome {
        let launch = try Launch(invocation)
        let interrupt = try Interrupt()
        let makeDigester = makeDigester
        let result: Result<CommandOutcome, RunnerError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let refused = startThread { @Sendable in
                    var run = CommandRun(
                        launch: launch,
                        invocation: invocation,
                        interrupt: interrupt,
                        makeDigester: makeDigester
                    )
                    let result = Result { () throws(RunnerError) in
                        try run.run(onStart: onStart, onOutput: onOutput)
                    }
                    continuation.resume(returning: result)
                    run.reapLate()
                }
                if refused != 0 {
                    continuation.resume(returning: .failure(.system("start a thread", refused)))
                }
            }
        } onCancel: {
            interrupt.raise()
        }
        return try result.get()
    }
}

/// A flag that a waiting poll(2) sees.
final class Interrupt: Sendable {
    let descriptor: Int32

    init() throws(RunnerError) {
        descriptor = dk_event()
        guard descriptor >= 0 else { throw .system("make an event", -descriptor) }
    }

    deinit { close(descriptor) }

    func raise() {
        var one: UInt64 = 1
        // A counter that is full has been raised already.
        _ = write(descriptor, &one, 8)
    }
}

/// Runs `body` on a new thread; returns 0 or an errno.
func startThread(_ body: @escaping @Sendable () -> Void) -> Int32 {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    var thread = pthread_t()
    let code = pthread_create(
        &thread,
        nil,
        { @Sendable pointer in
            guard let pointer else { return nil }
            Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
            return nil
        },
        box.toOpaque()
    )
    if code == 0 { pthread_detach(thread) } else { box.release() }
    return code
}

extension RunnerError {
    static func system(_ action: String, _ code: Int32) -> RunnerError {
        RunnerError(.system, "could not \(action): \(String(cString: strerror(code)))")
    }
}
